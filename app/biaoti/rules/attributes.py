"""The title against the listing's attributes and SKUs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from biaoti.records import Severity
from biaoti.rules.book import Choice, Rulebook
from biaoti.rules.index import Found
from biaoti.rules.scan import Finding, Hit, Scan, comparable

# A title may carry last year's date: goods of the autumn are sold in spring.
_STALE_AFTER_YEARS = 1
# The facts stage reports a year gone by against this "attribute"; it is advice, not misuse.
_TODAY = "today"
_YEAR_NAMES = ("上市", "年份")
_YEAR = re.compile(r"20\d\d")
# Sets of kinds of goods: one listing cannot be two kinds, whatever its SKUs are.
_KINDS = ("类",)


def attr_stack(scan: Scan, book: Rulebook) -> Iterator[Finding]:
    """Yield several values of an attribute that has one, unless SKUs or attributes hold all."""
    for name, found in sorted(_choices(scan, book).items()):
        values = {item.payload.value for item in found}
        if len(values) > 1:
            yield from _judge_stack(scan, name, found, values)


def attr_conflict(scan: Scan, book: Rulebook) -> Iterator[Finding]:
    """Yield what the facts stage found to contradict an attribute, and years gone by (a hint)."""
    del book
    for conflict in scan.inspection.conflicts:
        if conflict.attribute == _TODAY:
            continue
        yield Finding(
            start=conflict.start,
            end=conflict.end,
            against=f"{conflict.attribute.removeprefix('attribute:')}:{conflict.fact}",
        )
    for hit in scan.hits_of("attr-conflict"):
        yield from _judge_year(scan, hit)


def _judge_year(scan: Scan, hit: Hit) -> Iterator[Finding]:
    year = scan.text[hit.start : hit.start + 4]
    names = [n for n in scan.listing.attributes or {} if any(word in n for word in _YEAR_NAMES)]
    filed = " ".join(scan.attribute(*names) or ())
    if _YEAR.search(filed) and year not in filed:
        yield Finding(start=hit.start, end=hit.end, against=filed)
    elif int(year) < int(scan.inspection.today[:4]) - _STALE_AFTER_YEARS:
        against = f"今天是{scan.inspection.today}"
        yield Finding(start=hit.start, end=hit.end, against=against, severity=Severity.HINT)


def _choices(scan: Scan, book: Rulebook) -> dict[str, list[Found[Choice]]]:
    choices: dict[str, list[Found[Choice]]] = {}
    for found in scan.sight.longest(book.choices):
        choices.setdefault(found.payload.name, []).append(found)
    return choices


def _judge_stack(
    scan: Scan, name: str, found: Sequence[Found[Choice]], values: set[str]
) -> Iterator[Finding]:
    start, end = found[0].start, found[-1].end
    listing = scan.listing
    told = " ".join(_told(scan))
    missing = [item for item in found if scan.text[item.start : item.end] not in told]
    missing = [item for item in missing if item.payload.value not in told]
    if not missing:
        return
    is_known = bool(scan.attribute(name)) or name.endswith(_KINDS)
    if listing.sku_options is None and not is_known:
        yield Finding(start=start, end=end, needs="sku_options")
    else:
        yield Finding(start=start, end=end, against=f"{name} {'、'.join(sorted(values))}")


def _told(scan: Scan) -> Iterator[str]:
    listing = scan.listing
    for source in (listing.sku_options, listing.attributes):
        for values in (source or {}).values():
            yield from (comparable(value) for value in values)
