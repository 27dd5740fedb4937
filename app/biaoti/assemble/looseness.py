"""How much of a demand is lost for certain, whatever else is chosen: words already stand between.

Where each word of a phrase has one giver, the seats say what must come between them. A run of p
words with n chosen ones between them is at least p + n long, less one that may change places; words
whose seats are contrary to the phrase can only stand right when they are neighbours that change
places. The bound of the search takes off what is lost so (docs/adr/0014).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from biaoti.assemble.problem import Line, Phrase, Problem
from biaoti.records import Term


@dataclass(frozen=True, slots=True)
class Loss:
    """What a phrase loses by the number of chosen candidates in `between`; all where one parts it.

    `parting` holds the candidates between two words that must change places.
    """

    between: int
    parting: int
    by_number: tuple[int, ...]

    def given(self, chosen: int) -> int:
        """Return what is lost at least once the candidates of mask `chosen` are."""
        if chosen & self.parting:
            return self.by_number[-1]
        return self.by_number[(chosen & self.between).bit_count()]


def losses_of(
    problem: Problem, line: Line, number: Mapping[Term, int], unit: int
) -> dict[int, list[Loss]]:
    """Return the losses of the demands that ask for order, by their needs as a mask of terms."""
    found: dict[int, list[Loss]] = {}
    giver = _only_givers(problem)
    by_seat = sorted(range(len(line.seats)), key=line.seats.__getitem__)
    for demand, tight, phrase in zip(problem.demands, line.tight, line.phrases, strict=True):
        if tight and len(phrase) > 1 and demand.needs <= number.keys():
            loss = _loss(line, by_seat, giver, phrase, tight * unit)
            if loss is not None:
                needs = sum(1 << number[term] for term in demand.needs)
                found.setdefault(needs, []).append(loss)
    return found


def _only_givers(problem: Problem) -> dict[Term, int]:
    givers: dict[Term, list[int]] = {}
    for index, candidate in enumerate(problem.candidates):
        for term in candidate.gives:
            givers.setdefault(term, []).append(index)
    return {term: indices[0] for term, indices in givers.items() if len(indices) == 1}


def _loss(
    line: Line, by_seat: Sequence[int], giver: Mapping[Term, int], phrase: Phrase, tight: int
) -> Loss | None:
    """Return the loss of one phrase, None where the seats say nothing of it.

    A run that holds the phrase holds for each part the one candidate that gives a term of it, and
    meets these in the order of the parts.
    """
    path: list[int] = []
    for part in phrase:
        only = sorted(giver[term] for term in part if term in giver)
        path += only[:1] if only and path[-1:] != only[:1] else ()
    if len({*path}) < len(path) or len(path) < 2:  # noqa: PLR2004 - a pair
        return None
    seats = [line.seats[index] for index in path]
    contrary = [(a, b) for a, b in pairwise(seats) if a > b]
    if len(contrary) > 1:
        return Loss(0, 0, (tight,))
    runs = [max(len(phrase), len(path) + n - 1) for n in range(len(by_seat) + 1)]
    by_number = (*(tight * (run - len(phrase)) // run for run in runs), tight)
    between = _mask(by_seat[min(seats) : max(seats) + 1]) & ~_mask(path)
    parting = _mask(by_seat[contrary[0][1] + 1 : contrary[0][0]]) if contrary else 0
    return Loss(between, parting, by_number)


def _mask(indices: Sequence[int]) -> int:
    return sum(1 << index for index in indices)
