"""The figures of a report as they may be used: demand on one scale, rates with trials, supply.

What a figure is worth as evidence is settled here; what it means for a keyword in
biaoti.score.values.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from biaoti.records import Interval, KeywordStat, Policy, Term
from biaoti.score.rates import effective_trials

# A reading from 0 to something lies anywhere in it: a uniform variable's deviation over its mean.
_FROM_ZERO = 3.0**-0.5
# Impressions set beside indices by their medians alone, without a keyword that has both figures.
_UNMATCHED_SPREAD = 1.0
_MOST_BREADTH = 7.0
_SUPPLY_SPREAD = 1.0
# A category's own term; no word begins like this.
_CATEGORY = "类目:"
# Reports round shares to a hundredth of a percent point, or to one of them for large ones.
_ROUNDED = 6e-4

# ---- demand ------------------------------------------------------------------------------------


def demand_of(stat: KeywordStat, per_impression: float) -> float | None:
    """Return the demand of a keyword in the units of the report's index, None when unknown."""
    if stat.demand_index is not None:
        return stat.demand_index.mid
    return None if stat.impressions is None else stat.impressions * per_impression


def bucket_spread(reading: Interval) -> float:
    """Return the log deviation of a figure that lies anywhere, by ratio, in its bucket."""
    if reading.low > 0:
        return math.log(reading.high / reading.low) / math.sqrt(12.0)
    return _FROM_ZERO if reading.high > 0 else 0.0


def per_impression(stats: Sequence[KeywordStat]) -> tuple[float, float]:
    """Return how many index points an impression stands for, and the log deviation of that.

    From keywords that have both figures; without any, the typical index and the typical count are
    taken for equal. A report without indices, or without counts, needs no such bridge: 1 and 0.
    """
    both = [
        s.demand_index.mid / s.impressions
        for s in stats
        if s.demand_index and s.impressions and s.demand_index.mid > 0
    ]
    if both:
        return typical_of(both)
    indices = [s.demand_index.mid for s in stats if s.demand_index and s.demand_index.mid > 0]
    counts = [s.impressions for s in stats if s.impressions]
    if not indices or not counts:
        return 1.0, 0.0
    return typical_of(indices)[0] / typical_of(counts)[0], _UNMATCHED_SPREAD


def breadth_of(demand: float | None, typical: float) -> float:
    """Return the log of a demand over the typical one, 0 when it is unknown."""
    if demand is None:
        return 0.0
    if demand <= 0:
        return -_MOST_BREADTH
    return max(-_MOST_BREADTH, min(_MOST_BREADTH, math.log(demand / typical)))


def typical_of(figures: Sequence[float]) -> tuple[float, float]:
    """Return the geometric mean of positive figures and their log deviation; 1 and 0 of none."""
    logs = [math.log(figure) for figure in figures]
    if not logs:
        return 1.0, 0.0
    middle = math.fsum(logs) / len(logs)
    variance = math.fsum((value - middle) ** 2 for value in logs) / len(logs)
    return math.exp(middle), math.sqrt(variance)


# ---- rates as read -----------------------------------------------------------------------------


def clicked(stat: KeywordStat, policy: Policy, *, by_shoppers: bool) -> tuple[float, float]:
    """Return the click-through rate as read and the trials it rests on, 0 and 0 when missing.

    A market report tells the share of shoppers who click (often a half), an account the share of
    impressions (a few in a hundred). The two are never mixed: `by_shoppers` says which is meant.
    """
    counted = _ratio(stat.clicks, stat.impressions)
    reported = _told_apart(stat.click_through_rate, counted)
    if by_shoppers:
        return _evidence(None, 0.0, reported, _index_trials(stat, policy))
    trials = stat.impressions if stat.clicks is None else None
    if trials is None:
        trials = _index_trials(stat, policy)
    return _evidence(counted, stat.impressions or 0.0, reported, trials)


def bought(stat: KeywordStat, policy: Policy) -> tuple[float, float]:
    """Return the conversion rate as read and the trials it rests on, 0 and 0 when missing.

    Orders and clicks that were counted, and a rate that was reported beside them, both tell.
    """
    counted = _ratio(stat.orders, stat.clicks)
    reported = _told_apart(stat.conversion_rate, counted)
    trials = stat.clicks if stat.orders is None else None
    if trials is None:
        clicked = stat.click_through_rate
        trials = _index_trials(stat, policy) * (clicked.mid if clicked else 1.0)
    return _evidence(counted, stat.clicks or 0.0, reported, trials)


def _evidence(
    counted: Interval | None, counts: float, reported: Interval | None, trials: float
) -> tuple[float, float]:
    """Return a counted and a reported rate as one: the rate of all their trials, and the trials."""
    own = counts if counted else 0.0
    other = effective_trials(reported, trials) if reported else 0.0
    whole = own + other
    if whole <= 0:
        return 0.0, 0.0
    return (
        (counted.mid * own if counted else 0.0) + (reported.mid * other if reported else 0.0)
    ) / whole, whole


def _told_apart(rate: Interval | None, counted: Interval | None) -> Interval | None:
    """Return a rate that was reported for itself: not one that only repeats what was counted."""
    if rate is None or counted is None:
        return rate
    is_same = math.isclose(rate.low, counted.low, abs_tol=_ROUNDED) and math.isclose(
        rate.high, counted.high, abs_tol=_ROUNDED
    )
    return None if is_same else rate


def is_by_shoppers(stats: Sequence[KeywordStat]) -> bool:
    """Tell whether click-through rates are read as shares of shoppers: a market report is there."""
    return any(
        stat.demand_index is not None
        and _told_apart(stat.click_through_rate, _ratio(stat.clicks, stat.impressions)) is not None
        for stat in stats
    )


def _index_trials(stat: KeywordStat, policy: Policy) -> float:
    """Return how many trials a rate may be trusted for where nobody counted them.

    A larger index stands for more shoppers; how many is unknown, so it only weighs the trust.
    """
    if stat.demand_index is not None:
        return policy.index_trials * stat.demand_index.mid
    return policy.uncounted_trials


def unknown_spread(needs: frozenset[Term], policy: Policy) -> float:
    """Return how far a rate of which nothing is known strays from that of other keywords."""
    return math.hypot(policy.keyword_spread, policy.term_spread * math.sqrt(len(needs)))


def _ratio(part: float | None, whole: float | None) -> Interval | None:
    if part is None or not whole or part > whole:
        return None
    return Interval(part / whole, part / whole)


def features_of(stat: KeywordStat, needs: frozenset[Term], *, by_category: bool) -> frozenset[Term]:
    """Return the terms that a keyword's rates are told by, its category where there are many."""
    if not by_category or stat.category is None:
        return needs
    return needs | {Term(f"{_CATEGORY}{stat.category}")}


# ---- supply ------------------------------------------------------------------------------------


def supply_by_demand(
    stats: Sequence[KeywordStat], breadths: Sequence[float], policy: Policy
) -> tuple[float, float, float]:
    """Return level, growth and log deviation of supply by breadth: a straight line through logs.

    The policy's growth counts for one row a unit of breadth off. Where no row has a supply, the
    typical keyword has `supply_scale` competitors.
    """
    known = [
        (breadth, math.log(s.supply))
        for s, breadth in zip(stats, breadths, strict=True)
        if s.supply is not None and s.supply > 0
    ]
    if not known:
        return math.log(policy.supply_scale), policy.supply_growth, _SUPPLY_SPREAD
    middle_x = math.fsum(x for x, _ in known) / len(known)
    middle_y = math.fsum(y for _, y in known) / len(known)
    together = math.fsum((x - middle_x) * (y - middle_y) for x, y in known)
    alone = math.fsum((x - middle_x) ** 2 for x, _ in known)
    growth = (together + policy.supply_growth) / (alone + 1.0)
    level = middle_y - growth * middle_x
    rest = math.fsum((y - level - growth * x) ** 2 for x, y in known)
    return level, growth, math.sqrt((rest + _SUPPLY_SPREAD**2) / (len(known) + 1))


def mean_of(figures: Iterable[float | None]) -> float:
    """Return the mean of the figures that are there, 0 of none."""
    known = [figure for figure in figures if figure is not None]
    return math.fsum(known) / len(known) if known else 0.0
