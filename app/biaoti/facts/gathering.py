"""Listing -> Facts.

Attribute by attribute, then what the seller's own title adds, each with its evidence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from biaoti.facts.compositions import composition
from biaoti.facts.kinds import (
    SEPARATORS,
    AttributeReading,
    is_cover,
    is_said_of_things,
    printed_slot,
    reading_of,
)
from biaoti.facts.phrases import NAMES, bounded, is_bound, phrases
from biaoti.facts.quantities import filed_count
from biaoti.facts.rulings import (
    Facts,
    Filed,
    Words,
    is_generic,
    product_heads,
    title_conflicts,
)
from biaoti.records import Conflict, Fact, Lexicon, Listing, Slot, TaggedTerm, Term
from biaoti.text import fold_width, normalize

# 是否可折叠, 有无夹层, and plain 防水功能, asked with 是 or 否.
_WHETHER = re.compile(
    r"(?:是否(?:可以|可|为|带|有|支持|含)?|可以|可|有无|带)?(.{2,}?)(?:功能|性能|效果)?"
)
# Attributes that name what the thing is made of; their closed sets tell a material from its
# substitutes, one set a kind of material (材质·皮: 真皮 is no PU).
_MATERIAL_NAMES = re.compile(
    "(?:主要?)?材质|材料|主?面料(?:主?材质)?|填充(?:物|物材质|材质|料)|被芯填充物|内芯材质"
)
_PURE = 100.0
_LAUNCH = "上市"
_YEAR_NAMES = (_LAUNCH, "年份")
_YEAR = re.compile(r"20[0-3]\d")
_FILLINGS = ("填充", "被芯", "内芯")
# Slots that a word's shape alone settles, lexicon or not.
_SHAPED = frozenset({Slot.SPEC, Slot.YEAR, Slot.ARTICLE_NUMBER})
_BRAND_NAMES = frozenset({"品牌", "brand"})
# A single character of these slots is a word anywhere; another only where the seller wrote it.
_PLAIN_ALONE = frozenset({Slot.PRODUCT, Slot.AUDIENCE, Slot.MATERIAL})
_SIZES = frozenset("SML")
_ARTICLE_NAMES = frozenset({"货号", "款号", "型号", "article_number"})


@dataclass(slots=True)
class _Gathering:
    """Facts while they are being collected; frozen into `Facts` at the end."""

    claims: dict[Fact, None] = field(default_factory=dict)
    supported: dict[Term, str] = field(default_factory=dict)
    heads: set[Term] = field(default_factory=set)
    closed: dict[str, Filed] = field(default_factory=dict)
    counts: dict[str, Filed] = field(default_factory=dict)
    launched: dict[str, Filed] = field(default_factory=dict)
    fibres: dict[str, float] = field(default_factory=dict)
    denied: dict[Term, str] = field(default_factory=dict)
    brands: set[Term] = field(default_factory=set)
    own_text: str = ""


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
    gathering = _Gathering(own_text=normalize(f"{listing.title or ''} {listing.category or ''}"))
    _take_brand(gathering, listing, words)
    for name, values in (listing.attributes or {}).items():
        reading = reading_of(normalize(name), values, gathering.own_text, words)
        for value in values:
            _take_attribute(gathering, reading, value, words)
    _take_extras(gathering, listing, words)
    unflagged = [item for item in title if not _touches(item, flagged)]
    doubted = {item.term for item in title if _touches(item, flagged)}
    believed = [item for item in unflagged if item.term not in doubted]
    _take_category(gathering, listing.category or "", believed, words)
    facts = _frozen(gathering, today)
    if not title:
        return facts
    conflicts = tuple(title_conflicts(title, facts, words))
    spoiled = [(c.start, c.end) for c in conflicts]
    sound = [item for item in unflagged if not _touches(item, spoiled)]
    _take_title(gathering, sound, words)
    return _frozen(gathering, today, conflicts)


def _touches(item: TaggedTerm, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start < item.end and item.start < end for start, end in spans)


# ---- collecting --------------------------------------------------------------------------------


def _frozen(gathering: _Gathering, today: str, conflicts: tuple[Conflict, ...] = ()) -> Facts:
    return Facts(
        claims=tuple(gathering.claims),
        supported=dict(gathering.supported),
        heads=frozenset(gathering.heads),
        closed=dict(gathering.closed),
        counts=dict(gathering.counts),
        launched=gathering.launched.get(_LAUNCH),
        fibres=dict(gathering.fibres),
        denied=dict(gathering.denied),
        brands=frozenset(gathering.brands),
        today_year=int(today[:4]),
        conflicts=conflicts,
    )


def is_nothing(value: str, lexicon: Lexicon) -> bool:
    """Tell whether an attribute value says nothing (其他, other, 见描述, a dash)."""
    text = normalize(value)
    if text.isalnum():
        return text in lexicon.policy.nothing
    pieces = [piece for piece in SEPARATORS.split(text) if piece]
    return all(
        piece in lexicon.policy.nothing or not any(c.isalnum() for c in piece) for piece in pieces
    )


def _support(gathering: _Gathering, fact: Fact) -> None:
    for term in fact.terms:
        gathering.supported.setdefault(term, fact.evidence)


def _add(gathering: _Gathering, fact: Fact, *, is_own_word: bool = False) -> None:
    _support(gathering, fact)
    is_loose = len(fact.text) == 1 and fact.slot not in _PLAIN_ALONE and not is_own_word
    is_bare = fact.text.isdigit() and fact.slot is not Slot.YEAR
    if not is_loose and not is_bare:
        gathering.claims.setdefault(fact)


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
                gathering.supported.setdefault(normalize(text), "brand")
                fact = Fact(text=text, slot=Slot.BRAND, evidence="brand", terms=words.terms(text))
                gathering.brands |= fact.terms if len(fact.terms) == 1 else frozenset()
                _add(gathering, fact)


def _take_extras(gathering: _Gathering, listing: Listing, words: Words) -> None:
    if listing.article_number:
        text = fold_width(listing.article_number).strip()
        terms = words.terms(text)
        fact = Fact(text=text, slot=Slot.ARTICLE_NUMBER, evidence="article_number", terms=terms)
        _add(gathering, fact)
    for promotion in listing.promotions or ():
        for item in words.tag_text(promotion):
            for term in words.expand(item.term):
                gathering.supported.setdefault(term, "promotion")


def _take_category(
    gathering: _Gathering, path: str, title: Sequence[TaggedTerm], words: Words
) -> None:
    """Take the product words of the last step of a category path.

    Beside a title that says what the thing is they vouch only for more of the same (手表, 腕表): a
    step that lists kinds (米线/螺蛳粉) or names another thing is where the seller filed it.
    """
    leaf = path.rsplit(">" if ">" in path else "/", maxsplit=1)[-1]
    tagged = words.tag_text(leaf) if leaf else ()
    gathering.heads |= product_heads(tagged, words)
    said = {character for t in title if t.slot is Slot.PRODUCT for character in t.term}
    lists_kinds = SEPARATORS.search(leaf) is not None
    for item in tagged:
        is_same = not said or (not lists_kinds and not said.isdisjoint(item.term))
        if item.slot is Slot.PRODUCT and is_same:
            terms = words.terms(item.text)
            fact = Fact(text=item.text, slot=item.slot, evidence="category", terms=terms)
            _add(gathering, fact)


def _take_attribute(
    gathering: _Gathering, reading: AttributeReading, value: str, words: Words
) -> None:
    name, evidence = reading.name, reading.evidence
    if name in _BRAND_NAMES or is_nothing(value, words.lexicon):
        return
    whether = _WHETHER.fullmatch(name)
    if whether and normalize(value) in words.lexicon.policy.yes | words.lexicon.policy.no:
        if reading.use != "ignore":
            _take_whether(gathering, whether[1], normalize(value), evidence, words)
        return
    if name in _ARTICLE_NAMES:
        for term in words.terms(value):
            gathering.supported.setdefault(term, evidence)
        return
    _take_count(gathering, name, value, evidence)
    _take_year(gathering, name, value, evidence)
    if _MATERIAL_NAMES.fullmatch(name) and not is_cover(name, gathering.own_text):
        _take_material(gathering, name, value, evidence, words)
    if "季节" in name or reading.use == "claim":
        attribute = words.lexicon.attribute_sets.get(name)
        _take_closed(gathering, attribute, value, evidence, words)
        _widen_launch_season(gathering, name, words.lexicon)
    if reading.use != "ignore":
        _take_words(gathering, reading, value, words)


def _take_words(gathering: _Gathering, reading: AttributeReading, value: str, words: Words) -> None:
    tagged = words.tag_text(value)
    shares = composition(value, words.lexicon)
    gathering.fibres.update(shares)
    _vouch_for_pure(gathering, shares, reading.evidence, words.lexicon)
    for before, item in zip((None, *tagged), tagged, strict=False):
        touching = before if before is not None and before.end == item.start else None
        is_denied = touching is not None and touching.term in words.lexicon.policy.no
        is_rest = touching is not None and is_bound(touching, item)
        is_word = not shares or any(character.isalpha() for character in item.term)
        is_said = is_word and is_said_of_things(item, reading.name, words)
        if is_said and not is_denied and not is_rest:
            whole = item._replace(text=bounded(value, item))
            _take_value_term(gathering, whole, reading, words)
    if reading.names_kind:
        gathering.heads |= product_heads(tagged, words)


def _take_whether(
    gathering: _Gathering,
    property_name: str,
    answer: str,
    evidence: str,
    words: Words,
) -> None:
    """是否可折叠: 是 vouches for 折叠; 否 denies it, of several words (商场同款) only together."""
    tagged = words.tag_text(property_name)
    if answer in words.lexicon.policy.no:
        single = tagged[0] if len(tagged) == 1 else None
        is_word = single is None or single.term in words.lexicon.entries
        if is_word and (single is None or single.slot is not Slot.PRODUCT):
            denied = Term("".join(item.term for item in tagged))
            gathering.denied.setdefault(denied, f"{evidence}=否")
        return
    for item in tagged:
        if item.term in words.lexicon.entries and item.slot is not Slot.PRODUCT:
            fact = Fact(
                text=item.text, slot=item.slot, evidence=evidence, terms=words.terms(item.text)
            )
            _add(gathering, fact)


def _vouch_for_pure(
    gathering: _Gathering, shares: Mapping[str, float], evidence: str, lexicon: Lexicon
) -> None:
    """棉100% vouches for 纯棉."""
    if list(shares.values()) != [_PURE]:
        return
    for term, claim in lexicon.fibres.items():
        if claim.needs == "100" and claim.fibre in shares:
            gathering.supported.setdefault(term, evidence)


def _take_value_term(
    gathering: _Gathering, item: TaggedTerm, reading: AttributeReading, words: Words
) -> None:
    """Take a word of an attribute's value: it vouches for itself, and may be printed."""
    is_word = item.term in words.lexicon.entries or item.slot in _SHAPED
    fibre = words.lexicon.fibres.get(item.term)
    share = gathering.fibres.get(fibre.fibre) if fibre else None
    is_minor = share is not None and share < max(gathering.fibres.values())
    if not is_word or is_minor:
        return
    terms = words.terms(item.text)
    fact = Fact(text=item.text, slot=item.slot, evidence=reading.evidence, terms=terms)
    slot = printed_slot(item, reading, gathering.own_text, words)
    if slot is None:
        _support(gathering, fact)
    else:
        _add(gathering, fact if slot is fact.slot else replace(fact, slot=slot))


def _take_closed(
    gathering: _Gathering,
    attribute: str | None,
    value: str,
    evidence: str,
    words: Words,
) -> None:
    if attribute is None:
        return
    values = words.lexicon.closed[attribute]
    whole = values.get(normalize(value))
    found = whole or frozenset(
        atom for item in words.tag_text(value) for atom in values.get(item.term, frozenset())
    )
    if found:
        _file(gathering.closed, attribute, found, evidence, value)


def _file(
    filed: dict[str, Filed], key: str, atoms: frozenset[str], evidence: str, value: str
) -> None:
    earlier = filed.get(key)
    if earlier is not None:
        atoms |= earlier.atoms
        value = earlier.written if value in earlier.written else f"{earlier.written}/{value}"
    filed[key] = Filed(atoms=atoms, evidence=evidence, written=value)


def _take_year(gathering: _Gathering, name: str, value: str, evidence: str) -> None:
    years = frozenset(_YEAR.findall(value)) if any(word in name for word in _YEAR_NAMES) else None
    if years:
        _file(gathering.launched, _LAUNCH, years, evidence, value)


def _take_count(gathering: _Gathering, name: str, value: str, evidence: str) -> None:
    count = filed_count(name, normalize(value))
    if count is not None:
        _file(gathering.counts, count[1], frozenset({f"{count[0]:g}"}), evidence, value)


def _take_material(
    gathering: _Gathering, name: str, value: str, evidence: str, words: Words
) -> None:
    if name.startswith(_FILLINGS):
        _take_closed(gathering, "填充物", value, evidence, words)
        return
    for attribute in words.lexicon.closed:
        if attribute.startswith("材质·"):
            _take_closed(gathering, attribute, value, evidence, words)


def _widen_launch_season(gathering: _Gathering, name: str, lexicon: Lexicon) -> None:
    """Let a season of launch (上市年份季节) be worn into the next: only the opposite is not."""
    season = gathering.closed.get("季节")
    if "年份" in name and season is not None:
        wears = lexicon.policy.launch_season_wears
        worn = {worn for atom in season.atoms for worn in wears.get(atom, ())}
        gathering.closed["季节"] = replace(season, atoms=season.atoms | worn)


def _take_title(gathering: _Gathering, title: Sequence[TaggedTerm], words: Words) -> None:
    for phrase in phrases(title, words.lexicon):
        item = max(phrase, key=lambda piece: (len(piece.term) > 1, piece.slot in NAMES))
        text = fold_width("".join(piece.text for piece in phrase))
        terms = words.terms(text)
        vouched = {e for term in terms if (e := gathering.supported.get(term))}
        is_vouched = len(vouched) == 1 and terms <= gathering.supported.keys()
        evidence = min(vouched) if is_vouched else "title"
        if is_generic(item.term, words.lexicon) and len(phrase) == 1:
            evidence = "generic"
        is_fitted = len(phrase) > 1 and phrase[0].term in words.lexicon.policy.fits
        slot = Slot.COMPATIBLE if is_fitted else item.slot
        fact = Fact(text=text, slot=slot, evidence=evidence, terms=terms)
        is_size = text in _SIZES and slot is Slot.SPEC
        is_own_word = is_size or (text in words.lexicon.entries and not text.isascii())
        _add(gathering, fact, is_own_word=is_own_word)
    gathering.heads |= product_heads(title, words)
