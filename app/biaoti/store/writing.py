"""Taking report files in, and out again: one command, one transaction."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import sqlalchemy as sa

from biaoti.observations import FIGURES, span_of
from biaoti.records import ImportedFile, ImportSummary, Observation, ObservedFile, Period
from biaoti.store.database import Store
from biaoti.store.places import StoreError
from biaoti.store.tables import IMPORTS, OBSERVATIONS, UNKNOWN

_KEYS = ("import_id", "keyword", "period_start", "period_end", "source")
_ROWS_A_STEP = 10_000

Tick = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """Under what files are imported, when (ISO time), and by which version of the program."""

    category: str | None
    period: Period | None
    imported_at: str
    version: str


def import_files(
    store: Store,
    files: Sequence[ObservedFile],
    filing: Filing,
    *,
    tick: Tick = lambda _: None,
) -> ImportSummary:
    """Keep what `files` say; all of it, or with any error nothing. Raises StoreError.

    A file whose very bytes were imported before under the same category and period is left alone,
    whatever its name: its rows count as merged. `tick` is told how many observations were written.
    """
    with store.writing() as connection:
        taken = [(file, _import(connection, file, filing, tick)) for file in files]
    kept = sum(len(file.observations) for file, number in taken if number is not None)
    rejected = tuple(reject for file in files for reject in file.rejected)
    read = sum(file.read for file in files)
    return ImportSummary(
        read=read,
        kept=kept,
        merged=read - kept - len(rejected),
        rejected=rejected,
        imports=tuple(number for _, number in taken if number is not None),
        notes=tuple(note for file in files for note in (*file.notes, *_undated(file))),
    )


def undo_import(store: Store, number: int) -> ImportedFile:
    """Take one imported file out again and return what it was. Raises StoreError without one.

    Whatever an older import of the same report said counts again.
    """
    with store.writing() as connection:
        row = connection.execute(sa.select(IMPORTS).where(IMPORTS.c.id == number)).one_or_none()
        if row is None:
            msg = f"{store.place.shown}: found no import {number}; see biaoti import --list"
            raise StoreError(msg)
        connection.execute(sa.delete(OBSERVATIONS).where(OBSERVATIONS.c.import_id == number))
        connection.execute(sa.delete(IMPORTS).where(IMPORTS.c.id == number))
    return imported_file(row)


def imported_file(row: sa.Row[Any]) -> ImportedFile:
    """Return a row of the table of imports as a record."""
    return ImportedFile(
        id=row.id,
        name=row.name,
        digest=row.digest,
        category=row.category or None,
        period=period_of(row.first_day, row.last_day),
        imported_at=row.imported_at,
        version=row.version,
        read=row.read,
        kept=row.kept,
        merged=row.merged,
        rejected=row.rejected,
    )


def period_of(start: str, end: str) -> Period | None:
    """Return the period between two stored days, None for an unknown one."""
    return Period(start=start, end=end) if start != UNKNOWN else None


def _undated(file: ObservedFile) -> Iterator[str]:
    if any(seen.period is None for seen in file.observations):
        yield (
            f"{file.name}: 没有写日期;加 --period 开始..结束 才能记入历史 "
            "(names no days; --period START..END makes it part of the history)"
        )


def _import(
    connection: sa.Connection, file: ObservedFile, filing: Filing, tick: Tick
) -> int | None:
    """Write one file and return its number, None when it was there or holds nothing to keep."""
    start, end = _days(filing.period)
    identity = {
        "digest": file.digest,
        "category": filing.category or UNKNOWN,
        "period_start": start,
        "period_end": end,
    }
    known = sa.select(IMPORTS.c.id).filter_by(**identity)
    if not file.observations or connection.execute(known).first() is not None:
        tick(len(file.observations))
        return None
    first, last = _days(span_of(file.observations))
    row = {
        **identity,
        "first_day": first,
        "last_day": last,
        "name": _storable(file.name),
        "imported_at": filing.imported_at,
        "version": filing.version,
        "read": file.read,
        "kept": len(file.observations),
        "merged": file.merged,
        "rejected": len(file.rejected),
    }
    connection.execute(sa.insert(IMPORTS).values(row))
    number: int = connection.execute(known).scalar_one()
    _write(connection, number, file.observations, tick)
    return number


def _write(
    connection: sa.Connection, number: int, observations: Sequence[Observation], tick: Tick
) -> None:
    """Write observations in the driver's own bulk way: three times as fast as row by row."""
    held = {name for seen in observations for name in seen.figures}
    figures = [name for name in FIGURES if name in held]
    columns = [*_KEYS, *(f"{name}_{end}" for name in figures for end in ("low", "high"))]
    ordered = sorted(observations, key=attrgetter("keyword"))
    insert = _copy if connection.dialect.name == "postgresql" else _insert
    for first in range(0, len(ordered), _ROWS_A_STEP):
        rows = list(_rows(number, ordered[first : first + _ROWS_A_STEP], figures))
        insert(connection, columns, rows)
        tick(len(rows))


def _rows(
    number: int, observations: Sequence[Observation], figures: Sequence[str]
) -> Iterator[tuple[object, ...]]:
    for keyword, source, period, held in observations:
        start, end = _days(period)
        cells: list[object] = [number, keyword, start, end, _storable(source)]
        for name in figures:
            figure = held.get(name)
            if figure is None:
                cells += (None, None)
            else:
                cells += (figure.low, figure.high)
        yield tuple(cells)


def _insert(
    connection: sa.Connection, columns: Sequence[str], rows: list[tuple[object, ...]]
) -> None:
    statement = sa.insert(OBSERVATIONS).values(dict.fromkeys(columns))
    text = str(statement.compile(dialect=connection.dialect))
    connection.exec_driver_sql(text, rows)


def _copy(
    connection: sa.Connection, columns: Sequence[str], rows: list[tuple[object, ...]]
) -> None:
    driver: Any = connection.connection.driver_connection
    text = f"COPY {OBSERVATIONS.name} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)"
    with driver.cursor() as cursor, cursor.copy(text) as copy:
        copy.set_types(["int4"] + ["text"] * 4 + ["float8"] * (len(columns) - len(_KEYS)))
        for row in rows:
            copy.write_row(row)


def _days(period: Period | None) -> tuple[str, str]:
    return (period.start, period.end) if period else (UNKNOWN, UNKNOWN)


@functools.lru_cache(maxsize=64)
def _storable(name: str) -> str:
    """Return a file name as text that every database takes; bytes that are no text become ?."""
    return name.encode("utf-8", "replace").decode("utf-8").replace("\x00", "?")
