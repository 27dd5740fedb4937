"""What each word of a title brings and costs, what was left out, and what a byte would be worth.

Nothing here is guessed: a word's worth is the best title's less that of the best title without it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from biaoti.assemble import AtMost, is_allowed, value_of
from biaoti.brief import Brief, solve
from biaoti.engine import Engine
from biaoti.own_words import meant
from biaoti.phrasing import title_of
from biaoti.records import ByteValue, Ledger, LeftOut, PlacedTerm, Status, Term
from biaoti.text import width
from biaoti.titles import Written

_MOST_KEYWORDS = 3
# One byte may be worth nothing where two, a Chinese character, or four, a short word, are.
_MORE_BYTES = (1, 2, 4)


def placed_terms(engine: Engine, brief: Brief, written: Written) -> Iterator[PlacedTerm]:
    """Yield the words of a title in order.

    Each with what is lost without it and the listed keywords that are covered only through it.
    """
    meanings = [meant(candidate) for candidate in brief.candidates]
    for index in written.answer.order:
        candidate, alike = brief.candidates[index], _alike(meanings, index)
        yield PlacedTerm(
            text=candidate.text,
            slot=candidate.slot,
            evidence=candidate.evidence,
            width=candidate.width,
            marginal_value=written.answer.value - _value_without(engine, brief, written, alike),
            keywords=tuple(_carried(brief, written.answer.order, index))[:_MOST_KEYWORDS],
        )


def _value_without(engine: Engine, brief: Brief, written: Written, alike: frozenset[int]) -> int:
    """Return the value of the best title that does without a word, which `alike` candidates say.

    Whatever says the same, more or less of it (连衣裙 beside 碎花连衣裙), may not stand in for it.
    The word may then be missing though it is kept or required. Where the edit budget allows no
    title without it, the value of this one with nothing in its place.
    """
    problem = written.problem
    rest = tuple(i for i in written.answer.order if i not in alike)
    if value_of(problem, rest) == written.answer.value and is_allowed(problem, rest):
        return written.answer.value
    without = replace(
        problem,
        candidates=tuple(
            replace(c, is_kept=c.is_kept and i not in alike)
            for i, c in enumerate(problem.candidates)
        ),
        at_most=(*problem.at_most, AtMost(members=alike, most=0)),
        required=tuple(group - alike for group in problem.required if group - alike),
    )
    answer = solve(engine, without, start=rest, seconds_left=brief.seconds_left)
    return value_of(problem, rest) if answer.status is Status.INFEASIBLE else answer.value


def _alike(meanings: Sequence[frozenset[Term]], index: int) -> frozenset[int]:
    """Return the candidates that mean all of what candidate `index` means, or a part of it."""
    word = meanings[index]
    return frozenset({index}) | {i for i, m in enumerate(meanings) if m <= word or word <= m}


def _carried(brief: Brief, order: Sequence[int], index: int) -> Iterator[str]:
    """Yield the listed keywords that only candidate `index` completes, most valuable first."""
    full = frozenset(t for i in order for t in brief.candidates[i].gives)
    rest = frozenset(t for i in order if i != index for t in brief.candidates[i].gives)
    found = [d for d in brief.demands if d.is_listed and d.needs <= full and not d.needs <= rest]
    yield from (d.keyword for d in sorted(found, key=lambda d: (-d.value, d.keyword)))


def ledger_of(engine: Engine, brief: Brief, written: Written) -> Ledger:
    """Return the account of a title: room left, the best word left out, what more room is worth."""
    title_width = width(written.title)
    return Ledger(
        room=written.problem.limit - title_width,
        left_out=_left_out(brief, written),
        byte_values=tuple(_byte_values(engine, brief, written)),
    )


def _left_out(brief: Brief, written: Written) -> LeftOut | None:
    """Return the word that would add most to this very title if it only were wider, None without.

    `lacks` is the width it would need beyond the limit.
    """
    seats = brief.line.seats
    wide = replace(written.problem, limit=sum(c.width + 1 for c in brief.candidates))
    best: LeftOut | None = None
    for index, candidate in enumerate(brief.candidates):
        order = sorted({*written.answer.order, index}, key=seats.__getitem__)
        gain = value_of(wide, order) - written.answer.value
        if index in written.answer.order or gain <= 0 or not is_allowed(wide, order):
            continue
        lacks = width(title_of(brief.candidates, brief.line.joint, order)) - written.problem.limit
        found = LeftOut(text=candidate.text, slot=candidate.slot, gain=gain, lacks=lacks)
        if best is None or (-gain, lacks, candidate.text) < (-best.gain, best.lacks, best.text):
            best = found
    return best


def _byte_values(engine: Engine, brief: Brief, written: Written) -> Iterator[ByteValue]:
    """Yield what the best title would gain with a few bytes more."""
    start = written.answer.order
    for more in _MORE_BYTES:
        wider = replace(written.problem, limit=written.problem.limit + more)
        answer = solve(engine, wider, start=start, seconds_left=brief.seconds_left)
        start = answer.order
        yield ByteValue(bytes=more, gain=answer.value - written.answer.value)
