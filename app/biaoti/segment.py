"""Text -> tokens with offsets, and the terms a text holds; the only module that imports jieba."""

from __future__ import annotations

import functools
import importlib
import math
import re
import sys
import unicodedata
from array import array
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from biaoti.compiled import cached, fingerprint
from biaoti.records import Entry, Lexicon, Slot, Term, Token
from biaoti.shapes import quantity_reader, shapes_of
from biaoti.text import remembered

# Words of the general dictionary seen less often than this are mostly names and debris; without
# them the dictionary loads in half the time and cuts titles no worse (docs/adr/0003).
_LEAST_GENERAL_FREQUENCY = 5
# A word of ours wins against the product of its characters' frequencies, not any longer word.
_TERM_FREQUENCY = 2_000
_BRAND_FREQUENCY = 200
# A character that is no word of ours is mostly the rest of a wrong cut (毛线帽/子), rarely a word
# of a title.
_LOOSE_CHARACTER_DISCOUNT = 100
_ALNUM = re.compile(r"[a-z0-9]")
_RUN_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")
_NEVER = -math.inf
_FORMAT = "6"


class _Fold(dict[int, str]):
    """Character -> its NFKC folded form where that is one character, so that offsets stay true."""

    def __missing__(self, code: int) -> str:
        plain = unicodedata.normalize("NFKC", chr(code)).casefold()
        folded = self[code] = plain if len(plain) == 1 else chr(code)
        return folded


_FOLD = _Fold()


def fold(text: str) -> str:
    """Return `text` in the form words are looked up in, character for character.

    >>> fold("Ｔ恤 ABC")
    't恤 abc'
    """
    return text.translate(_FOLD)


@dataclass(frozen=True, slots=True)
class Segmenter:
    """One lexicon's way of cutting text.

    `terms` gives the set of terms that a text holds: its words, their parts and canonical forms;
    `expand` those that one word stands for.
    """

    tokens: Callable[[str], tuple[Token, ...]]
    terms: Callable[[str], frozenset[Term]]
    expand: Callable[[Term], frozenset[Term]]
    head: Callable[[Term], frozenset[Term]]

    def sequence(self, text: str) -> tuple[Term, ...]:
        """Return the words of `text` in order, each as it stands."""
        return tuple(token.term for token in self.tokens(text))


def build_segmenter(lexicon: Lexicon, *, cache: Path | None = None) -> Segmenter:
    """Return the segmenter of `lexicon`: jieba's algorithm on a private dictionary, HMM off.

    `cache` is a private folder for the compiled dictionary; the first use of a new lexicon fills
    it.
    """
    jieba = _import_jieba()
    dictionary = Path(jieba.__file__).with_name("dict.txt")
    key = fingerprint([dictionary], salt=f"{_FORMAT} {lexicon.version}")
    words, counts, total = cached(
        cache, "words", key, lambda: _packed_frequencies(dictionary, lexicon)
    )
    frequencies = dict(zip(words.split("\n"), array("q", counts), strict=True))
    ours = Dictionary(frequencies, math.log(total))
    shapes = shapes_of(lexicon)
    canonical_quantity = quantity_reader(lexicon)

    @functools.lru_cache(maxsize=2_048)
    def expand(term: Term) -> frozenset[Term]:
        return frozenset(_expand(term, lexicon, canonical_quantity))

    @functools.lru_cache(maxsize=2_048)
    def head(term: Term) -> frozenset[Term]:
        return expand(_head_word(term, lexicon))

    def cut(text: str) -> tuple[Token, ...]:
        return _tokens(fold(text), ours, shapes)

    tokens = remembered(cut)

    def terms(text: str) -> frozenset[Term]:
        return frozenset(term for token in tokens(text) for term in expand(token.term))

    return Segmenter(
        tokens=tokens,
        terms=remembered(terms),
        expand=expand,
        head=head,
    )


# ---- the dictionary ----------------------------------------------------------------------------


def _import_jieba() -> Any:  # noqa: ANN401 - jieba carries no types
    """Return jieba without its optional import of pkg_resources, which costs 0.1 s of start-up."""
    if "jieba" in sys.modules or "pkg_resources" in sys.modules:
        return importlib.import_module("jieba")
    sys.modules["pkg_resources"] = None  # type: ignore[assignment] # Python's own way to forbid an import
    try:
        return importlib.import_module("jieba")
    finally:
        del sys.modules["pkg_resources"]


def _packed_frequencies(dictionary: Path, lexicon: Lexicon) -> tuple[str, bytes, int]:
    """Return the dictionary as one text of words and one run of counts: they load fastest so."""
    frequencies, total = _compile_frequencies(dictionary, lexicon)
    return "\n".join(frequencies), array("q", frequencies.values()).tobytes(), total


def _compile_frequencies(dictionary: Path, lexicon: Lexicon) -> tuple[dict[str, int], int]:
    frequencies: dict[str, int] = {}
    with dictionary.open(encoding="utf-8") as lines:
        for line in lines:
            word, frequency, _ = line.split(" ")
            if int(frequency) >= _LEAST_GENERAL_FREQUENCY:
                frequencies[fold(word)] = int(frequency)
    for words, floor in ((lexicon.brands, _BRAND_FREQUENCY), (lexicon.entries, _TERM_FREQUENCY)):
        for word in words:
            if len(word) > 1:
                frequencies[word] = max(frequencies.get(word, 0), floor)
    for word in [w for w in frequencies if len(w) == 1 and Term(w) not in lexicon.entries]:
        frequencies[word] = max(1, frequencies[word] // _LOOSE_CHARACTER_DISCOUNT)
    total = sum(frequencies.values())
    for word in list(frequencies):
        for end in range(1, len(word)):
            frequencies.setdefault(word[:end], 0)
    return frequencies, total


# ---- cutting -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Dictionary:
    """How often each word is met (0: only the beginning of one), and the log of the sum."""

    frequencies: Mapping[str, int]
    log_total: float


def _tokens(text: str, dictionary: Dictionary, shapes: re.Pattern[str]) -> tuple[Token, ...]:
    tokens: list[Token] = []
    done = 0
    if _ALNUM.search(text):
        for match in shapes.finditer(text):
            start, end = match.span()
            if start < done or _has_longer_word(text, start, end, dictionary.frequencies):
                continue
            tokens += _words(text, done, start, dictionary)
            tokens.append(Token(Term(match.group().replace(" ", "")), start, end))
            done = end
    tokens += _words(text, done, len(text), dictionary)
    return tuple(tokens)


def _has_longer_word(text: str, start: int, end: int, frequencies: Mapping[str, int]) -> bool:
    """Tell whether the dictionary has a word over text[start:end] and beyond (5w-30 over 5w)."""
    stop, longest = start + 1, start
    while stop <= len(text) and (frequency := frequencies.get(text[start:stop])) is not None:
        if frequency:
            longest = stop
        stop += 1
    return longest > end


def _words(text: str, start: int, end: int, dictionary: Dictionary) -> list[Token]:
    """Return the words of text[start:end] along jieba's most probable path."""
    piece = text[start:end]
    stops = best_stops(piece, dictionary)
    words: list[Token] = []
    position = 0
    while position < len(piece):
        stop = stops[position]
        if stop - position == 1 and piece[position] in _RUN_CHARACTERS:
            while stop < len(piece) and stops[stop] == stop + 1 and piece[stop] in _RUN_CHARACTERS:
                stop += 1
        if stop - position > 1 or piece[position].isalnum():
            words.append(Token(Term(piece[position:stop]), start + position, start + stop))
        position = stop
    return words


def best_stops(piece: str, dictionary: Dictionary) -> list[int]:
    """Return for each position where the word that begins there ends on the best path.

    What jieba's `get_DAG` and `calc` compute, in one pass with every word looked up once; of two
    paths as probable the longer first word wins, as there. tests/test_segment.py compares the two.
    """
    frequencies, log_total = dictionary.frequencies, dictionary.log_total
    length = len(piece)
    inside = _run_insides(piece) if _ALNUM.search(piece) else None
    best = [0.0] * (length + 1)
    stops = [0] * length
    for position in range(length - 1, -1, -1):
        # A character that begins no word still is one, of the least frequency.
        found, reach = _NEVER, position + 1
        stop = position + 1
        frequency = frequencies.get(piece[position])
        while frequency is not None:
            if frequency and (
                inside is None or stop == position + 1 or not (inside[position] or inside[stop])
            ):
                score = math.log(frequency) - log_total + best[stop]
                if score >= found:
                    found, reach = score, stop
            stop += 1
            if stop > length:
                break
            frequency = frequencies.get(piece[position:stop])
        best[position] = best[reach] - log_total if found == _NEVER else found
        stops[position] = reach
    return stops


def _run_insides(piece: str) -> list[bool]:
    """Return which borders lie inside a run of letters or of digits: no word ends or begins there.

    So the dictionary cannot cut polo out of apolo.
    """
    inside = [False] * (len(piece) + 1)
    for index in range(1, len(piece)):
        before, after = piece[index - 1], piece[index]
        inside[index] = (_is_letter(before) and _is_letter(after)) or (
            _is_digit(before) and _is_digit(after)
        )
    return inside


def _is_letter(character: str) -> bool:
    return "a" <= character <= "z"


def _is_digit(character: str) -> bool:
    return "0" <= character <= "9"


# ---- what a word stands for --------------------------------------------------------------------


def _expand(
    term: Term, lexicon: Lexicon, canonical_quantity: Callable[[str], Term | None]
) -> Iterator[Term]:
    """Yield the terms of one word: a compound is its parts, a synonym its canonical form.

    A compound whose parts make it up entirely (蓝牙+耳机) is those parts and nothing more, since
    recall asks
    for terms, not for adjacency; one that only ends in its head (连衣裙: 裙) is itself and that
    head. A word with parts is no quantity (316L is a steel, not 316 litres).
    """
    entry = lexicon.entries.get(term)
    is_spelled_out = entry is not None and bool(entry.parts)
    quantity = None if is_spelled_out else canonical_quantity(term)
    if quantity is not None:
        yield quantity
        return
    if term.endswith("年") and term[:-1].isdigit():
        yield Term(term[:-1])
        return
    if entry is None or _is_bare_name(entry):
        yield from _expand_name(term, lexicon)
        return
    if entry.canonical is not None:
        yield from _expand(entry.canonical, lexicon, canonical_quantity)
        return
    if "".join(entry.parts) != term:
        yield term
    for part in entry.parts:
        yield from _expand(part, lexicon, canonical_quantity)


def _is_bare_name(entry: Entry) -> bool:
    """Tell whether an entry says only that its term is a brand: the brand list knows more."""
    is_name = all(reading.slot is Slot.BRAND for reading in entry.readings)
    return is_name and not entry.parts and entry.canonical is None


def _expand_name(term: Term, lexicon: Lexicon) -> Iterator[Term]:
    """Yield what an unlisted word stands for: a Latin brand its Chinese name, a code its pieces."""
    brand = lexicon.brands.get(term)
    if brand is not None and brand.also and term.isascii():
        yield brand.also
    elif "-" in term and brand is None:
        yield from (Term(piece) for piece in term.split("-"))
    else:
        yield term


def _head_word(term: Term, lexicon: Lexicon) -> Term:
    """Return the word that names the thing.

    The last part of a compound that is nothing but its parts.
    """
    entry = lexicon.entries.get(term)
    if entry is None:
        return term
    if entry.canonical is not None:
        return _head_word(entry.canonical, lexicon)
    is_parts_only = len(entry.parts) > 1 and "".join(entry.parts) == term
    return _head_word(entry.parts[-1], lexicon) if is_parts_only else term
