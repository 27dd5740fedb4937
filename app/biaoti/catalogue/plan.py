"""The titles of one shop chosen together: exact answers one listing at a time, until none moves.

Block coordinate ascent on the shop's value (`saturation`): each listing in turn gets its exact best
title under what a cover would still add, given the others' titles. It moves only for strictly more,
and values are integers, so this ends; then no listing alone can do better. `prices` proves how far
any choice could go (docs/adr/0020).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from biaoti.assemble import Assembly, Problem, held_terms
from biaoti.catalogue.prices import Effort, Relaxed, bound_of
from biaoti.catalogue.saturation import Key, Ledger, Values
from biaoti.records import Demand, Status, Term

Solve = Callable[[Problem], Assembly]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One listing of a shop: what may stand in its title, and what each keyword is worth to it."""

    problem: Problem
    keys: tuple[Key, ...]
    values: Values

    def under(self, worth: Callable[[Key, int], int]) -> Problem:
        """Return the listing's problem with each demand worth what `worth` makes of it."""
        demands = self.problem.demands
        revalued = [
            worth(key, demand.value) for key, demand in zip(self.keys, demands, strict=True)
        ]
        return replace(
            self.problem,
            demands=tuple(
                replace(demand, value=value)
                for demand, value in zip(demands, revalued, strict=True)
                if value > 0
            ),
        )

    def covered(self, held: frozenset[Term]) -> tuple[Key, ...]:
        """Return the keywords that a title with the terms `held` covers."""
        pairs = zip(self.keys, self.problem.demands, strict=True)
        return tuple(key for key, demand in pairs if demand.needs <= held)

    def covered_by(self, chosen: Sequence[int]) -> tuple[Key, ...]:
        """Return the keywords that the candidates `chosen` cover."""
        return self.covered(held_terms(self.problem, chosen))


def make_member(problem: Problem) -> Member:
    """Return the member whose problem on its own is `problem`."""
    keys = tuple(key_of(demand) for demand in problem.demands)
    values = {key: d.value for key, d in zip(keys, problem.demands, strict=True)}
    return Member(problem=problem, keys=keys, values=values)


def key_of(demand: Demand) -> Key:
    """Return by what demands of different listings are known to be the same."""
    return demand.is_listed, demand.keyword


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The chosen candidates of each member, and the shop's value in units of 1/shown.

    `alone` is the value when every listing has the title that is best for it alone; no choice of
    titles is worth more than `bound`.
    """

    chosen: tuple[tuple[int, ...], ...]
    value: int
    alone: int
    bound: int


def make_plan(members: Sequence[Member], solve: Solve, *, shown: int, effort: Effort) -> Plan:
    """Return the best plan found, with a bound from prices as far as `effort` goes.

    One ascent lets listings choose one after the other, another begins with the choice that the
    prices of the bound suggest, and should both fail to beat it a third begins with the titles
    that are best alone. Ties: the first. No member may be infeasible.
    """
    alone = [solve(member.problem).chosen for member in members]
    worth_alone = worth_of(
        members, [m.covered_by(chosen) for m, chosen in zip(members, alone, strict=True)], shown
    )
    best = _ascend(members, [None] * len(members), solve, shown)
    relaxed = _bound(members, best, solve, shown, effort)
    if relaxed.chosen:
        best = _better(best, _ascend(members, relaxed.chosen, solve, shown))
    if best.value < worth_alone:
        best = _better(best, _ascend(members, alone, solve, shown))
    return Plan(
        chosen=best.chosen,
        value=best.value,
        alone=worth_alone,
        bound=max(best.value, relaxed.bound),
    )


def _better(first: _Ascent, second: _Ascent) -> _Ascent:
    return second if second.value > first.value else first


def _bound(
    members: Sequence[Member], found: _Ascent, solve: Solve, shown: int, effort: Effort
) -> Relaxed:
    def relax(index: int, worth: Callable[[Key, int], int]) -> tuple[Assembly, tuple[Key, ...]]:
        answer = solve(members[index].under(worth))
        return answer, members[index].covered_by(answer.chosen)

    known = [m.covered_by(chosen) for m, chosen in zip(members, found.chosen, strict=True)]
    values = [member.values for member in members]
    return bound_of(values, relax, known, shown=shown, effort=effort, floor=found.value)


def worth_of(members: Sequence[Member], covered: Sequence[Sequence[Key]], shown: int) -> int:
    """Return what the shop is worth when each member covers these keywords, in units of 1/shown."""
    ledger = Ledger(shown)
    for member, keys in zip(members, covered, strict=True):
        ledger.add(keys, member.values)
    return ledger.worth()


# ---- the ascent --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ascent:
    chosen: tuple[tuple[int, ...], ...]
    value: int


def _ascend(
    members: Sequence[Member], start: Sequence[tuple[int, ...] | None], solve: Solve, shown: int
) -> _Ascent:
    """Return where the ascent from `start` ends; None: the listing has no title yet."""
    ledger = Ledger(shown)
    seats = [_Seat(member, chosen, ledger) for member, chosen in zip(members, start, strict=True)]
    moved = True
    while moved:
        moves = [seat.move(solve) for seat in seats]
        moved = any(moves)
    return _Ascent(chosen=tuple(seat.chosen or () for seat in seats), value=ledger.worth())


class _Seat:
    """A member with its present choice, entered in the ledger."""

    def __init__(self, member: Member, chosen: tuple[int, ...] | None, ledger: Ledger) -> None:
        self.member = member
        self.chosen = chosen
        self.ledger = ledger
        self.covered = () if chosen is None else member.covered_by(chosen)
        self._seen: Problem | None = None
        ledger.add(self.covered, member.values)

    def move(self, solve: Solve) -> bool:
        """Choose anew given the others; tell whether that is worth more than before."""
        self.ledger.remove(self.covered, self.member.values)
        problem = self.member.under(self.ledger.gain)
        is_better = problem != self._seen and self._improve(problem, solve(problem))
        self._seen = problem
        self.ledger.add(self.covered, self.member.values)
        return is_better

    def _improve(self, problem: Problem, answer: Assembly) -> bool:
        if answer.status is Status.INFEASIBLE:
            return False
        held = frozenset() if self.chosen is None else held_terms(problem, self.chosen)
        present = sum(d.value for d in problem.demands if d.needs <= held)
        if self.chosen is not None and answer.value <= present:
            return False
        self.chosen = answer.chosen
        self.covered = self.member.covered_by(answer.chosen)
        return True
