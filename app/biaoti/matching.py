"""Does a title answer a keyword? Coverage is the engine's own question; relevance is a person's."""

from __future__ import annotations

from biaoti.engine import Engine, facts_of, tag_text
from biaoti.errors import ListingError
from biaoti.facts import rule_on
from biaoti.records import Listing, MatchReport, Verdict
from biaoti.text import normalize

# A title may say the same in other words: terms count most, pairs of characters forgive a different
# cut, single characters a different word of the same stem (benchmarks/README.md has the measure).
_TERM_WEIGHT, _PAIR_WEIGHT, _CHARACTER_WEIGHT = 0.4, 0.4, 0.2


def match(
    engine: Engine, keyword: str, title: str, listing: Listing | None, *, today: str
) -> MatchReport:
    """Return whether `title` covers `keyword` (every term), in what share, how relevant it reads.

    `eligible` needs a listing: None without one. Raises ListingError for a keyword without a word.
    """
    needs = engine.segmenter.terms(keyword)
    if not needs:
        raise ListingError(f"keyword: found {keyword!r}, expected at least one word")
    held = engine.segmenter.terms(title)
    missing = sorted(needs - held)
    reasons = [f"标题缺少: {term}" for term in missing]
    eligible = None
    if listing is not None:
        against = _objections(engine, sorted(needs), listing, title, today)
        eligible = not against
        reasons += against
    share = len(needs & held) / len(needs)
    return MatchReport(
        keyword=keyword,
        title=title,
        covered=not missing,
        coverage=share,
        relevance=relevance(keyword, title, share),
        eligible=eligible,
        reasons=tuple(reasons),
    )


def relevance(keyword: str, title: str, term_share: float) -> float:
    """Return 0..1: how much of `keyword` the title says, in terms, pairs of characters, characters.

    >>> relevance("手机壳", "手机壳", 1.0)
    1.0
    """
    wanted, given = "".join(normalize(keyword).split()), normalize(title)
    pairs = {wanted[i : i + 2] for i in range(len(wanted) - 1)} or {wanted}
    pair_share = sum(pair in given for pair in pairs) / len(pairs)
    characters = set(wanted)
    character_share = sum(character in given for character in characters) / max(1, len(characters))
    return round(
        _TERM_WEIGHT * term_share + _PAIR_WEIGHT * pair_share + _CHARACTER_WEIGHT * character_share,
        6,
    )


def _objections(
    engine: Engine, needs: list[str], listing: Listing, title: str, today: str
) -> list[str]:
    tagged = tag_text(engine, listing.title or title, listing)
    facts = facts_of(engine, listing, tagged, today)
    objections = []
    for term in engine.segmenter.terms(" ".join(needs)):
        ruling = rule_on(term, facts, engine.lexicon)
        if ruling.verdict is Verdict.CONFLICT:
            objections.append(f"与事实冲突: {term} ({ruling.against})")
        elif ruling.verdict is Verdict.UNSUPPORTED:
            objections.append(f"没有依据: {term}")
    return sorted(objections)
