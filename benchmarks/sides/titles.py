"""Titles of every way for one sample, each judged alike from the finished text."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from real_listings import GRAVE, TODAY

from biaoti.brief import Options, prepare
from biaoti.engine import Engine
from biaoti.facts import rule_on
from biaoti.optimize import worth
from biaoti.records import Verdict
from biaoti.text import width
from biaoti.titles import violations_of
from sides.intervals import Range, share
from sides.judge import Queries, is_usable, repeats
from sides.rivals import WAYS, Task
from sides.samples import Sample

OURS, SELLERS = "ours", "the seller's own"
FIGURES = (
    *("value", "caught", "caught unchecked", "width", "repeats", "misuse", "unvouched"),
    "unusable",
)
Figures = dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What one way comes to: every figure per title, and what it catches over the sellers."""

    way: str
    figures: dict[str, Range]
    over_sellers: Range | None


def standings(engine: Engine, sample: Sample) -> list[Standing]:
    """Return what each way comes to; a listing's figures are the means of its folds."""
    rows: list[dict[str, Figures]] = []
    for number, listing in enumerate(sample.listings, start=1):
        folds = []
        for fold in sample.folds:
            brief = prepare(engine, listing, fold.report.market, Options(), TODAY)
            task = Task(engine=engine, brief=brief, report=fold.report)
            folds.append(judged(task, fold.unseen))
        rows.append({way: _mean([found[way] for found in folds]) for way in WAYS})
        if not number % 25 or number == len(sample.listings):
            print(f"titles: {number}/{len(sample.listings)} listings", file=sys.stderr, flush=True)
    return [_standing(way, rows) for way in WAYS]


def judged(task: Task, unseen: Queries) -> dict[str, Figures]:
    """Return the figures of the title that each way makes of one listing, values over ours."""
    titles = {way: make(task) for way, make in WAYS.items()}
    best = worth(task.engine, task.brief, titles[OURS])
    return {way: figures(task, title, unseen, best) for way, title in titles.items()}


def figures(task: Task, title: str, unseen: Queries, best: int) -> Figures:
    """Return what one title comes to; `best` is what a value is set over."""
    engine, brief = task.engine, task.brief
    usable = is_usable(title, brief.listing)
    caught = unseen.caught(title)
    found = [v for v in violations_of(engine, brief, title) if v.severity in GRAVE]
    return {
        "value": worth(engine, brief, title) / best if best else 1.0,
        "caught": float(caught if usable else 0),
        "caught unchecked": float(caught),
        "width": float(width(title)),
        "repeats": float(repeats(title)),
        "misuse": float(len(found)),
        "unvouched": float(unvouched(task, title)),
        "unusable": float(not usable),
    }


def unvouched(task: Task, title: str) -> int:
    """Return how many words of `title` stand for something that no fact supports."""
    engine, facts = task.engine, task.brief.facts
    return sum(
        any(
            rule_on(term, facts, engine.lexicon).verdict is not Verdict.SUPPORTED
            for term in engine.segmenter.expand(word)
        )
        for word in engine.segmenter.sequence(title)
    )


def _mean(found: Sequence[Figures]) -> Figures:
    return {name: sum(one[name] for one in found) / len(found) for name in FIGURES}


def _standing(way: str, rows: Sequence[dict[str, Figures]]) -> Standing:
    columns = {name: np.array([row[way][name] for row in rows]) for name in FIGURES}
    theirs = np.array([row[SELLERS]["caught"] for row in rows])
    return Standing(
        way=way,
        figures={name: share(column, np.ones(len(rows))) for name, column in columns.items()},
        over_sellers=share(columns["caught"], theirs) if theirs.sum() else None,
    )
