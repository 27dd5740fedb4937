"""Which words of a title only mean something together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from biaoti.records import Lexicon, Slot, TaggedTerm

_MODEL = re.compile(r"\d{1,4}\D*")
# What makes a quantity another claim: 60周岁以上 does not say 60周岁.
_BOUND = re.compile("及?以[上下内]|左右")
# Slots of what names a thing.
NAMES = frozenset({Slot.BRAND, Slot.SERIES, Slot.COMPATIBLE})


def _is_loose(item: TaggedTerm, lexicon: Lexicon) -> bool:
    """Tell whether a word is one character that no lexicon entry explains (筐 in 收纳筐)."""
    return len(item.term) == 1 and item.term not in lexicon.entries and not item.term.isdigit()


def _clings(item: TaggedTerm, elsewhere: frozenset[str], lexicon: Lexicon) -> bool:
    """Tell whether a loose character belongs to its neighbour, being none that goes elsewhere."""
    is_free = item.term in elsewhere or item.term in lexicon.policy.loners
    return _is_loose(item, lexicon) and not is_free


def phrases(title: Sequence[TaggedTerm], lexicon: Lexicon) -> Iterator[list[TaggedTerm]]:
    """Yield the words of a title, those together that only mean something together.

    A model number belongs to the name before it (苹果+15), and that name to the 适用 before it: a
    name that the product merely fits must never stand alone. A loose character belongs to its
    neighbour (收纳+筐, 可+折叠), so that no honest word is butchered, and a bound to its quantity.
    """
    policy = lexicon.policy
    phrase: list[TaggedTerm] = []
    for item in title:
        last = phrase[-1] if phrase else None
        is_touching = last is not None and last.end == item.start
        belongs = last is not None and (
            is_bound(last, item)
            or (last.term in policy.fits and item.slot in NAMES)
            or (last.slot in NAMES and _MODEL.fullmatch(item.term) and item.slot is not Slot.SPEC)
            or _clings(item, policy.prefixes, lexicon)
            or _clings(last, policy.suffixes, lexicon)
        )
        if phrase and not (is_touching and belongs):
            yield phrase
            phrase = []
        phrase.append(item)
    if phrase:
        yield phrase


def is_bound(before: TaggedTerm, item: TaggedTerm) -> bool:
    """Tell whether `item` bounds the quantity `before` it (60周岁+以上)."""
    return before.text[0].isdigit() and _BOUND.fullmatch(item.text) is not None


def bounded(value: str, item: TaggedTerm) -> str:
    """Return the text of `item` of `value`, with the bound behind it where it is a quantity."""
    bound = _BOUND.match(value, item.end) if item.text[0].isdigit() else None
    return value[item.start : bound.end()] if bound else item.text
