"""Slow, obvious answers to compare the fast ones with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise, permutations

from biaoti.assemble.problem import Assembly, Line, Phrase, Problem
from biaoti.records import Policy, Stage, Status, Term
from biaoti.score import Market


def assemble(problem: Problem) -> Assembly:
    """Return the best allowed line by trying every order of every set."""
    lines = [line for chosen in _sets(problem) for line in _lines(problem, chosen)]
    if not lines:
        return Assembly(order=(), value=0, bound=0, status=Status.INFEASIBLE)
    best = min(lines, key=lambda line: _key(problem, line))
    value = value_of(problem, best)
    return Assembly(order=best, value=value, bound=value, status=Status.OPTIMAL)


def titles(problem: Problem, count: int, *, by: int) -> list[tuple[int, ...]]:
    """Return up to `count` lines: each the best that lacks `by` words of every one before it."""
    lines = [line for chosen in _sets(problem) for line in _lines(problem, chosen)]
    found: list[tuple[int, ...]] = []
    while lines and len(found) < count:
        found.append(min(lines, key=lambda line: _key(problem, line)))
        missing = min(by, len(found[-1]))
        lines = [line for line in lines if len({*found[-1]} - {*line}) >= missing]
    return found


def value_of(problem: Problem, order: Sequence[int]) -> int:
    """Return what a line is worth: each demand it covers, less what its words stand too loosely."""
    held = frozenset(term for index in order for term in problem.candidates[index].gives)
    total = 0
    for number, demand in enumerate(problem.demands):
        if demand.needs <= held:
            total += demand.value
            if problem.line is not None and problem.line.tight:
                total -= _lost(problem.line, number, order)
    return total


def _lost(line: Line, number: int, order: Sequence[int]) -> int:
    tight, phrase = line.tight[number], line.phrases[number]
    words = [word for index in order for word in line.words[index]]
    runs = [
        end - start
        for start in range(len(words))
        for end in range(start + 1, len(words) + 1)
        if _holds(phrase, words[start:end])
    ]
    if not phrase:
        return 0
    if not runs:
        return tight
    return tight - tight * min(len(phrase), *runs) // min(runs)


def _holds(phrase: Phrase, words: Sequence[frozenset[Term]]) -> bool:
    """Tell whether `words` fall into stretches, a shared word at most between two, one a part."""
    if not phrase:
        return True
    return any(
        phrase[0] <= frozenset().union(*words[: end + 1]) and _holds(phrase[1:], words[end:])
        for end in range(len(words))
    )


def _sets(problem: Problem) -> Iterator[tuple[int, ...]]:
    """Yield the sets that obey every rule and fit without spaces."""
    candidates = problem.candidates
    for size in range(len(candidates) + 1):
        for chosen in combinations(range(len(candidates)), size):
            rules = [
                sum(candidates[i].width for i in chosen) <= problem.limit,
                all(len(rule.members & {*chosen}) <= rule.most for rule in problem.at_most),
                all(group & {*chosen} for group in problem.required),
                all(i in chosen for i, c in enumerate(candidates) if c.is_kept),
                problem.max_edits is None or max(_edits(problem, chosen)) <= problem.max_edits,
            ]
            if all(rules):
                yield chosen


def _lines(problem: Problem, chosen: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Yield the orders of a set that may be written and fit, spaces included."""
    line = problem.line
    if line is None:
        yield chosen
        return
    base = tuple(sorted(chosen, key=lambda i: line.seats[i]))
    for order in permutations(base):
        moved = [n for n, (a, b) in enumerate(zip(base, order, strict=True)) if a != b]
        if moved and not _is_one_swap(line, base, moved):
            continue
        joints = [line.joint(left, right) for left, right in pairwise(order)]
        spaces = [joint for joint in joints if joint is not None]
        width = sum(problem.candidates[i].width for i in order) + sum(spaces)
        is_open = len(spaces) == len(joints) and not any(
            order[n : n + len(run)] == run for run in line.barred for n in range(len(order))
        )
        if is_open and width <= problem.limit:
            yield order


def _is_one_swap(line: Line, base: Sequence[int], moved: Sequence[int]) -> bool:
    """Tell whether the places `moved` are two neighbours that may change places."""
    if len(moved) != 2 or moved[1] != moved[0] + 1:
        return False
    left, right = base[moved[0]], base[moved[1]]
    heals = line.joint(left, right) != 0 and line.joint(right, left) == 0
    return heals or (left, right) in line.swaps


def _edits(problem: Problem, chosen: Sequence[int]) -> tuple[int, int]:
    titled = {i for i, c in enumerate(problem.candidates) if c.in_title}
    return len({*chosen} - titled), len(titled - {*chosen})


def _key(problem: Problem, order: Sequence[int]) -> tuple[object, ...]:
    """Return what lines are compared by: value, edits, width, the set's texts, then its seats."""
    candidates, line = problem.candidates, problem.line
    by_text = sorted(range(len(candidates)), key=lambda i: (candidates[i].text, i))
    spaces = sum((line.joint(a, b) or 0) for a, b in pairwise(order)) if line else 0
    width = sum(candidates[i].width for i in order) + spaces
    lacks = [i not in order for i in by_text]
    base = sorted(order, key=lambda i: line.seats[i]) if line else order
    moved = next((n + 1 for n, (a, b) in enumerate(zip(base, order, strict=True)) if a != b), 0)
    return -value_of(problem, order), sum(_edits(problem, order)), width, lacks, moved


def expected_value(
    market: Market, stage: Stage, terms: frozenset[Term], held: frozenset[Term], policy: Policy
) -> float:
    """Return what a title of `held` is worth, of the `terms` it could hold, keyword by keyword.

    That is the formula itself, not multiplied out: for each keyword, its value times the share of
    its information that is held, to the power of the policy. Of a policy of no growth, share or own
    words, since each of those bends what the parts add up to.
    """
    total = 0.0
    for keyword in market.keywords:
        whole = sum(market.information[term] for term in keyword.needs)
        share = sum(market.information[term] for term in keyword.needs & held) / whole
        is_about_it = bool(keyword.head & terms)
        points = keyword.scores[stage].total / market.unit[stage]
        relevance = 1.0 if is_about_it else policy.off_product_share
        total += relevance * points * share**policy.soft_power
    return total
