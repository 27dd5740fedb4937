"""Width, refusal and normalization: the table of tricky characters, and what always holds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biaoti.text import fold_width, normalize, refused, width

# A title as sellers type it, with what real titles hold beside Chinese and Latin letters.
CHARACTERS = st.sampled_from("连衣裙女夏A1a ·℃×★“”…Ａ１ａ，（）\t\n<>®™🔥é\u0301\u200b")
TITLES = st.text(CHARACTERS | st.characters())
DERANDOMIZED = settings(derandomize=True, deadline=None, max_examples=300)


@pytest.mark.parametrize(
    ("text", "expected_width", "expected_refused"),
    [
        pytest.param("", 0, "", id="empty"),
        pytest.param("连衣裙", 6, "", id="chinese"),
        pytest.param("iPhone15", 8, "", id="ascii"),
        pytest.param("A b-c/&+()", 10, "", id="ascii punctuation and spaces"),
        pytest.param("·", 2, "", id="middle dot"),
        pytest.param("℃", 2, "", id="degree celsius"),
        pytest.param("×", 2, "", id="multiplication sign"),
        pytest.param("★☆", 4, "", id="stars"),
        pytest.param("“”", 4, "", id="curly quotes"),
        pytest.param("…", 2, "", id="ellipsis"),
        pytest.param("—", 2, "", id="em dash"),
        pytest.param("°±①㎡〇", 10, "", id="symbols of GBK"),
        pytest.param("é", 2, "", id="composed accent"),
        pytest.param("龘", 2, "", id="rare but in GBK"),
        pytest.param("ＡＢ１２", 4, "", id="full-width letters and digits become narrow"),
        pytest.param("\u3000", 1, "", id="full-width space becomes narrow"),
        pytest.param("，！（）～", 10, "", id="full-width punctuation stays wide"),
        pytest.param("＜＞", 4, "", id="full-width angle brackets stand"),
        pytest.param("a\tb\r\nc", 6, "", id="tab and newline count as spaces"),
        pytest.param("<b>", 3, "<>", id="half-width angle brackets"),
        pytest.param("🔥", 2, "🔥", id="emoji"),
        pytest.param("❤", 2, "❤", id="heart"),
        pytest.param("®™", 4, "®™", id="registered and trade mark"),
        pytest.param("e\u0301", 3, "\u0301", id="combining accent"),
        pytest.param("²", 2, "²", id="superscript two"),
        pytest.param("€", 2, "€", id="euro sign"),
        pytest.param("・", 2, "・", id="katakana middle dot"),
        pytest.param("\u00a0", 2, "\u00a0", id="no-break space"),
        pytest.param("\u200b\ufeff", 4, "\u200b\ufeff", id="invisible characters"),
        pytest.param("𠮷", 2, "𠮷", id="beyond the basic plane"),
        pytest.param("\ud800", 2, "\ud800", id="lone surrogate"),
        pytest.param("👨\u200d👩", 6, "👨\u200d👩", id="joined emoji"),
    ],
)
def test_tricky_characters(text: str, expected_width: int, expected_refused: str) -> None:
    assert width(text) == expected_width
    assert "".join(character for _, character in refused(text)) == expected_refused


def test_thirty_chinese_characters_are_sixty_wide() -> None:
    assert width("裙" * 30) == 60


def test_refused_characters_are_located_in_the_text_as_given() -> None:
    assert list(refused("裙\t🔥Ａ<")) == [(2, "🔥"), (4, "<")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("  ＩＰｈｏｎｅ　14 ", "iphone 14", id="full width, case, spaces"),
        pytest.param("T恤\t\n女", "t恤 女", id="tab and newline"),
        pytest.param("℃", "°c", id="compatibility form"),
        pytest.param("①", "1", id="circled digit"),
        pytest.param("e\u0301", "é", id="combining accent is composed"),
        pytest.param("Straße", "strasse", id="folded, not lowered"),
        pytest.param("，", ",", id="full-width punctuation"),
        pytest.param("\u3000 ", "", id="nothing but spaces"),
    ],
)
def test_normal_form(text: str, expected: str) -> None:
    assert normalize(text) == expected


@DERANDOMIZED
@given(TITLES)
def test_normalizing_twice_is_normalizing_once(text: str) -> None:
    assert normalize(normalize(text)) == normalize(text)


@DERANDOMIZED
@given(TITLES, TITLES)
def test_width_is_additive(left: str, right: str) -> None:
    assert width(left + right) == width(left) + width(right)


@DERANDOMIZED
@given(TITLES)
def test_folding_keeps_every_offset_and_costs_nothing(text: str) -> None:
    folded = fold_width(text)
    assert len(folded) == len(text)
    assert width(folded) == width(text)
    assert fold_width(folded) == folded


@DERANDOMIZED
@given(TITLES)
def test_what_is_not_refused_is_as_wide_as_its_gbk_bytes(text: str) -> None:
    bad = {offset for offset, _ in refused(text)}
    kept = "".join(c for offset, c in enumerate(fold_width(text)) if offset not in bad)
    assert not any(refused(kept))
    assert width(kept) == len(kept.encode("gbk"))
