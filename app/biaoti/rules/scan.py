"""A title read once against the rulebook: which words stand where, and what the listing says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from biaoti.records import Inspection, Listing, Severity
from biaoti.rules.book import Brand, Product, Rulebook, Word
from biaoti.rules.index import Found, Sight, stands_alone
from biaoti.text import fold_width, normalize

# Longer words are hardly ever formed by accident at the junction of two others (面包|邮票).
_LONGEST_ACCIDENT = 2
_OWN_NAME_ATTRIBUTES = ("品牌", "系列", "型号", "货号", "书名", "品名")


class Hit(NamedTuple):
    """A word of the rulebook at `start:end` of the title; unsure: its category condition is."""

    start: int
    end: int
    word: Word
    is_unsure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a rule noticed: a violation or, with `needs`, the listing key that would decide.

    `against` is what the listing says instead; `severity` replaces that of the rule.
    """

    start: int
    end: int
    against: str = ""
    severity: Severity | None = None
    needs: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scan:
    """All that a rule may look at; `text` is the title in lower case, with the same offsets.

    Equal to itself alone, so that what several rules ask of one scan can be remembered.
    """

    inspection: Inspection
    text: str
    sight: Sight
    classes: frozenset[str] | None
    leaf_classes: frozenset[str]
    own: tuple[tuple[int, int], ...]
    borders: frozenset[int]
    nouns: tuple[Found[Product], ...]
    brands: tuple[Found[Brand], ...]
    hits: dict[str, list[Hit]]

    @property
    def listing(self) -> Listing:
        """Return the listing whose title this is."""
        return self.inspection.listing

    def hits_of(self, rule: str) -> Sequence[Hit]:
        """Return the hits of `rule`, by position, none inside another."""
        return self.hits.get(rule, ())

    def finding(self, hit: Hit, *, against: str = "") -> Finding:
        """Return the finding of a hit: it needs the category when its word holds only in some."""
        return Finding(
            start=hit.start,
            end=hit.end,
            against=against,
            severity=Severity.HINT if hit.word.kind == "hint" else None,
            needs="category" if hit.is_unsure else None,
        )

    def findings(self, rule: str) -> Iterator[Finding]:
        """Yield a finding for every hit of `rule`."""
        return (self.finding(hit) for hit in self.hits_of(rule))

    def is_class(self, name: str) -> bool:
        """Tell whether the category is known to be of the class `name`."""
        return self.classes is not None and name in self.classes

    def attribute(self, *names: str) -> tuple[str, ...] | None:
        """Return the values of the attributes `names` together, None when nothing is known."""
        attributes = self.listing.attributes
        if attributes is None:
            return None
        return tuple(value for name in names for value in attributes.get(name, ()))


def comparable(text: str) -> str:
    """Return `text` in lower case and half width, with every character at its old offset.

    >>> comparable("ＡB１İ")
    'ab1İ'
    """
    folded = fold_width(text)
    lowered = folded.lower()
    if len(lowered) == len(folded):
        return lowered
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in folded)


def read_scan(inspection: Inspection, book: Rulebook) -> Scan:
    """Return the title of `inspection` with every word of the rulebook that counts in it."""
    text = comparable(inspection.title)
    classes = category_classes(inspection.listing.category, book)
    own = tuple(_own_spans(text, inspection.listing))
    borders = _borders(inspection)
    sight = Sight(text, book.beginnings)
    named = sight.longest(book.brands)
    hits: dict[str, list[Hit]] = {}
    for hit in _candidates(text, sight.find(book.words), book):
        if _is_guilty(hit, text, classes, own) and not _crosses(hit, borders):
            unsure = bool(hit.word.only) and classes is None
            hits.setdefault(hit.word.rule, []).append(hit._replace(is_unsure=unsure))
    return Scan(
        inspection=inspection,
        text=text,
        sight=sight,
        classes=classes,
        leaf_classes=_leaf_classes(inspection.listing.category, book),
        own=own,
        borders=borders,
        nouns=tuple(sight.longest(book.products)),
        brands=tuple(Found(f.start, f.end, book.brand(f.payload)) for f in named),
        hits={rule: _outermost(found) for rule, found in hits.items()},
    )


def leaf(category: str) -> str:
    """Return the last part of a category path written with `/` or `>`."""
    return category.replace(">", "/").split("/")[-1].strip()


def category_classes(category: str | None, book: Rulebook) -> frozenset[str] | None:
    """Return the classes whose words stand in the category path; None when it is unknown."""
    if category is None:
        return None
    return frozenset(found.payload for found in book.classes.find(normalize(category)))


def _leaf_classes(category: str | None, book: Rulebook) -> frozenset[str]:
    return (category_classes(leaf(category), book) if category else None) or frozenset()


def word_hits(text: str, rule: str, book: Rulebook) -> list[Hit]:
    """Return what the words of `rule` find in a text of the listing other than its title."""
    compared = comparable(text)
    found = (
        hit
        for hit in _candidates(compared, book.words.find(compared), book)
        if hit.word.rule == rule
    )
    return _outermost([hit for hit in found if not _is_excepted(hit, compared)])


def covers(spans: Iterable[tuple[int, int]], start: int, end: int) -> bool:
    """Tell whether one of `spans` holds all of `start:end`."""
    return any(low <= start and end <= high for low, high in spans)


def _candidates(text: str, words: Iterable[Found[Word]], book: Rulebook) -> Iterator[Hit]:
    for start, end, word in words:
        yield Hit(start, end, word)
    for pattern, word in _patterns_for(frozenset(text), book):
        for match in pattern.finditer(text):
            if match.end() > match.start():
                yield Hit(match.start(), match.end(), word)


def _patterns_for(
    characters: frozenset[str], book: Rulebook
) -> Iterator[tuple[re.Pattern[str], Word]]:
    """Yield the patterns that a text of these characters can match, in their order."""
    able = set(book.needless)
    for character in characters & book.needed.keys():
        able.update(book.needed[character])
    for index in sorted(able):
        pattern = book.patterns[index]
        yield pattern.shape, pattern.word


def _is_guilty(
    hit: Hit,
    text: str,
    classes: frozenset[str] | None,
    own: tuple[tuple[int, int], ...],
) -> bool:
    word = hit.word
    if classes is not None:
        if word.only and word.only.isdisjoint(classes):
            return False
        if not word.unless.isdisjoint(classes):
            return False
    return not _is_excepted(hit, text) and not covers(own, hit.start, hit.end)


def _is_excepted(hit: Hit, text: str) -> bool:
    for offset, longer in hit.word.excepts:
        if hit.word.text[0] == "/":
            reach = len(longer) - 1  # how far it may stick out on either side and still touch
            if text.find(longer, max(0, hit.start - reach), hit.end + reach) >= 0:
                return True
        elif hit.start >= offset and text.startswith(longer, hit.start - offset):
            return True
    return False


def _own_spans(text: str, listing: Listing) -> Iterator[tuple[int, int]]:
    for name in own_names(listing):
        at = text.find(name)
        while at >= 0:
            if stands_alone(text, at, at + len(name)):
                yield at, at + len(name)
            at = text.find(name, at + 1)


def own_names(listing: Listing) -> frozenset[str]:
    """Return the names that belong to the listing: its brand and its numbers, normalized."""
    raw = [listing.brand or "", listing.article_number or ""]
    for attribute in _OWN_NAME_ATTRIBUTES:
        raw += (listing.attributes or {}).get(attribute, ())
    names = (normalize(part) for name in raw for part in name_parts(name))
    return frozenset(name for name in names if len(name) > 1)


def name_parts(name: str) -> list[str]:
    """Return the spellings in a brand field: `Casio/卡西欧` and `苏泊尔（SUPOR）` have two each."""
    for mark in "（）()／/|":
        name = name.replace(mark, "\n")
    return [part.strip() for part in name.split("\n") if part.strip()]


def _borders(inspection: Inspection) -> frozenset[int]:
    ends = {term.end for term in inspection.terms}
    return frozenset(ends | {term.start for term in inspection.terms})


def _crosses(hit: Hit, borders: frozenset[int]) -> bool:
    """Tell whether a short hit joins the end of one token to the beginning of the next."""
    if not borders or hit.end - hit.start > _LONGEST_ACCIDENT or hit.word.text[0] == "/":
        return False
    is_inside_one = borders.isdisjoint(range(hit.start + 1, hit.end))
    return not is_inside_one and not (hit.start in borders and hit.end in borders)


def _outermost(hits: list[Hit]) -> list[Hit]:
    """Return the hits by position without those inside another; two that overlap become one."""
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if kept and hit.start < kept[-1].end:
            kept[-1] = kept[-1]._replace(end=max(hit.end, kept[-1].end))
        else:
            kept.append(hit)
    return kept
