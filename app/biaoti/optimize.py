"""One listing through all stages: facts, gate, demand, assembly, check. The only place where stages meet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from biaoti.assemble import Assembly, AtMost, Problem, arrange, assemble
from biaoti.engine import (
    Engine,
    attribute_facts_of,
    blocking_spans,
    facts_of,
    inspect,
    tag_text,
)
from biaoti.errors import InfeasibleError, ListingError, TitleError
from biaoti.facts import Facts, is_generic, rule_on
from biaoti.gate import Gate, build_gate, exclusions, questions
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
    TaggedTerm,
    Term,
    Versions,
    Violation,
)
from biaoti.score import Market, expected_demand, listed_demand, prior_demand
from biaoti.segment import in_order_window
from biaoti.text import fold_width, normalize, refused, width

_CURVE_EDITS = (0, 1, 2, 3)
_NO_DATA = "没有关键词数据:词的价值只按词槽的先验估计 (no keyword data: values are slot priors)"

_NO_PRODUCT = "没有认出品类词,请在标题或类目中写明商品是什么 (no product word was recognized)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a caller may ask for beside the listing."""

    limit: int | None = None
    count: int = 1
    max_edits: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One listing made ready: its facts, its demand, and the words we may print."""

    listing: Listing
    facts: Facts
    gate: Gate
    demands: tuple[Demand, ...]
    candidates: tuple[Candidate, ...]
    place: Mapping[str, int]
    tagged: tuple[TaggedTerm, ...]
    limit: int
    today: str


def suggest(
    engine: Engine, listing: Listing, market: Market | None, options: Options, *, today: str
) -> Proposal:
    """Return the best title of `listing` under `market` (None: slot priors), with its proof and its reasons.

    Raises ListingError when there is nothing to build a title from, InfeasibleError when what is asked for
    cannot fit.
    """
    case = _prepare(engine, listing, market, options, today)
    problem = _problem(engine, case, options.max_edits)
    answer = _solve(engine, problem)
    if answer.status is Status.INFEASIBLE:
        raise InfeasibleError(_why_infeasible(case, options))
    best = _proposed(engine, case, problem, answer)
    warnings = [] if market is not None and market.keywords else [_NO_DATA]
    if not any(term.slot is Slot.PRODUCT for term in best.terms):
        warnings.append(_NO_PRODUCT)
    warnings += [f"改写结果仍触发规则 {v.rule} (defect of the generator)" for v in best.violations]
    return Proposal(
        listing_id=listing.listing_id,
        current=_current(engine, case),
        best=best,
        alternatives=tuple(_alternatives(engine, case, problem, answer, options.count - 1)),
        curve=tuple(_curve(engine, case)),
        short_title=_short_title(engine, case),
        excluded=exclusions(case.gate, engine.lexicon.policy.report_top),
        questions=questions(case.gate, best.value, engine.lexicon.policy.report_top),
        warnings=tuple(warnings),
        versions=versions(engine, market),
    )


def score(
    engine: Engine, listing: Listing, market: Market | None, options: Options, *, today: str
) -> ScoreReport:
    """Return what the listing's own title is worth, beside the best possible, demand by demand."""
    if not listing.title:
        raise ListingError("title: found nothing, expected the title to score")
    case = _prepare(engine, listing, market, options, today)
    answer = _solve(engine, _problem(engine, case, options.max_edits))
    held = engine.segmenter.terms(listing.title)
    lines = [
        LedgerLine(
            keyword=d.keyword, value=d.value, is_covered=d.needs <= held, is_listed=d.is_listed
        )
        for d in case.demands
    ]
    value = worth(case.demands, held)
    return ScoreReport(
        listing_id=listing.listing_id,
        title=listing.title,
        width=width(listing.title),
        limit=case.limit,
        value=value,
        coverage=_share(value, case.demands),
        best_possible=max(value, answer.bound),
        ledger=tuple(sorted(lines, key=lambda line: (-line.value, line.keyword, line.is_listed))),
        versions=versions(engine, market),
    )


def versions(engine: Engine, market: Market | None) -> Versions:
    """Return the versions an answer rests on."""
    return Versions(
        lexicon=engine.lexicon.version, data=market.version if market else None, model=engine.model_version
    )


def worth(demands: Sequence[Demand], held: frozenset[Term]) -> int:
    """Return the summed value of the demands whose every term is in `held`."""
    return sum(demand.value for demand in demands if demand.needs <= held)


# ---- making a case -----------------------------------------------------------------------------


def _prepare(
    engine: Engine, listing: Listing, market: Market | None, options: Options, today: str
) -> _Case:
    if not (listing.title or listing.category):
        raise ListingError("title, category: found neither, expected at least one of them")
    title = fold_width(listing.title or "")
    tagged = tag_text(engine, title, listing)
    basis = attribute_facts_of(engine, listing, today)
    result = inspect(engine, replace(listing, title=title), tagged, basis, today)
    facts = facts_of(engine, listing, tagged, today, blocking_spans(result))
    limit = engine.lexicon.policy.limit if options.limit is None else options.limit
    candidates = tuple(_candidates(engine, listing, facts, tagged))
    if not candidates:
        raise ListingError("title, attributes: found no word to build a title from, expected some facts")
    gate = build_gate(facts, market, listing.stage, engine.lexicon)
    demands = _demands(engine, listing, gate, market, candidates)
    place = {c.text: start for c in candidates if (start := _place(c.text, title, tagged)) is not None}
    return _Case(
        listing=listing,
        facts=facts,
        gate=gate,
        demands=demands,
        candidates=candidates,
        place=place,
        tagged=tuple(tagged),
        limit=limit,
        today=today,
    )


def _candidates(
    engine: Engine, listing: Listing, facts: Facts, tagged: Sequence[TaggedTerm]
) -> list[Candidate]:
    """Return one candidate per printable text, keep terms marked, avoid terms left out."""
    avoided = frozenset(t for word in listing.avoid_terms for t in engine.segmenter.terms(word))
    title = fold_width(listing.title or "")
    kept = [_kept(engine, word, facts, title, tagged) for word in listing.keep_terms]
    candidates = {candidate.text: candidate for candidate in kept}
    for fact in facts.claims:
        is_allowed = not fact.terms & avoided and not any(refused(fact.text))
        is_sound = all(rule_on(t, facts, engine.lexicon).against is None for t in fact.terms)
        # Another maker's name is never ours to place, even when the seller's own title holds it.
        is_sound &= fact.slot is not Slot.BRAND or not facts.brands or fact.evidence == "brand"
        if is_allowed and is_sound and fact.text not in candidates:
            candidates[fact.text] = Candidate(
                text=fact.text,
                slot=fact.slot,
                evidence=fact.evidence,
                width=width(fact.text),
                gives=fact.terms,
                in_title=_place(fact.text, title, tagged) is not None,
            )
    return sorted(candidates.values(), key=lambda candidate: candidate.text)


def _place(text: str, title: str, tagged: Sequence[TaggedTerm]) -> int | None:
    """Return where `text` stands in `title` as whole words, or None."""
    starts, ends = {item.start for item in tagged}, {item.end for item in tagged}
    start = title.find(text)
    while start >= 0:
        if start in starts and start + len(text) in ends:
            return start
        start = title.find(text, start + 1)
    return None


def _kept(
    engine: Engine, word: str, facts: Facts, title: str, tagged: Sequence[TaggedTerm]
) -> Candidate:
    """Return the candidate of a keep term; refused when a fact speaks against it or nobody vouches for it."""
    text = fold_width(word).strip()
    if any(refused(text)):
        raise TitleError(f"keep_terms: found {word!r}, expected characters the platform accepts")
    terms = engine.segmenter.terms(text)
    for term in sorted(terms):
        against = rule_on(term, facts, engine.lexicon).against
        if against is not None:
            raise InfeasibleError(f"keep_terms: {word!r} contradicts {against}")
    unknown = sorted(t for t in terms if rule_on(t, facts, engine.lexicon).evidence is None)
    if unknown:
        raise InfeasibleError(
            f"keep_terms: nobody vouches for {'、'.join(unknown)} in {word!r}; add it to the attributes"
        )
    slots = Counter(item.slot for item in tag_text(engine, text))
    return Candidate(
        text=text,
        slot=min(slots, key=lambda slot: (-slots[slot], slot), default=Slot.FEATURE),
        evidence=facts.supported.get(min(terms), "title") if terms else "title",
        width=width(text),
        gives=terms,
        in_title=_place(text, title, tagged) is not None,
        is_kept=True,
    )


def _demands(
    engine: Engine,
    listing: Listing,
    gate: Gate,
    market: Market | None,
    candidates: Sequence[Candidate],
) -> tuple[Demand, ...]:
    policy = engine.lexicon.policy
    placeable = frozenset(term for candidate in candidates for term in candidate.gives)
    if market is None or not market.keywords:
        priors: dict[Term, float] = {}
        for candidate in candidates:
            for term in candidate.gives:
                prior = policy.slot_prior.get(candidate.slot, 0.0)
                priors[term] = max(prior, priors.get(term, 0.0))
        return tuple(prior_demand(priors))
    listed = listed_demand(market, listing.stage, gate.eligible)
    own = frozenset(t for c in candidates if c.in_title or not listing.title for t in c.gives)
    expected = expected_demand(market, listing.stage, placeable, policy, own=own)
    return tuple(d for d in (*listed, *expected) if d.needs <= placeable)


def _problem(engine: Engine, case: _Case, max_edits: int | None, limit: int | None = None) -> Problem:
    candidates = case.candidates
    brands = _indices(candidates, Slot.BRAND)
    own = frozenset(i for i in brands if candidates[i].evidence == "brand")
    heads = frozenset(
        i for i in _indices(candidates, Slot.PRODUCT) if candidates[i].gives & case.facts.heads
    )
    must_brand = bool(own) and (not case.listing.title or any(candidates[i].in_title for i in own))
    required = [group for group in (heads, own if must_brand and limit is None else None) if group]
    return Problem(
        candidates=candidates,
        demands=case.demands,
        limit=case.limit if limit is None else limit,
        at_most=tuple(
            AtMost(members=members, most=most)
            for slot, most in sorted(engine.lexicon.policy.slot_most.items())
            if len(members := _indices(candidates, slot)) > most
        ),
        required=tuple(required),
        max_edits=max_edits,
    )


def _indices(candidates: Sequence[Candidate], slot: Slot) -> frozenset[int]:
    return frozenset(i for i, candidate in enumerate(candidates) if candidate.slot is slot)


def _solve(engine: Engine, problem: Problem) -> Assembly:
    return assemble(problem, node_budget=engine.lexicon.policy.node_budget)


def _why_infeasible(case: _Case, options: Options) -> str:
    kept = [c for c in case.candidates if c.is_kept]
    needed = sum(c.width for c in kept)
    if needed > case.limit:
        words = "、".join(c.text for c in kept)
        return f"keep_terms: {words} need {needed} bytes, the limit is {case.limit}"
    if options.max_edits is not None:
        return f"max_edits: no allowed title is within {options.max_edits} changes of the current one"
    return f"limit: no title with the required brand and product word fits {case.limit} bytes"


# ---- from an assembly to a title ---------------------------------------------------------------


def _title(engine: Engine, case: _Case, problem: Problem, answer: Assembly) -> tuple[list[Candidate], str]:
    """Return the ordered words and the title; words are given up while spaces push it over the limit."""
    chosen = [problem.candidates[index] for index in answer.chosen]
    while True:
        line, title = arrange(
            chosen,
            slot_order=engine.lexicon.policy.slot_order,
            place=case.place,
            read=engine.segmenter.terms,
            limit=problem.limit,
        )
        if width(title) <= problem.limit:
            return list(line), title
        held = [c for c in chosen if not c.is_kept and c.slot not in {Slot.PRODUCT, Slot.BRAND}]
        if not held:
            return list(line), title
        chosen.remove(min(held, key=lambda c: (_loss(case, chosen, c), c.text)))


def _loss(case: _Case, chosen: Sequence[Candidate], without: Candidate) -> int:
    full = frozenset(t for c in chosen for t in c.gives)
    rest = frozenset(t for c in chosen if c is not without for t in c.gives)
    return worth(case.demands, full) - worth(case.demands, rest)


def _proposed(engine: Engine, case: _Case, problem: Problem, answer: Assembly) -> ProposedTitle:
    line, title = _title(engine, case, problem, answer)
    held = engine.segmenter.terms(title)
    value = worth(case.demands, held)
    bound = max(value, answer.bound)
    is_proved = answer.status is Status.OPTIMAL and value == bound
    covered, missed = _coverage_lists(engine, case, title, held)
    return ProposedTitle(
        title=title,
        width=width(title),
        limit=problem.limit,
        value=value,
        bound=bound,
        gap=(bound - value) / bound if bound else 0.0,
        status=Status.OPTIMAL if is_proved else Status.FEASIBLE,
        coverage=_share(value, case.demands),
        terms=tuple(
            PlacedTerm(
                text=c.text,
                slot=c.slot,
                evidence=c.evidence,
                width=c.width,
                marginal_value=_loss(case, line, c),
            )
            for c in line
        ),
        covered=covered,
        missed=missed,
        edits=_edits(case, line),
        violations=_violations(engine, case, title),
    )


def _share(value: int, demands: Sequence[Demand]) -> float:
    total = sum(demand.value for demand in demands)
    return value / total if total else 0.0


def _coverage_lists(
    engine: Engine, case: _Case, title: str, held: frozenset[Term]
) -> tuple[tuple[CoveredKeyword, ...], tuple[CoveredKeyword, ...]]:
    positions = [engine.segmenter.expand(token.term) for token in engine.segmenter.tokens(title)]
    listed = sorted((d for d in case.demands if d.is_listed), key=lambda d: (-d.value, d.keyword))
    covered, missed = [], []
    top = engine.lexicon.policy.report_top
    for demand in listed:
        if demand.needs <= held:
            if len(covered) < top:
                terms = [t for word in demand.sequence for t in sorted(engine.segmenter.expand(word))]
                window = in_order_window(terms, positions)
                tightness = min(1.0, len(demand.sequence) / window) if window else 0.0
                covered.append(
                    CoveredKeyword(keyword=demand.keyword, value=demand.value, tightness=tightness)
                )
        elif len(missed) < top:
            missed.append(CoveredKeyword(keyword=demand.keyword, value=demand.value, tightness=0.0))
    return tuple(covered), tuple(missed)


def _edits(case: _Case, line: Sequence[Candidate]) -> Edits:
    spans = [(case.place[c.text], len(c.text)) for c in line if c.text in case.place]
    gone = [
        item.text
        for item in case.tagged
        if not any(start <= item.start < start + length for start, length in spans)
    ]
    return Edits(added=tuple(c.text for c in line if not c.in_title), removed=tuple(gone))


def _violations(engine: Engine, case: _Case, title: str) -> tuple[Violation, ...]:
    """Return what the independent checker says of a finished title, advice left out."""
    listing = replace(case.listing, title=title)
    basis = attribute_facts_of(engine, listing, case.today)
    result = inspect(engine, listing, tag_text(engine, title, listing), basis, case.today)
    return tuple(v for v in result.violations if v.severity.value != "hint")


def _current(engine: Engine, case: _Case) -> CurrentTitle | None:
    if not case.listing.title:
        return None
    value = worth(case.demands, engine.segmenter.terms(case.listing.title))
    return CurrentTitle(
        title=case.listing.title,
        width=width(case.listing.title),
        value=value,
        coverage=_share(value, case.demands),
    )


def _alternatives(
    engine: Engine, case: _Case, problem: Problem, best: Assembly, count: int
) -> list[ProposedTitle]:
    """Return up to `count` further titles, each the best that gives up two words of every earlier one."""
    found: list[ProposedTitle] = []
    for _ in range(max(0, count)):
        members = frozenset(best.chosen)
        rule = AtMost(members=members, most=max(0, len(members) - 2))
        problem = replace(problem, at_most=(*problem.at_most, rule))
        best = _solve(engine, problem)
        if best.status is Status.INFEASIBLE:
            break
        found.append(_proposed(engine, case, problem, best))
    return found


def _curve(engine: Engine, case: _Case) -> list[CurvePoint]:
    """Return the best title within 0, 1, 2, 3 term changes, where one exists."""
    points = []
    for edits in _CURVE_EDITS if case.listing.title else ():
        problem = _problem(engine, case, edits)
        answer = _solve(engine, problem)
        if answer.status is not Status.INFEASIBLE:
            _, title = _title(engine, case, problem, answer)
            value = worth(case.demands, engine.segmenter.terms(title))
            points.append(CurvePoint(edits=edits, title=title, value=value))
    return points


def _short_title(engine: Engine, case: _Case) -> str | None:
    """Return the best guide title of 30 bytes (the brand is free there), or None when nothing fits."""
    problem = _problem(engine, case, None, limit=engine.lexicon.policy.short_limit)
    answer = _solve(engine, problem)
    if answer.status is Status.INFEASIBLE:
        return None
    _, title = _title(engine, case, problem, answer)
    return title if width(title) <= engine.lexicon.policy.short_limit else None
