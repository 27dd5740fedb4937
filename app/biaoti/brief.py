"""One listing made ready for the assembler: its facts, its demand, the words we may print."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from biaoti.assemble import Assembly, AtMost, Line, Problem, assemble
from biaoti.engine import (
    Engine,
    attribute_facts_of,
    blocking_spans,
    conflicts_of,
    facts_of,
    inspect,
    tag_text,
)
from biaoti.errors import InfeasibleError, ListingError, TitleError
from biaoti.facts import Facts, rule_on
from biaoti.gate import Gate, build_gate
from biaoti.own_words import held_in, meant, own_words, quoted, said
from biaoti.phrasing import line_of, slot_order_of
from biaoti.records import (
    Candidate,
    Demand,
    Listing,
    SecondsLeft,
    Slot,
    TaggedTerm,
    Term,
    forever,
)
from biaoti.score import (
    Market,
    expected_demand,
    listed_demand,
    new_word_demand,
    own_word_demand,
    prior_demand,
    traffic_demand,
)
from biaoti.text import fold_width, refused, width


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a caller may ask for beside the listing.

    A lean answer leaves out what a catalogue does not show: the account of each word and byte, the
    edit curve, the short title, the robustness. So does one whose `seconds_left` ran out.
    """

    limit: int | None = None
    count: int = 1
    max_edits: int | None = None
    is_lean: bool = False
    seconds_left: SecondsLeft = forever


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """One listing made ready: its facts, its demand, and the words we may print.

    `basis` holds what its attributes alone vouch for, `place` where a text stands in its title,
    `line` how the candidates may be written; `own_words` are worth something as they are written.
    """

    listing: Listing
    basis: Facts
    facts: Facts
    gate: Gate
    demands: tuple[Demand, ...]
    candidates: tuple[Candidate, ...]
    line: Line
    place: Mapping[str, int]
    own_words: Mapping[Term, Slot]
    tagged: tuple[TaggedTerm, ...]
    limit: int
    today: str
    seconds_left: SecondsLeft = forever


def prepare(
    engine: Engine, listing: Listing, market: Market | None, options: Options, today: str
) -> Brief:
    """Return `listing` made ready.

    Raises ListingError when there is nothing to build from, InfeasibleError when its wishes leave
    no word for what it is.
    """
    if not (listing.title or listing.category):
        raise ListingError("title, category: found neither, expected at least one of them")
    title = fold_width(listing.title or "")
    tagged = tag_text(engine, title, listing)
    basis = attribute_facts_of(engine, listing, today)
    conflicts = conflicts_of(engine, listing, tagged, basis)
    result = inspect(engine, replace(listing, title=title), tagged, conflicts, today)
    facts = facts_of(engine, listing, tagged, today, blocking_spans(result, title))
    limit = engine.lexicon.policy.limit if options.limit is None else options.limit
    pieces = _whole_pieces(title, tagged)
    candidates = tuple(_candidates(engine, listing, facts))
    if not candidates:
        raise ListingError(
            "title, attributes: found no word to build a title from, expected some facts"
        )
    if listing.avoid_terms and facts.heads and not facts.heads & _placeable(candidates):
        words = "、".join(listing.avoid_terms)
        msg = f"avoid_terms: without {words} no word is left for what the thing is"
        raise InfeasibleError(msg)
    place = _places([c.text for c in candidates], pieces)
    candidates = tuple(replace(c, in_title=_is_own(c.text, place)) for c in candidates)
    own = own_words(engine, (c for c in candidates if c.in_title or not listing.title))
    candidates = tuple(replace(c, gives=c.gives | said(engine, c.text, own)) for c in candidates)
    gate = build_gate(facts, market, listing.stage, engine.lexicon)
    demands = _demands(engine, listing, gate, market, candidates, own)
    demands += _traffic(engine, listing, demands, candidates, own)
    line = _line(engine, listing, candidates, demands, place)
    return Brief(
        listing=listing,
        basis=basis,
        facts=facts,
        gate=gate,
        demands=demands,
        candidates=candidates,
        line=line,
        place=place,
        own_words=own,
        tagged=tuple(tagged),
        limit=limit,
        today=today,
        seconds_left=options.seconds_left,
    )


def _candidates(engine: Engine, listing: Listing, facts: Facts) -> list[Candidate]:
    """Return one candidate per printable text, keep terms marked, avoid terms left out."""
    avoided = frozenset(t for word in listing.avoid_terms for t in engine.segmenter.terms(word))
    for word in listing.keep_terms:
        if engine.segmenter.terms(word) & avoided:
            raise InfeasibleError(f"keep_terms: {word!r} is to stay and, by avoid_terms, to go")
    kept = [_kept(engine, word, facts) for word in listing.keep_terms]
    candidates = {candidate.text: candidate for candidate in kept}
    for fact in facts.claims:
        is_allowed = not fact.terms & avoided and not any(refused(fact.text))
        is_sound = all(rule_on(t, facts, engine.lexicon).against is None for t in fact.terms)
        # Another maker's name is never ours to place; where the seller's own title holds it and no
        # rule objects (苹果 on a phone case), it may stay.
        is_theirs = fact.slot is Slot.BRAND and bool(facts.brands) and fact.evidence != "brand"
        is_sound &= not is_theirs or fact.evidence == "title"
        if is_allowed and is_sound and fact.text not in candidates:
            candidates[fact.text] = Candidate(
                text=fact.text,
                slot=fact.slot,
                evidence=fact.evidence,
                width=width(fact.text),
                gives=fact.terms,
            )
    return [candidates[text] for text in sorted(candidates)]


def _places(texts: Iterable[str], pieces: Mapping[str, tuple[int, ...]]) -> dict[str, int]:
    """Return where each text stands in the current title, the longest placed first.

    A text that stands there more than once is placed where no longer one covers it, if it can be.
    """
    place: dict[str, int] = {}
    for text in sorted((t for t in texts if t in pieces), key=lambda t: (-len(t), pieces[t], t)):
        free = (
            start
            for start in pieces[text]
            if not any(overlap(text, other, {**place, text: start}) for other in place)
        )
        place[text] = next(free, pieces[text][0])
    return place


def _is_own(text: str, place: Mapping[str, int]) -> bool:
    """Tell whether `text` is one of the pieces that make up the current title.

    Of texts that overlap in it these are the longest; to choose another is to cut the phrase.
    """
    longer = (t for t in place if (-len(t), place[t], t) < (-len(text), place.get(text, 0), text))
    return text in place and not any(overlap(text, other, place) for other in longer)


def overlap(one: str, other: str, place: Mapping[str, int]) -> bool:
    """Tell whether two texts share characters of the current title."""
    if one not in place or other not in place:
        return False
    return place[one] < place[other] + len(other) and place[other] < place[one] + len(one)


def _whole_pieces(title: str, tagged: Sequence[TaggedTerm]) -> dict[str, tuple[int, ...]]:
    """Return where each stretch of whole words of `title` stands."""
    pieces: dict[str, tuple[int, ...]] = {}
    for first in tagged:
        for last in tagged:
            if last.end > first.start:
                text = title[first.start : last.end]
                pieces[text] = (*pieces.get(text, ()), first.start)
    return pieces


def _kept(engine: Engine, word: str, facts: Facts) -> Candidate:
    """Return the candidate of a keep term.

    Refused when a fact speaks against it or nobody vouches for it.
    """
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
            f"keep_terms: nobody vouches for {'、'.join(unknown)} in {word!r}; add an attribute"
        )
    slots = Counter(item.slot for item in tag_text(engine, text))
    return Candidate(
        text=text,
        slot=min(slots, key=lambda slot: (-slots[slot], slot), default=Slot.FEATURE),
        evidence=facts.supported.get(min(terms), "title") if terms else "title",
        width=width(text),
        gives=terms,
        is_kept=True,
    )


def _demands(
    engine: Engine,
    listing: Listing,
    gate: Gate,
    market: Market | None,
    candidates: Sequence[Candidate],
    words: Mapping[Term, Slot],
) -> tuple[Demand, ...]:
    policy = engine.lexicon.policy
    placeable = _placeable(candidates)
    if market is None or not market.keywords:
        priors: dict[Term, float] = {}
        for candidate in candidates:
            for term in meant(candidate):
                prior = policy.slot_prior.get(candidate.slot, 0.0)
                priors[term] = max(prior, priors.get(term, 0.0))
        return tuple(prior_demand(priors))
    listed = listed_demand(market, listing.stage, gate.eligible)
    own = [c for c in candidates if c.in_title or not listing.title]
    used = frozenset(term for candidate in own for term in candidate.gives)
    new = [(meant(c) - used, c.slot) for c in candidates]
    expected = expected_demand(market, listing.stage, placeable, policy, own=used)
    expected += own_word_demand({quoted(word): words[word] for word in words}, policy)
    expected += new_word_demand(new, market, policy)
    return tuple(d for d in (*listed, *expected) if d.needs <= placeable)


def _placeable(candidates: Sequence[Candidate]) -> frozenset[Term]:
    return frozenset(term for candidate in candidates for term in candidate.gives)


def _traffic(
    engine: Engine,
    listing: Listing,
    demands: Sequence[Demand],
    candidates: Sequence[Candidate],
    words: Mapping[Term, Slot],
) -> tuple[Demand, ...]:
    """Return what the listing's own traffic words are worth beside `demands`, where placeable."""
    if not listing.traffic_terms:
        return ()
    title = listing.title or ""
    held = held_in(engine, title, words)
    placeable = _placeable(candidates)
    earned = sum(demand.value for demand in demands if demand.needs <= held)
    traffic = traffic_demand(
        listing.traffic_terms,
        terms=engine.segmenter.terms,
        sequence=engine.segmenter.sequence,
        earned=engine.lexicon.policy.traffic_share * earned,
    )
    return tuple(demand for demand in traffic if demand.needs <= placeable)


def problem_of(
    engine: Engine, brief: Brief, max_edits: int | None, limit: int | None = None
) -> Problem:
    """Return what the assembler is asked; a `limit` of its own frees the title from the brand."""
    candidates = brief.candidates
    brands = _indices(candidates, Slot.BRAND)
    own = frozenset(i for i in brands if candidates[i].evidence == "brand")
    heads = frozenset(
        i for i in _indices(candidates, Slot.PRODUCT) if candidates[i].gives & brief.facts.heads
    )
    must_brand = bool(own) and (not brief.listing.title or any(candidates[i].in_title for i in own))
    required = [group for group in (heads, own if must_brand and limit is None else None) if group]
    return Problem(
        candidates=candidates,
        demands=brief.demands,
        limit=brief.limit if limit is None else limit,
        at_most=(*_slot_rules(engine, candidates), *_twice(candidates, brief.place)),
        required=tuple(required),
        max_edits=max_edits,
        line=brief.line,
    )


def _slot_rules(engine: Engine, candidates: Sequence[Candidate]) -> Iterator[AtMost]:
    for slot, most in sorted(engine.lexicon.policy.slot_most.items()):
        members = _indices(candidates, slot)
        if len(members) > most:
            yield AtMost(members=members, most=most)


def _twice(candidates: Sequence[Candidate], place: Mapping[str, int]) -> Iterator[AtMost]:
    """Yield a rule for each two candidates of which a title holds one.

    They share characters of the current title, or one says the other's material more exactly.
    """
    for (i, one), (j, other) in combinations(enumerate(candidates), 2):
        is_twice = overlap(one.text, other.text, place) or _names_one_material(one, other, place)
        if is_twice and not (one.is_kept and other.is_kept):
            yield AtMost(members=frozenset({i, j}), most=1)


def _names_one_material(one: Candidate, other: Candidate, place: Mapping[str, int]) -> bool:
    """Tell whether the shorter text is the end of the longer (不锈钢, 316不锈钢), both a material.

    Where the seller wrote both, both may stay.
    """
    if not one.slot is other.slot is Slot.MATERIAL:
        return False
    short, long = sorted((one, other), key=lambda candidate: len(candidate.text))
    are_written = short.text in place and long.text in place
    return long.text.endswith(short.text) and meant(short) <= meant(long) and not are_written


def _indices(candidates: Sequence[Candidate], slot: Slot) -> frozenset[int]:
    return frozenset(i for i, candidate in enumerate(candidates) if candidate.slot is slot)


def revalued(engine: Engine, brief: Brief, demands: tuple[Demand, ...]) -> Brief:
    """Return `brief` with other demands, or the same worth something else, in their place."""
    line = _line(engine, brief.listing, brief.candidates, demands, brief.place)
    return replace(brief, demands=demands, line=line)


def _line(
    engine: Engine,
    listing: Listing,
    candidates: Sequence[Candidate],
    demands: Sequence[Demand],
    place: Mapping[str, int],
) -> Line:
    return line_of(
        engine,
        candidates,
        demands,
        place=place,
        slot_order=slot_order_of(engine.lexicon.policy, listing.category),
        tightness_weight=engine.lexicon.policy.tightness_weight,
    )


def solve(
    engine: Engine,
    problem: Problem,
    *,
    start: Sequence[int] = (),
    seconds_left: SecondsLeft = forever,
) -> Assembly:
    """Return the assembler's answer within the policy's budget; `start` is a set to begin from."""
    budget = engine.lexicon.policy.node_budget
    return assemble(problem, node_budget=budget, start=start, seconds_left=seconds_left)


def why_infeasible(brief: Brief, options: Options) -> str:
    """Return in words which of the demands made cannot be met."""
    kept = [c for c in brief.candidates if c.is_kept]
    needed = sum(c.width for c in kept)
    if needed > brief.limit:
        words = "、".join(c.text for c in kept)
        return f"keep_terms: {words} need {needed} bytes, the limit is {brief.limit}"
    if options.max_edits is not None:
        return (
            f"max_edits: no allowed title is within {options.max_edits} changes of the current one"
        )
    return f"limit: no title with the required brand and product word fits {brief.limit} bytes"
