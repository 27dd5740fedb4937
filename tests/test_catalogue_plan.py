"""A shop's titles chosen together: no worse than alone, never above the bound, by an oracle."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import combinations, product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biaoti.answers import Session, Wishes
from biaoti.assemble import Problem, assemble, held_terms, is_allowed
from biaoti.brief import Brief, prepare
from biaoti.catalogue import shops
from biaoti.catalogue.plan import Member, key_of, make_member, make_plan, worth_of
from biaoti.catalogue.prices import Effort, bound_of
from biaoti.catalogue.rewriting import Job
from biaoti.catalogue.rows import KEPT, REWRITTEN, SHOP_VALUE, TITLE, Row
from biaoti.catalogue.saturation import Ledger, saturated
from biaoti.catalogue.shops import plan_shop, report_of
from biaoti.encode import plain
from biaoti.engine import Engine, make_market
from biaoti.listings import load_aliases
from biaoti.records import Candidate, Demand, Interval, KeywordStat, Listing, Slot, Term

ROOT = Path(__file__).parents[1]
EFFORT = Effort(rounds=12, gap=0.0)
WORDS = tuple(Term(name) for name in "abcdef")


def shop(seed: int, *, listings: int, words: int = 5) -> list[Member]:
    """Return a small shop: the same words and keywords, here and there worth something else."""
    draw = random.Random(seed)  # noqa: S311 - no secret
    needs = [frozenset(draw.sample(WORDS[:words], k=draw.randint(1, 2))) for _ in range(6)]
    members = []
    for _ in range(listings):
        demands = tuple(
            Demand(keyword="".join(sorted(need)), needs=need, value=draw.randint(1, 9))
            for need in dict.fromkeys(needs)
        )
        candidates = tuple(
            Candidate(
                text=word, slot=Slot.FEATURE, evidence="title", width=1, gives=frozenset({word})
            )
            for word in WORDS[:words]
        )
        members.append(make_member(Problem(candidates=candidates, demands=demands, limit=2)))
    return members


def best_together(members: list[Member], shown: int) -> int:
    """Return the most that any choice of titles is worth, by trying every one."""
    choices = [
        [
            member.covered(held_terms(member.problem, chosen))
            for size in range(len(member.problem.candidates) + 1)
            for chosen in combinations(range(len(member.problem.candidates)), size)
            if is_allowed(member.problem, chosen)
        ]
        for member in members
    ]
    return max(worth_of(members, covered, shown) for covered in product(*choices))


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize("shown", [1, 2, 3])
def test_the_bound_holds_and_no_plan_is_worse_than_titles_chosen_alone(
    seed: int, shown: int
) -> None:
    members = shop(seed, listings=3)
    plan = make_plan(members, assemble, shown=shown, effort=EFFORT)
    best = best_together(members, shown)
    assert plan.alone <= plan.value <= best <= plan.bound
    covered = [m.covered_by(chosen) for m, chosen in zip(members, plan.chosen, strict=True)]
    assert plan.value == worth_of(members, covered, shown)


@pytest.mark.parametrize("seed", range(25))
def test_no_listing_alone_can_do_better_than_in_the_plan(seed: int) -> None:
    members = shop(seed, listings=4)
    plan = make_plan(members, assemble, shown=2, effort=EFFORT)
    covered = [m.covered_by(chosen) for m, chosen in zip(members, plan.chosen, strict=True)]
    for place, member in enumerate(members):
        for size in range(3):
            for chosen in combinations(range(len(member.problem.candidates)), size):
                moved = [*covered]
                moved[place] = member.covered_by(chosen)
                if is_allowed(member.problem, chosen):
                    assert worth_of(members, moved, 2) <= plan.value


def test_listings_that_are_the_same_end_with_different_titles() -> None:
    members = [shop(1, listings=1, words=6)[0]] * 3
    plan = make_plan(members, assemble, shown=2, effort=EFFORT)
    assert len(set(plan.chosen)) == 3
    assert plan.value > plan.alone


def test_equal_shops_get_equal_plans() -> None:
    first, second = (
        make_plan(shop(3, listings=5), assemble, shown=3, effort=EFFORT) for _ in range(2)
    )
    assert first == second


@given(
    values=st.lists(st.integers(0, 30), max_size=8),
    value=st.integers(0, 30),
    shown=st.integers(1, 4),
)
@settings(max_examples=300)
def test_the_gain_of_one_more_listing_is_what_the_shop_is_worth_with_it(
    values: list[int], value: int, shown: int
) -> None:
    key = (True, "裙")
    ledger = Ledger(shown)
    for number in values:
        ledger.add([key], {key: number})
    before, gain = ledger.worth(), ledger.gain(key, value)
    assert before == saturated(values, shown)
    ledger.add([key], {key: value})
    assert ledger.worth() - before == gain
    assert ledger.gain(key, value) <= gain
    ledger.remove([key], {key: value})
    assert ledger.worth() == before


@given(values=st.lists(st.integers(0, 30), max_size=7), shown=st.integers(1, 4))
def test_a_keyword_is_worth_the_falling_shares_of_its_best_listings(
    values: list[int], shown: int
) -> None:
    best = sorted(values, reverse=True)[:shown]
    parts = [value * (shown - place) / shown for place, value in enumerate(best)]
    assert saturated(values, shown) == pytest.approx(shown * sum(parts))


def test_without_rounds_the_bound_is_every_keyword_saturated() -> None:
    members = shop(2, listings=2)
    found = bound_of(
        [m.values for m in members],
        lambda *_: pytest.fail("asked"),
        [(), ()],
        shown=2,
        effort=Effort(rounds=0, gap=0.0),
        floor=0,
    )
    assert found.bound == 2 * sum(sum(m.values.values()) for m in members)


def test_listed_and_expected_demand_of_one_text_stay_apart() -> None:
    listed = Demand(keyword="裙", needs=frozenset({Term("裙")}), value=1)
    assert key_of(listed) != key_of(replace(listed, is_listed=False))


# ---- rows --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def job(engine: Engine) -> Job:
    """Return a job whose market asks for three kinds of dress."""
    words = (
        "连衣裙",
        "法式连衣裙",
        "碎花连衣裙",
        "复古连衣裙",
        "收腰连衣裙",
        "雪纺连衣裙",
        "蕾丝连衣裙",
    )
    stats = [
        KeywordStat(keyword=word, demand_index=Interval(1000.0 / n, 1000.0 / n))
        for n, word in enumerate(words, start=1)
    ]
    session = Session(
        engine=engine,
        aliases=load_aliases(ROOT / "lexicon" / "listing_aliases.tsv"),
        market=make_market(engine, stats),
        today=lambda: "2026-06-01",
    )
    return Job(session=session, wishes=Wishes(limit=14), report=str)


def rows_of(count: int) -> list[Row]:
    attributes = {
        "风格": ["法式", "复古"],
        "图案": "碎花",
        "腰型": "收腰",
        "面料": ["雪纺", "蕾丝"],
    }
    good = [
        Row(
            number=number,
            cells=None,
            listing={"title": "连衣裙", "category": "女装>连衣裙", "attributes": attributes},
            title="连衣裙",
        )
        for number in range(1, count + 1)
    ]
    bad = Row(number=count + 1, cells=None, listing={"titel": "裙"}, title="裙")
    return [*good, bad, replace(bad, number=count + 2, problem="空行")]


def test_similar_listings_of_a_shop_get_different_titles_and_bad_rows_stay(job: Job) -> None:
    outcomes, report = plan_shop(rows_of(4), job)
    titles = [outcome.cells[TITLE] for outcome in outcomes]
    assert len(set(titles[:4])) >= 3
    assert titles[4:] == ["裙", "裙"]
    assert "titel" in str(outcomes[4].cells["状态"])
    assert (report.listings, report.planned) == (6, 4)
    assert report.current <= report.alone <= report.value <= report.bound
    assert 0 <= report.gap < 1


def test_what_the_seller_wrote_counts_in_a_plan_as_it_does_alone(job: Job) -> None:
    title = "气质显瘦连衣裙"
    row = rows_of(1)[0]
    row = replace(row, listing={**row.listing, "title": title}, title=title)
    _, report = plan_shop([row], replace(job, wishes=Wishes(limit=26)))
    assert report.current < report.alone == report.value


def test_the_report_is_what_the_titles_say(job: Job) -> None:
    outcomes, report = plan_shop(rows_of(3), job)
    read, market = job.session.engine.segmenter.terms, job.session.market
    assert market is not None
    covered = [
        {k.stat.keyword for k in market.keywords if k.needs <= read(str(o.cells[TITLE]))}
        for o in outcomes[:3]
    ]
    assert report.titles == len({outcome.cells[TITLE] for outcome in outcomes[:3]})
    unserved = {word.keyword for word in report.unserved}
    assert unserved.isdisjoint(set().union(*covered))
    assert all(isinstance(o.cells[SHOP_VALUE], int) for o in outcomes[:3])
    assert report_of(plain(report)) == report


def test_a_defect_in_one_listing_leaves_the_rest_of_the_shop_planned(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_at_seven(engine: Engine, listing: Listing, *rest: Any) -> Brief:  # noqa: ANN401 - as they come
        if listing.listing_id == "7":
            raise ZeroDivisionError
        return prepare(engine, listing, *rest)

    monkeypatch.setattr(shops, "prepare", break_at_seven)
    rows = rows_of(2)[:2]
    broken = replace(rows[0], number=3, listing={**rows[0].listing, "listing_id": "7"})
    outcomes, report = plan_shop([*rows, broken], replace(job, report=repr))
    assert (report.listings, report.planned) == (3, 2)
    assert [outcome.state for outcome in outcomes] == [REWRITTEN, REWRITTEN, KEPT]
    assert outcomes[2].cells["状态"] == f"{KEPT}:internal: ZeroDivisionError()"


def test_two_titles_count_as_two_though_their_words_have_the_same_places_in_lists(job: Job) -> None:
    rows = [
        replace(row, listing={**row.listing, "attributes": attributes})
        for row, attributes in zip(rows_of(2), ({"风格": "法式"}, {"图案": "碎花"}), strict=False)
    ]
    outcomes, report = plan_shop(rows, replace(job, wishes=Wishes(limit=10)))
    assert [outcome.cells[TITLE] for outcome in outcomes] == ["法式连衣裙", "碎花连衣裙"]
    assert report.titles == 2
