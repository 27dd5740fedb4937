"""How well a title and its attributes describe one thing (要素不符), from 0 to 1.

Evidence for: attribute values that the title speaks of, attribute names that the title's words
occur in, attributes
that things of the title's kind have (a 裤长 belongs to trousers). Evidence against: attributes of
other kinds, and
contradictions. The pieces are added up and put through a logistic curve; the weights are round
numbers chosen so
that each kind of evidence can outvote the next weaker one (docs/adr/0009).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence

from biaoti.records import Lexicon, Slot, TaggedTerm, Term
from biaoti.text import normalize

_MEAN_SAID, _SUM_SAID, _NAME, _KIND, _VALUE_KIND, _CLASH, _NEUTRAL = (
    4.0,
    1.0,
    0.5,
    2.0,
    0.3,
    0.7,
    1.5,
)
_LESS_THAN_A_TERM = 0.7
_MOST = 3

TagText = Callable[[str], tuple[TaggedTerm, ...]]
Domains = frozenset[str]


def consistency(
    title: Sequence[TaggedTerm],
    attributes: Mapping[str, Sequence[str]],
    lexicon: Lexicon,
    *,
    terms: Callable[[str], frozenset[Term]],
    tag_text: TagText,
    clashes: int,
) -> float:
    """Return 0..1 for a tagged title and attributes of which `clashes` contradict it.

    1 with nothing to compare.
    """
    if not attributes:
        return 1.0
    text = "".join(item.text for item in title)
    held = terms(" ".join(item.text for item in title))
    kinds = title_domains(title, lexicon)
    said = list(_said(attributes, held, normalize(text), terms))
    names = sum(any(t in held for t in terms(name) if len(t) > 1) for name in attributes)
    alike, alien = _kinds_met(attributes, kinds, lexicon)
    values = _value_kinds(attributes, kinds, lexicon, tag_text)
    evidence = (
        _MEAN_SAID * (math.fsum(said) / len(said) if said else 0.0)
        + _SUM_SAID * math.log1p(math.fsum(said))
        + _NAME * min(names, _MOST)
        + _KIND * (alike - alien) / (alike + alien + 1)
        + _VALUE_KIND * max(-_MOST, min(_MOST, values))
        - _CLASH * min(clashes, _MOST)
    )
    return round(1 / (1 + math.exp(_NEUTRAL - evidence)), 6)


def title_domains(title: Sequence[TaggedTerm], lexicon: Lexicon) -> Domains:
    """Return the kinds of thing that the product words of a title name."""
    found: set[str] = set()
    for item in title:
        if item.slot is Slot.PRODUCT:
            found |= product_domains(item.term, lexicon)
    return frozenset(found)


def product_domains(term: str, lexicon: Lexicon) -> Domains:
    """Return the kinds of a product word: those of its longest known ending."""
    for start in range(len(term)):
        found = lexicon.product_domains.get(term[start:])
        if found:
            return found
    return frozenset()


def attribute_domains(name: str, lexicon: Lexicon) -> Domains:
    """Return the kinds of thing that have an attribute of this name; empty when it tells nothing.

    A product word in the name decides (咖啡机类型); else the known words in it, longest first,
    narrow each other.
    """
    pieces = [name[i:j] for i in range(len(name)) for j in range(len(name), i, -1)]
    product = next((p for p in pieces if len(p) > 1 and p in lexicon.product_domains), None)
    if product is not None:
        return lexicon.product_domains[product]
    known = [p for p in pieces if p in lexicon.attribute_domains]
    longest = [p for p in known if not any(p != other and p in other for other in known)]
    found: Domains = frozenset()
    for piece in longest:
        kinds = lexicon.attribute_domains[piece]
        found = (found & kinds or found) if found else kinds
    return found


def _said(
    attributes: Mapping[str, Sequence[str]],
    held: frozenset[Term],
    text: str,
    terms: Callable[[str], frozenset[Term]],
) -> Iterator[float]:
    """Yield for each attribute value the share of its words that the title holds.

    As terms or as text.
    """
    for values in attributes.values():
        for value in values:
            words = [term for term in terms(value) if len(term) > 1]
            if words:
                as_terms = sum(word in held for word in words)
                as_text = sum(word in text for word in words)
                yield max(as_terms, _LESS_THAN_A_TERM * as_text) / len(words)


def _kinds_met(
    attributes: Mapping[str, Sequence[str]], kinds: Domains, lexicon: Lexicon
) -> tuple[int, int]:
    """Return how many attribute names belong to the title's kinds, and how many only to others."""
    alike = alien = 0
    for name in attributes:
        found = attribute_domains(normalize(name), lexicon)
        if found and kinds:
            alike += bool(found & kinds)
            alien += not found & kinds
    return alike, alien


def _value_kinds(
    attributes: Mapping[str, Sequence[str]], kinds: Domains, lexicon: Lexicon, tag_text: TagText
) -> int:
    """Return the product words in attribute values that are of the title's kinds.

    Less those that are not.
    """
    balance = 0
    for values in attributes.values():
        for value in values:
            for item in tag_text(value):
                found = product_domains(item.term, lexicon) if item.slot is Slot.PRODUCT else None
                if found and kinds:
                    balance += 1 if found & kinds else -1
    return balance
