"""What a character costs and which ones may stand: the only code that knows GBK."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Callable, Iterator
from typing import TypeVar

from biaoti.records import Term

# GBK is the platform's own measure (docs/adr/0002): east_asian_width undercounts · ℃ × ★ “ and ….
_ENCODING = "gbk"
_FULL_WIDTH_ASCII = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_LATIN_AND_DIGITS = {
    code: plain
    for code, plain in _FULL_WIDTH_ASCII.items()
    if chr(plain).isalnum() or plain == 0x20  # noqa: PLR2004 - ASCII space
}
_FOLDED = _LATIN_AND_DIGITS | {ord(character): " " for character in "\t\n\r\x0b\x0c"}
_REFUSED_BY_PLATFORM = "<>"
# Names and values repeat from listing to listing; longer texts hardly ever do.
_SHORT = 24
_MOST_REMEMBERED, _LONGEST_REMEMBERED = 4_096, 64

T = TypeVar("T")


def remembered(read: Callable[[str], T]) -> Callable[[str], T]:
    """Return `read` with a memory for texts of up to a title's length."""
    once = functools.lru_cache(maxsize=_MOST_REMEMBERED)(read)
    return lambda text: once(text) if len(text) <= _LONGEST_REMEMBERED else read(text)


def normalize(text: str) -> Term:
    """Return `text` in the one form that terms are compared in: NFKC, folded case, single spaces.

    >>> normalize("  ＩＰｈｏｎｅ　14 ")
    'iphone 14'
    """
    return _short_normalized(text) if len(text) <= _SHORT else _normalized(text)


def _normalized(text: str) -> Term:
    return Term(" ".join(unicodedata.normalize("NFKC", text).casefold().split()))


_short_normalized = functools.lru_cache(maxsize=8_192)(_normalized)


def fold_width(text: str) -> str:
    r"""Return `text` with full-width letters, digits and space made narrow, tabs made spaces.

    The result has the same length as `text`, so offsets into one are offsets into the other.

    >>> fold_width("ＡＢ１，\t好")
    'AB1， 好'
    """
    return text.translate(_FOLDED)


def width(title: str) -> int:
    """Return the width of `title` in GBK bytes, full-width letters and digits made narrow.

    A character GBK cannot encode counts 2 (it is also refused: see `refused`).

    >>> width("法式碎花连衣裙 A字"), width("")
    (18, 0)
    """
    folded = fold_width(title)
    try:
        return len(folded.encode(_ENCODING))
    except UnicodeEncodeError:
        return sum(_character_width(character) for character in folded)


def refused(title: str) -> Iterator[tuple[int, str]]:
    """Yield `(offset, character)` for each refused character: < >, controls, what GBK lacks."""
    for offset, character in enumerate(fold_width(title)):
        if _is_refused(character):
            yield offset, character


def _is_refused(character: str) -> bool:
    is_control = unicodedata.category(character) == "Cc"
    return character in _REFUSED_BY_PLATFORM or is_control or not _is_encodable(character)


def _character_width(character: str) -> int:
    return len(character.encode(_ENCODING)) if _is_encodable(character) else 2


def _is_encodable(character: str) -> bool:
    try:
        character.encode(_ENCODING)
    except UnicodeEncodeError:
        return False
    return True
