"""The rulebook: every word, number and sentence that the rules judge by, read from `lexicon/`."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from biaoti.errors import DataFileError, Fault
from biaoti.records import Severity
from biaoti.rules.index import Index, build_index
from biaoti.tables import Row, read_table
from biaoti.text import normalize

_RULE_COLUMNS = (
    *("id", "name", "severity", "scope", "fix", "penalty", "source", "message", "suggestion"),
    *("violating", "violating_context", "clean", "clean_context"),
)
_WORD_COLUMNS = ("rule", "word", "kind", "except", "only", "unless", "backed_by", "source")
_CUES = (
    *("compatible-before", "compatible-after", "brand-imitation", "genuine", "joint"),
    *("celebrity-cue", "product-modifier-before", "product-modifier-after", "shared-use"),
    *("filler", "gift-color", "origin-after", "origin-before", "origin-not-after", "origin-name"),
)
_BRAND_COLUMNS = ("brand", "latin", "category", "risky", "readings", "source")


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

    `excepts` are longer words around it, `only` and `unless` classes of categories, `backed_by`
    what a certificate (or promotion, service, …) that vouches for it says.
    """

    rule: str
    text: str
    kind: str
    excepts: tuple[tuple[int, str], ...]
    only: frozenset[str]
    unless: frozenset[str]
    backed_by: tuple[str, ...]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One value of a set whose values exclude each other, by one of its words in titles."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """All that the rules know; immutable, so that one serves a whole process."""

    rules: Mapping[str, Rule]
    words: Index[Word]
    patterns: tuple[tuple[re.Pattern[str], Word], ...]
    classes: Index[str]
    brands: Index[Brand]
    celebrities: Index[Celebrity]
    places: Index[Place]
    products: Index[Product]
    product_categories: Index[Product]
    choices: Index[Choice]
    cues: Mapping[str, Index[str]]
    variants: tuple[str, ...]
    silenced: frozenset[tuple[str, str]]

    def __repr__(self) -> str:
        """Return a short name: the whole book would fill a hundred screens."""
        return f"Rulebook({len(self.rules)} rules)"


def load_rulebook(lexicon_dir: Path, extra: Path | None = None) -> Rulebook:
    """Return the rulebook of `lexicon_dir`, with the seller's own words of `extra` added.

    `extra` may hold `rule_words.tsv` (added) and `rule_silence.tsv` (rule, word or `*`: takes back
    findings of severity low or hint). Raises DataFileError with every fault found.
    """
    faults: list[Fault] = []
    rules = _rules(lexicon_dir / "rules.tsv", faults)
    class_rows = read_table(
        lexicon_dir / "rule_categories.tsv", ("class", "word", "source"), faults
    )
    known = frozenset(row["class"] for row in class_rows)
    rows = [*_word_rows(lexicon_dir, faults), *(_word_rows(extra, faults) if extra else ())]
    cues = _cues(lexicon_dir / "rule_cues.tsv", faults)
    words = [(row, _word(row, rules, known, faults)) for row in rows]
    products = list(_products(lexicon_dir / "rule_products.tsv", faults))
    book = Rulebook(
        rules=rules,
        words=build_index((word.text, word) for row, word in words if not _is_pattern(row)),
        patterns=tuple(
            (pattern, word)
            for row, word in words
            if _is_pattern(row) and (pattern := _compiled(row, faults))
        ),
        classes=build_index((row["word"], row["class"]) for row in class_rows),
        brands=build_index(_brands(lexicon_dir / "brands.tsv", faults)),
        celebrities=build_index(_celebrities(lexicon_dir / "celebrities.tsv", faults)),
        places=build_index(_places(lexicon_dir / "places.tsv", faults)),
        products=build_index((item.noun, item) for is_noun, item in products if is_noun),
        product_categories=build_index(
            (item.noun, item) for is_noun, item in products if not is_noun
        ),
        choices=build_index(_choices(lexicon_dir / "rule_choices.tsv", faults)),
        cues={cue: build_index((word, word) for word in found) for cue, found in cues.items()},
        variants=tuple(cues.get("gift-color", ())),
        silenced=_silenced(extra, rules, faults),
    )
    if faults:
        raise DataFileError(faults)
    return book


def _rules(path: Path, faults: list[Fault]) -> dict[str, Rule]:
    rows = read_table(path, _RULE_COLUMNS, faults)
    return {row["id"]: rule for row in rows if (rule := _rule(row, faults))}


def _rule(row: Row, faults: list[Fault]) -> Rule | None:
    if row["severity"] not in set(Severity):
        faults.append(row.fault("severity", f"one of {', '.join(Severity)}"))
        return None
    for column, allowed in (("scope", ("span", "title")), ("fix", ("delete", "none"))):
        if row[column] not in allowed:
            faults.append(row.fault(column, f"one of {', '.join(allowed)}"))
    return Rule(
        rule_id=row["id"],
        name=row["name"],
        severity=Severity(row["severity"]),
        is_local=row["scope"] == "span",
        is_deletable=row["fix"] == "delete",
        penalty=row["penalty"],
        source=row["source"],
        message=row["message"],
        suggestion=row["suggestion"],
        violating=_example(row, "violating", faults),
        clean=_example(row, "clean", faults),
    )


def _example(row: Row, column: str, faults: list[Fault]) -> Example:
    try:
        context = json.loads(row[f"{column}_context"])
    except ValueError as error:
        faults.append(row.fault(f"{column}_context", f"JSON ({error})"))
        context = {}
    return Example(listing={"title": row[column], **context})


def _word_rows(directory: Path, faults: list[Fault]) -> list[Row]:
    path = directory / "rule_words.tsv"
    return read_table(path, _WORD_COLUMNS, faults) if path.exists() else []


def _words(row: Row, column: str) -> tuple[str, ...]:
    """Return the parts of a cell that are separated by `|`; an empty cell has none."""
    return tuple(row[column].split("|")) if row[column] else ()


def _compiled(row: Row, faults: list[Fault]) -> re.Pattern[str] | None:
    try:
        return re.compile(row["word"][1:-1])
    except re.error as error:
        faults.append(row.fault("word", f"a regular expression ({error})"))
        return None


def _is_pattern(row: Row) -> bool:
    return row["word"].startswith("/") and row["word"].endswith("/") and len(row["word"]) > 1


def _word(row: Row, rules: Mapping[str, Rule], known: frozenset[str], faults: list[Fault]) -> Word:
    if row["rule"] not in rules:
        faults.append(row.fault("rule", "the id of a rule in rules.tsv"))
    for column in ("only", "unless"):
        unknown = set(_words(row, column)) - known
        faults.extend(row.fault(column, f"a known class, not {name}") for name in sorted(unknown))
    if not _is_pattern(row):
        _expect_normal(row, "word", faults)
    return Word(
        rule=row["rule"],
        text=row["word"],
        kind=row["kind"],
        excepts=tuple(_excepts(row, faults)),
        only=frozenset(_words(row, "only")),
        unless=frozenset(_words(row, "unless")),
        backed_by=_words(row, "backed_by"),
    )


def _excepts(row: Row, faults: list[Fault]) -> Iterator[tuple[int, str]]:
    for longer in _words(row, "except"):
        offset = longer.find(row["word"])
        if _is_pattern(row):
            yield 0, longer
        elif offset < 0:
            faults.append(row.fault("except", f"words that contain {row['word']!r}"))
        else:
            yield offset, longer


def _expect_normal(row: Row, column: str, faults: list[Fault]) -> None:
    if not row[column] or row[column] != normalize(row[column]):
        faults.append(row.fault(column, f"the normalized form {normalize(row[column])!r}"))


def _brands(path: Path, faults: list[Fault]) -> Iterator[tuple[str, Brand]]:
    for row in read_table(path, _BRAND_COLUMNS, faults):
        names = tuple(normalize(name) for name in (row["brand"], *_words(row, "latin")) if name)
        brand = Brand(
            name=row["brand"],
            names=frozenset(names),
            categories=_normal_words(row["category"]),
            excepts=_normal_words(row["readings"]),
            is_risky=_flag(row, "risky", faults),
        )
        yield from ((name, brand) for name in dict.fromkeys(names))


@functools.cache
def _normal_words(cell: str) -> tuple[str, ...]:
    return tuple(normalize(word) for word in cell.split("|")) if cell else ()


def _flag(row: Row, column: str, faults: list[Fault]) -> bool:
    if row[column] not in {"", "0", "1"}:
        faults.append(row.fault(column, "1, 0 or nothing"))
    return row[column] == "1"


def _celebrities(path: Path, faults: list[Fault]) -> Iterator[tuple[str, Celebrity]]:
    for row in read_table(path, ("name", "risky", "source"), faults):
        person = Celebrity(name=row["name"], is_risky=_flag(row, "risky", faults))
        yield normalize(row["name"]), person


def _places(path: Path, faults: list[Fault]) -> Iterator[tuple[str, Place]]:
    columns = ("name", "country", "province", "source")
    for row in read_table(path, columns, faults):
        place = Place(name=row["name"], country=row["country"], province=row["province"])
        yield row["name"], place


def _products(path: Path, faults: list[Fault]) -> Iterator[tuple[bool, Product]]:
    columns = ("family", "group", "kind", "word", "source")
    for row in read_table(path, columns, faults):
        if row["kind"] not in {"noun", "category"}:
            faults.append(row.fault("kind", "noun or category"))
        product = Product(noun=row["word"], group=row["group"], family=row["family"])
        yield row["kind"] == "noun", product


def _choices(path: Path, faults: list[Fault]) -> Iterator[tuple[str, Choice]]:
    for row in read_table(path, ("set", "value", "word", "source"), faults):
        yield row["word"], Choice(name=row["set"], value=row["value"])


def _cues(path: Path, faults: list[Fault]) -> dict[str, list[str]]:
    words: dict[str, list[str]] = {cue: [] for cue in _CUES}
    for row in read_table(path, ("cue", "word", "source"), faults):
        if row["cue"] not in words:
            faults.append(row.fault("cue", f"one of {', '.join(_CUES)}"))
        words.setdefault(row["cue"], []).append(row["word"])
    return words


def _silenced(
    extra: Path | None, rules: Mapping[str, Rule], faults: list[Fault]
) -> frozenset[tuple[str, str]]:
    path = extra / "rule_silence.tsv" if extra else None
    if path is None or not path.exists():
        return frozenset()
    rows = read_table(path, ("rule", "word", "source"), faults)
    for row in rows:
        rule = rules.get(row["rule"])
        if rule is None or (row["word"] == "*" and rule.severity is not Severity.LOW):
            faults.append(row.fault("word", "one word, or * with a rule whose severity is low"))
    return frozenset((row["rule"], row["word"]) for row in rows)
