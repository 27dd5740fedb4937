"""A second, sharper and dearer bound (docs/adr/0015); loads numpy when first used.

A demand with missing terms t, u, … is split over their ordered pairs: a candidate that gives t
collects the share of (t, u) through a partner that gives u. Whoever is chosen has room for few
partners, so what it can collect is itself a knapsack of the room it leaves (the upper planes of the
quadratic knapsack: Gallo, Hammer and Simeone 1980). Any split gives a bound; multiplicative weights
move the shares away from the pairs that the relaxation uses, as Caprara, Pisinger and Toth (1999)
do with Lagrange multipliers. All of it is in floats of whole points, with a margin above their
error.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biaoti.assemble.bound import values_of
from biaoti.assemble.model import Model, bits
from biaoti.assemble.nodes import Node

Floats = NDArray[np.float64]
Numbers = NDArray[np.intp]

_MARGIN = 1e-9
_FIRST_ROUNDS = 60
_ROUNDS = 4
_STEP = 0.5
_LAST_STEP = 0.05
_COOLING = 0.97


@dataclass(frozen=True, slots=True)
class Shares:
    """How demands are split: by row, a demand, its term t, its partner term u, and the share."""

    demand: Numbers
    term: Numbers
    partner: Numbers
    share: Floats


@dataclass(frozen=True, slots=True)
class Plane:
    """A bound on the value below a node, what each candidate brings beyond its price, the split."""

    bound: int
    worth: dict[int, float]
    shares: Shares


class Planes:
    """The matrices of one model."""

    def __init__(self, model: Model) -> None:
        """Make ready for the nodes of `model`."""
        self._model = model
        self._terms = len(model.givers)
        self._widths = np.array(model.widths, dtype=np.float64)
        self._gives = np.zeros((len(model.gives), self._terms))
        for index, mask in enumerate(model.gives):
            self._gives[index, bits(mask)] = 1.0
        terms_of = [bits(mask) for mask in model.needs]
        self._row_demand = _numbers([d for d, terms in enumerate(terms_of) for _ in terms])
        self._row_term = _numbers([t for terms in terms_of for t in terms])
        pairs = [(d, t, u) for d, ts in enumerate(terms_of) for t in ts for u in ts if t != u]
        columns = [_numbers(column) for column in zip(*pairs, strict=True)] or [_numbers([])] * 3
        self._every = Shares(columns[0], columns[1], columns[2], np.ones(len(pairs)))

    def bound(self, node: Node, value: int, inherited: Shares | None, enough: int) -> Plane:
        """Return the best bound found below `node`, worth `value` as it is, with a free candidate.

        `inherited` is the split of the node above. Stops once the bound is below `enough`.
        """
        live = _numbers(bits(node.free))
        values = np.array([v // self._model.unit for v in values_of(node, self._model)], np.float64)
        single, shares = self._open(node, values, inherited or self._every)
        gives, widths = self._gives[live], self._widths[live]
        rooms = node.room - widths
        step, rounds = (_STEP, _FIRST_ROUNDS) if inherited is None else (_LAST_STEP, _ROUNDS)
        best, worth, kept = np.inf, np.zeros(len(live)), shares
        for _ in range(rounds):
            collected = gives @ self._by_pair(shares, values)
            partners = (collected * (1.0 - gives)) @ gives.T
            np.fill_diagonal(partners, 0.0)
            inner, used = _filled(partners, widths, rooms)
            profit = gives @ single + (collected * gives).sum(axis=1) + inner
            total, taken, price = _knapsack(profit, widths, node.room)
            if total < best:
                best, worth, kept = total, profit - price * widths, shares
            if value + best + 1 < enough or not len(shares.share):
                break
            strain = gives.T @ ((taken[:, None] * used) @ gives)
            shares = _shifted(shares, step * strain, len(values))
            step = max(_LAST_STEP, step * _COOLING)
        most = value + float(best)
        found = dict(zip(live.tolist(), worth.tolist(), strict=True))
        return Plane(int(most + _MARGIN * abs(most) + _MARGIN), found, kept)

    def _open(self, node: Node, values: Floats, shares: Shares) -> tuple[Floats, Shares]:
        """Return by term the value of demands lacking only it, and the split of the others."""
        held, possible = np.zeros(self._terms, bool), np.zeros(self._terms, bool)
        held[bits(node.held)] = True
        possible[held | (self._gives[bits(node.free)].sum(axis=0) > 0)] = True
        is_missing = ~held[self._row_term]
        count = len(values)
        lacks = np.bincount(self._row_demand, weights=is_missing, minlength=count)
        is_lost = ~possible[self._row_term]
        lost = np.bincount(self._row_demand, weights=is_lost, minlength=count) > 0
        last = is_missing & (lacks[self._row_demand] == 1) & ~lost[self._row_demand]
        single = _sums(self._row_term[last], values[self._row_demand[last]], self._terms)
        stays = ~(lost[shares.demand] | held[shares.term] | held[shares.partner])
        demand, share = shares.demand[stays], shares.share[stays]
        whole = np.bincount(demand, weights=share, minlength=count)[demand]
        kept = Shares(demand, shares.term[stays], shares.partner[stays], share / whole)
        return single, kept

    def _by_pair(self, shares: Shares, values: Floats) -> Floats:
        """Return the value shared out to each ordered pair of terms."""
        pair = shares.term * self._terms + shares.partner
        found = _sums(pair, shares.share * values[shares.demand], self._terms**2)
        return found.reshape(self._terms, self._terms)


def _sums(keys: Numbers, weights: Floats, count: int) -> Floats:
    """Return for each key below `count` the sum of its weights."""
    return np.bincount(keys, weights=weights, minlength=count).astype(np.float64)


def _numbers(numbers: object) -> Numbers:
    return np.array(numbers, dtype=np.intp)


def _shifted(shares: Shares, strain: Floats, demands: int) -> Shares:
    """Return the split with less on the pairs under strain; each demand is still split whole."""
    # Shares stay above the smallest float, so that no demand's ever vanish together.
    share = shares.share * np.exp(-strain[shares.term, shares.partner]) + 1e-12
    whole = np.bincount(shares.demand, weights=share, minlength=demands)[shares.demand]
    return Shares(shares.demand, shares.term, shares.partner, share / whole)


def _filled(profits: Floats, widths: Floats, rooms: Floats) -> tuple[Floats, Floats]:
    """Return for each row of `profits` the most its room holds, and the share taken of each."""
    order = np.argsort(-profits / widths, axis=1)
    wide = widths[order]
    before = np.cumsum(wide, axis=1) - wide
    share = np.clip((rooms[:, None] - before) / wide, 0.0, 1.0)
    used = np.empty_like(share)
    np.put_along_axis(used, order, share, axis=1)
    return (profits * used).sum(axis=1), used


def _knapsack(profit: Floats, widths: Floats, room: int) -> tuple[float, Floats, float]:
    """Return the most the room holds, the share taken of each, and the price of a byte."""
    order = np.argsort(-profit / widths)
    before = np.cumsum(widths[order]) - widths[order]
    share = np.clip((room - before) / widths[order], 0.0, 1.0)
    taken = np.empty_like(share)
    taken[order] = share
    partial = order[share < 1.0]
    price = float(profit[partial[0]] / widths[partial[0]]) if partial.size else 0.0
    return float(profit @ taken), taken, price
