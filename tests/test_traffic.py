"""What already earns is priced: a title that drops it must win more elsewhere than it loses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from biaoti.brief import Options
from biaoti.engine import Engine, make_market
from biaoti.optimize import score, suggest
from biaoti.records import Interval, KeywordStat, Listing, Term
from biaoti.score import Market, traffic_demand

ROOT = Path(__file__).parents[1]
TODAY = "2026-06-15"
# Room for the product and one more word, so that one has to go.
TIGHT = Options(limit=10)
DRESS = Listing(
    title="碎花连衣裙",
    category="女装>连衣裙",
    attributes={"风格": ("法式",), "图案": ("碎花",)},
)


def market(engine: Engine) -> Market:
    """Return a market in which 法式 is worth more than 碎花."""
    rows = (("法式连衣裙", 1_400), ("碎花连衣裙", 500), ("连衣裙", 700))
    return make_market(
        engine, [KeywordStat(keyword=k, demand_index=Interval(n, n)) for k, n in rows]
    )


def test_a_title_that_drops_a_well_earning_word_is_beaten_by_one_that_keeps_it(
    engine: Engine,
) -> None:
    found = market(engine)
    without = suggest(engine, DRESS, found, TIGHT, today=TODAY)
    earning = replace(DRESS, traffic_terms={"碎花连衣裙": 300})
    kept = suggest(engine, earning, found, TIGHT, today=TODAY)
    assert without.best.title == "法式连衣裙"
    assert kept.best.title == "碎花连衣裙"


def test_few_visitors_beside_many_do_not_hold_a_word(engine: Engine) -> None:
    listing = replace(DRESS, traffic_terms={"碎花连衣裙": 1, "连衣裙": 300})
    assert suggest(engine, listing, market(engine), TIGHT, today=TODAY).best.title == "法式连衣裙"


def test_the_price_of_a_traffic_word_stands_in_the_ledger_and_among_the_covered(
    engine: Engine,
) -> None:
    found = market(engine)
    listing = replace(DRESS, traffic_terms={"碎花连衣裙": 300})
    report = score(engine, listing, found, TIGHT, today=TODAY)
    lines = [line for line in report.ledger if line.is_traffic]
    assert [(line.keyword, line.is_covered) for line in lines] == [("碎花连衣裙", True)]
    assert report.value == sum(line.value for line in report.ledger if line.is_covered)
    plain = score(engine, DRESS, found, TIGHT, today=TODAY)
    assert lines[0].value == plain.value
    best = suggest(engine, listing, found, TIGHT, today=TODAY).best
    caught = [keyword for keyword in best.covered if keyword.is_traffic]
    assert [keyword.value for keyword in caught] == [lines[0].value]


def test_a_traffic_word_that_is_given_up_is_named_among_the_missed(engine: Engine) -> None:
    listing = replace(DRESS, traffic_terms={"碎花连衣裙": 1, "连衣裙": 300})
    best = suggest(engine, listing, market(engine), TIGHT, today=TODAY).best
    assert [k.keyword for k in best.missed if k.is_traffic] == ["碎花连衣裙"]


def test_a_traffic_word_that_nobody_vouches_for_is_never_used(engine: Engine) -> None:
    listing = replace(DRESS, title=None, traffic_terms={"真丝连衣裙": 999})
    best = suggest(engine, listing, market(engine), Options(), today=TODAY).best
    assert "真丝" not in best.title


def terms(text: str) -> frozenset[Term]:
    """Return the words of a text that are parted by spaces."""
    return frozenset(Term(word) for word in text.split())


def demands(visitors: dict[str, float], earned: float) -> dict[str, int]:
    """Return the value of each traffic word."""
    found = traffic_demand(
        visitors, terms=terms, sequence=lambda t: tuple(map(Term, t.split())), earned=earned
    )
    assert all(demand.is_traffic and demand.needs == terms(demand.keyword) for demand in found)
    return {demand.keyword: demand.value for demand in found}


@pytest.mark.parametrize(
    ("visitors", "earned", "expected"),
    [
        pytest.param({"裙": 30, "衫": 10}, 800, {"裙": 600, "衫": 200}, id="by visitors"),
        pytest.param({"裙": 30, "衫": 10}, 0, {"裙": 1_500, "衫": 500}, id="no title yet"),
        pytest.param({"裙": 0, " ": 9, "衫": 1}, 70, {"衫": 70}, id="what says or brings nothing"),
        pytest.param({"裙": 1e9, "衫": 1}, 70, {"裙": 70, "衫": 1}, id="at least a point"),
        pytest.param({}, 70, {}, id="none"),
    ],
)
def test_all_visitors_together_are_worth_what_the_title_earns(
    visitors: dict[str, float], earned: float, expected: dict[str, int]
) -> None:
    assert demands(visitors, earned) == expected
