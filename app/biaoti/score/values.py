"""KeywordStat -> value with named parts: the orders a listing of a stage can hope for.

    value = demand * click_through_rate * conversion_rate * win

in units the report sets. Rates are what the keyword's terms predict, updated by its own trials
(biaoti.score.rates, docs/adr/0012); `win` is what competition leaves (docs/adr/0013). Every part
comes with an uncertainty, so the value comes with a credible range.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from biaoti.records import KeywordStat, Policy, Score, Stage, Term
from biaoti.score.figures import (
    bought,
    breadth_of,
    bucket_spread,
    clicked,
    demand_of,
    features_of,
    is_by_shoppers,
    mean_of,
    per_impression,
    supply_by_demand,
    typical_of,
    unknown_spread,
)
from biaoti.score.kept import Fit, fit_anew
from biaoti.score.rates import (
    Estimate,
    RateModel,
    RatePrior,
    RateReading,
    estimate,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What a trained model says of rates before a report is read (biaoti.training)."""

    click_through_rate: RatePrior
    conversion_rate: RatePrior
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What a keyword of this report is like on the whole: the values that missing figures take.

    `demand` is the typical one (the geometric mean) with its spread in logs. `per_impression` sets
    impressions beside the report's indices, `per_impression_spread` says how surely. Supply follows
    demand: log supply = supply_level + supply_growth * breadth. `is_by_shoppers`: click-through
    rates are shares of shoppers, else of impressions. `is_by_category`: a row's category is one of
    its terms.
    """

    demand: float
    demand_spread: float
    per_impression: float
    per_impression_spread: float
    supply_level: float
    supply_growth: float
    supply_spread: float
    tmall_share: float
    click_through_rate: RateModel | None
    conversion_rate: RateModel | None
    is_by_shoppers: bool
    is_by_category: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Appraisal:
    """What a keyword's figures come to, missing ones filled in: each a mean and a log spread."""

    demand: Estimate
    click_through_rate: Estimate
    conversion_rate: Estimate
    supply: Estimate
    tmall_share: float


def baseline_of(
    stats: Sequence[KeywordStat],
    needs: Sequence[frozenset[Term]],
    policy: Policy,
    learned: Learned | None = None,
    *,
    fit: Fit = fit_anew,
) -> Baseline:
    """Return what the rows of a report, with the terms of each, are like on the whole.

    A rate that no row has and no model knows stays unknown: 1 for every keyword, which favours
    none, with the uncertainty that rates usually have.
    """
    scale, scale_spread = per_impression(stats)
    demands = [d for s in stats if (d := demand_of(s, scale)) and d > 0]
    typical, spread = typical_of(demands)
    breadths = [breadth_of(demand_of(stat, scale), typical) for stat in stats]
    level, growth, supply_spread = supply_by_demand(stats, breadths, policy)
    prior = learned or policy_priors(policy)
    by_shoppers = is_by_shoppers(stats)
    by_category = learned is not None or len({stat.category for stat in stats}) > 1
    terms = [features_of(s, t, by_category=by_category) for s, t in zip(stats, needs, strict=True)]
    rows = list(zip(stats, terms, breadths, strict=True))
    return Baseline(
        demand=typical,
        demand_spread=spread,
        per_impression=scale,
        per_impression_spread=scale_spread,
        supply_level=level,
        supply_growth=growth,
        supply_spread=supply_spread,
        tmall_share=mean_of(s.tmall_share for s in stats),
        click_through_rate=fit(
            "click_through_rate",
            [RateReading(t, b, *clicked(s, policy, by_shoppers=by_shoppers)) for s, t, b in rows],
            prior.click_through_rate,
        ),
        conversion_rate=fit(
            "conversion_rate",
            [RateReading(t, b, *bought(s, policy)) for s, t, b in rows],
            prior.conversion_rate,
        ),
        is_by_shoppers=by_shoppers,
        is_by_category=by_category,
    )


def appraise(
    stat: KeywordStat, needs: frozenset[Term], baseline: Baseline, policy: Policy
) -> Appraisal:
    """Return what the figures of one keyword with the terms `needs` come to."""
    demand = _demand_estimate(stat, baseline)
    breadth = breadth_of(demand_of(stat, baseline.per_impression), baseline.demand)
    if stat.supply is None:
        predicted = math.exp(baseline.supply_level + baseline.supply_growth * breadth)
        supply = Estimate(predicted, baseline.supply_spread)
    else:
        supply = Estimate(stat.supply, 0.0)
    share = baseline.tmall_share if stat.tmall_share is None else stat.tmall_share
    unknown = Estimate(1.0, unknown_spread(needs, policy))
    click, buy = baseline.click_through_rate, baseline.conversion_rate
    terms = features_of(stat, needs, by_category=baseline.is_by_category)
    return Appraisal(
        demand=demand,
        click_through_rate=unknown
        if click is None
        else estimate(
            click,
            terms,
            breadth,
            *clicked(stat, policy, by_shoppers=baseline.is_by_shoppers),
        ),
        conversion_rate=unknown
        if buy is None
        else estimate(buy, terms, breadth, *bought(stat, policy)),
        supply=supply,
        tmall_share=share,
    )


def score_of(appraisal: Appraisal, policy: Policy, stage: Stage) -> Score:
    """Return the value of a keyword to a listing of `stage`, as a product of named parts."""
    a = appraisal
    chance = win(a.supply.mean, a.tmall_share, policy, stage)
    crowd = a.supply.mean / (a.supply.mean + policy.supply_scale)
    unsure = policy.supply_exponent[stage.value] * crowd * a.supply.spread
    spread = math.hypot(
        a.demand.spread, a.click_through_rate.spread, a.conversion_rate.spread, unsure
    )
    return Score(
        parts=(
            ("demand", a.demand.mean),
            ("click_through_rate", a.click_through_rate.mean),
            ("conversion_rate", a.conversion_rate.mean),
            ("win", chance),
        ),
        spread=spread,
    )


def win(supply: float, tmall_share: float, policy: Policy, stage: Stage) -> float:
    """Return the share of a keyword's demand that competition leaves to a listing of `stage`.

    (1 + supply / supply_scale) ** -exponent * (1 - weight * tmall_share), where exponent and weight
    are those of the stage: a launch is shut out of crowded keywords, and of those where shoppers
    click Tmall's shops, more than a mature listing.
    """
    crowd = 1.0 + max(0.0, supply) / policy.supply_scale
    open_share = 1.0 - policy.tmall_weight[stage.value] * min(1.0, max(0.0, tmall_share))
    return float(crowd ** -policy.supply_exponent[stage.value] * open_share)


def _demand_estimate(stat: KeywordStat, baseline: Baseline) -> Estimate:
    demand = demand_of(stat, baseline.per_impression)
    if demand is None:
        return Estimate(baseline.demand, baseline.demand_spread)
    if stat.demand_index is None:
        return Estimate(demand, baseline.per_impression_spread)
    return Estimate(demand, bucket_spread(stat.demand_index))


def rate_readings(
    stats: Sequence[KeywordStat], needs: Sequence[frozenset[Term]], policy: Policy, name: str
) -> list[RateReading]:
    """Return one rate of each row as read, for training: by terms, category and breadth."""
    scale, _ = per_impression(stats)
    typical, _ = typical_of([d for s in stats if (d := demand_of(s, scale)) and d > 0])
    by_shoppers = is_by_shoppers(stats)
    return [
        RateReading(
            features_of(stat, terms, by_category=True),
            breadth_of(demand_of(stat, scale), typical),
            *(
                bought(stat, policy)
                if name == "conversion_rate"
                else clicked(stat, policy, by_shoppers=by_shoppers)
            ),
        )
        for stat, terms in zip(stats, needs, strict=True)
    ]


def policy_priors(policy: Policy) -> Learned:
    """Return what the policy believes of both rates, before any report."""
    return Learned(
        click_through_rate=_policy_prior(policy, "click_through_rate"),
        conversion_rate=_policy_prior(policy, "conversion_rate"),
    )


def _policy_prior(policy: Policy, name: str) -> RatePrior:
    return RatePrior(
        term_spread=policy.term_spread,
        keyword_spread=policy.keyword_spread,
        evidence=policy.spread_evidence,
        slope=policy.breadth_slope[name],
        centre=policy.usual_rate.get(name),
    )
