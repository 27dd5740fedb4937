"""What the words of a keyword are: brands, and words that name an attribute (属性词)."""

from __future__ import annotations

from biaoti.records import Lexicon, Slot, Term

_ATTRIBUTES = frozenset(
    {
        Slot.SEASON,
        Slot.STYLE,
        Slot.CRAFT,
        Slot.MATERIAL,
        Slot.DESIGN,
        Slot.USE,
        Slot.FEATURE,
        Slot.AUDIENCE,
        Slot.COLOR,
        Slot.SPEC,
    }
)


def is_brand(term: Term, lexicon: Lexicon) -> bool:
    """Tell whether a word is a brand and nothing else; a risky name is also a plain word."""
    brand = lexicon.brands.get(term)
    return brand is not None and not brand.is_risky


def is_attribute(term: Term, lexicon: Lexicon) -> bool:
    """Tell whether a word says first of all what a thing is like, not what it is."""
    entry = lexicon.entries.get(term)
    return entry is not None and entry.readings[0].slot in _ATTRIBUTES
