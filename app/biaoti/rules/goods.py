"""What the good is, against the category it is filed under and the shop's other listings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from biaoti.records import Sibling, Slot
from biaoti.rules.book import Product, Rulebook
from biaoti.rules.index import Found
from biaoti.rules.scan import Finding, Scan, covers, leaf
from biaoti.text import normalize

# 电磁炉煤气通用: a noun this near before 通用 is what the good goes with.
_NEAR = 4

# Goods that hold or work on others name them (煎锅 牛排, 收纳箱 T恤): the verbs in their titles.
_HANDLES = {
    "food": ("锅", "煎", "炒", "炸", "烤箱", "煮", "蒸", "炖"),
    "clothing": ("收纳", "衣柜", "衣架", "晾", "衣物", "整理"),
}

Similarity = Callable[[str, str], bool]


def offtopic_word(scan: Scan, book: Rulebook) -> Iterator[Finding]:
    """Yield product words of another family beside the product's own, and hot search words."""
    yield from _findings_with_category(scan)
    category = normalize(scan.listing.category or "")
    families = _families(category, book)
    if not families or scan.is_class("book") or scan.is_class("toy"):
        return
    nouns = list(_standing_nouns(scan, book, families))
    if not any(noun.payload.family in families for noun in nouns) and not _shares_words(
        scan.text, leaf(category)
    ):
        return
    for noun in nouns:
        is_foreign = noun.payload.family not in families and not _is_handled(scan, noun)
        if (
            is_foreign
            and _ends_phrase(scan, noun, nouns, book)
            and not _shares_words(noun.payload.noun, category)
        ):
            yield Finding(start=noun.start, end=noun.end, against=scan.listing.category or "")


def category_mismatch(scan: Scan, book: Rulebook) -> Iterator[Finding]:
    """Yield the head when all product words of the title belong elsewhere than the category."""
    category = normalize(scan.listing.category or "")
    if _is_learned_elsewhere(scan):
        yield Finding(start=0, end=len(scan.inspection.title), against=scan.listing.category or "")
        return
    families = _families(leaf(category), book) or _families(category, book)
    nouns = list(_standing_nouns(scan, book, families)) if families else []
    if not nouns or scan.is_class("book") or scan.is_class("toy"):
        return
    if _shares_words(scan.text, leaf(category)) or any(n.payload.noun in category for n in nouns):
        return
    if any(f.payload.noun in scan.text for f in book.product_categories.find(leaf(category))):
        return
    if any(noun.payload.family in families for noun in nouns):
        return
    head = nouns[-1]
    yield Finding(start=head.start, end=head.end, against=scan.listing.category or "")


def _is_learned_elsewhere(scan: Scan) -> bool:
    """Tell whether the seller's own category model is sure of quite another branch of the tree."""
    likely, given = scan.inspection.likely_category, scan.listing.category
    if likely is None or given is None:
        return False
    return normalize(re.split(r"[>/]", likely)[0]) != normalize(re.split(r"[>/]", given)[0])


def duplicate_listing(scan: Scan, book: Rulebook, is_near: Similarity) -> Iterator[Finding]:
    """Yield another listing of the shop for the same article or with a near title (`is_near`)."""
    del book
    listing = scan.listing
    for sibling in listing.siblings or ():
        if listing.listing_id is not None and sibling.listing_id == listing.listing_id:
            continue
        if _is_same_article(scan, sibling) or (
            _may_be_same(scan, sibling) and is_near(scan.inspection.title, sibling.title)
        ):
            yield Finding(start=0, end=len(scan.inspection.title), against=sibling.title)
            return


def _is_same_article(scan: Scan, sibling: Sibling) -> bool:
    ours, theirs = scan.listing.article_number, sibling.article_number
    return bool(ours and theirs) and normalize(ours or "") == normalize(theirs or "")


def _may_be_same(scan: Scan, sibling: Sibling) -> bool:
    return not (scan.listing.article_number and sibling.article_number)


def _is_handled(scan: Scan, noun: Found[Product]) -> bool:
    """Tell whether the good holds or works on the noun, by the words before it."""
    verbs = _HANDLES.get(noun.payload.family, ())
    before = scan.text[: noun.start]
    return any(verb in before for verb in verbs)


def _findings_with_category(scan: Scan) -> Iterator[Finding]:
    for finding in scan.findings("offtopic-word"):
        yield Finding(start=finding.start, end=finding.end, against=scan.listing.category or "")


def _families(category: str, book: Rulebook) -> frozenset[str]:
    return frozenset(found.payload.family for found in book.product_categories.find(category))


def _standing_nouns(
    scan: Scan, book: Rulebook, families: frozenset[str]
) -> Iterator[Found[Product]]:
    """Yield the product nouns that name the good, not what it goes with or is made for."""
    nouns = scan.nouns
    for index, noun in enumerate(nouns):
        neighbours = nouns[max(0, index - 1) : index], nouns[index + 1 : index + 2]
        if noun.payload.family not in families and _is_modifier(noun, *neighbours):
            continue
        before = _modifier_before(scan, noun, book)
        after = book.cues["product-modifier-after"].at(scan.text, noun.end)
        if not _is_product_word(scan, noun) or _is_fitted(scan, noun, book):
            continue
        if scan.sight.within(book.cues["shared-use"], noun.end, noun.end + _NEAR):
            continue
        if before is None and after is None and not covers(scan.own, noun.start, noun.end):
            yield noun


def _modifier_before(scan: Scan, noun: Found[Product], book: Rulebook) -> str | None:
    """Return the cue (配, 装, 适合 …) before a noun; in a tagged title it is a token of its own."""
    cue = scan.sight.before(book.cues["product-modifier-before"], noun.start)
    is_token = not scan.borders or noun.start - len(cue or "") in scan.borders
    return cue if is_token else None


def _is_modifier(
    noun: Found[Product], before: Sequence[Found[Product]], after: Sequence[Found[Product]]
) -> bool:
    """Tell if a noun only describes the next (手机+支架); between two of a kind it is not one."""
    if not after or after[0].start != noun.end or after[0].payload.family == noun.payload.family:
        return False
    is_wedged = bool(before) and before[0].end == noun.start
    return not (is_wedged and before[0].payload.family == after[0].payload.family)


def _is_product_word(scan: Scan, noun: Found[Product]) -> bool:
    """Tell whether the tagger, if it spoke, took the noun for a product (苹果 may be a brand)."""
    tagged = [t for t in scan.inspection.terms if t.start < noun.end and noun.start < t.end]
    if not tagged:
        return True
    is_whole = tagged[0].start <= noun.start and noun.end <= tagged[-1].end
    if len(tagged) > 1 and (tagged[0].start < noun.start or noun.end < tagged[-1].end):
        return False
    return is_whole and tagged[-1].slot in {Slot.PRODUCT, Slot.FEATURE}


def _is_fitted(scan: Scan, noun: Found[Product], book: Rulebook) -> bool:
    return scan.sight.within(book.cues["compatible-before"], noun.start - _NEAR, noun.start)


def _ends_phrase(
    scan: Scan, noun: Found[Product], nouns: Sequence[Found[Product]], book: Rulebook
) -> bool:
    """Tell whether nothing after the noun can make it a modifier (面包+邮票)."""
    rest = scan.text[noun.end :]
    touches = any(noun.start == other.end or other.start == noun.end for other in nouns)
    if not rest or not rest[0].isalnum() or touches:
        return True
    return book.cues["filler"].at(scan.text, noun.end) is not None


def _shares_words(text: str, category: str) -> bool:
    return any(
        part[i : i + 2] in text
        for part in category.replace(">", "/").split("/")
        for i in range(len(part) - 1)
    )
