"""Generators: assembly problems, keyword rows, listings and titles, small enough to try everything.

A problem is drawn by one function from either source of choice: a seeded generator (thousands of
problems a second) or hypothesis (which shrinks what it finds).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations

from hypothesis import strategies as st

from biaoti.assemble import AtMost, Line, Problem
from biaoti.records import Candidate, Demand, Interval, KeywordStat, Listing, Slot, Stage, Term

Pick = Callable[[int, int], int]
"""Return a whole number from the first to the second, both included."""

TERMS = tuple(Term(name) for name in "abcde")
UNKNOWN = Term("nobody gives this")
WORDS = (
    *("连衣裙", "法式", "碎花", "夏季", "女", "2026新款", "收腰", "显瘦", "中长款", "纯棉", "圆领"),
    *("手机壳", "苹果15", "iPhone", "14 Pro", "磁吸", "透明", "防摔", "SK-II", "500ml", "5W-30"),
    *("洗发水", "控油", "大瓶", "男", "新款", "百搭", "Ｔ恤", "90*200cm", "2.5kg", "云岫集"),
)
CHARACTERS = st.sampled_from(
    "连衣裙女夏款A1a．. -+*/×~%·℃★“”…Ａ１ａ，（）\t\n<>®™🔥é\u0301\u200b\ud800"
)
ANY_TEXT = st.lists(
    st.sampled_from(WORDS) | st.text(CHARACTERS | st.characters(codec=None), max_size=8),
    max_size=8,
).map("".join)


# ---- assembly problems -------------------------------------------------------------------------


def draw_problem(pick: Pick, *, most: int = 7) -> Problem:
    """Return a problem of up to `most` candidates, with ties, compounds and every kind of rule."""
    count = pick(0, most)
    candidates = tuple(_candidate(pick, number) for number in range(count))
    return Problem(
        candidates=candidates,
        demands=tuple(_demand(pick, number) for number in range(pick(0, 8))),
        limit=pick(count, 3 * count),
        at_most=tuple(
            AtMost(members=_members(pick, count), most=min(2, pick(0, 8)))
            for _ in range(pick(0, 2))
        ),
        required=tuple(_members(pick, count) for _ in range(max(0, pick(-2, 2)))),
        max_edits=None if pick(0, 2) else pick(0, 3),
    )


def _candidate(pick: Pick, number: int) -> Candidate:
    """Return candidate `number`.

    One in five is a compound, one in fifteen gives nothing asked for.
    """
    size = (1, 1, 1, 2, 3)[pick(0, 4)] if pick(0, 14) else 0
    return Candidate(
        text=f"{'裙甲a'[pick(0, 2)]}{number}",
        slot=Slot.FEATURE,
        evidence="title",
        width=pick(1, 4),
        gives=frozenset(TERMS[pick(0, len(TERMS) - 1)] for _ in range(size)),
        in_title=pick(0, 1) == 1,
        is_kept=pick(0, 15) == 0,
    )


def _demand(pick: Pick, number: int) -> Demand:
    """Return demand `number`; values are few, so that ties are many."""
    needs = {TERMS[pick(0, len(TERMS) - 1)] for _ in range(pick(1, 3))}
    if not pick(0, 9):
        needs.add(UNKNOWN)
    return Demand(keyword=str(number), needs=frozenset(needs), value=pick(0, 4))


def _members(pick: Pick, count: int) -> frozenset[int]:
    """Return some of the candidate numbers below `count`, at times none."""
    return frozenset(number for number in range(count) if pick(0, 1))


def draw_line(pick: Pick, problem: Problem) -> Line:
    """Return how the words of `problem` may be written: seats, swaps, joints, cuts, tightness."""
    count = len(problem.candidates)
    seats = list(range(count))
    for last in range(count - 1, 0, -1):
        other = pick(0, last)
        seats[last], seats[other] = seats[other], seats[last]
    pairs = [(i, j) for i in range(count) for j in range(count) if i != j]
    joints = {pair: (0, 0, 0, 1, 1, None)[pick(0, 5)] for pair in pairs}
    is_tight = pick(0, 3) > 0
    runs = [
        tuple(pick(0, count - 1) for _ in range(pick(2, 3)))
        for _ in range(pick(0, 2) * (count > 0))
    ]
    return Line(
        seats=tuple(seats),
        swaps=frozenset(p for p in pairs if seats[p[0]] < seats[p[1]] and not pick(0, 2)),
        joint=lambda left, right: joints[left, right],
        barred=frozenset(runs),
        words=tuple(_words(pick, c) for c in problem.candidates),
        phrases=tuple(_phrase(pick, d) if is_tight else () for d in problem.demands),
        tight=tuple(pick(d.value // 2, d.value) if is_tight else 0 for d in problem.demands),
    )


def _words(pick: Pick, candidate: Candidate) -> tuple[frozenset[Term], ...]:
    """Return the terms of a candidate as one word, as a word each, or with a word beside them."""
    terms = sorted(candidate.gives)
    whole = (frozenset(terms),)
    return (whole, tuple(frozenset({t}) for t in terms), (*whole, frozenset()))[pick(0, 2)]


def _phrase(pick: Pick, demand: Demand) -> tuple[frozenset[Term], ...]:
    """Return the needs of a demand in some order, two of them at times in one word, or no order."""
    terms = sorted(demand.needs)
    if pick(0, 1):
        terms.reverse()
    if not pick(0, 5):
        return ()
    if len(terms) > 1 and not pick(0, 3):
        return (frozenset(terms[:2]), *(frozenset({t}) for t in terms[2:]))
    return tuple(frozenset({t}) for t in terms)


def draw_lined_problem(pick: Pick, *, most: int = 5) -> Problem:
    """Return a problem with order; larger values, so that tightness has something to share."""
    problem = draw_problem(pick, most=most)
    demands = tuple(replace(d, value=d.value * pick(1, 9)) for d in problem.demands)
    problem = replace(problem, demands=demands, limit=problem.limit + pick(0, 6))
    return replace(problem, line=draw_line(pick, problem))


def seeded_problem(seed: int, *, most: int = 7) -> Problem:
    """Return problem `seed` of an endless fixed list."""
    return draw_problem(random.Random(seed).randint, most=most)  # noqa: S311 - no secret


def seeded_lined_problem(seed: int, *, most: int = 5) -> Problem:
    """Return problem with order `seed` of an endless fixed list."""
    return draw_lined_problem(random.Random(seed).randint, most=most)  # noqa: S311 - no secret


@st.composite
def lined_problems(draw: st.DrawFn, *, most: int = 4) -> Problem:
    """Return any small problem with order."""
    return draw_lined_problem(lambda low, high: draw(st.integers(low, high)), most=most)


@st.composite
def problems(draw: st.DrawFn, *, most: int = 6) -> Problem:
    """Return any small problem."""
    return draw_problem(lambda low, high: draw(st.integers(low, high)), most=most)


def heavy_problem(seed: int, *, count: int = 26) -> Problem:
    """Return a problem of `count` candidates without other rules.

    Far too large to try everything.
    """
    pick = random.Random(seed).randint  # noqa: S311 - no secret
    terms = [Term(f"t{number}") for number in range(count)]
    candidates = tuple(
        Candidate(
            text=f"w{number:02}",
            slot=Slot.FEATURE,
            evidence="title",
            width=pick(2, 9),
            gives=frozenset({term, terms[pick(0, count - 1)]}),
            in_title=pick(0, 2) == 0,
        )
        for number, term in enumerate(terms)
    )
    demands = tuple(
        Demand(
            keyword=str(number),
            needs=frozenset(terms[pick(0, count - 1)] for _ in range(pick(1, 4))),
            value=pick(1, 1000),
        )
        for number in range(3 * count)
    )
    return Problem(candidates=candidates, demands=demands, limit=60)


def dense_problem(seed: int, *, count: int = 40) -> Problem:
    """Return a problem of `count` words, every pair of which is worth something."""
    pick = random.Random(seed).randint  # noqa: S311 - no secret
    terms = [Term(f"t{number}") for number in range(count)]
    candidates = tuple(
        Candidate(
            text=f"w{number:02}",
            slot=Slot.FEATURE,
            evidence="title",
            width=2 * pick(1, 4),
            gives=frozenset({term}),
            in_title=number % 3 == 0,
        )
        for number, term in enumerate(terms)
    )
    demands = tuple(
        Demand(keyword=f"{a} {b}", needs=frozenset({a, b}), value=pick(20, 200))
        for a, b in combinations(terms, 2)
    )
    return Problem(candidates=candidates, demands=demands, limit=60)


def shuffled(problem: Problem, seed: int) -> Problem:
    """Return the same problem with its candidates and demands in another order."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    order = list(range(len(problem.candidates)))
    chance.shuffle(order)
    place = {old: new for new, old in enumerate(order)}
    demands = list(problem.demands)
    chance.shuffle(demands)
    return replace(
        problem,
        candidates=tuple(problem.candidates[old] for old in order),
        demands=tuple(demands),
        line=None,
        at_most=tuple(
            replace(rule, members=frozenset(place[i] for i in rule.members))
            for rule in reversed(problem.at_most)
        ),
        required=tuple(frozenset(place[i] for i in group) for group in reversed(problem.required)),
    )


# ---- keyword rows ------------------------------------------------------------------------------

_SHARES = st.floats(0, 1).map(lambda share: Interval(share, share))
_INDICES = st.tuples(st.floats(0, 1e5), st.floats(1, 4)).map(lambda p: Interval(p[0], p[0] * p[1]))


def keyword_stats(keywords: st.SearchStrategy[str] | None = None) -> st.SearchStrategy[KeywordStat]:
    """Return rows of a report, every figure of which may be missing."""
    words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map("".join)
    return st.builds(
        KeywordStat,
        keyword=words if keywords is None else keywords,
        demand_index=st.none() | _INDICES,
        impressions=st.none() | st.integers(0, 100_000).map(float),
        clicks=st.none() | st.integers(0, 10_000).map(float),
        click_through_rate=st.none() | _SHARES,
        conversion_rate=st.none() | _SHARES,
        supply=st.none() | st.integers(0, 10_000_000).map(float),
    )


# ---- listings ----------------------------------------------------------------------------------

_NAMES = (
    "年份季节",
    "材质成分",
    "领型",
    "风格",
    "颜色分类",
    "适用型号",
    "是否可折叠",
    "净含量",
    "品牌",
    "功能",
)
_VALUES = (
    *("2026年夏季", "聚酯纤维71.3% 棉26.7%", "圆领", "法式", "其他/other", "iPhone 15", "是", "否"),
    *("500ml", "兰芝/Laneige", "-", "", "见描述", "透明", "100%", "()", "😀"),
)


def listings() -> st.SearchStrategy[Listing]:
    """Return listings as careless sellers fill them in."""
    values = st.lists(st.sampled_from(_VALUES), max_size=3).map(tuple)
    words = st.lists(st.sampled_from(WORDS), max_size=8, unique=True)
    return st.builds(
        Listing,
        title=st.none() | words.map("".join),
        category=st.sampled_from((None, "女装/连衣裙", "3C数码配件>手机保护套/壳", "洗发水", ">")),
        brand=st.sampled_from((None, "", "云岫集/YUNXIUJI", "兰芝(Laneige)", "其他", "®")),
        attributes=st.none() | st.dictionaries(st.sampled_from(_NAMES), values, max_size=5),
        article_number=st.sampled_from((None, "", "YX26-D018")),
        stage=st.sampled_from(Stage),
        promotions=st.sampled_from((None, (), ("第二件半价",))),
        avoid_terms=st.lists(st.sampled_from(WORDS), max_size=2).map(tuple),
    )
