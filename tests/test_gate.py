"""Which keywords a listing may aim at, and why not the others."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biaoti.engine import Engine, facts_of, make_market, tag_text
from biaoti.facts import Facts, rule_on
from biaoti.gate import Gate, build_gate, exclusions, questions
from biaoti.records import Exclusion, Interval, KeywordStat, Listing, Stage, Term, Verdict
from biaoti.score import Market
from strategies import keyword_stats, listings

TODAY = "2026-06-15"
DRESS = Listing(
    title="云岫集法式连衣裙女显瘦",
    category="女装/女士精品>连衣裙",
    brand="云岫集",
    attributes={"领型": ("圆领",), "年份季节": ("2026年夏季",), "性别": ("女",)},
)


def facts(engine: Engine, listing: Listing) -> Facts:
    """Return the facts of `listing`."""
    return facts_of(engine, listing, tag_text(engine, listing.title or "", listing), TODAY)


def market(engine: Engine, *keywords: str) -> Market:
    """Return a market of `keywords`, each worth more than the next."""
    rows = [
        KeywordStat(keyword=keyword, demand_index=Interval(1000 - 10 * n, 1000 - 10 * n))
        for n, keyword in enumerate(keywords)
    ]
    return make_market(engine, rows)


def gate(engine: Engine, *keywords: str, listing: Listing = DRESS) -> Gate:
    """Return the gate of `listing` on `keywords`."""
    return build_gate(
        facts(engine, listing), market(engine, *keywords), Stage.GROWTH, engine.lexicon
    )


@pytest.mark.parametrize(
    "keyword",
    [
        pytest.param("连衣裙", id="the product"),
        pytest.param("法式连衣裙女", id="words of the title"),
        pytest.param("圆领连衣裙", id="an attribute"),
        pytest.param("连衣裙2026新款夏季", id="the year, the season and a generic word"),
        pytest.param("裙", id="the head of the product"),
        pytest.param("云岫集连衣裙", id="its own brand"),
        pytest.param("显瘦", id="no product named"),
    ],
)
def test_a_keyword_whose_every_term_is_vouched_for_is_eligible(
    engine: Engine, keyword: str
) -> None:
    found = gate(engine, keyword)
    assert found.eligible == (0,)
    assert not found.refused


@pytest.mark.parametrize(
    ("keyword", "reason", "term", "against"),
    [
        pytest.param("V领连衣裙", "conflict", "v领", "attribute:领型=圆领", id="another neckline"),
        pytest.param("连衣裙男", "conflict", "男", "attribute:性别=女", id="another gender"),
        pytest.param(
            "2023连衣裙", "conflict", "2023", "attribute:年份季节=2026年夏季", id="another year"
        ),
        pytest.param("碎花连衣裙", "unsupported", "碎花", None, id="nobody vouches"),
        pytest.param("欧时力连衣裙", "unsupported", "欧时力", "brand", id="another's brand"),
        pytest.param(
            "收腰V领连衣裙", "conflict", "v领", "attribute:领型=圆领", id="conflict first"
        ),
        pytest.param(
            "收腰碎花连衣裙", "unsupported", "收腰", "碎花", id="two that nobody vouches for"
        ),
    ],
)
def test_an_excluded_keyword_says_why(
    engine: Engine, keyword: str, reason: str, term: str, against: str | None
) -> None:
    found = gate(engine, keyword)
    assert not found.eligible
    assert exclusions(found, 9) == (
        Exclusion(keyword=keyword, reason=reason, term=term, against=against),
    )


def test_a_keyword_about_another_product_is_nobodys_business(engine: Engine) -> None:
    found = gate(engine, "手机壳", "法式手机壳")
    assert not found.eligible
    assert not found.refused


def test_a_keyword_that_ends_in_another_product_is_off_product(engine: Engine) -> None:
    listing = replace(DRESS, title="法式连衣裙女腰带 显瘦", attributes=None)
    known = replace(facts(engine, listing), heads=frozenset({Term("连衣裙"), Term("裙")}))
    found = build_gate(known, market(engine, "连衣裙腰带"), Stage.GROWTH, engine.lexicon)
    assert not found.eligible
    assert exclusions(found, 9) == (
        Exclusion(keyword="连衣裙腰带", reason="off-product", term=None, against="product"),
    )


CUP = Listing(
    title="不锈钢保温杯男女士便携", category="餐饮具>保温杯", attributes={"材质": ("316不锈钢",)}
)


@pytest.mark.parametrize("keyword", ["水杯", "儿童水杯", "一次性纸杯"])
def test_a_keyword_about_another_of_the_kind_is_off_product(engine: Engine, keyword: str) -> None:
    found = gate(engine, keyword, listing=CUP)
    assert not found.eligible
    assert exclusions(found, 9) == (
        Exclusion(keyword=keyword, reason="off-product", term=None, against="product"),
    )
    assert questions(found, 100, 9) == ()


def test_a_keyword_of_a_word_that_only_stands_beside_the_product_is_off_product(
    engine: Engine,
) -> None:
    listing = replace(DRESS, title="法式腰带连衣裙女显瘦")
    assert [e.reason for e in exclusions(gate(engine, "腰带", listing=listing), 9)] == [
        "off-product"
    ]


def test_another_product_counts_less_among_the_exclusions(engine: Engine) -> None:
    found = gate(engine, "水杯", "玻璃保温杯", listing=CUP)
    assert [e.keyword for e in exclusions(found, 9)] == ["玻璃保温杯", "水杯"]


def test_the_number_of_a_material_is_part_of_it(engine: Engine) -> None:
    assert gate(engine, "保温杯316不锈钢", listing=CUP).eligible == (0,)
    refused = exclusions(gate(engine, "304不锈钢保温杯", listing=CUP), 9)
    assert [(e.reason, e.term) for e in refused] == [("unsupported", "304")]


def test_without_a_report_there_is_no_gate(engine: Engine) -> None:
    found = build_gate(facts(engine, DRESS), None, Stage.GROWTH, engine.lexicon)
    assert (found.eligible, found.refused) == ((), ())
    assert questions(found, 100, 9) == ()
    assert exclusions(found, 9) == ()


def test_exclusions_come_by_worth_and_no_more_than_asked_for(engine: Engine) -> None:
    found = gate(engine, "碎花连衣裙", "V领连衣裙", "休闲连衣裙")
    assert [e.keyword for e in exclusions(found, 9)] == ["碎花连衣裙", "V领连衣裙", "休闲连衣裙"]
    assert [e.keyword for e in exclusions(found, 2)] == ["碎花连衣裙", "V领连衣裙"]


def test_a_question_is_asked_once_per_term_with_what_it_would_open_up(engine: Engine) -> None:
    found = gate(engine, "碎花连衣裙", "休闲连衣裙", "休闲连衣裙女", "V领连衣裙", "欧时力连衣裙")
    asked = questions(found, 10_000, 9)
    assert [(q.term, q.attribute) for q in asked] == [
        ("休闲", "风格"),
        ("碎花", asked[1].attribute),
    ]
    worth = found.worth["休闲连衣裙"] + found.worth["休闲连衣裙女"]
    assert asked[0].value_gain == pytest.approx(worth / 10_000, abs=1e-6)
    assert asked[1].attribute
    assert questions(found, 10_000, 1) == asked[:1]


@pytest.mark.parametrize(
    ("keyword", "attribute"),
    [
        pytest.param("冬季连衣裙", "适用季节", id="a season, not of helmets"),
        pytest.param("加厚连衣裙", "厚薄", id="a thickness, not of quilts"),
        pytest.param("长袖连衣裙", "袖长", id="a sleeve"),
        pytest.param("真皮连衣裙", "材质", id="no closed set"),
    ],
)
def test_a_question_names_the_attribute_usual_for_the_product(
    engine: Engine, keyword: str, attribute: str
) -> None:
    listing = replace(DRESS, attributes={"领型": ("圆领",)})
    asked = questions(gate(engine, keyword, listing=listing), 100, 9)
    assert [question.attribute for question in asked] == [attribute]


def test_two_missing_terms_are_no_question(engine: Engine) -> None:
    assert questions(gate(engine, "收腰碎花连衣裙"), 100, 9) == ()


def test_where_nothing_is_to_be_won_a_gain_is_zero(engine: Engine) -> None:
    asked = questions(gate(engine, "碎花连衣裙"), 0, 9)
    assert [q.value_gain for q in asked] == [0.0]


@settings(derandomize=True, deadline=None, max_examples=60)
@given(
    listing=listings(),
    stats=st.lists(keyword_stats(), max_size=6, unique_by=lambda stat: stat.keyword),
)
def test_no_eligible_keyword_needs_what_nobody_vouches_for(
    engine: Engine, listing: Listing, stats: list[KeywordStat]
) -> None:
    known, rows = facts(engine, listing), make_market(engine, stats)
    found = build_gate(known, rows, listing.stage, engine.lexicon)
    refused = {number for number, _ in found.refused}
    assert not refused & {*found.eligible}
    for number in found.eligible:
        for term in rows.keywords[number].needs:
            assert rule_on(term, known, engine.lexicon).verdict is Verdict.SUPPORTED
    for number, exclusion in found.refused:
        keyword = rows.keywords[number]
        assert exclusion.keyword == keyword.stat.keyword
        assert exclusion.reason == "off-product" or exclusion.term in keyword.needs
        if exclusion.reason == "conflict":
            assert exclusion.against
