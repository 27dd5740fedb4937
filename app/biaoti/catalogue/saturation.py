"""What a shop's titles are worth together: each keyword saturates after `shown` listings.

A search page shows few listings of one shop, and those take shoppers from one another. With the
values that the listings covering a keyword have for it in falling order, v1 >= v2 >= ...,

    shop value of the keyword = sum over j = 1..shown of  v_j * (shown - j + 1) / shown

so the second listing adds less than the first, and one more than `shown` adds nothing. It is the
mean over j of the sum of the j largest values, hence monotone and submodular in the set of
listings. All figures here are integers in units of 1/shown.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Mapping, Sequence

Key = tuple[bool, str]
"""A demand of a shop: whether a report listed it, and its keyword."""

Values = Mapping[Key, int]


class Ledger:
    """Which values cover each keyword of a shop at the moment, smallest first."""

    def __init__(self, shown: int) -> None:
        self._shown = shown
        self._held: dict[Key, list[int]] = {}

    def add(self, covered: Iterable[Key], values: Values) -> None:
        """Note that a listing with `values` covers the keywords `covered`."""
        for key in covered:
            insort(self._held.setdefault(key, []), values[key])

    def remove(self, covered: Iterable[Key], values: Values) -> None:
        """Undo `add`."""
        for key in covered:
            self._held[key].remove(values[key])

    def gain(self, key: Key, value: int) -> int:
        """Return what a further listing that is worth `value` under `key` would add."""
        held = self._held.get(key)
        if not held:
            return value * self._shown
        best = held[-self._shown :]
        return sum(value - v for v in best if v < value) + value * (self._shown - len(best))

    def worth(self) -> int:
        """Return what all that is held is worth."""
        return sum(saturated(held, self._shown) for held in self._held.values())

    def is_served(self, key: Key) -> bool:
        """Tell whether any listing covers `key`."""
        return bool(self._held.get(key))


def saturated(values: Sequence[int], shown: int) -> int:
    """Return what listings of these values are worth together, in units of 1/shown.

    >>> saturated([10], 3), saturated([10, 10], 3), saturated([10, 10, 10, 10], 3)
    (30, 50, 60)
    """
    best = sorted(values, reverse=True)[:shown]
    return sum(value * (shown - place) for place, value in enumerate(best))
