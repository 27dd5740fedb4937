"""Titles that say the same thing: the only code that knows rapidfuzz."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from rapidfuzz import fuzz

from biaoti.text import normalize

# Titles of one shop about different goods stay below this; two colours of one good, once the
# words that may differ are gone, stand above it (tests/test_similarity.py).
_NEAR = 92.0
_GRAM = 3
# By as many of its pieces a title looks for others; more would find more and take longer.
_RAREST = 4
# A piece of text that more titles than this share says too little to compare them all by it.
_COMMON = 60
_GIFT = re.compile(r"(?:送|赠送?)[\u4e00-\u9fff]{1,5}")
_SIZE = re.compile(
    r"\d+(?:\.\d+)?(?:ml|l|kg|g|cm|mm|m|xl|码|号|米|寸|斤|克|升|岁)?|\b(?:x*[sl]|m)\b"
)

Trim = Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A listing as far as duplicates matter; `key` is whatever the caller knows it by."""

    key: str
    title: str
    article_number: str | None = None


def build_trim(words: Iterable[str]) -> Trim:
    """Return a function that takes out of a title what two duplicates may differ in, and sizes."""
    ordered = sorted({normalize(word) for word in words}, key=lambda word: (-len(word), word))
    variable = re.compile("|".join(map(re.escape, ordered)) or r"(?!)")

    def trim(title: str) -> str:
        bare = variable.sub("", _SIZE.sub("", _GIFT.sub("", normalize(title))))
        return "".join(character for character in bare if character.isalnum())

    return trim


def build_is_near(trim: Trim) -> Callable[[str, str], bool]:
    """Return the test whether two titles differ only in colour, size or gift.

    >>> is_near = build_is_near(build_trim(["红色", "黑色"]))
    >>> is_near("法式连衣裙女收腰红色", "法式连衣裙女收腰 黑色"), is_near("圆领毛衣", "V领毛衣")
    (True, False)
    """

    def is_near(left: str, right: str) -> bool:
        return _are_near(trim(left), trim(right))

    return is_near


def group_duplicates(offers: Sequence[Offer], trim: Trim) -> tuple[tuple[str, ...], ...]:
    """Return the keys of offers that repeat one another, in groups of two or more.

    Two offers belong together when they carry the same article number or, if one of them has none,
    near titles. Groups and the keys in them keep the order of `offers`.
    """
    bare = [trim(offer.title) for offer in offers]
    parents = list(range(len(offers)))
    for left, right in _linked(offers, bare):
        first, second = sorted((_root(parents, left), _root(parents, right)))
        parents[second] = first
    groups: dict[int, list[str]] = defaultdict(list)
    for index, offer in enumerate(offers):
        groups[_root(parents, index)].append(offer.key)
    return tuple(tuple(keys) for keys in groups.values() if len(keys) > 1)


def _are_near(left: str, right: str) -> bool:
    return bool(left) and fuzz.ratio(left, right, score_cutoff=_NEAR) > 0


def _linked(offers: Sequence[Offer], bare: Sequence[str]) -> Iterator[tuple[int, int]]:
    for indexes in _by_article(offers).values():
        yield from pairwise(indexes)
    for indexes in _by_text(bare).values():
        for left, right in pairwise(indexes):
            if _may_differ_in_article(offers[left], offers[right]):
                yield left, right
    for left, right in _candidates(bare):
        if _may_differ_in_article(offers[left], offers[right]) and _are_near(
            bare[left], bare[right]
        ):
            yield left, right


def _by_article(offers: Sequence[Offer]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for index, offer in enumerate(offers):
        if offer.article_number:
            found[normalize(offer.article_number)].append(index)
    return found


def _by_text(bare: Sequence[str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for index, text in enumerate(bare):
        if text:
            found[text].append(index)
    return found


def _may_differ_in_article(left: Offer, right: Offer) -> bool:
    return not (left.article_number and right.article_number)


def _candidates(bare: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield pairs that share one of the rarest pieces of their text that any two titles share.

    Near titles nearly always do; what differs in several places, each time like yet other titles,
    may be missed.
    """
    distinct = list(dict.fromkeys(text for text in bare if text))
    first = _first_places(bare)
    counts: Counter[str] = Counter()
    for text in distinct:
        counts.update(_grams(text))
    blocks: dict[str, list[str]] = defaultdict(list)
    for text in distinct:
        held = (gram for gram in _grams(text) if counts[gram] > 1)
        for gram in sorted(held, key=lambda gram: (counts[gram], gram))[:_RAREST]:
            blocks[gram].append(text)
    seen: set[tuple[int, int]] = set()
    for texts in blocks.values():
        if len(texts) <= _COMMON:
            for left, right in combinations(texts, 2):
                pair = (first[left], first[right])
                if pair not in seen:
                    seen.add(pair)
                    yield pair


def _first_places(bare: Sequence[str]) -> dict[str, int]:
    places: dict[str, int] = {}
    for index, text in enumerate(bare):
        places.setdefault(text, index)
    return places


def _grams(text: str) -> frozenset[str]:
    return frozenset(text[i : i + _GRAM] for i in range(max(1, len(text) - _GRAM + 1)))


def _root(parents: list[int], index: int) -> int:
    while parents[index] != index:
        parents[index] = parents[parents[index]]
        index = parents[index]
    return index
