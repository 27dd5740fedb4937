"""The commands that fit a model on words the project or the seller owns."""

from __future__ import annotations

import sys
import tomllib
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from biaoti.cli import options, streams
from biaoti.cli.running import guarded
from biaoti.cli.setup import Setup
from biaoti.cli.start import (
    lexicon_engine,
    lexicon_folders,
    load_alias_names,
    models_target,
    read_settings,
)
from biaoti.cli.streams import FINE
from biaoti.errors import TrainingError

train = typer.Typer(help="训练模型(需要安装 biaoti[train])", no_args_is_help=True)


@train.command(help="训练生词词槽模型:用词库,可再加自己标注的标题。")
def tagger(
    *,
    titles: Annotated[
        Path | None,
        typer.Option("--titles", help="标注的标题,JSONL:{text, spans: [{start, end, slot}]}"),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="写到哪个目录,默认是自己数据目录下的 models")
    ] = None,
    json: options.Json = False,
    lexicon: options.Lexicon = None,
) -> None:
    """Fit the model of unknown words and say from what, how well, and where it is."""
    setup = Setup(lexicon=lexicon)
    guarded(lambda: _tagger(setup, titles, out, is_json=json), is_json=json)


@train.command(help="训练类目模型:用自己的商品表(标题、类目),供 check 发现放错类目。")
def category(
    *,
    catalogue: Annotated[Path, typer.Argument(help="商品表:CSV、XLSX 或 JSONL,要有标题和类目")],
    out: Annotated[
        Path | None, typer.Option("--out", help="写到哪个目录,默认是自己数据目录下的 models")
    ] = None,
    json: options.Json = False,
    lexicon: options.Lexicon = None,
) -> None:
    """Fit the seller's own category model and say from what, how well, and where it is."""
    setup = Setup(lexicon=lexicon)
    guarded(lambda: _category(setup, catalogue, out, is_json=json), is_json=json)


def _category(setup: Setup, source: Path, out: Path | None, *, is_json: bool) -> int:
    from biaoti.catalogue import labelled_titles  # noqa: PLC0415 - start-up

    settings = read_settings()
    session_engine = lexicon_engine(setup, settings)
    pairs = labelled_titles(source, load_alias_names(settings.lexicon_dir))
    titles = [(session_engine.segmenter.terms(title), kind) for title, kind in pairs]
    return _report(_fit_category(titles, source.name, out or _own_models()), is_json=is_json)


def _fit_category(titles: Any, name: str, target: Path) -> dict[str, Any]:  # noqa: ANN401 - made above
    from biaoti.training import train_category  # noqa: PLC0415 - start-up

    return _fitted("category", target, lambda: train_category(titles, target, name=name))


def _tagger(setup: Setup, titles: Path | None, out: Path | None, *, is_json: bool) -> int:
    from biaoti.lexicon import load_lexicon  # noqa: PLC0415 - start-up

    settings = read_settings()
    target = out or _own_models()
    if titles is not None:
        _expect_text(titles)
    ours, extra = lexicon_folders(setup, settings)
    learned = _fit(load_lexicon(ours, extra=extra, cache=settings.cache_dir), titles, target)
    return _report(learned, is_json=is_json)


def _report(learned: dict[str, Any], *, is_json: bool) -> int:
    if is_json:
        streams.write_line(learned)
    else:
        _tell(learned)
    return FINE


def _fit(lexicon: Any, titles: Path | None, target: Path) -> dict[str, Any]:  # noqa: ANN401 - the lexicon's module loads late
    from biaoti.training import train_tagger  # noqa: PLC0415 - start-up

    return _fitted("tagger", target, lambda: train_tagger(lexicon, titles, target))


def _fitted(name: str, target: Path, fit: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return what `fit` learned, with the manifest's word on it. Raises TrainingError."""
    from biaoti.models import MANIFEST  # noqa: PLC0415 - start-up

    try:
        with warnings.catch_warnings():
            # The fit stops after a fixed number of steps on purpose; nobody can act on being told.
            warnings.simplefilter("ignore")
            learned = fit()
        entry = tomllib.loads((target / MANIFEST).read_text(encoding="utf-8"))[name]
    except ModuleNotFoundError as error:
        msg = f"{error.name}: not installed; training needs the extra: pip install 'biaoti[train]'"
        raise TrainingError(msg) from error
    except OSError as error:
        msg = f"{target}: cannot be written: {error.strerror or error}"
        raise TrainingError(msg) from error
    path = target / str(entry["file"])
    return {**learned, **{key: entry[key] for key in ("data", "library")}, "path": str(path)}


def _own_models() -> Path:
    target = models_target()
    if target is None:
        msg = "--out: found nothing, and no home folder to choose one in"
        raise TrainingError(msg)
    return target


def _expect_text(path: Path) -> None:
    """Raise unless `path` can be read as UTF-8; what its lines hold is judged by the training."""
    try:
        path.read_bytes().decode("utf-8")
    except OSError as error:
        msg = f"{path}: cannot be read: {error.strerror or error}"
        raise TrainingError(msg) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        found = f"{error.object[error.start]:#04x}"
        msg = f"{path.name}:{line}: line: found {found}, expected UTF-8 text"
        raise TrainingError(msg) from error


def _tell(learned: dict[str, Any]) -> None:
    lines = (
        ("模型", f"{learned['model']} 版本 {learned['version']}"),
        ("数据", f"{learned['data']},共 {learned['examples']:,} 条"),
        ("准确率", f"{learned['accuracy']:.1%}(留出十分之一,不参与训练)"),
        ("写到", learned["path"]),
    )
    for label, text in lines:
        sys.stdout.write(f"{label}  {text}\n")
