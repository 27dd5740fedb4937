"""The rules' tables, read strictly into plain data; every fault of every file is told at once."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from biaoti.errors import DataFileError, Fault
from biaoti.records import Severity
from biaoti.rules.index import build_index
from biaoti.tables import Row, read_table
from biaoti.text import normalize

_RULES = (
    *("id", "name", "severity", "scope", "fix", "penalty", "source", "research", "message"),
    *("suggestion", "violating", "violating_context", "clean", "clean_context"),
)
_WORDS = ("rule", "word", "needs", "kind", "except", "only", "unless", "backed_by", "source")
_BRANDS = ("brand", "latin", "category", "risky", "readings", "source")
_PRODUCTS = ("family", "group", "kind", "word", "source")
_CUES = (
    *("compatible-before", "compatible-after", "brand-imitation", "genuine", "joint"),
    *("celebrity-cue", "product-modifier-before", "product-modifier-after", "shared-use"),
    *("filler", "gift-color", "origin-after", "origin-before", "origin-not-after", "origin-name"),
)
FILES = (
    *("rules.tsv", "rule_words.tsv", "rule_categories.tsv", "rule_products.tsv"),
    *("rule_choices.tsv", "rule_cues.tsv", "places.tsv", "brands.tsv", "celebrities.tsv"),
)
EXTRA_FILES = ("rule_words.tsv", "rule_silence.tsv")

Plain = dict[str, Any]


def compile_tables(folder: Path, extra: Path | None) -> Plain:
    """Return the tables of `folder` and `extra` as plain lists, tuples and strings.

    Raises DataFileError with every fault found.
    """
    faults: list[Fault] = []
    rules = read_table(folder / "rules.tsv", _RULES, faults)
    classes = read_table(folder / "rule_categories.tsv", ("class", "word", "source"), faults)
    rows = read_table(folder / "rule_words.tsv", _WORDS, faults)
    rows += _optional(extra, "rule_words.tsv", _WORDS, faults)
    severities = {row["id"]: row["severity"] for row in rules}
    known = frozenset(row["class"] for row in classes)
    plain = {
        "rules": [_rule(row, faults) for row in rules],
        "classes": [(row["word"], row["class"]) for row in classes],
        "words": [_word(row, frozenset(severities), known, faults) for row in rows],
        "brands": _brands(folder / "brands.tsv", faults),
        "celebrities": _celebrities(folder / "celebrities.tsv", faults),
        "places": _cells(folder / "places.tsv", ("name", "country", "province"), faults),
        "products": _products(folder / "rule_products.tsv", faults),
        "choices": _cells(folder / "rule_choices.tsv", ("set", "value", "word"), faults),
        "cues": _cues(folder / "rule_cues.tsv", faults),
        "silenced": _silenced(extra, severities, faults),
    }
    if faults:
        raise DataFileError(faults)
    return plain


def _optional(
    folder: Path | None, name: str, columns: tuple[str, ...], faults: list[Fault]
) -> list[Row]:
    path = folder / name if folder else None
    return read_table(path, columns, faults) if path is not None and path.exists() else []


def _cells(path: Path, columns: tuple[str, ...], faults: list[Fault]) -> list[tuple[str, ...]]:
    rows = read_table(path, (*columns, "source"), faults)
    return [tuple(row[column] for column in columns) for row in rows]


def _rule(row: Row, faults: list[Fault]) -> tuple[str, ...]:
    allowed = {"severity": tuple(Severity), "scope": ("span", "title"), "fix": ("delete", "none")}
    for column, values in allowed.items():
        if row[column] not in values:
            faults.append(row.fault(column, f"one of {', '.join(values)}"))
    for column in ("violating_context", "clean_context"):
        try:
            json.loads(row[column])
        except ValueError as error:
            faults.append(row.fault(column, f"JSON ({error})"))
    return tuple(row[column] for column in _RULES)


def _word(
    row: Row, rules: frozenset[str], known: frozenset[str], faults: list[Fault]
) -> tuple[Any, ...]:
    if row["rule"] not in rules:
        faults.append(row.fault("rule", "the id of a rule in rules.tsv"))
    for column in ("only", "unless"):
        unknown = set(_parts(row[column])) - known
        faults.extend(row.fault(column, f"a known class, not {name}") for name in sorted(unknown))
    text = row["word"]
    if _is_pattern(text):
        _expect_pattern(row, faults)
    elif not text or text != normalize(text):
        faults.append(row.fault("word", f"the normalized form {normalize(text)!r}"))
    return (
        row["rule"],
        text,
        row["needs"],
        row["kind"],
        tuple(_excepts(row, faults)),
        _parts(row["only"]),
        _parts(row["unless"]),
        _parts(row["backed_by"]),
    )


def _excepts(row: Row, faults: list[Fault]) -> Iterator[tuple[int, str]]:
    for longer in _parts(row["except"]):
        offset = 0 if _is_pattern(row["word"]) else longer.find(row["word"])
        if offset < 0:
            faults.append(row.fault("except", f"words that contain {row['word']!r}"))
        else:
            yield offset, longer


def _expect_pattern(row: Row, faults: list[Fault]) -> None:
    try:
        re.compile(row["word"][1:-1])
    except re.error as error:
        faults.append(row.fault("word", f"a regular expression ({error})"))


def _is_pattern(text: str) -> bool:
    return len(text) > 1 and text[0] == "/" and text[-1] == "/"


@functools.cache
def _parts(cell: str) -> tuple[str, ...]:
    """Return the parts of a cell that are separated by `|`; an empty cell has none."""
    return tuple(cell.split("|")) if cell else ()


@functools.cache
def _normal_parts(cell: str) -> tuple[str, ...]:
    return tuple(normalize(part) for part in _parts(cell))


def _brands(path: Path, faults: list[Fault]) -> tuple[Any, ...]:
    """Return the index of brand names, ready made, and the rows its numbers point to."""
    rows = read_table(path, _BRANDS, faults)
    brands = tuple(
        (
            row["brand"],
            _normal_parts("|".join(filter(None, (row["brand"], row["latin"])))),
            _normal_parts(row["category"]),
            _flag(row, "risky", faults),
            _normal_parts(row["readings"]),
        )
        for row in rows
    )
    index = build_index(
        (name, number) for number, brand in enumerate(brands) for name in dict.fromkeys(brand[1])
    )
    return index.words, index.lengths, brands


def _flag(row: Row, column: str, faults: list[Fault]) -> bool:
    if row[column] not in {"", "0", "1"}:
        faults.append(row.fault(column, "1, 0 or nothing"))
    return row[column] == "1"


def _celebrities(path: Path, faults: list[Fault]) -> list[tuple[str, bool]]:
    rows = read_table(path, ("name", "risky", "source"), faults)
    return [(normalize(row["name"]), _flag(row, "risky", faults)) for row in rows]


def _products(path: Path, faults: list[Fault]) -> list[tuple[bool, str, str, str]]:
    rows = read_table(path, _PRODUCTS, faults)
    faults.extend(
        row.fault("kind", "noun or category")
        for row in rows
        if row["kind"] not in {"noun", "category"}
    )
    return [(row["kind"] == "noun", row["word"], row["group"], row["family"]) for row in rows]


def _cues(path: Path, faults: list[Fault]) -> dict[str, list[str]]:
    words: dict[str, list[str]] = {cue: [] for cue in _CUES}
    for row in read_table(path, ("cue", "word", "source"), faults):
        if row["cue"] not in words:
            faults.append(row.fault("cue", f"one of {', '.join(_CUES)}"))
        words.setdefault(row["cue"], []).append(row["word"])
    return words


def _silenced(
    extra: Path | None, severities: dict[str, str], faults: list[Fault]
) -> list[tuple[str, str]]:
    rows = _optional(extra, "rule_silence.tsv", ("rule", "word", "source"), faults)
    for row in rows:
        severity = severities.get(row["rule"])
        if severity is None or (row["word"] == "*" and severity != Severity.LOW):
            faults.append(row.fault("word", "one word, or * with a rule whose severity is low"))
    return [(row["rule"], row["word"]) for row in rows]
