"""Slow, obvious answers to compare the fast ones with."""

from __future__ import annotations

from itertools import combinations

from biaoti.assemble.problem import (
    Assembly,
    Problem,
    is_allowed,
    rank_key,
    value_of,
)
from biaoti.records import Policy, Stage, Status, Term
from biaoti.score import Market


def assemble(problem: Problem) -> Assembly:
    """Return the best allowed choice by trying every one."""
    indices = range(len(problem.candidates))
    allowed = [
        chosen
        for size in range(len(problem.candidates) + 1)
        for chosen in combinations(indices, size)
        if is_allowed(problem, chosen)
    ]
    if not allowed:
        return Assembly(chosen=(), value=0, bound=0, status=Status.INFEASIBLE)
    best = min(allowed, key=lambda chosen: rank_key(problem, chosen))
    value = value_of(problem, best)
    return Assembly(chosen=best, value=value, bound=value, status=Status.OPTIMAL)


def expected_value(
    market: Market, stage: Stage, terms: frozenset[Term], held: frozenset[Term], policy: Policy
) -> float:
    """Return what a title of `held` is worth, of the `terms` it could hold, keyword by keyword.

    That is the formula itself, not multiplied out: for each keyword, its value times the share of
    its information that is held, to the power of the policy. Every word counts as the seller's own.
    """
    total = 0.0
    for keyword in market.keywords:
        whole = sum(market.information[term] for term in keyword.needs)
        share = sum(market.information[term] for term in keyword.needs & held) / whole
        is_about_it = bool(keyword.head & terms)
        points = keyword.scores[stage].total / market.unit[stage]
        relevance = 1.0 if is_about_it else policy.off_product_share
        total += policy.soft_share * relevance * points * share**policy.soft_power
    return total
