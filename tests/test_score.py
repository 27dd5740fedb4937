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
from biaoti.records import (
    Demand,
    Interval,
    KeywordStat,
    Policy,
    Score,
    Slot,
    Stage,
    Term,
    credible_range,
)
from biaoti.score import (
    Baseline,
    Estimate,
    Market,
    RateModel,
    Wording,
    appraise,
    baseline_of,
    build_market,
    expected_demand,
    listed_demand,
    new_word_demand,
    own_word_demand,
    prior_demand,
    score_of,
    win,
)
from strategies import keyword_stats

DERANDOMIZED = settings(derandomize=True, deadline=None, max_examples=200)
LEVEL = 1_000.0


def score_keyword(
    stat: KeywordStat, needs: frozenset[Term], baseline: Baseline, policy: Policy, stage: Stage
) -> Score:
    """Return the value of one keyword as a product of named parts."""
    return score_of(appraise(stat, needs, baseline, policy), policy, stage)


def known_rate(rate: float) -> RateModel:
    """Return a model that predicts `rate` of every keyword, whatever its words."""
    return RateModel(
        intercept=math.log(rate / (1 - rate)),
        slope=0.0,
        effects={},
        term_variance=0.09,
        keyword_variance=0.04,
        intercept_variance=0.0,
    )


BASELINE = Baseline(
    demand=100.0,
    demand_spread=1.0,
    per_impression=1.0,
    per_impression_spread=0.0,
    supply_level=math.log(LEVEL),
    supply_growth=0.5,
    supply_spread=1.0,
    tmall_share=0.4,
    click_through_rate=known_rate(0.1),
    conversion_rate=known_rate(0.02),
    is_by_shoppers=False,
    is_by_category=False,
)
NO_TERMS: frozenset[Term] = frozenset()
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
        Wording(
            sequence=lambda text: tuple(Term(word) for word in text.split()),
            expand=lambda term: frozenset({term}),
            head_of=lambda term: frozenset({term}) & PRODUCTS,
            is_generic=lambda term: term == "新款",
        ),
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
    score = score_keyword(stat, NO_TERMS, BASELINE, policy, stage)
    parts = dict(score.parts)
    assert [*parts] == ["demand", "click_through_rate", "conversion_rate", "win"]
    assert score.total == pytest.approx(math.prod(parts.values()))
    assert 0 <= score.total < math.inf
    assert 0 < parts["win"] <= 1


def test_a_keyword_without_figures_takes_the_reports_means(policy: Policy) -> None:
    parts = dict(
        score_keyword(KeywordStat(keyword="裙"), NO_TERMS, BASELINE, policy, Stage.GROWTH).parts
    )
    assert parts["demand"] == 100.0
    assert parts["click_through_rate"] == pytest.approx(0.1)
    assert parts["conversion_rate"] == pytest.approx(0.02)
    assert parts["win"] == win(LEVEL, 0.4, policy, Stage.GROWTH)


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
    parts = dict(score_keyword(stat, NO_TERMS, BASELINE, policy, Stage.GROWTH).parts)
    assert parts["demand"] == pytest.approx(expected)


# ---- evidence ----------------------------------------------------------------------------------


def conversion(stat: KeywordStat, policy: Policy) -> Estimate:
    """Return what is made of the conversion of a row."""
    return appraise(stat, NO_TERMS, BASELINE, policy).conversion_rate


def test_more_clicks_pull_a_rate_further_from_the_prior_and_make_it_surer(policy: Policy) -> None:
    found = [
        conversion(KeywordStat(keyword="裙", clicks=clicks, orders=clicks / 2), policy)
        for clicks in (0, 2, 10, 100, 100_000)
    ]
    assert found[0].mean == pytest.approx(0.02)
    assert [e.mean for e in found] == sorted(e.mean for e in found)
    assert found[-1].mean == pytest.approx(0.5, abs=0.01)
    assert [e.spread for e in found] == sorted((e.spread for e in found), reverse=True)


def test_a_rate_whose_trials_nobody_counted_is_trusted_for_the_policys_number(
    policy: Policy,
) -> None:
    reported = KeywordStat(keyword="裙", conversion_rate=exactly(0.5))
    n = policy.uncounted_trials
    counted = KeywordStat(keyword="裙", clicks=n, orders=n / 2)
    assert conversion(reported, policy) == conversion(counted, policy)


def test_a_larger_index_makes_a_rate_more_trusted_and_is_no_count(policy: Policy) -> None:
    few, many = (
        conversion(row("裙", demand=demand, clicked=0.5, bought=0.5), policy)
        for demand in (10, 100_000)
    )
    assert 0.02 < few.mean < many.mean < 0.5
    counted = KeywordStat(keyword="裙", clicks=5.0, orders=2.5)
    assert few.mean < conversion(counted, policy).mean


def test_a_wide_bucket_is_trusted_less_than_an_exact_rate(policy: Policy) -> None:
    exact, wide = (
        conversion(KeywordStat(keyword="裙", demand_index=exactly(1e5), conversion_rate=r), policy)
        for r in (exactly(0.1), Interval(0.05, 0.2))
    )
    assert abs(wide.mean - 0.1) > abs(exact.mean - 0.1)
    assert wide.spread > exact.spread


def test_counted_orders_and_a_reported_rate_both_tell(policy: Policy) -> None:
    counted = KeywordStat(keyword="裙", clicks=100, orders=10)
    repeated = replace(counted, conversion_rate=exactly(0.1))
    assert conversion(repeated, policy) == conversion(counted, policy)
    beside = replace(counted, demand_index=exactly(1e6), conversion_rate=Interval(0.01, 0.02))
    reported = replace(beside, clicks=None, orders=None)
    assert conversion(reported, policy).mean < conversion(beside, policy).mean
    assert conversion(beside, policy).mean < conversion(counted, policy).mean


def test_shares_of_shoppers_and_of_impressions_are_never_mixed(policy: Policy) -> None:
    market = [row(f"裙{n}", demand=1_000, clicked=0.6) for n in range(5)]
    account = KeywordStat(keyword="衫", impressions=10_000, clicks=300)
    both = baseline_of([*market, account], [NO_TERMS] * 6, policy)
    assert both.is_by_shoppers
    click = appraise(account, NO_TERMS, both, policy).click_through_rate
    assert click.mean == pytest.approx(0.6, abs=0.02)
    alone = baseline_of([account], [NO_TERMS], policy)
    click = appraise(account, NO_TERMS, alone, policy).click_through_rate
    assert click.mean == pytest.approx(0.03, abs=0.001)


def test_impressions_are_set_beside_indices_by_keywords_that_have_both(policy: Policy) -> None:
    stats = [
        KeywordStat(keyword="裙", demand_index=exactly(500), impressions=1_000),
        KeywordStat(keyword="衫", impressions=4_000),
    ]
    baseline = baseline_of(stats, [NO_TERMS] * 2, policy)
    assert appraise(stats[1], NO_TERMS, baseline, policy).demand.mean == pytest.approx(2_000)


def test_impressions_and_indices_without_a_bridge_are_alike_when_typical(policy: Policy) -> None:
    stats = [row("裙", demand=70), KeywordStat(keyword="衫", impressions=9_000)]
    baseline = baseline_of(stats, [NO_TERMS] * 2, policy)
    found = appraise(stats[1], NO_TERMS, baseline, policy).demand
    assert found.mean == pytest.approx(70)
    assert found.spread > 0


@pytest.mark.parametrize(
    ("stat", "surer"),
    [
        pytest.param(row("裙", demand=100), True, id="an exact index"),
        pytest.param(
            KeywordStat(keyword="裙", demand_index=Interval(50, 200)), False, id="a bucket"
        ),
        pytest.param(
            KeywordStat(keyword="裙", demand_index=Interval(0, 200)), False, id="from nothing"
        ),
        pytest.param(KeywordStat(keyword="裙"), False, id="no figure"),
    ],
)
def test_what_is_not_known_of_demand_widens_the_range(
    stat: KeywordStat, policy: Policy, *, surer: bool
) -> None:
    spread = appraise(stat, NO_TERMS, BASELINE, policy).demand.spread
    assert (spread == 0) is surer


@given(stat=keyword_stats(), stage=st.sampled_from(Stage))
@DERANDOMIZED
def test_a_credible_range_holds_the_mean_and_follows_from_mean_and_spread(
    policy: Policy, stat: KeywordStat, stage: Stage
) -> None:
    found = score_keyword(stat, NO_TERMS, BASELINE, policy, stage)
    value = found.range
    assert value.mean == found.total
    assert value.low <= value.mean <= value.high * (1 + 1e-12)
    assert credible_range(value.mean, value.spread) == value


# ---- competition -------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", Stage)
def test_win_falls_as_supply_and_the_share_of_tmall_grow(policy: Policy, stage: Stage) -> None:
    by_supply = [win(supply, 0.0, policy, stage) for supply in (0, 10, 1e3, 1e5, 1e7)]
    by_share = [win(0.0, share, policy, stage) for share in (0.0, 0.3, 0.6, 1.0)]
    for wins in (by_supply, by_share):
        assert wins[0] == 1
        assert wins == sorted(wins, reverse=True)
        assert len({*wins}) == len(wins)
        assert wins[-1] > 0


def test_a_launch_favours_the_long_tail_and_maturity_the_head(policy: Policy) -> None:
    head, tail = (row("裙", supply=1e6, demand=1_000), row("裙 法式", supply=1e3, demand=100))
    lead = {
        stage: score_keyword(head, NO_TERMS, BASELINE, policy, stage).total
        / score_keyword(tail, NO_TERMS, BASELINE, policy, stage).total
        for stage in Stage
    }
    assert lead[Stage.LAUNCH] < lead[Stage.DECLINE] < lead[Stage.GROWTH] < lead[Stage.MATURE]


def test_a_launch_prefers_a_blue_ocean_that_a_mature_listing_passes_over(policy: Policy) -> None:
    ocean, crowded = row("裙", supply=50, demand=60), row("裙", supply=200_000, demand=100)
    for stage, better in ((Stage.LAUNCH, ocean), (Stage.MATURE, crowded)):
        found = max(
            (ocean, crowded),
            key=lambda s: score_keyword(s, NO_TERMS, BASELINE, policy, stage).total,
        )
        assert found is better


def test_a_missing_supply_grows_with_demand_so_that_stages_differ_without_one(
    policy: Policy,
) -> None:
    stats = [row("裙", demand=10_000), row("裙 法式", demand=10)]
    baseline = baseline_of(stats, [NO_TERMS] * 2, policy)
    head, tail = (appraise(stat, NO_TERMS, baseline, policy).supply for stat in stats)
    assert head.mean > tail.mean
    assert head.spread > 0


def test_supply_follows_demand_as_the_rows_that_have_it_say(policy: Policy) -> None:
    stats = [row(f"裙{n}", demand=10.0**n, supply=10.0**n) for n in range(1, 7)] + [row("衫")]
    baseline = baseline_of(stats, [NO_TERMS] * 7, policy)
    found = appraise(stats[-1], NO_TERMS, baseline, policy).supply.mean
    assert found == pytest.approx(100, rel=0.3)


# ---- a report ----------------------------------------------------------------------------------


def test_the_baseline_is_the_typical_of_what_the_rows_say(policy: Policy) -> None:
    stats = [row("a", demand=10), row("b", demand=1_000), KeywordStat(keyword="c")]
    found = baseline_of(stats, [NO_TERMS] * 3, policy)
    assert found.demand == pytest.approx(100)
    assert found.click_through_rate is None
    assert found.conversion_rate is None


def test_a_report_without_rates_ranks_by_demand_and_competition_alone(policy: Policy) -> None:
    for stat in (row("裙"), KeywordStat(keyword="裙")):
        baseline = baseline_of([stat], [NO_TERMS], policy)
        parts = dict(score_keyword(stat, NO_TERMS, baseline, policy, Stage.GROWTH).parts)
        assert (parts["click_through_rate"], parts["conversion_rate"]) == (1.0, 1.0)


def test_a_category_is_told_apart_where_a_report_has_many(policy: Policy) -> None:
    stats = [
        replace(row(f"裙{n}"), clicks=1_000, orders=orders, category=category)
        for n, (category, orders) in enumerate([("女装", 100), ("男装", 10)] * 10)
    ]
    new = [KeywordStat(keyword="裤", category=name) for name in ("女装", "男装")]
    baseline = baseline_of(stats, [frozenset({Term(s.keyword)}) for s in stats], policy)
    women, men = (appraise(stat, NO_TERMS, baseline, policy).conversion_rate.mean for stat in new)
    assert women > 2 * men


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
    demands = (("裙", 10), ("衫", 40), ("裙 夏", 90))
    stats = [row(keyword, demand=demand, supply=0) for keyword, demand in demands]
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


def _straight(policy: Policy) -> Policy:
    """Return `policy` with nothing that bends the power formula: no growth, no share."""
    return replace(policy, soft_growth=1.0, soft_share=1.0)


@given(stats=REPORTS, terms=st.frozensets(st.sampled_from([*map(Term, WORDS)])))
@settings(DERANDOMIZED, max_examples=60)
def test_expected_demand_is_the_power_formula_multiplied_out(
    policy: Policy, stats: list[KeywordStat], terms: frozenset[Term]
) -> None:
    policy = _straight(policy)
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
    policy = _straight(policy)
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
    fine = replace(market, unit={stage: market.unit[stage] / 1e9 for stage in Stage})
    full = expected_demand(fine, Stage.GROWTH, terms, policy, own=terms)
    none = expected_demand(fine, Stage.GROWTH, terms, policy, own=frozenset())
    discounted = {demand.keyword: demand.value for demand in none}
    for demand in full:
        expected = demand.value * policy.new_word_share ** len(demand.needs)
        assert discounted.get(demand.keyword, 0) == pytest.approx(expected, abs=1, rel=1e-9)


@given(stats=REPORTS)
@settings(DERANDOMIZED, max_examples=60)
def test_what_keywords_say_together_grows_less_than_their_sum(
    policy: Policy, stats: list[KeywordStat]
) -> None:
    terms = frozenset(map(Term, WORDS))
    straight = _straight(policy)
    market = market_of(stats, policy)
    fine = replace(market, unit={stage: market.unit[stage] / 1e9 for stage in Stage})
    plain = expected_demand(fine, Stage.GROWTH, terms, straight, own=terms)
    grown = replace(straight, soft_growth=policy.soft_growth, soft_share=policy.soft_share)
    values = {
        demand.keyword: demand.value
        for demand in expected_demand(fine, Stage.GROWTH, terms, grown, own=terms)
    }
    for demand in plain:
        typical = demand.value / 1000
        expected = policy.soft_share * 1000 * typical**policy.soft_growth
        assert values.get(demand.keyword, 0) == pytest.approx(expected, abs=1, rel=1e-4)


def test_a_word_of_the_sellers_own_is_worth_what_its_slot_says(policy: Policy) -> None:
    words = {Term("“裙”"): Slot.PRODUCT, Term("“法式”"): Slot.STYLE}
    assert {d.keyword: d.value for d in own_word_demand(words, policy)} == {
        "“裙”": policy.own_word_worth[Slot.PRODUCT],
        "“法式”": policy.own_word_worth[Slot.STYLE],
    }


def test_a_new_word_is_worth_something_once_a_keyword_asks_for_it(policy: Policy) -> None:
    market = market_of([row("青年 裙")], policy)
    asked, unasked = frozenset({Term("青年")}), frozenset({Term("老年")})
    words = [(asked, Slot.AUDIENCE), (asked, Slot.STYLE), (unasked, Slot.AUDIENCE)]
    assert [(d.needs, d.value) for d in new_word_demand(words, market, policy)] == [
        (asked, policy.new_word_worth[Slot.AUDIENCE])
    ]
    assert not new_word_demand([(asked, Slot.STYLE), (frozenset(), Slot.AUDIENCE)], market, policy)


def test_expected_demand_is_never_listed_and_needs_only_terms_at_hand(policy: Policy) -> None:
    market = market_of([row("法式 裙"), row("碎花 衫")], policy)
    terms = frozenset({Term("法式"), Term("裙"), Term("无")})
    demands = expected_demand(market, Stage.GROWTH, terms, policy, own=frozenset())
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
        policy = _straight(policy)
        market = market_of([row(keyword)], policy)
        demands = expected_demand(
            market, Stage.GROWTH, frozenset({Term("法式")}) | terms, policy, own=terms
        )
        values.append(sum(d.value for d in demands if d.needs == {"法式"}))
    assert values[1] == pytest.approx(policy.off_product_share * values[0], abs=1)
