"""The store behind the service: imports into it, and what it holds of a category."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from biaoti import __version__
from biaoti.records import ImportSummary, KeywordStat, Period, ReportReading
from biaoti.reports import ReportHeaders, observe_uploads
from biaoti.store import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A report as it was sent: its name and bytes, and what was stated of it."""

    name: str
    content: bytes
    category: str | None = None
    period: Period | None = None


def take(
    place: Place,
    upload: Upload,
    headers: ReportHeaders,
    *,
    tell: Callable[[int, int], None],
) -> ImportSummary:
    """Return what came of importing a report: all of it is kept when this returns, else nothing.

    `tell` hears how many rows were read and rejected before they are written.
    """
    from biaoti.store.schema import open_store  # noqa: PLC0415 - where there is a store
    from biaoti.store.writing import Filing, import_files  # noqa: PLC0415 - as above

    found = observe_uploads([(upload.name, upload.content)], headers, period=upload.period)
    tell(sum(file.read for file in found), sum(len(file.rejected) for file in found))
    filing = Filing(
        category=(upload.category or "").strip() or None,
        period=upload.period,
        imported_at=datetime.now().astimezone().isoformat(timespec="seconds"),
        version=__version__,
    )
    return import_files(open_store(place), found, filing)


def reading_of(place: Place, category: str | None, period: Period | None) -> ReportReading:
    """Return what the store holds of a category and period; nothing when there is none yet."""
    if not place.may_hold_rows():
        return ReportReading(rows=(), read=0, merged=0, rejected=())
    from biaoti.store.reading import read_counted  # noqa: PLC0415 - where there is a store
    from biaoti.store.schema import open_store  # noqa: PLC0415 - as above

    read, rows = read_counted(
        open_store(place),
        category=category,
        start=period.start if period else None,
        end=period.end if period else None,
    )
    return ReportReading(rows=rows, read=read, merged=read - len(rows), rejected=())


def history_of(place: Place, category: str | None) -> tuple[KeywordStat, ...]:
    """Return one row for each keyword and period of a category, none for fewer than two periods."""
    if not place.may_hold_rows():
        return ()
    from biaoti.store.reading import history  # noqa: PLC0415 - where there is a store
    from biaoti.store.schema import open_store  # noqa: PLC0415 - as above

    rows = history(open_store(place), category=category)
    return rows if len({row.period for row in rows if row.period}) > 1 else ()
