"""The best line of a chosen set, fast: what the search asks of every set that may be better."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from biaoti.assemble.model import bits
from biaoti.assemble.problem import Line, Problem, may_swap
from biaoti.records import Term


@dataclass(frozen=True, slots=True)
class Sought:
    """A demand that pays for order: candidates must give `needs`, in the order of `phrase`."""

    needs: int
    tight: int
    phrase: tuple[int, ...]


class Writer:
    """Writes sets of one problem; joints and texts are looked up once."""

    def __init__(self, problem: Problem, line: Line) -> None:
        """Make ready for the sets of `problem`, whose terms become bits."""
        self._line = line
        self._widths = [candidate.width for candidate in problem.candidates]
        self._limit = problem.limit
        self._barred: dict[int, list[tuple[int, ...]]] = {}
        for run in line.barred:
            self._barred.setdefault(run[0], []).append(run)
        number: dict[Term, int] = {}
        self._words = [[_mask(number, word) for word in words] for words in line.words]
        self._gives = [_mask(number, c.gives) for c in problem.candidates]
        self._sought = [
            Sought(
                _mask(number, demand.needs),
                tight,
                tuple(_mask(number, part) for part in phrase),
            )
            for demand, tight, phrase in zip(
                problem.demands, line.tight, line.phrases, strict=False
            )
            if tight and phrase and (len(phrase) > 1 or len(phrase[0]) > 1)
        ]

    def best(
        self, chosen: int, *, score: int, unit: int, space: int, floor: int
    ) -> tuple[int, tuple[int, ...]] | None:
        """Return score and order of the best line of the set `chosen`, None if none beats `floor`.

        `score` is what the set is worth in perfect order without spaces; a point of value costs
        `unit`, a space `space`. Of equal lines the first in the order of `_lines` is best.
        """
        indices = sorted(bits(chosen), key=self._line.seats.__getitem__)
        room = self._limit - sum(self._widths[index] for index in indices)
        held = 0
        for index in indices:
            held |= self._gives[index]
        covered = [wanted for wanted in self._sought if not wanted.needs & ~held]
        best: tuple[int, tuple[int, ...]] | None = None
        for order in self._lines(indices):
            spaces = self._spaces(order)
            if spaces is None or spaces > room or score - spaces * space <= floor:
                continue
            worth = score - spaces * space - unit * self._shortfall(order, covered)
            if worth > floor:
                best, floor = (worth, tuple(order)), worth
        return best

    def _lines(self, base: list[int]) -> Iterator[list[int]]:
        """Yield the lines of a set: by the seats, then with one pair changed, from the left."""
        yield base
        for place in range(len(base) - 1):
            if may_swap(self._line, base[place], base[place + 1]):
                other = base.copy()
                other[place], other[place + 1] = base[place + 1], base[place]
                yield other

    def _spaces(self, order: Sequence[int]) -> int | None:
        """Return the bytes between the words of `order`, None where it may not be written."""
        total = 0
        for left, right in pairwise(order):
            joint = self._line.joint(left, right)
            if joint is None:
                return None
            total += joint
        return None if self._barred and self._is_barred(order) else total

    def _is_barred(self, order: Sequence[int]) -> bool:
        written = tuple(order)
        return any(
            run == written[place : place + len(run)]
            for place, index in enumerate(written)
            for run in self._barred.get(index, ())
        )

    def _shortfall(self, order: Sequence[int], covered: Sequence[Sought]) -> int:
        """Return what the covered demands lose because their words do not stand together."""
        if not covered:
            return 0
        words = [word for index in order for word in self._words[index]]
        at: dict[int, int] = {}
        total = 0
        for wanted in covered:
            length = _run_length(wanted.phrase, words, at)
            parts = len(wanted.phrase)
            if length != parts:
                earned = wanted.tight * min(parts, length) // length if length else 0
                total += wanted.tight - earned
        return total


def _mask(number: dict[Term, int], terms: frozenset[Term]) -> int:
    return sum(1 << number.setdefault(term, len(number)) for term in terms)


def _run_length(phrase: Sequence[int], words: Sequence[int], at: dict[int, int]) -> int:
    """Return the length of the shortest run of `words` with `phrase` in order, 0 if none.

    `at` remembers for each part the one word that touches it (-1: there are several, -2: none).
    """
    first = last = -1
    for part in phrase:
        place = at.get(part)
        if place is None:
            place = at[part] = _only_place(part, words)
        if place == -1:
            return _run_length_slow(phrase, words)
        if place < last:
            return 0
        if first < 0:
            first = place
        last = place
    return last - first + 1


def _only_place(part: int, words: Sequence[int]) -> int:
    """Return the place of the one word that touches `part`; -1: not all in one; -2: nowhere."""
    places = [n for n, word in enumerate(words) if word & part]
    if not places:
        return -2
    is_whole = len(places) == 1 and not part & ~words[places[0]]
    return places[0] if is_whole else -1


def _run_length_slow(phrase: Sequence[int], words: Sequence[int]) -> int:
    best = 0
    for start, word in enumerate(words):
        if word & phrase[0]:
            length = _run_from(phrase, words, start)
            if length and (not best or length < best):
                best = length
    return best


def _run_from(phrase: Sequence[int], words: Sequence[int], start: int) -> int:
    part, missing = 0, phrase[0]
    for position in range(start, len(words)):
        missing &= ~words[position]
        while not missing:
            part += 1
            if part == len(phrase):
                return position - start + 1
            missing = phrase[part] & ~words[position]
    return 0


def write(problem: Problem, chosen: Sequence[int]) -> tuple[int, ...] | None:
    """Return the best line of the set `chosen`, None where it can be written in none that fits."""
    if problem.line is None:
        return tuple(sorted(chosen))
    mask = sum(1 << index for index in chosen)
    space = 1
    unit = len(problem.candidates) + 1
    found = Writer(problem, problem.line).best(
        mask, score=0, unit=unit, space=space, floor=-(1 << 200)
    )
    return found[1] if found else None
