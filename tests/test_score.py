"""What a keyword is worth, part by part, and the demand that no report lists."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import oracle
from biaoti.records import Demand, Interval, KeywordStat, Policy, Score, Stage, Term
from biaoti.score import (
    Baseline,
    Market,
    baseline_of,
    build_market,
    expected_demand,
    listed_demand,
    prior_demand,
    score_keyword,
    smoothed_rate,
)
from strategies import keyword_stats

DERANDOMIZED = settings(derandomize=True, deadline=None, max_examples=200)
BASELINE = Baseline(demand=100.0, click_through_rate=0.1, conversion_rate=0.02, supply=1_000.0)
PRODUCTS = frozenset({Term("裙"), Term("衫")})
WORDS = ("裙", "衫", "法式", "碎花", "夏", "新款", "女")
KEYWORDS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3, unique=True).map(" ".join)
REPORTS = st.lists(keyword_stats(KEYWORDS), max_size=8, unique_by=lambda stat: stat.keyword)


def exactly(figure: float) -> Interval:
    """Return an exact figure."""
    return Interval(figure, figure)


def market_of(stats: Sequence[KeywordStat], policy: Policy) -> Market:
    """Return a market of keywords whose words are parted by spaces."""
    return build_market(
        stats,
        policy,
        sequence=lambda text: tuple(Term(word) for word in text.split()),
        expand=lambda term: frozenset({term}),
        head_of=lambda term: frozenset({term}) & PRODUCTS,
        is_generic=lambda term: term == "新款",
    )


def row(
    keyword: str,
    *,
    demand: float = 100,
    clicked: float | None = None,
    bought: float | None = None,
    supply: float | None = None,
) -> KeywordStat:
    """Return a row of a report."""
    return KeywordStat(
        keyword=keyword,
        demand_index=exactly(demand),
        click_through_rate=None if clicked is None else exactly(clicked),
        conversion_rate=None if bought is None else exactly(bought),
        supply=supply,
    )


# ---- one keyword -------------------------------------------------------------------------------


@given(parts=st.lists(st.floats(0, 1e6), max_size=5))
@DERANDOMIZED
def test_the_total_is_the_product_of_the_parts(parts: list[float]) -> None:
    score = Score(parts=tuple((str(index), part) for index, part in enumerate(parts)))
    assert score.total == math.prod(parts, start=1.0)


@given(stat=keyword_stats(), stage=st.sampled_from(Stage))
@DERANDOMIZED
def test_a_keywords_value_is_its_named_parts_multiplied(
    policy: Policy, stat: KeywordStat, stage: Stage
) -> None:
    score = score_keyword(stat, BASELINE, policy, stage)
    parts = dict(score.parts)
    assert [*parts] == ["demand", "click_through_rate", "conversion_rate", "win"]
    assert score.total == pytest.approx(math.prod(parts.values()))
    assert 0 <= score.total < math.inf
    assert 0 < parts["win"] <= 1


def test_a_keyword_without_figures_takes_the_reports_means(policy: Policy) -> None:
    parts = dict(score_keyword(KeywordStat(keyword="裙"), BASELINE, policy, Stage.GROWTH).parts)
    assert (parts["demand"], parts["click_through_rate"], parts["conversion_rate"]) == (
        100.0,
        0.1,
        0.02,
    )


@pytest.mark.parametrize(
    ("stat", "expected"),
    [
        pytest.param(KeywordStat(keyword="裙", demand_index=exactly(7)), 7.0, id="an index"),
        pytest.param(
            KeywordStat(keyword="裙", demand_index=Interval(100, 400)),
            200.0,
            id="a bucket stands at its geometric middle",
        ),
        pytest.param(
            KeywordStat(keyword="裙", demand_index=Interval(0, 10)),
            5.0,
            id="a bucket from zero at its middle",
        ),
        pytest.param(KeywordStat(keyword="裙", impressions=30), 30.0, id="impressions"),
        pytest.param(
            KeywordStat(keyword="裙", demand_index=exactly(7), impressions=30),
            7.0,
            id="the index before impressions",
        ),
    ],
)
def test_demand_is_the_index_else_the_impressions(
    policy: Policy, stat: KeywordStat, expected: float
) -> None:
    parts = dict(score_keyword(stat, BASELINE, policy, Stage.GROWTH).parts)
    assert parts["demand"] == pytest.approx(expected)


# ---- shrinkage ---------------------------------------------------------------------------------

_RATES = st.floats(0, 1)
_TRIALS = st.floats(0, 1e6)


@given(own=_RATES, trials=_TRIALS, prior=_RATES, weight=st.floats(0.1, 1e4))
@DERANDOMIZED
def test_a_smoothed_rate_lies_between_its_own_and_the_prior(
    own: float, trials: float, prior: float, weight: float
) -> None:
    found = smoothed_rate(own * trials, trials, prior_rate=prior, prior_trials=weight)
    assert min(own, prior) - 1e-9 <= found <= max(own, prior) + 1e-9


def test_shrinkage_has_its_limits() -> None:
    assert smoothed_rate(0, 0, prior_rate=0.02, prior_trials=30) == 0.02
    assert smoothed_rate(5, 10, prior_rate=0.1, prior_trials=0) == 0.5
    assert smoothed_rate(5e9, 1e10, prior_rate=0.1, prior_trials=30) == pytest.approx(0.5)
    assert smoothed_rate(15, 30, prior_rate=0.1, prior_trials=30) == pytest.approx(0.3)


def test_more_clicks_pull_a_rate_further_from_the_prior(policy: Policy) -> None:
    def conversion(clicks: float) -> float:
        stat = KeywordStat(keyword="裙", clicks=clicks, conversion_rate=exactly(0.5))
        return dict(score_keyword(stat, BASELINE, policy, Stage.GROWTH).parts)["conversion_rate"]

    rates = [conversion(clicks) for clicks in (0, 1, 10, 100, 10_000)]
    assert rates[0] == BASELINE.conversion_rate
    assert rates == sorted(rates)
    assert rates[-1] == pytest.approx(0.5, abs=0.01)


def test_a_rate_whose_trials_nobody_counted_stands_as_it_is(policy: Policy) -> None:
    stat = KeywordStat(keyword="裙", conversion_rate=exactly(0.5))
    parts = dict(score_keyword(stat, BASELINE, policy, Stage.GROWTH).parts)
    assert parts["conversion_rate"] == 0.5


def test_clicks_are_estimated_from_the_index_where_nobody_counted_them(policy: Policy) -> None:
    few, many = (
        replace(row("裙", demand=demand, clicked=0.5, bought=0.5)) for demand in (10, 100_000)
    )
    rates = [
        dict(score_keyword(s, BASELINE, policy, Stage.GROWTH).parts)["conversion_rate"]
        for s in (few, many)
    ]
    assert BASELINE.conversion_rate < rates[0] < rates[1] < 0.5


# ---- competition -------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", Stage)
def test_win_falls_as_supply_grows(policy: Policy, stage: Stage) -> None:
    wins = [win(policy, stage, supply) for supply in (0, 10, 1e3, 1e5, 1e7)]
    assert wins[0] == 1
    assert wins == sorted(wins, reverse=True)
    assert len({*wins}) == len(wins)


def test_a_launch_favours_the_long_tail_and_maturity_the_head(policy: Policy) -> None:
    kept = {stage: win(policy, stage, 1e6) / win(policy, stage, 1e3) for stage in Stage}
    assert kept[Stage.LAUNCH] < kept[Stage.DECLINE] < kept[Stage.GROWTH] < kept[Stage.MATURE]


def win(policy: Policy, stage: Stage, supply: float) -> float:
    """Return the win part of a keyword with so many competing listings."""
    return dict(score_keyword(row("裙", supply=supply), BASELINE, policy, stage).parts)["win"]


# ---- a report ----------------------------------------------------------------------------------


def test_the_baseline_is_the_mean_of_what_the_rows_say() -> None:
    stats = [row("a", demand=10, clicked=0.2), row("b", demand=30), KeywordStat(keyword="c")]
    found = baseline_of(stats)
    assert found == Baseline(demand=20.0, click_through_rate=0.2, conversion_rate=1.0, supply=0.0)


def test_the_baseline_of_nothing_favours_nobody() -> None:
    assert baseline_of([]) == Baseline(
        demand=1.0, click_through_rate=1.0, conversion_rate=1.0, supply=0.0
    )


@given(stats=REPORTS, seed=st.integers(0, 9))
@DERANDOMIZED
def test_the_order_of_rows_never_matters(
    policy: Policy, stats: list[KeywordStat], seed: int
) -> None:
    mixed = list(stats)
    random.Random(seed).shuffle(mixed)  # noqa: S311 - no secret
    assert market_of(mixed, policy) == market_of(stats, policy)


@given(stats=REPORTS)
@DERANDOMIZED
def test_postings_name_every_keyword_of_a_term_and_no_other(
    policy: Policy, stats: list[KeywordStat]
) -> None:
    market = market_of(stats, policy)
    for term in {t for keyword in market.keywords for t in keyword.needs}:
        holders = [n for n, keyword in enumerate(market.keywords) if term in keyword.needs]
        assert [*market.postings[term]] == holders
        expected = math.log2((len(market.keywords) + 1) / len(holders))
        assert market.information[term] == pytest.approx(expected)
        assert market.information[term] > 0


def test_a_keyword_without_a_word_is_left_out(policy: Policy) -> None:
    market = market_of([row("  "), row("裙")], policy)
    assert [keyword.stat.keyword for keyword in market.keywords] == ["裙"]


def test_the_head_is_the_last_product_word(policy: Policy) -> None:
    market = market_of([row("衫 裙 夏"), row("法式 夏")], policy)
    heads = {keyword.stat.keyword: keyword.head for keyword in market.keywords}
    assert heads == {"衫 裙 夏": {"裙"}, "法式 夏": frozenset()}
    assert market.generic == ()


def test_the_version_follows_the_figures(policy: Policy) -> None:
    first = market_of([row("裙"), row("衫")], policy).version
    assert market_of([row("衫"), row("裙")], policy).version == first
    assert market_of([row("裙"), row("衫", demand=101)], policy).version != first
    assert market_of([], policy).version != first


def test_the_typical_keyword_is_worth_a_thousand_points(policy: Policy) -> None:
    stats = [row("裙", demand=10), row("衫", demand=40), row("裙 夏", demand=90)]
    market = market_of(stats, policy)
    found = {d.keyword: d.value for d in listed_demand(market, Stage.GROWTH, range(3))}
    assert found == {"裙": 250, "衫": 1000, "裙 夏": 2250}


def test_a_listed_demand_is_worth_at_least_a_point_and_keeps_its_order(policy: Policy) -> None:
    market = market_of([row("裙 法式", demand=0), row("裙"), row("衫")], policy)
    found = {d.keyword: d for d in listed_demand(market, Stage.GROWTH, (2, 0, 1))}
    assert found["裙 法式"].value == 1
    assert found["裙 法式"].sequence == ("裙", "法式")
    assert all(d.is_listed for d in found.values())


def test_without_data_each_term_is_worth_its_prior() -> None:
    priors = {Term("裙"): 100.0, Term("夏"): 35.4, Term("爆"): 0.0}
    assert prior_demand(priors) == [
        Demand(keyword="夏", needs=frozenset({Term("夏")}), value=35, is_listed=False),
        Demand(keyword="裙", needs=frozenset({Term("裙")}), value=100, is_listed=False),
    ]
    assert prior_demand({}) == []


# ---- the demand that no report lists -----------------------------------------------------------


@given(stats=REPORTS, terms=st.frozensets(st.sampled_from([*map(Term, WORDS)])))
@settings(DERANDOMIZED, max_examples=60)
def test_expected_demand_is_the_power_formula_multiplied_out(
    policy: Policy, stats: list[KeywordStat], terms: frozenset[Term]
) -> None:
    market = market_of(stats, policy)
    demands = expected_demand(market, Stage.GROWTH, terms, policy, own=terms)
    for size in range(len(terms) + 1):
        for chosen in combinations(sorted(terms), size):
            held = frozenset(chosen)
            fast = sum(demand.value for demand in demands if demand.needs <= held)
            slow = oracle.expected_value(market, Stage.GROWTH, terms, held, policy)
            # Each of the subsets of up to three terms is rounded to a point.
            most = 0.5 * sum(math.comb(size, k) for k in (1, 2, 3)) + 1e-6 * slow
            assert abs(fast - slow) <= most


def test_of_a_keyword_of_many_terms_the_expected_demand_is_a_lower_bound(policy: Policy) -> None:
    words = "裙 法式 碎花 夏 女 显瘦 收腰 雪纺"
    terms = frozenset(map(Term, words.split()))
    market = market_of([row(words), row("裙"), row("衫")], policy)
    demands = expected_demand(market, Stage.GROWTH, terms, policy, own=terms)
    assert max(len(demand.needs) for demand in demands) < len(terms)
    slow = oracle.expected_value(market, Stage.GROWTH, terms, terms, policy)
    assert 0 < sum(demand.value for demand in demands) <= slow + 0.5 * len(demands)


@given(stats=REPORTS)
@settings(DERANDOMIZED, max_examples=60)
def test_each_new_word_counts_for_its_share(policy: Policy, stats: list[KeywordStat]) -> None:
    market = market_of(stats, policy)
    terms = frozenset(map(Term, WORDS))
    fine = replace(market, unit={stage: unit / 1e6 for stage, unit in market.unit.items()})
    full = expected_demand(fine, Stage.GROWTH, terms, policy, own=terms)
    none = expected_demand(fine, Stage.GROWTH, terms, policy, own=frozenset())
    discounted = {demand.keyword: demand.value for demand in none}
    for demand in full:
        expected = demand.value * policy.new_word_share ** len(demand.needs)
        assert discounted.get(demand.keyword, 0) == pytest.approx(expected, abs=1, rel=1e-9)


def test_expected_demand_is_never_listed_and_needs_only_terms_at_hand(policy: Policy) -> None:
    market = market_of([row("法式 裙"), row("碎花 衫")], policy)
    terms = frozenset({Term("法式"), Term("裙"), Term("无")})
    demands = expected_demand(market, Stage.GROWTH, terms, policy, own=terms)
    assert demands
    for demand in demands:
        assert not demand.is_listed
        assert demand.value > 0
        assert demand.needs <= terms - {"无"}
        assert demand.keyword == " ".join(sorted(demand.needs))


def test_a_keyword_about_another_product_counts_less(policy: Policy) -> None:
    terms = frozenset({Term("法式"), Term("裙")})
    values = []
    for keyword in ("法式 裙", "法式 衫"):
        market = market_of([row(keyword)], policy)
        demands = expected_demand(
            market, Stage.GROWTH, frozenset({Term("法式")}) | terms, policy, own=terms
        )
        values.append(sum(d.value for d in demands if d.needs == {"法式"}))
    assert values[1] == pytest.approx(policy.off_product_share * values[0], abs=1)
