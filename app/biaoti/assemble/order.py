"""The order of chosen words.

The seller's own where there is one, the slot template for what is new.

A space is spent only where it earns its byte.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from biaoti.records import Candidate, Slot, Term
from biaoti.text import width

Read = Callable[[str], frozenset[Term]]


def arrange(
    chosen: Sequence[Candidate],
    *,
    slot_order: Sequence[Slot],
    place: Mapping[str, int],
    read: Read,
    limit: int,
) -> tuple[tuple[Candidate, ...], str]:
    """Return the candidates in reading order and the title they make.

    `place` gives the position of a text in the current title. Where a junction makes the segmenter
    (`read`) lose a
    term, a neighbour is moved or, if the limit allows, a space is set; what still reads wrong
    stays, and the
    caller reports what the finished string really holds.
    """
    rank = {slot: number for number, slot in enumerate(slot_order)}
    line = sorted((c for c in chosen if c.text in place), key=lambda c: (place[c.text], c.text))
    new = [c for c in chosen if c.text not in place]
    for candidate in sorted(new, key=lambda c: (rank.get(c.slot, len(rank)), c.text)):
        line.insert(_best_seat(candidate, line, rank, place), candidate)
    wanted = frozenset(term for candidate in chosen for term in candidate.gives)
    best = _spaced(line, read, limit)
    if not wanted <= read(best):
        line, best = _repaired(line, best, wanted, read, limit)
    return tuple(line), best


def _best_seat(
    new: Candidate, line: Sequence[Candidate], rank: Mapping[Slot, int], place: Mapping[str, int]
) -> int:
    """Return where `new` disturbs the slot template least and parts no words that belong.

    The seller's own phrases stay whole: a seat inside one costs as much as two words out of their
    slot's order.
    Nothing goes before a brand that leads the title.
    """
    own = rank.get(new.slot, len(rank))
    seats = []
    first = 1 if line and line[0].slot is Slot.BRAND else 0
    for seat in range(first, len(line) + 1):
        disorder = sum(rank.get(c.slot, len(rank)) > own for c in line[:seat])
        disorder += sum(rank.get(c.slot, len(rank)) < own for c in line[seat:])
        parts_phrase = 0 < seat < len(line) and _stood_together(line[seat - 1], line[seat], place)
        seats.append((disorder + 2 * parts_phrase, seat))
    return min(seats)[1]


def _stood_together(left: Candidate, right: Candidate, place: Mapping[str, int]) -> bool:
    if left.text not in place or right.text not in place:
        return False
    return place[left.text] + len(left.text) == place[right.text]


def _repaired(
    line: list[Candidate], title: str, wanted: frozenset[Term], read: Read, limit: int
) -> tuple[list[Candidate], str]:
    """Return the line after moves of one word, made while they lose fewer terms."""
    lost = len(wanted - read(title))
    improved = True
    while lost and improved:
        improved = False
        for moved in _moves(line):
            attempt = _spaced(moved, read, limit)
            missing = len(wanted - read(attempt))
            if missing < lost and width(attempt) <= limit:
                line, title, lost, improved = moved, attempt, missing, True
                break
    return line, title


def _moves(line: Sequence[Candidate]) -> list[list[Candidate]]:
    """Return the lines with one word moved, nearest moves first."""
    moves = []
    for distance in range(1, len(line)):
        for start in range(len(line) - distance):
            near = list(line)
            near[start], near[start + distance] = near[start + distance], near[start]
            moves.append(near)
    return moves


def _spaced(line: Sequence[Candidate], read: Read, limit: int) -> str:
    """Return the words joined, spaced where Latin meets Latin or a junction would be misread."""
    if not line:
        return ""
    joints = [_needs_space(left, right) for left, right in pairwise(line)]
    title = _join(line, joints)
    for index, (left, right) in enumerate(pairwise(line)):
        if not joints[index] and width(title) < limit and _is_misread(left, right, read):
            joints[index] = True
            title = _join(line, joints)
    return title


def _join(line: Sequence[Candidate], joints: Sequence[bool]) -> str:
    pieces = [line[0].text]
    for candidate, is_apart in zip(line[1:], joints, strict=True):
        pieces.append((" " if is_apart else "") + candidate.text)
    return "".join(pieces)


def _needs_space(left: Candidate, right: Candidate) -> bool:
    before, after = left.text[-1:], right.text[:1]
    return before.isascii() and after.isascii() and before.isalnum() and after.isalnum()


def _is_misread(left: Candidate, right: Candidate, read: Read) -> bool:
    return not (left.gives | right.gives) <= read(left.text + right.text)
