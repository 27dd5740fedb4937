"""Whether the words of a title stay when what nobody knows for sure is taken otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from biaoti.assemble import Problem
from biaoti.brief import Brief, solve
from biaoti.engine import Engine
from biaoti.records import Demand, Flip, Robustness, Term
from biaoti.titles import Written


def robustness_of(engine: Engine, brief: Brief, written: Written) -> Robustness:
    """Return what flips in the best title under each other assumption."""
    flips = tuple(_flips(engine, brief, written))
    return Robustness(stable=not flips, flips=flips)


def _flips(engine: Engine, brief: Brief, written: Written) -> Iterator[Flip]:
    chosen = {*written.answer.order}
    for when, problem in _other_problems(engine, brief, written.problem):
        start, left = written.answer.order, brief.seconds_left
        other = {*solve(engine, problem, start=start, seconds_left=left).order}
        if other != chosen:
            yield Flip(
                when=when,
                added=_texts(brief, other - chosen),
                removed=_texts(brief, chosen - other),
            )


def _texts(brief: Brief, indices: set[int]) -> tuple[str, ...]:
    ordered = sorted(indices, key=brief.line.seats.__getitem__)
    return tuple(brief.candidates[index].text for index in ordered)


def _other_problems(
    engine: Engine, brief: Brief, problem: Problem
) -> Iterator[tuple[str, Problem]]:
    """Yield each other assumption that changes anything, with the problem under it."""
    if any(brief.line.tight):
        yield "lambda_zero", replace(problem, line=replace(problem.line or brief.line, tight=()))
    for when, end in (("values_low", 0), ("values_high", 1)):
        factors = [demand.credible[end] for demand in problem.demands]
        if any(factor != 1 for factor in factors):
            yield when, _valued(problem, factors)
    coarse = _coarse(engine, problem)
    if coarse.demands != problem.demands:
        yield "coarse", coarse


def _valued(problem: Problem, factors: Sequence[float]) -> Problem:
    """Return `problem` with each demand's value, and what of it pays for order, times a factor."""
    values = [round(d.value * f) for d, f in zip(problem.demands, factors, strict=True)]
    demands = tuple(replace(d, value=v) for d, v in zip(problem.demands, values, strict=True))
    if problem.line is None:
        return replace(problem, demands=demands)
    pairs = zip(problem.line.tight, values, factors, strict=True)
    tight = tuple(min(value, round(part * factor)) for part, value, factor in pairs)
    return replace(problem, demands=demands, line=replace(problem.line, tight=tight))


def _coarse(engine: Engine, problem: Problem) -> Problem:
    """Return `problem` with compounds of nothing but their parts asked for whole.

    A title then covers 蓝牙耳机 only with a word that says both, not with 蓝牙 here and 耳机 there.
    """
    return replace(
        problem,
        demands=tuple(_asked_whole(engine, d) if d.sequence else d for d in problem.demands),
        candidates=tuple(
            replace(c, gives=c.gives | _said_whole(engine, c.text)) for c in problem.candidates
        ),
    )


def _asked_whole(engine: Engine, demand: Demand) -> Demand:
    needs = frozenset(
        term
        for word in demand.sequence
        for term in ({word} if _is_compound(engine, word) else engine.segmenter.expand(word))
    )
    return demand if needs == demand.needs else replace(demand, needs=needs)


def _said_whole(engine: Engine, text: str) -> frozenset[Term]:
    return frozenset(t for t in engine.segmenter.sequence(text) if _is_compound(engine, t))


def _is_compound(engine: Engine, word: Term) -> bool:
    return len(engine.parts(word)) > 1
