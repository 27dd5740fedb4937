"""Report files in any dialect -> KeywordStat rows and rejects, every row validated."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from biaoti.errors import ReportError
from biaoti.records import Period, ReportReading
from biaoti.reports.decoding import MAX_BYTES, decode_tables
from biaoti.reports.headers import ReportHeaders, load_headers
from biaoti.reports.merging import merge
from biaoti.reports.sightings import Sightings, has_keywords, no_keywords, read_table

__all__ = ["ReportHeaders", "load_headers", "read_report_bytes", "read_reports", "read_uploads"]


def read_reports(
    paths: Sequence[Path],
    headers: ReportHeaders,
    *,
    category: str | None = None,
    period: Period | None = None,
) -> ReportReading:
    """Return what the files at `paths` say of each keyword; neither file nor row order matters.

    Files that cannot be read at all are named together in one ReportError. See `merge` for what
    becomes of a keyword that stands in several rows.
    """
    contents, problems = [], []
    for path in paths:
        try:
            contents.append((path.name, _content(path)))
        except ReportError as error:
            problems.append(str(error))
    if problems:
        raise ReportError("\n".join(problems))
    return read_uploads(contents, headers, category=category, period=period)


def read_report_bytes(
    name: str,
    content: bytes,
    headers: ReportHeaders,
    *,
    category: str | None = None,
    period: Period | None = None,
) -> ReportReading:
    """Return what one uploaded file says; `name` appears as the source and in rejects."""
    return read_uploads([(name, content)], headers, category=category, period=period)


def read_uploads(
    uploads: Iterable[tuple[str, bytes]],
    headers: ReportHeaders,
    *,
    category: str | None = None,
    period: Period | None = None,
) -> ReportReading:
    """Return what several uploaded files say together: `read_reports` without a file system."""
    found: list[Sightings] = []
    problems: list[str] = []
    with _collector_at_rest():
        for name, content in uploads:
            try:
                found.extend(_read_file(name, content, headers, period))
            except ReportError as error:
                problems.append(str(error))
        if problems:
            raise ReportError("\n".join(problems))
        return _reading(found, category=category, period=period)


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Keep the cycle collector off: rows make no cycles, and walking them costs a third more.

    Reads may overlap in threads: the first one in switches the collector off and on again.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            msg = f"{path.name}: larger than {MAX_BYTES:,} bytes; split the file"
            raise ReportError(msg)
        return path.read_bytes()
    except OSError as error:
        msg = f"{path}: cannot be read: {error.strerror or error}"
        raise ReportError(msg) from error


def _read_file(
    name: str, content: bytes, headers: ReportHeaders, period: Period | None
) -> list[Sightings]:
    tables = decode_tables(name, content, headers)
    with_keywords = [table for table in tables if has_keywords(table, headers)]
    if not with_keywords:
        raise ReportError(
            no_keywords(tables) if tables else f"{name}: a workbook whose sheets are empty"
        )
    return [read_table(table, headers, period=period) for table in with_keywords]


def _reading(
    found: Sequence[Sightings], *, category: str | None, period: Period | None
) -> ReportReading:
    taken = [sighting for sightings in found for sighting in sightings.taken]
    rejected = [reject for sightings in found for reject in sightings.rejected]
    rows = merge(taken, category=category, period=period)
    return ReportReading(
        rows=rows,
        read=len(taken) + len(rejected),
        merged=len(taken) - len(rows),
        rejected=tuple(sorted(rejected, key=lambda r: (r.file, r.line, r.column, r.found))),
        notes=tuple(sorted({note for sightings in found for note in sightings.notes})),
    )
