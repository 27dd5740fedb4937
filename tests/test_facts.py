"""What a listing may claim, who vouches for it, and what its facts contradict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biaoti.engine import Engine, facts_of, tag_text, words_of
from biaoti.facts import Facts, composition, is_generic, is_nothing, product_heads, rule_on
from biaoti.records import Listing, Slot, Term, Verdict
from strategies import ANY_TEXT, listings

TODAY = "2026-06-15"
DERANDOMIZED = settings(derandomize=True, deadline=None, max_examples=120)


def facts(
    engine: Engine,
    attributes: Mapping[str, str | Sequence[str]] | None = None,
    *,
    title: str | None = None,
    category: str | None = None,
    brand: str | None = None,
    promotions: tuple[str, ...] | None = None,
    flagged: Sequence[tuple[int, int]] = (),
) -> Facts:
    """Return the facts of a listing given in short."""
    listing = Listing(
        title=title,
        category=category,
        brand=brand,
        promotions=promotions,
        attributes={
            name: (value,) if isinstance(value, str) else tuple(value)
            for name, value in (attributes or {}).items()
        },
    )
    return facts_of(engine, listing, tag_text(engine, title or "", listing), TODAY, flagged)


def verdict(engine: Engine, known_facts: Facts, keyword: str) -> str:
    """Return the worst verdict on the terms of `keyword`."""
    rulings = [rule_on(t, known_facts, engine.lexicon) for t in engine.segmenter.terms(keyword)]
    order = (Verdict.CONFLICT, Verdict.UNSUPPORTED, Verdict.SUPPORTED)
    return str(min((r.verdict for r in rulings), key=order.index))


def evidence(engine: Engine, known_facts: Facts, term: str) -> str | None:
    """Return who vouches for `term`."""
    return rule_on(Term(term), known_facts, engine.lexicon).evidence


# ---- attribute values as sellers write them ----------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "keyword", "expected"),
    [
        pytest.param("年份季节", "2026年夏季", "2026", "supported", id="the year"),
        pytest.param("年份季节", "2026年夏季", "夏季", "supported", id="the season"),
        pytest.param("年份季节", "2026年夏季", "夏天", "supported", id="a synonym of the season"),
        pytest.param(
            "年份季节",
            "2026年夏季",
            "夏",
            "supported",
            id="夏 for 夏季",
        ),
        pytest.param("年份季节", "2026年夏季", "冬季", "conflict", id="another season"),
        pytest.param("年份季节", "2026年夏季", "2024", "conflict", id="a stale year"),
        pytest.param("年份季节", "2026年夏季", "2025", "conflict", id="last year"),
        pytest.param("上市年份季节", "2025年秋季", "2025", "supported", id="last year's stock"),
        pytest.param("领型", "圆领", "圆领", "supported", id="a neckline"),
        pytest.param("领型", "圆领", "V领", "conflict", id="圆领 against V领"),
        pytest.param("领型", "圆领", "方领", "conflict", id="圆领 against 方领"),
        pytest.param("性别", "女", "女士", "supported", id="a synonym of the gender"),
        pytest.param("性别", "女", "男", "conflict", id="女 against 男"),
        pytest.param("适用性别", "男", "女士", "conflict", id="男 against 女士"),
        pytest.param("性别", "女", "情侣", "unsupported", id="neither said nor denied"),
        pytest.param("领型", "其他", "其他领", "unsupported", id="其他 vouches for nothing"),
        pytest.param("领型", "其他/other", "圆领", "unsupported", id="其他/other excludes nothing"),
        pytest.param("风格", "见描述", "法式", "unsupported", id="见描述 vouches for nothing"),
        pytest.param("功能", ["磁吸", "防摔"], "防摔", "supported", id="a list"),
        pytest.param("功能", "磁吸、防摔", "防摔", "supported", id="a list in one text"),
        pytest.param("净含量", "500ml", "0.5L", "supported", id="another unit"),
        pytest.param("净含量", "500ml", "250ml", "unsupported", id="another quantity"),
        pytest.param("是否可折叠", "是", "可折叠", "supported", id="是否可折叠: 是"),
        pytest.param("是否可折叠", "否", "可折叠", "conflict", id="是否可折叠: 否"),
        pytest.param("是否可折叠", "否", "折叠桌", "conflict", id="a denied part of a compound"),
        pytest.param("是否可折叠", "见描述", "折叠", "unsupported", id="是否可折叠: nothing said"),
        pytest.param("货号", "YX26D018", "yx26d018", "supported", id="an article number"),
        pytest.param(
            "颜色",
            "透明",
            "透明",
            "supported",
            id="a detail supports a keyword",
        ),
    ],
)
def test_an_attribute_vouches_for_what_it_says(
    engine: Engine, name: str, value: str | list[str], keyword: str, expected: str
) -> None:
    assert verdict(engine, facts(engine, {name: value}), keyword) == expected


@pytest.mark.parametrize(
    ("value", "whole", "part"),
    [
        ("60周岁以上", "60周岁以上", "60周岁"),
        ("3岁及以上", "3岁及以上", "3岁"),
        ("18-60周岁以内 室内", "18-60周岁以内", "18-60周岁"),
        ("500g左右", "500g左右", "500g"),
    ],
)
def test_a_quantity_is_claimed_with_its_bound(
    engine: Engine, value: str, whole: str, part: str
) -> None:
    texts = {fact.text for fact in facts(engine, {"适用年龄": value}).claims}
    assert whole in texts
    assert part not in texts
    assert part in {fact.text for fact in facts(engine, {"适用年龄": part}).claims}
    named = {fact.text for fact in facts(engine, title=f"毛线帽{whole}男士").claims}
    assert part not in named


@pytest.mark.parametrize(
    ("value", "keyword", "expected"),
    [
        pytest.param("聚酯纤维71.3% 棉26.7%", "聚酯纤维", "supported", id="the main fibre"),
        pytest.param("聚酯纤维71.3% 棉26.7%", "纯棉", "conflict", id="纯棉 against polyester"),
        pytest.param("聚酯纤维71.3% 棉26.7%", "全棉", "conflict", id="全棉 is 纯棉"),
        pytest.param("棉95% 氨纶5%", "棉", "supported", id="nearly all cotton is cotton"),
        pytest.param("棉95% 氨纶5%", "纯棉", "conflict", id="nearly all cotton is not pure"),
        pytest.param("棉95% 氨纶5%", "羊毛", "conflict", id="a fibre that is not there"),
        pytest.param("棉100%", "棉", "supported", id="all cotton is cotton"),
        pytest.param("棉100%", "聚酯纤维", "conflict", id="all cotton is no polyester"),
        pytest.param(
            "棉100%",
            "纯棉",
            "supported",
            id="all cotton is pure cotton",
        ),
        pytest.param("羊毛30% 腈纶70%", "羊毛", "conflict", id="30 % wool is no wool thing"),
        pytest.param("羊毛30% 腈纶70%", "纯羊毛", "conflict", id="30 % wool is not pure"),
        pytest.param(
            "聚丙烯腈纤维(腈纶)70% 羊毛30%",
            "羊毛",
            "conflict",
            id="a fibre with its other name in brackets",
        ),
        pytest.param("其他材质100%", "纯棉", "conflict", id="all of something else"),
    ],
)
def test_a_composition_decides_what_a_material_word_may_say(
    engine: Engine, value: str, keyword: str, expected: str
) -> None:
    assert verdict(engine, facts(engine, {"材质成分": value}), keyword) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("聚酯纤维71.3% 棉26.7%", {"涤纶": 71.3, "棉": 26.7}, id="name then share"),
        pytest.param("70%涤纶，30%棉", {"涤纶": 70.0, "棉": 30.0}, id="share then name"),
        pytest.param(
            "71.3%聚酯纤维，26.7%棉",
            {"涤纶": 71.3, "棉": 26.7},
            id="share then name, with decimals",
        ),
        pytest.param(
            "95%棉 5%氨纶",
            {"棉": 95.0, "氨纶": 5.0},
            id="share then name, a space between",
        ),
        pytest.param("棉:95%;氨纶:5%", {"棉": 95.0, "氨纶": 5.0}, id="colons"),
        pytest.param("棉（95%）氨纶（5%）", {"棉": 95.0, "氨纶": 5.0}, id="brackets"),
        pytest.param("棉60%/棉20%", {"棉": 80.0}, id="one fibre twice is summed"),
        pytest.param("棉", {}, id="no share"),
        pytest.param("", {}, id="nothing"),
        pytest.param(
            "聚丙烯腈纤维(腈纶)70% 羊毛30%",
            {"腈纶": 70.0, "羊毛": 30.0},
            id="another name in brackets",
        ),
    ],
)
def test_a_composition_is_read_in_percent(
    engine: Engine, value: str, expected: dict[str, float]
) -> None:
    assert composition(value, engine.lexicon) == expected


@pytest.mark.parametrize("text", ["100%", "71.3"])
def test_the_figures_of_a_composition_are_no_claims(engine: Engine, text: str) -> None:
    found = facts(engine, {"材质成分": "棉100%", "面料成分": "聚酯纤维71.3%"})
    assert text not in {fact.text for fact in found.claims}


@pytest.mark.parametrize("value", ["聚酯纤维71.3% 棉26.7%", "聚酯纤维60% 棉40%", "涤纶65%棉35%"])
def test_a_minor_fibre_is_never_vouched_for(engine: Engine, value: str) -> None:
    assert verdict(engine, facts(engine, {"材质成分": value}), "棉") != "supported"


def test_a_fibre_that_is_there_may_be_named_as_such_but_not_as_the_material(
    engine: Engine,
) -> None:
    composition_of = {"材质成分": "腈纶70% 羊毛30%"}
    found = facts(engine, composition_of, title="含羊毛针织衫女", category="毛衣")
    assert rule_on(Term("含羊毛"), found, engine.lexicon).verdict is not Verdict.CONFLICT
    assert rule_on(Term("羊毛"), facts(engine, composition_of), engine.lexicon).evidence is None


def test_a_title_that_makes_a_minor_fibre_the_material_vouches_for_nothing(
    engine: Engine,
) -> None:
    found = facts(engine, {"材质成分": "腈纶70% 羊毛30%"}, title="纯羊毛 针织衫女")
    assert [c.claim for c in found.conflicts] == ["纯羊毛"]
    assert "纯羊毛" not in found.supported


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("其他", True, id="其他"),
        pytest.param("其他/other", True, id="both languages"),
        pytest.param("Other", True, id="any case"),
        pytest.param("-", True, id="a dash"),
        pytest.param("", True, id="empty"),
        pytest.param("见详情", True, id="见详情"),
        pytest.param("其他风格", False, id="a word that begins like it"),
        pytest.param("圆领", False, id="a value"),
    ],
)
def test_a_value_that_says_nothing_is_known(
    engine: Engine,
    value: str,
    expected: bool,  # noqa: FBT001 - a fact of the case
) -> None:
    assert is_nothing(value, engine.lexicon) is expected


# ---- models ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "keyword", "expected"),
    [
        pytest.param("iPhone 14 Pro", "苹果14promax", "unsupported", id="Pro is not Pro Max"),
        pytest.param("iPhone 14", "iPhone 14 Pro", "unsupported", id="14 is not 14 Pro"),
        pytest.param("iPhone 14 Pro Max", "iPhone 14", "unsupported", id="Pro Max is not 14"),
        pytest.param(
            "iPhone 14",
            "iphone14",
            "supported",
            id="with and without a space",
        ),
        pytest.param(
            "iPhone 14 Pro",
            "iphone 14pro",
            "supported",
            id="the very model",
        ),
    ],
)
def test_a_model_vouches_for_itself_and_not_for_its_family(
    engine: Engine, model: str, keyword: str, expected: str
) -> None:
    found = facts(engine, {"适用手机型号": model}, category="手机壳")
    assert verdict(engine, found, keyword) == expected


@pytest.mark.parametrize("keyword", ["苹果14", "苹果14pro", "苹果15promax"])
def test_a_title_for_one_model_vouches_for_no_other(engine: Engine, keyword: str) -> None:
    found = facts(engine, title="适用苹果15手机壳磁吸", category="手机壳")
    assert verdict(engine, found, "苹果15手机壳") == "supported"
    assert verdict(engine, found, keyword) == "unsupported"


def test_a_name_the_product_fits_and_its_model_are_claimed_as_one_phrase(engine: Engine) -> None:
    found = facts(engine, title="适用苹果15手机壳磁吸", category="手机壳")
    claims = {fact.text: fact.slot for fact in found.claims}
    assert claims["适用苹果15"] is Slot.COMPATIBLE
    assert not {"苹果", "15", "适用"} & claims.keys()


# ---- brand, category, title --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("brand", "attributes"),
    [
        pytest.param("Laneige/兰芝", {}, id="the brand key"),
        pytest.param("兰芝(Laneige)", {}, id="brackets"),
        pytest.param(None, {"品牌": "Laneige/兰芝"}, id="the brand attribute"),
    ],
)
def test_both_names_of_a_brand_are_vouched_for(
    engine: Engine, brand: str | None, attributes: dict[str, str]
) -> None:
    found = facts(engine, attributes, brand=brand)
    assert {evidence(engine, found, name) for name in ("laneige", "兰芝")} == {"brand"}
    assert {fact.text for fact in found.claims if fact.slot is Slot.BRAND} == {"Laneige", "兰芝"}


@pytest.mark.parametrize("brand", ["其他", "other/其他", "无品牌", ""])
def test_no_brand_is_no_brand(engine: Engine, brand: str) -> None:
    found = facts(engine, brand=brand)
    assert not found.brands
    assert not found.claims


def test_only_the_leaf_of_the_category_vouches_for_the_product(engine: Engine) -> None:
    found = facts(engine, category="女装/女士精品>连衣裙")
    assert found.supported == {"连衣裙": "category", "裙": "category"}
    assert found.heads == {"连衣裙", "裙"}


def test_a_promotion_vouches_for_its_words_but_adds_no_claim(engine: Engine) -> None:
    found = facts(engine, promotions=("第二件半价",))
    assert "promotion" in found.supported.values()
    assert not found.claims


def test_the_title_vouches_for_what_no_attribute_says(engine: Engine) -> None:
    found = facts(engine, {"领型": "圆领"}, title="法式圆领连衣裙女新款")
    assert evidence(engine, found, "法式") == "title"
    assert evidence(engine, found, "圆领") == "attribute:领型"
    assert evidence(engine, found, "新款") == "generic"


def test_the_title_vouches_for_nothing_an_attribute_contradicts(engine: Engine) -> None:
    attributes = {"领型": "圆领", "性别": "女", "材质成分": "聚酯纤维100%"}
    found = facts(engine, attributes, title="法式V领纯棉男连衣裙2023新款")
    assert [(c.claim, c.attribute) for c in found.conflicts] == [
        ("V领", "attribute:领型"),
        ("纯棉", "材质成分"),
        ("男", "attribute:性别"),
        ("2023", "today"),
    ]
    assert not {"v领", "纯棉", "男", "2023"} & found.supported.keys()
    assert evidence(engine, found, "法式") == "title"


def test_a_flagged_span_vouches_for_nothing(engine: Engine) -> None:
    title = "法式连衣裙女显瘦"
    start = title.index("显瘦")
    found = facts(engine, title=title, flagged=[(start, start + 1)])
    assert evidence(engine, facts(engine, title=title), "显瘦") == "title"
    assert evidence(engine, found, "显瘦") is None
    assert evidence(engine, found, "法式") == "title"


@pytest.mark.parametrize(
    ("year", "against"),
    [
        pytest.param("2024", "today=2026", id="two years ago is stale"),
        pytest.param("2025", None, id="last year is not"),
        pytest.param("2026", None, id="this year is not"),
    ],
)
def test_without_an_attribute_only_a_stale_year_is_contradicted(
    engine: Engine, year: str, against: str | None
) -> None:
    assert rule_on(Term(year), facts(engine), engine.lexicon).against == against


def test_what_a_product_fits_is_no_conflict(engine: Engine) -> None:
    found = facts(engine, {"领型": "圆领"}, title="适用苹果15手机壳")
    assert not found.conflicts


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        pytest.param("新款", True, id="新款 claims nothing"),
        pytest.param("连衣裙", False, id="a product"),
        pytest.param("没有这个词", False, id="an unknown word"),
    ],
)
def test_a_generic_word_claims_nothing(
    engine: Engine,
    term: str,
    expected: bool,  # noqa: FBT001 - a fact of the case
) -> None:
    assert is_generic(Term(term), engine.lexicon) is expected
    ruling = rule_on(Term(term), facts(engine), engine.lexicon)
    assert (ruling.verdict is Verdict.SUPPORTED) is expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        pytest.param("鞋子收纳柜", {"收纳柜", "柜"}, id="a product before another is a modifier"),
        pytest.param("连衣裙女夏季", {"连衣裙", "裙"}, id="one product"),
        pytest.param("法式显瘦", set(), id="no product"),
    ],
)
def test_the_heads_name_the_thing_itself(engine: Engine, title: str, expected: set[str]) -> None:
    tagged = tag_text(engine, title)
    heads = product_heads(tagged, words_of(engine))
    assert heads <= expected
    assert bool(heads) is bool(expected)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("键盘类型", "虚拟键盘"),
        ("附赠", "耳机"),
        ("适配灯泡", "LED灯泡"),
        ("电池类型", "不可拆卸电池"),
    ],
)
def test_the_product_words_of_a_part_are_never_printed(
    engine: Engine, name: str, value: str
) -> None:
    found = facts(engine, {name: value}, title="大屏智能手机", category="手机")
    printed = {fact.text for fact in found.claims}
    assert not printed & {"键盘", "耳机", "灯泡", "LED灯泡", "电池", "拆卸", "虚拟键盘"}


def test_the_product_words_of_the_listings_own_kind_are(engine: Engine) -> None:
    found = facts(engine, {"耳机类型": "蓝牙耳机"}, title="入耳式耳机", category="耳机")
    assert any("蓝牙" in fact.text for fact in found.claims)


@pytest.mark.parametrize(
    ("title", "pieces"),
    [
        ("收纳筐家用可折叠", {"收纳筐", "家用"}),
        ("转盘式特价", {"转盘式"}),
        ("韩版潮宽松", {"韩版", "宽松"}),
        ("电脑椅坐凳", {"电脑椅坐凳"}),
    ],
)
def test_a_single_character_stays_with_the_word_it_belongs_to(
    engine: Engine, title: str, pieces: set[str]
) -> None:
    found = facts(engine, title=title)
    assert pieces <= {fact.text for fact in found.claims}


def test_a_feature_of_a_phone_case_does_not_make_it_a_camera_lens(engine: Engine) -> None:
    found = facts(engine, {"功能": ["镜头保护", "磁吸"]}, category="手机壳")
    assert "镜头" not in found.heads


@pytest.mark.parametrize(
    "material",
    ["316不锈钢", "304不锈钢", "316L不锈钢", "18K金", "18K玫瑰金", "925银", "800纯银", "999足银"],
)
def test_a_number_that_names_the_material_stays_with_it(engine: Engine, material: str) -> None:
    in_title = facts(engine, title=f"保温杯{material}", category="保温杯")
    in_attribute = facts(engine, {"材质": material})
    assert material in {fact.text for fact in in_title.claims}
    assert material in {fact.text for fact in in_attribute.claims}
    assert verdict(engine, in_attribute, material) == "supported"


@pytest.mark.parametrize(
    ("fabric", "keyword", "expected"),
    [
        pytest.param("棉麻", "真丝", "conflict", id="cotton and linen are no silk"),
        pytest.param("棉", "桑蚕丝", "conflict", id="nor is cotton"),
        pytest.param("真丝", "棉麻", "conflict", id="silk is no cotton and linen"),
        pytest.param("棉麻", "冰丝", "unsupported", id="what is spun in is a question"),
        pytest.param("棉麻", "雪纺", "unsupported", id="a weave is a question"),
        pytest.param("棉麻", "亚麻", "unsupported", id="a part of the blend is a question"),
        pytest.param("真丝/棉", "真丝", "supported", id="a blend names both"),
    ],
)
def test_a_stated_fibre_excludes_silk(
    engine: Engine, fabric: str, keyword: str, expected: str
) -> None:
    assert verdict(engine, facts(engine, {"面料": fabric}, title="连衣裙"), keyword) == expected


def test_the_cover_of_a_filled_thing_says_nothing_of_its_filling(engine: Engine) -> None:
    found = facts(engine, {"面料": "全棉"}, title="桑蚕丝被双人", category="床上用品>蚕丝被")
    assert not found.conflicts
    assert verdict(engine, found, "桑蚕丝被") == "supported"


def test_a_title_that_states_the_stated_fibre_may_name_another(engine: Engine) -> None:
    assert not facts(engine, {"面料": "棉麻"}, title="真丝棉麻连衣裙").conflicts


# ---- what always holds -------------------------------------------------------------------------


@DERANDOMIZED
@given(listing=listings())
def test_every_claim_has_evidence_and_contradicts_nothing_it_vouches_for(
    engine: Engine, listing: Listing
) -> None:
    found = facts_of(engine, listing, tag_text(engine, listing.title or "", listing), TODAY)
    for claim in found.claims:
        assert claim.text
        assert claim.evidence
        assert claim.terms <= found.supported.keys()
    for conflict in found.conflicts:
        assert listing.title is not None
        assert listing.title[conflict.start : conflict.end] == conflict.claim


@DERANDOMIZED
@given(listing=listings(), word=st.sampled_from(["圆领", "V领", "纯棉", "2024", "新款", "连衣裙"]))
def test_a_ruling_names_its_reason(engine: Engine, listing: Listing, word: str) -> None:
    found = facts_of(engine, listing, tag_text(engine, listing.title or "", listing), TODAY)
    for term in engine.segmenter.terms(word):
        ruling = rule_on(term, found, engine.lexicon)
        assert (ruling.evidence is not None) is (ruling.verdict is Verdict.SUPPORTED)
        assert (ruling.against is not None) is (ruling.verdict is Verdict.CONFLICT)
        if ruling.against is not None:
            name, _, value = ruling.against.partition("=")
            assert name
            assert value


@DERANDOMIZED
@given(name=ANY_TEXT, value=ANY_TEXT)
def test_no_attribute_is_too_strange(engine: Engine, name: str, value: str) -> None:
    found = facts(engine, {name: value}, brand=value, category=value)
    assert found.today_year == 2026
