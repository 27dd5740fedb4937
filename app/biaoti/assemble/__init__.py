"""Problem -> Assembly, proved optimal.

Our own branch and bound first, HiGHS when that runs long.
"""

from __future__ import annotations

import math

from biaoti.assemble.order import arrange
from biaoti.assemble.problem import (
    Assembly,
    AtMost,
    Problem,
    edits_of,
    gap_of,
    held_terms,
    is_allowed,
    is_honest,
    rank_key,
    value_of,
    width_of,
)
from biaoti.assemble.search import Found, search
from biaoti.records import Status

__all__ = [
    "Assembly",
    "AtMost",
    "Problem",
    "arrange",
    "assemble",
    "edits_of",
    "gap_of",
    "held_terms",
    "is_allowed",
    "is_honest",
    "rank_key",
    "value_of",
    "width_of",
]


def assemble(problem: Problem, *, node_budget: int = 20_000, seconds: float = 10.0) -> Assembly:
    """Return the best allowed choice.

    Most value, then fewest edits, then narrowest, then text order.

    "optimal" is said only with value == bound from a completed exact search; when ours does not
    finish in `node_budget` nodes and HiGHS not in `seconds`, the best choice met comes with its
    honest bound.
    """
    found = search(problem, node_budget=node_budget)
    if found.is_complete:
        return _completed(problem, found)
    return _with_solver(problem, found, node_budget, seconds)


def _completed(problem: Problem, found: Found) -> Assembly:
    if found.chosen is None:
        return Assembly(chosen=(), value=0, bound=0, status=Status.INFEASIBLE)
    value = value_of(problem, found.chosen)
    return Assembly(chosen=found.chosen, value=value, bound=value, status=Status.OPTIMAL)


def _with_solver(problem: Problem, found: Found, node_budget: int, seconds: float) -> Assembly:
    from biaoti.assemble.milp import solve  # noqa: PLC0415 - most problems never pay for it

    answer = solve(problem, seconds=seconds)
    if found.chosen is None and answer.chosen is None and not answer.is_optimal:
        answer = solve(problem, seconds=math.inf)
    options = [chosen for chosen in (found.chosen, answer.chosen) if chosen is not None]
    if not options:
        return Assembly(chosen=(), value=0, bound=0, status=Status.INFEASIBLE)
    chosen = min(options, key=lambda option: rank_key(problem, option))
    value = value_of(problem, chosen)
    bound = max(value, min(answer.bound, found.bound))
    if value < bound:
        return Assembly(chosen=chosen, value=value, bound=bound, status=Status.FEASIBLE)
    # The solver proves the value but knows no ties: with that value as floor ours is soon done.
    settled = search(problem, node_budget=node_budget, floor=value)
    if settled.chosen is not None:
        chosen = min((chosen, settled.chosen), key=lambda option: rank_key(problem, option))
    return Assembly(chosen=chosen, value=value, bound=bound, status=Status.OPTIMAL)
