"""Problem -> Assembly, proved optimal.

Our own branch and bound first, HiGHS when that runs long.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence

from biaoti.assemble.problem import (
    Assembly,
    AtMost,
    Joint,
    Line,
    Phrase,
    Problem,
    differing,
    earned,
    edits_of,
    gap_of,
    held_terms,
    is_allowed,
    is_honest,
    rank_key,
    shortest_run,
    value_of,
    width_of,
)
from biaoti.assemble.search import Found, search
from biaoti.assemble.seats import seats_of, swaps_of
from biaoti.assemble.writing import write
from biaoti.records import SecondsLeft, Status, forever

__all__ = [
    "Assembly",
    "AtMost",
    "Joint",
    "Line",
    "Phrase",
    "Problem",
    "assemble",
    "differing",
    "earned",
    "edits_of",
    "gap_of",
    "held_terms",
    "is_allowed",
    "is_honest",
    "rank_key",
    "seats_of",
    "shortest_run",
    "swaps_of",
    "value_of",
    "width_of",
]

_ENDLESS = sys.maxsize
# Once the best value is known, what is left is to settle ties: this many nodes always do on
# problems a solver can prove at all.
_TIE_NODES = 200_000
# HiGHS is asked only where no line is known or time is left; it can do little in less than this.
_LEAST = 0.5


def assemble(
    problem: Problem,
    *,
    node_budget: int = 20_000,
    seconds: float = math.inf,
    start: Sequence[int] = (),
    seconds_left: SecondsLeft = forever,
) -> Assembly:
    """Return the best allowed line.

    Most value, then fewest edits, then narrowest, then text order, then as the seats have it.

    "optimal" is said only with value == bound from a completed exact search; when ours does not
    finish in `node_budget` nodes and HiGHS neither, in its own measure of work or in `seconds`, the
    best line met comes with its honest bound; so it does once no `seconds_left`, as soon as any
    allowed line is met. `start` is a set that may be good: it changes the time taken, never the
    answer.
    """
    found = search(problem, node_budget=node_budget, start=start, seconds_left=seconds_left)
    if found.is_complete:
        return _completed(problem, found)
    if found.order is not None and seconds_left() <= 0:
        return _unproved(problem, found.order, found.bound)
    return _with_solver(problem, found, min(seconds, max(_LEAST, seconds_left())), seconds_left)


def _completed(problem: Problem, found: Found) -> Assembly:
    if found.order is None:
        return Assembly(order=(), value=0, bound=0, status=Status.INFEASIBLE)
    value = value_of(problem, found.order)
    return Assembly(order=found.order, value=value, bound=value, status=Status.OPTIMAL)


def _unproved(problem: Problem, order: tuple[int, ...], bound: int) -> Assembly:
    value = value_of(problem, order)
    return Assembly(order=order, value=value, bound=max(value, bound), status=Status.FEASIBLE)


def _with_solver(
    problem: Problem, found: Found, seconds: float, seconds_left: SecondsLeft
) -> Assembly:
    """Return the better of what our unfinished search and HiGHS found, with the lower bound.

    HiGHS knows sets and values: what it chooses is written by us, and its proof holds for lines
    because no line is worth more than its set.
    """
    from biaoti.assemble.milp import solve  # noqa: PLC0415 - most problems never pay for it

    answer = solve(problem, seconds=seconds)
    if answer.is_infeasible:
        return Assembly(order=(), value=0, bound=0, status=Status.INFEASIBLE)
    written = write(problem, answer.chosen) if answer.chosen is not None else None
    orders = [order for order in (found.order, written) if order is not None]
    if not orders:
        last = search(problem, node_budget=_ENDLESS, seconds_left=seconds_left)
        if last.order is None or last.is_complete:
            return _completed(problem, last)
        return _unproved(problem, last.order, min(answer.bound, last.bound))
    order = min(orders, key=lambda order: rank_key(problem, order))
    value = value_of(problem, order)
    bound = max(value, min(answer.bound, found.bound))
    if value < bound:
        return _unproved(problem, order, bound)
    settled = search(problem, node_budget=_TIE_NODES, floor=value, seconds_left=seconds_left)
    if settled.order is not None:
        order = min((order, settled.order), key=lambda order: rank_key(problem, order))
    status = Status.OPTIMAL if settled.is_complete else Status.FEASIBLE
    return Assembly(order=order, value=value, bound=bound, status=status)
