"""Asking a store: what is known of each keyword now, over time, and of the files it came from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from biaoti.observations import FIGURES, merge
from biaoti.records import ImportedFile, Interval, KeywordStat, Observation
from biaoti.store.categories import is_under
from biaoti.store.combining import Seen, in_force, merge_over_time
from biaoti.store.database import Store
from biaoti.store.tables import IMPORTS, OBSERVATIONS, UNKNOWN
from biaoti.store.writing import imported_file, period_of

_KEYS = ("import_id", "keyword", "source", "period_start", "period_end")
_ENDS = tuple(f"{name}_{end}" for name in FIGURES for end in ("low", "high"))


def read_stats(
    store: Store,
    *,
    category: str | None = None,
    start: str | None = None,
    end: str | None = None,
) -> tuple[KeywordStat, ...]:
    """Return one row for each keyword, sorted by keyword: see `merge_over_time`.

    Rows are of `category` and what lies below it, or of all when None; and of periods that lie
    wholly from `start` to `end` (ISO days, both inclusive), where rows of unknown days have no
    place. Nothing stored gives nothing.
    """
    return read_counted(store, category=category, start=start, end=end)[1]


def read_counted(
    store: Store,
    *,
    category: str | None = None,
    start: str | None = None,
    end: str | None = None,
) -> tuple[int, tuple[KeywordStat, ...]]:
    """Return how many observations were merged, and the rows of `read_stats`."""
    with store.reading() as connection:
        seen = list(_seen(connection, category, start, end))
    return len(seen), merge_over_time(seen)


def history(store: Store, *, category: str | None = None) -> tuple[KeywordStat, ...]:
    """Return one row for each keyword and period, sorted by keyword, then by time.

    Reports of the same days are merged as report files are (`biaoti.observations.merge`); periods
    may overlap, and a row of unknown days comes first, its period None.
    """
    groups: dict[tuple[str, str], list[Seen]] = {}
    with store.reading() as connection:
        for seen in _seen(connection, category, None, None):
            period = seen.observation.period
            groups.setdefault((period.end, period.start) if period else ("", ""), []).append(seen)
    rows = [
        row
        for group in groups.values()
        for row in merge(
            [seen.observation for seen in in_force(group)], category=category, period=None
        )
    ]
    return tuple(sorted(rows, key=_time))


def data_version(store: Store) -> str:
    """Return a short text that changes with every import and undo; equal data, equal text."""
    columns = (IMPORTS.c.digest, IMPORTS.c.category, IMPORTS.c.period_start, IMPORTS.c.period_end)
    digest = hashlib.sha256()
    with store.reading() as connection:
        for row in connection.execute(
            sa.select(*columns, IMPORTS.c.name, IMPORTS.c.version).order_by(IMPORTS.c.id)
        ):
            digest.update("\0".join((*row, "\n")).encode())
    return digest.hexdigest()[:12]


def categories(store: Store) -> tuple[str, ...]:
    """Return the categories that something is filed under, in order of text."""
    with store.reading() as connection:
        found = connection.execute(sa.select(IMPORTS.c.category).distinct()).scalars()
        return tuple(sorted(name for name in found if name != UNKNOWN))


def imports(store: Store) -> tuple[ImportedFile, ...]:
    """Return the files taken in, the oldest first."""
    with store.reading() as connection:
        rows = connection.execute(sa.select(IMPORTS).order_by(IMPORTS.c.id))
        return tuple(imported_file(row) for row in rows)


def _time(row: KeywordStat) -> tuple[str, str, str]:
    period = row.period
    return (row.keyword, period.end, period.start) if period else (row.keyword, "", "")


def _numbers(connection: sa.Connection, category: str | None) -> dict[int, str | None]:
    """Return the files filed under `category`, each with its own category."""
    rows = connection.execute(sa.select(IMPORTS.c.id, IMPORTS.c.category)).all()
    return {
        row.id: row.category or None
        for row in rows
        if category is None or is_under(row.category, category)
    }


def _chosen(numbers: dict[int, str | None], start: str | None, end: str | None) -> sa.Select[Any]:
    columns = (OBSERVATIONS.c[name] for name in (*_KEYS, *_ENDS))
    chosen = sa.select(*columns).where(OBSERVATIONS.c.import_id.in_(numbers))
    if start is not None or end is not None:
        chosen = chosen.where(OBSERVATIONS.c.period_start >= (start or "0"))
    if end is not None:
        chosen = chosen.where(OBSERVATIONS.c.period_end <= end)
    return chosen


def _seen(
    connection: sa.Connection, category: str | None, start: str | None, end: str | None
) -> Iterator[Seen]:
    numbers = _numbers(connection, category)
    for number, keyword, source, first, last, *ends in connection.execute(
        _chosen(numbers, start, end)
    ):
        figures = {
            name: Interval(low, high)
            for name, low, high in zip(FIGURES, ends[::2], ends[1::2], strict=True)
            if low is not None
        }
        seen = Observation(keyword, source, period_of(first, last), figures)
        yield Seen(number, numbers[number], seen)
