"""What the search sees: one problem, one answer, and the check that trusts neither."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from biaoti.records import Candidate, Demand, Status, Term

Joint = Callable[[int, int], int | None]
"""Return the bytes to set between two neighbours (0 or 1), or None where they may not meet."""

Phrase = tuple[frozenset[Term], ...]
"""Words in the order they are typed or written, each as the terms it stands for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AtMost:
    """At most `most` of the candidates `members` (indices) may be chosen."""

    members: frozenset[int]
    most: int


def _touch(_left: int, _right: int) -> int:
    return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """How chosen candidates are written (docs/adr/0014).

    They stand by their `seats`, save that one pair of neighbours may change places: a pair in
    `swaps` (the one that sits first comes first), or one whose joint costs a byte or is closed
    while the reverse costs nothing. `joint` says what stands between neighbours, `barred` are runs
    of neighbours that may not stand so. `tight` is the part of each demand's value that is paid in
    the share that its `phrases` entry is long of the shortest run of `words` holding it in order.
    """

    seats: tuple[int, ...]
    swaps: frozenset[tuple[int, int]] = frozenset()
    joint: Joint = field(default=_touch, compare=False)
    barred: frozenset[tuple[int, ...]] = frozenset()
    words: tuple[Phrase, ...] = ()
    phrases: tuple[Phrase, ...] = ()
    tight: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A set-union knapsack with order.

    Terms are paid for through candidates, demands pay once all they need is held.

    `required` are sets of candidate indices of which at least one must be chosen. `max_edits`
    bounds both the candidates added to and the candidates removed from the current title. Without a
    `line` the order is free, costs nothing and earns nothing.
    """

    candidates: tuple[Candidate, ...]
    demands: tuple[Demand, ...]
    limit: int
    at_most: tuple[AtMost, ...] = ()
    required: tuple[frozenset[int], ...] = ()
    max_edits: int | None = None
    line: Line | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """The chosen candidates in reading order, their worth, and the most any could be worth."""

    order: tuple[int, ...]
    value: int
    bound: int
    status: Status

    @property
    def chosen(self) -> tuple[int, ...]:
        """Return the chosen candidates, ascending."""
        return tuple(sorted(self.order))

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


def value_of(problem: Problem, order: Sequence[int]) -> int:
    """Return the summed value of the demands that the candidates cover, written in this order."""
    held = held_terms(problem, order)
    covered = [n for n, demand in enumerate(problem.demands) if demand.needs <= held]
    whole = sum(problem.demands[number].value for number in covered)
    line = problem.line
    if line is None or not line.tight:
        return whole
    words = [word for index in order for word in line.words[index]]
    return whole - sum(
        line.tight[n] - earned(line.tight[n], line.phrases[n], words) for n in covered
    )


def earned(tight: int, phrase: Phrase, words: Sequence[frozenset[Term]]) -> int:
    """Return what of `tight` a phrase earns: its share of the shortest run that holds it in order.

    All of it where no order is asked for, nothing where the order is not there.

    >>> a, b = frozenset({Term("a")}), frozenset({Term("b")})
    >>> earned(90, (a, b), [a, b]), earned(90, (a, b), [a, b, b]), earned(90, (a, b), [b, a])
    (90, 90, 0)
    """
    if not tight or not phrase:
        return tight
    length = shortest_run(phrase, words)
    return tight * min(len(phrase), length) // length if length else 0


def shortest_run(phrase: Phrase, words: Sequence[frozenset[Term]]) -> int:
    """Return the length of the shortest run of `words` that holds `phrase` in order, 0 if none.

    >>> a, b = frozenset({Term("a")}), frozenset({Term("b")})
    >>> shortest_run((a, b), [a, frozenset(), b])
    3
    """
    starts = [n for n, word in enumerate(words) if phrase[0] & word]
    return min((run for n in starts if (run := _run_from(phrase, words, n))), default=0)


def _run_from(phrase: Phrase, words: Sequence[frozenset[Term]], start: int) -> int:
    """Return how many words from `start` on it takes to meet every part of `phrase` in turn."""
    part, missing = 0, phrase[0]
    for position in range(start, len(words)):
        missing -= words[position]
        while not missing:
            part += 1
            if part == len(phrase):
                return position - start + 1
            missing = phrase[part] - words[position]
    return 0


def width_of(problem: Problem, order: Sequence[int]) -> int:
    """Return the width of the candidates written in this order, with what stands between them."""
    joint = problem.line.joint if problem.line else _touch
    spaces = sum(joint(left, right) or 0 for left, right in pairwise(order))
    return sum(problem.candidates[index].width for index in order) + spaces


def differing(problem: Problem, chosen: Iterable[int], by: int) -> Problem:
    """Return `problem` for answers that lack at least `by` of the chosen (all, if fewer)."""
    members = frozenset(chosen)
    rule = AtMost(members=members, most=max(0, len(members) - by))
    return replace(problem, at_most=(*problem.at_most, rule))


def edits_of(problem: Problem, chosen: Iterable[int]) -> tuple[int, int]:
    """Return how many candidates are (added to, removed from) the current title."""
    kept = frozenset(chosen)
    added = sum(not problem.candidates[index].in_title for index in kept)
    current = sum(candidate.in_title for candidate in problem.candidates)
    return added, current - (len(kept) - added)


def rank_key(problem: Problem, order: Sequence[int]) -> tuple[int, ...]:
    """Return what the answer is chosen by, smallest first.

    Value, edits, width, text order (the set that holds the textually first candidate wins), and of
    two orders of one set the one that leaves the seats alone, else changes places furthest left.
    """
    texts = [candidate.text for candidate in problem.candidates]
    place = {
        i: rank for rank, i in enumerate(sorted(range(len(texts)), key=lambda i: (texts[i], i)))
    }
    ranks = sum(1 << (len(texts) - 1 - place[index]) for index in order)
    edits = sum(edits_of(problem, order))
    moved = swapped_at(problem, order)
    return -value_of(problem, order), edits, width_of(problem, order), -ranks, moved


def swapped_at(problem: Problem, order: Sequence[int]) -> int:
    """Return 0 where the candidates stand by their seats, else 1 + the place of the first moved."""
    if problem.line is None:
        return 0
    seats = [problem.line.seats[index] for index in order]
    return next(
        (n + 1 for n, (a, b) in enumerate(zip(seats, sorted(seats), strict=True)) if a != b), 0
    )


def may_swap(line: Line, left: int, right: int) -> bool:
    """Tell whether the neighbours `left` and `right` (by their seats) may change places."""
    if (left, right) in line.swaps:
        return True
    return line.joint(left, right) != 0 and line.joint(right, left) == 0


def is_written_right(problem: Problem, order: Sequence[int]) -> bool:
    """Tell whether the candidates may stand in this order and fit."""
    line = problem.line
    if line is not None:
        base = sorted(order, key=line.seats.__getitem__)
        moved = swapped_at(problem, order)
        if moved:
            left, right = base[moved - 1 : moved + 1]
            base[moved - 1 : moved + 1] = right, left
            if not may_swap(line, left, right):
                return False
        if base != list(order) or not is_readable(line, order):
            return False
    return width_of(problem, order) <= problem.limit


def is_readable(line: Line, order: Sequence[int]) -> bool:
    """Tell whether every joint is open and no barred run stands in `order`."""
    if any(line.joint(left, right) is None for left, right in pairwise(order)):
        return False
    written = tuple(order)
    return not any(
        run == written[n : n + len(run)] for run in line.barred for n in range(len(written))
    )


def is_allowed(problem: Problem, order: Sequence[int]) -> bool:
    """Tell whether the candidates, written in this order, fit and obey every rule."""
    kept = frozenset(order)
    if not is_written_right(problem, order):
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
    is_worth_it = value_of(problem, answer.order) == answer.value <= answer.bound
    is_proved = answer.status is not Status.OPTIMAL or answer.value == answer.bound
    return is_allowed(problem, answer.order) and is_worth_it and is_proved
