"""What a listing's own traffic words (引流词, 成交词) already earn -> demands of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from biaoti.records import Demand, Term

# Without a title whose worth says what the visitors are worth, the average traffic word is worth a
# typical keyword.
_TYPICAL_POINTS = 1_000.0


def traffic_demand(
    visitors: Mapping[str, float],
    *,
    terms: Callable[[str], frozenset[Term]],
    sequence: Callable[[str], tuple[Term, ...]],
    earned: float,
) -> list[Demand]:
    """Return a demand for each traffic word: what is lost when a title drops it, in points.

    Visitors are counts and points are not, so only one thing is assumed of them: the visitors a
    listing has came by its current title, hence all of them together are worth `earned`, the points
    that title catches in the market. Each word's share of the visitors is its share of that.
    `terms` and `sequence` read a text. Words that say nothing or bring nobody make no demand.
    """
    kept = {text: count for text, count in sorted(visitors.items()) if count > 0 and terms(text)}
    total = sum(kept.values())
    if not total:
        return []
    scale = (earned or _TYPICAL_POINTS * len(kept)) / total
    return [
        Demand(
            keyword=text,
            needs=terms(text),
            sequence=sequence(text),
            value=max(1, round(count * scale)),
            is_traffic=True,
        )
        for text, count in kept.items()
    ]
