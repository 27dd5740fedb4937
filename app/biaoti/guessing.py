"""The slot of a word that no lexicon holds.

A linear model over its characters, as plain numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from biaoti.records import Slot, Term

_LONGEST = 6
# Log-odds of being a name by place alone: sellers put the brand first; the lexicon's brands are all
# names.
# Calling a word a product decides what the listing is, so it takes more certainty than any other
# slot; a word
# the model is unsure of is most often a name of the seller's own.
_SURE, _SURE_OF_PRODUCT = 0.5, 0.9
_NAMELESS, _UNSURE = Slot.SERIES, 0.3
_BRAND_FIRST, _BRAND_LATER = 0.0, -4.0


def features(term: str) -> Iterator[str]:
    """Yield what the model sees of a word: its ends, its characters, its length and script."""
    yield f"last1={term[-1]}"
    yield f"last2={term[-2:]}"
    yield f"first1={term[0]}"
    yield f"first2={term[:2]}"
    yield f"length={min(len(term), _LONGEST)}"
    yield "script=latin" if term.isascii() else "script=han"
    for character in sorted(set(term)):
        yield f"has={character}"
    for start in range(len(term) - 1):
        yield f"pair={term[start : start + 2]}"


class Guesser:
    """Slot and probability of an unknown word; built from the numbers that `training` writes."""

    def __init__(self, numbers: Mapping[str, Any]) -> None:
        self._slots = [Slot(name) for name in numbers["slots"]]
        self._bias: Sequence[int] = numbers["bias"]
        self._weights: Mapping[str, Sequence[int]] = numbers["weights"]
        self._scale: int = numbers["scale"]

    def __call__(self, term: Term, is_first: bool) -> tuple[Slot, float]:  # noqa: FBT001 - a fact, not a flag
        """Return the likeliest slot of `term` and its probability.

        The first word of a title is often a name.
        """
        totals = list(self._bias)
        for feature in features(term):
            for index, weight in enumerate(self._weights.get(feature, ())):
                totals[index] += weight
        scores = [total / self._scale for total in totals]
        if Slot.BRAND in self._slots:
            place = _BRAND_FIRST if is_first else _BRAND_LATER
            scores[self._slots.index(Slot.BRAND)] += place
        highest = max(scores)
        powers = [math.exp(score - highest) for score in scores]
        best = scores.index(highest)
        slot, share = self._slots[best], round(powers[best] / math.fsum(powers), 4)
        is_rash = slot is Slot.PRODUCT and (len(term) == 1 or share < _SURE_OF_PRODUCT)
        return (_NAMELESS, _UNSURE) if is_rash or share < _SURE else (slot, share)


class CategoryGuesser:
    """The category of a title by its terms; built from the numbers that `training` writes."""

    def __init__(self, numbers: Mapping[str, Any]) -> None:
        self._categories: Sequence[str] = numbers["categories"]
        self._bias: Sequence[int] = numbers["bias"]
        self._weights: Mapping[str, Sequence[int]] = numbers["weights"]
        self._scale: int = numbers["scale"]

    def knows(self, category: str) -> bool:
        """Tell whether the model was trained on this very category."""
        return category in self._categories

    def __call__(self, terms: frozenset[Term]) -> tuple[str, float]:
        """Return the likeliest category of a title with `terms`, and its probability."""
        totals = list(self._bias)
        for term in sorted(terms):
            for index, weight in enumerate(self._weights.get(term, ())):
                totals[index] += weight
        highest = max(totals)
        powers = [math.exp((total - highest) / self._scale) for total in totals]
        best = totals.index(highest)
        return self._categories[best], powers[best] / math.fsum(powers)
