"""The ways to a title that stand beside ours.

All see the same listing, the same report and the same limit. `stacked` alone knows nothing of what
the listing may say; `stacked, true`, `greedy` and `template` are given our facts and our words, and
`greedy` our values too, so they are better than what they stand for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from assembly import greedy

from biaoti.brief import Brief, problem_of
from biaoti.engine import Engine, make_market
from biaoti.own_words import meant
from biaoti.phrasing import slot_order_of, title_of
from biaoti.records import KeywordStat, Term
from biaoti.score import Keyword, Market
from biaoti.text import width
from biaoti.titles import Cuts, best_title


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A keyword report made ready for every way.

    `typed` holds for each word, compounds in their parts, the numbers of the keywords it is in.
    """

    market: Market
    typed: Mapping[Term, frozenset[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One listing to be titled under one report."""

    engine: Engine
    brief: Brief
    report: Report


def make_report(engine: Engine, stats: Sequence[KeywordStat]) -> Report:
    """Return the report of keyword statistics."""
    market = make_market(engine, stats)
    typed: dict[Term, set[int]] = defaultdict(set)
    for number, keyword in enumerate(market.keywords):
        for word in _pieces(engine, keyword.sequence):
            typed[word].add(number)
    return Report(market=market, typed={word: frozenset(n) for word, n in typed.items()})


Way = Callable[[Task], str]


def ours(task: Task) -> str:
    """Return the best title."""
    return _best(task, None) or task.brief.listing.title or ""


def ours_in_two_changes(task: Task) -> str:
    """Return the best title within two changes of the seller's; the seller's where none may be."""
    return _best(task, 2) or task.brief.listing.title or ""


def _best(task: Task, edits: int | None) -> str | None:
    problem = problem_of(task.engine, task.brief, edits)
    written = best_title(task.engine, task.brief, problem, Cuts())
    return written.title if written else None


def sellers(task: Task) -> str:
    """Return the title the seller wrote."""
    return task.brief.listing.title or ""


# ---- keywords one after the other --------------------------------------------------------------


def stacked(task: Task) -> str:
    """Return the most searched keywords with the product's word in them, one after the other.

    Each whole and as typed, the next that still fits; nobody asks what the listing may say.
    """
    heads = task.brief.facts.heads
    numbers = {n for term in heads for n in task.report.market.postings.get(term, ())}
    title = ""
    for keyword in _most_searched(task.report.market, numbers):
        longer = _joined(title, keyword.stat.keyword)
        title = longer if width(longer) <= task.brief.limit else title
    return title or _product_word(task)


def stacked_true(task: Task) -> str:
    """Return the same of keywords that are true of the listing, no word written twice."""
    title, held = "", frozenset[Term]()
    for keyword in _most_searched(task.report.market, task.brief.gate.eligible):
        longer, said = title, held
        for word in _pieces(task.engine, keyword.sequence):
            terms = task.engine.segmenter.expand(word)
            longer = longer if terms <= said else _joined(longer, word)
            said |= terms
        if width(longer) <= task.brief.limit:
            title, held = longer, said
    return title or _product_word(task)


def _pieces(engine: Engine, words: Iterable[Term]) -> Iterator[Term]:
    """Yield the words that words are written with: a compound of only its parts is those."""
    for word in words:
        entry = engine.lexicon.entries.get(word)
        is_spelled_out = entry is not None and "".join(entry.parts) == word
        yield from _pieces(engine, entry.parts) if entry and is_spelled_out else (word,)


def _most_searched(market: Market, numbers: set[int] | Sequence[int]) -> list[Keyword]:
    """Return keywords by index; of as many, by how many keywords hold their rarest word."""

    def rank(keyword: Keyword) -> tuple[float, int, str]:
        rarest = min((len(market.postings[term]) for term in keyword.needs), default=0)
        return -_index(keyword), -rarest, keyword.stat.keyword

    return sorted((market.keywords[number] for number in numbers), key=rank)


def _index(keyword: Keyword) -> float:
    return keyword.stat.demand_index.mid if keyword.stat.demand_index else 0.0


def _joined(title: str, text: str) -> str:
    """Return `text` behind `title`, a space between where letters or digits would run together."""
    before, after = title[-1:], text[:1]
    parted = before.isascii() and after.isascii() and before.isalnum() and after.isalnum()
    return title + (" " if parted else "") + "".join(text.split())


def _product_word(task: Task) -> str:
    """Return the narrowest word that names the product, empty where none was recognized."""
    named = (c for c in task.brief.candidates if c.gives & task.brief.facts.heads)
    return min((c.text for c in named), key=lambda text: (width(text), text), default="")


# ---- words of the listing ----------------------------------------------------------------------


def greedy_by_byte(task: Task) -> str:
    """Return the line that takes the word of most value per byte again and again.

    What must stand comes first.
    """
    order = greedy(problem_of(task.engine, task.brief, None))
    return title_of(task.brief.candidates, task.brief.line.joint, order)


def greedy_by_searches(task: Task) -> str:
    """Return the listing's words by searches per byte, each new one that still fits.

    What must stand comes first. No value, no rule, no demand that the report does not list; the
    words stand in the seller's order, as in the line above.
    """
    candidates, line = task.brief.candidates, task.brief.line
    ranked = _by_searches(task, per_byte=True)
    chosen: list[int] = []
    for index in [*_required(task), *ranked]:
        more = sorted([*chosen, index], key=line.seats.__getitem__)
        fits = width(title_of(candidates, line.joint, more)) <= task.brief.limit
        chosen = more if fits and _says_new(task, chosen, index) else chosen
    return title_of(candidates, line.joint, chosen)


def template(task: Task) -> str:
    """Return the slots in their usual order, each filled with its most searched word.

    What must stand is sure of its place; then slot after slot takes a word that says nothing yet
    said, and again from the first slot, until nothing fits.
    """
    brief, line = task.brief, task.brief.line
    slots = slot_order_of(task.engine.lexicon.policy, brief.listing.category)
    ranked = _by_searches(task)
    chosen: list[int] = []

    def take(indices: Iterable[int]) -> list[int]:
        """Return the chosen with the first of `indices` that may join them."""
        for index in indices:
            more = sorted([*chosen, index], key=lambda i: slots.index(brief.candidates[i].slot))
            is_narrow = width(title_of(brief.candidates, line.joint, more)) <= brief.limit
            if is_narrow and _may_join(task, chosen, index):
                return more
        return chosen

    for index in _required(task):
        chosen = take([index])
    filled = {brief.candidates[index].slot for index in chosen}
    for number in range(len(ranked)):
        for slot in slots:
            if number or slot not in filled:
                chosen = take(i for i in ranked if brief.candidates[i].slot is slot)
    return title_of(brief.candidates, line.joint, chosen)


def _required(task: Task) -> list[int]:
    """Return what a title of this listing must hold: kept words, the first of each group."""
    ranked = _by_searches(task)
    kept = [index for index in ranked if task.brief.candidates[index].is_kept]
    groups = problem_of(task.engine, task.brief, None).required
    return kept + [next(index for index in ranked if index in group) for group in groups]


def _by_searches(task: Task, *, per_byte: bool = False) -> list[int]:
    """Return the candidates by the searches (per byte) whose keywords hold them as written.

    Of as many, the seller's own words come first.
    """
    candidates = task.brief.candidates
    searched = [
        _searched(task, candidate.text) / (candidate.width if per_byte else 1)
        for candidate in candidates
    ]
    return sorted(
        range(len(candidates)),
        key=lambda i: (-searched[i], not candidates[i].in_title, candidates[i].text),
    )


def _says_new(task: Task, chosen: Sequence[int], index: int) -> bool:
    """Tell whether a word says nothing that the chosen say."""
    candidates = task.brief.candidates
    held = frozenset(term for i in chosen for term in meant(candidates[i]))
    return index not in chosen and not meant(candidates[index]) & held


def _may_join(task: Task, chosen: Sequence[int], index: int) -> bool:
    """Tell whether a word says only new things and its slot has room for it."""
    candidates = task.brief.candidates
    slot = candidates[index].slot
    most = task.engine.lexicon.policy.slot_most.get(slot, len(candidates))
    has_room = sum(candidates[i].slot is slot for i in chosen) < most
    return has_room and _says_new(task, chosen, index)


def _searched(task: Task, text: str) -> float:
    """Return the indices of the report's keywords that hold the words of `text`, together."""
    words = _pieces(task.engine, task.engine.segmenter.sequence(text))
    holding = [task.report.typed.get(word, frozenset[int]()) for word in words]
    shared = frozenset.intersection(*holding) if holding else frozenset[int]()
    return sum(_index(task.report.market.keywords[number]) for number in shared)


WAYS: dict[str, Way] = {
    "ours": ours,
    "ours, at most 2 changes": ours_in_two_changes,
    "the seller's own": sellers,
    "stacked": stacked,
    "stacked, true": stacked_true,
    "greedy by value per byte": greedy_by_byte,
    "greedy by searches per byte": greedy_by_searches,
    "slot template": template,
}
