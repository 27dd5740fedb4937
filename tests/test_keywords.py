"""The keyword table: values rebuilt from parts, kinds, toss-ups, roots without sums of indices."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biaoti.engine import Engine
from biaoti.keywords import (
    KeywordRow,
    Kind,
    Root,
    keyword_report,
    keyword_rows,
    keyword_table,
    roots,
    trends,
)
from biaoti.keywords.rows import is_toss_up
from biaoti.keywords.vocabulary import is_attribute, is_brand
from biaoti.records import (
    Interval,
    KeywordStat,
    Period,
    Policy,
    Reject,
    ReportReading,
    Score,
    Stage,
    Term,
    credible_range,
)
from biaoti.reports import load_headers, read_reports
from biaoti.score import Market, Wording, build_market
from strategies import keyword_stats

ROOT = Path(__file__).parents[1]
DERANDOMIZED = settings(derandomize=True, deadline=None, max_examples=60)
REPORTS = sorted((ROOT / "examples").glob("*_*.*sv")) + sorted((ROOT / "examples").glob("*.xls*"))
KEYWORDS = st.lists(st.sampled_from(("裙", "衫", "法式", "碎花", "兰芝")), min_size=1, max_size=3)
STATS = st.lists(
    keyword_stats(KEYWORDS.map(" ".join)), max_size=8, unique_by=lambda stat: stat.keyword
)


def words(text: str) -> tuple[Term, ...]:
    return tuple(Term(word) for word in text.split())


def market_of(stats: Sequence[KeywordStat], policy: Policy) -> Market:
    return build_market(
        stats,
        policy,
        Wording(
            sequence=words,
            expand=lambda term: frozenset({term}),
            head_of=lambda _: frozenset(),
            is_generic=lambda _: False,
        ),
    )


def rows_of(
    stats: Sequence[KeywordStat], policy: Policy, stage: Stage = Stage.GROWTH
) -> tuple[KeywordRow, ...]:
    return keyword_rows(
        stats,
        market_of(stats, policy),
        policy,
        sequence=words,
        is_brand=lambda term: term == "兰芝",
        is_attribute=lambda term: term == "法式",
        trends=trends(stats),
        stage=stage,
    )


def roots_of(stats: Sequence[KeywordStat], policy: Policy) -> dict[str, Root]:
    return {root.term: root for root in roots(market_of(stats, policy))}


def exact(figure: float) -> Interval:
    return Interval(figure, figure)


def report_of(rows: Sequence[KeywordRow], found: Sequence[Root] = ()) -> dict[str, list[object]]:
    reading = ReportReading(rows=(), read=len(rows), merged=0, rejected=())
    answer: dict[str, list[object]] = json.loads(json.dumps(keyword_report(rows, found, reading)))
    return answer


# ---- every number can be rebuilt ---------------------------------------------------------------


def assert_rebuilt(row: dict[str, object]) -> None:
    """Rebuild the value of a JSON row from its parts, and its range from mean and spread."""
    parts, value = row["parts"], row["value"]
    assert isinstance(parts, dict)
    assert isinstance(value, dict)
    assert [*parts] == ["demand", "click_through_rate", "conversion_rate", "win"]
    assert value["mean"] == math.prod(parts.values(), start=1.0)
    found = credible_range(value["mean"], value["spread"])
    assert (found.low, found.high) == (value["low"], value["high"])
    assert value["low"] <= value["mean"] <= value["high"] * (1 + 1e-12)


@given(stats=STATS, stage=st.sampled_from(Stage))
@DERANDOMIZED
def test_the_value_of_any_row_is_rebuilt_from_its_parts(
    stats: list[KeywordStat], stage: Stage, policy: Policy
) -> None:
    rows = rows_of(stats, policy, stage)
    assert len(rows) == len(stats)
    for row in report_of(rows)["rows"]:
        assert isinstance(row, dict)
        assert_rebuilt(row)


@pytest.mark.parametrize("path", REPORTS, ids=lambda path: path.name)
def test_the_value_of_every_row_of_an_example_is_rebuilt_from_its_parts(
    path: Path, engine: Engine
) -> None:
    headers = load_headers(ROOT / "lexicon" / "report_headers.tsv")
    stats = read_reports((path,), headers).rows
    rows = keyword_table(engine, stats).rows
    found = report_of(rows)["rows"]
    assert len(found) == len(stats) > 0
    for row in found:
        assert isinstance(row, dict)
        assert_rebuilt(row)
        assert_figures_are_as_read(row, next(s for s in stats if s.keyword == row["keyword"]))


def assert_figures_are_as_read(row: dict[str, object], stat: KeywordStat) -> None:
    """Check that what the report said stands in the row untouched by any estimate."""
    for name in ("impressions", "clicks", "orders", "supply", "tmall_share", "cost_per_click"):
        assert row[name] == getattr(stat, name)
    for name in ("demand_index", "click_through_rate", "conversion_rate"):
        figure = getattr(stat, name)
        assert row[name] == (None if figure is None else {"low": figure.low, "high": figure.high})


def test_the_appraised_rates_are_the_parts_and_the_stage_decides_the_last(policy: Policy) -> None:
    stats = [
        KeywordStat(keyword="裙", demand_index=exact(900), clicks=50, orders=3, supply=1e6),
        KeywordStat(keyword="裙 法式", demand_index=exact(90), clicks=9, orders=1, supply=10),
    ]
    for stage in Stage:
        for row in rows_of(stats, policy, stage):
            parts = dict(row.score.parts)
            assert parts["conversion_rate"] == row.appraisal.conversion_rate.mean
    wins = [dict(rows_of(stats, policy, s)[0].score.parts)["win"] for s in Stage]
    assert len(set(wins)) == len(wins)


# ---- order -------------------------------------------------------------------------------------


def test_rows_come_most_valuable_first_then_by_text_in_any_order_of_input(policy: Policy) -> None:
    stats = [KeywordStat(keyword=k, impressions=n) for k, n in (("b", 5), ("a", 5), ("c", 9))]
    names = [row.stat.keyword for row in rows_of(stats, policy)]
    assert names == ["c", "a", "b"]
    assert names == [row.stat.keyword for row in rows_of(stats[::-1], policy)]


def test_a_keyword_that_says_nothing_stays_in_the_table(policy: Policy) -> None:
    stats = [KeywordStat(keyword=" ", impressions=5), KeywordStat(keyword="裙", impressions=5)]
    assert {row.stat.keyword for row in rows_of(stats, policy)} == {" ", "裙"}


@pytest.mark.parametrize(
    ("above", "below", "spread", "expected"),
    [
        pytest.param(2.0, 1.0, 0.0, False, id="exact values have an order"),
        pytest.param(1.0, 1.0, 0.0, True, id="unless they are equal"),
        pytest.param(1.1, 1.0, 0.5, True, id="a small lead of unsure values is none"),
        pytest.param(9.0, 1.0, 0.5, False, id="a large lead is one"),
        pytest.param(0.0, 0.0, 0.5, True, id="two worthless ones are alike"),
        pytest.param(1.0, 0.0, 0.5, False, id="something is more than nothing"),
    ],
)
def test_an_order_is_a_toss_up_when_the_lower_may_as_well_be_worth_more(
    above: float, below: float, spread: float, *, expected: bool
) -> None:
    scores = [Score(parts=(("value", total),), spread=spread) for total in (above, below)]
    assert is_toss_up(*scores) is expected


def test_more_data_settles_a_toss_up(policy: Policy) -> None:
    marks = []
    for clicks in (10, 1_000_000):
        stats = [
            KeywordStat(keyword=k, demand_index=exact(100), clicks=clicks, orders=clicks * rate)
            for k, rate in (("裙", 0.2), ("衫", 0.1), ("法式", 0.1))
        ]
        marks.append([row.is_toss_up_with_next for row in rows_of(stats, policy)])
    assert marks[0][0]
    assert not marks[1][0]
    assert not marks[1][-1]


# ---- kinds -------------------------------------------------------------------------------------


def test_kinds_go_by_rank_among_the_rows(policy: Policy) -> None:
    stats = [
        KeywordStat(keyword=f"词{n}", demand_index=exact(n), supply=10_000 if n != 8 else 1)
        for n in range(1, 11)
    ]
    kinds = {row.stat.keyword: row.kinds for row in rows_of(stats, policy)}
    assert kinds["词10"][:2] == (Kind.HEAD, Kind.HOT)
    assert kinds["词8"] == (Kind.BLUE_OCEAN,)
    assert kinds["词6"] == ()
    assert [kinds[f"词{n}"] for n in range(1, 6)] == [(Kind.LONG_TAIL,)] * 5


def test_a_hot_keyword_draws_clicks_and_not_only_searches(policy: Policy) -> None:
    stats = [
        KeywordStat(
            keyword=f"词{n}",
            demand_index=exact(1_000 if n == 10 else 900),
            impressions=100_000,
            clicks=1_000 if n != 9 else 20_000,
        )
        for n in range(1, 11)
    ]
    kinds = {row.stat.keyword: row.kinds for row in rows_of(stats, policy)}
    assert Kind.HOT in kinds["词9"]
    assert Kind.HOT not in kinds["词10"]
    assert Kind.HEAD in kinds["词10"]


def test_a_converting_keyword_has_proved_it_and_not_been_lucky(policy: Policy) -> None:
    stats = [
        KeywordStat(keyword=f"词{n}", demand_index=exact(100), clicks=2_000, orders=40)
        for n in range(10)
    ]
    lucky = KeywordStat(keyword="侥幸", demand_index=exact(100), clicks=2, orders=1)
    proved = KeywordStat(keyword="成交", demand_index=exact(100), clicks=2_000, orders=120)
    kinds = {row.stat.keyword: row.kinds for row in rows_of([*stats, lucky, proved], policy)}
    assert Kind.CONVERTING in kinds["成交"]
    assert Kind.CONVERTING not in kinds["侥幸"]
    assert Kind.CONVERTING not in kinds["词1"]


def test_rows_that_are_all_alike_are_neither_head_nor_tail(policy: Policy) -> None:
    stats = [KeywordStat(keyword=f"词{n}", impressions=1) for n in range(5)]
    assert {row.kinds for row in rows_of(stats, policy)} == {()}


def test_a_known_brand_and_an_attribute_make_a_keyword_of_their_kind(policy: Policy) -> None:
    stats = [KeywordStat(keyword=k) for k in ("兰芝 面膜", "面膜", "法式 裙")]
    kinds = {row.stat.keyword: row.kinds for row in rows_of(stats, policy)}
    assert kinds == {"兰芝 面膜": (Kind.BRAND,), "面膜": (), "法式 裙": (Kind.ATTRIBUTE,)}


def test_the_lexicon_knows_brands_and_attributes(engine: Engine) -> None:
    assert is_attribute(Term("法式"), engine.lexicon)
    assert not is_attribute(Term("连衣裙"), engine.lexicon)
    assert is_brand(Term("兰芝"), engine.lexicon)
    assert not is_brand(Term("法式"), engine.lexicon)


def test_a_trend_stands_in_the_row_and_among_its_kinds(policy: Policy) -> None:
    days = (
        Period(start="2026-05-01", end="2026-05-31"),
        Period(start="2026-06-01", end="2026-06-30"),
    )
    history = [
        KeywordStat(keyword="裙", demand_index=exact(n), period=p)
        for n, p in zip((100, 300), days, strict=True)
    ]
    stats = [KeywordStat(keyword="裙", demand_index=Interval(100, 300))]
    rows = keyword_rows(
        stats,
        market_of(stats, policy),
        policy,
        sequence=words,
        is_brand=lambda _: False,
        is_attribute=lambda _: False,
        trends=trends(history),
    )
    assert Kind.RISING in rows[0].kinds
    row = report_of(rows)["rows"][0]
    assert isinstance(row, dict)
    assert row["trend"] == {"periods": 2, "change": pytest.approx(3.0), "peak_months": []}


# ---- root words --------------------------------------------------------------------------------


def test_root_words_add_up_counts_and_never_indices(policy: Policy) -> None:
    found = roots_of(
        [
            KeywordStat(
                keyword="碎花 裙", demand_index=Interval(5, 9), impressions=100, clicks=10, orders=1
            ),
            KeywordStat(keyword="裙", demand_index=exact(20), clicks=30, orders=3),
        ],
        policy,
    )
    root = found["裙"]
    assert (root.keywords, root.demand_index_max) == (2, 20)
    assert (root.impressions, root.clicks, root.orders) == (100, 40, 4)
    assert (root.click_through_rate, root.conversion_rate) == (0.1, 0.1)


def test_a_root_word_names_its_keywords_most_valuable_first(policy: Policy) -> None:
    stats = [
        KeywordStat(keyword=k, demand_index=exact(n))
        for k, n in (("裙", 5), ("法式 裙", 50), ("碎花 裙", 500), ("碎花 衫", 9))
    ]
    found = roots_of(stats, policy)
    assert found["裙"].held_by == ("碎花 裙", "法式 裙", "裙")
    assert found["碎花"].held_by == ("碎花 裙", "碎花 衫")
    assert all(root.keywords == len(root.held_by) for root in found.values())


@given(stats=STATS)
@DERANDOMIZED
def test_the_value_of_a_root_is_that_of_its_keywords(
    stats: list[KeywordStat], policy: Policy
) -> None:
    values = {row.stat.keyword: row.value.mean for row in rows_of(stats, policy)}
    for root in roots_of(stats, policy).values():
        assert root.value == pytest.approx(math.fsum(values[k] for k in root.held_by))


def test_a_root_word_without_figures_has_none(policy: Policy) -> None:
    root = roots_of([KeywordStat(keyword="裙", clicks=0, orders=0)], policy)["裙"]
    assert (root.demand_index_max, root.impressions, root.conversion_rate) == (None, None, None)
    assert root.clicks == 0


# ---- the answer --------------------------------------------------------------------------------


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
    own = {"terms", "kinds", "trend", "value", "toss_up_with_next", "parts"}
    assert set(row) == set(KeywordStat.__dataclass_fields__) | own
    assert row["demand_index"] == {"low": 5, "high": 9}
    assert row["conversion_rate"] is None
    assert report["rejected"][0]["line"] == 3
