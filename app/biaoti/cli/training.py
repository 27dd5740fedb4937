"""The commands that fit a model on words the project or the seller owns."""

from __future__ import annotations

import sys
import tomllib
import warnings
from pathlib import Path
from typing import Annotated, Any

import typer

from biaoti.cli import options, streams
from biaoti.cli.running import guarded
from biaoti.cli.start import Setup, lexicon_folders, models_target, read_settings
from biaoti.cli.streams import FINE
from biaoti.errors import BiaotiError

train = typer.Typer(help="训练模型(需要安装 biaoti[train])", no_args_is_help=True)


class TrainingError(BiaotiError):
    """Nothing to train with, or nowhere to write."""

    code = "bad-training"


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


def _tagger(setup: Setup, titles: Path | None, out: Path | None, *, is_json: bool) -> int:
    from biaoti.lexicon import load_lexicon  # noqa: PLC0415 - start-up

    settings = read_settings()
    target = out or _own_models()
    if titles is not None:
        _expect_text(titles)
    ours, extra = lexicon_folders(setup, settings)
    learned = _fit(load_lexicon(ours, extra=extra, cache=settings.cache_dir), titles, target)
    if is_json:
        streams.write_line(learned)
    else:
        _tell(learned)
    return FINE


def _fit(lexicon: Any, titles: Path | None, target: Path) -> dict[str, Any]:  # noqa: ANN401 - the lexicon's module loads late
    from biaoti.models import MANIFEST  # noqa: PLC0415 - start-up
    from biaoti.training import train_tagger  # noqa: PLC0415 - start-up

    try:
        with warnings.catch_warnings():
            # The fit stops after a fixed number of steps on purpose; nobody can act on being told.
            warnings.simplefilter("ignore")
            learned = train_tagger(lexicon, titles, target)
        entry = tomllib.loads((target / MANIFEST).read_text(encoding="utf-8"))["tagger"]
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
        ("数据", f"{learned['data']},共 {learned['examples']:,} 个词"),
        ("准确率", f"{learned['accuracy']:.1%}(留出十分之一的词,不参与训练)"),
        ("写到", learned["path"]),
    )
    for label, text in lines:
        sys.stdout.write(f"{label}  {text}\n")
