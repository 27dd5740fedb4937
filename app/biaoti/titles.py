"""The best title that reads as promised and that the checker has nothing against.

The assembler is asked again, each time with what the last title taught: a run of words that is read
otherwise than its words, or words whose company breaks a rule. What is found holds for every other
question about the same listing (docs/adr/0014).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from biaoti.assemble import Assembly, AtMost, Problem
from biaoti.brief import Brief, solve
from biaoti.engine import Engine, conflicts_of, inspect, tag_text
from biaoti.phrasing import misread_run, title_of
from biaoti.records import Severity, Status, Violation

_MOST_ROUNDS = 40


@dataclass(slots=True)
class Cuts:
    """What may not be written, learned from titles of one listing: grows while it is answered.

    `checked` remembers what the checker said of a title.
    """

    checked: dict[str, tuple[Violation, ...]] = field(default_factory=dict)
    companies: list[AtMost] = field(default_factory=list)
    runs: set[tuple[int, ...]] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A solved problem as a title, with what the checker says of it (advice left out).

    `is_sound` tells that the title reads as its words do.
    """

    problem: Problem
    answer: Assembly
    title: str
    violations: tuple[Violation, ...]
    is_sound: bool


def best_title(engine: Engine, brief: Brief, problem: Problem, cuts: Cuts) -> Written | None:
    """Return the best title of `problem` that reads as promised and breaks no rule.

    Where no allowed title is free of violations the best one that reads as promised is returned
    with them, None where none is allowed at all. `cuts` is added to.
    """
    spoiled: Written | None = None
    for _ in range(_MOST_ROUNDS):
        written = _next(engine, brief, problem, cuts)
        if written is None:
            return spoiled
        if not written.violations:
            return written
        spoiled = spoiled or written
        if not _learn(engine, brief, written, cuts):
            break
    return spoiled


def _next(engine: Engine, brief: Brief, problem: Problem, cuts: Cuts) -> Written | None:
    """Return the best title under the cuts that reads as promised, adding the cuts it takes."""
    for _ in range(_MOST_ROUNDS):
        cut = _under(problem, cuts)
        answer = solve(engine, cut, seconds_left=brief.seconds_left)
        if answer.status is Status.INFEASIBLE:
            return None
        title = title_of(brief.candidates, brief.line.joint, answer.order)
        run = misread_run(brief.candidates, brief.line, answer.order, engine.read_words)
        if run is None or len(run) == 1:
            break
        cuts.runs.add(run)
    if title not in cuts.checked:
        cuts.checked[title] = violations_of(engine, brief, title)
    return Written(
        problem=cut,
        answer=answer,
        title=title,
        violations=cuts.checked[title],
        is_sound=run is None,
    )


def _under(problem: Problem, cuts: Cuts) -> Problem:
    if problem.line is None or not (cuts.runs or cuts.companies):
        return problem
    line = replace(problem.line, barred=problem.line.barred | cuts.runs)
    return replace(problem, line=line, at_most=(*problem.at_most, *cuts.companies))


def violations_of(engine: Engine, brief: Brief, title: str) -> tuple[Violation, ...]:
    """Return what the independent checker says of a finished title, advice left out."""
    listing = replace(brief.listing, title=title)
    tagged = tag_text(engine, title, listing)
    conflicts = conflicts_of(engine, listing, tagged, brief.basis)
    result = inspect(engine, listing, tagged, conflicts, brief.today)
    return tuple(v for v in result.violations if v.severity is not Severity.HINT)


def _learn(engine: Engine, brief: Brief, written: Written, cuts: Cuts) -> bool:
    """Add what the violations of a title forbid to `cuts`; tell whether that was anything new."""
    learned = False
    for rule in sorted({v.rule for v in written.violations if v.end > v.start}):
        guilty = _guilty(engine, brief, written.answer.order, rule)
        if all(brief.candidates[index].is_kept for index in guilty):
            continue
        if _only_side_by_side(engine, brief, written.answer.order, guilty, rule):
            cuts.runs.add(guilty)
        else:
            cuts.companies.append(AtMost(members=frozenset(guilty), most=len(guilty) - 1))
        learned = True
    return learned


def _guilty(engine: Engine, brief: Brief, order: Sequence[int], rule: str) -> tuple[int, ...]:
    """Return a smallest part of `order` whose title still breaks `rule`."""
    guilty = list(order)
    for index in order:
        rest = [other for other in guilty if other != index]
        if rest and _breaks(engine, brief, rest, rule):
            guilty = rest
    return tuple(guilty)


def _breaks(engine: Engine, brief: Brief, order: Sequence[int], rule: str) -> bool:
    title = title_of(brief.candidates, brief.line.joint, order)
    return any(v.rule == rule for v in violations_of(engine, brief, title) if v.end > v.start)


def _only_side_by_side(
    engine: Engine, brief: Brief, order: Sequence[int], guilty: Sequence[int], rule: str
) -> bool:
    """Tell whether the guilty words stand together in `order` and part without breaking `rule`."""
    start = order.index(guilty[0])
    stand_together = tuple(order[start : start + len(guilty)]) == tuple(guilty)
    return (
        len(guilty) > 1 and stand_together and not _breaks(engine, brief, [*reversed(guilty)], rule)
    )
