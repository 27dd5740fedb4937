"""The command that works through much: a catalogue file."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from biaoti.cli import options, streams
from biaoti.cli.running import guarded
from biaoti.cli.setup import Setup
from biaoti.cli.start import files, open_session, read_settings
from biaoti.cli.streams import FINE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from biaoti.answers import Session, Wishes
    from biaoti.catalogue import Job, Summary

_HIDDEN_COLUMNS = 8


def rewrite(  # noqa: PLR0913 - one for each option
    source: Annotated[Path, typer.Argument(metavar="IN", help="CSV/TSV/XLSX/JSONL 宝贝表")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="输出 .csv 或 .jsonl")],
    *,
    keywords: options.Keywords = None,
    limit: options.Limit = None,
    max_edits: options.MaxEdits = None,
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
    guarded(lambda: _rewrite(source, target, setup, wishes, is_json=json), is_json=json)


def _rewrite(
    source: Path, target: Path, setup: Setup, wishes: dict[str, Any], *, is_json: bool
) -> int:
    from biaoti.answers import Wishes  # noqa: PLC0415 - start-up
    from biaoti.catalogue import rewrite_catalogue  # noqa: PLC0415 - start-up
    from biaoti.encode import plain  # noqa: PLC0415 - start-up

    settings = read_settings()
    wanted = Wishes(**{key: value for key, value in wishes.items() if value is not None})
    session = open_session(setup, settings, streams.say)
    with progress() as tick:
        job = _job(session, wanted, tick, is_debug=settings.is_debug)
        summary = rewrite_catalogue(source, target, job)
    if is_json:
        streams.write_line(plain(summary))
    else:
        _tell(summary, target)
    return FINE


def _job(
    session: Session, wishes: Wishes, tick: Callable[[int, int], None], *, is_debug: bool
) -> Job:
    from biaoti.answers import suggestion  # noqa: PLC0415 - start-up
    from biaoti.catalogue import Job  # noqa: PLC0415 - start-up

    return Job(
        aliases=session.aliases,
        rewrite=lambda listing: suggestion(session, listing, wishes),
        report=lambda error: streams.internal_message(error, is_debug=is_debug),
        tick=tick,
    )


@contextmanager
def progress() -> Iterator[Callable[[int, int], None]]:
    """Give a function that shows how many rows are done, on a terminal; elsewhere it is silent."""
    if not sys.stderr.isatty():
        yield lambda _done, _all: None
        return
    from rich.console import Console  # noqa: PLC0415 - start-up
    from rich.progress import Progress  # noqa: PLC0415 - start-up

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("改写", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _tell(summary: Summary, target: Path) -> None:
    streams.say(
        f"{target}:{summary.rows} 行,改写 {summary.rewritten},不用改 {summary.unchanged},"
        f"保留原标题 {summary.kept}(原因见“状态”列)"
    )
    if summary.unused:
        shown = "、".join(summary.unused[:_HIDDEN_COLUMNS])
        more = " …" if len(summary.unused) > _HIDDEN_COLUMNS else ""
        streams.say(f"原样带过、没有使用的列:{shown}{more}")
