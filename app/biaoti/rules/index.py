"""Find which of many thousand words stand in a text, without trying them one by one."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from operator import add
from typing import Generic, NamedTuple, TypeVar

Payload = TypeVar("Payload")

_ASCII_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")
_ASCII_DIGITS = frozenset("0123456789")
_LATIN = _ASCII_LETTERS | _ASCII_DIGITS


class Found(NamedTuple, Generic[Payload]):
    """A word found at `text[start:end]`, with what the index keeps for it."""

    start: int
    end: int
    payload: Payload


@dataclass(frozen=True, slots=True)
class Index(Generic[Payload]):
    """Words filed under their first two characters; build it with `build_index`."""

    heads: dict[str, tuple[tuple[str, Payload], ...]]
    singles: dict[str, tuple[Payload, ...]]

    def find(self, text: str) -> Iterator[Found[Payload]]:
        """Yield every word of the index in `text`, by start and, at one start, longest first.

        Words may overlap. A word that begins or ends with a Latin letter is found only where no
        other letter touches it; one with a digit at an edge also wants no digit there.
        """
        heads, singles = self.heads, self.singles
        pairs, distinct = _pairs(text)
        starts = (
            []
            if heads.keys().isdisjoint(distinct)
            else [start for start, pair in enumerate(pairs) if pair in heads]
        )
        if singles and not singles.keys().isdisjoint(text):
            single = (start for start, character in enumerate(text) if character in singles)
            starts = sorted({*starts, *single})
        for start in starts:
            for word, payload in heads.get(text[start : start + 2], ()):
                if text.startswith(word, start) and stands_alone(text, start, start + len(word)):
                    yield Found(start, start + len(word), payload)
            for payload in singles.get(text[start], ()):
                if stands_alone(text, start, start + 1):
                    yield Found(start, start + 1, payload)

    def at(self, text: str, start: int) -> Payload | None:
        """Return the payload of the longest word that begins at `start`, or None."""
        for word, payload in self.heads.get(text[start : start + 2], ()):
            if text.startswith(word, start) and stands_alone(text, start, start + len(word)):
                return payload
        return next(iter(self.singles.get(text[start : start + 1], ())), None)

    def before(self, text: str, end: int, *, reach: int = 6) -> Payload | None:
        """Return the payload of the longest word, at most `reach` long, that ends at `end`."""
        origin = max(0, end - reach)
        for found in self.find(text[origin:end]):
            if origin + found.end == end:
                return found.payload
        return None

    def longest(self, text: str) -> Iterator[Found[Payload]]:
        """Yield words from left to right, the longest at each place, none overlapping another.

        >>> [found.payload for found in build_index([("ab c", 1), ("c", 2)]).longest("ab c c")]
        [1, 2]
        """
        end = 0
        for found in self.find(text):
            if found.start >= end:
                end = found.end
                yield found


def build_index(entries: Iterable[tuple[str, Payload]]) -> Index[Payload]:
    """Return an index of `(word, payload)` pairs; of one word's several payloads all are kept."""
    heads: dict[str, list[tuple[str, Payload]]] = {}
    singles: dict[str, list[Payload]] = {}
    for word, payload in entries:
        if len(word) == 1:
            singles.setdefault(word, []).append(payload)
        else:
            heads.setdefault(word[:2], []).append((word, payload))
    by_length = {
        head: tuple(sorted(words, key=lambda pair: -len(pair[0]))) for head, words in heads.items()
    }
    return Index(by_length, {word: tuple(kept) for word, kept in singles.items()})


@functools.lru_cache(maxsize=64)
def _pairs(text: str) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return the pairs of neighbouring characters: many indexes are asked about one text."""
    pairs = tuple(map(add, text, text[1:]))
    return pairs, frozenset(pairs)


def stands_alone(text: str, start: int, end: int) -> bool:
    """Tell whether no Latin letter or digit continues `text[start:end]` on either side."""
    before = text[start - 1] if start else ""
    after = text[end] if end < len(text) else ""
    return not (_continues(text[start], before) or _continues(text[end - 1], after))


def _continues(edge: str, neighbour: str) -> bool:
    if edge in _ASCII_LETTERS:
        return neighbour in _ASCII_LETTERS
    return edge in _ASCII_DIGITS and neighbour in _LATIN
