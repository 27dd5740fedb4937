"""What several rows and files say of one keyword -> one KeywordStat, whatever their order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise

from biaoti.records import Interval, KeywordStat, Period
from biaoti.reports.headers import Column
from biaoti.reports.sightings import Sighting

_COUNTS = frozenset({Column.IMPRESSIONS, Column.CLICKS, Column.ORDERS, Column.COST})


def merge(
    sightings: Iterable[Sighting], *, category: str | None, period: Period | None
) -> tuple[KeywordStat, ...]:
    """Return one row for each keyword, sorted by keyword; the order of sightings never matters.

    Indices, rates, prices and supply take the hull of all that was said: they cannot be added, and
    two reports that differ leave the truth between them. Counts and cost take the largest figure
    within a period, since a file imported twice or two reports of the same days see the same
    shoppers; they add up over periods only when all periods are known and none overlap (daily
    rows), else the largest stands. Figures that follow from counts are derived last.
    `period`, when given, is the period of every row; else it runs from the first day seen to the
    last. `source` names every file the keyword stood in.
    """
    groups: dict[str, list[Sighting]] = {}
    for sighting in sightings:
        groups.setdefault(sighting.keyword, []).append(sighting)
    return tuple(
        _stat(keyword, group, category=category, period=period)
        for keyword, group in sorted(groups.items())
    )


def _stat(
    keyword: str, group: Sequence[Sighting], *, category: str | None, period: Period | None
) -> KeywordStat:
    reported = group[0].figures if len(group) == 1 else _merged(group)
    figures = _with_derived(reported)
    return KeywordStat(
        keyword=keyword,
        category=category,
        source=_source(group),
        period=period or _span(group),
        demand_index=figures.get(Column.DEMAND_INDEX),
        impressions=_middle(figures.get(Column.IMPRESSIONS)),
        clicks=_middle(figures.get(Column.CLICKS)),
        orders=_middle(figures.get(Column.ORDERS)),
        click_through_rate=figures.get(Column.CLICK_THROUGH_RATE),
        conversion_rate=figures.get(Column.CONVERSION_RATE),
        supply=_middle(figures.get(Column.SUPPLY)),
        tmall_share=_middle(figures.get(Column.TMALL_SHARE)),
        cost_per_click=_middle(figures.get(Column.COST_PER_CLICK)),
    )


def _middle(figure: Interval | None) -> float | None:
    """Return the one number that stands for a figure: itself when exact, else its middle."""
    if figure is None:
        return None
    return figure.low if figure.low == figure.high else figure.mid


def _merged(group: Sequence[Sighting]) -> dict[Column, Interval]:
    columns = {column for sighting in group for column in sighting.figures}
    return {column: _combined(column, group) for column in columns}


def _combined(column: Column, group: Sequence[Sighting]) -> Interval:
    said = [(s.span, s.figures[column]) for s in group if column in s.figures]
    if column not in _COUNTS:
        return _joined([figure for _, figure in said], min)
    by_span: dict[Period | None, list[Interval]] = {}
    for span, figure in said:
        by_span.setdefault(span, []).append(figure)
    largest = {span: _joined(figures, max) for span, figures in by_span.items()}
    spans = sorted((span for span in largest if span), key=lambda span: (span.start, span.end))
    if len(spans) < len(largest) or not _are_disjoint(spans):
        return _joined(list(largest.values()), max)
    ordered = [largest[span] for span in spans]
    return Interval(sum(figure.low for figure in ordered), sum(figure.high for figure in ordered))


def _joined(
    figures: Sequence[Interval], choose_low: Callable[[Iterable[float]], float]
) -> Interval:
    """Return the interval from the chosen low end to the highest high end."""
    return Interval(choose_low(figure.low for figure in figures), max(f.high for f in figures))


def _are_disjoint(spans: Sequence[Period]) -> bool:
    return all(first.end < second.start for first, second in pairwise(spans))


def _with_derived(figures: Mapping[Column, Interval]) -> Mapping[Column, Interval]:
    """Return `figures` with the rates and the click price that exact counts give, where missing."""
    if Column.CLICKS not in figures:
        return figures
    wanted = (
        (Column.CLICK_THROUGH_RATE, Column.CLICKS, Column.IMPRESSIONS),
        (Column.CONVERSION_RATE, Column.ORDERS, Column.CLICKS),
        (Column.COST_PER_CLICK, Column.COST, Column.CLICKS),
    )
    derived = {
        column: ratio
        for column, part, whole in wanted
        if column not in figures and (ratio := _ratio(figures.get(part), figures.get(whole)))
    }
    rates = {c: r for c, r in derived.items() if c is Column.COST_PER_CLICK or r.high <= 1}
    return {**figures, **rates}


def _ratio(part: Interval | None, whole: Interval | None) -> Interval | None:
    if part is None or whole is None or whole.low <= 0:
        return None
    if part.low != part.high or whole.low != whole.high:
        return None
    return Interval(part.low / whole.low, part.low / whole.low)


def _source(group: Sequence[Sighting]) -> str:
    if len(group) == 1:
        return group[0].source
    return " + ".join(sorted({sighting.source for sighting in group}))


def _span(group: Sequence[Sighting]) -> Period | None:
    spans = [sighting.span for sighting in group if sighting.span]
    if len(spans) <= 1:
        return spans[0] if spans else None
    return Period(start=min(s.start for s in spans), end=max(s.end for s in spans))
