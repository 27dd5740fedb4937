"""Which role each word of a title plays."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biaoti.engine import Engine, tag_text
from biaoti.records import Entry, Listing, Reading, Slot, TaggedTerm, Term, Token
from biaoti.tagging import pick_reading, rule_of_thumb, tag
from strategies import ANY_TEXT

DERANDOMIZED = settings(derandomize=True, deadline=None, max_examples=150)
CATEGORIES = st.none() | st.sampled_from(["女装/连衣裙", "3C数码配件>手机壳", "护肤>面霜", ""])


def slots(tagged: tuple[TaggedTerm, ...]) -> dict[str, str]:
    """Return the slot of each word as written."""
    return {item.text: str(item.slot) for item in tagged}


def known(reason: str) -> pytest.MarkDecorator:
    """Return the mark of a case that is known to fail, and why."""
    return pytest.mark.xfail(strict=True, reason=reason)


@pytest.mark.parametrize(
    ("category", "title", "expected"),
    [
        pytest.param(
            "女装/连衣裙",
            "法式碎花连衣裙女2026新款夏季气质显瘦百搭",
            {
                "法式": "style",
                "碎花连衣裙": "product",
                "女": "audience",
                "夏季": "season",
                "显瘦": "feature",
            },
            id="dress",
        ),
        pytest.param(
            "男装>T恤",
            "男士纯棉圆领短袖T恤2026夏季新款",
            {
                "男士": "audience",
                "纯棉": "material",
                "圆领": "design",
                "短袖T恤": "product",
                "2026": "year",
                "新款": "generic",
            },
            id="T-shirt",
        ),
        pytest.param(
            "3C数码配件>手机保护套/壳",
            "适用苹果15手机壳磁吸透明防摔",
            {
                "苹果": "compatible",
                "手机壳": "product",
                "磁吸": "design",
                "透明": "color",
                "防摔": "feature",
            },
            id="what a case fits is no brand",
        ),
        pytest.param(
            "数据线",
            "快充数据线6A适用华为",
            {"快充": "feature", "数据线": "product", "6A": "spec", "华为": "compatible"},
            id="a brand behind 适用 is what it fits",
        ),
        pytest.param(
            "手机壳",
            "小米14Pro手机壳液态硅胶全包",
            {"14Pro": "article_number", "手机壳": "product", "液态硅胶": "material"},
            id="a model behind its brand",
        ),
        pytest.param(
            "护肤>面霜",
            "兰芝补水保湿面霜50ml学生",
            {
                "兰芝": "brand",
                "补水": "feature",
                "面霜": "product",
                "50ml": "spec",
                "学生": "audience",
            },
            id="face cream",
        ),
        pytest.param(
            "护肤>精华",
            "SK-II神仙水230ml",
            {"SK-II": "brand", "神仙水": "series", "230ml": "spec"},
            id="a Latin brand",
        ),
        pytest.param(
            "水果>苹果",
            "红富士苹果5斤新鲜水果包邮",
            {"红富士苹果": "product", "5斤": "spec", "包邮": "promotion"},
            id="apples are no phones",
        ),
        pytest.param(
            "食品>枣",
            "新疆和田大枣500g特级",
            {"新疆": "origin", "500g": "spec", "特级": "grade"},
            id="dates",
        ),
        pytest.param(
            "汽车用品>机油",
            "5W-30全合成机油4L",
            {"5W-30": "spec", "4L": "spec"},
            id="motor oil",
        ),
        pytest.param(
            "家纺>四件套",
            "无印良品床单1.8m",
            {"无印良品": "brand", "床单": "product", "1.8m": "spec"},
            id="bed linen",
        ),
    ],
)
def test_words_of_a_title_have_the_slots_a_person_gives_them(
    engine: Engine, category: str, title: str, expected: dict[str, str]
) -> None:
    listing = Listing(title=title, category=category)
    found = slots(tag_text(engine, title, listing))
    assert {word: found.get(word) for word in expected} == expected


def test_the_listings_own_names_are_settled_and_whole(engine: Engine) -> None:
    listing = Listing(category="手机壳", brand="壳力量/KELILIANG", article_number="KL-C15M")
    title = "壳力量适用苹果15手机壳KL-C15M"
    tagged = tag_text(engine, title, listing)
    assert (tagged[0].text, tagged[0].slot, tagged[0].confidence) == ("壳力量", Slot.BRAND, 1.0)
    assert slots(tagged)["手机壳"] == "product"


def test_an_article_number_with_a_hyphen_is_whole_and_settled(engine: Engine) -> None:
    listing = Listing(category="手机壳", article_number="KL-C15M")
    tagged = tag_text(engine, "手机壳KL-C15M", listing)
    assert slots(tagged).get("KL-C15M") == "article_number"


def test_a_run_of_unknown_characters_is_one_word(engine: Engine) -> None:
    tagged = tag_text(engine, "富莱仕连衣裙")
    assert [item.text for item in tagged] == ["富莱仕", "连衣裙"]


def test_a_space_parts_two_unknown_words(engine: Engine) -> None:
    assert [item.text for item in tag_text(engine, "岫莱 莕仕")] == ["岫莱", "莕仕"]


def test_an_empty_text_has_no_words(engine: Engine) -> None:
    assert tag_text(engine, "") == ()


# ---- rules of thumb ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("term", "is_first", "expected"),
    [
        pytest.param("富莱仕", True, Slot.BRAND, id="the first word is mostly the brand"),
        pytest.param("moji", False, Slot.SERIES, id="a Latin word is mostly a series"),
        pytest.param("岫莱", False, Slot.FEATURE, id="anything else is a feature"),
    ],
)
def test_an_unknown_word_is_guessed_by_shape_and_place(
    term: str,
    is_first: bool,  # noqa: FBT001 - a fact of the case
    expected: Slot,
) -> None:
    slot, confidence = rule_of_thumb(Term(term), is_first)
    assert slot is expected
    assert 0 < confidence < 0.7


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        pytest.param("2026年", Slot.YEAR, id="a year"),
        pytest.param("2026", Slot.YEAR, id="a bare year"),
        pytest.param("500ml", Slot.SPEC, id="a quantity"),
        pytest.param("3-6克", Slot.SPEC, id="a range"),
        pytest.param("90*200cm", Slot.SPEC, id="a size"),
        pytest.param("15promax", Slot.ARTICLE_NUMBER, id="a model"),
        pytest.param("abx26-d018", Slot.ARTICLE_NUMBER, id="a code"),
        pytest.param("317", Slot.SPEC, id="a bare number"),
    ],
)
def test_what_no_lexicon_can_list_is_known_by_its_shape(
    engine: Engine, term: str, expected: Slot
) -> None:
    tokens = [Token(Term("某某"), 0, 2), Token(Term(term), 3, 3 + len(term))]
    tagged = tag("某某 " + term, tokens, engine.lexicon)
    assert tagged[-1].slot is expected


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        pytest.param("手机壳/保护套", Slot.COMPATIBLE, id="the category selects a reading"),
        pytest.param("生鲜>水果", Slot.PRODUCT, id="another category selects another"),
        pytest.param("女装", Slot.MATERIAL, id="no category selects: the reading that asks none"),
        pytest.param("", Slot.MATERIAL, id="no category at all"),
    ],
)
def test_the_category_picks_the_reading(category: str, expected: Slot) -> None:
    entry = Entry(
        term=Term("苹果"),
        readings=(
            Reading(slot=Slot.PRODUCT, categories=("水果",)),
            Reading(slot=Slot.COMPATIBLE, categories=("手机壳", "数码")),
            Reading(slot=Slot.MATERIAL),
        ),
    )
    assert pick_reading(entry, category).slot is expected


def test_an_entry_whose_every_reading_asks_for_another_category_keeps_its_first() -> None:
    reading = Reading(slot=Slot.PRODUCT, categories=("水果",))
    entry = Entry(term=Term("苹果"), readings=(reading,))
    assert pick_reading(entry, "女装") is reading


def test_a_guess_is_asked_only_for_words_nobody_knows(engine: Engine) -> None:
    asked: list[tuple[str, bool]] = []

    def guess(term: Term, is_first: bool) -> tuple[Slot, float]:  # noqa: FBT001 - Guess
        asked.append((term, is_first))
        return Slot.ORIGIN, 0.25

    text = "岫莱法式莕仕500ml"
    tagged = tag(text, engine.segmenter.tokens(text), engine.lexicon, guess=guess)
    assert asked == [("岫莱", True), ("莕仕", False)]
    assert [(t.slot, t.confidence) for t in tagged if t.slot is Slot.ORIGIN] == [
        (Slot.ORIGIN, 0.25),
        (Slot.ORIGIN, 0.25),
    ]


# ---- what always holds -------------------------------------------------------------------------


@DERANDOMIZED
@given(text=ANY_TEXT, category=CATEGORIES)
def test_spans_lie_in_the_text_in_order_and_apart(
    engine: Engine, text: str, category: str | None
) -> None:
    listing = Listing(category=category, brand="云岫集/YUNXIUJI", article_number="A-1")
    done = 0
    for item in tag_text(engine, text, listing):
        assert done <= item.start < item.end <= len(text)
        assert text[item.start : item.end] == item.text
        assert 0 <= item.confidence <= 1
        assert item.slot in Slot
        done = item.end


@DERANDOMIZED
@given(text=ANY_TEXT)
def test_tagging_covers_what_segmenting_covers(engine: Engine, text: str) -> None:
    tagged = tag_text(engine, text)
    tokens = engine.segmenter.tokens(text)
    covered = {place for item in tagged for place in range(item.start, item.end)}
    assert covered == {place for token in tokens for place in range(token.start, token.end)}
