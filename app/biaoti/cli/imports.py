"""The command that takes reports into the store, lists what was taken, and takes it out again."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from biaoti import __version__
from biaoti.cli import options, streams
from biaoti.cli.data import print_table, show_rejects
from biaoti.cli.memory import collector_at_rest
from biaoti.cli.running import guarded
from biaoti.cli.setup import Setup
from biaoti.cli.start import files, period_of, read_settings, report_headers
from biaoti.cli.stored import place_of
from biaoti.cli.streams import FINE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from biaoti.records import ImportedFile, ImportSummary
    from biaoti.settings import Settings


def import_(
    reports: Annotated[
        list[Path] | None, typer.Argument(metavar="REPORT", help="关键词报表(CSV/TSV/XLS/XLSX)")
    ] = None,
    *,
    category: options.Category = None,
    period: options.Period = None,
    is_list: Annotated[bool, typer.Option("--list", help="列出导入过的文件")] = False,
    undo: Annotated[
        int | None, typer.Option("--undo", metavar="ID", help="撤销这个编号的导入,编号见 --list")
    ] = None,
    json: options.Json = False,
    database: options.Database = None,
) -> None:
    """Take reports into the store, all of them or none; or list them, or take one out again."""
    asked = (bool(reports), is_list, undo is not None)
    if sum(asked) != 1:
        msg = "要么给报表,要么 --list,要么 --undo 编号"
        raise typer.BadParameter(msg)
    setup = Setup(keywords=files(reports), category=category, period=period, database=database)

    def work() -> int:
        if is_list:
            return _list(setup, is_json=json)
        if undo is not None:
            return _undo(setup, undo, is_json=json)
        return _import(setup, is_json=json)

    guarded(work, is_json=json)


def _import(setup: Setup, *, is_json: bool) -> int:
    from biaoti.encode import plain  # noqa: PLC0415 - start-up

    with collector_at_rest(), _progress() as show:
        summary = _imported(setup, read_settings(), show)
    if is_json:
        streams.write_line(plain(summary))
    else:
        _tell(summary)
    return FINE


def _imported(setup: Setup, settings: Settings, show: Show) -> ImportSummary:
    from biaoti.reports import observe_reports  # noqa: PLC0415 - start-up
    from biaoti.store.schema import open_store  # noqa: PLC0415 - start-up
    from biaoti.store.writing import Filing, import_files  # noqa: PLC0415 - start-up

    place, period = place_of(setup, settings), period_of(setup)
    found = observe_reports(
        setup.keywords,
        report_headers(settings.lexicon_dir),
        period=period,
        begin=lambda name: show(f"读 {name}", None, 0),
    )
    filing = Filing(
        category=(setup.category or "").strip() or None,
        period=period,
        imported_at=datetime.now().astimezone().isoformat(timespec="seconds"),
        version=__version__,
    )
    total = sum(len(file.observations) for file in found)
    show("写入", total, 0)
    return import_files(
        open_store(place), found, filing, tick=lambda rows: show("写入", total, rows)
    )


def _list(setup: Setup, *, is_json: bool) -> int:
    from biaoti.encode import plain  # noqa: PLC0415 - start-up
    from biaoti.store.reading import imports  # noqa: PLC0415 - start-up
    from biaoti.store.schema import open_store  # noqa: PLC0415 - start-up

    place = place_of(setup, read_settings())
    found = imports(open_store(place)) if place.may_hold_rows() else ()
    if is_json:
        streams.write_line({"imports": [plain(one) for one in found]})
    else:
        names = ("编号", "文件", "类目", "起止", "导入时间", ">留", ">合并", ">拒绝")
        print_table(f"{place.shown}(共 {len(found)} 次导入)", names, map(_cells, found))
    return FINE


def _cells(one: ImportedFile) -> tuple[str, ...]:
    days = f"{one.period.start} ~ {one.period.end}" if one.period else "-"
    counts = (one.kept, one.merged, one.rejected)
    kept, merged, rejected = (f"{count:,}" for count in counts)
    filed = one.category or "-"
    return (str(one.id), one.name, filed, days, one.imported_at, kept, merged, rejected)


def _undo(setup: Setup, number: int, *, is_json: bool) -> int:
    from biaoti.encode import plain  # noqa: PLC0415 - start-up
    from biaoti.store import StoreError  # noqa: PLC0415 - start-up
    from biaoti.store.schema import open_store  # noqa: PLC0415 - start-up
    from biaoti.store.writing import undo_import  # noqa: PLC0415 - start-up

    place = place_of(setup, read_settings())
    if not place.may_hold_rows():
        msg = f"{place.shown}: found no store, so no import {number}"
        raise StoreError(msg)
    undone = undo_import(open_store(place), number)
    if is_json:
        streams.write_line({"undone": plain(undone)})
    else:
        streams.say(f"已撤销导入 {undone.id}:{undone.name},{undone.kept:,} 条")
    return FINE


def _tell(summary: ImportSummary) -> None:
    show_rejects(summary.rejected)
    for note in summary.notes:
        streams.say(note)
    streams.say(
        f"读 {summary.read:,} = 留 {summary.kept:,} + 合并 {summary.merged:,}"
        f" + 拒绝 {len(summary.rejected):,}"
    )
    if summary.imports:
        numbers = " ".join(map(str, summary.imports))
        streams.say(f"导入编号 {numbers};撤销用 biaoti import --undo 编号")
    else:
        streams.say("没有新内容:这些文件以前导入过,或没有可用的行")


# ---- progress ----------------------------------------------------------------------------------

Show = Callable[[str, int | None, int], None]


@contextmanager
def _progress() -> Iterator[Show]:
    """Give a function (step, rows in all, rows more) that a terminal shows; elsewhere silent."""
    if not sys.stderr.isatty():
        yield lambda _step, _total, _more: None
        return
    from rich.console import Console  # noqa: PLC0415 - start-up
    from rich.progress import Progress  # noqa: PLC0415 - start-up

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("读", total=None)
        yield lambda step, total, more: progress.update(
            task, description=step, total=total, advance=more
        )
