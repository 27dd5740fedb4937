"""What the search sees: one problem, one answer, and the check that trusts neither."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from biaoti.records import Candidate, Demand, Status, Term


@dataclass(frozen=True, slots=True, kw_only=True)
class AtMost:
    """At most `most` of the candidates `members` (indices) may be chosen."""

    members: frozenset[int]
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A set-union knapsack.

    Terms are paid for through candidates, demands pay once all they need is held.

    `required` are sets of candidate indices of which at least one must be chosen. `max_edits`
    bounds both the
    candidates added to and the candidates removed from the current title.
    """

    candidates: tuple[Candidate, ...]
    demands: tuple[Demand, ...]
    limit: int
    at_most: tuple[AtMost, ...] = ()
    required: tuple[frozenset[int], ...] = ()
    max_edits: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """The chosen candidates (ascending indices), their worth, and the most any could be worth."""

    chosen: tuple[int, ...]
    value: int
    bound: int
    status: Status

    @property
    def gap(self) -> float:
        """Return the share of the bound not proved reached.

        0 when optimal or when nothing is to be won.
        """
        return gap_of(self.value, self.bound)


def gap_of(value: int, bound: int) -> float:
    """Return the share of `bound` that `value` leaves open; 0 when nothing is to be won."""
    return (bound - value) / bound if bound else 0.0


def held_terms(problem: Problem, chosen: Iterable[int]) -> frozenset[Term]:
    """Return the terms that the chosen candidates give."""
    return frozenset(term for index in chosen for term in problem.candidates[index].gives)


def value_of(problem: Problem, chosen: Iterable[int]) -> int:
    """Return the summed value of the demands that the chosen candidates cover."""
    held = held_terms(problem, chosen)
    return sum(demand.value for demand in problem.demands if demand.needs <= held)


def width_of(problem: Problem, chosen: Iterable[int]) -> int:
    """Return the width of the chosen candidates written without spaces."""
    return sum(problem.candidates[index].width for index in chosen)


def edits_of(problem: Problem, chosen: Iterable[int]) -> tuple[int, int]:
    """Return how many candidates are (added to, removed from) the current title."""
    kept = frozenset(chosen)
    added = sum(not problem.candidates[index].in_title for index in kept)
    current = sum(candidate.in_title for candidate in problem.candidates)
    return added, current - (len(kept) - added)


def rank_key(problem: Problem, chosen: Sequence[int]) -> tuple[int, int, int, tuple[int, ...]]:
    """Return what the answer is chosen by, smallest first: value, edits, width, then text order.

    Text order compares the chosen texts: the set that holds the textually first candidate wins.
    """
    texts = [candidate.text for candidate in problem.candidates]
    place = {
        i: rank for rank, i in enumerate(sorted(range(len(texts)), key=lambda i: (texts[i], i)))
    }
    ranks = sum(1 << (len(texts) - 1 - place[index]) for index in chosen)
    width = width_of(problem, chosen)
    return -value_of(problem, chosen), sum(edits_of(problem, chosen)), width, (-ranks,)


def is_allowed(problem: Problem, chosen: Iterable[int]) -> bool:
    """Tell whether the chosen candidates fit and obey every rule of the problem."""
    kept = frozenset(chosen)
    if width_of(problem, kept) > problem.limit:
        return False
    if any(len(kept & rule.members) > rule.most for rule in problem.at_most):
        return False
    if not all(kept & group for group in problem.required):
        return False
    if any(c.is_kept and index not in kept for index, c in enumerate(problem.candidates)):
        return False
    return problem.max_edits is None or max(edits_of(problem, kept)) <= problem.max_edits


def is_honest(answer: Assembly, problem: Problem) -> bool:
    """Tell whether `answer` fits and is worth what it claims, without trusting the search."""
    if answer.status is Status.INFEASIBLE:
        return True
    is_worth_it = value_of(problem, answer.chosen) == answer.value <= answer.bound
    is_proved = answer.status is not Status.OPTIMAL or answer.value == answer.bound
    return is_allowed(problem, answer.chosen) and is_worth_it and is_proved
