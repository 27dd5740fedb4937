"""How well a title and its attributes describe one thing (要素不符), from 0 to 1.

Evidence for: attribute values that the title speaks of, attribute names that the title's words
occur in, attributes that things of the title's kind have (a 裤长 belongs to trousers), and products
named among the attributes (品名: 护手霜, 面膜分类) that the title names too. Evidence against:
attributes of other kinds, products that the title does not name, and contradictions. The pieces
are added up and put through a logistic curve; the weights are those of a logistic regression,
rounded (docs/adr/0009).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from biaoti.records import Lexicon, Slot, TaggedTerm, Term
from biaoti.text import normalize, remembered

_MEAN_SAID, _SUM_SAID, _NAME, _KIND = 2.0, 2.0, 0.7, 1.5
_PRODUCT_IN_NAME, _PRODUCT_IN_VALUE, _CLASH, _NEUTRAL = 0.6, 1.0, 0.8, 0.6
_LESS_THAN_A_TERM = 0.7
_MOST, _MOST_PRODUCTS = 3, 2
# How like two products are that end alike: 润唇膏 and 唇膏, 休闲裤 and 阔腿裤, else not at all.
_SAME_PRODUCT, _SAME_ENDING, _SAME_HEAD, _OTHER_PRODUCT = 1.0, 0.7, 0.5, -1.0
# What the thing is used on or with is another thing; a long value is a text, not a name.
_OTHER_THINGS = ("适用", "适合", "适配", "内部结构")
_LONGEST_VALUE, _LONGEST_PRODUCT = 20, 8

Domains = frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kinds:
    """What the texts of attributes tell of kinds of thing; what was read once is remembered."""

    of_attribute: Callable[[str], Domains]
    products: Callable[[str], frozenset[str]]


def build_kinds(lexicon: Lexicon) -> Kinds:
    """Return how the names and values of attributes are read with `lexicon`."""
    return Kinds(
        of_attribute=remembered(lambda name: attribute_domains(normalize(name), lexicon)),
        products=remembered(lambda text: product_words(text, lexicon)),
    )


def consistency(
    title: Sequence[TaggedTerm],
    attributes: Mapping[str, Sequence[str]],
    lexicon: Lexicon,
    *,
    terms: Callable[[str], frozenset[Term]],
    kinds: Kinds,
    clashes: int,
) -> float:
    """Return 0..1 for a tagged title and attributes of which `clashes` contradict it.

    1 with nothing to compare.
    """
    if not attributes:
        return 1.0
    text = "".join(item.text for item in title)
    whole = normalize(text)
    held = terms(" ".join(item.text for item in title))
    said = list(_said(attributes, held, whole, terms))
    names = sum(any(t in held for t in terms(name) if len(t) > 1) for name in attributes)
    alike, alien = _kinds_met(attributes, title_domains(title, lexicon), kinds)
    products = frozenset(item.term for item in title if item.slot is Slot.PRODUCT)
    in_names = _likeness(map(normalize, attributes), whole, products, kinds)
    in_values = _likeness(_naming_values(attributes), whole, products, kinds)
    evidence = (
        _MEAN_SAID * (math.fsum(said) / len(said) if said else 0.0)
        + _SUM_SAID * math.log1p(math.fsum(said))
        + _NAME * min(names, _MOST)
        + _KIND * (alike - alien) / (alike + alien + 1)
        + _PRODUCT_IN_NAME * in_names
        + _PRODUCT_IN_VALUE * in_values
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
    """Yield for each attribute value the share of its words the title holds, as term or text."""
    for values in attributes.values():
        for value in values:
            words = [term for term in terms(value) if len(term) > 1]
            if words:
                as_terms = sum(word in held for word in words)
                as_text = sum(word in text for word in words)
                yield max(as_terms, _LESS_THAN_A_TERM * as_text) / len(words)


def _kinds_met(
    attributes: Mapping[str, Sequence[str]], own: Domains, kinds: Kinds
) -> tuple[int, int]:
    """Return how many attribute names belong to the title's kinds, and how many only to others."""
    alike = alien = 0
    for name in attributes:
        found = kinds.of_attribute(name)
        if found and own:
            is_alike = not found.isdisjoint(own)
            alike += is_alike
            alien += not is_alike
    return alike, alien


def _naming_values(attributes: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for name, values in attributes.items():
        if not any(word in name for word in _OTHER_THINGS):
            yield from (normalize(value) for value in values if len(value) < _LONGEST_VALUE)


def _likeness(texts: Iterable[str], title: str, products: frozenset[Term], kinds: Kinds) -> float:
    """Return how like the products named in `texts` are to the title's, at most 2 either way."""
    likeness = math.fsum(
        _alike(word, title, products) for text in texts for word in kinds.products(text)
    )
    return max(-_MOST_PRODUCTS, min(_MOST_PRODUCTS, likeness))


def _alike(word: str, title: str, products: frozenset[Term]) -> float:
    if word in title:
        return _SAME_PRODUCT
    if any(product[-2:] == word[-2:] for product in products):
        return _SAME_ENDING
    return _SAME_HEAD if any(product[-1] == word[-1] for product in products) else _OTHER_PRODUCT


def product_words(text: str, lexicon: Lexicon) -> frozenset[str]:
    """Return the known product words in `text`, of those inside one another the longest."""
    found: list[tuple[int, int]] = []
    for start in range(len(text) - 1):
        ends = range(min(len(text), start + _LONGEST_PRODUCT), start + 1, -1)
        end = next((end for end in ends if text[start:end] in lexicon.product_domains), None)
        if end is not None and not (found and end <= found[-1][1]):
            found.append((start, end))
    return frozenset(text[start:end] for start, end in found)
