"""Report files in any dialect -> KeywordStat rows and rejects, every row validated."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from biaoti.errors import ReportError
from biaoti.observations import joined, merge, sources_of
from biaoti.records import Interval, Observation, ObservedFile, Period, Reject, ReportReading
from biaoti.reports.decoding import MAX_BYTES, decode_tables
from biaoti.reports.headers import ReportHeaders, load_headers
from biaoti.reports.sightings import Sightings, has_keywords, no_keywords, read_table

__all__ = [
    "ReportHeaders",
    "load_headers",
    "observe_reports",
    "observe_uploads",
    "read_report_bytes",
    "read_reports",
    "read_uploads",
]

_File = TypeVar("_File")
_Read = TypeVar("_Read")


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
    return read_uploads(_contents(paths), headers, category=category, period=period)


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
    with _collector_at_rest():
        files = _each(uploads, lambda upload: _read_file(*upload, headers, period))
        found = [sightings for file in files for sightings in file]
        return _reading(found, category=category, period=period)


def observe_reports(
    paths: Sequence[Path],
    headers: ReportHeaders,
    *,
    period: Period | None = None,
    begin: Callable[[str], None] = lambda _: None,
) -> tuple[ObservedFile, ...]:
    """Return what each of the files at `paths` says of each keyword and period, as it says it.

    Nothing is derived, and nothing merged but rows of one file about the same keyword and days.
    `period`, when given, is that of every row, day columns included. Files that cannot be read are
    named together in one ReportError. `begin` is told the name of each file before it is read.
    """
    return observe_uploads(_contents(paths), headers, period=period, begin=begin)


def observe_uploads(
    uploads: Iterable[tuple[str, bytes]],
    headers: ReportHeaders,
    *,
    period: Period | None = None,
    begin: Callable[[str], None] = lambda _: None,
) -> tuple[ObservedFile, ...]:
    """Return what each uploaded file says: `observe_reports` without a file system."""

    def observe(upload: tuple[str, bytes]) -> ObservedFile:
        name, content = upload
        begin(name)
        tables = _read_file(name, content, headers, period)
        digest = hashlib.sha256(content).hexdigest()
        return _observed(name, digest, tables, period)

    with _collector_at_rest():
        return tuple(_each(uploads, observe))


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


def _contents(paths: Iterable[Path]) -> list[tuple[str, bytes]]:
    """Return name and bytes of each file; those that cannot be read are named together."""
    return _each(paths, lambda path: (path.name, _content(path)))


def _each(uploads: Iterable[_File], read: Callable[[_File], _Read]) -> list[_Read]:
    """Return what `read` makes of each file; the problems of all come in one ReportError."""
    found: list[_Read] = []
    problems: list[str] = []
    for upload in uploads:
        try:
            found.append(read(upload))
        except ReportError as error:
            problems.append(str(error))
    if problems:
        raise ReportError("\n".join(problems))
    return found


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
    taken, rejected = _taken(found), _rejected(found)
    rows = merge(taken, category=category, period=period)
    return ReportReading(
        rows=rows,
        read=len(taken) + len(rejected),
        merged=len(taken) - len(rows),
        rejected=rejected,
        notes=_all_notes(found),
    )


def _observed(
    name: str, digest: str, found: Sequence[Sightings], period: Period | None
) -> ObservedFile:
    taken, rejected = _taken(found), _rejected(found)
    groups: dict[tuple[str, Period | None], list[Observation]] = {}
    for seen in taken:
        groups.setdefault((seen.keyword, period or seen.period), []).append(seen)
    observations = tuple(
        Observation(keyword, sources_of(group), days, _together(group))
        for (keyword, days), group in groups.items()
    )
    return ObservedFile(
        name=name,
        digest=digest,
        observations=observations,
        read=len(taken) + len(rejected),
        merged=len(taken) - len(observations),
        rejected=rejected,
        notes=_all_notes(found),
    )


def _together(group: Sequence[Observation]) -> Mapping[str, Interval]:
    return group[0].figures if len(group) == 1 else joined(group)


def _taken(found: Sequence[Sightings]) -> list[Observation]:
    return [sighting for sightings in found for sighting in sightings.taken]


def _rejected(found: Sequence[Sightings]) -> tuple[Reject, ...]:
    rejected = (reject for sightings in found for reject in sightings.rejected)
    return tuple(sorted(rejected, key=lambda r: (r.file, r.line, r.column, r.found)))


def _all_notes(found: Sequence[Sightings]) -> tuple[str, ...]:
    return tuple(sorted({note for sightings in found for note in sightings.notes}))
