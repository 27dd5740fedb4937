"""What the good is, against the category it is filed under and the shop's other listings."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from biaoti.records import Sibling
from biaoti.rules.book import Product, Rulebook
from biaoti.rules.index import Found
from biaoti.rules.scan import Finding, Scan, covers, leaf
from biaoti.text import normalize

# 电磁炉煤气通用: a noun this near before 通用 is what the good goes with.
_NEAR = 6

Similarity = Callable[[str, str], bool]


def offtopic_word(scan: Scan, book: Rulebook) -> Iterator[Finding]:
    """A product word of another family beside the product's own, or a word said to be searched for."""
    yield from _findings_with_category(scan)
    families = _families(scan, book)
    if not families or scan.is_class("book") or scan.is_class("toy"):
        return
    nouns = list(_standing_nouns(scan, book))
    category = normalize(scan.listing.category or "")
    if not any(noun.payload.family in families for noun in nouns) and not _shares_words(
        scan.text, category
    ):
        return
    for noun in nouns:
        if noun.payload.family not in families:
            yield Finding(start=noun.start, end=noun.end, against=scan.listing.category or "")


def category_mismatch(scan: Scan, book: Rulebook) -> Iterator[Finding]:
    """All product words of the title belong elsewhere than the category."""
    families = _families(scan, book)
    nouns = list(_standing_nouns(scan, book))
    if not families or not nouns or scan.is_class("book") or scan.is_class("toy"):
        return
    category = normalize(scan.listing.category or "")
    if _shares_words(scan.text, category) or any(n.payload.noun in category for n in nouns):
        return
    groups = {found.payload.group for found in book.product_categories.find(leaf(category))}
    if any(noun.payload.family in families for noun in nouns) and (
        not groups or any(noun.payload.group in groups for noun in nouns)
    ):
        return
    head = nouns[-1]
    yield Finding(start=head.start, end=head.end, against=scan.listing.category or "")


def duplicate_listing(scan: Scan, book: Rulebook, is_near: Similarity) -> Iterator[Finding]:
    """Another listing of the shop for the same article, or one that differs only in colour, size, gift."""
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


def _findings_with_category(scan: Scan) -> Iterator[Finding]:
    for finding in scan.findings("offtopic-word"):
        yield Finding(start=finding.start, end=finding.end, against=scan.listing.category or "")


def _families(scan: Scan, book: Rulebook) -> frozenset[str]:
    category = normalize(scan.listing.category or "")
    return frozenset(found.payload.family for found in book.product_categories.find(category))


def _standing_nouns(scan: Scan, book: Rulebook) -> Iterator[Found[Product]]:
    """Yield the product nouns that name the good, not what it goes with or is made for."""
    nouns = list(book.products.longest(scan.text))
    for index, noun in enumerate(nouns):
        is_modifier = index + 1 < len(nouns) and nouns[index + 1].start == noun.end
        if is_modifier and nouns[index + 1].payload.family != noun.payload.family:
            continue
        before = book.cues["product-modifier-before"].before(scan.text, noun.start)
        after = book.cues["product-modifier-after"].at(scan.text, noun.end)
        if any(True for _ in book.cues["shared-use"].find(scan.text[noun.end : noun.end + _NEAR])):
            continue
        if before is None and after is None and not covers(scan.own, noun.start, noun.end):
            yield noun


def _shares_words(text: str, category: str) -> bool:
    last = leaf(category)
    return any(last[i : i + 2] in text for i in range(len(last) - 1))
