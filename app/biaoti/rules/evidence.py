"""What a listing's own texts vouch for: numbers, dates of validity, certificates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import pairwise

from biaoti.text import normalize

_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "两": 2,
    "双": 2,
}
_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10_000}
_NUMBER = re.compile(r"\d+(?:\.\d+)?|[零〇一二三四五六七八九两双十百千万]+")
_DATE = re.compile(r"(?:(\d{4})\s*[-./年]\s*)?(\d{1,2})\s*[-./月]\s*(\d{1,2})日?(?![\d.])")
_RANGE = re.compile(r"^\s*(?:~|～|-|—|–|至|到)+\s*$")
_UNTIL = re.compile(r"(?:至|截止|截至|到期|有效期|~|～)[^\d]{0,3}$")
_FROM = re.compile(r"^\s*(?:起|开始|以后|~|～)")
_UNTIL_AFTER = re.compile(r"^\s*(?:止|截止|前|到期|结束)")


def numbers(text: str) -> tuple[float, ...]:
    """Return the numbers of `text` in order, Chinese numerals included.

    >>> numbers("满199减100"), numbers("假一赔十"), numbers("八五折")
    ((199.0, 100.0), (1.0, 10.0), (85.0,))
    """
    return tuple(number_value(match.group()) for match in _NUMBER.finditer(text))


def number_value(word: str) -> float:
    """Return the value of an Arabic or Chinese numeral."""
    if word[0].isascii():
        return float(word)
    if not any(character in _UNITS for character in word):
        return float("".join(str(_DIGITS[character]) for character in word))
    total, digit = 0, 1
    for character in word:
        if character in _UNITS:
            unit = _UNITS[character]
            # 十五万 is fifteen times 万, but 一万五千 is not a multiple of 千.
            is_multiplied = total <= unit
            total = (total + digit) * unit if is_multiplied else total + (digit or 1) * unit
            digit = 0
        else:
            digit = _DIGITS[character]
    return float(total + digit)


def current(texts: Iterable[str], today: str) -> tuple[str, ...]:
    """Return the texts that are in force on `today` (ISO)."""
    return tuple(text for text in texts if is_current(text, today))


def is_current(text: str, today: str) -> bool:
    """Tell whether the dates in `text` allow `today`; a lone date (no 至, 起) says nothing.

    >>> is_current("618 2026-06-01~2026-06-20", "2026-06-18")
    True
    >>> is_current("618 2026-06-01~2026-06-20", "2026-11-01")
    False
    """
    first, last = _validity(text, date.fromisoformat(today))
    return first <= today <= last


def _validity(text: str, today: date) -> tuple[str, str]:
    dates = [match for match in _DATE.finditer(text) if _iso(match, today)]
    for left, right in pairwise(dates):
        if _RANGE.match(text[left.end() : right.start()]):
            return _across_new_year(left, right, today)
    for match in dates:
        if _UNTIL.search(text[: match.start()]) or _UNTIL_AFTER.match(text[match.end() :]):
            return "", _iso(match, today)
        if _FROM.match(text[match.end() :]):
            return _iso(match, today), "9999"
    return "", "9999"


def _across_new_year(left: re.Match[str], right: re.Match[str], today: date) -> tuple[str, str]:
    """Return both ends of a range; of 12月26日~1月10日 the one that lies around or after today."""
    first, last, now = _iso(left, today), _iso(right, today), today.isoformat()
    if last < first and not left[1] and now <= last:
        return f"{today.year - 1:04}{first[4:]}", last
    if last < first and not right[1]:
        return first, f"{int(first[:4]) + 1:04}{last[4:]}"
    return first, last


def _iso(match: re.Match[str], today: date) -> str:
    year, month, day = match.groups()
    try:
        return date(int(year or today.year), int(month), int(day)).isoformat()
    except ValueError:
        return ""


def vouching(texts: Iterable[str], words: Iterable[str], today: str) -> Iterator[str]:
    """Yield the texts in force that hold one of `words`."""
    wanted = tuple(words)
    for text in current(texts, today):
        normal = normalize(text)
        if any(word in normal for word in wanted):
            yield text
