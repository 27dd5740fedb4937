"""The assembler against the slow obvious answer, without and with order."""

from __future__ import annotations

import os
from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given, settings

import oracle
from biaoti.assemble import (
    Assembly,
    AtMost,
    Line,
    Phrase,
    Problem,
    assemble,
    differing,
    edits_of,
    held_terms,
    is_allowed,
    is_honest,
    rank_key,
    value_of,
    width_of,
)
from biaoti.assemble.milp import solve
from biaoti.records import Candidate, Demand, Slot, Status, Term
from biaoti.text import width
from strategies import (
    dense_problem,
    heavy_problem,
    lined_problems,
    problems,
    seeded_lined_problem,
    seeded_problem,
    shuffled,
)

DERANDOMIZED = settings(derandomize=True, deadline=None, max_examples=300)
CHUNK = 500
COUNT = 3
SEARCH = import_module("biaoti.assemble.search")
# BIAOTI_ORACLE=40 compares 20,000 problems with order (a minute); five chunks are 2,500.
LINED_CHUNKS = int(os.environ.get("BIAOTI_ORACLE", "5"))


def word(
    text: str,
    *gives: str,
    slot: Slot = Slot.FEATURE,
    in_title: bool = False,
    is_kept: bool = False,
) -> Candidate:
    """Return a candidate that gives its own text unless told otherwise."""
    return Candidate(
        text=text,
        slot=slot,
        evidence="title",
        width=width(text),
        gives=frozenset(Term(term) for term in gives or (text,)),
        in_title=in_title,
        is_kept=is_kept,
    )


def demand(value: int, *needs: str) -> Demand:
    """Return a demand of `value` for all of `needs`."""
    return Demand(keyword=" ".join(needs), needs=frozenset(map(Term, needs)), value=value)


def texts(problem: Problem, answer: Assembly) -> set[str]:
    """Return the texts an answer chose."""
    return {problem.candidates[index].text for index in answer.chosen}


# ---- the best choice ---------------------------------------------------------------------------


@pytest.mark.parametrize("chunk", range(7))
def test_the_whole_answer_is_the_oracles_on_thousands_of_problems(chunk: int) -> None:
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        problem = seeded_problem(seed)
        answer = assemble(problem)
        assert answer == oracle.assemble(problem), f"seeded_problem({seed})"
        assert is_honest(answer, problem), f"seeded_problem({seed})"


def test_the_whole_answer_is_the_oracles_on_larger_problems() -> None:
    for seed in range(10_000, 10_150):
        problem = seeded_problem(seed, most=11)
        assert assemble(problem) == oracle.assemble(problem), f"seeded_problem({seed}, most=11)"


def test_the_generated_problems_are_of_every_kind() -> None:
    drawn = [seeded_problem(seed) for seed in range(CHUNK)]
    answers = [oracle.assemble(problem) for problem in drawn]
    feasible = [a for a in answers if a.status is Status.OPTIMAL]
    assert 0.6 < len(feasible) / len(answers) < 0.9
    assert sum(a.value > 0 for a in feasible) > 200
    assert sum(_is_tied(p, a) for p, a in zip(drawn, answers, strict=True)) > 100
    assert sum(p.max_edits is not None for p in drawn) > 100
    assert sum(bool(p.required) for p in drawn) > 100


def _is_tied(problem: Problem, answer: Assembly) -> bool:
    """Tell whether giving up or adding one word would be worth the same."""
    changed = [tuple({*answer.chosen} ^ {i}) for i in range(len(problem.candidates))]
    return any(is_allowed(problem, c) and value_of(problem, c) == answer.value for c in changed)


@pytest.mark.parametrize("chunk", range(LINED_CHUNKS))
def test_the_whole_line_is_the_oracles_on_thousands_of_problems_with_order(chunk: int) -> None:
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        problem = seeded_lined_problem(seed)
        answer = assemble(problem)
        assert answer == oracle.assemble(problem), f"seeded_lined_problem({seed})"
        assert is_honest(answer, problem), f"seeded_lined_problem({seed})"


def test_the_whole_line_is_the_oracles_on_larger_problems_with_order() -> None:
    for seed in range(1_000_000, 1_000_040):
        problem = seeded_lined_problem(seed, most=7)
        assert assemble(problem) == oracle.assemble(problem), f"seeded_lined_problem({seed}, 7)"


def test_the_generated_problems_with_order_are_of_every_kind() -> None:
    drawn = [seeded_lined_problem(seed) for seed in range(CHUNK)]
    answers = [oracle.assemble(problem) for problem in drawn]
    pairs = [(p, a) for p, a in zip(drawn, answers, strict=True) if a.status is Status.OPTIMAL]
    assert 0.6 < len(pairs) / CHUNK < 0.9
    free = [oracle.assemble(replace(p, line=None)) for p, _ in pairs]
    assert sum(a.value < f.value for (_, a), f in zip(pairs, free, strict=True)) > 25
    assert sum(_is_swapped(p, a) for p, a in pairs) > 40
    bare = [width_of(replace(p, line=None), a.order) for p, a in pairs]
    assert sum(width_of(p, a.order) > w for (p, a), w in zip(pairs, bare, strict=True)) > 30
    assert sum(bool(p.line and p.line.barred) for p, _ in pairs) > 100


def _is_swapped(problem: Problem, answer: Assembly) -> bool:
    assert problem.line is not None
    seats = [problem.line.seats[index] for index in answer.order]
    return seats != sorted(seats)


def test_each_further_title_is_the_best_that_differs_from_all_before_it() -> None:
    for seed in range(300):
        problem = seeded_lined_problem(seed)
        asked = problem
        found: list[tuple[int, ...]] = []
        while len(found) < COUNT and (answer := assemble(asked)).status is Status.OPTIMAL:
            found.append(answer.order)
            asked = differing(asked, answer.order, 2)
        assert found == oracle.titles(problem, COUNT, by=2), f"seeded_lined_problem({seed})"


def test_a_set_to_begin_from_never_changes_the_answer() -> None:
    for seed in range(400):
        problem = seeded_lined_problem(seed)
        answer, count = assemble(problem), len(problem.candidates)
        starts = (range(count), range(0, count, 2), answer.order)
        assert all(assemble(problem, start=[*start]) == answer for start in starts)


def test_a_word_banned_and_a_limit_widened_are_solved_like_any_other_problem() -> None:
    for seed in range(200):
        problem = seeded_lined_problem(seed)
        answer = assemble(problem)
        for index in answer.order:
            rule = AtMost(members=frozenset({index}), most=0)
            without = replace(problem, at_most=(*problem.at_most, rule))
            assert assemble(without, start=answer.order) == oracle.assemble(without)
        wider = replace(problem, limit=problem.limit + 1)
        assert assemble(wider, start=answer.order) == oracle.assemble(wider)


@DERANDOMIZED
@given(lined_problems())
def test_no_line_that_may_be_written_is_better(problem: Problem) -> None:
    answer = assemble(problem)
    assert answer == oracle.assemble(problem)
    assert is_honest(answer, problem)


@DERANDOMIZED
@given(problems())
def test_no_affordable_choice_is_better(problem: Problem) -> None:
    fast, slow = assemble(problem), oracle.assemble(problem)
    assert is_honest(fast, problem)
    assert fast == slow
    assert fast.gap == 0


def test_the_solver_agrees_on_the_value_of_hundreds_of_problems() -> None:
    for seed in range(20_000, 20_300):
        problem = seeded_problem(seed)
        slow, answer = oracle.assemble(problem), solve(problem)
        if slow.status is Status.INFEASIBLE:
            assert answer.chosen is None, f"seeded_problem({seed})"
        else:
            assert answer.chosen is not None, f"seeded_problem({seed})"
            assert value_of(problem, answer.chosen) == slow.value, f"seeded_problem({seed})"
            assert answer.bound == slow.value, f"seeded_problem({seed})"


def test_a_solver_that_stops_early_stops_at_the_same_place_with_an_honest_bound() -> None:
    problem = heavy_problem(7)
    first, again, whole = solve(problem, work=1), solve(problem, work=1), solve(problem)
    assert whole.is_optimal
    assert not first.is_optimal
    assert first == again
    assert first.chosen is not None
    assert value_of(problem, first.chosen) <= whole.bound <= first.bound


@pytest.mark.parametrize(
    ("candidates", "demands", "limit", "expected"),
    [
        pytest.param(
            [word("裙"), word("夏")], [demand(5, "裙"), demand(6, "夏")], 2, {"夏"}, id="more value"
        ),
        pytest.param(
            [word("甲", "裙"), word("乙", "裙", in_title=True)],
            [demand(5, "裙")],
            2,
            {"乙"},
            id="then fewer edits",
        ),
        pytest.param(
            [word("连衣裙", "裙"), word("裙子", "裙")],
            [demand(5, "裙")],
            9,
            {"裙子"},
            id="then narrower",
        ),
        pytest.param(
            [word("b", "裙"), word("a", "裙")], [demand(5, "裙")], 9, {"a"}, id="then text order"
        ),
        pytest.param(
            [word("裙", in_title=True), word("夏", in_title=True)],
            [],
            4,
            {"裙", "夏"},
            id="a worthless word of the seller's own stays when it fits",
        ),
        pytest.param([word("裙"), word("夏")], [], 4, set(), id="a worthless new word stays out"),
        pytest.param(
            [word("碎花裙", "碎花", "裙"), word("碎花"), word("裙")],
            [demand(5, "碎花"), demand(5, "裙")],
            6,
            {"碎花裙"},
            id="a compound pays once for two terms",
        ),
        pytest.param(
            [word("蓝牙"), word("耳机"), word("入耳")],
            [demand(9, "蓝牙", "耳机"), demand(5, "入耳")],
            4,
            {"入耳"},
            id="half a demand is worth nothing",
        ),
    ],
)
def test_the_best_choice_is_settled_by_the_model(
    candidates: list[Candidate], demands: list[Demand], limit: int, expected: set[str]
) -> None:
    problem = Problem(candidates=tuple(candidates), demands=tuple(demands), limit=limit)
    answer = assemble(problem)
    assert texts(problem, answer) == expected
    assert answer.status is Status.OPTIMAL


@pytest.mark.parametrize(
    "problem",
    [
        pytest.param(
            Problem(candidates=(word("连衣裙", is_kept=True),), demands=(), limit=5),
            id="a keep term wider than the limit",
        ),
        pytest.param(
            Problem(
                candidates=(word("裙", is_kept=True), word("夏", is_kept=True)), demands=(), limit=3
            ),
            id="keep terms wider together",
        ),
        pytest.param(
            Problem(candidates=(word("裙"),), demands=(), limit=9, required=(frozenset(),)),
            id="one of nothing is required",
        ),
        pytest.param(
            Problem(candidates=(word("裙"),), demands=(), limit=1, required=(frozenset({0}),)),
            id="what is required does not fit",
        ),
        pytest.param(
            Problem(
                candidates=(word("裙"), word("夏")),
                demands=(),
                limit=9,
                required=(frozenset({0}), frozenset({1})),
                max_edits=1,
            ),
            id="two additions are required, one is allowed",
        ),
        pytest.param(
            Problem(
                candidates=tuple(word(text, in_title=True) for text in "裙夏女"),
                demands=(),
                limit=4,
                max_edits=0,
            ),
            id="the current title does not fit and may not change",
        ),
        pytest.param(
            Problem(
                candidates=(word("裙", is_kept=True), word("夏", is_kept=True)),
                demands=(),
                limit=9,
                at_most=(AtMost(members=frozenset({0, 1}), most=1),),
            ),
            id="keep terms exclude each other",
        ),
    ],
)
@pytest.mark.parametrize("node_budget", [0, 20_000])
def test_what_cannot_be_is_said_to_be_infeasible(problem: Problem, node_budget: int) -> None:
    answer = assemble(problem, node_budget=node_budget)
    assert answer == Assembly(order=(), value=0, bound=0, status=Status.INFEASIBLE)
    assert answer.gap == 0


@DERANDOMIZED
@given(problems())
def test_the_order_of_candidates_and_demands_never_matters(problem: Problem) -> None:
    answer = assemble(problem)
    for seed in (1, 2):
        mixed = shuffled(problem, seed)
        again = assemble(mixed)
        assert texts(mixed, again) == texts(problem, answer)
        assert (again.value, again.bound, again.status) == (
            answer.value,
            answer.bound,
            answer.status,
        )


@DERANDOMIZED
@given(problems())
def test_a_wider_limit_or_a_laxer_edit_budget_is_never_worth_less(problem: Problem) -> None:
    values = [assemble(replace(problem, limit=problem.limit + more)) for more in (0, 1, 4)]
    edits = [assemble(replace(problem, max_edits=most)) for most in (0, 1, 2, None)]
    for row in (values, edits):
        possible = [answer.value for answer in row if answer.status is not Status.INFEASIBLE]
        assert possible == sorted(possible)


# ---- when the search runs long -----------------------------------------------------------------


@pytest.mark.parametrize("node_budget", [0, 1, 5])
@pytest.mark.slow
def test_the_solver_takes_over_when_the_search_runs_long(node_budget: int) -> None:
    for seed in range(6):
        problem = heavy_problem(seed)
        answer = assemble(problem, node_budget=node_budget)
        assert answer.value == assemble(problem).value
        assert answer.status is Status.OPTIMAL
        assert is_honest(answer, problem)


@pytest.mark.parametrize("node_budget", [1, 2, 3, 10])
def test_a_tiny_budget_on_small_problems_still_gives_an_honest_answer(node_budget: int) -> None:
    for seed in range(150):
        problem = seeded_problem(seed)
        slow, answer = oracle.assemble(problem), assemble(problem, node_budget=node_budget)
        assert is_honest(answer, problem), f"seeded_problem({seed})"
        assert (answer.value, answer.status) == (slow.value, slow.status), f"seeded_problem({seed})"


@pytest.mark.parametrize("node_budget", [1, 10, 30])
def test_without_time_for_a_proof_the_answer_is_feasible_and_its_bound_holds(
    node_budget: int,
) -> None:
    for seed in range(6):
        problem = heavy_problem(seed)
        answer = assemble(problem, node_budget=node_budget, seconds=0.0)
        best = assemble(problem).value
        assert is_honest(answer, problem)
        assert answer.status is (Status.OPTIMAL if answer.gap == 0 else Status.FEASIBLE)
        assert answer.value <= best <= answer.bound


def test_nothing_found_in_time_is_not_called_infeasible() -> None:
    problem = replace(heavy_problem(0), required=(frozenset({0, 1}),))
    assert assemble(problem).status is Status.OPTIMAL
    assert assemble(problem, node_budget=0, seconds=0.0).status is not Status.INFEASIBLE


def test_the_solver_settles_ties_like_the_search() -> None:
    for seed in range(6):
        problem = heavy_problem(seed)
        assert assemble(problem, node_budget=1) == assemble(problem)


def test_when_time_is_up_the_best_line_met_comes_with_a_bound_that_holds() -> None:
    for problem in (dense_problem(1), *map(heavy_problem, range(6))):
        answer, best = assemble(problem, seconds_left=lambda: 0.0), assemble(problem)
        assert is_honest(answer, problem)
        assert answer.value <= best.value <= answer.bound
        assert answer.status is (Status.OPTIMAL if answer.gap == 0 else Status.FEASIBLE)
        assert answer.value > 0.8 * best.value
        assert assemble(problem, seconds_left=lambda: 1e9) == best
    hard = dense_problem(1)
    unproved = assemble(replace(hard, limit=100), seconds_left=lambda: 0.0)
    assert (unproved.status, unproved.gap > 0) == (Status.FEASIBLE, True)


@pytest.mark.parametrize("node_budget", [0, 3, 20_000])
def test_an_answer_without_time_is_there_wherever_there_is_one(node_budget: int) -> None:
    for seed in range(150):
        problem = seeded_lined_problem(seed)
        slow = oracle.assemble(problem)
        answer = assemble(problem, node_budget=node_budget, seconds_left=lambda: 0.0)
        assert is_honest(answer, problem), f"seeded_lined_problem({seed})"
        assert (answer.status is Status.INFEASIBLE) == (slow.status is Status.INFEASIBLE)
        assert answer.value <= slow.value <= answer.bound, f"seeded_lined_problem({seed})"


# ---- the check that trusts nobody --------------------------------------------------------------

SMALL = Problem(
    candidates=(word("裙", in_title=True), word("夏"), word("女", is_kept=True)),
    demands=(demand(5, "裙"), demand(3, "夏"), demand(2, "夏", "女")),
    limit=6,
    at_most=(AtMost(members=frozenset({0, 1}), most=1),),
    required=(frozenset({0, 1}),),
    max_edits=1,
)


def test_what_a_choice_is_worth_and_costs() -> None:
    assert held_terms(SMALL, (1, 2)) == {"夏", "女"}
    assert value_of(SMALL, (1, 2)) == 5
    assert width_of(SMALL, (1, 2)) == 4
    assert edits_of(SMALL, (1, 2)) == (2, 1)
    assert edits_of(SMALL, (0, 2)) == (1, 0)


def test_rank_puts_value_before_edits_before_width_before_text() -> None:
    problem = replace(SMALL, demands=())
    assert rank_key(SMALL, (0, 1)) < rank_key(SMALL, (1, 2))
    assert rank_key(problem, (0,)) < rank_key(problem, (1,))
    assert rank_key(problem, (0, 1)) < rank_key(problem, (1, 2))
    assert rank_key(problem, (1,)) < rank_key(problem, (2,))  # 夏 sorts before 女


@pytest.mark.parametrize(
    ("chosen", "allowed"),
    [
        pytest.param((0, 2), True, id="all rules kept"),
        pytest.param((0, 1, 2), False, id="too many of a group"),
        pytest.param((2,), False, id="nothing of what is required"),
        pytest.param((0,), False, id="without the keep term"),
        pytest.param((1, 2), False, id="too many edits"),
    ],
)
def test_what_is_allowed(chosen: tuple[int, ...], allowed: bool) -> None:  # noqa: FBT001
    assert is_allowed(SMALL, chosen) is allowed


def test_a_choice_as_wide_as_the_limit_is_allowed_and_one_more_is_not() -> None:
    assert is_allowed(replace(SMALL, limit=4), (0, 2))
    assert not is_allowed(replace(SMALL, limit=3), (0, 2))


@pytest.mark.parametrize(
    "claim",
    [
        pytest.param({"value": 6, "bound": 6}, id="more value than it has"),
        pytest.param({"value": 4, "bound": 4}, id="less value than it has"),
        pytest.param({"bound": 4}, id="a bound below the value"),
        pytest.param({"bound": 6}, id="optimal with a gap"),
        pytest.param({"order": (0, 1, 2), "value": 10, "bound": 10}, id="a forbidden choice"),
    ],
)
def test_a_false_claim_is_found_out(claim: dict[str, object]) -> None:
    true = Assembly(order=(0, 2), value=5, bound=5, status=Status.OPTIMAL)
    assert is_honest(true, SMALL)
    assert not is_honest(replace(true, **claim), SMALL)  # type: ignore[arg-type] # any field


def test_the_gap_is_the_unproved_share_of_the_bound() -> None:
    answer = Assembly(order=(), value=6, bound=8, status=Status.FEASIBLE)
    assert answer.gap == pytest.approx(0.25)
    assert is_honest(replace(answer, value=0), Problem(candidates=(), demands=(), limit=0))


# ---- order -------------------------------------------------------------------------------------


def lined(
    candidates: list[Candidate],
    *demands: Demand,
    limit: int = 60,
    tight: int = 0,
    **line: Any,  # noqa: ANN401 - any field of a line
) -> Problem:
    """Return a problem whose words sit as listed; each demand pays `tight` for its order."""
    return Problem(
        candidates=tuple(candidates),
        demands=demands,
        limit=limit,
        line=Line(
            **{
                "seats": tuple(range(len(candidates))),
                "words": tuple((c.gives,) for c in candidates),
                "phrases": tuple(_phrase(d.keyword) for d in demands),
                "tight": tuple(tight for _ in demands),
                **line,
            }
        ),
    )


def _phrase(keyword: str) -> Phrase:
    return tuple(frozenset({Term(word)}) for word in keyword.split())


def line_of(problem: Problem) -> str:
    """Return the best line of `problem`, words parted by a dot."""
    return "·".join(problem.candidates[index].text for index in assemble(problem).order)


DRESS = [word("雪纺"), word("方领"), word("裙")]


def test_words_stand_by_their_seats() -> None:
    demands = [demand(5, text) for text in ("雪纺", "方领", "裙")]
    assert line_of(lined(DRESS, *demands)) == "雪纺·方领·裙"
    assert line_of(lined(DRESS, *demands, seats=(2, 0, 1))) == "方领·裙·雪纺"


def test_two_neighbours_change_places_where_that_stands_tighter() -> None:
    demands = [demand(90, "雪纺", "裙"), demand(9, "方领")]
    free = frozenset({(0, 1), (1, 2)})
    assert line_of(lined(DRESS, *demands, tight=9)) == "雪纺·方领·裙"
    assert line_of(lined(DRESS, *demands, tight=9, swaps=free)) == "方领·雪纺·裙"
    assert assemble(lined(DRESS, *demands, tight=9)).value == 90 - (9 - 9 * 2 // 3) + 9
    assert assemble(lined(DRESS, *demands, tight=9, swaps=free)).value == 99


def test_a_worthless_word_of_the_sellers_own_goes_only_for_value() -> None:
    words = [word("雪纺"), word("方领", in_title=True), word("裙")]
    assert line_of(lined(words, demand(90, "雪纺", "裙"))) == "雪纺·方领·裙"
    assert line_of(lined(words, demand(90, "雪纺", "裙"), tight=9)) == "雪纺·裙"


def test_a_space_takes_its_byte_of_the_limit() -> None:
    words = [word("TPU"), word("LED")]
    demands = [demand(5, "TPU"), demand(4, "LED")]
    spaced = lined(words, *demands, limit=6, joint=lambda *_: 1)
    assert line_of(spaced) == "TPU"
    assert line_of(replace(spaced, limit=7)) == "TPU·LED"
    assert width_of(replace(spaced, limit=7), (0, 1)) == 7


def test_a_junction_that_misreads_is_turned_where_the_reverse_reads() -> None:
    words = [word("女"), word("生日礼物")]
    demands = [demand(5, "女"), demand(4, "生日礼物")]
    torn = {(0, 1): 1, (1, 0): 0}
    assert line_of(lined(words, *demands, joint=lambda a, b: torn[a, b])) == "生日礼物·女"
    torn = {(0, 1): 1, (1, 0): 1}
    assert line_of(lined(words, *demands, joint=lambda a, b: torn[a, b])) == "女·生日礼物"
    closed: dict[tuple[int, int], int | None] = {(0, 1): None, (1, 0): None}
    assert line_of(lined(words, *demands, joint=lambda a, b: closed[a, b])) == "女"


def test_a_barred_run_is_written_otherwise_or_not_at_all() -> None:
    demands = [demand(n, text) for n, text in ((9, "雪纺"), (5, "方领"), (9, "裙"))]
    barred = frozenset({(0, 1, 2)})
    assert line_of(lined(DRESS, *demands, barred=barred)) == "雪纺·裙"
    swaps = frozenset({(1, 2)})
    assert line_of(lined(DRESS, *demands, barred=barred, swaps=swaps)) == "雪纺·裙·方领"


@pytest.mark.parametrize("node_budget", [0, 1, 3])
def test_with_order_the_solver_gives_sets_and_a_bound_that_holds(node_budget: int) -> None:
    for seed in range(150):
        problem = seeded_lined_problem(seed)
        slow, answer = oracle.assemble(problem), assemble(problem, node_budget=node_budget)
        assert is_honest(answer, problem), f"seeded_lined_problem({seed})"
        assert (answer.status is Status.INFEASIBLE) == (slow.status is Status.INFEASIBLE)
        assert answer.value <= slow.value <= answer.bound, f"seeded_lined_problem({seed})"


@pytest.mark.parametrize(
    ("order", "allowed"),
    [
        pytest.param((0, 1, 2), True, id="by the seats"),
        pytest.param((1, 0, 2), True, id="a pair that may change places"),
        pytest.param((0, 2, 1), False, id="a pair that may not"),
        pytest.param((2, 1, 0), False, id="more than one pair"),
        pytest.param((0, 2), False, id="a closed joint"),
        pytest.param((1, 2), False, id="a barred run"),
    ],
)
def test_what_may_be_written(order: tuple[int, ...], allowed: bool) -> None:  # noqa: FBT001
    problem = lined(
        DRESS,
        swaps=frozenset({(0, 1)}),
        joint=lambda a, b: None if (a, b) == (0, 2) and order == (0, 2) else 0,
        barred=frozenset({(1, 2)}) if order == (1, 2) else frozenset(),
    )
    assert is_allowed(problem, order) is allowed


# ---- the sharp bound ---------------------------------------------------------------------------


@pytest.fixture
def sharp(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the sharp bound take over from the first node on."""
    monkeypatch.setattr(SEARCH, "SWITCH", 0)


@pytest.mark.usefixtures("sharp")
def test_the_sharp_bound_changes_no_answer() -> None:
    for seed in range(40_000, 40_600):
        lined, plain = seeded_lined_problem(seed), seeded_problem(seed)
        assert assemble(lined) == oracle.assemble(lined), f"seeded_lined_problem({seed})"
        assert assemble(plain) == oracle.assemble(plain), f"seeded_problem({seed})"


@pytest.mark.usefixtures("sharp")
def test_the_sharp_bound_agrees_with_the_quick_one_on_large_problems(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for seed in range(6):
        problem = heavy_problem(seed)
        sharply = assemble(problem)
        monkeypatch.setattr(SEARCH, "SWITCH", 1 << 40)
        assert sharply == assemble(problem)
        monkeypatch.setattr(SEARCH, "SWITCH", 0)


def test_dense_flat_demand_is_proved() -> None:
    problem = dense_problem(1)
    answer = assemble(problem, node_budget=2_000)
    assert answer.status is Status.OPTIMAL
    assert is_honest(answer, problem)


# ---- what is lost for certain ------------------------------------------------------------------


def test_words_that_stand_together_in_order_lose_nothing_for_certain() -> None:
    words = [word("雪纺"), word("方领"), word("裙"), word("连衣裙女夏")]
    demands = [demand(10, "雪纺", "方领", "裙"), demand(9, "连衣裙女夏")]
    assert line_of(lined(words, *demands, limit=10, tight=9)) == "雪纺·方领·裙"


def test_words_contrary_to_the_phrase_that_may_not_change_places_lose_all() -> None:
    words = [word("裙"), word("雪纺"), word("连衣裙")]
    demands = [demand(10, "雪纺", "裙"), demand(3, "连衣裙")]
    assert line_of(lined(words, *demands, limit=6, tight=9)) == "连衣裙"
    free = lined(words, *demands, limit=6, tight=9, swaps=frozenset({(0, 1)}))
    assert line_of(free) == "雪纺·裙"
