"""The order in which all candidates of a listing could be written: the seats of a line.

The seller's own words keep their order; new ones find the place that disturbs the slot template
least. The order does not depend on which of them are chosen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from biaoti.records import Candidate, Slot

# A seat inside a phrase of the seller's costs as much as two words out of their slot's order.
_PARTING = 2


def seats_of(
    candidates: Sequence[Candidate], *, slot_order: Sequence[Slot], place: Mapping[str, int]
) -> tuple[int, ...]:
    """Return the seat of each candidate, all different, 0 at the left.

    `place` gives the position of a text in the current title. New words of one gap stand by their
    slots, then by text. Nothing goes before a brand that leads the title.
    """
    rank = {slot: number for number, slot in enumerate(slot_order)}
    ranks = [rank.get(candidate.slot, len(rank)) for candidate in candidates]
    own = sorted(
        (i for i, c in enumerate(candidates) if c.text in place),
        key=lambda i: (place[candidates[i].text], -len(candidates[i].text), i),
    )
    first = 1 if own and candidates[own[0]].slot is Slot.BRAND else 0
    line = [candidates[i] for i in own]
    parted = [_is_inside_a_phrase(line, gap, place) for gap in range(len(line) + 1)]
    keys = {index: (gap, 1, 0, "") for gap, index in enumerate(own)}
    for index, candidate in enumerate(candidates):
        if index not in keys:
            gap = _best_gap(ranks[index], [ranks[i] for i in own], parted, first)
            keys[index] = (gap, 0, ranks[index], candidate.text)
    order = sorted(range(len(candidates)), key=lambda i: (*keys[i], i))
    seat = {index: number for number, index in enumerate(order)}
    return tuple(seat[index] for index in range(len(candidates)))


def _best_gap(rank: int, own: Sequence[int], parted: Sequence[bool], first: int) -> int:
    """Return the leftmost gap between the own words (by rank) that puts fewest out of order."""

    def disorder(gap: int) -> int:
        wrong = sum(other > rank for other in own[:gap]) + sum(other < rank for other in own[gap:])
        return wrong + _PARTING * parted[gap]

    return min(range(first, len(own) + 1), key=lambda gap: (disorder(gap), gap))


def _is_inside_a_phrase(line: Sequence[Candidate], gap: int, place: Mapping[str, int]) -> bool:
    if not 0 < gap < len(line):
        return False
    left, right = line[gap - 1].text, line[gap].text
    return place[left] + len(left) >= place[right]


def swaps_of(
    candidates: Sequence[Candidate],
    seats: Sequence[int],
    *,
    slot_order: Sequence[Slot],
    place: Mapping[str, int],
) -> frozenset[tuple[int, int]]:
    """Return the pairs (left, right by their seats) that may change places to stand tighter.

    At least one of the two is new, their slots are the same or next to each other in the template,
    and neither is a brand.
    """
    rank = {slot: number for number, slot in enumerate(slot_order)}
    free = [i for i, c in enumerate(candidates) if c.slot is not Slot.BRAND]
    free.sort(key=seats.__getitem__)
    pairs = ((left, right) for n, left in enumerate(free) for right in free[n + 1 :])
    return frozenset(
        (left, right)
        for left, right in pairs
        if abs(_rank(candidates[left], rank) - _rank(candidates[right], rank)) <= 1
        and not (candidates[left].text in place and candidates[right].text in place)
    )


def _rank(candidate: Candidate, rank: Mapping[Slot, int]) -> int:
    return rank.get(candidate.slot, len(rank))
