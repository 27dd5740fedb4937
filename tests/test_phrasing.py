"""How words may be written: where each sits, what parts them, and what is read otherwise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import permutations

import pytest

from biaoti.assemble import Line, Phrase, seats_of, swaps_of
from biaoti.engine import Engine
from biaoti.own_words import said
from biaoti.phrasing import joint_of, misread_run, slot_order_of, tightness, title_of
from biaoti.records import Candidate, Slot, Term
from biaoti.text import width

ORDER = (Slot.BRAND, Slot.SEASON, Slot.STYLE, Slot.DESIGN, Slot.AUDIENCE, Slot.PRODUCT, Slot.USE)
Read = Callable[[str], Phrase]


def word(text: str, slot: Slot = Slot.FEATURE) -> Candidate:
    """Return a candidate that gives its own text."""
    gives = frozenset({Term(text)})
    return Candidate(text=text, slot=slot, evidence="title", width=width(text), gives=gives)


def reader(*words: str) -> Read:
    """Return a reader that cuts greedily, longest word first, and skips what it does not know."""
    longest = sorted(words, key=len, reverse=True)

    def read(text: str) -> Phrase:
        found, position = [], 0
        while position < len(text):
            here = next((w for w in longest if text.startswith(w, position)), None)
            found += [frozenset({Term(here)})] if here else []
            position += len(here or " ")
        return tuple(found)

    return read


def seated(words: Sequence[Candidate], title: str = "") -> str:
    """Return `words` by their seats beside the current title."""
    place = {c.text: title.index(c.text) for c in words if c.text in title}
    seats = seats_of(words, slot_order=ORDER, place=place)
    assert sorted(seats) == list(range(len(words)))
    return "".join(c.text for _, c in sorted(zip(seats, words, strict=True), key=lambda p: p[0]))


# ---- seats -------------------------------------------------------------------------------------

WORDS = (
    word("云岫集", Slot.BRAND),
    word("夏季", Slot.SEASON),
    word("法式", Slot.STYLE),
    word("女", Slot.AUDIENCE),
    word("连衣裙", Slot.PRODUCT),
    word("通勤", Slot.USE),
)


def test_a_new_word_stands_before_the_sellers_words_of_its_slot() -> None:
    own = [word("法式", Slot.STYLE), word("连衣裙", Slot.PRODUCT)]
    assert seated([*own, word("韩版", Slot.STYLE)], "法式 连衣裙") == "韩版法式连衣裙"
    assert seated([*own, word("夏季", Slot.SEASON)], "法式 连衣裙") == "夏季法式连衣裙"
    assert seated([*own, word("女", Slot.AUDIENCE)], "法式 连衣裙") == "法式女连衣裙"


def test_new_words_follow_the_slot_template() -> None:
    assert seated([*reversed(WORDS)]) == "云岫集夏季法式女连衣裙通勤"


def test_new_words_of_one_slot_stand_in_one_order_however_they_are_given() -> None:
    words = [word(text, Slot.DESIGN) for text in ("方领", "A字", "收腰")]
    assert len({seated([*order]) for order in permutations(words)}) == 1


def test_a_slot_outside_the_template_comes_last() -> None:
    assert seated([word("500ml", Slot.SPEC), word("通勤", Slot.USE)]) == "通勤500ml"


def test_the_sellers_own_order_stands_whatever_the_template_says() -> None:
    title = "连衣裙女夏季通勤法式云岫集"
    assert seated(WORDS, title) == title


def test_a_new_word_finds_its_slot_without_parting_words_that_stood_together() -> None:
    title = "法式连衣裙 女"
    assert seated(WORDS[1:5], title) == "夏季法式连衣裙女"
    assert seated([*WORDS[2:5], word("方领", Slot.DESIGN)], title) == "方领法式连衣裙女"


def test_nothing_new_goes_before_a_brand_that_leads_the_title() -> None:
    words = [WORDS[0], WORDS[4], word("百年", Slot.BRAND)]
    assert seated(words, "云岫集 连衣裙") == "云岫集百年连衣裙"


def test_words_may_change_places_within_a_slot_and_with_the_next_but_not_two_of_the_title() -> None:
    words = [*WORDS, word("方领", Slot.DESIGN)]
    place = {"女": 0, "连衣裙": 1}
    seats = seats_of(words, slot_order=ORDER, place=place)
    pairs = swaps_of(words, seats, slot_order=ORDER, place=place)
    found = {words[left].text + words[right].text for left, right in pairs}
    assert found == {"夏季法式", "法式方领", "方领女", "连衣裙通勤"}


# ---- joints ------------------------------------------------------------------------------------


def joined(left: str, right: str, read: Read, place: dict[str, int] | None = None) -> str | None:
    """Return two texts as they may stand side by side, None where they may not."""
    joint = joint_of([left, right], place or {}, read)
    if joint(0, 1) is None:
        return None
    return title_of([word(left), word(right)], joint, [0, 1])


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        pytest.param("iPhone", "Pro", "iPhone Pro", id="Latin meets Latin"),
        pytest.param("iPhone", "15", "iPhone 15", id="Latin meets a digit"),
        pytest.param("5G", "4K", "5G 4K", id="a letter meets a digit"),
        pytest.param("SK-II", "神仙水", "SK-II神仙水", id="Latin meets Chinese"),
        pytest.param("神仙水", "SK-II", "神仙水SK-II", id="Chinese meets Latin"),
        pytest.param("神仙水", "正品", "神仙水正品", id="Chinese meets Chinese"),
        pytest.param("C+", "USB", "C+USB", id="a sign parts well enough"),
        pytest.param("Ａ", "B", "ＡB", id="a full-width letter is no ASCII"),
    ],
)
def test_a_space_stands_only_where_ascii_words_would_run_together(
    left: str, right: str, expected: str
) -> None:
    assert joined(left, right, reader(left, right)) == expected


MISREAD = reader("女生", "女", "生日", "生日礼物", "礼物", "日", "送")


def test_a_misread_junction_is_parted_by_a_space() -> None:
    assert joined("女", "生日礼物", MISREAD) == "女 生日礼物"
    assert joined("生日礼物", "女", MISREAD) == "生日礼物女"


def test_a_junction_that_no_space_mends_is_closed() -> None:
    short: Read = lambda text: (frozenset({Term(text)}),) * (len(text) == 1)  # noqa: E731 - a test's own
    assert joined("女", "生", short) is None


def test_a_junction_that_would_read_a_word_more_is_not_safe_either() -> None:
    more: Read = lambda text: tuple(frozenset({Term(w)}) for w in ("甲", "乙", "甲乙") if w in text)  # noqa: E731
    assert joined("甲", "乙", more) == "甲 乙"


def test_what_touches_in_the_current_title_may_go_on_touching() -> None:
    assert joined("iPhone", "15", reader("iPhone", "15"), {"iPhone": 0, "15": 6}) == "iPhone15"
    assert joined("iPhone", "15", reader("iPhone", "15"), {"iPhone": 0, "15": 7}) == "iPhone 15"


def test_each_pair_is_read_once() -> None:
    seen: list[str] = []

    def read(text: str) -> Phrase:
        seen.append(text)
        return (frozenset({Term(text)}),)

    joint = joint_of(["甲", "乙"], {}, read)
    assert joint(0, 1) == joint(0, 1)
    assert len(seen) == len({*seen})


def test_a_run_misread_over_three_words_is_found_whole_and_nothing_else() -> None:
    texts = ("送", "女", "生", "日", "礼物")
    words = [word(text) for text in texts]
    read = reader(*texts, "女生日")
    line = Line(seats=(0, 1, 2, 3, 4), words=tuple(read(text) for text in texts))
    assert misread_run(words, line, (0, 1, 2, 3, 4), read) == (1, 2, 3)
    assert misread_run(words, line, (1, 2, 4), read) is None
    assert misread_run(words, line, (1, 2, 3), read) == (1, 2, 3)


def test_no_words_make_an_empty_title() -> None:
    assert title_of([], lambda *_: 0, []) == ""


# ---- on the real segmenter ---------------------------------------------------------------------


def test_a_compound_of_nothing_but_its_parts_reads_as_its_parts(engine: Engine) -> None:
    assert engine.read_words("蓝牙耳机") == engine.read_words("蓝牙") + engine.read_words("耳机")
    assert len(engine.read_words("连衣裙")) == 1


def test_the_words_of_a_text_hold_the_terms_the_segmenter_reads(engine: Engine) -> None:
    for text in ("4层置物架2.5kg", "SK-II神仙水", "2026年新款", "适用苹果15手机壳", ""):
        assert frozenset().union(*engine.read_words(text)) == engine.segmenter.terms(text)


def test_a_junction_read_as_another_word_is_parted_or_closed(engine: Engine) -> None:
    joint = joint_of(["半身", "裙"], {}, engine.read_words)
    assert engine.read_words("半身裙") != engine.read_words("半身") + engine.read_words("裙")
    assert joint(0, 1) == 1


# ---- tightness ---------------------------------------------------------------------------------


def test_tightness_is_the_share_of_the_shortest_run_in_order() -> None:
    a, b, c = (frozenset({Term(name)}) for name in "abc")
    assert tightness((a, b), (a, b)) == 1
    assert tightness((a, b), (a, c, b)) == pytest.approx(2 / 3)
    assert tightness((a, b), (a, c, b, a, b)) == 1
    assert tightness((b, a), (a, c, b)) == 0
    assert tightness((), (a,)) == 0
    assert tightness((a, b), (a | b,)) == 1


def test_a_line_is_the_same_whatever_its_joint_is_made_of() -> None:
    line = Line(seats=(0,))
    assert replace(line, joint=lambda *_: 1) == line


# ---- trade custom ------------------------------------------------------------------------------


def test_what_a_trade_puts_first_comes_first_and_the_rest_in_the_common_order(
    engine: Engine,
) -> None:
    policy = replace(
        engine.lexicon.policy,
        slot_order=ORDER,
        slot_leads={"壳": (Slot.USE, Slot.SEASON), "手机壳": (Slot.PRODUCT,)},
    )
    rest = (Slot.BRAND, Slot.STYLE, Slot.DESIGN, Slot.AUDIENCE)
    assert slot_order_of(policy, "数码>耳机壳") == (Slot.USE, Slot.SEASON, *rest, Slot.PRODUCT)
    assert slot_order_of(policy, "数码>手机壳")[:2] == (Slot.PRODUCT, Slot.BRAND)
    assert slot_order_of(policy, "女装") == slot_order_of(policy, None) == ORDER
    assert sorted(slot_order_of(policy, "壳")) == sorted(ORDER)


def test_every_lead_of_the_policy_is_a_slot_of_the_template(engine: Engine) -> None:
    policy = engine.lexicon.policy
    assert policy.slot_leads
    for leads in policy.slot_leads.values():
        assert {*leads} <= {*policy.slot_order}
        assert len({*leads}) == len(leads)


def test_own_words_stand_whole_or_within_a_longer_word(engine: Engine) -> None:
    own = [Term("男士"), Term("面霜"), Term("电褥子")]
    assert said(engine, "男士面霜", own) == {"“男士”", "“面霜”"}
    assert said(engine, "电热毯", own) == frozenset()


def test_one_character_within_a_longer_word_says_something_else(engine: Engine) -> None:
    own = {Term("男"): Slot.AUDIENCE, Term("包"): Slot.PRODUCT}
    assert said(engine, "男士包邮", own) == frozenset()
    assert said(engine, "斜挎包 男", own) == {"“男”"}
