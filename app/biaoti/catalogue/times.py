"""When to put listings up: spread over the seven-day cycle, as orders come in, similar ones apart.

A listing's week ends at the hour it began. That listings near their end are shown more is trade
custom (民间经验), not a fact of the platform, and everything here says so.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice, pairwise
from pathlib import Path

from biaoti.catalogue.duplicates import Group
from biaoti.catalogue.reading import Source
from biaoti.catalogue.rows import CatalogueError, Outcome
from biaoti.catalogue.tables import Cells, open_sheets
from biaoti.listings import Aliases, alias_name
from biaoti.records import CataloguePolicy

DAY, WEEKDAY, TIME, BASIS = "上架日期", "星期", "上架时间", "依据"
COLUMNS = (DAY, WEEKDAY, TIME, BASIS)
CUSTOM, FROM_ORDERS = "民间经验:按行业下单时段", "民间经验:按本店下单时段"
_WEEKDAYS = "一二三四五六日"
_DAYS, _HOURS, _MINUTES = 7, 24, 60
_WEEK = _DAYS * _HOURS * _MINUTES
_HEADER_WITHIN = 20
# Orders that the trade's own hours count for against the shop's: with few orders a shop's hours
# are chance.
_PRIOR_ORDERS = 50
_GOLDEN = (math.sqrt(5) - 1) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """When orders come in: shares of days (from Monday) and hours, learned from `orders` orders."""

    days: tuple[float, ...]
    hours: tuple[float, ...]
    orders: int = 0

    @property
    def basis(self) -> str:
        """Return the words for what the times rest on."""
        return f"{FROM_ORDERS}({self.orders:,} 单)" if self.orders else CUSTOM


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """The minute of the week, from Monday 0:00, at which each row (by number) goes up.

    `least_apart` are the hours between the two nearest listings of one group of duplicates.
    """

    minutes: dict[int, int]
    least_apart: float | None


def rhythm_of(policy: CataloguePolicy, orders: Sequence[datetime] = ()) -> Rhythm:
    """Return when orders come in: the trade's hours, moved towards those of `orders`."""
    days = Counter(moment.weekday() for moment in orders)
    hours = Counter(moment.hour for moment in orders)
    return Rhythm(
        days=_blended(policy.days, days), hours=_blended(policy.hours, hours), orders=len(orders)
    )


def _blended(prior: Sequence[float], seen: Counter[int]) -> tuple[float, ...]:
    whole, count = math.fsum(prior), seen.total()
    return tuple(
        (seen[i] + _PRIOR_ORDERS * share / whole) / (count + _PRIOR_ORDERS)
        for i, share in enumerate(prior)
    )


def timetable(
    source: Source, groups: Sequence[Group], rhythm: Rhythm, aliases: Aliases
) -> Timetable:
    """Return when each row goes up: as many an hour as orders come in, similar ones far apart.

    Rows are lined up so that similar ones are neighbours (duplicates, then the same category), and
    dealt out over the moments of the week in steps of the golden section, which keeps any few
    neighbours apart.
    """
    group_of = {same.number: place for place, group in enumerate(groups) for same in group.rows}
    rows = sorted(
        (row.text_of("category", aliases), group_of.get(row.number, -1), row.number)
        for row in source.rows()
    )
    moments = _moments(len(rows), rhythm)
    step = _step(len(rows))
    minutes = {number: moments[place * step % len(rows)] for place, (*_, number) in enumerate(rows)}
    return Timetable(minutes=minutes, least_apart=_least_apart(groups, minutes))


def _moments(count: int, rhythm: Rhythm) -> list[int]:
    """Return `count` minutes of the week in order, each hour with its share (largest remainder)."""
    shares = [count * day * hour for day in rhythm.days for hour in rhythm.hours]
    seats = [math.floor(share) for share in shares]
    left = count - sum(seats)
    for hour in sorted(range(len(shares)), key=lambda h: (seats[h] - shares[h], h))[:left]:
        seats[hour] += 1
    return [
        hour * _MINUTES + _MINUTES * (2 * place + 1) // (2 * taken)
        for hour, taken in enumerate(seats)
        for place in range(taken)
    ]


def _step(count: int) -> int:
    """Return a step near the golden section of `count` that visits every place once."""
    if count <= 1:
        return 1
    wanted = round(count * _GOLDEN)
    return min(
        (step for step in range(1, count) if math.gcd(step, count) == 1),
        key=lambda step: (abs(step - wanted), step),
    )


def _least_apart(groups: Sequence[Group], minutes: dict[int, int]) -> float | None:
    gaps = []
    for group in groups:
        moments = sorted(minutes[same.number] for same in group.rows)
        gaps += [later - earlier for earlier, later in pairwise(moments)]
        gaps.append(moments[0] + _WEEK - moments[-1])
    return min(gaps) / _MINUTES if gaps else None


def time_outcomes(table: Timetable, rhythm: Rhythm, start: str) -> Iterable[Outcome]:
    """Yield the cells of each row in order; days are the first ones from `start` (ISO) on."""
    first = date.fromisoformat(start)
    for number in sorted(table.minutes):
        day, minute = divmod(table.minutes[number], _HOURS * _MINUTES)
        when = first + timedelta(days=(day - first.weekday()) % _DAYS)
        cells = {
            DAY: when.isoformat(),
            WEEKDAY: f"周{_WEEKDAYS[day]}",
            TIME: f"{minute // _MINUTES:02}:{minute % _MINUTES:02}",
            BASIS: rhythm.basis,
        }
        yield Outcome(state="", cells=cells)


# ---- a shop's orders ---------------------------------------------------------------------------


def read_orders(path: Path, columns: frozenset[str]) -> list[datetime]:
    """Return when each order of the file was placed; `columns` are names of the time column.

    Rows without a readable time are left out. Raises CatalogueError when there is no such column or
    no time in it.
    """

    def known(cells: Sequence[str]) -> int:
        return sum(alias_name(cell) in columns for cell in cells)

    try:
        with ExitStack() as stack:
            for sheet in open_sheets(path, known, stack):
                head = list(islice(sheet.rows(), _HEADER_WITHIN))
                at = next((i for i, cells in enumerate(head) if known(cells)), None)
                if at is not None:
                    return _moments_in(islice(sheet.rows(), at + 1, None), head[at], columns, path)
    except OSError as error:
        raise CatalogueError(f"{path}: cannot be read: {error.strerror or error}") from error
    names = "、".join(sorted(columns))
    raise CatalogueError(
        f"{path.name}: no column holds the time of an order, expected one of {names}"
    )


def _moments_in(
    rows: Iterable[Cells], header: Cells, columns: frozenset[str], path: Path
) -> list[datetime]:
    place = next(i for i, cell in enumerate(header) if alias_name(cell) in columns)
    found = (_moment(cells[place]) for cells in rows if place < len(cells))
    moments = [moment for moment in found if moment is not None]
    if not moments:
        raise CatalogueError(
            f"{path.name}: found no time such as 2026-06-01 20:15 in {header[place]}"
        )
    return moments


def _moment(cell: str) -> datetime | None:
    text = cell.strip().replace("/", "-").replace("T", " ")
    for form in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"):
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - the shop's own clock
        except ValueError:
            continue
    return None
