"""Paid search (直通车/万相台): what a click of a keyword may cost, and which are worth a test.

    break-even cost per click = conversion_rate * order value * gross margin

A click that costs less earns, one that costs more loses. The order value is the average basket when
it is known (客单价), else the price.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist

from biaoti.errors import ListingError
from biaoti.records import KeywordStat, Listing, ValueRange, credible_range
from biaoti.score import Appraisal


class Verdict(StrEnum):
    """What the market's cost per click means for a keyword."""

    EARNS = "earns"  # the whole credible range of its break-even lies above the cost
    TEST = "test"  # the expected break-even does, the low end does not
    LOSES = "loses"
    UNKNOWN = "unknown"  # nobody says what a click costs


_ORDER = (Verdict.EARNS, Verdict.TEST, Verdict.UNKNOWN, Verdict.LOSES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What an order brings: yuan, and the share of it that is left after cost of goods."""

    price: float
    gross_margin: float
    basket: float | None = None

    def __post_init__(self) -> None:
        """Refuse what no shop has. Raises ListingError."""
        for name, figure in (("price", self.price), ("basket", self.basket)):
            if figure is not None and not (math.isfinite(figure) and figure > 0):
                raise ListingError(f"{name}: found {figure}, expected an amount above 0 yuan")
        if not 0 < self.gross_margin <= 1:
            raise ListingError(
                f"gross_margin: found {self.gross_margin}, expected a share above 0 and up to 1"
            )

    @property
    def order_value(self) -> float:
        """Return the yuan of an order: the average basket when it is known, else the price."""
        return self.price if self.basket is None else self.basket


@dataclass(frozen=True, slots=True, kw_only=True)
class Bid:
    """The most a click of a keyword may cost, in yuan, beside what it costs in the market.

    `parts` multiply to `break_even.mean`. `chance` is the probability that the break-even lies
    above the market's cost, None where that is unknown.
    """

    keyword: str
    break_even: ValueRange
    cost_per_click: float | None
    verdict: Verdict
    chance: float | None
    parts: dict[str, float]


def terms_of(listing: Listing, basket: float | None = None) -> Terms:
    """Return the terms of a listing. Raises ListingError without a price or a gross margin."""
    missing = [name for name in ("price", "gross_margin") if getattr(listing, name) is None]
    if missing:
        raise ListingError(f"{', '.join(missing)}: found nothing, expected them to reckon bids")
    return Terms(
        price=listing.price or 0.0, gross_margin=listing.gross_margin or 0.0, basket=basket
    )


def bids(keywords: Sequence[tuple[KeywordStat, Appraisal]], terms: Terms) -> tuple[Bid, ...]:
    """Return a bid for each keyword; `keywords` come from a market that knows conversion rates.

    What surely earns comes first, then what is worth a test, then what nobody knows the cost of,
    then what loses; within each, what leaves the most yuan to all who click it first, then by text.
    """
    found = [
        (bid, _yield(bid, appraisal))
        for stat, appraisal in keywords
        for bid in (_bid(stat, appraisal, terms),)
    ]
    found.sort(key=lambda pair: (_ORDER.index(pair[0].verdict), -pair[1], pair[0].keyword))
    return tuple(bid for bid, _ in found)


def _bid(stat: KeywordStat, appraisal: Appraisal, terms: Terms) -> Bid:
    rate = appraisal.conversion_rate
    parts = {
        "conversion_rate": rate.mean,
        "order_value": terms.order_value,
        "gross_margin": terms.gross_margin,
    }
    break_even = credible_range(math.prod(parts.values()), rate.spread)
    cost = stat.cost_per_click
    return Bid(
        keyword=stat.keyword,
        break_even=break_even,
        cost_per_click=cost,
        verdict=_verdict(break_even, cost),
        chance=_chance(break_even, cost),
        parts=parts,
    )


def _verdict(break_even: ValueRange, cost: float | None) -> Verdict:
    if cost is None:
        return Verdict.UNKNOWN
    if break_even.low > cost:
        return Verdict.EARNS
    return Verdict.TEST if break_even.mean > cost else Verdict.LOSES


def _chance(break_even: ValueRange, cost: float | None) -> float | None:
    if cost is None:
        return None
    if cost <= 0 or break_even.spread == 0:
        return float(break_even.mean > cost)
    middle = math.log(break_even.mean) - break_even.spread**2 / 2
    return NormalDist().cdf((middle - math.log(cost)) / break_even.spread)


def _yield(bid: Bid, appraisal: Appraisal) -> float:
    """Return what all clicks of a keyword leave, in units of the report's demand."""
    left = bid.break_even.mean - (bid.cost_per_click or 0.0)
    return left * appraisal.demand.mean * appraisal.click_through_rate.mean
