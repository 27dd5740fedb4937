"""Our checker beside plain word lists, on titles labelled with the rules they break.

The lists hold the words of our own lexicon/rule_words.tsv that are no patterns, so they are better
than what a seller finds: `word list` reports a rule where one of its words is part of the title,
`word list, whole words` where the word begins and ends with words of stock jieba. Judged as the
measuring script `rules` judges: a rule that a case tolerates is neither right nor wrong, advice is
not counted.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from real_listings import TODAY

from biaoti.engine import Engine, check
from biaoti.listings import load_aliases, read_listing
from biaoti.records import Listing, Severity
from biaoti.segment import fold
from sides.intervals import Range, share
from sides.judge import STOCK

ROOT = Path(__file__).resolve().parents[2]
Words = Mapping[str, Sequence[str]]
Checker = Callable[[Listing], frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A labelled title: the rules it breaks, and those that may be reported besides."""

    listing: Listing
    expected: frozenset[str]
    tolerated: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """How one checker did; `recall_in_reach` counts only rules that the lists have words for."""

    checker: str
    precision: Range
    recall: Range
    recall_in_reach: Range
    clean_flagged: Range


def real_cases(data: Path) -> list[Case]:
    """Return the labelled cases of the folder `data`."""
    aliases = load_aliases(ROOT / "lexicon" / "listing_aliases.tsv")
    header, *lines = (data / "rules_cases.tsv").read_text(encoding="utf-8").split("\n")
    names = header.split("\t")
    rows = [dict(zip(names, line.split("\t"), strict=True)) for line in lines if line]
    cases = []
    for row in rows:
        context = row["context_json"].replace('"style_no"', '"article_number"')
        known = json.loads(context.replace('"catalogue"', '"siblings"'))
        _, _, tolerated = row["note"].partition("alt=")
        cases.append(
            Case(
                listing=read_listing({"title": row["title"], **known}, aliases),
                expected=frozenset(row["expected_rules"].split(",")) - {"-"},
                tolerated=frozenset(re.findall(r"[a-z]+(?:-[a-z]+)*", tolerated)),
            )
        )
    return cases


def own_cases() -> list[Case]:
    """Return the project's own cases, which its checker was mended on and passes."""
    aliases = load_aliases(ROOT / "lexicon" / "listing_aliases.tsv")
    lines = (ROOT / "tests/cases/rules.jsonl").read_text(encoding="utf-8").splitlines()
    items = [json.loads(line) for line in lines]
    return [
        Case(listing=read_listing(i["input"], aliases), expected=frozenset(i["expected"]))
        for i in items
    ]


def list_words() -> Words:
    """Return the plain words of the rule book by rule, patterns left out."""
    found: dict[str, list[str]] = defaultdict(list)
    lines = (ROOT / "lexicon" / "rule_words.tsv").read_text(encoding="utf-8").splitlines()[1:]
    for rule, word, *_ in (line.split("\t") for line in lines):
        if not word.startswith("/"):
            found[rule].append(word)
    return found


def checkers(engine: Engine, words: Words) -> dict[str, Checker]:
    """Return the three checkers by name."""
    return {
        "ours": lambda listing: frozenset(
            v.rule
            for v in check(engine, listing, TODAY).violations
            if v.severity is not Severity.HINT
        ),
        "word list": lambda listing: _reported(words, fold(listing.title or ""), None),
        "word list, whole words": lambda listing: _reported(
            words, fold(listing.title or ""), borders(fold(listing.title or ""))
        ),
    }


def borders(title: str) -> frozenset[int]:
    """Return where words of stock jieba begin or end in `title`."""
    return frozenset(n for _, *ends in STOCK.tokenize(title, HMM=False) for n in ends)


def _reported(words: Words, title: str, allowed: frozenset[int] | None) -> frozenset[str]:
    """Return the rules of which a word stands in `title`, between `allowed` places where given."""
    return frozenset(
        rule
        for rule, listed in words.items()
        if any(
            allowed is None or {start, start + len(word)} <= allowed
            for word in listed
            for start in _starts(word, title)
        )
    )


def _starts(word: str, title: str) -> Iterator[int]:
    start = title.find(word)
    while start >= 0:
        yield start
        start = title.find(word, start + 1)


def verdicts(cases: Sequence[Case], tried: Mapping[str, Checker], words: Words) -> list[Verdicts]:
    """Return how each checker did on `cases`."""
    gold = np.array([len(case.expected) for case in cases])
    within = np.array([len(case.expected & words.keys()) for case in cases])
    clean = np.array([not case.expected for case in cases])
    results = []
    for name, checker in tried.items():
        reported = [checker(case.listing) for case in cases]
        pairs = list(zip(cases, reported, strict=True))
        right = np.array([len(c.expected & found) for c, found in pairs])
        wrong = np.array([len(found - c.expected - c.tolerated) for c, found in pairs])
        reached = np.array([len(c.expected & found & words.keys()) for c, found in pairs])
        results.append(
            Verdicts(
                checker=name,
                precision=share(right, right + wrong),
                recall=share(right, gold),
                recall_in_reach=share(reached, within),
                clean_flagged=share(clean & (wrong > 0), clean),
            )
        )
    return results
