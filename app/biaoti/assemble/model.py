"""The problem in bits and integers: what the branch and bound computes with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from biaoti.assemble.looseness import Loss, losses_of
from biaoti.assemble.problem import Problem
from biaoti.records import Term


@dataclass(slots=True)
class Model:
    """The problem in bits and integers. Candidate and term numbers are bit positions."""

    widths: list[int]
    gives: list[int]
    bonus: list[int]
    needs: list[int]
    values: list[int]
    givers: list[list[int]]
    unit: int
    width_scale: int
    edit_scale: int
    required: list[int]
    at_most: list[tuple[int, int]]
    in_title: int
    max_edits: int | None
    weaker: list[int]
    losses: dict[int, list[Loss]]

    def points(self, score: int) -> int:
        """Return the whole points of value in a score, without its ties."""
        return (score + self.unit // 2) // self.unit


def model_of(problem: Problem) -> Model:
    """Return `problem` in bits; demands that nothing can cover are left out."""
    candidates = problem.candidates
    number = {term: bit for bit, term in enumerate(_useful_terms(problem))}
    gives = [_mask(number, c.gives) for c in candidates]
    reachable = union(gives)
    demands = [(_mask(number, d.needs), d.value) for d in problem.demands if d.value > 0]
    missing_bits = [d.needs <= number.keys() for d in problem.demands if d.value > 0]
    merged: dict[int, int] = {}
    for (needs, value), is_known in zip(demands, missing_bits, strict=True):
        if is_known and needs & ~reachable == 0:
            merged[needs] = merged.get(needs, 0) + value
    bonus, unit, width_scale, edit_scale = _bonuses(problem)
    return Model(
        widths=[c.width for c in candidates],
        gives=gives,
        bonus=bonus,
        needs=list(merged),
        values=[value * unit for value in merged.values()],
        givers=[
            [i for i, mask in enumerate(gives) if mask >> bit & 1] for bit in range(len(number))
        ],
        unit=unit,
        width_scale=width_scale,
        edit_scale=edit_scale,
        required=[sum(1 << i for i in group) for group in problem.required],
        at_most=[(sum(1 << i for i in rule.members), rule.most) for rule in problem.at_most],
        in_title=sum(1 << i for i, c in enumerate(candidates) if c.in_title),
        max_edits=problem.max_edits,
        losses=_losses(problem, number, merged, unit),
        weaker=_weaker(problem, gives, merged, bonus) if problem.line is None else [0] * len(gives),
    )


def _losses(
    problem: Problem, number: dict[Term, int], merged: dict[int, int], unit: int
) -> dict[int, list[Loss]]:
    """Return by demand number what it loses when words stand between its own."""
    if problem.line is None or not any(problem.line.tight):
        return {}
    by_needs = losses_of(problem, problem.line, number, unit)
    places = {needs: place for place, needs in enumerate(merged)}
    return {places[needs]: found for needs, found in by_needs.items() if needs in places}


def _useful_terms(problem: Problem) -> list[Term]:
    given = {term for candidate in problem.candidates for term in candidate.gives}
    needed = {term for demand in problem.demands for term in demand.needs}
    return sorted(given & needed)


def _mask(number: dict[Term, int], terms: frozenset[Term]) -> int:
    return sum(1 << number[term] for term in terms if term in number)


def union(masks: Sequence[int]) -> int:
    """Return the bits set in any of `masks`."""
    union = 0
    for mask in masks:
        union |= mask
    return union


def _bonuses(problem: Problem) -> tuple[list[int], int, int, int]:
    """Return what each candidate adds to the ties, and what a point, a byte and an edit count.

    Narrower beats text order, fewer edits beat narrower: each scale is larger than all below it can
    sum to.
    """
    candidates = problem.candidates
    count = len(candidates)
    by_text = sorted(range(count), key=lambda i: (candidates[i].text, i))
    rank = {index: 1 << (count - 1 - place) for place, index in enumerate(by_text)}
    width_scale = 1 << count
    # A line of n words has at most n - 1 spaces.
    edit_scale = width_scale * (sum(c.width for c in candidates) + count + 1)
    unit = edit_scale * (2 * count + 2)
    bonus = [
        (edit_scale if c.in_title else -edit_scale) - c.width * width_scale + rank[i]
        for i, c in enumerate(candidates)
    ]
    return bonus, unit, width_scale, edit_scale


def _weaker(
    problem: Problem, gives: list[int], merged: dict[int, int], bonus: list[int]
) -> list[int]:
    """Return for each candidate the mask of those that may only be chosen if it is chosen too.

    Exact for candidates whose terms nobody else gives and no demand joins with others: of two such,
    in the same rules, the one that is worth no less, costs no more and wins the tie comes first.
    """
    joined = union([needs for needs in merged if needs & (needs - 1)])
    shared = _shared(gives)
    plain = {
        i: sum(merged.get(1 << bit, 0) for bit in bits(mask))
        for i, mask in enumerate(gives)
        if not mask & (joined | shared) and not problem.candidates[i].is_kept
    }
    rules = [*problem.required, *(rule.members for rule in problem.at_most)]
    home = {i: tuple(i in group for group in rules) for i in plain}
    titled = {i: problem.candidates[i].in_title for i in plain}
    weaker = [0] * len(gives)
    for a, worth in plain.items():
        for b, other in plain.items():
            is_peer = a != b and home[a] == home[b] and titled[a] == titled[b]
            fits_better = problem.candidates[a].width <= problem.candidates[b].width
            if (
                is_peer
                and fits_better
                and worth >= other
                and (worth > other or bonus[a] > bonus[b])
            ):
                weaker[a] |= 1 << b
    return weaker


def _shared(gives: Sequence[int]) -> int:
    once = shared = 0
    for mask in gives:
        shared |= once & mask
        once |= mask
    return shared


def bits(mask: int) -> list[int]:
    """Return the positions of the set bits of `mask`, lowest first."""
    bits = []
    while mask:
        low = mask & -mask
        bits.append(low.bit_length() - 1)
        mask ^= low
    return bits
