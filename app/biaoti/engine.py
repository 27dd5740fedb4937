"""One lexicon's tools put together.

Tag, gather facts, check. Everything a face or `optimize` asks of a single title.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from biaoti.consistency import Kinds, build_kinds, consistency
from biaoti.facts import Facts, Words, gather_facts, is_generic, title_conflicts
from biaoti.guessing import CategoryGuesser, Guesser
from biaoti.lexicon import load_lexicon
from biaoti.models import load_model
from biaoti.records import (
    CheckReport,
    CheckResult,
    Conflict,
    Inspection,
    KeywordStat,
    Lexicon,
    Listing,
    Severity,
    Slot,
    TaggedTerm,
    Term,
)
from biaoti.rules import find_violations
from biaoti.rules.book import Rulebook, load_rulebook
from biaoti.score import Learned, Market, Wording, build_market, kept_fit, learned_from
from biaoti.segment import Segmenter, build_segmenter
from biaoti.tagging import Guess, Memo, rule_of_thumb, tag
from biaoti.text import normalize, width

Known = frozenset[tuple[Term, Slot]]
# Texts of values that are remembered once tagged; longer ones hardly ever repeat.
_MOST_REMEMBERED, _SHORT = 4_096, 24
# The code that decides which terms a keyword has.
_CUTTING = tuple(Path(__file__).with_name(f"{name}.py") for name in ("segment", "shapes", "text"))
# Below this the seller's model is only an opinion, and an opinion is no finding.
_SURE_OF_CATEGORY = 0.95


@dataclass(frozen=True, kw_only=True)
class Engine:
    """What is built once at start-up and read by every request.

    The rulebook and the model are read when first asked for: what needs neither never pays.
    """

    lexicon: Lexicon
    segmenter: Segmenter
    read_rulebook: Callable[[], Rulebook]
    read_guesser: Callable[[], tuple[Guess, str | None]]
    read_category_guesser: Callable[[], CategoryGuesser | None]
    read_learned: Callable[[], Learned | None]
    cache: Path | None = None

    @functools.cached_property
    def rulebook(self) -> Rulebook:
        """Return the rulebook of this lexicon; DataFileError when its files are at fault."""
        return self.read_rulebook()

    @functools.cached_property
    def is_near(self) -> Callable[[str, str], bool]:
        """Return the test whether two titles differ only in colour, size or gift."""
        from biaoti.similarity import build_is_near, build_trim  # noqa: PLC0415 - start-up

        return build_is_near(build_trim(self.rulebook.variants))

    @functools.cached_property
    def slots_seen(self) -> Memo:
        """Return the slots already decided for (word, is first, category): words repeat."""
        return {}

    @functools.cached_property
    def tag_short(self) -> Callable[[str, str | None, Known], tuple[TaggedTerm, ...]]:
        """Return the tagger of short texts: values repeat from listing to listing of a shop."""
        return functools.lru_cache(maxsize=_MOST_REMEMBERED)(functools.partial(_tag, self))

    @functools.cached_property
    def kinds(self) -> Kinds:
        """Return what attributes tell of kinds of thing."""
        return build_kinds(self.lexicon)

    @functools.cached_property
    def parts(self) -> Callable[[Term], tuple[frozenset[Term], ...]]:
        """Return how a word falls into words: a compound of nothing but its parts is those parts.

        Each word is given as the terms it stands for (蓝牙耳机: 蓝牙, 耳机; 连衣裙: 连衣裙 and 裙
        in one), so that a text reads the same whether such a compound was cut or not.
        """
        entries, expand = self.lexicon.entries, self.segmenter.expand

        @functools.lru_cache(maxsize=2_048)
        def parts(term: Term) -> tuple[frozenset[Term], ...]:
            entry = entries.get(term)
            whole = expand(term)
            words: tuple[Term, ...] = entry.parts if entry and "".join(entry.parts) == term else ()
            if entry is not None and entry.canonical is not None:
                words = (entry.canonical,)
            found = tuple(part for word in words for part in parts(word))
            # A quantity is read as such, whatever entry its word has.
            return found if frozenset().union(*found) == whole else (whole,)

        return parts

    @functools.cached_property
    def read_words(self) -> Callable[[str], tuple[frozenset[Term], ...]]:
        """Return the reader of a text's words in order, compounds in their parts."""

        @functools.lru_cache(maxsize=4_096)
        def read_words(text: str) -> tuple[frozenset[Term], ...]:
            tokens = self.segmenter.tokens(text)
            return tuple(part for token in tokens for part in self.parts(token.term))

        return read_words

    @functools.cached_property
    def guess_category(self) -> CategoryGuesser | None:
        """Return the seller's own category model, or None when none was trained."""
        return self.read_category_guesser()

    @functools.cached_property
    def learned(self) -> Learned | None:
        """Return the seller's own model of rates, or None when none was trained."""
        return self.read_learned()

    @functools.cached_property
    def _guesser(self) -> tuple[Guess, str | None]:
        return self.read_guesser()

    @property
    def model_version(self) -> str | None:
        """Return the version of the learned model, or None without one."""
        return self._guesser[1]

    def guess(self, term: Term, is_first: bool) -> tuple[Slot, float]:  # noqa: FBT001 - a fact
        """Return the likeliest slot of a word that no lexicon holds, and its probability."""
        return self._guesser[0](term, is_first)


def build_engine(
    lexicon_dir: Path,
    *,
    extra: Path | None = None,
    cache: Path | None = None,
    models_dir: Path | None = None,
    shipped_models: Path | None = None,
) -> Engine:
    """Return the engine of the lexicon in `lexicon_dir` with `extra` added.

    `cache` is a private folder.

    `models_dir` holds the user's learned models, `shipped_models` those that came with us; without
    a tagger in either, rules of thumb stand in.
    """
    lexicon = load_lexicon(lexicon_dir, extra=extra, cache=cache)
    return Engine(
        lexicon=lexicon,
        segmenter=build_segmenter(lexicon, cache=cache),
        read_rulebook=lambda: load_rulebook(lexicon_dir, extra, cache=cache),
        read_guesser=lambda: _guesser(models_dir, shipped_models),
        read_category_guesser=lambda: _category_guesser(models_dir),
        read_learned=lambda: _learned(models_dir),
        cache=cache,
    )


def _guesser(*folders: Path | None) -> tuple[Guess, str | None]:
    """Return the tagger of the first folder that has one, with its version."""
    for folder in folders:
        found = load_model(folder, "tagger") if folder else None
        if found:
            return Guesser(found[0]), found[1]
    return rule_of_thumb, None


def _category_guesser(models_dir: Path | None) -> CategoryGuesser | None:
    found = load_model(models_dir, "category") if models_dir else None
    return CategoryGuesser(found[0]) if found else None


def _learned(models_dir: Path | None) -> Learned | None:
    found = load_model(models_dir, "demand") if models_dir else None
    return learned_from(*found) if found else None


def tag_text(engine: Engine, text: str, listing: Listing | None = None) -> tuple[TaggedTerm, ...]:
    """Return every word of `text` with its slot.

    The listing's brand, article number and category help.
    """
    return _tag(engine, text, listing.category if listing else None, _known_slots(listing))


def _tag(engine: Engine, text: str, category: str | None, known: Known) -> tuple[TaggedTerm, ...]:
    return tag(
        text,
        engine.segmenter.tokens(text),
        engine.lexicon,
        category=category,
        known=dict(known),
        guess=engine.guess,
        memo=engine.slots_seen,
    )


def _known_slots(listing: Listing | None) -> Known:
    if listing is None:
        return frozenset()
    known: dict[Term, Slot] = {}
    filed = (listing.attributes or {}).get("品牌", ())
    for name in (listing.brand or "/".join(filed)).split("/"):
        if len(normalize(name)) > 1:
            known[normalize(name)] = Slot.BRAND
    if listing.article_number:
        known[normalize(listing.article_number)] = Slot.ARTICLE_NUMBER
    return frozenset(known.items())


def words_of(engine: Engine, listing: Listing | None = None) -> Words:
    """Return how words are read for `listing`; what was tagged once is remembered."""
    category, known = listing.category if listing else None, _known_slots(listing)

    def read(text: str) -> tuple[TaggedTerm, ...]:
        tag_one = engine.tag_short if len(text) <= _SHORT else functools.partial(_tag, engine)
        return tag_one(text, category, known)

    return Words(
        lexicon=engine.lexicon,
        terms=engine.segmenter.terms,
        expand=engine.segmenter.expand,
        head=engine.segmenter.head,
        tag_text=functools.cache(read),
    )


def facts_of(
    engine: Engine,
    listing: Listing,
    tagged: Sequence[TaggedTerm],
    today: str,
    flagged: Sequence[tuple[int, int]] = (),
) -> Facts:
    """Return the facts of `listing`, whose title is given tagged.

    `flagged` spans vouch for nothing.
    """
    return gather_facts(
        listing,
        tagged,
        words_of(engine, listing),
        today=today,
        flagged=flagged,
    )


def inspect(
    engine: Engine,
    listing: Listing,
    tagged: Sequence[TaggedTerm],
    conflicts: Sequence[Conflict],
    today: str,
) -> CheckResult:
    """Return what the rules say of the listing's title, given tagged, and of its conflicts."""
    inspection = Inspection(
        title=listing.title or "",
        listing=listing,
        terms=tuple(tagged),
        conflicts=tuple(conflicts),
        today=today,
        likely_category=_likely_category(engine, listing, tagged),
    )
    return find_violations(inspection, engine.rulebook, engine.is_near)


def _likely_category(engine: Engine, listing: Listing, tagged: Sequence[TaggedTerm]) -> str | None:
    """Return the category the seller's own model is sure of, where it knows the one given."""
    guess = engine.guess_category
    if guess is None or listing.category is None or not guess.knows(listing.category):
        return None
    terms = frozenset(t for item in tagged for t in engine.segmenter.expand(item.term))
    category, probability = guess(terms)
    return category if probability >= _SURE_OF_CATEGORY else None


def conflicts_of(
    engine: Engine, listing: Listing, tagged: Sequence[TaggedTerm], basis: Facts
) -> tuple[Conflict, ...]:
    """Return the pieces of a tagged title that contradict `basis`, the facts of the attributes."""
    return tuple(title_conflicts(tagged, basis, words_of(engine, listing)))


def attribute_facts_of(engine: Engine, listing: Listing, today: str) -> Facts:
    """Return what the attributes alone vouch for, whatever the title says."""
    return facts_of(engine, listing, (), today)


def check(engine: Engine, listing: Listing, today: str) -> CheckReport:
    """Return the misuse in the listing's title, what could not be decided, its consistency."""
    title = listing.title or ""
    tagged = tag_text(engine, title, listing)
    basis = attribute_facts_of(engine, listing, today)
    conflicts = conflicts_of(engine, listing, tagged, basis)
    result = inspect(engine, listing, tagged, conflicts, today)
    return CheckReport(
        listing_id=listing.listing_id,
        violations=result.violations,
        needs_evidence=result.needs_evidence,
        consistency=consistency(
            tagged,
            listing.attributes or {},
            engine.lexicon,
            terms=engine.segmenter.terms,
            kinds=engine.kinds,
            clashes=len(conflicts),
        ),
        width=width(title),
        limit=engine.lexicon.policy.limit,
    )


def blocking_spans(result: CheckResult, title: str) -> list[tuple[int, int]]:
    """Return the spans whose words may not be reused; advice and lengths disqualify nothing.

    A title filed in the wrong category as a whole keeps its words: which of the two is wrong, only
    a person can tell.
    """
    harmless = {"title-length", "repeat-keyword", "duplicate-listing", "missing-element"}
    return [
        (violation.start, violation.end)
        for violation in result.violations
        if violation.severity is not Severity.HINT
        and violation.rule not in harmless
        and not (violation.rule == "category-mismatch" and violation.text == title)
    ]


def make_market(engine: Engine, stats: Sequence[KeywordStat]) -> Market:
    """Return the keyword statistics ready for this engine; their order does not matter."""
    segmenter, entries = engine.segmenter, engine.lexicon.entries

    @functools.cache
    def head_of(term: Term) -> frozenset[Term]:
        entry = entries.get(term)
        names_product = entry is not None and any(r.slot is Slot.PRODUCT for r in entry.readings)
        return segmenter.head(term) if names_product else frozenset()

    return build_market(
        stats,
        engine.lexicon.policy,
        Wording(
            sequence=segmenter.sequence,
            expand=segmenter.expand,
            head_of=head_of,
            is_generic=lambda term: is_generic(term, engine.lexicon),
        ),
        learned=engine.learned,
        fit_by=lambda data: kept_fit(engine.cache, f"{data} {engine.lexicon.version}", _CUTTING),
    )
