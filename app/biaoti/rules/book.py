"""The rulebook: every word, number and sentence that the rules judge by, read from `lexicon/`."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from biaoti.compiled import cached, fingerprint
from biaoti.records import Severity
from biaoti.rules.index import Beginnings, Index, build_beginnings, build_index
from biaoti.rules.tables import EXTRA_FILES, FILES, compile_tables

# Raise this when the compiled form changes, so that a kept older one is not read.
_FORM = "rulebook 4"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A listing as a mapping of its JSON keys, title included."""

    listing: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What data says of one rule; `is_local` means its findings compete for a span of the title."""

    rule_id: str
    name: str
    severity: Severity
    is_local: bool
    is_deletable: bool
    penalty: str
    source: str
    message: str
    suggestion: str
    violating: Example
    clean: Example


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word or pattern a rule looks for, and what makes it innocent.

    `needs` are characters of which a text must have one for a pattern to match (empty: any text may
    match), `excepts` longer words around it, `only` and `unless` classes of categories, `backed_by`
    what a certificate (or promotion, service, …) that vouches for it says.
    """

    rule: str
    text: str
    needs: str
    kind: str
    excepts: tuple[tuple[int, str], ...]
    only: frozenset[str]
    unless: frozenset[str]
    backed_by: tuple[str, ...]


class Pattern(NamedTuple):
    """A word that is a pattern, tried on a text that has one of the characters `needs`."""

    needs: frozenset[str]
    word: Word

    @property
    def shape(self) -> re.Pattern[str]:
        """Return the pattern, compiled when first asked for: a title needs few of them."""
        return _shape(self.word.text)


@functools.cache
def _shape(text: str) -> re.Pattern[str]:
    return re.compile(text[1:-1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """A brand by its first name, with the category words it belongs to; risky: also a plain word.

    `excepts` are longer words in which the name is not the brand (公鸡 in 公鸡碗).
    """

    name: str
    names: frozenset[str]
    categories: tuple[str, ...]
    is_risky: bool
    excepts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Celebrity:
    """A person's name; risky: also a plain word, so it takes a cue such as 同款."""

    name: str
    is_risky: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A country, province or city; `province` is empty for a country."""

    name: str
    country: str
    province: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A product noun with its group and family; a noun of the group 'other' claims no family."""

    noun: str
    group: str
    family: str

    @property
    def trade(self) -> str:
        """Return the trade of the product: its family, in the home its group."""
        return self.group if self.family == "home" else self.family


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One value of a set whose values exclude each other, by one of its words in titles."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rulebook:
    """All that the rules know; immutable, so that one serves a whole process, equal to itself."""

    rules: Mapping[str, Rule]
    words: Index[Word]
    patterns: tuple[Pattern, ...]
    needed: Mapping[str, tuple[int, ...]]
    needless: frozenset[int]
    classes: Index[str]
    brands: Index[int]
    brand_rows: tuple[Any, ...]
    trades: Mapping[str, frozenset[str]]
    celebrities: Index[Celebrity]
    places: Index[Place]
    products: Index[Product]
    product_categories: Index[Product]
    choices: Index[Choice]
    cues: Mapping[str, Index[str]]
    beginnings: Beginnings
    variants: tuple[str, ...]
    silenced: frozenset[tuple[str, str]]

    def __repr__(self) -> str:
        """Return a short name: the whole book would fill a hundred screens."""
        return f"Rulebook({len(self.rules)} rules)"

    def brand(self, number: int) -> Brand:
        """Return the brand an entry of `brands` stands for (made when met: there are thousands)."""
        return _brand(self.brand_rows[number])


def load_rulebook(
    lexicon_dir: Path, extra: Path | None = None, *, cache: Path | None = None
) -> Rulebook:
    """Return the rulebook of `lexicon_dir`, with the seller's own words of `extra` added.

    `extra` may hold `rule_words.tsv` (added) and `rule_silence.tsv` (rule, word or `*`: takes back
    findings of severity low or hint). `cache` is a private folder that keeps the checked tables.
    Raises DataFileError with every fault found.
    """
    paths = [lexicon_dir / name for name in FILES]
    paths += [extra / name for name in EXTRA_FILES] if extra else []
    key = fingerprint((path for path in paths if path.exists()), salt=_FORM)
    return _assemble(cached(cache, "rulebook", key, lambda: compile_tables(lexicon_dir, extra)))


def _assemble(plain: Mapping[str, Any]) -> Rulebook:
    words = [_word(row) for row in plain["words"]]
    products = [
        (is_noun, Product(noun=noun, group=group, family=family))
        for is_noun, noun, group, family in plain["products"]
    ]
    names, lengths, rows = plain["brands"]
    patterns = tuple(_pattern(word) for word in words if word.text[0] == "/")
    categories = build_index((item.noun, item) for is_noun, item in products if not is_noun)
    indexes: dict[str, Index[Any]] = {
        "words": build_index((word.text, word) for word in words if word.text[0] != "/"),
        "brands": Index(names, lengths),
        "celebrities": build_index(
            (name, Celebrity(name=name, is_risky=is_risky))
            for name, is_risky in plain["celebrities"]
        ),
        "places": build_index(
            (name, Place(name=name, country=country, province=province))
            for name, country, province in plain["places"]
        ),
        "products": build_index((item.noun, item) for is_noun, item in products if is_noun),
        "choices": build_index(
            (word, Choice(name=name, value=value)) for name, value, word in plain["choices"]
        ),
    }
    cues = {cue: build_index((word, word) for word in w) for cue, w in plain["cues"].items()}
    return Rulebook(
        **indexes,
        rules={row[0]: _rule(row) for row in plain["rules"]},
        patterns=patterns,
        needed=_needed(patterns),
        needless=frozenset(index for index, (needs, *_) in enumerate(patterns) if not needs),
        classes=build_index(plain["classes"]),
        brand_rows=rows,
        trades={
            word: frozenset(found.payload.trade for found in categories.find(word))
            for word in sorted({word for row in rows for word in row[2]})
        },
        product_categories=categories,
        cues=cues,
        beginnings=build_beginnings((*indexes.values(), *cues.values())),
        variants=tuple(plain["cues"]["gift-color"]),
        silenced=frozenset(plain["silenced"]),
    )


@functools.lru_cache(maxsize=4_096)
def _brand(row: tuple[Any, ...]) -> Brand:
    name, names, categories, is_risky, excepts = row
    return Brand(
        name=name,
        names=frozenset(names),
        categories=categories,
        is_risky=is_risky,
        excepts=excepts,
    )


def _needed(patterns: Sequence[Pattern]) -> dict[str, tuple[int, ...]]:
    """Return for each character the numbers of the patterns that it lets match."""
    needed: dict[str, list[int]] = {}
    for index, (needs, *_) in enumerate(patterns):
        for character in needs or ():
            needed.setdefault(character, []).append(index)
    return {character: tuple(found) for character, found in needed.items()}


def _rule(row: tuple[str, ...]) -> Rule:
    rule_id, name, severity, scope, fix, penalty, source, _, message, suggestion, *examples = row
    violating, violating_context, clean, clean_context = examples
    return Rule(
        rule_id=rule_id,
        name=name,
        severity=Severity(severity),
        is_local=scope == "span",
        is_deletable=fix == "delete",
        penalty=penalty,
        source=source,
        message=message,
        suggestion=suggestion,
        violating=Example(listing={"title": violating, **json.loads(violating_context)}),
        clean=Example(listing={"title": clean, **json.loads(clean_context)}),
    )


def _pattern(word: Word) -> Pattern:
    return Pattern(frozenset(word.needs), word)


def _word(row: tuple[Any, ...]) -> Word:
    rule, text, needs, kind, excepts, only, unless, backed_by = row
    return Word(
        rule=rule,
        text=text,
        needs=needs,
        kind=kind,
        excepts=excepts,
        only=frozenset(only),
        unless=frozenset(unless),
        backed_by=backed_by,
    )
