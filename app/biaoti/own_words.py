"""The words of the seller's own title as they are written: “电褥子” is not “电热毯”.

A term is a meaning; a shopper types a word. So each word of the title is worth something as it
stands (docs/adr/0005), told from the terms by quotes.
"""

from __future__ import annotations

from collections.abc import Iterable

from biaoti.engine import Engine
from biaoti.records import Candidate, Slot, Term

_QUOTES = "“”"


def own_words(engine: Engine, own: Iterable[Candidate]) -> dict[Term, Slot]:
    """Return the words of the seller's candidates, each with the slot of the narrowest of them."""
    slots: dict[Term, Slot] = {}
    for candidate in sorted(own, key=lambda c: (c.width, c.text)):
        for word in engine.segmenter.sequence(candidate.text):
            slots.setdefault(word, candidate.slot)
    return slots


def said(engine: Engine, text: str, own: Iterable[Term]) -> frozenset[Term]:
    """Return which of the words `own` stand in `text`, each in quotes.

    A word stands there whole or within a word that holds it: 男士面霜 says 男士 and 面霜 too. One
    character within a longer word says something else (包邮 is no 包).
    """
    words = engine.segmenter.sequence(text)
    return frozenset(quoted(word) for word in own if any(_holds(held, word) for held in words))


def _holds(held: Term, word: Term) -> bool:
    return word == held or (len(word) > 1 and word in held)


def held_in(engine: Engine, text: str, own: Iterable[Term]) -> frozenset[Term]:
    """Return all that `text` can be asked for: the terms it is read as, and the own words in it."""
    return engine.segmenter.terms(text) | said(engine, text, own)


def quoted(word: Term) -> Term:
    """Return `word` as it is written."""
    return Term(word.join(_QUOTES))


def meant(candidate: Candidate) -> frozenset[Term]:
    """Return the terms a candidate gives, whatever the words it is written with."""
    return frozenset(term for term in candidate.gives if not term.startswith(_QUOTES[0]))
