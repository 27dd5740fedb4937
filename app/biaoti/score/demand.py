"""Market -> demands for the assembler: the listed keywords and what they tell of others."""

from __future__ import annotations

import functools
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import combinations

from biaoti.records import Demand, Policy, Score, Slot, Stage, Term
from biaoti.score.market import WORTH_OF_TYPICAL, Market

_MAX_SUBSET = 6
# What keywords tell of a set of words in less than half a point is left out: it is next to nothing.
_LEAST_TOLD = 0.5


def listed_demand(market: Market, stage: Stage, numbers: Iterable[int]) -> list[Demand]:
    """Return the demands of the keywords `numbers`, each worth its score in points (at least 1)."""
    demands = []
    for number in sorted(numbers):
        keyword = market.keywords[number]
        score = keyword.scores[stage]
        points = max(1, round(score.total / market.unit[stage]))
        demands.append(
            Demand(
                keyword=keyword.stat.keyword,
                needs=keyword.needs,
                value=points,
                sequence=keyword.sequence,
                credible=_credible(score),
            )
        )
    return demands


def _credible(score: Score) -> tuple[float, float]:
    value = score.range
    return (value.low / value.mean, value.high / value.mean) if value.mean else (1.0, 1.0)


def expected_demand(
    market: Market,
    stage: Stage,
    terms: frozenset[Term],
    policy: Policy,
    *,
    own: frozenset[Term],
) -> list[Demand]:
    """Return the demand expected from keywords that no report lists, on combinations of `terms`.

    A keyword q that a title holds in part tells of other keywords with that part. Its worth is its
    value times (information held / information of q) ** soft_power; multiplied out, that is a sum
    over the subsets of the terms held, each an ordinary demand, so the assembler stays exact.
    Information is -log2 of a term's share of keywords. A keyword about another product counts
    `off_product_share`. What the keywords tell of one subset together is worth `soft_share` times
    its points to the power of `soft_growth` (of the typical keyword's worth): the tenth keyword
    that says the same says less than the first. Each term that the seller's own title does not use
    (`own` holds those it does) counts `new_word_share`. The constants: docs/adr/0005.
    """
    worth = _worth_of_subsets(market, stage, terms, policy)
    points = {
        subset: _grown(value, policy) * policy.new_word_share ** sum(t not in own for t in subset)
        for subset, value in worth.items()
        if value >= _LEAST_TOLD
    }
    return [
        Demand(keyword=" ".join(subset), needs=frozenset(subset), value=whole, is_listed=False)
        for subset, value in sorted(points.items())
        if (whole := round(value)) > 0
    ]


def own_word_demand(words: Mapping[Term, Slot], policy: Policy) -> list[Demand]:
    """Return what the words of the seller's own title are worth besides, by slot, in points.

    They were chosen by someone who sees the shop's traffic. `words` are words as written: a synonym
    or a part elsewhere in the title does not stand in for one.
    """
    return [
        Demand(keyword=word, needs=frozenset({word}), value=points, is_listed=False)
        for word, slot in sorted(words.items())
        if (points := round(policy.own_word_worth.get(slot, 0.0))) > 0
    ]


def new_word_demand(
    words: Iterable[tuple[frozenset[Term], Slot]], market: Market, policy: Policy
) -> list[Demand]:
    """Return what words are worth besides that the seller's own title does not use, in points.

    `words` are the terms of each with its slot. Whom a thing is for is asked for whatever the thing
    (docs/adr/0005), so such a word is worth something once the report's keywords ask for it at all.
    """
    worth: dict[frozenset[Term], int] = {}
    for terms, slot in words:
        points = round(policy.new_word_worth.get(slot, 0.0))
        if points > 0 and terms and terms <= market.postings.keys():
            worth[terms] = max(points, worth.get(terms, 0))
    return [
        Demand(keyword=" ".join(sorted(terms)), needs=terms, value=points, is_listed=False)
        for terms, points in sorted(worth.items(), key=lambda pair: sorted(pair[0]))
    ]


def _worth_of_subsets(
    market: Market, stage: Stage, terms: frozenset[Term], policy: Policy
) -> dict[tuple[Term, ...], float]:
    """Return for each set of `terms` (sorted) what the report's keywords tell of it, in points."""
    worth: dict[tuple[Term, ...], float] = defaultdict(float)
    held_by: dict[int, list[Term]] = defaultdict(list)
    for term in sorted(terms & market.postings.keys()):
        for number in market.postings[term]:
            held_by[number].append(term)
    unit, totals, informed = market.unit[stage], market.totals[stage], market.informed
    for number, held in held_by.items():
        keyword = market.keywords[number]
        shares = tuple([market.information[term] / informed[number] for term in held])
        relevance = 1.0 if keyword.head & terms else policy.off_product_share
        value = relevance * totals[number] / unit
        for subset, factor in _subset_shares(tuple(held), shares, policy.soft_power):
            worth[subset] += value * factor
    return worth


def _grown(points: float, policy: Policy) -> float:
    return (
        policy.soft_share
        * WORTH_OF_TYPICAL
        * math.pow(points / WORTH_OF_TYPICAL, policy.soft_growth)
    )


def prior_demand(terms: Mapping[Term, float]) -> list[Demand]:
    """Return one demand per term when there is no keyword data.

    The prior of its slot, in points.
    """
    return [
        Demand(keyword=term, needs=frozenset({term}), value=round(prior), is_listed=False)
        for term, prior in sorted(terms.items())
        if prior > 0
    ]


@functools.lru_cache(maxsize=1 << 15)
def _subset_shares(
    held: tuple[Term, ...], shares: tuple[float, ...], power: int
) -> tuple[tuple[tuple[Term, ...], float], ...]:
    """Return the part of (sum of shares of held terms) ** power that each subset of them brings.

    Listings of one catalogue hold the same parts of the same keywords, so the answers are kept.
    """
    return tuple(
        (tuple(held[index] for index in subset), factor)
        for subset, factor in _power_terms(shares, power)
    )


def _power_terms(
    shares: tuple[float, ...], power: int
) -> tuple[tuple[tuple[int, ...], float], ...]:
    """Return the terms of (sum of shares of held terms) ** power by the subset of terms they need.

    By inclusion and exclusion; larger subsets than six are left out: no keyword worth aiming at
    has so many terms.
    """
    found: dict[tuple[int, ...], float] = {}
    for size in range(1, min(len(shares), _MAX_SUBSET) + 1):
        for subset in combinations(range(len(shares)), size):
            whole = sum(shares[i] for i in subset) ** power
            below = sum(value for smaller, value in found.items() if set(smaller) < set(subset))
            found[subset] = max(0.0, whole - below)
    return tuple(found.items())
