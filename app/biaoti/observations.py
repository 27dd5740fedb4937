"""What several observations say of one keyword -> one KeywordStat, whatever their order."""

from __future__ import annotations

import bisect
import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from math import fsum

from biaoti.records import Interval, KeywordStat, Observation, Period

COUNTS = frozenset({"impressions", "clicks", "orders", "cost"})
# Every figure an observation can hold, in the order of a report.
FIGURES = (
    "demand_index",
    "impressions",
    "clicks",
    "orders",
    "click_through_rate",
    "conversion_rate",
    "supply",
    "tmall_share",
    "cost_per_click",
    "cost",
)
_DERIVED = (
    ("click_through_rate", "clicks", "impressions"),
    ("conversion_rate", "orders", "clicks"),
    ("cost_per_click", "cost", "clicks"),
)


def merge(
    observations: Iterable[Observation], *, category: str | None, period: Period | None
) -> tuple[KeywordStat, ...]:
    """Return one row for each keyword, sorted by keyword; the order of observations never matters.

    Indices, rates, prices and supply take the hull of all that was said: they cannot be added, and
    two reports that differ leave the truth between them. Counts and cost: see `total`. Figures
    that follow from counts are derived last. `period`, when given, is the period of every row;
    else it runs from the first day seen to the last. `source` names every file the keyword stood
    in.
    """
    return tuple(
        stat_of(
            keyword,
            group[0].figures if len(group) == 1 else joined(group),
            category=category,
            source=sources_of(group),
            period=period or span_of(group),
        )
        for keyword, group in sorted(by_keyword(observations).items())
    )


def by_keyword(observations: Iterable[Observation]) -> dict[str, list[Observation]]:
    """Return the observations of each keyword, in the order given."""
    groups: dict[str, list[Observation]] = {}
    for observation in observations:
        groups.setdefault(observation.keyword, []).append(observation)
    return groups


def joined(group: Sequence[Observation]) -> dict[str, Interval]:
    """Return what the observations of one keyword say together, nothing derived: see `merge`."""
    return {
        name: total(said) if name in COUNTS else hull(figure for _, figure in said)
        for name, said in figures_of(group).items()
    }


def figures_of(group: Iterable[Observation]) -> dict[str, list[tuple[Period | None, Interval]]]:
    """Return for each figure what was said of it, with the period it was said of."""
    said: dict[str, list[tuple[Period | None, Interval]]] = {}
    for observation in group:
        for name, figure in observation.figures.items():
            said.setdefault(name, []).append((observation.period, figure))
    return said


def total(said: Sequence[tuple[Period | None, Interval]]) -> Interval:
    """Return a count over all the time it was said of, no shopper counted twice.

    Within a period the largest figure stands: a file imported twice or two reports of the same days
    see the same shoppers. Over periods that do not overlap counts add up (see `cover`). A figure
    of unknown or overlapping days stands instead when it alone is larger.
    """
    by_period: dict[Period | None, list[Interval]] = {}
    for period, figure in said:
        by_period.setdefault(period, []).append(figure)
    largest = {period: _joined(figures, max) for period, figures in by_period.items()}
    known = frozenset(period for period in largest if period is not None)
    ordered = [largest[period] for period in cover(known)]
    whole = Interval(fsum(figure.low for figure in ordered), fsum(f.high for f in ordered))
    return _joined([whole, *largest.values()], max)


def hull(figures: Iterable[Interval]) -> Interval:
    """Return the interval from the lowest low end to the highest high end."""
    return _joined(list(figures), min)


@functools.lru_cache(maxsize=1024)
def cover(periods: frozenset[Period]) -> tuple[Period, ...]:
    """Return periods of which no two overlap and that hold the most days, in order of time.

    Among equals those that end later win, then the longer ones: a month stands before its weeks.
    """
    by_start = sorted(periods, key=lambda period: period.start, reverse=True)
    ordered = sorted(by_start, key=lambda period: period.end)
    if all(first.end < second.start for first, second in pairwise(ordered)):
        return tuple(ordered)
    ends = [period.end for period in ordered]
    best: list[tuple[int, tuple[Period, ...]]] = [(0, ())]
    for number, period in enumerate(ordered):
        days, chosen = best[bisect.bisect_left(ends, period.start, 0, number)]
        taken = (days + _days(period), (*chosen, period))
        best.append(taken if taken[0] >= best[-1][0] else best[-1])
    return best[-1][1]


def span_of(group: Iterable[Observation]) -> Period | None:
    """Return the time from the first day of `group` to the last, None when no day is known."""
    periods = [observation.period for observation in group if observation.period]
    if len(periods) <= 1:
        return periods[0] if periods else None
    return Period(start=min(p.start for p in periods), end=max(p.end for p in periods))


def stat_of(
    keyword: str,
    reported: Mapping[str, Interval],
    *,
    category: str | None,
    source: str,
    period: Period | None,
) -> KeywordStat:
    """Return the row of `keyword`: what was reported, and what follows from its counts."""
    figures = _with_derived(reported)
    return KeywordStat(
        keyword=keyword,
        category=category,
        source=source,
        period=period,
        demand_index=figures.get("demand_index"),
        impressions=_middle(figures.get("impressions")),
        clicks=_middle(figures.get("clicks")),
        orders=_middle(figures.get("orders")),
        click_through_rate=figures.get("click_through_rate"),
        conversion_rate=figures.get("conversion_rate"),
        supply=_middle(figures.get("supply")),
        tmall_share=_middle(figures.get("tmall_share")),
        cost_per_click=_middle(figures.get("cost_per_click")),
    )


def _middle(figure: Interval | None) -> float | None:
    """Return the one number that stands for a figure: itself when exact, else its middle."""
    if figure is None:
        return None
    return figure.low if figure.low == figure.high else figure.mid


def _joined(
    figures: Sequence[Interval], choose_low: Callable[[Iterable[float]], float]
) -> Interval:
    """Return the interval from the chosen low end to the highest high end."""
    if len(figures) == 1:
        return figures[0]
    return Interval(choose_low(figure.low for figure in figures), max(f.high for f in figures))


def _with_derived(figures: Mapping[str, Interval]) -> Mapping[str, Interval]:
    """Return `figures` with the rates and the click price that exact counts give, where missing."""
    if "clicks" not in figures:
        return figures
    derived = {
        name: ratio
        for name, part, whole in _DERIVED
        if name not in figures and (ratio := _ratio(figures.get(part), figures.get(whole)))
    }
    rates = {n: r for n, r in derived.items() if n == "cost_per_click" or r.high <= 1}
    return {**figures, **rates}


def _ratio(part: Interval | None, whole: Interval | None) -> Interval | None:
    if part is None or whole is None or whole.low <= 0:
        return None
    if part.low != part.high or whole.low != whole.high:
        return None
    return Interval(part.low / whole.low, part.low / whole.low)


def sources_of(group: Sequence[Observation]) -> str:
    """Return the names of the files that `group` stood in, as one text."""
    if len(group) == 1:
        return group[0].source
    return " + ".join(sorted({observation.source for observation in group}))


def _days(period: Period) -> int:
    return (date.fromisoformat(period.end) - date.fromisoformat(period.start)).days + 1
