"""Counts in words: 十片装, 10片, 5包装."""

from __future__ import annotations

import functools
import re

_UNITS = "片包抽只瓶盒袋卷双条粒块朵罐颗枚"
_COUNT = re.compile(rf"(\d+|[一二两三四五六七八九十百]+)([{_UNITS}])(?:装|入)?")
_NAMED = re.compile(rf"(?:.*[^\w]|.{{0,2}})([{_UNITS}])数量?")
_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"两": 2}
_TENS = {"十": 10, "百": 100}


@functools.lru_cache(maxsize=4_096)
def count_of(word: str) -> tuple[float, str] | None:
    """Return the number and the counting unit of a word that is nothing else.

    >>> count_of("十片装"), count_of("10片"), count_of("薄片")
    ((10.0, '片'), (10.0, '片'), None)
    """
    match = _COUNT.fullmatch(word)
    return (_number(match[1]), match[2]) if match else None


def filed_count(name: str, value: str) -> tuple[float, str] | None:
    """Return what an attribute like 片数 says, its unit written or not.

    >>> filed_count("片数", "5"), filed_count("片数", "5片"), filed_count("页数", "5")
    ((5.0, '片'), (5.0, '片'), None)
    """
    named = _NAMED.fullmatch(name)
    if named is None:
        return None
    count = count_of(value + named[1] if value.isdecimal() and value.isascii() else value)
    return count if count is not None and count[1] == named[1] else None


def _number(written: str) -> float:
    if written.isdecimal():
        return float(written)
    total, digit = 0, 0
    for character in written:
        if character in _TENS:
            total += (digit or 1) * _TENS[character]
            digit = 0
        else:
            digit = _DIGITS[character]
    return float(total + digit)
