"""A report made ready for many listings: its keywords valued, and where each term occurs."""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from biaoti.records import KeywordStat, Policy, Score, Stage, Term
from biaoti.score.kept import Fit, fit_anew
from biaoti.score.values import Appraisal, Baseline, Learned, appraise, baseline_of, score_of

WORTH_OF_TYPICAL = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyword:
    """One keyword of a report, segmented.

    Its terms, what it asks for (`head`), its score per life stage.

    `head` holds the terms of the product word it ends in; it is empty for a keyword that names no
    product.
    """

    stat: KeywordStat
    sequence: tuple[Term, ...]
    needs: frozenset[Term]
    head: frozenset[Term]
    appraisal: Appraisal
    scores: Mapping[Stage, Score]


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """A report made ready for many listings: keywords, where each term occurs, how telling it is.

    `unit` is the value of one integer point: the typical keyword is worth about a thousand points.
    `totals` are the keywords' values, `informed` the information of all their terms together;
    `products` gives the keywords that are about each product.
    """

    keywords: tuple[Keyword, ...]
    postings: Mapping[Term, tuple[int, ...]]
    products: Mapping[Term, tuple[int, ...]]
    information: Mapping[Term, float]
    generic: tuple[Term, ...]
    unit: Mapping[Stage, float]
    totals: Mapping[Stage, tuple[float, ...]]
    informed: tuple[float, ...]
    baseline: Baseline
    version: str


Figure = TypeVar("Figure")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """How keywords are read.

    `sequence` cuts a keyword, `expand` gives the terms of a word, `head_of` what a product word
    names (empty for any other word), `is_generic` tells which terms claim nothing.
    """

    sequence: Callable[[str], tuple[Term, ...]]
    expand: Callable[[Term], frozenset[Term]]
    head_of: Callable[[Term], frozenset[Term]]
    is_generic: Callable[[Term], bool]


class _ByStage(dict[Stage, Figure]):
    """A figure for each life stage, reckoned when first asked for: most reports serve one stage."""

    def __init__(self, make: Callable[[Stage], Figure]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, stage: Stage) -> Figure:
        figure = self[stage] = self._make(stage)
        return figure


def build_market(
    stats: Sequence[KeywordStat],
    policy: Policy,
    wording: Wording,
    *,
    learned: Learned | None = None,
    fit_by: Callable[[str], Fit] = lambda _version: fit_anew,
) -> Market:
    """Return the report ready for use; the order of `stats` does not matter.

    `learned` is a trained model of the rates. `fit_by` gives the way to fit the rates of data of
    this version.
    """
    ordered = sorted(stats, key=lambda s: (s.keyword, s.category or "", s.source or ""))
    sequences = [wording.sequence(stat.keyword) for stat in ordered]
    needed = [
        frozenset(term for word in words for term in wording.expand(word)) for words in sequences
    ]
    version = _version(ordered, learned)
    baseline = baseline_of(ordered, needed, policy, learned, fit=fit_by(version))
    keywords = []
    for stat, words, needs in zip(ordered, sequences, needed, strict=True):
        if needs:
            appraisal = appraise(stat, needs, baseline, policy)
            keywords.append(
                Keyword(
                    stat=stat,
                    sequence=words,
                    needs=needs,
                    head=next(
                        (h for word in reversed(words) if (h := wording.head_of(word))), frozenset()
                    ),
                    appraisal=appraisal,
                    scores=_ByStage(partial(score_of, appraisal, policy)),
                )
            )
    postings = _places(keyword.needs for keyword in keywords)
    information = _information(postings, len(keywords))
    return Market(
        keywords=tuple(keywords),
        postings=postings,
        products=_places(keyword.head & keyword.needs for keyword in keywords),
        information=information,
        generic=tuple(sorted(term for term in postings if wording.is_generic(term))),
        unit=_ByStage(partial(_unit, keywords)),
        totals=_ByStage(partial(_totals, keywords)),
        informed=tuple(sum(information[term] for term in k.needs) for k in keywords),
        baseline=baseline,
        version=version,
    )


def _places(terms: Iterable[frozenset[Term]]) -> dict[Term, tuple[int, ...]]:
    """Return for each term the numbers of the keywords whose set of terms holds it."""
    found: dict[Term, list[int]] = defaultdict(list)
    for number, held in enumerate(terms):
        for term in held:
            found[term].append(number)
    return {term: tuple(numbers) for term, numbers in found.items()}


def _information(postings: Mapping[Term, Sequence[int]], count: int) -> dict[Term, float]:
    return {term: math.log2((count + 1) / len(rows)) for term, rows in postings.items()}


def _totals(keywords: Sequence[Keyword], stage: Stage) -> tuple[float, ...]:
    return tuple(keyword.scores[stage].total for keyword in keywords)


def _unit(keywords: Sequence[Keyword], stage: Stage) -> float:
    totals = sorted(keyword.scores[stage].total for keyword in keywords)
    typical = totals[len(totals) // 2] if totals else 1.0
    return typical / WORTH_OF_TYPICAL if typical > 0 else 1.0


def _version(stats: Sequence[KeywordStat], learned: Learned | None) -> str:
    """Return a short name of this very data: a digest of every row, and of the model's version."""
    digest = hashlib.sha256((learned.version if learned else "").encode())
    for stat in stats:
        digest.update(repr(stat).encode())
    return digest.hexdigest()[:12]
