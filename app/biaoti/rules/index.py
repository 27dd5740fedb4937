"""Find which of many thousand words stand in a text, without trying them one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import add
from typing import Any, Generic, NamedTuple, TypeVar

Payload = TypeVar("Payload")

_ASCII_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")
_ASCII_DIGITS = frozenset("0123456789")
_LATIN = _ASCII_LETTERS | _ASCII_DIGITS


class Found(NamedTuple, Generic[Payload]):
    """A word found at `text[start:end]`, with what the index keeps for it."""

    start: int
    end: int
    payload: Payload


@dataclass(frozen=True, slots=True, eq=False)
class Index(Generic[Payload]):
    """Words with what is kept for each, and how long those of a beginning are, longest first.

    A beginning is a word's first two characters, or its only one. Build it with `build_index`.
    """

    words: Mapping[str, tuple[Payload, ...]]
    lengths: Mapping[str, tuple[int, ...]]

    def find(self, text: str) -> Iterator[Found[Payload]]:
        """Yield every word of the index in `text`, by start and, at one start, longest first.

        Words may overlap. A word that begins or ends with a Latin letter is found only where no
        other letter touches it; one with a digit at an edge also wants no digit there.
        """
        lengths = self.lengths
        for start in range(len(text)):
            if text[start : start + 2] in lengths or text[start] in lengths:
                yield from self.starting(text, start)

    def starting(self, text: str, start: int) -> Iterator[Found[Payload]]:
        """Yield the words that begin at `start`, longest first."""
        words, reach = self.words, len(text) - start
        for beginning in (text[start : start + 2], text[start]) if reach > 1 else (text[start],):
            for length in self.lengths.get(beginning, ()):
                payloads = words.get(text[start : start + length]) if length <= reach else None
                if payloads and stands_alone(text, start, start + length):
                    for payload in payloads:
                        yield Found(start, start + length, payload)

    def at(self, text: str, start: int) -> Payload | None:
        """Return the payload of the longest word that begins at `start`, or None."""
        if start >= len(text):
            return None
        return next((found.payload for found in self.starting(text, start)), None)

    def longest(self, text: str) -> Iterator[Found[Payload]]:
        """Yield words from left to right, the longest at each place, none overlapping another.

        >>> [found.payload for found in build_index([("ab c", 1), ("c", 2)]).longest("ab c c")]
        [1, 2]
        """
        return apart(self.find(text))


def build_index(entries: Iterable[tuple[str, Payload]]) -> Index[Payload]:
    """Return an index of `(word, payload)` pairs; of one word's several payloads all are kept."""
    words: dict[str, tuple[Payload, ...]] = {}
    lengths: dict[str, set[int]] = {}
    for word, payload in entries:
        words[word] = (*words.get(word, ()), payload)
        lengths.setdefault(word[:2], set()).add(len(word))
    return Index(words, {head: tuple(sorted(n, reverse=True)) for head, n in lengths.items()})


def apart(found: Iterable[Found[Payload]]) -> Iterator[Found[Payload]]:
    """Yield of words by start, longest first, those that overlap no earlier one."""
    end = 0
    for item in found:
        if item.start >= end:
            end = item.end
            yield item


# ---- many indexes, one text --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Beginnings:
    """Which of several indexes has words with which beginning: a text is gone through only once."""

    pairs: Mapping[str, tuple[Index[Any], ...]]
    singles: Mapping[str, tuple[Index[Any], ...]]

    def starts(self, text: str) -> dict[Index[Any], set[int]]:
        """Return for each index where in `text` a word of it may begin; absent: nowhere."""
        found: dict[Index[Any], set[int]] = {}
        pairs, singles = self.pairs, self.singles
        for start, pair in enumerate(map(add, text, text[1:])):
            for index in pairs.get(pair, ()):
                found.setdefault(index, set()).add(start)
        if not singles.keys().isdisjoint(text):
            for start, character in enumerate(text):
                for index in singles.get(character, ()):
                    found.setdefault(index, set()).add(start)
        return found


def build_beginnings(indexes: Iterable[Index[Any]]) -> Beginnings:
    """Return the beginnings of the words of all `indexes`."""
    pairs: dict[str, tuple[Index[Any], ...]] = {}
    singles: dict[str, tuple[Index[Any], ...]] = {}
    for index in indexes:
        for beginning in index.lengths:
            owners = pairs if len(beginning) > 1 else singles
            owners[beginning] = (*owners.get(beginning, ()), index)
    return Beginnings(pairs, singles)


class Sight:
    """One text seen through many indexes; each is searched only where it may find something."""

    __slots__ = ("_found", "_starts", "text")

    def __init__(self, text: str, beginnings: Beginnings) -> None:
        self.text = text
        self._starts = beginnings.starts(text)
        self._found: dict[Index[Any], tuple[Found[Any], ...]] = {}

    def find(self, index: Index[Payload]) -> Sequence[Found[Payload]]:
        """Return what `index.find` yields for the text; the index must be one of `beginnings`."""
        starts = self._starts.get(index)
        if starts is None:
            return ()
        found = self._found.get(index)
        if found is None:
            found = tuple(f for at in sorted(starts) for f in index.starting(self.text, at))
            self._found[index] = found
        return found

    def longest(self, index: Index[Payload]) -> Iterator[Found[Payload]]:
        """Return what `index.longest` yields for the text."""
        return apart(self.find(index))

    def within(self, index: Index[Payload], start: int, end: int) -> bool:
        """Tell whether a word of `index` stands inside `start:end`."""
        return any(start <= f.start and f.end <= end for f in self.find(index))

    def before(self, index: Index[Payload], end: int) -> Payload | None:
        """Return the payload of the longest word that ends at `end`, or None."""
        return next((f.payload for f in self.find(index) if f.end == end), None)


def stands_alone(text: str, start: int, end: int) -> bool:
    """Tell whether no Latin letter or digit continues `text[start:end]` on either side."""
    before = text[start - 1] if start else ""
    after = text[end] if end < len(text) else ""
    return not (_continues(text[start], before) or _continues(text[end - 1], after))


def _continues(edge: str, neighbour: str) -> bool:
    if edge in _ASCII_LETTERS:
        return neighbour in _ASCII_LETTERS
    return edge in _ASCII_DIGITS and neighbour in _LATIN
