"""Whether a product word of an attribute names the listing or a part of it (docs/adr/0022)."""

from __future__ import annotations

import re

from biaoti.facts.rulings import Words
from biaoti.records import Slot, TaggedTerm

# How a thing is made is said of the whole thing; other readings (what it goes with) are not.
_MAKES = frozenset({Slot.DESIGN, Slot.STYLE, Slot.MATERIAL, Slot.CRAFT})

# Things of a cover and a filling: what the cover is made of says nothing of the whole (a 蚕丝被 has
# a cover of cotton).
_FILLED = re.compile("[被枕褥垫袄]|棉服|棉衣")


def is_cover(name: str, own_text: str) -> bool:
    """Tell whether attribute `name` says what the cover of a filled thing is made of.

    >>> is_cover("面料", "蚕丝被 床上用品"), is_cover("面料", "连衣裙"), is_cover("材质", "蚕丝被")
    (True, False, False)
    """
    return "面料" in name and _FILLED.search(own_text) is not None


def is_of_kind(name: str, own_text: str, words: Words) -> bool:
    """Tell whether attribute `name` says what the listing is (类型), not what a part of it is.

    键盘类型 of a phone is about its keyboard: a product word in the name must be one of `own_text`,
    the normalized title and category.
    """
    if not any(mark in name for mark in words.lexicon.policy.kind_names):
        return False
    products = (item.term for item in words.tag_text(name) if item.slot is Slot.PRODUCT)
    return all(term in own_text for term in products)


def slot_of_part(item: TaggedTerm, own_text: str, words: Words) -> Slot | None:
    """Return the slot a word has that an attribute says of a part, None when it may not be printed.

    A product word is printed where it is of the listing's own kind (A字裙 of a 连衣裙), or as what
    else it says (短袖 is a design too).
    """
    if item.slot is not Slot.PRODUCT or any(t in own_text for t in words.head(item.term)):
        return item.slot
    entry = words.lexicon.entries.get(item.term)
    slots = (reading.slot for reading in entry.readings) if entry else iter(())
    return next((slot for slot in slots if slot in _MAKES), None)
