"""The same problem as a mixed-integer program for HiGHS; the only module that imports highspy."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace

import highspy

from biaoti.assemble.problem import Problem, is_allowed
from biaoti.records import Term

# How often HiGHS may ask whether to go on, times the columns of the problem: some ten seconds of
# work. A limit in seconds would let two runs of one catalogue differ (docs/adr/0019).
_WORK = 400_000
_LEAST_QUESTIONS = 8


@dataclass(frozen=True, slots=True)
class MilpAnswer:
    """Candidates chosen, a proven bound on the value, and whether the solver closed the gap."""

    chosen: tuple[int, ...] | None
    bound: int
    is_optimal: bool
    is_infeasible: bool = False


def solve(problem: Problem, *, seconds: float = math.inf, work: int = _WORK) -> MilpAnswer:
    """Return HiGHS's answer at zero tolerance, the same each time unless `seconds` end first.

    `chosen` is None when nothing is allowed or found within `work` or in time.
    """
    model = highspy.Highs()
    for option, value in (
        ("output_flag", False),
        ("mip_rel_gap", 0.0),
        ("mip_abs_gap", 0.0),
        ("threads", 1),
        ("random_seed", 1),
        ("time_limit", seconds),
    ):
        model.setOptionValue(option, value)
    chosen_columns = [model.addBinary(obj=0.0) for _ in problem.candidates]
    terms = _add_terms(model, problem, chosen_columns)
    total = _add_demands(model, problem, terms)
    _add_rules(model, problem, chosen_columns)
    model.changeObjectiveSense(highspy.ObjSense.kMaximize)
    _stop_after(model, max(_LEAST_QUESTIONS, work // max(1, model.getNumCol())))
    model.run()
    status = model.getModelStatus()
    if status == highspy.HighsModelStatus.kInfeasible:
        return MilpAnswer(None, 0, is_optimal=True, is_infeasible=True)
    values = model.getSolution().col_value
    half = 0.5
    chosen = tuple(i for i, c in enumerate(chosen_columns) if values and values[c.index] > half)
    bound = model.getInfo().mip_dual_bound
    proved = math.floor(bound + 1e-6 * max(1.0, total)) if math.isfinite(bound) else total
    is_usable = is_allowed(replace(problem, line=None), chosen)
    is_optimal = status == highspy.HighsModelStatus.kOptimal
    return MilpAnswer(chosen if is_usable else None, min(proved, total), is_optimal)


def _stop_after(model: highspy.Highs, questions: int) -> None:
    """Let `model` stop once it asked so often whether to go on: a clock of work, not of time."""
    asked = itertools.count(1)

    def answer(event: highspy.highs.HighsCallbackEvent) -> None:
        if next(asked) > questions:
            event.interrupt()

    model.cbMipInterrupt.subscribe(answer)


def _add_terms(
    model: highspy.Highs, problem: Problem, chosen: list[highspy.highs.highs_var]
) -> dict[Term, highspy.highs.highs_var]:
    """Add a column per needed term: held only when a candidate that gives it is chosen."""
    givers: dict[Term, list[int]] = {}
    for index, candidate in enumerate(problem.candidates):
        for term in candidate.gives:
            givers.setdefault(term, []).append(index)
    needed = sorted({term for demand in problem.demands for term in demand.needs} & givers.keys())
    columns = {}
    for term in needed:
        columns[term] = model.addVariable(lb=0, ub=1, obj=0)
        model.addConstr(columns[term] <= sum(chosen[index] for index in givers[term]))
    return columns


def _add_demands(
    model: highspy.Highs, problem: Problem, terms: dict[Term, highspy.highs.highs_var]
) -> int:
    total = 0
    for demand in problem.demands:
        if demand.value > 0 and demand.needs <= terms.keys():
            total += demand.value
            column = model.addVariable(lb=0, ub=1, obj=demand.value)
            for term in sorted(demand.needs):
                model.addConstr(column <= terms[term])
    return total


def _add_rules(
    model: highspy.Highs, problem: Problem, chosen: list[highspy.highs.highs_var]
) -> None:
    candidates = problem.candidates
    if not candidates:
        return
    model.addConstr(
        sum(c.width * column for c, column in zip(candidates, chosen, strict=True)) <= problem.limit
    )
    for rule in problem.at_most:
        if rule.members:
            model.addConstr(sum(chosen[i] for i in sorted(rule.members)) <= rule.most)
    for group in problem.required:
        if group:
            model.addConstr(sum(chosen[i] for i in sorted(group)) >= 1)
    for candidate, column in zip(candidates, chosen, strict=True):
        if candidate.is_kept:
            model.addConstr(column >= 1)
    _add_edit_budget(model, problem, chosen)


def _add_edit_budget(
    model: highspy.Highs, problem: Problem, chosen: list[highspy.highs.highs_var]
) -> None:
    if problem.max_edits is None:
        return
    pairs = list(zip(problem.candidates, chosen, strict=True))
    added = [column for candidate, column in pairs if not candidate.in_title]
    current = [column for candidate, column in pairs if candidate.in_title]
    if added:
        model.addConstr(sum(added) <= problem.max_edits)
    if current:
        model.addConstr(sum(current) >= len(current) - problem.max_edits)
