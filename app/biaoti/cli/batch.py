"""The commands that work through a whole catalogue."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from biaoti.cli import options, streams
from biaoti.cli.running import guarded
from biaoti.cli.setup import Setup
from biaoti.cli.start import files, open_session, read_settings, warm_up
from biaoti.cli.streams import FINE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from biaoti.answers import Session, Wishes
    from biaoti.catalogue import Crew, Job, Names, Summary

_HIDDEN_COLUMNS = 8
SPARK = "spark"

Engine = Annotated[
    Literal["local", "spark"], typer.Option("--engine", help="local:本机进程;spark:Apache Spark")
]
Master = Annotated[
    str | None,
    typer.Option(
        "--master", metavar="URL", help="Spark 的 master,如 local[2];spark-submit 下不用给"
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How a catalogue is worked on: where, with how many processes, and what is written beside."""

    engine: str
    master: str | None
    workers: int
    review: Path | None
    is_plan: bool
    is_json: bool


def rewrite(  # noqa: PLR0913 - one for each option
    source: Annotated[
        str, typer.Argument(metavar="IN", help="宝贝表:CSV/TSV/XLS/XLSX/JSONL/Parquet")
    ],
    target: Annotated[
        str,
        typer.Argument(
            metavar="OUT", help="写到 .csv .xlsx .jsonl .parquet;中断后原样再运行就接着做"
        ),
    ],
    *,
    keywords: options.Keywords = None,
    limit: options.Limit = None,
    max_edits: options.MaxEdits = None,
    workers: Annotated[
        int | None,
        typer.Option("--workers", min=1, max=256, metavar="N", help="进程数;默认为处理器数"),
    ] = None,
    review: Annotated[
        Path | None,
        typer.Option("--review", metavar="FILE", help="另写一份可打印的审阅报告(.html)"),
    ] = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="同店标题一起选:同一个词上的宝贝不互相抢")
    ] = False,
    engine: Engine = "local",
    master: Master = None,
    json: options.Json = False,
    today: options.Today = None,
    lexicon: options.Lexicon = None,
    database: options.Database = None,
    no_store: options.NoStore = False,
) -> None:
    """Rewrite a catalogue: as many rows out as in, a bad row keeps its title and says why."""
    setup = Setup(
        keywords=files(keywords),
        today=today,
        lexicon=lexicon,
        database=database,
        is_store_wanted=not no_store,
    )
    wishes = {"limit": limit, "max_edits": max_edits}
    count = workers or os.cpu_count() or 1
    how = How(
        engine=engine, master=master, workers=count, review=review, is_plan=plan, is_json=json
    )
    guarded(lambda: _rewrite(source, target, setup, wishes, how), is_json=json)


def _rewrite(source: str, target: str, setup: Setup, wishes: dict[str, Any], how: How) -> int:
    from biaoti.answers import Wishes  # noqa: PLC0415 - start-up

    settings = read_settings()
    wanted = Wishes(**{key: value for key, value in wishes.items() if value is not None})
    if how.engine == SPARK:
        from biaoti.cli.sparking import rewrite_on_spark  # noqa: PLC0415 - start-up

        return rewrite_on_spark(source, target, (setup, settings, wanted), how)
    if "://" in source or "://" in target:
        raise typer.BadParameter("这样的路径要用 --engine spark")
    from biaoti.catalogue import local_crew  # noqa: PLC0415 - start-up
    from biaoti.catalogue.writing import expect_other  # noqa: PLC0415 - start-up

    expect_other(Path(target), *setup.keywords)
    session = open_session(setup, settings, streams.say)
    warm_up(session)
    job = make_job(session, wanted, is_debug=settings.is_debug)
    return run_catalogue(Path(source), Path(target), job, local_crew(how.workers), how)


def run_catalogue(source: Path, target: Path, job: Job, crew: Crew, how: How) -> int:
    """Run a catalogue of this machine with `crew` and tell what came of it."""
    from biaoti.catalogue import Run, plan_catalogue, rewrite_catalogue  # noqa: PLC0415 - start-up
    from biaoti.encode import plain  # noqa: PLC0415 - start-up

    act = plan_catalogue if how.is_plan else rewrite_catalogue
    with progress("改写") as tick:
        run = Run(
            crew=crew, review=how.review, tick=tick, note=streams.say, program=program_version()
        )
        summary = act(source, target, names_of(job.session), job, run)
    if how.is_json:
        streams.write_line(plain(summary))
    else:
        _tell(summary, target)
    return FINE


def make_job(session: Session, wishes: Wishes, *, is_debug: bool) -> Job:
    """Return how rows are worked on in this process and its children."""
    from biaoti.catalogue import Job  # noqa: PLC0415 - start-up

    return Job(
        session=session,
        wishes=wishes,
        report=lambda error: streams.internal_message(error, is_debug=is_debug),
    )


def names_of(session: Session) -> Names:
    """Return what the columns of a catalogue may be called."""
    from biaoti.catalogue import Names  # noqa: PLC0415 - start-up

    lexicon = session.engine.lexicon
    return Names(
        aliases=session.aliases,
        attributes=frozenset(lexicon.attribute_uses),
        shop=lexicon.policy.catalogue.shop_columns,
    )


def program_version() -> str:
    """Return the version of this program."""
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - start-up

    try:
        return version("biaoti")
    except PackageNotFoundError:
        return "checkout"


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Give a function that shows how many rows are done, how fast, and how long it still takes.

    On a terminal; elsewhere it is silent. The bar and its thread begin with the first call, when
    the processes that do the work are there.
    """
    if not sys.stderr.isatty():
        yield lambda _done, _all: None
        return
    from rich.console import Console  # noqa: PLC0415 - start-up
    from rich.progress import (  # noqa: PLC0415 - start-up
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TextColumn("剩余"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task = bar.add_task(what, total=None, rate="")

    def tick(done: int, total: int) -> None:
        bar.start()
        speed = bar.tasks[task].speed
        bar.update(task, completed=done, total=total, rate=f"{speed:,.0f} 行/秒" if speed else "")

    try:
        yield tick
    finally:
        bar.stop()


def _tell(summary: Summary, target: Path) -> None:
    streams.say(
        f"{target}:{summary.rows} 行,改写 {summary.rewritten},不用改 {summary.unchanged},"
        f"保留原标题 {summary.kept}(原因见“状态”列)"
    )
    for shop in getattr(summary, "shops", ()):
        gain = f"{shop.value / shop.alone - 1:+.1%}" if shop.alone else "-"
        streams.say(
            f"{shop.shop or '全店'}:{shop.planned} 个宝贝一起选,店铺价值 {shop.value:,.0f},"
            f"比各选各的 {gain},离证明的上限 {shop.gap:.1%}"
        )
    if summary.unused:
        shown = "、".join(summary.unused[:_HIDDEN_COLUMNS])
        more = " …" if len(summary.unused) > _HIDDEN_COLUMNS else ""
        streams.say(f"原样带过、没有使用的列:{shown}{more}")
