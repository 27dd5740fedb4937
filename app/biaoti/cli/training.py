"""The commands that fit a model on words the project or the seller owns."""

from __future__ import annotations

import sys
import tomllib
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from biaoti.cli import options, streams
from biaoti.cli.running import guarded
from biaoti.cli.selling import period_rows
from biaoti.cli.setup import Setup
from biaoti.cli.start import (
    files,
    lexicon_engine,
    lexicon_folders,
    load_alias_names,
    models_target,
    read_settings,
)
from biaoti.cli.streams import FINE
from biaoti.errors import TrainingError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from biaoti.engine import Engine
    from biaoti.records import KeywordStat

Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="写到哪个目录;默认是自己数据目录下的 biaoti/models"),
]

train = typer.Typer(help="用自己的数据训练模型(要装附加包 train)。", no_args_is_help=True)


@train.command(help="训练生词词槽模型:用词库,可再加自己标注的标题。")
def tagger(
    *,
    titles: Annotated[
        Path | None,
        typer.Option(
            "--titles", metavar="FILE", help="标注的标题,JSONL:{text, spans: [{start, end, slot}]}"
        ),
    ] = None,
    out: Out = None,
    json: options.Json = False,
    lexicon: options.Lexicon = None,
) -> None:
    """Fit the model of unknown words and say from what, how well, and where it is."""
    setup = Setup(lexicon=lexicon)
    guarded(lambda: _tagger(setup, titles, out, is_json=json), is_json=json)


@train.command(help="训练类目模型:用自己的宝贝表(标题、类目),供 check 发现放错类目。")
def category(
    *,
    catalogue: Annotated[
        Path, typer.Argument(metavar="CATALOGUE", help="宝贝表:CSV、XLSX 或 JSONL,要有标题和类目")
    ],
    out: Out = None,
    json: options.Json = False,
    lexicon: options.Lexicon = None,
) -> None:
    """Fit the seller's own category model and say from what, how well, and where it is."""
    setup = Setup(lexicon=lexicon)
    guarded(lambda: _category(setup, catalogue, out, is_json=json), is_json=json)


@train.command(help="训练需求模型:从各期报表学每个词对点击率和转化率的影响,供以后估值。")
def demand(
    *,
    reports: Annotated[
        list[Path] | None,
        typer.Argument(metavar="REPORT", help="不同时段的关键词报表;不给就用关键词库"),
    ] = None,
    category: options.Category = None,
    compare: Annotated[
        bool, typer.Option("--compare", help="只在最新一期上比较新旧模型,不写入")
    ] = False,
    out: Out = None,
    database: options.Database = None,
    json: options.Json = False,
    lexicon: options.Lexicon = None,
) -> None:
    """Fit the seller's own model of rates and say how it does beside the last one."""
    setup = Setup(
        keywords=files(reports),
        category=category,
        lexicon=lexicon,
        database=database,
        is_store_wanted=True,
    )
    guarded(lambda: _demand(setup, out, is_trial=compare, is_json=json), is_json=json)


def _demand(setup: Setup, out: Path | None, *, is_trial: bool, is_json: bool) -> int:
    settings = read_settings()
    engine = lexicon_engine(setup, settings)
    rows = period_rows(setup, settings)
    answer = _fit_demand(engine, rows, out or _own_models(), _names(setup), is_trial=is_trial)
    if is_json:
        streams.write_line(answer)
    else:
        _tell_demand(answer)
    return FINE


def _fit_demand(
    engine: Engine, rows: Sequence[KeywordStat], target: Path, name: str, *, is_trial: bool
) -> dict[str, Any]:
    from biaoti.training import Reading, train_demand  # noqa: PLC0415 - start-up

    readings = [Reading(row, engine.segmenter.terms(row.keyword)) for row in rows]
    with _told_plainly(target):
        learned = train_demand(
            readings, engine.lexicon.policy, target, name=name, is_trial=is_trial
        )
    if not learned["is_written"]:
        return learned
    return {**learned, **_manifest_entry(target, "demand")}


def _names(setup: Setup) -> str:
    if setup.keywords:
        return ", ".join(path.name for path in setup.keywords)
    return f"the store, {setup.category or 'all categories'}"


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
    with _told_plainly(target):
        return {**fit(), **_manifest_entry(target, name)}


@contextmanager
def _told_plainly(target: Path) -> Iterator[None]:
    """Turn what goes wrong in a training into TrainingError."""
    try:
        with warnings.catch_warnings():
            # The fit stops after a fixed number of steps on purpose; nobody can act on being told.
            warnings.simplefilter("ignore")
            yield
    except ModuleNotFoundError as error:
        msg = f"{error.name}: not installed; training needs the extra: pip install 'biaoti[train]'"
        raise TrainingError(msg) from error
    except OSError as error:
        msg = f"{target}: cannot be written: {error.strerror or error}"
        raise TrainingError(msg) from error


def _manifest_entry(target: Path, name: str) -> dict[str, str]:
    """Return what the manifest says the model was made of, and where it is."""
    from biaoti.models import MANIFEST  # noqa: PLC0415 - start-up

    entry = tomllib.loads((target / MANIFEST).read_text(encoding="utf-8"))[name]
    path = str(target / str(entry["file"]))
    return {"data": entry["data"], "library": entry["library"], "path": path}


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


def _tell_demand(answer: dict[str, Any]) -> None:
    """Print how the policy alone, the last model and the new one predict the held-out period."""
    names = {"policy": "不用模型", "old": "旧模型", "new": "新模型"}
    rates = {"click_through_rate": "点击率", "conversion_rate": "转化率"}
    held_out = "每十个词一个" if not answer["through"] else f"最新一期(到 {answer['through']})"
    lines = [("数据", f"{answer['examples']:,} 行"), ("留出", f"{held_out},不参与训练")]
    for way, label in names.items():
        losses = answer["log_loss"][way]
        text = (
            "没有"
            if losses is None
            else "  ".join(
                f"{shown} {losses[rate]:.5f}" if losses[rate] is not None else f"{shown} -"
                for rate, shown in rates.items()
            )
        )
        lines.append((label, f"对数损失(越小越好) {text}"))
    if answer["old_has_seen"]:
        lines.append(("注意", "旧模型训练时见过留出的这一期,它的数字偏好"))
    if answer["is_written"]:
        lines.append(("写到", answer["path"]))
    else:
        lines.append(("结果", "没有写入,旧模型不变"))
    for label, text in lines:
        sys.stdout.write(f"{label}  {text}\n")
