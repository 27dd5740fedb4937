"""Titles that are not an honest offer of one good: contacts, resale, postage, forbidden things."""

from __future__ import annotations

from collections.abc import Iterator

from biaoti.rules.book import Rulebook
from biaoti.rules.scan import Finding, Scan, comparable, word_hits

# A title made of postage words and at most this many other characters is a postage listing.
_POSTAGE_REST = 4


def contact_info(scan: Scan, book: Rulebook) -> Iterator[Finding]:
    """Yield telephones, chat accounts, links, addresses: ways around the marketplace."""
    del book
    yield from scan.findings("contact-info")


def wholesale_agent(scan: Scan, book: Rulebook) -> Iterator[Finding]:
    """Yield wholesale, agency and franchise offers."""
    del book
    yield from scan.findings("wholesale-agent")


def non_trade_item(scan: Scan, book: Rulebook) -> Iterator[Finding]:
    """Yield words that say the offer is not to be bought."""
    del book
    yield from scan.findings("non-trade-item")


def forbidden_item(scan: Scan, book: Rulebook) -> Iterator[Finding]:
    """Yield goods and services that may not be offered."""
    del book
    yield from scan.findings("forbidden-item")


def illicit_source(scan: Scan, book: Rulebook) -> Iterator[Finding]:
    """Yield words for copies and for goods of unclear origin."""
    del book
    yield from scan.findings("illicit-source")


def postage_item(scan: Scan, book: Rulebook) -> Iterator[Finding]:
    """Yield postage words in an ordinary title, or a second postage listing of the shop."""
    hits = scan.hits_of("postage-item")
    if not hits:
        return
    start, end = hits[0].start, hits[-1].end
    if not _is_postage_title(scan.text, book) and not scan.is_class("postage"):
        yield Finding(start=start, end=end, against="普通商品不能写补邮费、差价")
        return
    siblings = scan.listing.siblings
    if siblings is None:
        yield Finding(start=start, end=end, needs="siblings")
        return
    others = (sibling.title for sibling in siblings)
    twin = next((t for t in others if word_hits(t, "postage-item", book)), None)
    if twin is not None:
        yield Finding(start=start, end=end, against=f"同店已有“{twin}”,每店只能有一件")


def _is_postage_title(text: str, book: Rulebook) -> bool:
    rest = list(comparable(text))
    for hit in word_hits(text, "postage-item", book):
        rest[hit.start : hit.end] = " " * (hit.end - hit.start)
    for found in book.cues["filler"].longest("".join(rest)):
        rest[found.start : found.end] = " " * (found.end - found.start)
    names_product = any(True for _ in book.products.find("".join(rest)))
    return not names_product and sum(c.isalnum() for c in rest) <= _POSTAGE_REST
