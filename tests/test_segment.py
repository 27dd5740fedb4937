"""How text is cut into words, and the terms that a word stands for."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path

import jieba
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biaoti.engine import Engine
from biaoti.records import Entry, Lexicon, Term
from biaoti.segment import Dictionary, best_stops, build_segmenter, fold
from strategies import ANY_TEXT

DERANDOMIZED = settings(derandomize=True, deadline=None, max_examples=150)
SIZE = re.compile(r"\d[*x×]\d\d")
CODES = st.text(st.sampled_from("0123459abcdegiklmnopstux .-*×/+岁年码"), max_size=14)


def known(reason: str) -> pytest.MarkDecorator:
    """Return the mark of a case that is known to fail, and why."""
    return pytest.mark.xfail(strict=True, reason=reason)


def words(engine: Engine, text: str) -> list[str]:
    """Return the words of `text` as they are cut."""
    return [str(term) for term in engine.segmenter.sequence(text)]


def terms(engine: Engine, text: str) -> set[str]:
    """Return the terms that `text` holds."""
    return {str(term) for term in engine.segmenter.terms(text)}


# ---- tokens ------------------------------------------------------------------------------------


@settings(derandomize=True, deadline=None, max_examples=600)
@given(
    listed=st.dictionaries(
        st.text("春夏秋冬a", min_size=1, max_size=4), st.integers(1, 9), max_size=12
    ),
    text=st.text("春夏秋冬年", max_size=12),
)
def test_the_path_is_the_one_jieba_takes(listed: dict[str, int], text: str) -> None:
    tokenizer = jieba.Tokenizer()
    prefixes = {word[:end]: 0 for word in listed for end in range(1, len(word))}
    tokenizer.FREQ, tokenizer.total = {**prefixes, **listed}, max(1, sum(listed.values()))
    tokenizer.initialized = True
    route: dict[int, tuple[float, int]] = {}
    tokenizer.calc(text, tokenizer.get_DAG(text), route)
    ours = best_stops(text, Dictionary(tokenizer.FREQ, math.log(tokenizer.total)))
    assert ours == [route[position][1] + 1 for position in range(len(text))]


@DERANDOMIZED
@given(text=ANY_TEXT)
def test_tokens_join_back_to_the_text(engine: Engine, text: str) -> None:
    folded, done = fold(text), 0
    for token in engine.segmenter.tokens(text):
        assert done <= token.start < token.end <= len(text)
        assert token.term == folded[token.start : token.end].replace(" ", "")
        assert not any(c.isalnum() for c in folded[done : token.start])
        done = token.end
    assert not any(c.isalnum() for c in folded[done:])


@DERANDOMIZED
@given(text=ANY_TEXT)
def test_the_terms_of_a_text_are_those_of_its_words(engine: Engine, text: str) -> None:
    segmenter = engine.segmenter
    assert segmenter.terms(text) == {
        t for w in segmenter.sequence(text) for t in segmenter.expand(w)
    }


@DERANDOMIZED
@given(text=ANY_TEXT)
def test_case_and_full_width_never_change_the_terms(engine: Engine, text: str) -> None:
    segmenter = engine.segmenter
    assert segmenter.terms(fold(text)) == segmenter.terms(text)


@DERANDOMIZED
@given(text=st.text())
def test_folding_keeps_every_offset(text: str) -> None:
    assert len(fold(text)) == len(text)
    assert fold(fold(text)) == fold(text)


def test_a_size_is_never_cut_inside_its_number(engine: Engine) -> None:
    assert "10x2" not in words(engine, "10x20abc")


@DERANDOMIZED
@given(text=CODES.filter(lambda text: not SIZE.search(text)))
def test_no_word_begins_or_ends_inside_a_run_of_letters_or_of_digits(
    engine: Engine, text: str
) -> None:
    edges = {edge for token in engine.segmenter.tokens(text) for edge in (token.start, token.end)}
    for edge in edges - {0, len(text)}:
        before, after = text[edge - 1], text[edge]
        assert not (before.isascii() and after.isascii() and before.isalpha() and after.isalpha())
        assert not (before.isdigit() and after.isdigit())


@DERANDOMIZED
@given(text=ANY_TEXT)
def test_every_word_stands_for_something_that_stands_for_itself(engine: Engine, text: str) -> None:
    for word in engine.segmenter.sequence(text):
        expanded = engine.segmenter.expand(word)
        assert expanded
        for term in expanded:
            assert term in engine.segmenter.expand(term)


# ---- the field's classic mistakes --------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("SK-II神仙水230ml", ["sk-ii", "神仙水", "230ml"], id="a hyphen in a brand"),
        pytest.param("5W-30全合成", ["5w-30", "全合成"], id="a viscosity is no 5 watts"),
        pytest.param("Type-C快充", ["type-c", "快充"], id="a hyphen in a standard"),
        pytest.param("小米14Pro磁吸", ["小米", "14pro", "磁吸"], id="a model behind its brand"),
        pytest.param("阔腿裤女高腰", ["阔腿裤", "女", "高腰"], id="阔腿裤/女"),
        pytest.param("防晒衣女", ["防晒衣", "女"], id="防晒衣/女"),
        pytest.param("百搭小白鞋女", ["百搭", "小白鞋", "女"], id="百搭/小白鞋"),
        pytest.param("半身裙女", ["半身裙", "女"], id="半身裙 is no half"),
        pytest.param("apolo衫", ["apolo", "衫"], id="no polo in apolo"),
        pytest.param("polo衫男", ["polo衫", "男"], id="polo衫"),
        pytest.param("Ｔ恤女", ["t恤", "女"], id="a full-width letter"),
        pytest.param("毛线帽子男", ["毛线", "帽子", "男"], id="no 毛线帽 and a loose 子"),
        pytest.param("iPhone 14 Pro Max壳", ["iphone", "14promax", "壳"], id="a model with spaces"),
        pytest.param("iphone14promax壳", ["iphone", "14promax", "壳"], id="a model without"),
        pytest.param("100*200cm床单", ["100*200cm", "床单"], id="a size in two dimensions"),
        pytest.param("50mX30cm胶带", ["50mx30cm", "胶带"], id="a size with a unit each"),
        pytest.param("5gx10包茶叶", ["5gx10包", "茶叶"], id="a weight times a number of bags"),
        pytest.param("工装鞋D3A07CM1", ["工装", "鞋", "d3a07cm1"], id="a code that holds sizes"),
        pytest.param("2XL码女", ["2xl", "码", "女"], id="a size of clothes"),
        pytest.param("2026年夏季", ["2026年", "夏季"], id="a year"),
        pytest.param("2026年级", ["2026", "年级"], id="no year before 级"),
        pytest.param("20265款", ["20265", "款"], id="five digits are no year"),
        pytest.param("3.5mm耳机孔", ["3.5mm", "耳机", "孔"], id="a decimal quantity"),
        pytest.param("1 2，3", ["1", "2", "3"], id="punctuation and spaces part"),
        pytest.param(" \t，。★", [], id="nothing but marks"),
    ],
)
def test_a_classic_is_cut_right(engine: Engine, text: str, expected: list[str]) -> None:
    assert words(engine, text) == expected


@pytest.mark.parametrize(
    ("text", "held", "not_held"),
    [
        pytest.param("收腰显瘦连衣裙", {"收腰", "显瘦", "连衣裙", "裙"}, set(), id="收腰显瘦"),
        pytest.param("女中长款外套", {"女", "中长款", "外套"}, {"长款"}, id="女/中长款"),
        pytest.param("法式碎花连衣裙", {"法式", "碎花", "连衣裙"}, set(), id="碎花连衣裙"),
        pytest.param("中长款连衣裙", {"中长款", "连衣裙"}, {"长款"}, id="中长款 is not 长款"),
        pytest.param("女中长款羽绒服", {"女", "羽绒服"}, {"女中"}, id="女中 is no word here"),
        pytest.param("苹果14手机壳", {"苹果", "14"}, {"14pro"}, id="14 is not 14 Pro"),
        pytest.param("小米14pro手机壳", {"小米", "14pro"}, {"14", "pro"}, id="14 Pro is not 14"),
        pytest.param("新中式国风上衣", {"新中式", "上衣"}, {"中式"}, id="新中式国风"),
        pytest.param("儿童防晒衣", {"儿童", "防晒"}, set(), id="防晒 is part of 防晒衣"),
    ],
)
def test_a_text_holds_what_shoppers_would_find_it_by(
    engine: Engine, text: str, held: set[str], not_held: set[str]
) -> None:
    found = terms(engine, text)
    assert held <= found
    assert not not_held & found


# ---- quantities, years, models -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "right"),
    [
        pytest.param("5斤", "2.5kg", id="斤"),
        pytest.param("5斤", "2500克", id="克"),
        pytest.param("500ml", "0.5L", id="litre"),
        pytest.param("500毫升", "500ML", id="毫升"),
        pytest.param("1米", "100cm", id="metre"),
        pytest.param("1TB", "1024GB", id="memory"),
        pytest.param("65 W", "65w", id="a space before the unit"),
        pytest.param("2026年", "2026", id="a year with and without 年"),
        pytest.param("iPhone 15 Pro", "iphone15pro", id="a model"),
        pytest.param("夏季", "夏天", id="a synonym"),
        pytest.param("女士", "女", id="a synonym of one character"),
    ],
)
def test_two_ways_to_say_the_same_give_the_same_terms(
    engine: Engine, left: str, right: str
) -> None:
    assert terms(engine, left) == terms(engine, right)
    assert len(terms(engine, left)) >= 1


@pytest.mark.parametrize(
    ("left", "right"),
    [
        pytest.param("iPhone15", "iPhone 15", id="15"),
        pytest.param("小米14", "小米 14", id="小米14"),
        pytest.param("兰芝", "Laneige", id="兰芝"),
        pytest.param("Type-C", "type c", marks=known("only type-c and typec are known"), id="C"),
        pytest.param("SK-II", "SK2", id="SK-II"),
        pytest.param("夏季连衣裙", "夏连衣裙", id="夏"),
    ],
)
def test_what_shoppers_mean_alike_gives_the_same_terms(
    engine: Engine, left: str, right: str
) -> None:
    assert terms(engine, left) == terms(engine, right)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("毛线帽子女", {"女"}, marks=known("cut 毛线帽/子女"), id="帽子/女"),
        pytest.param("m1芯片平板", {"芯片"}, id="1芯"),
        pytest.param("5-10岁童装", {"5-10岁"}, marks=known("cut 5/10岁, but 3-6岁 whole"), id="岁"),
    ],
)
def test_a_hard_text_holds_the_words_it_says(engine: Engine, text: str, expected: set[str]) -> None:
    assert expected <= terms(engine, text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("0.5kg", "500g", id="weight"),
        pytest.param("65瓦", "65w", id="power"),
        pytest.param("0.5L", "500cc", id="volume"),
    ],
)
def test_a_quantity_is_written_in_the_shortest_then_first_unit_of_factor_one(
    engine: Engine, text: str, expected: str
) -> None:
    assert terms(engine, text) == {expected}


@pytest.mark.parametrize(
    ("left", "right"),
    [
        pytest.param("5斤", "5kg", id="斤 and kg"),
        pytest.param("500ml", "500g", id="volume and weight"),
        pytest.param("14pro", "14promax", id="models of one family"),
        pytest.param("2025年", "2026年", id="years"),
        pytest.param("65w", "66w", id="powers"),
    ],
)
def test_different_things_share_no_term(engine: Engine, left: str, right: str) -> None:
    assert not terms(engine, left) & terms(engine, right)


def test_a_quantity_beyond_all_numbers_is_only_a_word(engine: Engine) -> None:
    huge = "9" * 400 + "kg"
    assert terms(engine, huge) == {huge}


# ---- what a word stands for --------------------------------------------------------------------


def test_whom_a_thing_is_for_is_no_part_of_its_name(engine: Engine) -> None:
    assert terms(engine, "保温杯男") == {"保温", "杯", "男"}
    assert terms(engine, "榨汁机家用") == {"榨汁机", "家用"} | terms(engine, "榨汁机")


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        pytest.param(
            "连衣裙", {"连衣裙", "裙"}, id="a compound with a head is itself and its head"
        ),
        pytest.param("蓝牙耳机", {"蓝牙", "耳机"}, id="a compound of parts is its parts"),
        pytest.param("女士", {"女"}, id="a synonym is its canonical form"),
        pytest.param("富莱仕", {"富莱仕"}, id="an unknown word is itself"),
        pytest.param("2026年", {"2026"}, id="a year is its number"),
        pytest.param("316l", {"316l", "316"}, id="a steel is no volume"),
        pytest.param("螺狮粉", {"螺蛳粉"}, id="a common misspelling"),
        pytest.param("刮胡刀", {"剃须刀"}, id="another name"),
        pytest.param("手錶", {"手表"}, id="a traditional spelling"),
        pytest.param("s925银", {"925银", "银"}, id="a silver of a fineness is silver"),
    ],
)
def test_a_word_expands(engine: Engine, word: str, expected: set[str]) -> None:
    assert engine.segmenter.expand(Term(word)) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        pytest.param("碎花连衣裙", {"连衣裙", "裙"}, id="碎花连衣裙 names a 连衣裙"),
        pytest.param("蓝牙耳机", {"耳机"}, id="蓝牙耳机 names an 耳机"),
        pytest.param("连衣裙", {"连衣裙", "裙"}, id="连衣裙 names itself"),
        pytest.param("富莱仕", {"富莱仕"}, id="an unknown word names itself"),
    ],
)
def test_the_head_names_the_thing(engine: Engine, word: str, expected: set[str]) -> None:
    assert engine.segmenter.head(Term(word)) == expected


def test_the_lexicon_of_one_segmenter_never_leaks_into_another(engine: Engine) -> None:
    text = "富莱仕连衣裙"
    before = words(engine, text)
    entries = {**engine.lexicon.entries, Term("富莱仕"): engine.lexicon.entries[Term("法式")]}
    other = build_segmenter(_with_entries(engine, entries))
    assert [str(t) for t in other.sequence(text)] == ["富莱仕", "连衣裙"]
    assert words(engine, text) == before


def test_a_compiled_dictionary_cuts_like_a_new_one(engine: Engine, tmp_path: Path) -> None:
    texts = ("SK-II神仙水230ml", "收腰显瘦连衣裙女2026新款", "iPhone 14 Pro Max手机壳")
    tmp_path.chmod(0o700)
    fresh = build_segmenter(engine.lexicon, cache=tmp_path)
    again = build_segmenter(engine.lexicon, cache=tmp_path)
    assert [p.name.split("-")[0] for p in tmp_path.iterdir()] == ["words"]
    for text in texts:
        assert fresh.tokens(text) == again.tokens(text) == engine.segmenter.tokens(text)


def _with_entries(engine: Engine, entries: dict[Term, Entry]) -> Lexicon:
    return replace(engine.lexicon, entries=entries, version="other")
