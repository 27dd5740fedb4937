"""Fit the model of rates on keyword data of many periods: what terms do to clicks and orders.

The same model as of one report (biaoti.score.rates), fitted by scikit-learn as a penalized logistic
regression and kept as plain numbers: a report then starts from what earlier periods taught instead
of from nothing. How strongly effects are held to 0 is chosen on the newest period, which the other
periods must predict.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from biaoti.errors import TrainingError
from biaoti.models import load_model, save_model
from biaoti.records import KeywordStat, Policy, Term
from biaoti.score import (
    Effect,
    Learned,
    RateModel,
    RatePrior,
    RateReading,
    fit_rates,
    learned_from,
    model_of,
    numbers_of,
    policy_priors,
    rate_readings,
)

NAME = "demand"
RATES = ("click_through_rate", "conversion_rate")
# Standard deviations of a term's effect to choose from: a factor of 1.1 to one of 3.3 either way.
_SPREADS = (0.1, 0.2, 0.35, 0.6, 1.2)
# From one period to the next a term's effect drifts by about a tenth; without it, a model of many
# periods would be surer of the next one than anybody can be.
_DRIFT_VARIANCE = 0.01
_LEAST_KEYWORDS = 20
_HELD_OUT = 10


class Reading(NamedTuple):
    """One keyword in one period, with the terms it is made of."""

    stat: KeywordStat
    needs: frozenset[Term]


@dataclass(frozen=True, slots=True)
class _Split:
    """Readings to learn from, and the newest period, or every tenth keyword, to be judged on."""

    older: tuple[Reading, ...]
    newest: tuple[Reading, ...]
    name: str
    through: str
    is_by_period: bool


def train_demand(
    readings: Sequence[Reading], policy: Policy, folder: Path, *, name: str, is_trial: bool = False
) -> dict[str, Any]:
    """Fit the model on `readings`, write it to `folder`, return how it does beside the last one.

    Judged by the log loss of a click and of an order (nats per trial) on the newest period, which
    neither the new model nor the policy alone has seen; the model in `folder` may have, which
    `old_has_seen` tells. The model that is then written learns from all periods. One that does
    worse than an old one which has not seen the period is not written: the last good one stays.
    With `is_trial` nothing is written. Raises TrainingError when there is too little to learn from.
    """
    import sklearn  # noqa: PLC0415 - training only: importing it costs seconds

    split = _split(readings)
    old, old_through = _old(folder)
    new = _learn(split.older, policy)
    losses = {
        "policy": _losses(split.newest, policy_priors(policy), policy),
        "old": _losses(split.newest, old, policy) if old else None,
        "new": _losses(split.newest, new, policy),
    }
    has_seen = bool(old) and old_through >= split.through
    is_worse = not has_seen and _is_worse(losses["new"], losses["old"])
    answer = {
        "model": NAME,
        "examples": len(readings),
        "held_out": split.name,
        "through": split.through if split.is_by_period else "",
        "log_loss": losses,
        "old_has_seen": has_seen,
        "is_written": not is_trial and not is_worse,
    }
    if not answer["is_written"]:
        return answer
    version = save_model(
        folder,
        NAME,
        {**numbers_of(_learn(tuple(readings), policy)), "through": split.through},
        {
            "data": name,
            "library": f"scikit-learn {sklearn.__version__}",
            "metric": f"log loss on {split.name}: {_said(losses['new'])}",
        },
        keeps_last=True,
    )
    return {**answer, "version": version}


def _said(losses: Mapping[str, float | None] | None) -> str:
    known = [(rate, loss) for rate, loss in (losses or {}).items() if loss is not None]
    return ", ".join(f"{rate} {loss:.5f}" for rate, loss in known)


def _old(folder: Path) -> tuple[Learned | None, str]:
    """Return the model in `folder` and the last day it learned from; None and "" without one."""
    found = load_model(folder, NAME)
    if found is None:
        return None, ""
    return learned_from(*found), str(found[0]["through"])


def _split(readings: Sequence[Reading]) -> _Split:
    """Return the readings parted at the newest period. Raises TrainingError for too few."""
    days = sorted({r.stat.period.end for r in readings if r.stat.period})
    if len(days) > 1:
        newest = tuple(r for r in readings if r.stat.period and r.stat.period.end == days[-1])
        older = tuple(r for r in readings if not r.stat.period or r.stat.period.end != days[-1])
        name = f"period to {days[-1]}"
    else:
        ordered = sorted(readings, key=lambda r: (r.stat.keyword, r.stat.source or ""))
        newest = tuple(ordered[::_HELD_OUT])
        older = tuple(r for n, r in enumerate(ordered) if n % _HELD_OUT)
        name = "every tenth keyword"
    if len(older) < _LEAST_KEYWORDS:
        raise TrainingError(
            f"keyword data: found {len(older)} rows to learn from, expected {_LEAST_KEYWORDS}"
        )
    return _Split(older, newest, name, days[-1] if days else "", len(days) > 1)


# ---- fitting -----------------------------------------------------------------------------------


def _learn(readings: Sequence[Reading], policy: Policy) -> Learned:
    """Return the model of both rates. Raises TrainingError when no row has a rate."""
    stats, needs = [r.stat for r in readings], [r.needs for r in readings]
    believed = policy_priors(policy)
    rows = {rate: rate_readings(stats, needs, policy, rate) for rate in RATES}
    if not any(row.trials > 0 for found in rows.values() for row in found):
        raise TrainingError("keyword data: found no click-through or conversion rate to learn from")
    return Learned(
        click_through_rate=_fit(rows["click_through_rate"], believed.click_through_rate),
        conversion_rate=_fit(rows["conversion_rate"], believed.conversion_rate),
    )


def _fit(rows: Sequence[RateReading], believed: RatePrior) -> RatePrior:
    """Return what the rows teach of one rate: `believed` where they say nothing."""
    seen = [row for row in rows if row.trials > 0]
    if len(seen) < _LEAST_KEYWORDS:
        return believed
    kept = [row for number, row in enumerate(seen) if number % _HELD_OUT]
    judged = seen[::_HELD_OUT]
    spread = min(_SPREADS, key=lambda s: (_loss(_regression(kept, believed, s), judged), s))
    model = _regression(seen, believed, spread)
    return RatePrior(
        term_spread=math.sqrt(model.term_variance),
        keyword_spread=math.sqrt(model.keyword_variance),
        evidence=float(len(seen)),
        slope=model.slope,
        # Click-through rates have no level of their own: shares of shoppers here, of impressions
        # there (biaoti.score.values).
        centre=_share(model.intercept) if believed.centre is not None else None,
        effects={
            term: Effect(effect.mean, effect.variance + _DRIFT_VARIANCE)
            for term, effect in model.effects.items()
        },
    )


def _regression(rows: Sequence[RateReading], believed: RatePrior, spread: float) -> RateModel:
    """Return the model whose term effects have the prior deviation `spread`.

    A row is two weighted examples, its successes and its failures, damped by what keywords stray
    from their terms, so that a row of a million clicks is not a million witnesses. How far they
    stray is first told by our own fit.
    """
    from sklearn.feature_extraction import DictVectorizer  # noqa: PLC0415
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    first = fit_rates(rows, replace(believed, term_spread=spread))
    if first is None:
        raise TrainingError("keyword data: found no rate to learn from")
    damped = [_damped(row, first) for row in rows]
    features = [{**dict.fromkeys(sorted(row.terms), 1.0), "": row.breadth} for row in rows]
    vectorizer = DictVectorizer()
    matrix = vectorizer.fit_transform([*features, *features])
    labels = [1] * len(rows) + [0] * len(rows)
    weights = [row.rate * n for row, n in zip(rows, damped, strict=True)]
    weights += [(1.0 - row.rate) * n for row, n in zip(rows, damped, strict=True)]
    model = LogisticRegression(C=spread * spread, max_iter=200, tol=1e-4)
    model.fit(matrix, labels, weights)
    means = dict(zip(vectorizer.feature_names_, model.coef_[0], strict=True))
    slope = float(means.pop(""))
    told = dict.fromkeys(means, 1.0 / (spread * spread))
    for row, trials in zip(rows, damped, strict=True):
        share = first.predict(row.terms, row.breadth)[0]
        for term in row.terms:
            told[term] += trials * share * (1.0 - share)
    return replace(
        first,
        intercept=float(model.intercept_[0]),
        slope=slope,
        effects={Term(t): Effect(float(mean), 1.0 / told[t]) for t, mean in means.items()},
        term_variance=spread * spread,
    )


def _damped(row: RateReading, model: RateModel) -> float:
    share = model.predict(row.terms, row.breadth)[0]
    return row.trials / (1.0 + model.keyword_variance * row.trials * share * (1.0 - share))


def _share(odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-odds))


# ---- judging -----------------------------------------------------------------------------------


def _losses(
    readings: Sequence[Reading], learned: Learned, policy: Policy
) -> dict[str, float | None]:
    """Return the log loss of each rate; None where the readings or the model say nothing of it."""
    stats, needs = [r.stat for r in readings], [r.needs for r in readings]
    found: dict[str, float | None] = {}
    for rate in RATES:
        rows = [row for row in rate_readings(stats, needs, policy, rate) if row.trials > 0]
        model = model_of(getattr(learned, rate), rows)
        found[rate] = _loss(model, rows) if rows else None
    return found


def _loss(model: RateModel, rows: Sequence[RateReading]) -> float:
    """Return the mean log loss of a trial by what the model predicts of terms and breadth."""
    total = math.fsum(row.trials * _row_loss(model, row) for row in rows)
    return total / (math.fsum(row.trials for row in rows) or 1.0)


def _row_loss(model: RateModel, row: RateReading) -> float:
    share = model.predict(row.terms, row.breadth)[0]
    return -(row.rate * math.log(share) + (1.0 - row.rate) * math.log(1.0 - share))


def _is_worse(
    new: Mapping[str, float | None] | None, old: Mapping[str, float | None] | None
) -> bool:
    """Tell whether the new model predicts orders worse, or clicks where no order is known."""
    if new is None or old is None:
        return False
    for rate in reversed(RATES):
        ours, theirs = new[rate], old[rate]
        if ours is not None and theirs is not None:
            return ours > theirs
    return False
