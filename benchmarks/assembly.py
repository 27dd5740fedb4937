"""How far from the best title, and how long: the exact search beside simpler ways.

Random instances of 20 to 120 candidate terms and 100 to 3,000 keywords, one title of 60 bytes:
head-heavy (the k-th keyword is worth 50,000 / k) or flat (all the same), sparse (the keywords
alone) or dense (every pair of terms carries a little value besides). Printed for each cell: time
and share proved optimal of our search, and what three other ways lose against it:

- greedy: the words with most value per byte, one after another;
- two-stage: a set without regard to the order, then the order;
- reference: HiGHS at zero tolerance for as many seconds as --reference says.

    python benchmarks/assembly.py [--quick] [--instances N] [--reference SECONDS]
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from biaoti.assemble import Line, Problem, assemble, is_allowed, value_of
from biaoti.assemble.milp import solve
from biaoti.assemble.writing import write
from biaoti.records import Candidate, Demand, Slot, Term

SIZES = (20, 40, 80, 120)
KEYWORDS = (100, 300, 1_000, 3_000)
KINDS = tuple((flat, dense) for flat in (False, True) for dense in (False, True))
LIMIT = 60
_NO_END = 10**12
TIGHT = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One kind of instance: candidates, keywords, flat or head-heavy, dense or sparse."""

    terms: int
    keywords: int
    is_flat: bool
    is_dense: bool

    def __str__(self) -> str:
        """Return the cell as a row of the table begins."""
        value = "flat" if self.is_flat else "head-heavy"
        spread = "dense" if self.is_dense else "sparse"
        return f"| {self.terms} | {self.keywords:,} | {value}, {spread}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--quick", action="store_true", help="up to 40 terms and 300 keywords")
    parser.add_argument("--instances", type=int, default=5)
    parser.add_argument("--reference", type=float, default=0.0, help="seconds of HiGHS; 0: none")
    options = parser.parse_args()
    sizes = SIZES[:2] if options.quick else SIZES
    keywords = KEYWORDS[:2] if options.quick else KEYWORDS
    print(
        "| terms | keywords | demand | median ms | most ms | gap 0 | greedy | two-stage | HiGHS |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for terms in sizes:
        for number in keywords:
            for is_flat, is_dense in KINDS:
                cell = Cell(terms=terms, keywords=number, is_flat=is_flat, is_dense=is_dense)
                print(_row(cell, options.instances, options.reference), flush=True)


def _row(cell: Cell, instances: int, reference: float) -> str:
    milliseconds, gaps, lost, staged, solver = [], [], [], [], []
    for seed in range(instances):
        problem = instance(cell, seed)
        started = time.process_time()
        answer = assemble(problem)
        milliseconds.append(1000 * (time.process_time() - started))
        gaps.append(answer.gap)
        lost.append(1 - value_of(problem, greedy(problem)) / answer.value)
        staged.append(_two_stage_loss(problem))
        if reference and not seed:
            solver.append(_reference(problem, answer.value, reference))
    proved = sum(gap == 0 for gap in gaps)
    return (
        f"{cell} | {statistics.median(milliseconds):,.0f} | {max(milliseconds):,.0f} "
        f"| {proved}/{instances} | {statistics.mean(lost):.1%} | {statistics.mean(staged):.1%} "
        f"| {solver[0] if solver else ''} |"
    )


def instance(cell: Cell, seed: int) -> Problem:
    """Return instance `seed` of a cell; one candidate in seven is a compound of two terms."""
    chance = random.Random(f"{cell} {seed}")  # noqa: S311 - no secret
    terms = [Term(f"t{number:03}") for number in range(cell.terms)]
    candidates = tuple(_candidate(chance, number, terms) for number in range(cell.terms))
    demands = [*_keywords(chance, cell, terms), *(_pairs(chance, terms) if cell.is_dense else ())]
    return Problem(
        candidates=candidates,
        demands=tuple(demands),
        limit=LIMIT,
        line=Line(seats=tuple(range(cell.terms))),
    )


def _candidate(chance: random.Random, number: int, terms: Sequence[Term]) -> Candidate:
    is_compound = chance.random() < 1 / 7
    gives = {terms[number], *([chance.choice(terms)] if is_compound else [])}
    return Candidate(
        text=f"w{number:03}",
        slot=Slot.FEATURE,
        evidence="title",
        width=chance.choice((2, 4, 4, 4, 4, 6, 6, 8)) + 2 * is_compound,
        gives=frozenset(gives),
        in_title=number % 3 == 0 and number < 36,
    )


def _keywords(chance: random.Random, cell: Cell, terms: Sequence[Term]) -> Iterator[Demand]:
    order = chance.sample(terms, len(terms))
    weights = [1 / rank**0.7 for rank in range(1, len(terms) + 1)]
    for rank in range(1, cell.keywords + 1):
        size = chance.choice((1, 2, 2, 2, 3, 3, 3, 4))
        words: list[Term] = []
        while len(words) < size:
            word = chance.choices(order, weights)[0]
            words += [] if word in words else [word]
        value = 1_000 if cell.is_flat else max(1, round(50_000 / rank))
        yield Demand(
            keyword=" ".join(words), needs=frozenset(words), value=value, sequence=tuple(words)
        )


def _pairs(chance: random.Random, terms: Sequence[Term]) -> Iterator[Demand]:
    for pair in combinations(terms, 2):
        value = chance.randint(20, 200)
        yield Demand(keyword=" ".join(pair), needs=frozenset(pair), value=value, is_listed=False)


def greedy(problem: Problem) -> tuple[int, ...]:
    """Return the line that takes, one after another, the word of most value per byte that fits.

    What must stand comes first, whatever it is worth: kept words, one of each required group.
    """
    seats = problem.line.seats if problem.line else tuple(range(len(problem.candidates)))
    groups = [frozenset({i}) for i, c in enumerate(problem.candidates) if c.is_kept]
    groups += problem.required
    unkept = tuple(replace(candidate, is_kept=False) for candidate in problem.candidates)
    free = replace(problem, candidates=unkept, required=())
    chosen: tuple[int, ...] = ()
    while True:
        missing = next((group for group in groups if not group & set(chosen)), None)
        best, gain = chosen, 0.0 if missing is None else -1.0
        for index in sorted(missing) if missing else range(len(problem.candidates)):
            more = tuple(sorted({*chosen, index}, key=seats.__getitem__))
            if index not in chosen and is_allowed(free, more):
                found = _promise(problem, chosen, more) / problem.candidates[index].width
                best, gain = (more, found) if found > gain else (best, gain)
        if best == chosen:
            return chosen
        chosen = best


def _promise(problem: Problem, chosen: Sequence[int], more: Sequence[int]) -> float:
    """Return what a word adds, a demand not yet whole counted by the share of it that is held."""
    return _soft(problem, more) - _soft(problem, chosen)


def _soft(problem: Problem, chosen: Sequence[int]) -> float:
    held = frozenset(term for index in chosen for term in problem.candidates[index].gives)
    return sum(d.value * (len(d.needs & held) / len(d.needs)) ** 3 for d in problem.demands)


def _two_stage_loss(problem: Problem) -> float:
    """Return what choosing first and ordering then loses, with a twentieth paid for tightness."""
    line = Line(
        seats=tuple(range(len(problem.candidates))),
        words=tuple(tuple(frozenset({t}) for t in sorted(c.gives)) for c in problem.candidates),
        phrases=tuple(tuple(frozenset({t}) for t in d.sequence) for d in problem.demands),
        tight=tuple(round(d.value * TIGHT) if d.sequence else 0 for d in problem.demands),
    )
    tight = replace(problem, line=line)
    together, alone = assemble(tight, node_budget=2_000, seconds=0.0), assemble(problem)
    written = write(tight, alone.chosen)
    return 1 - value_of(tight, written) / together.bound if written else 1.0


def _reference(problem: Problem, value: int, seconds: float) -> str:
    started = time.perf_counter()
    answer = solve(problem, seconds=seconds, work=_NO_END)
    spent = time.perf_counter() - started
    found = value_of(problem, answer.chosen) if answer.chosen is not None else 0
    gap = 1 - found / max(answer.bound, 1)
    proof = "proved" if answer.is_optimal and found == value else f"gap {gap:.1%}"
    return f"{spent:.1f} s, {1 - found / value:.1%}, {proof}"


if __name__ == "__main__":
    main()
