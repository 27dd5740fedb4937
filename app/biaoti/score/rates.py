"""Rates that deserve trust: what a keyword's words predict, updated by its own trials.

    log-odds of a rate = intercept + slope * breadth + the sum of its terms' effects + its own part

Breadth is the keyword's log demand beside the typical one: broad words convert worse. Effects are
normal around 0 (or around a trained model's effects); how wide they spread is estimated from the
rows, with the policy's spread counting for a few rows (docs/adr/0012). The own part is what the
trials of the keyword say: a beta prior with the predicted mean, as strong as the prediction is
sure, updated by successes and trials (the beta-binomial mean).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from biaoti.records import Interval, Term

# The working weights and spreads of a round follow from the round before. After six rounds of two
# sweeps no estimate of a simulated report is half a percent from where it ends up, a tenth of what
# is uncertain of it (tests/test_rates.py).
_ROUNDS = 6
_SWEEPS = 2
# Rows with the most trials say nearly all there is to say of terms; the rest only cost time.
_MOST_ROWS = 6_000
# A rate is kept this far from 0 and 1, so that its log-odds are finite.
_EDGE = 1e-4
_LEAST_STRENGTH = 1.0
_MOST_LEVERAGE = 0.8
# What is believed of the level of all rates: nothing to speak of, or that it is the usual rate,
# give or take a factor of two (the information of two successes).
_ANY_LEVEL = 4.0
_USUAL_LEVEL = 0.5
_SLOPE_VARIANCE = 0.01


class RateReading(NamedTuple):
    """One keyword's rate as read: successes / trials, and the terms and breadth it is read of."""

    terms: frozenset[Term]
    breadth: float
    rate: float
    trials: float


class Effect(NamedTuple):
    """What a term adds to the log-odds, and the variance of that."""

    mean: float
    variance: float


class Estimate(NamedTuple):
    """A rate with the uncertainty of its logarithm (standard deviation)."""

    mean: float
    spread: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RatePrior:
    """What is believed before the report is read: the policy's spreads, or a trained model.

    `evidence` is how many rows the spreads count for. `centre` is the usual rate where there is
    one; it counts for two successes. `effects` are those a model learned from other periods.
    """

    term_spread: float
    keyword_spread: float
    evidence: float
    slope: float
    centre: float | None = None
    effects: Mapping[Term, Effect] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RateModel:
    """A fitted rate: log-odds by breadth and terms, and how far keywords and new terms stray."""

    intercept: float
    slope: float
    effects: Mapping[Term, Effect]
    term_variance: float
    keyword_variance: float
    intercept_variance: float

    def predict(self, terms: Iterable[Term], breadth: float) -> tuple[float, float]:
        """Return the predicted rate of a keyword with these terms, and its log-odds' variance."""
        found = [self.effects.get(term) for term in sorted(terms)]
        odds = self.intercept + self.slope * breadth
        odds += math.fsum(effect.mean for effect in found if effect)
        variance = self.keyword_variance
        variance += math.fsum(e.variance if e else self.term_variance for e in found)
        return _share(odds), variance


def estimate(
    model: RateModel, terms: Iterable[Term], breadth: float, rate: float, trials: float
) -> Estimate:
    """Return the rate of one keyword: the model's prediction updated by `trials` at `rate`."""
    predicted, variance = model.predict(terms, breadth)
    noise = predicted * (1.0 - predicted)
    strength = max(_LEAST_STRENGTH, 1.0 / (noise * variance) - 1.0)
    whole = strength + trials
    successes = strength * predicted + trials * rate
    own = _log_spread(successes, whole)
    # The level of all rates is unsure too; it moves the prediction, and the estimate by its share.
    shared = math.sqrt(model.intercept_variance) * (1.0 - predicted) * strength / whole
    return Estimate(successes / whole, math.hypot(own, shared))


def effective_trials(rate: Interval, trials: float) -> float:
    """Return the trials that a rate read as a bucket is worth: a wide bucket tells less.

    Its width is a variance of the log-odds, (log-odds of high - of low)^2 / 12 for a reading
    anywhere in the bucket, which adds to the binomial one.

    >>> effective_trials(Interval(0.02, 0.02), 500.0)
    500.0
    """
    if rate.low == rate.high or trials <= 0:
        return max(0.0, trials)
    width = _odds(rate.high) - _odds(rate.low)
    middle = _kept(rate.mid)
    return 1.0 / (1.0 / trials + width * width / 12.0 * middle * (1.0 - middle))


def fit_rates(readings: Sequence[RateReading], prior: RatePrior) -> RateModel | None:
    """Return the model of one rate, or None when neither rows nor prior know its level."""
    seen = [row for row in readings if row.trials > 0]
    if not seen:
        return _believed(prior, prior.centre) if prior.effects and prior.centre else None
    if len(seen) > _MOST_ROWS:
        seen.sort(key=lambda row: (-row.trials, row.rate, row.breadth, sorted(row.terms)))
    fit = _Fit(seen[:_MOST_ROWS], prior)
    for _ in range(_ROUNDS):
        fit.reweigh()
        fit.sweep()
        fit.respread()
    return fit.model()


def model_of(prior: RatePrior, rows: Sequence[RateReading]) -> RateModel:
    """Return the model of what was believed before `rows`, for judging it on them.

    Nothing is learned from the rows but, where the prior has no level, their mean.
    """
    if prior.centre is not None:
        return _believed(prior, prior.centre)
    trials = math.fsum(row.trials for row in rows)
    successes = math.fsum(row.trials * row.rate for row in rows)
    return _believed(prior, (successes + 0.5) / (trials + 1.0))


def _believed(prior: RatePrior, centre: float) -> RateModel:
    return RateModel(
        intercept=_odds(centre),
        slope=prior.slope,
        effects=prior.effects,
        term_variance=prior.term_spread**2,
        keyword_variance=prior.keyword_spread**2,
        intercept_variance=_USUAL_LEVEL,
    )


class _Fit:
    """The fit in progress: iteratively reweighted least squares, one coefficient at a time.

    Each row holds the weighted residual of its working response, so that moving a coefficient costs
    one pass over the rows that hold its term. A term of a single row cannot be told from the row's
    own part: it only widens that part.
    """

    def __init__(self, rows: Sequence[RateReading], prior: RatePrior) -> None:
        self.rows, self.prior = rows, prior
        holders: dict[Term, list[int]] = {}
        for number, row in enumerate(rows):
            for term in sorted(row.terms):
                holders.setdefault(term, []).append(number)
        known = prior.effects
        self.holders = {t: n for t, n in holders.items() if len(n) > 1 or t in known}
        self.lone = [0] * len(rows)
        for term, numbers in holders.items():
            if term not in self.holders:
                self.lone[numbers[0]] += 1
        self.anchor = {term: known.get(term) for term in self.holders}
        self.effects = {term: a.mean if a else 0.0 for term, a in self.anchor.items()}
        self.variances = dict.fromkeys(self.holders, prior.term_spread**2)
        self.intercept = self.usual = self._pooled()
        self.slope, self.intercept_variance = prior.slope, _ANY_LEVEL
        if prior.centre is not None:
            self.usual, self.intercept_variance = _odds(prior.centre), _USUAL_LEVEL
        self.level_variance = self.intercept_variance
        self.term_variance, self.keyword_variance = prior.term_spread**2, prior.keyword_spread**2
        self.breadths = [row.breadth for row in rows]
        counts = [float(len(row.terms) - lone) for row, lone in zip(rows, self.lone, strict=True)]
        self.usual_count = math.fsum(counts) / len(counts)
        self.offsets = [count - self.usual_count for count in counts]
        self.weights: list[float] = []
        self.pulls: list[float] = []
        self.noises: list[float] = []

    def _pooled(self) -> float:
        """Return the log-odds of the rate of all rows together."""
        trials = math.fsum(row.trials for row in self.rows)
        successes = math.fsum(row.trials * row.rate for row in self.rows)
        return _odds((successes + 0.5) / (trials + 1.0))

    def _own_variances(self) -> list[float]:
        """Return the variance of each row's own part, its lone terms included."""
        return [self.keyword_variance + count * self.term_variance for count in self.lone]

    def reweigh(self) -> None:
        """Set noise, weight and weighted residual of each row for the coefficients of now."""
        odds = [self.intercept + self.slope * breadth for breadth in self.breadths]
        for term, numbers in self.holders.items():
            effect = self.effects[term]
            for number in numbers:
                odds[number] += effect
        self.weights, self.pulls, self.noises = [], [], []
        for row, value, own in zip(self.rows, odds, self._own_variances(), strict=True):
            share = _share(value)
            information = row.trials * share * (1.0 - share)
            damped = 1.0 + own * information
            self.noises.append(1.0 / information)
            self.weights.append(information / damped)
            self.pulls.append(row.trials * (row.rate - share) / damped)

    def sweep(self) -> None:
        """Move every coefficient, twice, to where its rows and its prior agree."""
        weights, pulls, effects = self.weights, self.pulls, self.effects
        plan = []
        for term, numbers in self.holders.items():
            mean, variance = self.anchor[term] or (0.0, self.term_variance)
            trust = 1.0 / variance
            precision = sum([weights[n] for n in numbers]) + trust
            self.variances[term] = 1.0 / precision
            plan.append((term, numbers, mean, trust, precision))
        for _ in range(_SWEEPS):
            self._move_level()
            self._move_slope()
            self._move_together()
            for term, numbers, mean, trust, precision in plan:
                effect = effects[term]
                step = (sum([pulls[n] for n in numbers]) + (mean - effect) * trust) / precision
                effects[term] = effect + step
                for n in numbers:
                    pulls[n] -= step * weights[n]

    def _move_level(self) -> None:
        precision = sum(self.weights) + 1.0 / self.level_variance
        pull = sum(self.pulls) + (self.usual - self.intercept) / self.level_variance
        step = pull / precision
        self.intercept += step
        self.intercept_variance = 1.0 / precision
        self.pulls[:] = [p - step * w for p, w in zip(self.pulls, self.weights, strict=True)]

    def _move_slope(self) -> None:
        pull = (self.prior.slope - self.slope) / _SLOPE_VARIANCE
        self.slope += self._step_along(self.breadths, pull, 1.0 / _SLOPE_VARIANCE)

    def _step_along(self, scale: Sequence[float], pull: float, precision: float) -> float:
        """Return the best step of a coefficient that counts `scale` in each row, and take it."""
        for found, weight, by in zip(self.pulls, self.weights, scale, strict=True):
            pull += found * by
            precision += weight * by * by
        step = pull / precision if precision else 0.0
        self.pulls[:] = [
            found - step * weight * by
            for found, weight, by in zip(self.pulls, self.weights, scale, strict=True)
        ]
        return step

    def _move_together(self) -> None:
        """Move all effects by one step and the level against it.

        Where most keywords have as many terms, the level and the sum of the effects say nearly the
        same; one at a time they would creep.
        """
        beliefs = [(term, self.anchor[term] or (0.0, self.term_variance)) for term in self.holders]
        pull = sum([(mean - self.effects[term]) / variance for term, (mean, variance) in beliefs])
        precision = sum([1.0 / variance for _, (_, variance) in beliefs])
        step = self._step_along(self.offsets, pull, precision)
        for term in self.effects:
            self.effects[term] += step
        self.intercept -= step * self.usual_count

    def respread(self) -> None:
        """Estimate how widely terms and keywords spread.

        Terms by the squares of their effects over the number of effects that the rows decide
        (MacKay's fixed point of the evidence), keywords by the squares of the residuals that
        sampling does not explain (moments, weighted by what each row can tell, and freed of the
        part that the row's own effects took up).
        """
        prior, evidence = self.prior, self.prior.evidence
        free = [term for term, known in self.anchor.items() if known is None]
        squares = math.fsum(self.effects[term] ** 2 for term in free)
        told = math.fsum(max(0.0, 1.0 - self.variances[t] / self.term_variance) for t in free)
        leverages = [0.0] * len(self.rows)
        for term, numbers in self.holders.items():
            variance = self.variances[term]
            for number in numbers:
                leverages[number] += variance
        trust = evidence / prior.keyword_spread**4
        total, whole = trust * prior.keyword_spread**2, trust
        for weight, pull, noise, leverage, lone in zip(
            self.weights, self.pulls, self.noises, leverages, self.lone, strict=True
        ):
            free_share = 1.0 - min(_MOST_LEVERAGE, weight * leverage)
            expected = noise + lone * self.term_variance
            total += pull * pull / free_share - weight * weight * expected
            whole += weight * weight
        self.keyword_variance = max(total / whole, 0.01 * prior.keyword_spread**2)
        self.term_variance = (evidence * prior.term_spread**2 + squares) / (evidence + told)

    def model(self) -> RateModel:
        """Return the fit as plain numbers; a trained effect that no row touches stays known."""
        effects = dict(self.prior.effects)
        for term, mean in self.effects.items():
            effects[term] = Effect(mean, self.variances[term])
        return RateModel(
            intercept=self.intercept,
            slope=self.slope,
            effects=effects,
            term_variance=self.term_variance,
            keyword_variance=self.keyword_variance,
            intercept_variance=self.intercept_variance,
        )


def _share(odds: float) -> float:
    return min(1.0 - _EDGE, max(_EDGE, 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, odds))))))


def _kept(rate: float) -> float:
    return min(1.0 - _EDGE, max(_EDGE, rate))


def _odds(rate: float) -> float:
    kept = _kept(rate)
    return math.log(kept / (1.0 - kept))


def _log_spread(successes: float, trials: float) -> float:
    """Return the standard deviation of the log of a rate ~ Beta(successes, trials - successes).

    sqrt(trigamma(a) - trigamma(a + b)), by the first terms of the asymptotic series.
    """
    return math.sqrt(max(0.0, _trigamma(max(successes, 0.1)) - _trigamma(trials)))


def _trigamma(x: float) -> float:
    """Return the variance of the log of a gamma variable of shape x (error below 1e-5).

    >>> round(_trigamma(1.0), 4)
    1.6449
    """
    lifted = 0.0
    while x < 4:  # noqa: PLR2004 - from here the series is good
        lifted += 1.0 / (x * x)
        x += 1.0
    return lifted + 1.0 / x + 1.0 / (2.0 * x * x) + 1.0 / (6.0 * x**3) - 1.0 / (30.0 * x**5)
