"""The root words (词根): every term with the statistics of all keywords that hold it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from biaoti.records import Stage, Term
from biaoti.score import Keyword, Market


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """A term with the statistics of all keywords that hold it; a figure that no row has is None.

    Counts are sums over the rows that have them, and `demand_index_max` is the largest index,
    because indices cannot be added. The rates are clicks / impressions and orders / clicks over
    rows that have both. `held_by` names the keywords, the most valuable first.
    """

    term: Term
    keywords: int
    value: float
    demand_index_max: float | None
    impressions: float | None
    clicks: float | None
    orders: float | None
    click_through_rate: float | None
    conversion_rate: float | None
    held_by: tuple[str, ...]


def roots(market: Market, stage: Stage = Stage.GROWTH) -> tuple[Root, ...]:
    """Return the root words of `market`, the most valuable first, then by text."""
    found = [
        _root(term, [market.keywords[number] for number in numbers], stage)
        for term, numbers in market.postings.items()
    ]
    return tuple(sorted(found, key=lambda root: (-root.value, root.term)))


def _root(term: Term, keywords: Sequence[Keyword], stage: Stage) -> Root:
    stats = [keyword.stat for keyword in keywords]
    worth = [keyword.scores[stage].total for keyword in keywords]
    order = sorted(range(len(stats)), key=lambda n: (-worth[n], stats[n].keyword))
    return Root(
        term=term,
        keywords=len(stats),
        value=math.fsum(worth),
        demand_index_max=max((s.demand_index.high for s in stats if s.demand_index), default=None),
        impressions=_sum(s.impressions for s in stats),
        clicks=_sum(s.clicks for s in stats),
        orders=_sum(s.orders for s in stats),
        click_through_rate=_ratio((s.impressions, s.clicks) for s in stats),
        conversion_rate=_ratio((s.clicks, s.orders) for s in stats),
        held_by=tuple(dict.fromkeys(stats[number].keyword for number in order)),
    )


def _sum(figures: Iterable[float | None]) -> float | None:
    known = [figure for figure in figures if figure is not None]
    return math.fsum(known) if known else None


def _ratio(pairs: Iterable[tuple[float | None, float | None]]) -> float | None:
    """Return the second over the first, summed over pairs that are known whole."""
    known = [(of, part) for of, part in pairs if of is not None and part is not None]
    whole = math.fsum(of for of, _ in known)
    return math.fsum(part for _, part in known) / whole if whole else None
