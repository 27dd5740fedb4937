"""Tokens -> slots: which role each word of a title plays, decided over the whole title."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from biaoti.records import Entry, Lexicon, Reading, Slot, TaggedTerm, Term, Token
from biaoti.shapes import MODEL_WORDS

_YEAR = re.compile(r"20[0-3]\d年?")
_QUANTITY = re.compile(r"\d+(?:\.\d+)?(?:[-~*x×]\d+(?:\.\d+)?)*\D+")
_MODEL = re.compile(rf"\d{{1,4}}(?:{MODEL_WORDS})\D*")
_TIMES = re.compile(r"[a-z\d][*x×]\d")
# A size's unit has no more letters; a code mostly has.
_UNIT = 2
_CODE = re.compile(r"(?=.*\d)(?=.*[a-z])[a-z0-9.+/-]{2,}")
# Words remembered between titles; past this they are forgotten, and the common ones soon learned
# again: what a catalogue's article numbers would fill must not grow with its rows.
_MOST_REMEMBERED = 4_096
_KNOWN, _CONTEXT, _SHAPE, _GUESS = 0.9, 0.8, 0.7, 0.3

Facts = Mapping[Term, Slot]
Memo = dict[tuple[Term, bool, str], tuple[Slot, float]]
Guess = Callable[[Term, bool], tuple[Slot, float]]


def tag(
    text: str,
    tokens: Sequence[Token],
    lexicon: Lexicon,
    *,
    category: str | None = None,
    known: Facts | None = None,
    guess: Guess | None = None,
    memo: Memo | None = None,
) -> tuple[TaggedTerm, ...]:
    """Return every word of `text` with its slot and a confidence, in order.

    `known` holds slots that the listing's own facts settle (its brand, its article number); `guess`
    gives a slot to words outside the lexicon (by default a plain rule of thumb); `memo` remembers
    what was decided, for one lexicon and one `guess`.
    """
    settled = known or {}
    joined = _join_unknown(_join_known(tokens, settled), lexicon)
    decide = guess or rule_of_thumb
    place = category or ""
    seen: Memo = {} if memo is None else memo
    if len(seen) > _MOST_REMEMBERED:
        seen.clear()
    tagged = []
    for index, token in enumerate(joined):
        key = (token.term, index == 0, place)
        found = seen.get(key) if token.term not in settled else (settled[token.term], 1.0)
        if found is None:
            found = seen[key] = _slot_of(token.term, index, lexicon, place, decide)
        slot, confidence = found
        written = text[token.start : token.end]
        tagged.append(TaggedTerm(written, token.term, token.start, token.end, slot, confidence))
    return tuple(_read_neighbours(tagged, lexicon))


def rule_of_thumb(term: Term, is_first: bool) -> tuple[Slot, float]:  # noqa: FBT001 - a fact, not a flag
    """Return the likeliest slot of an unknown word from its shape and place alone."""
    if is_first:
        return Slot.BRAND, _GUESS * 2
    if term.isascii() and term.isalpha():
        return Slot.SERIES, _GUESS
    return Slot.FEATURE, _GUESS


def pick_reading(entry: Entry, category: str) -> Reading:
    """Return the reading of `entry` that `category` selects, else its first one that asks for none.

    An entry whose every reading asks for a category that is not this one keeps its first reading.
    """
    for reading in entry.readings:
        if any(word in category for word in reading.categories):
            return reading
    return next((r for r in entry.readings if not r.categories), entry.readings[0])


# ---- one word ----------------------------------------------------------------------------------


def _join_known(tokens: Sequence[Token], known: Facts) -> Sequence[Token]:
    """Return the tokens with the listing's own names made whole (壳+力量 -> 壳力量)."""
    if not known:
        return tokens
    joined: list[Token] = []
    position, firsts = 0, {name[:1] for name in known}
    while position < len(tokens):
        if tokens[position].term[:1] not in firsts:
            joined.append(tokens[position])
            position += 1
            continue
        stop, whole = position + 1, tokens[position].term
        while stop < len(tokens) and tokens[stop - 1].end == tokens[stop].start:
            whole = Term(whole + tokens[stop].term)
            stop += 1
            if whole in known or not any(name.startswith(whole) for name in known):
                break
        if stop > position + 1 and whole in known:
            joined.append(Token(whole, tokens[position].start, tokens[stop - 1].end))
            position = stop
        else:
            joined.append(tokens[position])
            position += 1
    return joined


def _join_unknown(tokens: Sequence[Token], lexicon: Lexicon) -> list[Token]:
    """Return the tokens with runs of unknown single characters made one (富/莱/仕 -> 富莱仕)."""
    joined: list[Token] = []
    run: list[Token] = []
    for token in tokens:
        is_loose = _is_loose_character(token, lexicon)
        if run and not (is_loose and run[-1].end == token.start):
            joined.append(_as_one(run))
            run = []
        if is_loose:
            run.append(token)
        else:
            joined.append(token)
    if run:
        joined.append(_as_one(run))
    return joined


def _is_loose_character(token: Token, lexicon: Lexicon) -> bool:
    return len(token.term) == 1 and not token.term.isascii() and token.term not in lexicon.entries


def _as_one(run: Sequence[Token]) -> Token:
    return Token(Term("".join(token.term for token in run)), run[0].start, run[-1].end)


def _slot_of(
    term: Term, index: int, lexicon: Lexicon, category: str, guess: Guess
) -> tuple[Slot, float]:
    entry, brand = lexicon.entries.get(term), lexicon.brands.get(term)
    if brand is not None:
        is_at_home = any(word in category for word in brand.categories)
        if entry is None or is_at_home or (index == 0 and not brand.is_risky):
            return Slot.BRAND, _KNOWN if is_at_home or not brand.is_risky else _CONTEXT
    if entry is not None:
        return pick_reading(entry, category).slot, _KNOWN
    return _slot_by_shape(term) or guess(term, index == 0)


def _slot_by_shape(term: Term) -> tuple[Slot, float] | None:
    if _YEAR.fullmatch(term):
        return Slot.YEAR, _KNOWN
    if _MODEL.fullmatch(term):
        return Slot.ARTICLE_NUMBER, _SHAPE
    if term[0].isdigit() and _QUANTITY.fullmatch(term) and not _CODE.fullmatch(term):
        return Slot.SPEC, _KNOWN
    if _CODE.fullmatch(term):
        is_size = _TIMES.search(term) or sum(map(str.isalpha, term)) <= _UNIT
        return (Slot.SPEC if term[0].isdigit() and is_size else Slot.ARTICLE_NUMBER), _SHAPE
    if term.isdigit():
        return Slot.SPEC, _GUESS
    return None


# ---- neighbours --------------------------------------------------------------------------------


def _read_neighbours(tagged: Sequence[TaggedTerm], lexicon: Lexicon) -> Iterator[TaggedTerm]:
    """Yield the terms with what their neighbours settle: 适用 + brand is what the product fits."""
    fits, marks = False, lexicon.policy.fits
    for index, item in enumerate(tagged):
        if item.term in marks:
            fits = True
        elif item.slot is Slot.PRODUCT:
            fits = False
        if fits and item.slot in {Slot.BRAND, Slot.SERIES, Slot.ARTICLE_NUMBER}:
            yield item._replace(slot=Slot.COMPATIBLE, confidence=_CONTEXT)
        elif item.slot is Slot.SPEC and _is_model_after_name(tagged, index, lexicon):
            yield item._replace(slot=Slot.ARTICLE_NUMBER, confidence=_CONTEXT)
        else:
            yield item


def _is_model_after_name(tagged: Sequence[TaggedTerm], index: int, lexicon: Lexicon) -> bool:
    """Tell whether a bare number stands right behind a brand or series (小米 14)."""
    if index == 0 or not tagged[index].term.isdigit():
        return False
    before = tagged[index - 1]
    names = {Slot.BRAND, Slot.SERIES, Slot.COMPATIBLE}
    return before.slot in names and (
        before.end == tagged[index].start or before.term in lexicon.brands
    )
