"""Rates by terms: what a fit recovers, what it believes without data, and that it is calibrated."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biaoti.records import Interval, Policy, Term
from biaoti.score import (
    Effect,
    RateModel,
    RatePrior,
    RateReading,
    effective_trials,
    estimate,
    fit_rates,
    kept_fit,
    policy_priors,
)

DERANDOMIZED = settings(derandomize=True, deadline=None, max_examples=100)
WORDS = tuple(Term(word) for word in "甲乙丙丁戊己庚辛壬癸")
PRIOR = RatePrior(term_spread=0.3, keyword_spread=0.2, evidence=5.0, slope=-0.05, centre=0.02)


def share(odds: float) -> float:
    """Return the share of some log-odds."""
    return 1 / (1 + math.exp(-odds))


def drawn(
    trials: int, *, spread: float, seed: int, slope: float = 0.0
) -> tuple[list[RateReading], list[float]]:
    """Return rows whose log-odds add up over their terms, and the true rate of each."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    effects = {word: chance.gauss(0, spread) for word in WORDS}
    rows, truth = [], []
    for terms in [*combinations(WORDS, 2), *combinations(WORDS, 3)]:
        breadth = chance.gauss(0, 1)
        odds = -3.0 + slope * breadth + sum(effects[t] for t in terms) + chance.gauss(0, 0.1)
        true = share(odds)
        hits = sum(chance.random() < true for _ in range(trials))
        rows.append(RateReading(frozenset(terms), breadth, hits / max(1, trials), float(trials)))
        truth.append(true)
    return rows, truth


def fitted(rows: Sequence[RateReading], prior: RatePrior = PRIOR) -> RateModel:
    """Return the model of the rows, which must be there."""
    model = fit_rates(rows, prior)
    assert model is not None
    return model


def squared_error(found: Sequence[float], truth: Sequence[float]) -> float:
    """Return the mean squared error of log rates."""
    return sum(math.log(f / t) ** 2 for f, t in zip(found, truth, strict=True)) / len(truth)


@pytest.mark.parametrize("trials", [10, 100, 1_000])
@pytest.mark.parametrize("seed", range(3))
def test_the_estimate_beats_the_raw_rate_and_the_mean_of_all(trials: int, seed: int) -> None:
    rows, truth = drawn(trials, spread=0.4, seed=seed)
    model = fitted(rows)
    ours = [estimate(model, *row).mean for row in rows]
    raw = [(row.rate * trials + 0.5) / (trials + 1) for row in rows]
    mean = sum(row.rate for row in rows) / len(rows)
    assert squared_error(ours, truth) < squared_error(raw, truth)
    assert squared_error(ours, truth) < squared_error([mean] * len(rows), truth)


@pytest.mark.parametrize("seed", range(3))
def test_with_many_trials_the_model_finds_effects_slope_and_spreads(seed: int) -> None:
    rows, truth = drawn(3_000, spread=0.5, seed=seed, slope=-0.3)
    model = fitted(rows)
    predicted = [model.predict(row.terms, row.breadth)[0] for row in rows]
    assert squared_error(predicted, truth) ** 0.5 < 0.15
    assert model.slope == pytest.approx(-0.3, abs=0.05)
    assert 0.3 < model.term_variance**0.5 < 0.8
    assert 0.05 < model.keyword_variance**0.5 < 0.16


def test_terms_that_say_nothing_are_found_to_say_nothing() -> None:
    rows, _ = drawn(1_000, spread=0.0, seed=1)
    assert fitted(rows).term_variance < 0.5 * PRIOR.term_spread**2


@pytest.mark.parametrize("trials", [0, 3, 30, 300, 3_000])
def test_four_in_five_true_rates_lie_in_the_credible_range(trials: int) -> None:
    inside = total = 0
    for seed in range(8):
        rows, truth = drawn(trials, spread=0.3, seed=seed)
        model = fitted([*rows, RateReading(frozenset(), 0.0, 0.05, 2_000.0)])
        for row, true in zip(rows, truth, strict=True):
            found = estimate(model, *row)
            inside += (
                abs(math.log(true / found.mean) + found.spread**2 / 2) <= 1.2816 * found.spread
            )
            total += 1
    assert 0.7 < inside / total < 0.93


def test_without_trials_of_its_own_a_keyword_is_what_its_terms_predict() -> None:
    rows, _ = drawn(500, spread=0.5, seed=1)
    model = fitted(rows)
    best = max(WORDS, key=lambda word: model.effects[word].mean)
    worst = min(WORDS, key=lambda word: model.effects[word].mean)
    high, low = (estimate(model, {word}, 0.0, 0.0, 0.0) for word in (best, worst))
    assert high.mean > 1.5 * low.mean
    assert high.mean == pytest.approx(model.predict({best}, 0.0)[0])


def test_a_term_never_seen_predicts_the_mean_and_makes_it_less_sure() -> None:
    rows, _ = drawn(500, spread=0.5, seed=1)
    model = fitted(rows)
    bare, odd = (estimate(model, terms, 0.0, 0.0, 0.0) for terms in ((), (Term("无"),)))
    assert odd.mean == pytest.approx(bare.mean)
    assert odd.spread > bare.spread


def test_nothing_known_makes_no_model_and_a_trained_one_stands_for_itself() -> None:
    silent = [RateReading(frozenset(WORDS[:1]), 0.0, 0.0, 0.0)]
    assert fit_rates([], PRIOR) is None
    assert fit_rates(silent, PRIOR) is None
    trained = RatePrior(
        term_spread=0.3,
        keyword_spread=0.2,
        evidence=50.0,
        slope=0.0,
        centre=0.03,
        effects={WORDS[0]: Effect(0.5, 0.01)},
    )
    model = fitted(silent, trained)
    assert model.predict((), 0.0)[0] == pytest.approx(0.03)
    assert model.predict(WORDS[:1], 0.0)[0] == pytest.approx(share(math.log(3 / 97) + 0.5))


def test_a_trained_effect_helps_where_little_is_said_and_gives_way_where_much_is() -> None:
    trained = replace(PRIOR, slope=0.0, effects={WORDS[0]: Effect(1.0, 0.01)})
    few, many = (
        fitted(
            [RateReading(frozenset({word}), 0.0, 0.02, trials) for word in WORDS[:2]] * 20, trained
        )
        for trials in (5.0, 50_000.0)
    )
    assert few.effects[WORDS[0]].mean > 0.8
    first, second = (many.predict({word}, 0.0)[0] for word in WORDS[:2])
    assert first == pytest.approx(second, rel=0.2)


def test_few_clicks_leave_the_level_near_the_usual_rate(policy: Policy) -> None:
    prior = policy_priors(policy).conversion_rate
    model = fitted([RateReading(frozenset(WORDS[:1]), 0.0, 0.0, 20.0)], prior)
    assert 0.01 < model.predict(WORDS[:1], 0.0)[0] < 0.02


@given(low=st.floats(0.001, 0.5), width=st.floats(1.0, 1.9), trials=st.floats(1.0, 1e6))
@DERANDOMIZED
def test_a_bucket_is_worth_fewer_trials_the_wider_it_is(
    low: float, width: float, trials: float
) -> None:
    narrow = effective_trials(Interval(low, low), trials)
    wide = effective_trials(Interval(low, low * width), trials)
    wider = effective_trials(Interval(low, min(1.0, low * width * 1.05)), trials)
    assert narrow == trials
    assert 0 < wider <= wide <= narrow


@given(
    rate=st.floats(0, 1),
    trials=st.floats(0, 1e9),
    terms=st.frozensets(st.sampled_from(WORDS), max_size=4),
)
@DERANDOMIZED
def test_an_estimate_lies_between_prediction_and_own_rate(
    rate: float, trials: float, terms: frozenset[Term]
) -> None:
    rows, _ = drawn(20, spread=0.3, seed=2)
    model = fitted(rows[:40])
    predicted = model.predict(terms, 0.0)[0]
    found = estimate(model, terms, 0.0, rate, trials)
    assert min(rate, predicted) - 1e-9 <= found.mean <= max(rate, predicted) + 1e-9
    assert 0 < found.spread < math.inf
    assert 0 < found.mean <= 1


@pytest.mark.parametrize("trials", [10, 300])
def test_further_rounds_would_not_move_an_estimate(
    trials: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, _ = drawn(trials, spread=0.5, seed=3)
    model = fitted(rows)
    monkeypatch.setattr("biaoti.score.rates._ROUNDS", 40)
    longer = fitted(rows)
    for row in rows:
        found = estimate(model, *row).mean / estimate(longer, *row).mean
        assert found == pytest.approx(1, abs=0.005)


def test_rows_beyond_the_most_are_the_ones_with_the_fewest_trials(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows, _ = drawn(300, spread=0.5, seed=3)
    thin = [row._replace(trials=0.01, rate=1.0) for row in rows]
    expected = fitted(rows)
    monkeypatch.setattr("biaoti.score.rates._MOST_ROWS", len(rows))
    assert fitted([*thin, *rows]).intercept == pytest.approx(expected.intercept, abs=1e-3)


@pytest.mark.parametrize("rows", [drawn(200, spread=0.4, seed=1)[0], []], ids=["rows", "none"])
def test_a_fit_is_kept_to_the_last_bit_and_only_for_the_same_data(
    rows: list[RateReading], tmp_path: Path
) -> None:
    folder = tmp_path / "cache"
    anew = fit_rates(rows, PRIOR)
    assert kept_fit(folder, "one", ())("rate", rows, PRIOR) == anew
    # Other rows under the same version would be a lie: that they change nothing shows what is kept.
    others = drawn(200, spread=0.4, seed=2)[0]
    assert kept_fit(folder, "one", ())("rate", others, PRIOR) == anew
    for path, name in ((folder, "two"), (None, "one")):
        assert kept_fit(path, name, ())("rate", others, PRIOR) == fit_rates(others, PRIOR) != anew
    assert len(list(folder.iterdir())) == 1
    assert kept_fit(folder, "two", [Path(__file__)])("rate", rows, PRIOR) == anew
