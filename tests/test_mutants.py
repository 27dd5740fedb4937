"""Exact figures that a single broken operator changes and no other test noticed."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from biaoti.engine import Engine, check
from biaoti.records import Interval, KeywordStat, Listing, Policy, Term
from biaoti.rules.evidence import numbers
from biaoti.score import RateModel, effective_trials, estimate
from biaoti.score.figures import bucket_spread, per_impression, typical_of
from biaoti.score.values import rate_readings


def test_a_bucket_is_as_wide_as_its_ratio_and_zero_is_certain() -> None:
    assert bucket_spread(Interval(0, 0)) == 0
    assert bucket_spread(Interval(5, 5)) == 0
    assert bucket_spread(Interval(0, 9)) == pytest.approx(3**-0.5)
    assert bucket_spread(Interval(1, math.e)) == pytest.approx(12**-0.5)


def test_no_figures_are_typically_one_without_doubt() -> None:
    assert typical_of([]) == (1, 0)
    assert typical_of([4, 9]) == pytest.approx((6, math.log(1.5)))


def test_impressions_and_indices_of_different_keywords_meet_at_their_middles() -> None:
    indexed = KeywordStat(keyword="a", demand_index=Interval(8, 8))
    counted = KeywordStat(keyword="b", impressions=400.0)
    assert per_impression([indexed, counted]) == pytest.approx((0.02, 1.0))
    assert per_impression([indexed]) == per_impression([counted]) == (1.0, 0.0)
    both = KeywordStat(keyword="c", demand_index=Interval(8, 8), impressions=2.0)
    assert per_impression([both, counted]) == pytest.approx((4, 0))


def test_a_rate_in_a_bucket_adds_the_variance_of_the_bucket() -> None:
    low, high = 0.02, 0.04
    width = math.log(high / (1 - high)) - math.log(low / (1 - low))
    middle = Interval(low, high).mid
    noise = middle * (1 - middle)
    wanted = 1 / (noise * (1 / (500 * noise) + width**2 / 12))
    assert effective_trials(Interval(low, high), 500.0) == pytest.approx(wanted)
    assert effective_trials(Interval(low, high), 0.0) == 0


def test_a_prediction_is_a_beta_prior_of_its_own_mean_and_variance() -> None:
    odds, variance = math.log(0.2 / 0.8), 0.5
    model = RateModel(
        intercept=odds,
        slope=0.0,
        effects={},
        term_variance=9.0,
        keyword_variance=variance,
        intercept_variance=0.0,
    )
    # A beta of mean m and strength s varies by m(1-m)/(s+1); on log-odds that is 1/(m(1-m)(s+1)).
    strength = 1 / (0.2 * 0.8 * variance) - 1
    found = estimate(model, [], 0.0, 0.5, 40.0)
    assert found.mean == pytest.approx((0.2 * strength + 0.5 * 40) / (strength + 40))


def test_a_keyword_of_unknown_demand_has_a_rate_all_the_same(policy: Policy) -> None:
    stats = [
        KeywordStat(keyword="a", conversion_rate=Interval(0.1, 0.1), clicks=50.0),
        KeywordStat(keyword="b", conversion_rate=Interval(0.2, 0.2), clicks=50.0, impressions=9.0),
    ]
    rows = rate_readings(stats, [frozenset({Term("a")}), frozenset()], policy, "conversion_rate")
    assert [row.rate for row in rows] == [0.1, 0.2]
    assert [row.breadth for row in rows] == pytest.approx([0, 0])


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        (("日本",), {"origin-false"}),
        (("越南", "泰国"), {"origin-false"}),
        (("日本", "江西省"), set()),
        (("越南", "中国大陆"), set()),
        (("海南省",), {"origin-false"}),
    ],
)
def test_a_place_is_false_only_against_all_that_the_attributes_name(
    engine: Engine, origin: tuple[str, ...], expected: set[str]
) -> None:
    found = check(engine, Listing(title="江西特产脐橙", attributes={"产地": origin}), "2026-06-15")
    assert {v.rule for v in found.violations} & {"origin-false"} == expected


@pytest.mark.parametrize(
    ("listing", "broken", "asked"),
    [
        pytest.param(
            Listing(title="日本进口饼干", attributes={"产地": ("中国",)}),
            ("origin-false", "日本进口"),
            None,
            id="a place and its import are one claim",
        ),
        pytest.param(
            Listing(title="日本 进口饼干", attributes={"产地": ("中国",)}),
            ("origin-false", "日本 进口"),
            None,
            id="with a space too",
        ),
        pytest.param(
            Listing(title="产自日本的饼干"),
            None,
            ("origin-false", "attributes"),
            id="a sure place asks for evidence",
        ),
        pytest.param(
            Listing(title="连衣裙赠雨伞", promotions=("赠送围巾",)),
            ("promo-unbacked", "赠雨伞"),
            None,
            id="another gift of two characters",
        ),
        pytest.param(
            Listing(title="连衣裙送伞", promotions=("送围巾",)),
            None,
            None,
            id="one character names no gift",
        ),
        pytest.param(
            Listing(title="连衣裙第二件半价", promotions=("第二件5折",)),
            None,
            None,
            id="半价 is 5折",
        ),
        pytest.param(
            Listing(title="连衣裙第二件半价", promotions=("第二件6折",)),
            ("promo-unbacked", "第二件半价"),
            None,
            id="半价 is not 6折",
        ),
        pytest.param(
            Listing(title="极品面膜", brand="极品"), None, None, id="a name of two characters"
        ),
        pytest.param(
            Listing(title="南极品牌羽绒服"), None, None, id="a word across the border of two words"
        ),
        pytest.param(
            Listing(title="完爆连衣裙"),
            ("superlative", "完爆"),
            None,
            id="a word of two words of one character",
        ),
    ],
)
def test_what_a_rule_says_of_a_title(
    engine: Engine,
    listing: Listing,
    broken: tuple[str, str] | None,
    asked: tuple[str, str] | None,
) -> None:
    found = check(engine, listing, "2026-06-15")
    said = [(v.rule, v.text) for v in found.violations if v.rule != "title-length"]
    assert said == ([broken] if broken else [])
    assert [(n.rule, n.key) for n in found.needs_evidence] == ([asked] if asked else [])


def test_a_question_names_its_key_as_sellers_do(engine: Engine) -> None:
    (asked,) = check(engine, Listing(title="产自日本的饼干"), "2026-06-15").needs_evidence
    assert asked.message == "“日本”是否属实要看“属性”(attributes),商品资料里没有这一项。"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("〇", (0,)), ("零", (0,)), ("两", (2,)), ("双", (2,)), ("两百", (200,)), ("九", (9,))],
)
def test_a_numeral_has_its_value(text: str, expected: tuple[float, ...]) -> None:
    assert numbers(text) == expected


def _rules_of(engine: Engine, listing: Listing) -> dict[str, str]:
    found = check(engine, listing, "2026-06-15").violations
    return {v.rule: f"{v.severity} {v.text}" for v in found}


@pytest.mark.parametrize(
    ("title", "severity"),
    [("", None), ("a", "hint"), ("连" * 24 + "a", "hint"), ("连" * 25, None), ("连" * 30, None)],
)
def test_a_title_is_too_short_below_fifty_bytes(
    engine: Engine, title: str, severity: str | None
) -> None:
    found = _rules_of(engine, Listing(title=title, category="女装")).get("title-length")
    assert (found is None) == (severity is None)
    assert found is None or found.startswith(severity or "")


def test_a_title_is_too_wide_beyond_sixty_bytes(engine: Engine) -> None:
    found = check(engine, Listing(title="连" * 30 + "a"), "2026-06-15").violations
    (wide,) = (v for v in found if v.rule == "title-length")
    assert wide.severity.name != "HINT"


@pytest.mark.parametrize(
    ("title", "repeated"),
    [
        ("连衣裙女夏季连衣裙", "连衣裙"),
        ("连衣裙女夏季连衣裙碎花连衣裙", "连衣裙"),
        ("苹果14手机壳苹果15", None),
        ("苹果14苹果15苹果手机壳", None),
        ("3层米袋4层米袋收纳", None),
    ],
)
def test_a_word_that_stands_twice_is_repeated_unless_each_has_its_number(
    engine: Engine, title: str, repeated: str | None
) -> None:
    found = _rules_of(engine, Listing(title=title)).get("repeat-keyword")
    assert (found.partition(" ")[2] if found else None) == repeated


@pytest.mark.parametrize(
    ("shop_type", "unbacked"),
    [
        ("专卖店", {"官方旗舰店"}),
        ("专营店", {"官方旗舰店", "专柜正品", "授权经销商"}),
        ("旗舰店", set()),
        ("C店", {"官方旗舰店", "专柜正品", "授权经销商", "专营店"}),
    ],
)
def test_a_shop_may_call_itself_what_its_type_backs(
    engine: Engine, shop_type: str, unbacked: set[str]
) -> None:
    claims = ("官方旗舰店", "专柜正品", "授权经销商", "专营店")
    shop = Listing(brand="美的", shop_type=shop_type)
    titles = {claim: replace(shop, title=f"美的{claim}电饭煲") for claim in claims}
    assert {c for c, one in titles.items() if "auth-claim" in _rules_of(engine, one)} == unbacked


def test_an_authorised_brand_backs_a_dealer_and_no_official_shop(engine: Engine) -> None:
    def asked(claim: str, authorised: tuple[str, ...]) -> list[str]:
        title = f"美的{claim}电饭煲"
        listing = Listing(title=title, brand="美的", authorised_brands=authorised)
        found = check(engine, listing, "2026-06-15").needs_evidence
        return [question.key for question in found if question.rule == "auth-claim"]

    assert asked("授权经销商", ("美的",)) == []
    assert asked("授权经销商", ("海尔",)) == asked("授权经销商", ()) == ["shop_type"]
    assert asked("官方旗舰店", ("美的",)) == ["shop_type"]
