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
from biaoti.records import Status


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
