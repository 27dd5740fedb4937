"""Which keywords a listing may aim at.

Supported by its facts, about the same product, contradicting nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from biaoti.facts import Facts, rule_on
from biaoti.records import Exclusion, Lexicon, Question, Ruling, Slot, Stage, Term, Verdict
from biaoti.score import Keyword, Market

_OFF_PRODUCT = "off-product"
# Where a seller would file a claim of this slot, for terms that belong to no closed set.
_SLOT_ATTRIBUTES = {
    Slot.MATERIAL: "材质",
    Slot.STYLE: "风格",
    Slot.FEATURE: "功能",
    Slot.USE: "适用场景",
    Slot.AUDIENCE: "适用对象",
    Slot.DESIGN: "款式",
    Slot.CRAFT: "工艺",
    Slot.COLOR: "颜色",
    Slot.SPEC: "规格",
    Slot.SEASON: "适用季节",
    Slot.ORIGIN: "产地",
    Slot.PRODUCT: "品类",
    Slot.SERIES: "系列",
    Slot.BRAND: "品牌",
    Slot.COMPATIBLE: "适用型号",
    Slot.GRADE: "等级",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """The eligible keywords (numbers in the market), and the refused near the product, with why."""

    eligible: tuple[int, ...]
    refused: tuple[tuple[int, Exclusion], ...]
    worth: dict[str, float]
    attributes: dict[str, str]


def build_gate(facts: Facts, market: Market | None, stage: Stage, lexicon: Lexicon) -> Gate:
    """Return the gate of a listing with `facts` on the keywords of `market`, best first."""
    if market is None:
        return Gate(eligible=(), refused=(), worth={}, attributes={})
    rulings: dict[Term, Ruling] = {}

    def ruling(term: Term) -> Ruling:
        if term not in rulings:
            rulings[term] = rule_on(term, facts, lexicon)
        return rulings[term]

    supported = Counter(
        number
        for term in facts.supported.keys() & market.postings.keys()
        if ruling(term).verdict is Verdict.SUPPORTED
        for number in market.postings[term]
    )
    generic = [t for t in market.generic if t not in facts.supported]
    supported.update(number for term in generic for number in market.postings[term])
    kin = _about_kin(facts, market)
    eligible, refused = [], []
    for number in sorted(supported.keys() | kin):
        keyword = market.keywords[number]
        is_whole = supported[number] == len(keyword.needs)
        is_ours = not keyword.head or bool(keyword.head & facts.heads)
        if is_whole and is_ours:
            eligible.append(number)
        elif keyword.needs & facts.heads:
            refused.append((number, _exclusion(keyword, lexicon, ruling)))
        elif is_whole or number in kin:
            refused.append((number, _off_product(keyword)))
    worth = {
        exclusion.keyword: market.totals[stage][n] / market.unit[stage] * _share(exclusion, lexicon)
        for n, exclusion in refused
    }
    refused.sort(key=lambda pair: (-worth[pair[1].keyword], pair[1].keyword))
    unsaid = {term for _, exclusion in refused if (term := exclusion.term)}
    attributes = {term: _attribute_of(Term(term), facts, lexicon) for term in sorted(unsaid)}
    return Gate(
        eligible=tuple(eligible), refused=tuple(refused), worth=worth, attributes=attributes
    )


def _about_kin(facts: Facts, market: Market) -> frozenset[int]:
    """Return the keywords about another product of the listing's wider kind (水杯 for a 保温杯).

    Its name ends as the listing's own does.
    """
    ends = tuple(facts.heads)
    kin = (term for term in market.products if term.endswith(ends) and term not in facts.heads)
    return frozenset(number for term in kin for number in market.products[term])


def _share(exclusion: Exclusion, lexicon: Lexicon) -> float:
    """Return what share of a keyword's value counts: another product's is mostly not ours."""
    return lexicon.policy.off_product_share if exclusion.reason == _OFF_PRODUCT else 1.0


def exclusions(gate: Gate, most: int) -> tuple[Exclusion, ...]:
    """Return the `most` most valuable keywords near the product that may not be aimed at."""
    return tuple(exclusion for _, exclusion in gate.refused[:most])


def questions(gate: Gate, best_value: int, most: int) -> tuple[Question, ...]:
    """Return the terms nobody vouches for by what they would open up, as a share of `best_value`.

    Only keywords that lack this one term count, so the figure is what a single new attribute can
    win at most.
    """
    gains: dict[str, float] = {}
    for _, exclusion in gate.refused:
        if exclusion.reason == Verdict.UNSUPPORTED and exclusion.term and exclusion.against is None:
            gains[exclusion.term] = gains.get(exclusion.term, 0.0) + gate.worth[exclusion.keyword]
    ordered = sorted(gains.items(), key=lambda pair: (-pair[1], pair[0]))[:most]
    return tuple(
        Question(
            term=term,
            attribute=gate.attributes.get(term, ""),
            value_gain=round(gain / best_value, 6) if best_value else 0.0,
        )
        for term, gain in ordered
    )


def _exclusion(keyword: Keyword, lexicon: Lexicon, ruling: Callable[[Term], Ruling]) -> Exclusion:
    """Return why `keyword` is out: the first contradiction, else the first term nobody vouches for.

    `against` is set for a contradiction, and where more than one term or a brand stands in the way:
    only a single missing fact becomes a question.
    """
    unsupported: list[Term] = []
    for term in sorted(keyword.needs):
        found = ruling(term)
        if found.verdict is Verdict.CONFLICT:
            return Exclusion(
                keyword=keyword.stat.keyword, reason="conflict", term=term, against=found.against
            )
        if found.verdict is Verdict.UNSUPPORTED:
            unsupported.append(term)
    if not unsupported:
        return _off_product(keyword)
    term = unsupported[0]
    if term in lexicon.brands and not lexicon.brands[term].is_risky:
        against: str | None = "brand"
    else:
        against = "、".join(unsupported[1:]) or None
    return Exclusion(keyword=keyword.stat.keyword, reason="unsupported", term=term, against=against)


def _off_product(keyword: Keyword) -> Exclusion:
    return Exclusion(
        keyword=keyword.stat.keyword, reason=_OFF_PRODUCT, term=None, against="product"
    )


def _attribute_of(term: Term, facts: Facts, lexicon: Lexicon) -> str:
    """Return the attribute under which a seller would vouch for `term`.

    A closed set that is not of another product (头盔季节 of a dress), else its slot.
    """
    entry = lexicon.entries.get(term)
    slots = [reading.slot for reading in entry.readings] if entry else []
    if len(term) > 1 and not {Slot.DESIGN, Slot.SPEC}.isdisjoint(slots):
        for attribute, values in lexicon.closed.items():
            if term in values and not _is_of_another(attribute, facts, lexicon):
                return str(attribute)
    return _SLOT_ATTRIBUTES.get(slots[0], "") if slots else ""


def _is_of_another(attribute: str, facts: Facts, lexicon: Lexicon) -> bool:
    """Tell whether the name of an attribute holds a product word of another domain than ours."""
    ours = _domains((head[start:] for head in facts.heads for start in range(len(head))), lexicon)
    ends = range(2, len(attribute) + 1)
    theirs = _domains((attribute[i:j] for j in ends for i in range(j - 1)), lexicon)
    return bool(theirs) and not theirs & ours


def _domains(words: Iterable[str], lexicon: Lexicon) -> frozenset[str]:
    found = (lexicon.product_domains.get(word, frozenset()) for word in words)
    return frozenset[str]().union(*found)
