"""Names that belong to others: brands, their owners' authority, famous people."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from biaoti.records import Slot
from biaoti.rules.book import Brand, Rulebook
from biaoti.rules.evidence import vouching
from biaoti.rules.index import Found
from biaoti.rules.scan import Finding, Hit, Scan, comparable, covers, own_names
from biaoti.text import normalize

# A compatible-with list names its device within this many characters after 适用.
_FITS_REACH = 8
_SURE = 0.5
_STACK = 2
_OWN = "own"
_ACCESSORY = "accessory"
_SHORT = 2
_SHORT_LATIN = 3
_BRAND_SLOTS = frozenset({Slot.BRAND, Slot.COMPATIBLE, Slot.SERIES})
_LUXURY = "奢侈品"
# 兰蔻平替 names the rival before the word; the other comparisons name it after.
_AFTER_BRAND = ("替", "替代", "同级别", "同品质", "同等品质")


@dataclass(frozen=True, slots=True)
class _Mention:
    """A brand of someone in the title; imitated: 香奈儿风, 耐克同款."""

    start: int
    end: int
    brand: Brand
    is_imitated: bool


def brand_compare(scan: Scan, book: Rulebook) -> Iterator[Finding]:
    """Yield 媲美, 平替, 不输 … beside a brand, or with a general rival such as 大牌."""
    hits = scan.hits_of("brand-compare")
    brands = sorted({(f.start, f.end) for f in _rivals(scan, book)}) if hits else []
    for hit in hits:
        if hit.word.kind == "word":
            start, end = _with_brand(scan.text, hit, brands)
            yield Finding(start=start, end=end)
        elif (span := _with_brand(scan.text, hit, brands)) != (hit.start, hit.end):
            yield Finding(start=span[0], end=span[1])


def brand_unauthorized(scan: Scan, book: Rulebook) -> Iterator[Finding]:
    """Yield others' brands without authorisation that are not something the good fits."""
    if not scan.brands or scan.is_class("book"):
        return
    for mention in _foreign_mentions(scan, book):
        listing = scan.listing
        if listing.authorised_brands is None and not (mention.is_imitated and listing.brand):
            yield Finding(start=mention.start, end=mention.end, needs="authorised_brands")
        else:
            yield Finding(start=mention.start, end=mention.end, against=listing.brand or "")


def brand_stack(scan: Scan, book: Rulebook) -> Iterator[Finding]:
    """Yield two brands or more side by side, unless it is a joint edition."""
    if len(scan.brands) < _STACK or scan.is_class("book") or _is_accessory(scan):
        return
    mentions = [m for m in _mentions(scan, book) if not m.is_imitated]
    ours = own_names(scan.listing)
    names = {_OWN if _is_named(m.brand, ours) else m.brand.name for m in mentions}
    if len(names) < _STACK or scan.sight.find(book.cues["joint"]):
        return
    if all(_is_ours(mention, scan) for mention in mentions):
        yield Finding(
            start=mentions[0].start,
            end=mentions[-1].end,
            against="、".join(dict.fromkeys(mention.brand.name for mention in mentions)),
        )


def auth_claim(scan: Scan, book: Rulebook) -> Iterator[Finding]:
    """Yield official shop, counter goods, authorised dealer: the shop's type must back them.

    An authorised brand backs what only claims authorisation, not the name of a kind of shop.
    """
    for hit in scan.hits_of("auth-claim"):
        shop_type = scan.listing.shop_type
        if hit.word.kind != "official" and _is_backed_by_brand(scan, book):
            continue
        if shop_type is None:
            yield Finding(start=hit.start, end=hit.end, needs="shop_type")
        elif not _is_backed_shop(hit, shop_type):
            yield scan.finding(hit, against=shop_type)


def celebrity_name(scan: Scan, book: Rulebook) -> Iterator[Finding]:
    """Yield famous persons' names without an endorsement."""
    if scan.is_class("book") or scan.is_class("celebrity-goods"):
        return
    masks = _plain_words(scan, "celebrity-name")
    for start, end, person in scan.sight.longest(book.celebrities):
        cue = book.cues["celebrity-cue"].at(scan.text, end)
        if covers((*scan.own, *masks), start, end) or _is_inside_word(scan, start, end):
            continue
        if person.is_risky and cue is None:
            continue
        span_end = end + len(cue or "")
        endorsements = scan.listing.endorsements
        if endorsements is None:
            yield Finding(start=start, end=span_end, needs="endorsements")
        elif not any(vouching(endorsements, (normalize(person.name),), scan.inspection.today)):
            yield Finding(start=start, end=span_end)


def _with_brand(text: str, hit: Hit, brands: Sequence[tuple[int, int]]) -> tuple[int, int]:
    for start, end in brands:
        if hit.start - 1 <= end <= hit.start and text[hit.start : hit.end].endswith(_AFTER_BRAND):
            return start, hit.end
        if hit.end <= start <= hit.end + 1:
            return hit.start, end
    return hit.start, hit.end


@functools.lru_cache(maxsize=16)
def _brands(scan: Scan, book: Rulebook) -> tuple[Found[Brand], ...]:
    """Return the brands that the title names, own ones included; four rules ask it of a title."""
    masks = _plain_words(scan, "brand-unauthorized")
    masks += [
        (hit.start, hit.end)
        for rule, hits in scan.hits.items()
        if not rule.startswith("brand-")
        for hit in hits
    ]
    return tuple(
        found
        for found in scan.brands
        if covers(scan.own, found.start, found.end)
        or (not covers(masks, found.start, found.end) and _is_brand_here(scan, found, book))
    )


def _rivals(scan: Scan, book: Rulebook) -> Iterator[Found[Brand]]:
    """Yield the brands a comparison may name: beside its verb a short name is sure enough."""
    yield from _brands(scan, book)
    for found in scan.brands:
        is_long = found.end - found.start > 1 and not found.payload.is_risky
        if is_long and not _is_inside_word(scan, found.start, found.end):
            yield found


def _is_brand_here(scan: Scan, found: Found[Brand], book: Rulebook) -> bool:
    """Tell whether a name stands for the brand, not for a plain word or a piece of one."""
    is_longer = any(_holds(scan.text, longer, found) for longer in found.payload.excepts)
    is_one = found.end - found.start == 1
    if is_longer or is_one or _is_inside_word(scan, found.start, found.end):
        return False
    if _has_cue(scan, found, book) and not found.payload.is_risky:
        return True
    tagged = _tagged_slot(scan, found)
    if tagged is not None and tagged not in _BRAND_SLOTS:
        return False
    if found.payload.is_risky:
        return _is_word_of_trade(scan, found) or (
            tagged is not None and _is_of_trade(scan, found, book)
        )
    return not _is_short(scan, found) or _is_of_trade(scan, found, book)


def _tagged_slot(scan: Scan, found: Found[Brand]) -> Slot | None:
    span = found.start, found.end
    return next((t.slot for t in scan.inspection.terms if (t.start, t.end) == span), None)


def _is_inside_word(scan: Scan, start: int, end: int) -> bool:
    """Tell whether a name is a piece of a longer token or straddles two of them."""
    if scan.text[start:end].isascii():
        return False
    for term in scan.inspection.terms:
        is_cut = term.start < start < term.end or (
            term.start < end < term.end and term.start > start
        )
        if is_cut and term.confidence > _SURE:
            return True
    return False


def _is_short(scan: Scan, found: Found[Brand]) -> bool:
    """Tell whether a name is so short that only its own trade makes it sure (立白+纱帘)."""
    if _LUXURY in found.payload.categories:
        return False
    length = found.end - found.start
    return length <= (_SHORT_LATIN if scan.text[found.start].isascii() else _SHORT)


def _is_word_of_trade(scan: Scan, found: Found[Brand]) -> bool:
    category = normalize(scan.listing.category or "")
    return any(word in category for word in found.payload.categories)


def _is_of_trade(scan: Scan, found: Found[Brand], book: Rulebook) -> bool:
    """Tell whether the good is of the brand's trade; an unknown category is read from the nouns."""
    if _is_word_of_trade(scan, found) or not found.payload.categories:
        return True
    theirs = _trades(found.payload.categories, book)
    if scan.listing.category is None:
        return not theirs.isdisjoint(noun.payload.trade for noun in scan.nouns)
    category = normalize(scan.listing.category)
    return not theirs.isdisjoint(f.payload.trade for f in book.product_categories.find(category))


@functools.lru_cache(maxsize=1_024)
def _trades(categories: tuple[str, ...], book: Rulebook) -> frozenset[str]:
    return frozenset[str]().union(*(book.trades[word] for word in categories))


def _has_cue(scan: Scan, found: Found[Brand], book: Rulebook) -> bool:
    text, cues = scan.text, book.cues
    if cues["brand-imitation"].at(text, found.end) or cues["genuine"].at(text, found.end):
        return True
    return scan.sight.before(cues["genuine"], found.start) is not None


def _plain_words(scan: Scan, rule: str) -> list[tuple[int, int]]:
    """Return where words stand that only look as if they held a name (汗血宝马, 望子成龙)."""
    return [(hit.start, hit.end) for hit in scan.hits_of(rule) if hit.word.kind == "plain"]


def _holds(text: str, longer: str, found: Found[Brand]) -> bool:
    """Tell whether `longer` stands in `text` with the name found inside it."""
    first = max(0, found.end - len(longer))
    return text.find(longer, first, found.start + len(longer)) >= 0


def _mentions(scan: Scan, book: Rulebook) -> Iterator[_Mention]:
    """Yield what is named, not merely fitted; a name beside the own is its other spelling."""
    for found in _brands(scan, book):
        if _is_other_spelling(scan, found):
            continue
        imitated = book.cues["brand-imitation"].at(scan.text, found.end) is not None
        if not _is_fitted(scan, found, book):
            yield _Mention(found.start, found.end, found.payload, imitated)


def _is_other_spelling(scan: Scan, found: Found[Brand]) -> bool:
    """Tell whether a name touches the shop's own in the other script (casio卡西欧)."""
    is_latin = scan.text[found.start].isascii()
    return any(
        scan.text[start].isascii() != is_latin
        and (0 <= found.start - end <= 1 or 0 <= start - found.end <= 1)
        for start, end in scan.own
    )


def _foreign_mentions(scan: Scan, book: Rulebook) -> Iterator[_Mention]:
    return (mention for mention in _mentions(scan, book) if not _is_ours(mention, scan))


def _is_ours(mention: _Mention, scan: Scan) -> bool:
    listing = scan.listing
    ours = own_names(listing) | {normalize(name) for name in listing.authorised_brands or ()}
    return _is_named(mention.brand, ours)


def _is_named(brand: Brand, ours: frozenset[str]) -> bool:
    plain = {_letters(name) for name in ours}
    return any(
        (name in own and len(name) > 1) or (own in name and len(own) > 1)
        for own in plain
        for name in map(_letters, brand.names)
    )


def _letters(name: str) -> str:
    return "".join(character for character in name if character.isalnum())


def _is_accessory(scan: Scan) -> bool:
    """Tell whether the good is one that fits others'; without a category its nouns tell."""
    if scan.listing.category is not None:
        return _ACCESSORY in scan.leaf_classes
    return any(noun.payload.group == _ACCESSORY for noun in scan.nouns)


def _is_fitted(scan: Scan, found: Found[Brand], book: Rulebook) -> bool:
    """Tell whether the good only fits things of this brand (适用苹果, 戴森支架)."""
    text = scan.text
    genuine = book.cues["genuine"]
    if scan.sight.before(genuine, found.start) or genuine.at(text, found.end):
        return False
    if _is_accessory(scan):
        return book.cues["brand-imitation"].at(text, found.end) is None
    sight, cues = scan.sight, book.cues
    if sight.within(cues["compatible-before"], found.start - _FITS_REACH, found.start):
        return True
    return sight.within(cues["compatible-after"], found.end, found.end + _FITS_REACH)


def _is_backed_shop(hit: Hit, shop_type: str) -> bool:
    kind = comparable(shop_type)
    if "旗舰" in kind or "官方" in kind or "自营" in kind:
        return True
    if "专卖" in kind:
        return hit.word.kind in {"dealer", "counter"}
    return "专营" in kind and "专营" in hit.word.text


def _is_backed_by_brand(scan: Scan, book: Rulebook) -> bool:
    """Tell whether the title's brand is one the shop is authorised for."""
    authorised = {normalize(name) for name in scan.listing.authorised_brands or ()}
    named = {normalize(n) for found in _brands(scan, book) for n in found.payload.names}
    own = own_names(scan.listing)
    return bool(authorised) and not authorised.isdisjoint(named | own)
