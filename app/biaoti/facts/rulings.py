"""What the facts say of a term (supported, in conflict, unsupported) and of a whole title."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from biaoti.facts.quantities import count_of
from biaoti.records import Conflict, Fact, Lexicon, Ruling, Slot, TaggedTerm, Term, Verdict

_YEAR = re.compile(r"20[0-3]\d")
_WHOLE = 100.0
_NEARLY_WHOLE = 99.5
# A material right before one of these is that part's, not the whole thing's (925银+针).
_PARTS = re.compile(
    "耳?针|扣|鞋?底|大底|鞋垫|内[里衬胆]|里料|表[带扣]|把手|手柄|腿|脚|框架|拼接|包边|领|毛领|帽子"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """How the project reads words.

    The lexicon, the terms a text holds, those one word stands for, tagging.
    """

    lexicon: Lexicon
    terms: Callable[[str], frozenset[Term]]
    expand: Callable[[Term], frozenset[Term]]
    head: Callable[[Term], frozenset[Term]]
    tag_text: Callable[[str], tuple[TaggedTerm, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """What an attribute with a closed set of values says: as atoms, and as it is written."""

    atoms: frozenset[str]
    evidence: str
    written: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the listing may say.

    `supported` gives each vouched term its evidence; `counts` each counting unit its number.
    """

    claims: tuple[Fact, ...]
    supported: Mapping[Term, str]
    heads: frozenset[Term]
    closed: Mapping[str, Filed]
    fibres: Mapping[str, float]
    denied: Mapping[Term, str]
    brands: frozenset[Term]
    today_year: int
    counts: Mapping[str, Filed] = field(default_factory=dict)
    launched: Filed | None = None
    conflicts: tuple[Conflict, ...] = ()


def rule_on(term: Term, facts: Facts, lexicon: Lexicon) -> Ruling:
    """Return whether the listing may be found by `term`.

    Supported, in conflict with a fact, or unsupported.
    """
    against = _contradiction(term, facts, lexicon)
    if against is not None:
        return Ruling(verdict=Verdict.CONFLICT, against=against)
    evidence = facts.supported.get(term)
    if evidence is not None:
        return Ruling(verdict=Verdict.SUPPORTED, evidence=evidence)
    if is_generic(term, lexicon):
        return Ruling(verdict=Verdict.SUPPORTED, evidence="generic")
    return Ruling(verdict=Verdict.UNSUPPORTED)


def is_generic(term: Term, lexicon: Lexicon) -> bool:
    """Tell whether `term` claims nothing (新款, 百搭): its only reading is the generic slot."""
    entry = lexicon.entries.get(term)
    return entry is not None and all(r.slot is Slot.GENERIC for r in entry.readings)


def product_heads(terms: Sequence[TaggedTerm], words: Words) -> frozenset[Term]:
    """Return the terms of the product words that name the thing itself, not what it is for.

    A product word directly before another is a modifier (鞋子+收纳柜), so only the last of a run
    counts.
    """
    heads: set[Term] = set()
    for index, item in enumerate(terms):
        after = terms[index + 1] if index + 1 < len(terms) else None
        is_modifier = after is not None and after.slot is Slot.PRODUCT and after.start == item.end
        if item.slot is Slot.PRODUCT and not is_modifier:
            heads |= words.head(item.term)
    return frozenset(heads)


def title_conflicts(title: Sequence[TaggedTerm], facts: Facts, words: Words) -> Iterator[Conflict]:
    """Yield each piece of the title that contradicts an attribute.

    A title that also states what is filed (短袖 and 长袖, 五层六层) lists what can be chosen: its
    other value of the same set contradicts nothing.
    """
    if not (facts.closed or facts.fibres or facts.denied or facts.counts):
        yield from _wrong_years(title, facts)
        return
    met = _met_sets(title, facts, words)
    for index, item in enumerate(title):
        if item.slot is Slot.COMPATIBLE or _is_of_another(title, index):
            continue
        for term in sorted({item.term, *words.expand(item.term)}):
            against = _contradiction(term, facts, words.lexicon, met)
            if against is not None:
                yield _conflict(item.start, item.end, item.text, against)
                break
    yield from _denied_phrases(title, facts)


def _conflict(start: int, end: int, claim: str, against: str) -> Conflict:
    name, _, fact = against.partition("=")
    return Conflict(start=start, end=end, attribute=name, claim=claim, fact=fact)


def _is_of_another(title: Sequence[TaggedTerm], index: int) -> bool:
    """Tell whether a word speaks of a part (925银+针) or of a likeness (仿+实木)."""
    item = title[index]
    before = title[index - 1] if index else None
    after = title[index + 1] if index + 1 < len(title) else None
    if before is not None and before.end == item.start and before.term.endswith("仿"):
        return True
    if after is None or after.start != item.end:
        return False
    return item.slot is Slot.MATERIAL and _PARTS.fullmatch(after.term) is not None


def _wrong_years(title: Sequence[TaggedTerm], facts: Facts) -> Iterator[Conflict]:
    for item in title:
        against = _wrong_year(item.term.removesuffix("年"), facts)
        if against is not None and item.slot is not Slot.COMPATIBLE:
            yield _conflict(item.start, item.end, item.text, against)


def _met_sets(title: Sequence[TaggedTerm], facts: Facts, words: Words) -> frozenset[str]:
    """Return the closed sets and counting units of which the title states what is filed."""
    terms = {term for item in title for term in (item.term, *words.expand(item.term))}
    met = {
        name
        for name, filed in facts.closed.items()
        if any(_closed_atoms(name, term, words.lexicon) & filed.atoms for term in terms)
    }
    for term in terms if facts.counts else ():
        count = count_of(term)
        if count is not None and count[1] in facts.counts:
            number, unit = count
            met |= {unit} if f"{number:g}" in facts.counts[unit].atoms else set()
    return frozenset(met)


def _denied_phrases(title: Sequence[TaggedTerm], facts: Facts) -> Iterator[Conflict]:
    """Yield runs of words that together are denied (是否商场同款: 否)."""
    longest = max(map(len, facts.denied), default=0)
    for index, first in enumerate(title):
        phrase, last = str(first.term), first
        for item in title[index + 1 :]:
            phrase += item.term
            if item.start != last.end or len(phrase) > longest:
                break
            last = item
            against = facts.denied.get(Term(phrase))
            if against is not None:
                text = "".join(t.text for t in title if first.start <= t.start < last.end)
                yield _conflict(first.start, last.end, text, against)


# ---- contradiction -----------------------------------------------------------------------------


def _contradiction(
    term: Term, facts: Facts, lexicon: Lexicon, met: Iterable[str] = ()
) -> str | None:
    """Return `attribute=value` of the fact that `term` contradicts, or None.

    Closed sets in `met` are settled already.
    """
    if term in facts.denied:
        return facts.denied[term]
    for name, filed in facts.closed.items():
        means = _closed_atoms(name, term, lexicon)
        if means and not means & filed.atoms and name not in met:
            return f"{filed.evidence}={filed.written}"
    count = count_of(term) if facts.counts else None
    stated = facts.counts.get(count[1]) if count is not None else None
    if count is not None and stated is not None and f"{count[0]:g}" not in stated.atoms:
        return None if count[1] in met else f"{stated.evidence}={stated.written}"
    return _wrong_year(term, facts) or _fibre_contradiction(term, facts, lexicon)


def _wrong_year(term: str, facts: Facts) -> str | None:
    """Return the year filed that `term` contradicts, else today's when `term` is long gone."""
    if not term.startswith("20") or not _YEAR.fullmatch(term):
        return None
    filed = facts.launched
    if filed is not None and term not in filed.atoms:
        return f"{filed.evidence}={filed.written}"
    return f"today={facts.today_year}" if int(term) < facts.today_year - 1 else None


def _closed_atoms(attribute: str, term: Term, lexicon: Lexicon) -> frozenset[str]:
    """Return what `term` means in a closed set.

    One character is too little to claim anything but a gender.
    """
    if len(term) == 1 and term not in {"男", "女"}:
        return frozenset()
    return lexicon.closed[attribute].get(term, frozenset())


def _fibre_contradiction(term: Term, facts: Facts, lexicon: Lexicon) -> str | None:
    """Return the composition that `term` contradicts; what is not filed may be anything."""
    claim = lexicon.fibres.get(term)
    if claim is None or not facts.fibres:
        return None
    share = facts.fibres.get(claim.fibre, 0.0)
    unfiled = max(0.0, _WHOLE - sum(facts.fibres.values()))
    possible = share + unfiled
    is_settled = not share or unfiled <= _WHOLE - _NEARLY_WHOLE
    is_false = {
        "100": 0 < share < _WHOLE or possible < _NEARLY_WHOLE,
        "main": is_settled and possible < max(facts.fibres.values()),
        "any": possible < _WHOLE - _NEARLY_WHOLE,
    }[claim.needs]
    written = " ".join(f"{name}{share:g}%" for name, share in sorted(facts.fibres.items()))
    return f"材质成分={written}" if is_false else None
