"""One listing through all stages.

Facts, gate, demand, assembly, check. The only place where stages meet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from biaoti.assemble import Phrase, differing, earned, edits_of, gap_of
from biaoti.brief import (
    Brief,
    Options,
    prepare,
    problem_of,
    why_infeasible,
)
from biaoti.engine import Engine
from biaoti.errors import InfeasibleError, ListingError
from biaoti.gate import exclusions, questions
from biaoti.ledger import ledger_of, placed_terms
from biaoti.own_words import said
from biaoti.phrasing import phrase_of, tightness
from biaoti.records import (
    Candidate,
    CoveredKeyword,
    CurrentTitle,
    CurvePoint,
    Demand,
    Edits,
    LedgerLine,
    Listing,
    Proposal,
    ProposedTitle,
    ScoreReport,
    Slot,
    Status,
    Term,
    Versions,
)
from biaoti.robustness import robustness_of
from biaoti.score import Market
from biaoti.text import width
from biaoti.titles import Cuts, Written, best_title

_CURVE_EDITS = (0, 1, 2, 3)
_DIFFERENCE = 2
_NO_DATA = "没有关键词数据:词的价值只按词槽的先验估计 (no keyword data: values are slot priors)"

_NO_PRODUCT = "没有认出品类词,请在标题或类目中写明商品是什么 (no product word was recognized)"
_OUT_OF_TIME = "时间用完,未算:{} (out of time, left out: {})"
_PARTS = {
    "terms": "词账",
    "ledger": "字节账",
    "alternatives": "其他标题",
    "curve": "改动曲线",
    "short_title": "短标题",
    "robustness": "稳定性",
}

T = TypeVar("T")


@dataclass(slots=True)
class _Parts:
    """The parts beside the title: made whole while there is time, else left out and named."""

    options: Options
    left_out: list[str] = field(default_factory=list)

    def make(self, name: str, make: Callable[[], T], otherwise: T) -> T:
        """Return what `make` makes, `otherwise` in a lean answer or where time runs out."""
        if self.options.is_lean:
            return otherwise
        made = make() if self.has_time else otherwise
        if self.has_time:
            return made
        self.left_out.append(name)
        return otherwise

    @property
    def has_time(self) -> bool:
        """Tell whether no search was cut short yet."""
        return self.options.seconds_left() > 0


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
    cuts = Cuts()
    written = best_title(engine, brief, problem_of(engine, brief, options.max_edits), cuts)
    if written is None or not written.answer.order:
        raise InfeasibleError(why_infeasible(brief, options))
    parts = _Parts(options)
    best = _proposed(engine, brief, written, parts)
    others = list(_others(engine, brief, written, parts, cuts))
    words = (brief.candidates[index] for index in written.answer.order)
    names_product = any(word.slot is Slot.PRODUCT for word in words)
    return Proposal(
        listing_id=listing.listing_id,
        current=_current(engine, brief),
        best=best,
        alternatives=tuple(others),
        curve=parts.make("curve", lambda: tuple(_curve(engine, brief, written, cuts)), ()),
        short_title=parts.make("short_title", lambda: _short_title(engine, brief, cuts), None),
        robustness=parts.make("robustness", lambda: robustness_of(engine, brief, written), None),
        excluded=exclusions(brief.gate, engine.lexicon.policy.report_top),
        questions=questions(brief.gate, best.value, engine.lexicon.policy.report_top),
        warnings=tuple(
            _warnings(market, [best, *others], parts.left_out, names_product=names_product)
        ),
        versions=versions(engine, market),
    )


def _warnings(
    market: Market | None,
    titles: Sequence[ProposedTitle],
    left_out: Sequence[str],
    *,
    names_product: bool,
) -> Iterator[str]:
    if market is None or not market.keywords:
        yield _NO_DATA
    if not names_product:
        yield _NO_PRODUCT
    if left_out:
        yield _OUT_OF_TIME.format("、".join(_PARTS[name] for name in left_out), ", ".join(left_out))
    for rule in sorted({v.rule for proposed in titles for v in proposed.violations}):
        yield f"改写结果仍触发规则 {rule} (defect of the generator)"


def score(
    engine: Engine,
    listing: Listing,
    market: Market | None,
    options: Options,
    *,
    today: str,
    candidate: str | None = None,
) -> ScoreReport:
    """Return what the listing's own title is worth, beside the best possible, demand by demand.

    A `candidate` is scored in its place on the same demand, that of the listing as it stands, whose
    current title vouches for words and the candidate does not: so proposals and edits compare.
    """
    title = listing.title if candidate is None else candidate
    if not title:
        raise ListingError("title: found nothing, expected the title to score", "/title")
    brief = prepare(engine, listing, market, options, today)
    written = best_title(engine, brief, problem_of(engine, brief, options.max_edits), Cuts())
    words = engine.read_words(title)
    held = _union(words) | said(engine, title, brief.own_words)
    lines = [
        LedgerLine(
            keyword=d.keyword,
            value=d.value,
            earned=_earned(brief, number, words) if d.needs <= held else 0,
            is_covered=d.needs <= held,
            is_listed=d.is_listed,
            is_traffic=d.is_traffic,
        )
        for number, d in enumerate(brief.demands)
    ]
    value = sum(line.earned for line in lines)
    return ScoreReport(
        listing_id=listing.listing_id,
        title=title,
        width=width(title),
        limit=brief.limit,
        value=value,
        coverage=_share(value, brief.demands),
        best_possible=max(value, written.answer.bound if written else 0),
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


def worth(engine: Engine, brief: Brief, title: str) -> int:
    """Return what a title is worth as it is read: what it covers, less what stands too loosely."""
    return _worth(brief, engine.read_words(title), said(engine, title, brief.own_words))


def _worth(brief: Brief, words: Phrase, as_written: frozenset[Term]) -> int:
    held = _union(words) | as_written
    return sum(
        _earned(brief, number, words)
        for number, demand in enumerate(brief.demands)
        if demand.needs <= held
    )


def _worth_of(engine: Engine, brief: Brief, written: Written) -> int:
    """Return what a chosen title is worth; 男 beside 鞋 says 男鞋, which nobody chose to write."""
    chosen = (brief.candidates[index].text for index in written.answer.order)
    texts = chosen if written.is_sound else (written.title,)
    as_written = frozenset(word for text in texts for word in said(engine, text, brief.own_words))
    return _worth(brief, engine.read_words(written.title), as_written)


def _earned(brief: Brief, number: int, words: Phrase) -> int:
    """Return what covered demand `number` pays a text of `words`."""
    tight = brief.line.tight[number]
    lost = tight - earned(tight, brief.line.phrases[number], words)
    return brief.demands[number].value - lost


def _union(words: Phrase) -> frozenset[Term]:
    return frozenset(term for word in words for term in word)


# ---- from an assembly to a title ---------------------------------------------------------------


def _others(
    engine: Engine, brief: Brief, best: Written, parts: _Parts, cuts: Cuts
) -> Iterator[ProposedTitle]:
    """Yield the further titles that are asked for, each whole: one that was cut short is none."""
    missing = parts.options.count - 1
    for written in _alternatives(engine, brief, best, missing if parts.has_time else 0, cuts):
        proposed = _proposed(engine, brief, written, _Parts(parts.options))
        if not parts.has_time:
            break
        missing -= 1
        yield proposed
    if missing and not parts.has_time:
        parts.left_out.append("alternatives")


def _proposed(engine: Engine, brief: Brief, written: Written, parts: _Parts) -> ProposedTitle:
    words = engine.read_words(written.title)
    value = _worth_of(engine, brief, written)
    bound = max(value, written.answer.bound)
    is_proved = written.answer.status is Status.OPTIMAL and value == bound
    covered, missed = _coverage_lists(engine, brief, words)
    return ProposedTitle(
        title=written.title,
        width=width(written.title),
        limit=written.problem.limit,
        value=value,
        bound=bound,
        gap=gap_of(value, bound),
        status=Status.OPTIMAL if is_proved else Status.FEASIBLE,
        coverage=_share(value, brief.demands),
        terms=parts.make("terms", lambda: tuple(placed_terms(engine, brief, written)), ()),
        covered=covered,
        missed=missed,
        edits=_edits(brief, [brief.candidates[index] for index in written.answer.order]),
        ledger=parts.make("ledger", lambda: ledger_of(engine, brief, written), None),
        violations=written.violations,
    )


def _share(value: int, demands: Sequence[Demand]) -> float:
    total = sum(demand.value for demand in demands)
    return value / total if total else 0.0


def _coverage_lists(
    engine: Engine, brief: Brief, words: Phrase
) -> tuple[tuple[CoveredKeyword, ...], tuple[CoveredKeyword, ...]]:
    """Return the listed keywords that a text of `words` covers, and misses, most valuable first."""
    held = _union(words)
    listed = sorted((d for d in brief.demands if d.is_listed), key=lambda d: (-d.value, d.keyword))
    top = engine.lexicon.policy.report_top
    covered = [d for d in listed if d.needs <= held][:top]
    missed = [d for d in listed if not d.needs <= held][:top]
    return (
        tuple(_caught(d, tightness(phrase_of(engine, d), words)) for d in covered),
        tuple(_caught(d, 0.0) for d in missed),
    )


def _caught(demand: Demand, share: float) -> CoveredKeyword:
    return CoveredKeyword(
        keyword=demand.keyword,
        value=demand.value,
        tightness=share,
        is_traffic=demand.is_traffic,
    )


def _edits(brief: Brief, line: Sequence[Candidate]) -> Edits:
    spans = [(brief.place[c.text], len(c.text)) for c in line if c.text in brief.place]
    gone = [
        item.text
        for item in brief.tagged
        if not any(start <= item.start < start + length for start, length in spans)
    ]
    return Edits(
        added=tuple(c.text for c in line if c.text not in brief.place),
        removed=tuple(gone),
        moved=tuple(_moved([c for c in line if c.text in brief.place], brief.place)),
    )


def _moved(own: Sequence[Candidate], place: Mapping[str, int]) -> Iterator[str]:
    """Yield the seller's words that stand before one they stood behind."""
    for number, candidate in enumerate(own):
        if any(place[later.text] < place[candidate.text] for later in own[number + 1 :]):
            yield candidate.text


def _current(engine: Engine, brief: Brief) -> CurrentTitle | None:
    if not brief.listing.title:
        return None
    value = worth(engine, brief, brief.listing.title)
    return CurrentTitle(
        title=brief.listing.title,
        width=width(brief.listing.title),
        value=value,
        coverage=_share(value, brief.demands),
    )


def _alternatives(
    engine: Engine, brief: Brief, best: Written, count: int, cuts: Cuts
) -> Iterator[Written]:
    """Yield up to `count` further titles.

    Each is the best that gives up two words of every title before it (all of one that has fewer).
    """
    problem, last = problem_of(engine, brief, best.problem.max_edits), best
    for _ in range(max(0, count)):
        problem = differing(problem, last.answer.order, _DIFFERENCE)
        following = best_title(engine, brief, problem, cuts)
        if following is None:
            return
        yield following
        last = following


def _curve(engine: Engine, brief: Brief, best: Written, cuts: Cuts) -> list[CurvePoint]:
    """Return the best title within 0, 1, 2, 3 term changes, where such titles exist.

    From most to least: what is best within more changes and takes no more than fewer is best there
    too.
    """
    points: list[CurvePoint] = []
    written: Written | None = best if best.problem.max_edits is None else None
    for edits in reversed(_CURVE_EDITS) if brief.listing.title else ():
        if written is None or max(edits_of(written.problem, written.answer.order)) > edits:
            written = best_title(engine, brief, problem_of(engine, brief, edits), cuts)
        if written is None:
            break
        value = _worth_of(engine, brief, written)
        points.append(CurvePoint(edits=edits, title=written.title, value=value))
    return points[::-1]


def _short_title(engine: Engine, brief: Brief, cuts: Cuts) -> str | None:
    """Return the best guide title of 30 bytes (the brand is free there), or None without one."""
    problem = problem_of(engine, brief, None, limit=engine.lexicon.policy.short_limit)
    written = best_title(engine, brief, problem, cuts)
    return written.title if written else None
