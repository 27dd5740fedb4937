"""Claims that the shop's settings must back: promotions, services, activities, credit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from biaoti.rules.book import Rulebook
from biaoti.rules.evidence import current, numbers, vouching
from biaoti.rules.scan import Finding, Hit, Scan, comparable, word_hits

_FREE_SHIPPING = (
    "包邮",
    "免邮",
    "免运费",
    "卖家承担",
    "商家承担",
    "卖家包",
    "0运费",
    "卖家付",
    "商家包",
)
_TEN = 10
_VAGUE = frozenset({"sale", "flash", "reduce"})
_RANKS = ("心", "钻", "皇冠", "金冠")


def promo_unbacked(scan: Scan, book: Rulebook) -> Iterator[Finding]:
    """Yield promotions that the shop does not run now, or runs with other numbers."""
    for hit in scan.hits_of("promo-unbacked"):
        if hit.word.kind == "shipping":
            yield from _shipping(scan, hit)
        else:
            yield from _promotion(scan, hit, book)


def service_unbacked(scan: Scan, book: Rulebook) -> Iterator[Finding]:
    """Yield services that the shop has not joined, or has with other numbers."""
    for hit in scan.hits_of("service-unbacked"):
        services = scan.listing.services
        if services is None:
            yield Finding(start=hit.start, end=hit.end, needs="services")
            continue
        offered = (
            *services,
            *((scan.listing.shipping or "",) if hit.word.kind == "carrier" else ()),
        )
        in_force = current(offered, scan.inspection.today)
        if not _matches(scan, hit, in_force, "service-unbacked", book):
            yield scan.finding(hit, against="、".join(services))


def platform_mark(scan: Scan, book: Rulebook) -> Iterator[Finding]:
    """Yield marks of platform activities that the listing does not take part in today."""
    for hit in scan.hits_of("platform-mark"):
        activities = scan.listing.activities
        if activities is None:
            yield Finding(start=hit.start, end=hit.end, needs="activities")
            continue
        in_force = current(activities, scan.inspection.today)
        kinds = {h.word.kind for text in in_force for h in word_hits(text, "platform-mark", book)}
        named = scan.text[hit.start : hit.end]
        if not (_same_kind(hit, kinds) or any(named in comparable(text) for text in in_force)):
            yield scan.finding(hit, against="、".join(activities))


def shop_credit(scan: Scan, book: Rulebook) -> Iterator[Finding]:
    """Yield shop ranks and praise other than the shop's own level."""
    del book
    for hit in scan.hits_of("shop-credit"):
        level = scan.listing.shop_level
        if level is None:
            yield Finding(start=hit.start, end=hit.end, needs="shop_level")
        elif not _is_level(scan.text[hit.start : hit.end], level):
            yield scan.finding(hit, against=level)


def _same_kind(hit: Hit, kinds: set[str]) -> bool:
    return hit.word.kind in kinds and hit.word.kind not in {"flash", "season", "supermarket"}


def _shipping(scan: Scan, hit: Hit) -> Iterator[Finding]:
    listing = scan.listing
    offers = (*((listing.shipping,) if listing.shipping else ()), *(listing.promotions or ()))
    free = [
        text
        for text in current(offers, scan.inspection.today)
        if any(word in comparable(text) for word in _FREE_SHIPPING)
    ]
    if free:
        return
    if listing.shipping is None:
        yield Finding(start=hit.start, end=hit.end, needs="shipping")
    else:
        yield scan.finding(hit, against=listing.shipping)


def _promotion(scan: Scan, hit: Hit, book: Rulebook) -> Iterator[Finding]:
    promotions = scan.listing.promotions
    if promotions is None:
        yield Finding(start=hit.start, end=hit.end, needs="promotions")
        return
    offers = (*promotions, *(scan.listing.activities or ()))
    in_force = current(offers, scan.inspection.today)
    if hit.word.kind in _VAGUE and not numbers(scan.text[hit.start : hit.end]) and in_force:
        return
    if not _matches(scan, hit, in_force, "promo-unbacked", book):
        yield scan.finding(hit, against="、".join(promotions))


def _matches(scan: Scan, hit: Hit, texts: Sequence[str], rule: str, book: Rulebook) -> bool:
    """Tell whether one of `texts` says the same as the hit: the same words, or kind and numbers."""
    claim = scan.text[hit.start : hit.end]
    # 5折 is not said by 45折, nor 满200减3 by 满200减30.
    whole = re.compile(rf"(?<![\d.]){re.escape(claim)}(?!\d)")
    if any(whole.search(comparable(text)) for text in texts):
        return True
    wanted = _figures(claim)
    for text in texts:
        for found in word_hits(text, rule, book):
            if hit.word.kind == "gift" and not _is_same_gift(claim, comparable(text)):
                continue
            if found.word.kind == hit.word.kind:
                offered = _figures(comparable(text)[found.start : found.end])
                if not wanted or not offered or wanted == offered:
                    return True
    return any(vouching(texts, hit.word.backed_by, scan.inspection.today))


def _is_same_gift(claim: str, offer: str) -> bool:
    """Tell whether the thing given in `claim`, if it names one, is the one of `offer`."""
    thing = claim.lstrip("赠送附加多另再品").rstrip("品")
    if len(thing) < 2 or not thing.isalpha() or any(c in thing for c in "买拍满送赠"):  # noqa: PLR2004
        return True
    return any(thing[i : i + 2] in offer for i in range(len(thing) - 1))


def _figures(claim: str) -> tuple[float, ...]:
    """Return the numbers of a claim; a discount of 85折 is one of 8.5, 半价 and 对折 one of 5."""
    if "半价" in claim or "对折" in claim or "骨折" in claim:
        return (*numbers(claim), 5.0)
    values = numbers(claim)
    if "折" in claim:
        return tuple(value / _TEN if value > _TEN else value for value in values)
    return values


def _is_level(claim: str, level: str) -> bool:
    known = comparable(level)
    if claim in known:
        return True
    rank = next((name for name in reversed(_RANKS) if name in claim), None)
    if rank is None or rank not in known:
        return False
    counts = numbers(claim)
    return not counts or counts[:1] == numbers(known)[:1]
