"""How an attribute is read: of the listing or of a part of it (docs/adr/0022)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from biaoti.facts.rulings import Words
from biaoti.records import Lexicon, Slot, TaggedTerm

# How a thing is made is said of the whole thing; other readings (what it goes with) are not.
_MAKES = frozenset({Slot.DESIGN, Slot.STYLE, Slot.MATERIAL, Slot.CRAFT})

# Things of a cover and a filling: what the cover is made of says nothing of the whole (a 蚕丝被 has
# a cover of cotton).
_FILLED = re.compile("[被枕褥垫袄]|棉服|棉衣")

# 表镜材质, 灯身辅材: what the thing before it is made of.
_MATERIAL_OF = re.compile("(.{2,}?)(?:主要?|辅)?(?:材质|材料|辅材)")

# What parts the values that one text lists.
SEPARATORS = re.compile(r"[/,，、;；|\s]+")
# More whoms than this are everyone, which is nobody a title should name.
_MOST_WHOMS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeReading:
    """How the values of one attribute are read.

    `use` is `claim`, `detail` or `ignore`; `names_kind`: its product words are the listing's own;
    `names_everyone`: its audiences are too many to print.
    """

    name: str
    evidence: str
    use: str
    names_kind: bool
    names_everyone: bool


def reading_of(name: str, values: Sequence[str], own_text: str, words: Words) -> AttributeReading:
    """Return how attribute `name` with its `values` is read.

    `own_text` is the normalized title and category.
    """
    use = "claim" if "年份" in name else use_of(name, own_text, words.lexicon)
    return AttributeReading(
        name=name,
        evidence=f"attribute:{name}",
        use=use,
        names_kind=is_of_kind(name, own_text, words),
        names_everyone=use == "claim" and names_everyone(values, words),
    )


def names_everyone(values: Sequence[str], words: Words) -> bool:
    """Tell whether `values` list so many audiences that none is meant (成人, 儿童 and 婴儿)."""
    pieces = [piece for value in values for piece in SEPARATORS.split(value)]
    if len(pieces) <= _MOST_WHOMS:
        return False
    whoms = {t.term for p in pieces for t in words.tag_text(p) if t.slot is Slot.AUDIENCE}
    return len(whoms) > _MOST_WHOMS


def use_of(name: str, own_text: str, lexicon: Lexicon) -> str:
    """Return the use of attribute `name`: `claim`, `detail` or `ignore` (lexicon/README.md).

    A name that the lexicon does not list is a claim, unless it says what a part is made of (the
    glass of a watch makes no glass watch) or measures what nobody searches for (its thickness).
    """
    listed = lexicon.attribute_uses.get(name)
    if listed is not None:
        return listed
    made = _MATERIAL_OF.fullmatch(name)
    if made and made[1] not in lexicon.policy.wholes and made[1] not in own_text:
        return "ignore"
    return "detail" if any(m in name for m in lexicon.policy.idle_measures) else "claim"


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


def printed_slot(
    item: TaggedTerm, reading: AttributeReading, own_text: str, words: Words
) -> Slot | None:
    """Return the slot that a word of an attribute's value is printed in, None when it is not.

    A product word is printed where the attribute names the kind of thing (类型: 蓝牙耳机) or the
    word is of the listing's own kind (A字裙 of a 连衣裙), else as what else it says (短袖 is a
    design too): 键盘类型: 虚拟键盘 does not make a phone a keyboard.
    """
    if reading.use != "claim" or (reading.names_everyone and item.slot is Slot.AUDIENCE):
        return None
    if reading.names_kind:
        return item.slot
    if item.slot is not Slot.PRODUCT or any(t in own_text for t in words.head(item.term)):
        return item.slot
    entry = words.lexicon.entries.get(item.term)
    slots = (reading.slot for reading in entry.readings) if entry else iter(())
    return next((slot for slot in slots if slot in _MAKES), None)


def is_said_of_things(item: TaggedTerm, name: str, words: Words) -> bool:
    """Tell whether a word of the value of attribute `name` is about the thing.

    A promotion or a shop (官方旗舰店) is not; a place is where the attribute asks for one (产地).
    """
    if item.slot is Slot.PROMOTION or item.term in words.lexicon.policy.shop_words:
        return False
    asks_for_places = any(mark in name for mark in words.lexicon.policy.place_names)
    return item.slot is not Slot.ORIGIN or asks_for_places
