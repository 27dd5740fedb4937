"""What the bare title shows: width, symbols, repetition, a missing product word."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from operator import add

from biaoti.records import Severity, Slot
from biaoti.rules.book import Rulebook
from biaoti.rules.index import stands_alone
from biaoti.rules.scan import Finding, Scan
from biaoti.text import refused, width

_LIMIT = 60
_GAME_LIMIT = 120
_COMFORTABLE = 50
# Encodable in GBK, but the platform's wording is 与本商品无关的符号 (S4-6).
_ORNAMENTS = frozenset("★☆♥♡◆◇■□▲△▼▽●○◎※→←↑↓♀♂〓§▓▒░█▌◢◣◤◥⊙☉∷┅┄═║╬╳√〖〗『』「」卍卐※＊◐◑")
_MARK = re.compile(rf"[\W_{''.join(sorted(_ORNAMENTS))}]")
_STUFFED = 3
_SHORTEST_WORD = 2
_LONGEST_WORD = 8
_CLAIMLESS = frozenset(
    {
        Slot.GENERIC,
        Slot.PROMOTION,
        Slot.SEASON,
        Slot.YEAR,
        Slot.AUDIENCE,
    }
)


def title_length(scan: Scan, book: Rulebook) -> Iterator[Finding]:
    """Yield a title wider than the platform takes; a narrow one is a hint: space is left unused."""
    del book
    title = scan.inspection.title
    wide, limit = width(title), _GAME_LIMIT if scan.is_class("game") else _LIMIT
    if wide > limit:
        yield Finding(start=0, end=len(title), against=str(wide))
    elif 0 < wide < _COMFORTABLE:
        yield Finding(start=0, end=len(title), against=str(wide), severity=Severity.HINT)


def special_char(scan: Scan, book: Rulebook) -> Iterator[Finding]:
    """Yield runs of characters that the platform refuses or that only decorate."""
    del book
    title = scan.inspection.title
    doubtful = range(len(title)) if not _is_gbk(title) else _marks(title)
    bad = {i for i in doubtful if title[i] in _ORNAMENTS or any(True for _ in refused(title[i]))}
    for start in sorted(bad):
        if start - 1 not in bad:
            end = start
            while end in bad:
                end += 1
            yield Finding(start=start, end=end)


def _is_gbk(title: str) -> bool:
    try:
        title.encode("gbk")
    except UnicodeEncodeError:
        return False
    return True


def _marks(title: str) -> list[int]:
    """Return where ornaments and other characters stand that are no letters: the rest is fine."""
    return [match.start() for match in _MARK.finditer(title)]


def missing_element(scan: Scan, book: Rulebook) -> Iterator[Finding]:
    """Yield an empty title, or one in which nothing names a product."""
    title = scan.inspection.title
    is_empty = not title.strip()
    if is_empty or not (scan.is_class("book") or _names_something(scan, book)):
        yield Finding(start=0, end=len(title))


def repeat_keyword(scan: Scan, book: Rulebook) -> Iterator[Finding]:
    """Yield words that stand three times or more; twice is a hint."""
    for word, places in sorted(_repeated(scan, book).items(), key=lambda item: item[1]):
        severity = None if len(places) >= _STUFFED else Severity.HINT
        start = places[-1]
        yield Finding(
            start=start, end=start + len(word), against=str(len(places)), severity=severity
        )


def _names_something(scan: Scan, book: Rulebook) -> bool:
    if scan.nouns:
        return True
    rest = list(scan.text)
    for found in scan.sight.longest(book.cues["filler"]):
        rest[found.start : found.end] = " " * (found.end - found.start)
    for term in scan.inspection.terms:
        if term.slot in _CLAIMLESS and term.confidence > 0.5:  # noqa: PLR2004 - better than a guess
            rest[term.start : term.end] = " " * (term.end - term.start)
    return any(character.isalpha() and not character.isascii() for character in rest) or any(
        term.slot in {Slot.PRODUCT, Slot.ARTICLE_NUMBER, Slot.SERIES}
        for term in scan.inspection.terms
    )


def _repeated(scan: Scan, book: Rulebook) -> dict[str, list[int]]:
    """Return the words that stand more than once: first those that are stuffed, longest first."""
    found: dict[str, list[int]] = {}
    starts = _repeated_starts(scan.text)
    if not starts:
        return found
    taken: set[int] = set()
    runs = _runs(starts)
    longest = min(_LONGEST_WORD, len(scan.text) // 2, max(runs.values()) + 1)
    by_size = {size: _words_of(scan, size, runs) for size in range(longest, _SHORTEST_WORD - 1, -1)}
    for least in (_STUFFED, 2):
        for size, words in by_size.items():
            for word, places in words.items():
                free = [place for place in _apart(places, size) if place not in taken]
                is_stuffed = len(free) >= least and not _is_listing_models(scan.text, free, size)
                if is_stuffed and _is_known_word(scan, book, word, free):
                    found[word] = free
                    taken.update(place + step for place in free for step in range(size))
    return found


def _repeated_starts(text: str) -> set[int]:
    """Return where pairs of characters stand that stand elsewhere too: words repeat there."""
    pairs = list(map(add, text, text[1:]))
    if len(pairs) == len(set(pairs)):
        return set()
    counts = Counter(pairs)
    return {start for start, pair in enumerate(pairs) if counts[pair] > 1}


def _is_known_word(scan: Scan, book: Rulebook, word: str, places: list[int]) -> bool:
    """Tell whether a repeated piece is a word: a token somewhere, or in one of our lists."""
    if not scan.inspection.terms:
        return True
    spans = {(term.start, term.end) for term in scan.inspection.terms}
    if any((place, place + len(word)) in spans for place in places):
        return True
    lists = (book.products, book.cues["filler"])
    return any(f.end == len(word) for words in lists for f in words.find(word) if f.start == 0)


def _runs(starts: set[int]) -> dict[int, int]:
    """Return for each of `starts` how many follow on from it, itself included."""
    runs: dict[int, int] = {}
    for start in sorted(starts, reverse=True):
        runs[start] = runs.get(start + 1, 0) + 1
    return runs


def _words_of(scan: Scan, size: int, runs: dict[int, int]) -> dict[str, list[int]]:
    """Return the words of `size` characters that begin where `runs` are long enough for one."""
    places: dict[str, list[int]] = {}
    text = scan.text
    borders = scan.borders
    for start in sorted(start for start, run in runs.items() if run >= size - 1):
        if borders and not _is_piece(start, start + size, borders):
            continue
        word = text[start : start + size]
        if _is_word(word) and stands_alone(text, start, start + size):
            places.setdefault(word, []).append(start)
    return {word: found for word, found in places.items() if len(found) > 1}


def _is_piece(start: int, end: int, borders: frozenset[int]) -> bool:
    """Tell whether `start:end` is tokens, or the beginning or end of one (儿童+书包)."""
    if start in borders and end in borders:
        return True
    is_inside_one = borders.isdisjoint(range(start + 1, end))
    return is_inside_one and (start in borders or end in borders)


def _is_word(word: str) -> bool:
    if not word.isalnum() or len(set(word)) == 1:
        return False
    return any(c.isalpha() for c in word) and not any(c.isdigit() for c in word)


def _apart(places: list[int], size: int) -> list[int]:
    kept: list[int] = []
    for place in places:
        if not kept or place >= kept[-1] + size:
            kept.append(place)
    return kept


def _is_listing_models(text: str, places: list[int], size: int) -> bool:
    """Tell whether each repetition goes with its own number (苹果14苹果15, 3层米4层米)."""
    with_number = sum(
        text[place + size : place + size + 1].isdigit() or text[max(0, place - 1) : place].isdigit()
        for place in places
    )
    return with_number >= len(places) - 1
