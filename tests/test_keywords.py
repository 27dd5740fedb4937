"""The keyword table: values with ranges, kinds by rank, roots that never add up indices."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biaoti.keywords import (
    KeywordRow,
    Kind,
    Root,
    keyword_report,
    keyword_rows,
    roots,
    value_range,
)
from biaoti.lexicon import load_lexicon
from biaoti.records import Interval, KeywordStat, Policy, Reject, ReportReading, Stage, Term
from biaoti.score import baseline_of, build_market, score_keyword

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    cache = tmp_path_factory.getbasetemp() / "cache"
    return load_lexicon(ROOT / "lexicon", cache=cache).policy


def words(text: str) -> tuple[Term, ...]:
    return tuple(Term(word) for word in text.split())


def rows_of(stats: list[KeywordStat], policy: Policy) -> tuple[KeywordRow, ...]:
    return keyword_rows(stats, policy, sequence=words, is_brand=lambda term: term == "兰芝")


def roots_of(stats: list[KeywordStat], policy: Policy) -> dict[str, Root]:
    market = build_market(
        stats,
        policy,
        sequence=words,
        expand=lambda term: frozenset({term}),
        head_of=lambda _: frozenset(),
        is_generic=lambda _: False,
    )
    return {root.term: root for root in roots(market)}


figures = st.integers(0, 1_000_000)
intervals = st.tuples(figures, figures).map(lambda p: Interval(min(p), max(p)))
rates = st.tuples(figures, figures).map(lambda p: Interval(min(p) / 1e6, max(p) / 1e6))
counts = st.none() | figures
stats_ = st.builds(
    KeywordStat,
    keyword=st.just("连衣裙"),
    demand_index=st.none() | intervals,
    click_through_rate=st.none() | rates,
    conversion_rate=st.none() | rates,
    impressions=counts,
    clicks=counts,
    supply=counts,
)


@given(stat=stats_, others=st.lists(stats_, max_size=3))
def test_the_value_lies_between_the_values_of_the_range_ends(
    stat: KeywordStat, others: list[KeywordStat], policy: Policy
) -> None:
    found = value_range(stat, baseline_of([stat, *others]), policy)
    slack = 1e-9 * abs(found.mean)
    assert found.low <= found.mean + slack
    assert found.mean <= found.high + slack


def test_an_exact_reading_has_no_range(policy: Policy) -> None:
    stat = KeywordStat(
        keyword="裙",
        demand_index=Interval(900, 900),
        click_through_rate=Interval(0.04, 0.04),
        conversion_rate=Interval(0.02, 0.02),
    )
    found = value_range(stat, baseline_of([stat]), policy)
    assert math.isclose(found.low, found.high)


def test_the_parts_multiply_to_the_value_of_a_growing_listing(policy: Policy) -> None:
    stats = [
        KeywordStat(keyword="a", demand_index=Interval(10, 40), supply=500),
        KeywordStat(keyword="b", clicks=20, conversion_rate=Interval(0.1, 0.1)),
    ]
    for row in rows_of(stats, policy):
        assert math.isclose(row.score.total, row.value.mean)
        expected = score_keyword(row.stat, baseline_of(stats), policy, Stage.GROWTH)
        assert row.score == expected


def test_rows_come_most_valuable_first_then_by_text_in_any_order_of_input(policy: Policy) -> None:
    stats = [KeywordStat(keyword=k, impressions=n) for k, n in (("b", 5), ("a", 5), ("c", 9))]
    names = [row.stat.keyword for row in rows_of(stats, policy)]
    assert names == ["c", "a", "b"]
    assert names == [row.stat.keyword for row in rows_of(stats[::-1], policy)]


def test_kinds_go_by_rank_among_the_rows(policy: Policy) -> None:
    stats = [
        KeywordStat(keyword=f"词{n}", demand_index=Interval(n, n), supply=10_000 if n != 8 else 1)
        for n in range(1, 11)
    ]
    kinds = {row.stat.keyword: row.kinds for row in rows_of(stats, policy)}
    assert kinds["词10"] == (Kind.HEAD, *kinds["词10"][1:])
    assert kinds["词8"] == (Kind.BLUE_OCEAN,)
    assert kinds["词6"] == ()
    assert [kinds[f"词{n}"] for n in range(1, 6)] == [(Kind.LONG_TAIL,)] * 5


def test_rows_that_are_all_alike_are_neither_head_nor_tail(policy: Policy) -> None:
    stats = [KeywordStat(keyword=f"词{n}", impressions=1) for n in range(5)]
    assert {row.kinds for row in rows_of(stats, policy)} == {()}


def test_a_known_brand_makes_a_brand_keyword(policy: Policy) -> None:
    stats = [KeywordStat(keyword="兰芝 面膜"), KeywordStat(keyword="面膜")]
    kinds = {row.stat.keyword: row.kinds for row in rows_of(stats, policy)}
    assert kinds == {"兰芝 面膜": (Kind.BRAND,), "面膜": ()}


def test_root_words_add_up_counts_and_never_indices(policy: Policy) -> None:
    found = roots_of(
        [
            KeywordStat(
                keyword="碎花 裙",
                demand_index=Interval(5, 9),
                impressions=100,
                clicks=10,
                orders=1,
            ),
            KeywordStat(keyword="裙", demand_index=Interval(20, 20), clicks=30, orders=3),
        ],
        policy,
    )
    root = found["裙"]
    assert (root.keywords, root.demand_index_max) == (2, 20)
    assert (root.impressions, root.clicks, root.orders) == (100, 40, 4)
    assert (root.click_through_rate, root.conversion_rate) == (0.1, 0.1)


def test_a_root_word_without_figures_has_none(policy: Policy) -> None:
    root = roots_of([KeywordStat(keyword="裙", clicks=0, orders=0)], policy)["裙"]
    assert (root.demand_index_max, root.impressions, root.conversion_rate) == (None, None, None)
    assert root.clicks == 0


def test_the_report_has_the_keys_of_the_interface(policy: Policy) -> None:
    stats = [KeywordStat(keyword="裙", demand_index=Interval(5, 9))]
    reject = Reject(file="a.csv", line=3, column="点击率", found="x", expected="a share")
    reading = ReportReading(rows=tuple(stats), read=2, merged=0, rejected=(reject,))
    report = keyword_report(
        rows_of(stats, policy), tuple(roots_of(stats, policy).values()), reading
    )
    assert set(report) == {"rows", "roots", "merged", "rejected", "read", "notes"}
    row = report["rows"][0]
    assert list(row)[:2] == ["keyword", "terms"]
    assert set(row) == set(KeywordStat.__dataclass_fields__) | {"terms", "kinds", "value", "parts"}
    assert row["demand_index"] == {"low": 5, "high": 9}
    assert row["conversion_rate"] is None
    assert report["rejected"][0]["line"] == 3
