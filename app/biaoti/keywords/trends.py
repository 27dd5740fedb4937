"""A keyword over several periods: rising, falling, and the months of its season.

A whole category rises and falls with the year, so a keyword's change is told beside the median
change of the keywords it is reported with. Only periods of about the same length are compared: an
index over a month is not one over a week.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from biaoti.keywords.kinds import Kind
from biaoti.records import Interval, KeywordStat

# A quarter more or less than the others is a change one can see in 生意参谋's coarsest buckets.
LEAST_CHANGE = 1.25
# With fewer keywords the median of their changes is one of them, and says nothing of the market.
LEAST_OTHERS = 5
# Of all steps from period to period, the share that must go the way of the whole.
LEAST_STEADY = 0.6
# A season: a month of at least twice the year's typical demand, told from most of a year.
SEASON_PEAK = 2.0
LEAST_MONTHS = 9
LEAST_DAYS = 330
# Lengths of months differ by three days, of the windows a seller exports (7, 30) by far more.
_SAME_LENGTH = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """How a keyword moved: its last demand over its first, beside the median of the others.

    `peak_months` (1 to 12) are the months of its season, none without a year of history.
    """

    periods: int
    change: float
    kinds: tuple[Kind, ...]
    peak_months: tuple[int, ...] = ()


class _Reading(NamedTuple):
    start: date
    end: date
    demand: Interval


def trends(history: Iterable[KeywordStat]) -> Mapping[str, Trend]:
    """Return the trend of each keyword that was reported for two periods or more.

    `history` holds one row for each keyword and period, in any order; rows without a period or a
    demand are passed over. Impressions are counted by the day, indices are taken as they are.
    """
    series = {keyword: kept for keyword, kept in _series(history).items() if len(kept) > 1}
    moves = _market_moves(series.values())
    return {keyword: _trend(readings, moves) for keyword, readings in sorted(series.items())}


def _series(history: Iterable[KeywordStat]) -> dict[str, list[_Reading]]:
    """Return the readings of each keyword by time, of periods of the usual length alone."""
    found: dict[tuple[str, date, date], Interval] = {}
    for stat in sorted(history, key=lambda s: (s.keyword, s.source or "")):
        span = _span(stat)
        demand = _demand(stat, span)
        if span and demand and demand.high > 0:
            found.setdefault((stat.keyword, *span), demand)
    lengths = Counter((end - start).days for _, start, end in found)
    usual = min(lengths, key=lambda days: (-lengths[days], -days), default=0)
    series: dict[str, list[_Reading]] = defaultdict(list)
    for (keyword, start, end), demand in sorted(found.items(), key=lambda item: item[0]):
        if abs((end - start).days - usual) < _SAME_LENGTH:
            series[keyword].append(_Reading(start, end, demand))
    return series


def _span(stat: KeywordStat) -> tuple[date, date] | None:
    if stat.period is None:
        return None
    return date.fromisoformat(stat.period.start), date.fromisoformat(stat.period.end)


def _demand(stat: KeywordStat, span: tuple[date, date] | None) -> Interval | None:
    if stat.demand_index is not None or stat.impressions is None or span is None:
        return stat.demand_index
    daily = stat.impressions / ((span[1] - span[0]).days + 1)
    return Interval(daily, daily)


def _market_moves(
    series: Iterable[Sequence[_Reading]],
) -> Mapping[tuple[date, date], float]:
    """Return the median log change from one period to another over the keywords seen in both."""
    changes: dict[tuple[date, date], list[float]] = defaultdict(list)
    for readings in series:
        changes[readings[0].end, readings[-1].end].append(_log_change(readings))
    return {
        pair: median(found) if len(found) >= LEAST_OTHERS else 0.0
        for pair, found in changes.items()
    }


def _log_change(readings: Sequence[_Reading]) -> float:
    first, last = readings[0].demand.mid, readings[-1].demand.mid
    return math.log(last / first) if first > 0 and last > 0 else 0.0


def _trend(readings: Sequence[_Reading], moves: Mapping[tuple[date, date], float]) -> Trend:
    move = moves[readings[0].end, readings[-1].end]
    change = _log_change(readings) - move
    kinds = _direction(readings, change, move)
    peaks = _peak_months(readings)
    return Trend(
        periods=len(readings),
        change=math.exp(change),
        kinds=(*kinds, Kind.SEASONAL) if peaks else kinds,
        peak_months=peaks,
    )


def _direction(readings: Sequence[_Reading], change: float, move: float) -> tuple[Kind, ...]:
    """Return whether a keyword rises or falls: by enough, steadily, and not within one bucket."""
    if abs(change) < math.log(LEAST_CHANGE):
        return ()
    first, last = readings[0].demand, readings[-1].demand
    is_up = change > 0
    is_apart = last.low >= first.high if is_up else last.high <= first.low
    is_market = abs(move) >= abs(change)
    share = move / (len(readings) - 1)
    steps = [_log_change(pair) - share for pair in pairwise(readings)]
    steady = sum((step > 0) == is_up for step in steps) / len(steps)
    if (is_apart or is_market) and steady >= LEAST_STEADY:
        return (Kind.RISING,) if is_up else (Kind.FALLING,)
    return ()


def _peak_months(readings: Sequence[_Reading]) -> tuple[int, ...]:
    """Return the months of the season, told by the middle of each period; none without a year."""
    if (readings[-1].end - readings[0].start).days < LEAST_DAYS:
        return ()
    months: dict[int, list[float]] = defaultdict(list)
    for start, end, demand in readings:
        if demand.mid > 0:
            middle = date.fromordinal((start.toordinal() + end.toordinal()) // 2)
            months[middle.month].append(math.log(demand.mid))
    if len(months) < LEAST_MONTHS:
        return ()
    typical = median(median(logs) for logs in months.values())
    return tuple(
        month
        for month, logs in sorted(months.items())
        if median(logs) - typical >= math.log(SEASON_PEAK)
    )
