"""What no choice of a shop's titles can exceed: the Lagrangian relaxation of the plan.

The shop value of a keyword is the mean over j = 1..shown of the sum of the j largest values, and
for any price p >= 0 the sum of the j largest of some values is at most j * p + the sum of max(0,
v - p) over all of them.
So with a price for every keyword and place j the listings come apart:

    shop value  <=  sum over keywords and j of j * p  +  sum over listings of the best title's
                    worth when a keyword is worth  sum over j of max(0, v - p)

and the prices are moved by subgradients (Polyak's step) towards the least such bound.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from biaoti.assemble import Assembly
from biaoti.catalogue.saturation import Key, Values

_PATIENCE = 3
_LEAST_STEP = 1 / 64

Worth = Callable[[Key, int], int]
Relax = Callable[[int, Worth], tuple[Assembly, tuple[Key, ...]]]
Prices = dict[Key, list[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How long to look for a better bound: rounds of prices, and the gap that is small enough."""

    rounds: int
    gap: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxed:
    """The least bound met, in units of 1/shown, and the choices that the listings made there."""

    bound: int
    chosen: tuple[tuple[int, ...], ...]


def bound_of(
    values: Sequence[Values],
    relax: Relax,
    known: Sequence[Sequence[Key]],
    *,
    shown: int,
    effort: Effort,
    floor: int,
) -> Relaxed:
    """Return the least bound met before the effort is spent or the gap to `floor` is small enough.

    `known` says what each listing covers in a choice that is worth `floor`.

    `relax` answers for one listing: its best title under given worths, and what that covers.
    """
    prices = _first_prices(values, known, shown)
    best = Relaxed(bound=-1, chosen=())
    step, idle = 1.0, 0
    for _ in range(effort.rounds):
        bound, chosen, surplus = _round(values, relax, prices, shown)
        is_less = best.bound < 0 or bound < best.bound
        if is_less:
            best = Relaxed(bound=bound, chosen=chosen)
        idle = 0 if is_less else idle + 1
        if idle == _PATIENCE:
            step, idle = step / 2, 0
        if (
            best.bound - floor <= effort.gap * best.bound
            or step < _LEAST_STEP
            or not _move(prices, surplus, step * (bound - floor))
        ):
            break
    return best if best.bound >= 0 else Relaxed(bound=_no_prices(values, shown), chosen=())


def _first_prices(values: Sequence[Values], covered: Sequence[Sequence[Key]], shown: int) -> Prices:
    """Return the prices to begin with, from a known choice: what many hold has little left.

    Where m listings cover a keyword, the j-th place is asked m - j times too often.
    """
    held: dict[Key, list[int]] = defaultdict(list)
    for own, keys in zip(values, covered, strict=True):
        for key in keys:
            held[key].append(own[key])
    prices = {key: [0] * shown for own in values for key in own}
    for key, found in held.items():
        m = len(found)
        prices[key] = [max(found) * max(0, m - j) // m for j in range(1, shown + 1)]
    return prices


def _no_prices(values: Sequence[Values], shown: int) -> int:
    """Return the bound that needs no prices: every keyword saturated with its largest values."""
    return sum(value * shown for own in values for value in own.values())


def _round(
    values: Sequence[Values], relax: Relax, prices: Prices, shown: int
) -> tuple[int, tuple[tuple[int, ...], ...], dict[Key, list[int]]]:
    """Return the bound under `prices`, the choices, and by how much each place is over-asked."""

    def worth(key: Key, value: int) -> int:
        return sum(value - price for price in prices[key] if price < value)

    bound = sum(place * price for row in prices.values() for place, price in enumerate(row, 1))
    surplus = {key: [-place for place in range(1, shown + 1)] for key in prices}
    chosen = []
    for index, own in enumerate(values):
        answer, covered = relax(index, worth)
        bound += answer.bound
        chosen.append(answer.chosen)
        for key in covered:
            row, asked = prices[key], surplus[key]
            for place, price in enumerate(row):
                asked[place] += price < own[key]
    return bound, tuple(chosen), surplus


def _move(prices: Prices, surplus: dict[Key, list[int]], length: float) -> bool:
    """Raise the prices of places asked too often, lower the others; tell whether any changed."""
    pulls = [
        (key, place, pull)
        for key, row in surplus.items()
        for place, pull in enumerate(row)
        if pull > 0 or prices[key][place] > 0
    ]
    norm = sum(pull * pull for *_, pull in pulls)
    if not norm:
        return False
    is_moved = False
    for key, place, pull in pulls:
        old = prices[key][place]
        new = max(0, old + round(length * pull / norm))
        prices[key][place] = new
        is_moved |= new != old
    return is_moved
