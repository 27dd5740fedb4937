"""KeywordStat -> value with named parts: the orders a listing of a stage can hope for.

    value = demand * click_through_rate * conversion_rate * win

in units the report sets. Rates are pulled towards the report's own mean by `prior_clicks` clicks
(empirical Bayes, the beta-binomial mean); a missing figure takes the mean.
`win` = (1 + supply / scale) ** -exponent falls with supply (docs/adr/0005).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from biaoti.records import Interval, KeywordStat, Policy, Score, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What a keyword of this report is like on the whole: the values that missing figures take."""

    demand: float
    click_through_rate: float
    conversion_rate: float
    supply: float


def smoothed_rate(
    successes: float, trials: float, *, prior_rate: float, prior_trials: float
) -> float:
    """Return successes/trials pulled towards `prior_rate`; with no trials, `prior_rate` itself.

    >>> smoothed_rate(0, 0, prior_rate=0.02, prior_trials=30)
    0.02
    """
    return (successes + prior_rate * prior_trials) / (trials + prior_trials)


def baseline_of(stats: Sequence[KeywordStat]) -> Baseline:
    """Return the report's own means.

    A figure that no row has becomes 1 (rates, supply 0), which favours nobody.
    """
    return Baseline(
        demand=_mean([d for s in stats if (d := _demand(s)) is not None], 1.0),
        click_through_rate=_mean(_mids(s.click_through_rate for s in stats), 1.0),
        conversion_rate=_mean(_mids(s.conversion_rate for s in stats), 1.0),
        supply=_mean([s.supply for s in stats if s.supply is not None], 0.0),
    )


def score_keyword(stat: KeywordStat, baseline: Baseline, policy: Policy, stage: Stage) -> Score:
    """Return the value of one keyword as a product of named parts."""
    demand = _demand(stat)
    supply = baseline.supply if stat.supply is None else stat.supply
    exponent = policy.supply_exponent[stage.value]
    click_rate = _rate(
        stat.click_through_rate, baseline.click_through_rate, stat.impressions, policy
    )
    conversion = _rate(stat.conversion_rate, baseline.conversion_rate, _clicks(stat), policy)
    return Score(
        parts=(
            ("demand", baseline.demand if demand is None else demand),
            ("click_through_rate", click_rate),
            ("conversion_rate", conversion),
            ("win", (1.0 + supply / policy.supply_scale) ** -exponent),
        )
    )


def _demand(stat: KeywordStat) -> float | None:
    if stat.demand_index is not None:
        return stat.demand_index.mid
    return stat.impressions


def _clicks(stat: KeywordStat) -> float | None:
    """Return the clicks behind a conversion rate.

    Counted, or as many as demand times click rate suggests.
    """
    if stat.clicks is not None:
        return stat.clicks
    if stat.demand_index is not None and stat.click_through_rate is not None:
        return stat.demand_index.mid * stat.click_through_rate.mid
    return None


def _rate(rate: Interval | None, prior: float, trials: float | None, policy: Policy) -> float:
    if rate is None:
        return prior
    if trials is None:
        return rate.mid
    return smoothed_rate(
        rate.mid * trials, trials, prior_rate=prior, prior_trials=policy.prior_clicks
    )


def _mids(intervals: Iterable[Interval | None]) -> list[float]:
    return [interval.mid for interval in intervals if interval is not None]


def _mean(figures: Sequence[float], missing: float) -> float:
    return math.fsum(figures) / len(figures) if figures else missing
