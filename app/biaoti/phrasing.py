"""How the candidates of one listing may be written: where each may stand and what parts them.

A junction is safe when the segmenter reads in the joined text exactly what it reads in the two
pieces: then the words a title is promised for are the words it holds (docs/adr/0014).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from biaoti.assemble import Joint, Line, Phrase, seats_of, shortest_run, swaps_of
from biaoti.engine import Engine
from biaoti.records import Candidate, Demand, Policy, Slot

_SPACE = 1


def line_of(
    engine: Engine,
    candidates: Sequence[Candidate],
    demands: Sequence[Demand],
    *,
    place: Mapping[str, int],
    slot_order: Sequence[Slot],
    tightness_weight: float,
) -> Line:
    """Return how `candidates` may be written, and how much of each demand is paid for tightness.

    `place` says where a text stands in the current title. A demand asks for the order its keyword
    was typed in; one that no report listed asks for none.
    """
    seats = seats_of(candidates, slot_order=slot_order, place=place)
    return Line(
        seats=seats,
        swaps=swaps_of(candidates, seats, slot_order=slot_order, place=place),
        joint=joint_of([c.text for c in candidates], place, engine.read_words),
        words=tuple(engine.read_words(c.text) for c in candidates),
        phrases=tuple(phrase_of(engine, demand) for demand in demands),
        tight=tuple(
            round(demand.value * tightness_weight) if demand.sequence else 0 for demand in demands
        ),
    )


def slot_order_of(policy: Policy, category: str | None) -> tuple[Slot, ...]:
    """Return the slot template of a category: what its trade puts first, then the common order.

    Of several words of the policy that the category holds, the longest counts.
    """
    held = [word for word in policy.slot_leads if word in (category or "")]
    leads = policy.slot_leads[min(held, key=lambda w: (-len(w), w))] if held else ()
    return (*leads, *(slot for slot in policy.slot_order if slot not in leads))


def phrase_of(engine: Engine, demand: Demand) -> Phrase:
    """Return the words of a demand's keyword in order, each as its terms; empty for no order."""
    return tuple(part for word in demand.sequence for part in engine.parts(word))


def tightness(phrase: Phrase, words: Phrase) -> float:
    """Return the share of a phrase in the shortest run of `words` with it in order, 0 if none."""
    length = shortest_run(phrase, words) if phrase else 0
    return min(1.0, len(phrase) / length) if length else 0.0


def joint_of(
    texts: Sequence[str], place: Mapping[str, int], read: Callable[[str], Phrase]
) -> Joint:
    """Return what must stand between two texts, each pair read once.

    Nothing where they touch in the current title; a space (1) where Latin letters or digits would
    run together or where it keeps a junction from being misread; None where that does not help.
    """
    known: dict[tuple[int, int], int | None] = {}

    def joint(left: int, right: int) -> int | None:
        pair = (left, right)
        if pair not in known:
            known[pair] = _between(texts[left], texts[right], place, read)
        return known[pair]

    return joint


def _between(
    left: str, right: str, place: Mapping[str, int], read: Callable[[str], Phrase]
) -> int | None:
    if left in place and right in place and place[left] + len(left) == place[right]:
        return 0
    wanted = read(left) + read(right)
    if not _runs_together(left, right) and read(left + right) == wanted:
        return 0
    return _SPACE if read(f"{left} {right}") == wanted else None


def _runs_together(left: str, right: str) -> bool:
    before, after = left[-1:], right[:1]
    return before.isascii() and after.isascii() and before.isalnum() and after.isalnum()


def title_of(candidates: Sequence[Candidate], joint: Joint, order: Sequence[int]) -> str:
    """Return the title that `order` makes, a space wherever the joint is not free."""
    pieces = [candidates[index].text for index in order[:1]]
    for left, right in pairwise(order):
        pieces.append((" " if joint(left, right) != 0 else "") + candidates[right].text)
    return "".join(pieces)


def misread_run(
    candidates: Sequence[Candidate], line: Line, order: Sequence[int], read: Callable[[str], Phrase]
) -> tuple[int, ...] | None:
    """Return the shortest run of neighbours that is read otherwise than its words, None if none.

    Pairs were looked at when they were joined; what only shows over three words or more shows here.
    """
    if _is_read_right(candidates, line, order, read):
        return None
    for length in range(2, len(order)):
        for start in range(len(order) - length + 1):
            run = tuple(order[start : start + length])
            if not _is_read_right(candidates, line, run, read):
                return run
    return tuple(order)


def _is_read_right(
    candidates: Sequence[Candidate], line: Line, order: Sequence[int], read: Callable[[str], Phrase]
) -> bool:
    wanted = tuple(word for index in order for word in line.words[index])
    return read(title_of(candidates, line.joint, order)) == wanted
