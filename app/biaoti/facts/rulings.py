"""What the facts say of a term: supported, in conflict, or unsupported.

And what a title contradicts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from biaoti.records import Conflict, Fact, Lexicon, Ruling, Slot, TaggedTerm, Term, Verdict

_YEAR = re.compile(r"20[0-3]\d")
_WHOLE = 100.0
_NEARLY_WHOLE = 99.5


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
class Facts:
    """What the listing may say. `supported` gives each vouched term its evidence."""

    claims: tuple[Fact, ...]
    supported: Mapping[Term, str]
    heads: frozenset[Term]
    closed: Mapping[str, tuple[frozenset[str], str]]
    fibres: Mapping[str, float | None]
    denied: Mapping[Term, str]
    brands: frozenset[Term]
    today_year: int
    conflicts: tuple[Conflict, ...] = ()
    has_models: bool = False


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
    counts; when no
    run is closed that way every product word counts.
    """
    heads: set[Term] = set()
    for index, item in enumerate(terms):
        after = terms[index + 1] if index + 1 < len(terms) else None
        is_modifier = after is not None and after.slot is Slot.PRODUCT and after.start == item.end
        if item.slot is Slot.PRODUCT and not is_modifier:
            heads |= words.head(item.term)
    return frozenset(heads)


def title_conflicts(title: Sequence[TaggedTerm], facts: Facts, words: Words) -> Iterator[Conflict]:
    """Yield each piece of the title that contradicts an attribute."""
    for item in title:
        if item.slot is Slot.COMPATIBLE:
            continue
        for term in sorted({item.term, *words.expand(item.term)}):
            against = _contradiction(term, facts, words.lexicon)
            if against is not None:
                name, _, fact = against.partition("=")
                yield Conflict(
                    start=item.start, end=item.end, attribute=name, claim=item.text, fact=fact
                )
                break


# ---- contradiction -----------------------------------------------------------------------------


def _contradiction(term: Term, facts: Facts, lexicon: Lexicon) -> str | None:
    """Return `attribute=value` of the fact that `term` contradicts, or None."""
    if term in facts.denied:
        return facts.denied[term]
    for attribute, (atoms, evidence) in facts.closed.items():
        means = _closed_atoms(attribute, term, lexicon)
        if means and not means & atoms:
            return f"{evidence}={'/'.join(sorted(atoms))}"
    year = _YEAR.fullmatch(term)
    if year and int(term) < facts.today_year - 1:
        return f"today={facts.today_year}"
    return _fibre_contradiction(term, facts, lexicon)


def _closed_atoms(attribute: str, term: Term, lexicon: Lexicon) -> frozenset[str]:
    """Return what `term` means in a closed set.

    One character is too little to claim anything but a gender.
    """
    if len(term) == 1 and term not in {"男", "女"}:
        return frozenset()
    return lexicon.closed[attribute].get(term, frozenset())


def _fibre_contradiction(term: Term, facts: Facts, lexicon: Lexicon) -> str | None:
    claim = lexicon.fibres.get(term)
    known = {name: share for name, share in facts.fibres.items() if share is not None}
    if claim is None or not known:
        return None
    share = known.get(claim.fibre, 0.0)
    is_complete = sum(known.values()) >= _NEARLY_WHOLE
    is_false = (
        (claim.needs == "100" and (share < _WHOLE) and (is_complete or share > 0))
        or (claim.needs == "main" and is_complete and share < max(known.values()))
        or (claim.needs == "any" and is_complete and not share)
    )
    written = " ".join(f"{name}{share:g}%" for name, share in sorted(known.items()))
    return f"材质成分={written}" if is_false else None
