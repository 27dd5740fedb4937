"""Listing -> Facts.

Attribute by attribute, then what the seller's own title adds, each with its evidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from biaoti.facts.rulings import Facts, Words, is_generic, product_heads, title_conflicts
from biaoti.records import Conflict, Fact, Lexicon, Listing, Slot, TaggedTerm, Term
from biaoti.text import fold_width, normalize

_SEPARATORS = re.compile(r"[/,，、;；|\s]+")
_SHARE_AFTER = re.compile(r"([^\d%\s、,，/;；()（）:：+]+)[\s:：(（]*(\d+(?:\.\d+)?)\s*%")
_SHARE_BEFORE = re.compile(r"(\d+(?:\.\d+)?)\s*%\s*([^\d%\s、,，/;；()（）:：+]+)")
_MODEL = re.compile(r"\d{1,4}(?:pro|max|plus|ultra|mini|air|lite|se|fe|turbo|neo)?\D*")
_WHETHER = re.compile(r"是否(?:可以|可|为|带|有|支持|含)?(.{2,})|(?:可以|可|有无|带)(.{2,})")
_BRAND_NAMES = frozenset({"品牌", "brand"})
_ARTICLE_NAMES = frozenset({"货号", "款号", "型号", "article_number"})


@dataclass(slots=True)
class _Gathering:
    """Facts while they are being collected; frozen into `Facts` at the end."""

    claims: list[Fact] = field(default_factory=list)
    supported: dict[Term, str] = field(default_factory=dict)
    heads: set[Term] = field(default_factory=set)
    closed: dict[str, tuple[frozenset[str], str]] = field(default_factory=dict)
    fibres: dict[str, float | None] = field(default_factory=dict)
    denied: dict[Term, str] = field(default_factory=dict)
    brands: set[Term] = field(default_factory=set)


def gather_facts(
    listing: Listing,
    title: Sequence[TaggedTerm],
    words: Words,
    *,
    today: str,
    flagged: Sequence[tuple[int, int]] = (),
) -> Facts:
    """Return the facts of `listing`, its attributes first, then what its own title (tagged) adds.

    `flagged` are spans of the title that a rule objects to: they vouch for nothing. `today` is an
    ISO date.
    """
    gathering = _Gathering()
    _take_brand(gathering, listing, words)
    for name, value in _attribute_values(listing):
        _take_attribute(gathering, normalize(name), value, words)
    _take_extras(gathering, listing, words)
    facts = _frozen(gathering, today)
    conflicts = tuple(title_conflicts(title, facts, words))
    spoiled = [*flagged, *((c.start, c.end) for c in conflicts)]
    sound = [t for t in title if not any(s < t.end and t.start < e for s, e in spoiled)]
    _take_title(gathering, sound, words, facts.today_year)
    return _frozen(gathering, today, conflicts)


# ---- collecting --------------------------------------------------------------------------------


def _frozen(gathering: _Gathering, today: str, conflicts: tuple[Conflict, ...] = ()) -> Facts:
    return Facts(
        claims=tuple(gathering.claims),
        supported=dict(gathering.supported),
        heads=frozenset(gathering.heads),
        closed=dict(gathering.closed),
        fibres=dict(gathering.fibres),
        denied=dict(gathering.denied),
        brands=frozenset(gathering.brands),
        today_year=int(today[:4]),
        conflicts=conflicts,
        has_models=any(_MODEL.fullmatch(term) for term in gathering.supported),
    )


def _attribute_values(listing: Listing) -> Iterator[tuple[str, str]]:
    for name, values in (listing.attributes or {}).items():
        for value in values:
            yield name, value


def is_nothing(value: str, lexicon: Lexicon) -> bool:
    """Tell whether an attribute value says nothing (其他, other, 见描述, a dash)."""
    pieces = [piece for piece in _SEPARATORS.split(normalize(value)) if piece]
    return all(
        piece in lexicon.policy.nothing or not any(c.isalnum() for c in piece) for piece in pieces
    )


def _add(gathering: _Gathering, fact: Fact) -> None:
    for term in fact.terms:
        gathering.supported.setdefault(term, fact.evidence)
    is_loose = len(fact.text) == 1 and fact.slot not in {Slot.PRODUCT, Slot.AUDIENCE, Slot.MATERIAL}
    is_bare = fact.text.isdigit() and fact.slot is not Slot.YEAR
    if not is_loose and not is_bare and fact not in gathering.claims:
        gathering.claims.append(fact)


def _take_brand(gathering: _Gathering, listing: Listing, words: Words) -> None:
    names = [listing.brand] if listing.brand else []
    for name, values in (listing.attributes or {}).items():
        if normalize(name) in _BRAND_NAMES and not listing.brand:
            names.extend(values)
    for written in names:
        for piece in re.split(r"[/|(（)）]", fold_width(written)):
            text = piece.strip()
            if text and not is_nothing(text, words.lexicon):
                gathering.brands |= {normalize(text), *words.expand(normalize(text))}
                fact = Fact(text=text, slot=Slot.BRAND, evidence="brand", terms=words.terms(text))
                gathering.brands |= fact.terms if len(fact.terms) == 1 else frozenset()
                _add(gathering, fact)


def _take_extras(gathering: _Gathering, listing: Listing, words: Words) -> None:
    if listing.article_number:
        text = fold_width(listing.article_number).strip()
        terms = words.terms(text)
        fact = Fact(text=text, slot=Slot.ARTICLE_NUMBER, evidence="article_number", terms=terms)
        _add(gathering, fact)
    leaf = re.split(r"[>/]", listing.category or "")[-1]
    tagged = words.tag_text(leaf)
    for item in tagged:
        if item.slot is Slot.PRODUCT:
            fact = Fact(
                text=item.text, slot=item.slot, evidence="category", terms=words.terms(item.text)
            )
            _add(gathering, fact)
    gathering.heads |= product_heads(tagged, words)
    for promotion in listing.promotions or ():
        for item in words.tag_text(promotion):
            for term in words.expand(item.term):
                gathering.supported.setdefault(term, "promotion")


def _take_attribute(
    gathering: _Gathering,
    name: str,
    value: str,
    words: Words,
) -> None:
    use = words.lexicon.attribute_uses.get(name, "claim")
    if name in _BRAND_NAMES or is_nothing(value, words.lexicon):
        return
    evidence = f"attribute:{name}"
    whether = _WHETHER.fullmatch(name)
    if whether and normalize(value) in words.lexicon.policy.yes | words.lexicon.policy.no:
        _take_whether(gathering, whether, normalize(value), evidence, words)
        return
    if name in _ARTICLE_NAMES:
        for term in words.terms(value):
            gathering.supported.setdefault(term, evidence)
        return
    if "年份" in name or "季节" in name or use == "claim":
        _take_closed(gathering, name, value, evidence, words)
        _widen_launch_season(gathering, name, words.lexicon)
    if use == "claim" or "年份" in name:
        shares = composition(value, words.lexicon)
        for fibre, share in shares.items():
            gathering.fibres[fibre] = share
        tagged = words.tag_text(value)
        for item in tagged:
            _take_value_term(gathering, item, evidence, words)
        if any(mark in name for mark in words.lexicon.policy.kind_names):
            gathering.heads |= product_heads(tagged, words)


def _take_whether(
    gathering: _Gathering,
    whether: re.Match[str],
    answer: str,
    evidence: str,
    words: Words,
) -> None:
    """是否可折叠: 是 vouches for 折叠; 否 denies it."""
    for item in words.tag_text(whether[1] or whether[2]):
        if item.term not in words.lexicon.entries or item.slot is Slot.PRODUCT:
            continue
        if answer in words.lexicon.policy.yes:
            fact = Fact(
                text=item.text, slot=item.slot, evidence=evidence, terms=words.terms(item.text)
            )
            _add(gathering, fact)
        else:
            gathering.denied.setdefault(item.term, f"{evidence}=否")


def _take_value_term(gathering: _Gathering, item: TaggedTerm, evidence: str, words: Words) -> None:
    is_word = item.term in words.lexicon.entries or item.slot in _SHAPED
    fibre = words.lexicon.fibres.get(item.term)
    share = gathering.fibres.get(fibre.fibre) if fibre else None
    is_minor = share is not None and share < max(s or 0 for s in gathering.fibres.values())
    if not is_word or is_minor:
        return
    fact = Fact(text=item.text, slot=item.slot, evidence=evidence, terms=words.terms(item.text))
    _add(gathering, fact)


def _take_closed(
    gathering: _Gathering,
    name: str,
    value: str,
    evidence: str,
    words: Words,
) -> None:
    attribute = words.lexicon.attribute_sets.get(name)
    if attribute is None:
        return
    values = words.lexicon.closed[attribute]
    whole = values.get(normalize(value))
    found = whole or frozenset(
        atom for item in words.tag_text(value) for atom in values.get(item.term, frozenset())
    )
    if found:
        earlier = gathering.closed.get(attribute)
        gathering.closed[attribute] = ((earlier[0] if earlier else frozenset()) | found, evidence)


def _widen_launch_season(gathering: _Gathering, name: str, lexicon: Lexicon) -> None:
    """A season of launch (上市年份季节) is not one of wear: only the opposite season contradicts it."""
    season = gathering.closed.get("季节")
    if "年份" in name and season is not None:
        worn = {s for atom in season[0] for s in lexicon.policy.launch_season_wears.get(atom, ())}
        gathering.closed["季节"] = (season[0] | worn, season[1])


def composition(value: str, lexicon: Lexicon) -> dict[str, float]:
    """Return the shares in percent of a written composition by fibre ("聚酯纤维71.3% 棉26.7%").

    Else {}.
    """
    pairs = _SHARE_AFTER.findall(value) or [(n, s) for s, n in _SHARE_BEFORE.findall(value)]
    shares: dict[str, float] = {}
    for name, share in pairs:
        claim = lexicon.fibres.get(normalize(name))
        fibre = claim.fibre if claim else normalize(name)
        shares[fibre] = shares.get(fibre, 0.0) + float(share)
    return shares


def _take_title(
    gathering: _Gathering, title: Sequence[TaggedTerm], words: Words, today_year: int
) -> None:
    for phrase in _phrases(title, words.lexicon):
        item = max(phrase, key=lambda piece: (len(piece.term) > 1, piece.slot in _NAMES))
        if item.slot is Slot.YEAR and int(item.term[:4]) < today_year - 1:
            continue
        text = fold_width("".join(piece.text for piece in phrase))
        terms = words.terms(text)
        vouched = {e for term in terms if (e := gathering.supported.get(term))}
        is_vouched = len(vouched) == 1 and terms <= gathering.supported.keys()
        evidence = min(vouched) if is_vouched else "title"
        if is_generic(item.term, words.lexicon) and len(phrase) == 1:
            evidence = "generic"
        is_fitted = len(phrase) > 1 and phrase[0].term in words.lexicon.policy.fits
        slot = Slot.COMPATIBLE if is_fitted else item.slot
        _add(gathering, Fact(text=text, slot=slot, evidence=evidence, terms=terms))
    gathering.heads |= product_heads(title, words)


# Slots that a word's shape alone settles, lexicon or not.
_SHAPED = frozenset({Slot.SPEC, Slot.YEAR, Slot.ARTICLE_NUMBER})
_NAMES = frozenset({Slot.BRAND, Slot.SERIES, Slot.COMPATIBLE})


def _is_loose(item: TaggedTerm, lexicon: Lexicon) -> bool:
    """Tell whether a word is one character that no lexicon entry explains (筐 in 收纳筐)."""
    return len(item.term) == 1 and item.term not in lexicon.entries and not item.term.isdigit()


def _phrases(title: Sequence[TaggedTerm], lexicon: Lexicon) -> Iterator[list[TaggedTerm]]:
    """Yield the words of a title, those together that only mean something together.

    A model number belongs to the name before it (苹果+15), and that name to the 适用 before it: a
    name that the
    product merely fits must never stand alone. A loose character belongs to its neighbour
    (收纳+筐), so that no honest word is butchered.
    """
    phrase: list[TaggedTerm] = []
    for item in title:
        last = phrase[-1] if phrase else None
        is_touching = last is not None and last.end == item.start
        belongs = last is not None and (
            (last.term in lexicon.policy.fits and item.slot in _NAMES)
            or (last.slot in _NAMES and _MODEL.fullmatch(item.term) and item.slot is not Slot.SPEC)
            or _is_loose(item, lexicon)
            or _is_loose(last, lexicon)
        )
        if phrase and not (is_touching and belongs):
            yield phrase
            phrase = []
        phrase.append(item)
    if phrase:
        yield phrase
