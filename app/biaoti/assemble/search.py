"""Branch and bound on term masks: exact, deterministic, ties settled (docs/adr/0004).

A node holds some candidates, has banned some, and leaves the rest free. Its bound charges every
demand that is
still open to the free candidates that could give its missing terms, in any split: for every
price `rho` >= 0

    value(best below) <= held + rho * room + sum(max(0, profit[c] - rho * width[c]) for c in free)

so the split is chosen to waste little: a demand's value first fills candidates that would not pay
their way anyway.
Ties are part of one integer objective: value, then edits, then width, then text order, each scaled
below the last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from biaoti.assemble.problem import Problem
from biaoti.records import Term

_NONE = -(1 << 200)


@dataclass(slots=True)
class _Model:
    """The problem in bits and integers. Candidate and term numbers are bit positions."""

    widths: list[int]
    gives: list[int]
    bonus: list[int]
    needs: list[int]
    values: list[int]
    givers: list[list[int]]
    unit: int
    required: list[int]
    at_most: list[tuple[int, int]]
    in_title: int
    max_edits: int | None
    weaker: list[int]


@dataclass(slots=True)
class _Node:
    """A partial choice: sets as bit masks over candidates and terms."""

    chosen: int
    free: int
    held: int
    room: int
    score: int
    open_demands: list[int]


@dataclass(frozen=True, slots=True)
class Found:
    """The best choice met, and a proven bound on the value of any choice.

    `chosen` None: none is allowed.
    """

    chosen: tuple[int, ...] | None
    bound: int
    is_complete: bool


def search(problem: Problem, *, node_budget: int) -> Found:
    """Return the best choice.

    `is_complete` tells whether it is proved within `node_budget` nodes.
    """
    model = _model_of(problem)
    run = _Run(model, node_budget)
    root = _root(problem, model)
    if root is not None:
        run.explore(root)
    chosen = None if run.best_chosen < 0 else tuple(_bits(run.best_chosen))
    is_complete = run.nodes_left > 0
    bound = run.best_score if is_complete else max(run.best_score, run.lost)
    return Found(chosen, max(0, (bound + model.unit // 2) // model.unit), is_complete)


# ---- the model ---------------------------------------------------------------------------------


def _model_of(problem: Problem) -> _Model:
    candidates = problem.candidates
    number = {term: bit for bit, term in enumerate(_useful_terms(problem))}
    gives = [_mask(number, c.gives) for c in candidates]
    reachable = _union(gives)
    demands = [(_mask(number, d.needs), d.value) for d in problem.demands if d.value > 0]
    missing_bits = [d.needs <= number.keys() for d in problem.demands if d.value > 0]
    merged: dict[int, int] = {}
    for (needs, value), is_known in zip(demands, missing_bits, strict=True):
        if is_known and needs & ~reachable == 0:
            merged[needs] = merged.get(needs, 0) + value
    bonus, unit = _bonuses(problem)
    return _Model(
        widths=[c.width for c in candidates],
        gives=gives,
        bonus=bonus,
        needs=list(merged),
        values=[value * unit for value in merged.values()],
        givers=[
            [i for i, mask in enumerate(gives) if mask >> bit & 1] for bit in range(len(number))
        ],
        unit=unit,
        required=[sum(1 << i for i in group) for group in problem.required],
        at_most=[(sum(1 << i for i in rule.members), rule.most) for rule in problem.at_most],
        in_title=sum(1 << i for i, c in enumerate(candidates) if c.in_title),
        max_edits=problem.max_edits,
        weaker=_weaker(problem, gives, merged, bonus),
    )


def _useful_terms(problem: Problem) -> list[Term]:
    given = {term for candidate in problem.candidates for term in candidate.gives}
    needed = {term for demand in problem.demands for term in demand.needs}
    return sorted(given & needed)


def _mask(number: dict[Term, int], terms: frozenset[Term]) -> int:
    return sum(1 << number[term] for term in terms if term in number)


def _union(masks: Sequence[int]) -> int:
    union = 0
    for mask in masks:
        union |= mask
    return union


def _bonuses(problem: Problem) -> tuple[list[int], int]:
    """Return what choosing each candidate adds to the tie part of the objective.

    The worth of value 1.

    Narrower beats text order, fewer edits beat narrower: each scale is larger than all below it can
    sum to.
    """
    candidates = problem.candidates
    count = len(candidates)
    by_text = sorted(range(count), key=lambda i: (candidates[i].text, i))
    rank = {index: 1 << (count - 1 - place) for place, index in enumerate(by_text)}
    width_scale = 1 << count
    edit_scale = width_scale * (sum(c.width for c in candidates) + 1)
    unit = edit_scale * (2 * count + 2)
    bonus = [
        (edit_scale if c.in_title else -edit_scale) - c.width * width_scale + rank[i]
        for i, c in enumerate(candidates)
    ]
    return bonus, unit


def _weaker(
    problem: Problem, gives: list[int], merged: dict[int, int], bonus: list[int]
) -> list[int]:
    """Return for each candidate the mask of those that may only be chosen if it is chosen too.

    Exact for candidates whose terms nobody else gives and no demand joins with others: of two such,
    in the same
    rules, the one that is worth no less, costs no more and wins the tie comes first.
    """
    joined = _union([needs for needs in merged if needs & (needs - 1)])
    shared = _shared(gives)
    plain = {
        i: sum(merged.get(1 << bit, 0) for bit in _bits(mask))
        for i, mask in enumerate(gives)
        if not mask & (joined | shared) and not problem.candidates[i].is_kept
    }
    rules = [*problem.required, *(rule.members for rule in problem.at_most)]
    home = {i: tuple(i in group for group in rules) for i in plain}
    titled = {i: problem.candidates[i].in_title for i in plain}
    weaker = [0] * len(gives)
    for a, worth in plain.items():
        for b, other in plain.items():
            is_peer = a != b and home[a] == home[b] and titled[a] == titled[b]
            fits_better = problem.candidates[a].width <= problem.candidates[b].width
            if (
                is_peer
                and fits_better
                and worth >= other
                and (worth > other or bonus[a] > bonus[b])
            ):
                weaker[a] |= 1 << b
    return weaker


def _shared(gives: Sequence[int]) -> int:
    once = shared = 0
    for mask in gives:
        shared |= once & mask
        once |= mask
    return shared


def _bits(mask: int) -> list[int]:
    bits = []
    while mask:
        low = mask & -mask
        bits.append(low.bit_length() - 1)
        mask ^= low
    return bits


def _root(problem: Problem, model: _Model) -> _Node | None:
    everyone = (1 << len(model.widths)) - 1
    node: _Node | None = _Node(0, everyone, 0, problem.limit, 0, list(range(len(model.needs))))
    for index, candidate in enumerate(problem.candidates):
        if candidate.is_kept and node is not None:
            node = _take(node, index, model)
    return node


# ---- moves -------------------------------------------------------------------------------------


def _take(node: _Node, index: int, model: _Model) -> _Node | None:
    """Return the node with candidate `index` chosen, or None when that breaks a rule."""
    room = node.room - model.widths[index]
    if room < 0 or not node.free >> index & 1:
        return None
    bit = 1 << index
    chosen, free = node.chosen | bit, node.free & ~bit
    for members, most in model.at_most:
        if members & bit and (chosen & members).bit_count() >= most:
            if (chosen & members).bit_count() > most:
                return None
            free &= ~members
    held = node.held | model.gives[index]
    score, still = node.score + model.bonus[index], []
    for demand in node.open_demands:
        if model.needs[demand] & ~held:
            still.append(demand)
        else:
            score += model.values[demand]
    return _Node(chosen, free, held, room, score, still)


def _settle(node: _Node, model: _Model) -> _Node | None:
    """Return the node after what its rules force, or None when it cannot be completed."""
    while True:
        forced = _forced_by_groups(node, model)
        if forced is None or not _within_edits(node, model):
            return None
        forced = (forced | _forced_by_edits(node, model)) & node.free
        if not forced:
            return node
        for index in _bits(forced):
            taken = _take(node, index, model)
            if taken is None:
                return None
            node = taken


def _forced_by_groups(node: _Node, model: _Model) -> int | None:
    """Return the last options of required groups; None when a group has no option left."""
    forced = 0
    for group in model.required:
        if not node.chosen & group:
            options = node.free & group
            if not options:
                return None
            if not options & (options - 1):
                forced |= options
    return forced


def _within_edits(node: _Node, model: _Model) -> bool:
    """Tell whether the edit budget holds; at its end no further word may be added."""
    if model.max_edits is None:
        return True
    added = (node.chosen & ~model.in_title).bit_count()
    if added == model.max_edits:
        node.free &= model.in_title
    return max(added, _removed(node, model)) <= model.max_edits


def _forced_by_edits(node: _Node, model: _Model) -> int:
    """Return the title words that must all stay once the budget of removals is used up."""
    if model.max_edits is None or _removed(node, model) < model.max_edits:
        return 0
    return node.free & model.in_title


def _removed(node: _Node, model: _Model) -> int:
    return (model.in_title & ~node.chosen & ~node.free).bit_count()


def _without(node: _Node, banned: int) -> _Node:
    return _Node(
        node.chosen, node.free & ~banned, node.held, node.room, node.score, node.open_demands
    )


# ---- the bound ---------------------------------------------------------------------------------


def _profits(node: _Node, model: _Model, rho: int) -> tuple[dict[int, int], list[int], int]:
    """Return each free candidate's charged profit, the demands still winnable.

    Those candidates' mask.
    """
    free, room, gives = node.free, node.room, model.gives
    widths, bonus = model.widths, model.bonus
    possible, live = node.held, 0
    for index in _bits(free):
        if widths[index] <= room:
            live |= 1 << index
            possible |= gives[index]
    profit = {index: bonus[index] for index in _bits(live)}
    held, givers, needs, values = node.held, model.givers, model.needs, model.values
    winnable = []
    late: list[tuple[int, int]] = []
    for demand in node.open_demands:
        missing = needs[demand] & ~held
        if missing & ~possible:
            continue
        winnable.append(demand)
        if missing & (missing - 1):
            late.append((demand, missing))
            continue
        for index in givers[missing.bit_length() - 1]:
            if live >> index & 1:
                profit[index] += values[demand]
    for demand, missing in late:
        _charge(values[demand], missing, profit, model, live, rho)
    return profit, winnable, live


def _charge(
    value: int, missing: int, profit: dict[int, int], model: _Model, live: int, rho: int
) -> None:
    """Split `value` over the missing terms.

    First where it fills candidates that do not pay their way.
    """
    rest, widths, spread = value, model.widths, -1
    for bit in _bits(missing):
        givers = [i for i in model.givers[bit] if live >> i & 1]
        slack = min(rho * widths[i] - profit[i] for i in givers)
        if slack > 0:
            part = min(rest, slack)
            for index in givers:
                profit[index] += part
            rest -= part
            if not rest:
                return
        if spread < 0 or len(givers) < spread:
            spread, last = len(givers), givers
    for index in last:
        profit[index] += rest


def _knapsack_price(profit: dict[int, int], widths: list[int], room: int) -> int:
    """Return the price per width unit at which the free candidates would just fill the room."""
    worth = [(p, widths[i]) for i, p in profit.items() if p > 0]
    worth.sort(key=lambda pair: -pair[0] / pair[1])
    for gain, width in worth:
        room -= width
        if room < 0:
            return gain // width
    return 0


# ---- the search --------------------------------------------------------------------------------


class _Run:
    """One depth-first search: the incumbent, and how many nodes are left."""

    def __init__(self, model: _Model, node_budget: int) -> None:
        self.model = model
        self.nodes_left = node_budget
        self.best_score = _NONE
        self.best_chosen = -1
        self.lost = _NONE

    def explore(self, root: _Node) -> None:
        """Search below `root`; a node given up for lack of budget leaves its bound in `lost`."""
        stack: list[tuple[_Node, int, int]] = [(root, 0, 1 << 250)]
        while stack:
            raw, rho, promise = stack.pop()
            if promise <= self.best_score:
                continue
            if self.nodes_left <= 0:
                self.lost = max(self.lost, promise)
                continue
            self.nodes_left -= 1
            node = _settle(raw, self.model)
            if node is not None:
                stack.extend(self._branch(node, rho))

    def _branch(self, node: _Node, rho: int) -> list[tuple[_Node, int, int]]:
        model = self.model
        if node.score > self.best_score and all(node.chosen & g for g in model.required):
            self._keep_if_allowed(node)
        for _ in range(3):
            profit, winnable, live = _profits(node, model, rho)
            node.open_demands, node.free = winnable, node.free & live
            price = _knapsack_price(profit, model.widths, node.room)
            bound = (
                node.score
                + price * node.room
                + sum(
                    p - price * model.widths[i]
                    for i, p in profit.items()
                    if p > price * model.widths[i]
                )
            )
            if bound <= self.best_score or not profit:
                return []
            if price == rho:
                break
            rho = price
        forced, banned = self._fixed(profit, price, bound)
        if forced or banned:
            return self._after_fixing(node, forced, banned, price, bound)
        index = max(profit, key=lambda i: (profit[i] - price * model.widths[i], profit[i], -i))
        out = _without(node, 1 << index | model.weaker[index])
        taken = _take(node, index, model)
        return [(out, price, bound), *([(taken, price, bound)] if taken else [])]

    def _keep_if_allowed(self, node: _Node) -> None:
        model = self.model
        if model.max_edits is not None:
            removed = (model.in_title & ~node.chosen).bit_count()
            if removed > model.max_edits:
                return
        self.best_score, self.best_chosen = node.score, node.chosen

    def _fixed(self, profit: dict[int, int], price: int, bound: int) -> tuple[int, int]:
        """Return masks of free candidates that every better choice takes, and that none takes."""
        forced = banned = 0
        slack = bound - self.best_score
        for index, gain in profit.items():
            worth = gain - price * self.model.widths[index]
            if worth >= slack > 0:
                forced |= 1 << index
            elif -worth >= slack:
                banned |= 1 << index
        return forced, banned

    def _after_fixing(
        self, node: _Node, forced: int, banned: int, price: int, bound: int
    ) -> list[tuple[_Node, int, int]]:
        current: _Node | None = _without(node, banned)
        for index in _bits(forced):
            current = _take(current, index, self.model) if current is not None else None
        return [(current, price, bound)] if current is not None else []
