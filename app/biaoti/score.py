"""KeywordStat -> value with named parts; the demand that a report tells of without listing it.

The value of a keyword is the orders a listing of this stage can hope for from it, in units the
report sets:

    value = demand * click_through_rate * conversion_rate * win

Rates are pulled towards the report's own mean by `prior_clicks` clicks (empirical Bayes, the
beta-binomial mean); a
missing figure takes the mean. `win` = (1 + supply / scale) ** -exponent falls with supply
(docs/adr/0005).
"""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from biaoti.records import Demand, Interval, KeywordStat, Policy, Score, Stage, Term

_WORTH_OF_TYPICAL = 1_000
_MAX_SUBSET = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What a keyword of this report is like on the whole: the values that missing figures take."""

    demand: float
    click_through_rate: float
    conversion_rate: float
    supply: float


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
    scores: Mapping[Stage, Score]


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """A report made ready for many listings: keywords, where each term occurs, how telling it is.

    `unit` is the value of one integer point: the typical keyword is worth about a thousand points.
    """

    keywords: tuple[Keyword, ...]
    postings: Mapping[Term, tuple[int, ...]]
    information: Mapping[Term, float]
    generic: tuple[Term, ...]
    unit: Mapping[Stage, float]
    version: str


def smoothed_rate(
    successes: float, trials: float, *, prior_rate: float, prior_trials: float
) -> float:
    """Return successes/trials pulled towards `prior_rate`; with no trials, `prior_rate` itself.

    >>> smoothed_rate(0, 0, prior_rate=0.02, prior_trials=30)
    0.02
    """
    return (successes + prior_rate * prior_trials) / (trials + prior_trials)


def baseline_of(stats: Sequence[KeywordStat]) -> Baseline:
    """Return the report's own means.

    A figure that no row has becomes 1 (rates, supply 0), which favours nobody.
    """
    return Baseline(
        demand=_mean([d for s in stats if (d := _demand(s)) is not None], 1.0),
        click_through_rate=_mean(_mids(s.click_through_rate for s in stats), 1.0),
        conversion_rate=_mean(_mids(s.conversion_rate for s in stats), 1.0),
        supply=_mean([s.supply for s in stats if s.supply is not None], 0.0),
    )


def score_keyword(stat: KeywordStat, baseline: Baseline, policy: Policy, stage: Stage) -> Score:
    """Return the value of one keyword as a product of named parts."""
    demand = _demand(stat)
    supply = baseline.supply if stat.supply is None else stat.supply
    exponent = policy.supply_exponent[stage.value]
    click_rate = _rate(
        stat.click_through_rate, baseline.click_through_rate, stat.impressions, policy
    )
    conversion = _rate(stat.conversion_rate, baseline.conversion_rate, _clicks(stat), policy)
    return Score(
        parts=(
            ("demand", baseline.demand if demand is None else demand),
            ("click_through_rate", click_rate),
            ("conversion_rate", conversion),
            ("win", (1.0 + supply / policy.supply_scale) ** -exponent),
        )
    )


def build_market(
    stats: Sequence[KeywordStat],
    policy: Policy,
    *,
    sequence: Callable[[str], tuple[Term, ...]],
    expand: Callable[[Term], frozenset[Term]],
    head_of: Callable[[Term], frozenset[Term]],
    is_generic: Callable[[Term], bool],
) -> Market:
    """Return the report ready for use; the order of `stats` does not matter.

    `sequence` cuts a keyword, `expand` gives the terms of a word, `head_of` what a product word
    names (empty for
    any other word), `is_generic` tells which terms claim nothing.
    """
    ordered = sorted(stats, key=lambda s: (s.keyword, s.category or "", s.source or ""))
    baseline = baseline_of(ordered)
    keywords = []
    for stat in ordered:
        words = sequence(stat.keyword)
        needs = frozenset(term for word in words for term in expand(word))
        if needs:
            scores = {stage: score_keyword(stat, baseline, policy, stage) for stage in Stage}
            head = next((h for word in reversed(words) if (h := head_of(word))), frozenset())
            keywords.append(
                Keyword(stat=stat, sequence=words, needs=needs, head=head, scores=scores)
            )
    postings: dict[Term, list[int]] = defaultdict(list)
    for number, keyword in enumerate(keywords):
        for term in keyword.needs:
            postings[term].append(number)
    return Market(
        keywords=tuple(keywords),
        postings={term: tuple(numbers) for term, numbers in postings.items()},
        information=_information(postings, len(keywords)),
        generic=tuple(sorted(term for term in postings if is_generic(term))),
        unit={stage: _unit(keywords, stage) for stage in Stage},
        version=_version(ordered),
    )


# ---- demand ------------------------------------------------------------------------------------


def listed_demand(market: Market, stage: Stage, numbers: Iterable[int]) -> list[Demand]:
    """Return the demands of the keywords `numbers`, each worth its score in points (at least 1)."""
    demands = []
    for number in sorted(numbers):
        keyword = market.keywords[number]
        points = max(1, round(keyword.scores[stage].total / market.unit[stage]))
        demands.append(
            Demand(
                keyword=keyword.stat.keyword,
                needs=keyword.needs,
                value=points,
                sequence=keyword.sequence,
            )
        )
    return demands


def expected_demand(
    market: Market,
    stage: Stage,
    terms: frozenset[Term],
    policy: Policy,
    *,
    own: frozenset[Term],
) -> list[Demand]:
    """Return the demand expected from keywords like the listed ones, on combinations of `terms`.

    A keyword q that a title holds in part tells of other keywords with that part. Its worth is its
    value times
    (information held / information of q) ** power; multiplied out, that is a sum over the subsets
    of the terms
    held, each an ordinary demand, so the assembler stays exact. Information is -log2 of a term's
    share of keywords.
    A keyword about another product counts `off_product_share`; each term that the seller's own
    title does not use
    (`own` holds those it does) counts `new_word_share`: what a spec sheet says is searched for less
    often.
    """
    worth: dict[tuple[Term, ...], float] = defaultdict(float)
    held_by: dict[int, list[Term]] = defaultdict(list)
    for term in sorted(terms & market.postings.keys()):
        for number in market.postings[term]:
            held_by[number].append(term)
    unit = market.unit[stage]
    for number, held in held_by.items():
        keyword = market.keywords[number]
        whole = sum(market.information[term] for term in keyword.needs)
        shares = tuple(market.information[term] / whole for term in held)
        relevance = 1.0 if keyword.head & terms else policy.off_product_share
        value = policy.soft_share * relevance * keyword.scores[stage].total / unit
        for subset, factor in _power_terms(shares, policy.soft_power):
            worth[tuple(held[i] for i in subset)] += value * factor
    return [
        Demand(keyword=" ".join(subset), needs=frozenset(subset), value=points, is_listed=False)
        for subset, value in sorted(worth.items())
        if (points := round(value * policy.new_word_share ** len(frozenset(subset) - own))) > 0
    ]


def prior_demand(terms: Mapping[Term, float]) -> list[Demand]:
    """Return one demand per term when there is no keyword data.

    The prior of its slot, in points.
    """
    return [
        Demand(keyword=term, needs=frozenset({term}), value=round(prior), is_listed=False)
        for term, prior in sorted(terms.items())
        if prior > 0
    ]


def _power_terms(shares: tuple[float, ...], power: int) -> list[tuple[tuple[int, ...], float]]:
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
    return list(found.items())


# ---- parts -------------------------------------------------------------------------------------


def _demand(stat: KeywordStat) -> float | None:
    if stat.demand_index is not None:
        return stat.demand_index.mid
    return stat.impressions


def _clicks(stat: KeywordStat) -> float | None:
    """Return the clicks behind a conversion rate.

    Counted, or as many as demand times click rate suggests.
    """
    if stat.clicks is not None:
        return stat.clicks
    if stat.demand_index is not None and stat.click_through_rate is not None:
        return stat.demand_index.mid * stat.click_through_rate.mid
    return None


def _rate(rate: Interval | None, prior: float, trials: float | None, policy: Policy) -> float:
    if rate is None:
        return prior
    if trials is None:
        return rate.mid
    return smoothed_rate(
        rate.mid * trials, trials, prior_rate=prior, prior_trials=policy.prior_clicks
    )


def _mids(intervals: Iterable[Interval | None]) -> list[float]:
    return [interval.mid for interval in intervals if interval is not None]


def _mean(figures: Sequence[float], missing: float) -> float:
    return math.fsum(figures) / len(figures) if figures else missing


def _information(postings: Mapping[Term, Sequence[int]], count: int) -> dict[Term, float]:
    return {term: math.log2((count + 1) / len(rows)) for term, rows in postings.items()}


def _unit(keywords: Sequence[Keyword], stage: Stage) -> float:
    totals = sorted(keyword.scores[stage].total for keyword in keywords)
    typical = totals[len(totals) // 2] if totals else 1.0
    return typical / _WORTH_OF_TYPICAL if typical > 0 else 1.0


def _version(stats: Sequence[KeywordStat]) -> str:
    """Return a short name of this very data: a digest of every row."""
    digest = hashlib.sha256()
    for stat in stats:
        digest.update(repr(stat).encode())
    return digest.hexdigest()[:12]
