"""One listing through all stages.

Facts, gate, demand, assembly, check. The only place where stages meet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from biaoti.assemble import Assembly, AtMost, Problem, arrange, gap_of
from biaoti.brief import (
    Brief,
    Options,
    prepare,
    problem_of,
    solve,
    why_infeasible,
)
from biaoti.engine import (
    Engine,
    conflicts_of,
    inspect,
    tag_text,
)
from biaoti.errors import InfeasibleError, ListingError
from biaoti.gate import exclusions, questions
from biaoti.records import (
    Candidate,
    CoveredKeyword,
    CurrentTitle,
    CurvePoint,
    Demand,
    Edits,
    LedgerLine,
    Listing,
    PlacedTerm,
    Proposal,
    ProposedTitle,
    ScoreReport,
    Slot,
    Status,
    Term,
    Versions,
    Violation,
)
from biaoti.score import Market
from biaoti.segment import in_order_window
from biaoti.text import width

_CURVE_EDITS = (0, 1, 2, 3)
_REPAIRS = 3
_NO_DATA = "没有关键词数据:词的价值只按词槽的先验估计 (no keyword data: values are slot priors)"

_NO_PRODUCT = "没有认出品类词,请在标题或类目中写明商品是什么 (no product word was recognized)"


def suggest(
    engine: Engine, listing: Listing, market: Market | None, options: Options, *, today: str
) -> Proposal:
    """Return the best title of `listing` under `market`, with its proof and its reasons.

    Without a market, slot priors stand in for values. Raises ListingError when there is nothing to
    build a title from, InfeasibleError when what is asked for cannot fit.
    """
    brief = prepare(engine, listing, market, options, today)
    return propose(engine, brief, market, options)


def propose(engine: Engine, brief: Brief, market: Market | None, options: Options) -> Proposal:
    """Return the best title of a listing made ready, under the demand that its brief holds."""
    listing = brief.listing
    problem = problem_of(engine, brief, options.max_edits)
    answer = solve(engine, problem)
    if answer.status is Status.INFEASIBLE:
        raise InfeasibleError(why_infeasible(brief, options))
    best = _clean(engine, brief, problem, answer)
    others = _alternatives(engine, brief, problem, answer, options.count - 1)
    warnings = [] if market is not None and market.keywords else [_NO_DATA]
    if not any(term.slot is Slot.PRODUCT for term in best.terms):
        warnings.append(_NO_PRODUCT)
    broken = {v.rule for proposed in (best, *others) for v in proposed.violations}
    warnings += [f"改写结果仍触发规则 {rule} (defect of the generator)" for rule in sorted(broken)]
    return Proposal(
        listing_id=listing.listing_id,
        current=_current(engine, brief),
        best=best,
        alternatives=tuple(others),
        curve=() if options.is_lean else tuple(_curve(engine, brief)),
        short_title=None if options.is_lean else _short_title(engine, brief),
        excluded=exclusions(brief.gate, engine.lexicon.policy.report_top),
        questions=questions(brief.gate, best.value, engine.lexicon.policy.report_top),
        warnings=tuple(warnings),
        versions=versions(engine, market),
    )


def score(
    engine: Engine, listing: Listing, market: Market | None, options: Options, *, today: str
) -> ScoreReport:
    """Return what the listing's own title is worth, beside the best possible, demand by demand."""
    if not listing.title:
        raise ListingError("title: found nothing, expected the title to score")
    brief = prepare(engine, listing, market, options, today)
    answer = solve(engine, problem_of(engine, brief, options.max_edits))
    held = engine.segmenter.terms(listing.title)
    lines = [
        LedgerLine(
            keyword=d.keyword,
            value=d.value,
            is_covered=d.needs <= held,
            is_listed=d.is_listed,
            is_traffic=d.is_traffic,
        )
        for d in brief.demands
    ]
    value = worth(brief.demands, held)
    return ScoreReport(
        listing_id=listing.listing_id,
        title=listing.title,
        width=width(listing.title),
        limit=brief.limit,
        value=value,
        coverage=_share(value, brief.demands),
        best_possible=max(value, answer.bound),
        ledger=tuple(sorted(lines, key=lambda line: (-line.value, line.keyword, line.is_listed))),
        versions=versions(engine, market),
    )


def versions(engine: Engine, market: Market | None) -> Versions:
    """Return the versions an answer rests on."""
    return Versions(
        lexicon=engine.lexicon.version,
        data=market.version if market else None,
        model=engine.model_version,
    )


def worth(demands: Sequence[Demand], held: frozenset[Term]) -> int:
    """Return the summed value of the demands whose every term is in `held`."""
    return sum(demand.value for demand in demands if demand.needs <= held)


# ---- from an assembly to a title ---------------------------------------------------------------


def _title(
    engine: Engine, brief: Brief, problem: Problem, answer: Assembly
) -> tuple[list[Candidate], str]:
    """Return the ordered words and the title, never wider than the limit.

    Where Latin must stand next to Latin a space takes a byte that the knapsack did not count: then
    the best choice for that much less room takes its place. Raises InfeasibleError without one.
    """
    room = problem.limit
    while answer.status is not Status.INFEASIBLE:
        line, title = arrange(
            [problem.candidates[index] for index in answer.chosen],
            slot_order=engine.lexicon.policy.slot_order,
            place=brief.place,
            read=engine.segmenter.terms,
            limit=problem.limit,
        )
        excess = width(title) - problem.limit
        if excess <= 0:
            return list(line), title
        room -= excess
        answer = solve(engine, replace(problem, limit=room))
    raise InfeasibleError(f"limit: the words that must stay do not fit {problem.limit} bytes")


def _loss(brief: Brief, chosen: Sequence[Candidate], without: Candidate) -> int:
    full = frozenset(t for c in chosen for t in c.gives)
    rest = frozenset(t for c in chosen if c is not without for t in c.gives)
    return worth(brief.demands, full) - worth(brief.demands, rest)


def _proposed(engine: Engine, brief: Brief, problem: Problem, answer: Assembly) -> ProposedTitle:
    line, title = _title(engine, brief, problem, answer)
    held = engine.segmenter.terms(title)
    value = worth(brief.demands, held)
    bound = max(value, answer.bound)
    is_proved = answer.status is Status.OPTIMAL and value == bound
    covered, missed = _coverage_lists(engine, brief, title, held)
    return ProposedTitle(
        title=title,
        width=width(title),
        limit=problem.limit,
        value=value,
        bound=bound,
        gap=gap_of(value, bound),
        status=Status.OPTIMAL if is_proved else Status.FEASIBLE,
        coverage=_share(value, brief.demands),
        terms=tuple(
            PlacedTerm(
                text=c.text,
                slot=c.slot,
                evidence=c.evidence,
                width=c.width,
                marginal_value=_loss(brief, line, c),
            )
            for c in line
        ),
        covered=covered,
        missed=missed,
        edits=_edits(brief, line),
        violations=_violations(engine, brief, title),
    )


def _clean(engine: Engine, brief: Brief, problem: Problem, answer: Assembly) -> ProposedTitle:
    """Return the proposed title, without the words that the checker objects to together.

    Each word alone was sound; where their company breaks a rule, one of them goes, and the title is
    no longer called optimal unless it is worth the bound all the same.
    """
    first = best = _proposed(engine, brief, problem, answer)
    for _ in range(_REPAIRS):
        blamed = {v.text for v in best.violations if v.end > v.start}
        spared = [
            c for c in problem.candidates if c.is_kept or not any(c.text in b for b in blamed)
        ]
        if not blamed or len(spared) == len(problem.candidates):
            return best
        brief = replace(brief, candidates=tuple(spared))
        problem = replace(problem_of(engine, brief, problem.max_edits), limit=problem.limit)
        try:
            best = _proposed(engine, brief, problem, solve(engine, problem))
        except InfeasibleError:
            return first
        bound = max(best.value, answer.bound)
        status = Status.OPTIMAL if best.value == bound else Status.FEASIBLE
        best = replace(best, bound=bound, gap=gap_of(best.value, bound), status=status)
    return best


def _share(value: int, demands: Sequence[Demand]) -> float:
    total = sum(demand.value for demand in demands)
    return value / total if total else 0.0


def _coverage_lists(
    engine: Engine, brief: Brief, title: str, held: frozenset[Term]
) -> tuple[tuple[CoveredKeyword, ...], tuple[CoveredKeyword, ...]]:
    positions = [engine.segmenter.expand(token.term) for token in engine.segmenter.tokens(title)]
    listed = sorted((d for d in brief.demands if d.is_listed), key=lambda d: (-d.value, d.keyword))
    covered: list[CoveredKeyword] = []
    missed: list[CoveredKeyword] = []
    top = engine.lexicon.policy.report_top
    for demand in listed:
        if demand.needs <= held:
            if len(covered) < top:
                terms = [
                    t for word in demand.sequence for t in sorted(engine.segmenter.expand(word))
                ]
                window = in_order_window(terms, positions)
                tightness = min(1.0, len(demand.sequence) / window) if window else 0.0
                covered.append(_caught(demand, tightness))
        elif len(missed) < top:
            missed.append(_caught(demand, 0.0))
    return tuple(covered), tuple(missed)


def _caught(demand: Demand, tightness: float) -> CoveredKeyword:
    return CoveredKeyword(
        keyword=demand.keyword,
        value=demand.value,
        tightness=tightness,
        is_traffic=demand.is_traffic,
    )


def _edits(brief: Brief, line: Sequence[Candidate]) -> Edits:
    spans = [(brief.place[c.text], len(c.text)) for c in line if c.text in brief.place]
    gone = [
        item.text
        for item in brief.tagged
        if not any(start <= item.start < start + length for start, length in spans)
    ]
    return Edits(added=tuple(c.text for c in line if not c.in_title), removed=tuple(gone))


def _violations(engine: Engine, brief: Brief, title: str) -> tuple[Violation, ...]:
    """Return what the independent checker says of a finished title, advice left out."""
    listing = replace(brief.listing, title=title)
    tagged = tag_text(engine, title, listing)
    conflicts = conflicts_of(engine, listing, tagged, brief.basis)
    result = inspect(engine, listing, tagged, conflicts, brief.today)
    return tuple(v for v in result.violations if v.severity.value != "hint")


def _current(engine: Engine, brief: Brief) -> CurrentTitle | None:
    if not brief.listing.title:
        return None
    value = worth(brief.demands, engine.segmenter.terms(brief.listing.title))
    return CurrentTitle(
        title=brief.listing.title,
        width=width(brief.listing.title),
        value=value,
        coverage=_share(value, brief.demands),
    )


def _alternatives(
    engine: Engine, brief: Brief, problem: Problem, best: Assembly, count: int
) -> list[ProposedTitle]:
    """Return up to `count` further titles, each the best that gives up two words of every other."""
    found: list[ProposedTitle] = []
    for _ in range(max(0, count)):
        members = frozenset(best.chosen)
        rule = AtMost(members=members, most=max(0, len(members) - 2))
        problem = replace(problem, at_most=(*problem.at_most, rule))
        best = solve(engine, problem)
        if best.status is Status.INFEASIBLE:
            break
        try:
            found.append(_clean(engine, brief, problem, best))
        except InfeasibleError:
            break
    return found


def _curve(engine: Engine, brief: Brief) -> list[CurvePoint]:
    """Return the best title within 0, 1, 2, 3 term changes, where one exists."""
    points: list[CurvePoint] = []
    for edits in _CURVE_EDITS if brief.listing.title else ():
        problem = problem_of(engine, brief, edits)
        try:
            _, title = _title(engine, brief, problem, solve(engine, problem))
        except InfeasibleError:
            continue
        value = worth(brief.demands, engine.segmenter.terms(title))
        if points and points[-1].value > value:
            # What fewer changes can reach, more can too; a space may have cost this one a word.
            title, value = points[-1].title, points[-1].value
        points.append(CurvePoint(edits=edits, title=title, value=value))
    return points


def _short_title(engine: Engine, brief: Brief) -> str | None:
    """Return the best guide title of 30 bytes (the brand is free there), or None without one."""
    problem = problem_of(engine, brief, None, limit=engine.lexicon.policy.short_limit)
    try:
        return _title(engine, brief, problem, solve(engine, problem))[1]
    except InfeasibleError:
        return None
