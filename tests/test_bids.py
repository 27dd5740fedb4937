"""Paid search: the break-even bid is rebuilt from its parts; what surely earns comes first."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biaoti.errors import ListingError
from biaoti.keywords import Bid, Terms, Verdict, bids
from biaoti.keywords.bids import terms_of
from biaoti.records import KeywordStat, Listing, credible_range
from biaoti.score import Appraisal, Estimate

TERMS = Terms(price=100.0, gross_margin=0.4)


def appraised(rate: float, spread: float = 0.3, demand: float = 1.0) -> Appraisal:
    """Return what is known of a keyword that converts at `rate`."""
    return Appraisal(
        demand=Estimate(demand, 0.0),
        click_through_rate=Estimate(0.5, 0.0),
        conversion_rate=Estimate(rate, spread),
        supply=Estimate(1.0, 0.0),
        tmall_share=0.0,
    )


def bid(
    rate: float,
    cost: float | None,
    *,
    spread: float = 0.3,
    terms: Terms = TERMS,
    keyword: str = "裙",
) -> Bid:
    """Return the bid of a keyword that costs `cost` a click."""
    stat = KeywordStat(keyword=keyword, cost_per_click=cost)
    return bids([(stat, appraised(rate, spread))], terms)[0]


@given(
    rate=st.floats(0.001, 1),
    spread=st.floats(0, 2),
    price=st.floats(0.1, 1e5),
    margin=st.floats(0.01, 1),
    basket=st.none() | st.floats(0.1, 1e5),
)
@settings(derandomize=True, deadline=None)
def test_the_break_even_is_conversion_times_order_value_times_margin(
    rate: float, spread: float, price: float, margin: float, basket: float | None
) -> None:
    terms = Terms(price=price, gross_margin=margin, basket=basket)
    found = bid(rate, None, spread=spread, terms=terms)
    assert found.parts == {
        "conversion_rate": rate,
        "order_value": price if basket is None else basket,
        "gross_margin": margin,
    }
    assert found.break_even.mean == math.prod(found.parts.values())
    assert credible_range(found.break_even.mean, found.break_even.spread) == found.break_even


@pytest.mark.parametrize(
    ("cost", "verdict"),
    [
        pytest.param(0.5, Verdict.EARNS, id="below the whole range"),
        pytest.param(1.9, Verdict.TEST, id="below the expected, inside the range"),
        pytest.param(2.5, Verdict.LOSES, id="above the expected"),
        pytest.param(None, Verdict.UNKNOWN, id="no cost known"),
    ],
)
def test_a_click_earns_when_it_costs_less_than_break_even(
    cost: float | None, verdict: Verdict
) -> None:
    found = bid(0.05, cost)
    assert found.break_even.mean == pytest.approx(2.0)
    assert found.verdict is verdict
    assert (found.chance is None) is (cost is None)


def test_the_chance_falls_as_the_cost_grows_and_is_a_half_at_the_median() -> None:
    chances = [bid(0.05, cost).chance for cost in (0.1, 1.0, 2.0, 4.0)]
    assert chances == sorted((c for c in chances if c is not None), reverse=True)
    assert bid(0.05, 2.0 * math.exp(-(0.3**2) / 2)).chance == pytest.approx(0.5)
    assert bid(0.05, 1.0, spread=0.0).chance == 1.0
    assert bid(0.05, 3.0, spread=0.0).chance == 0.0


def test_what_earns_comes_first_then_tests_then_unknown_then_losses_by_what_is_left() -> None:
    found = bids(
        [
            (KeywordStat(keyword="亏", cost_per_click=9.0), appraised(0.05)),
            (KeywordStat(keyword="不明"), appraised(0.05)),
            (KeywordStat(keyword="测", cost_per_click=1.9), appraised(0.05)),
            (KeywordStat(keyword="小", cost_per_click=0.1), appraised(0.05, demand=1.0)),
            (KeywordStat(keyword="大", cost_per_click=0.1), appraised(0.05, demand=9.0)),
        ],
        TERMS,
    )
    assert [item.keyword for item in found] == ["大", "小", "测", "不明", "亏"]


@pytest.mark.parametrize(
    ("listing", "message"),
    [
        pytest.param(Listing(), "price, gross_margin", id="nothing"),
        pytest.param(Listing(price=9.0), "gross_margin", id="no margin"),
        pytest.param(Listing(price=0.0, gross_margin=0.5), "price: found 0.0", id="free"),
        pytest.param(Listing(price=9.0, gross_margin=40.0), "found 40.0", id="percent"),
    ],
)
def test_impossible_terms_are_refused_by_name(listing: Listing, message: str) -> None:
    with pytest.raises(ListingError, match=message):
        terms_of(listing)


def test_the_basket_takes_the_place_of_the_price() -> None:
    listing = Listing(price=50.0, gross_margin=0.5)
    assert terms_of(listing).order_value == 50.0
    assert terms_of(listing, 120.0).order_value == 120.0
    with pytest.raises(ListingError, match="basket"):
        terms_of(listing, math.nan)
