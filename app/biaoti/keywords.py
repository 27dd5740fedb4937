"""A report to choose from: each keyword with its value and kinds, and the root words (词根).

Kinds compare a keyword with the other rows of the same report, by rank: report figures are indices
or buckets, so their order means something and their sizes do not. A tie of all rows makes no kind.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from biaoti.encode import plain
from biaoti.records import Interval, KeywordStat, Lexicon, Policy, ReportReading, Score, Stage, Term
from biaoti.score import Baseline, Market, baseline_of, score_keyword

# Queries follow Zipf's law: most of a category's demand lies in its first tenth of keywords (大词),
# and the lower half (长尾词) matters by its number alone. Guarded by tests/test_keywords.py.
HEAD_SHARE = 0.1
TAIL_SHARE = 0.5
# Much sought, little offered: the best fifth by demand per competing listing, from median demand
# on, because a keyword that nobody seeks has a fine ratio and no use.
OCEAN_SHARE = 0.2
OCEAN_LEAST_DEMAND = 0.5


class Kind(StrEnum):
    """What a keyword is like among the others of its report."""

    HEAD = "head"
    LONG_TAIL = "long_tail"
    BRAND = "brand"
    BLUE_OCEAN = "blue_ocean"


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueRange:
    """The value of a keyword as its figures stand, and with every range at its low or high end."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class KeywordRow:
    """One keyword with all that is known and reckoned of it."""

    stat: KeywordStat
    terms: tuple[Term, ...]
    kinds: tuple[Kind, ...]
    value: ValueRange
    score: Score


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """A term with the statistics of all keywords that hold it; a figure that no row has is None.

    Counts are sums over the rows that have them, and `demand_index_max` is the largest index,
    because indices cannot be added. The rates are clicks / impressions and orders / clicks over
    rows that have both.
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


def keyword_rows(
    stats: Sequence[KeywordStat],
    policy: Policy,
    *,
    sequence: Callable[[str], tuple[Term, ...]],
    is_brand: Callable[[Term], bool],
) -> tuple[KeywordRow, ...]:
    """Return one row per keyword, the most valuable first, then by text, for a growing listing.

    `sequence` cuts a keyword, `is_brand` knows the brands.
    """
    baseline = baseline_of(stats)
    kinds_of = _kinds(stats)
    rows = []
    for stat in stats:
        terms = sequence(stat.keyword)
        brand = (Kind.BRAND,) if any(is_brand(term) for term in terms) else ()
        rows.append(
            KeywordRow(
                stat=stat,
                terms=terms,
                kinds=(*kinds_of(stat), *brand),
                value=value_range(stat, baseline, policy),
                score=score_keyword(stat, baseline, policy, Stage.GROWTH),
            )
        )
    return tuple(sorted(rows, key=lambda row: (-row.value.mean, row.stat.keyword)))


def is_brand_of(lexicon: Lexicon) -> Callable[[Term], bool]:
    """Return the test whether a word is a brand and nothing else; a risky name is a plain word."""

    def is_brand(term: Term) -> bool:
        brand = lexicon.brands.get(term)
        return brand is not None and not brand.is_risky

    return is_brand


def value_range(stat: KeywordStat, baseline: Baseline, policy: Policy) -> ValueRange:
    """Return the value of `stat` and the values of its range ends, for a growing listing.

    The trials behind a rate stay those of the reading as it is: a lower end of demand makes the
    keyword worth less, not its rate less certain. So low <= mean <= high.
    """
    fixed = replace(stat, clicks=_trials(stat))
    low, high = (
        score_keyword(_at_end(fixed, end), baseline, policy, Stage.GROWTH).total
        for end in ("low", "high")
    )
    mean = score_keyword(stat, baseline, policy, Stage.GROWTH).total
    return ValueRange(mean=mean, low=low, high=high)


def roots(market: Market) -> tuple[Root, ...]:
    """Return the root words of `market`, the most valuable first, then by text."""
    found = []
    for term, numbers in market.postings.items():
        keywords = [market.keywords[number] for number in numbers]
        value = math.fsum(keyword.scores[Stage.GROWTH].total for keyword in keywords)
        found.append(_root(term, [keyword.stat for keyword in keywords], value))
    return tuple(sorted(found, key=lambda root: (-root.value, root.term)))


# ---- value -------------------------------------------------------------------------------------


def _trials(stat: KeywordStat) -> float | None:
    """Return the clicks behind the conversion rate as biaoti.score counts them."""
    if (
        stat.clicks is None
        and stat.demand_index is not None
        and stat.click_through_rate is not None
    ):
        return stat.demand_index.mid * stat.click_through_rate.mid
    return stat.clicks


def _at_end(stat: KeywordStat, end: str) -> KeywordStat:
    def at(interval: Interval | None) -> Interval | None:
        if interval is None:
            return None
        figure = getattr(interval, end)
        return Interval(figure, figure)

    return replace(
        stat,
        demand_index=at(stat.demand_index),
        click_through_rate=at(stat.click_through_rate),
        conversion_rate=at(stat.conversion_rate),
    )


# ---- kinds -------------------------------------------------------------------------------------


def _kinds(stats: Sequence[KeywordStat]) -> Callable[[KeywordStat], tuple[Kind, ...]]:
    demands = sorted(d for stat in stats if (d := _demand(stat)) is not None)
    openings = sorted(o for stat in stats if (o := _opening(stat)) is not None)

    def kinds(stat: KeywordStat) -> tuple[Kind, ...]:
        demand, opening = _demand(stat), _opening(stat)
        if demand is None:
            return ()
        found = []
        if _share_below(demands, demand) >= 1 - HEAD_SHARE:
            found.append(Kind.HEAD)
        if _share_above(demands, demand) >= TAIL_SHARE:
            found.append(Kind.LONG_TAIL)
        is_sought = _share_above(demands, demand) <= OCEAN_LEAST_DEMAND
        if opening is not None and is_sought and _share_below(openings, opening) >= 1 - OCEAN_SHARE:
            found.append(Kind.BLUE_OCEAN)
        return tuple(found)

    return kinds


def _demand(stat: KeywordStat) -> float | None:
    return stat.impressions if stat.demand_index is None else stat.demand_index.mid


def _opening(stat: KeywordStat) -> float | None:
    """Return the demand per competing listing; without a known supply there is none to speak of."""
    demand = _demand(stat)
    if demand is None or stat.supply is None:
        return None
    return demand / max(1.0, stat.supply)


def _share_below(ordered: Sequence[float], figure: float) -> float:
    return bisect.bisect_left(ordered, figure) / len(ordered)


def _share_above(ordered: Sequence[float], figure: float) -> float:
    return 1 - bisect.bisect_right(ordered, figure) / len(ordered)


# ---- root words --------------------------------------------------------------------------------


def _root(term: Term, stats: Sequence[KeywordStat], value: float) -> Root:
    seen = [(s.impressions, s.clicks) for s in stats]
    bought = [(s.clicks, s.orders) for s in stats]
    return Root(
        term=term,
        keywords=len(stats),
        value=value,
        demand_index_max=max((s.demand_index.high for s in stats if s.demand_index), default=None),
        impressions=_sum(s.impressions for s in stats),
        clicks=_sum(s.clicks for s in stats),
        orders=_sum(s.orders for s in stats),
        click_through_rate=_ratio(seen),
        conversion_rate=_ratio(bought),
    )


def _sum(figures: Iterable[float | None]) -> float | None:
    known = [figure for figure in figures if figure is not None]
    return math.fsum(known) if known else None


def _ratio(pairs: Iterable[tuple[float | None, float | None]]) -> float | None:
    """Return the second over the first, summed over pairs that are known whole."""
    known = [(of, part) for of, part in pairs if of is not None and part is not None]
    whole = math.fsum(of for of, _ in known)
    return math.fsum(part for _, part in known) / whole if whole else None


# ---- as JSON objects ---------------------------------------------------------------------------


def keyword_report(
    rows: Sequence[KeywordRow], roots: Sequence[Root], reading: ReportReading
) -> dict[str, Any]:
    """Return the answer to `keywords`; rejected rows are told with their place."""
    return {
        "rows": [keyword_row(row) for row in rows],
        "roots": [plain(root) for root in roots],
        "read": reading.read,
        "merged": reading.merged,
        "rejected": [plain(reject) for reject in reading.rejected],
        "notes": list(reading.notes),
    }


def keyword_row(row: KeywordRow) -> dict[str, Any]:
    """Return one keyword with its figures as read, its kinds, and its value with the parts."""
    stat = plain(row.stat)
    return {
        "keyword": stat.pop("keyword"),
        "terms": list(row.terms),
        **stat,
        "kinds": [kind.value for kind in row.kinds],
        "value": plain(row.value),
        "parts": {name: plain(factor) for name, factor in row.score.parts},
    }
