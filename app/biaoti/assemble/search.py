"""Branch and bound on term masks: exact, deterministic, ties settled (docs/adr/0004).

A node holds some candidates, has banned some, and leaves the rest free; `bound` says what it can
still be worth. Ties are part of one integer objective: value, then edits, then width, then text
order, each scaled below the last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from biaoti.assemble.bound import knapsack_price, lost_already, most_ties, profits
from biaoti.assemble.model import Model, bits, model_of, union
from biaoti.assemble.nodes import Node, settle, take, without
from biaoti.assemble.problem import Problem
from biaoti.assemble.writing import Writer
from biaoti.records import SecondsLeft, forever

if TYPE_CHECKING:
    from biaoti.assemble.planes import Planes, Shares

_NONE = -(1 << 200)
# Demands looked at by the quick bound before the sharp one takes over: about ten milliseconds.
SWITCH = 10_000
# Nodes searched even when time is up: the first ways down, which end in a good line.
_FIRST_NODES = 64


@dataclass(frozen=True, slots=True)
class Found:
    """The best line met, and a proven bound on the value of any.

    `order` None: none is allowed, or none beats the floor that the search was given.
    """

    order: tuple[int, ...] | None
    bound: int
    is_complete: bool


@dataclass(frozen=True, slots=True)
class _Open:
    """A node still to search: the price that bounded the one above, its promise and its split."""

    node: Node
    rho: int
    promise: int
    shares: Shares | None


def search(
    problem: Problem,
    *,
    node_budget: int,
    floor: int | None = None,
    start: Sequence[int] = (),
    seconds_left: SecondsLeft = forever,
) -> Found:
    """Return the best choice; `start` is a set to begin from, if it is allowed.

    `is_complete` tells whether it is proved within `node_budget` nodes and before time is up.
    """
    model = model_of(problem)
    writer = Writer(problem, problem.line) if problem.line else None
    run = _Run(model, writer, node_budget, seconds_left)
    if floor is not None:
        run.best_score = floor * model.unit - model.unit // 2
    root = _root(problem, model)
    if root is not None:
        run.begin(root, start)
        run.explore(root)
    is_complete = run.lost == _NONE
    bound = run.best_score if is_complete else max(run.best_score, run.lost)
    return Found(run.best_order, max(0, (bound + model.unit // 2) // model.unit), is_complete)


def _root(problem: Problem, model: Model) -> Node | None:
    everyone = (1 << len(model.widths)) - 1
    closed = union([members for members, most in model.at_most if not most])
    node: Node | None = Node(
        0, everyone & ~closed, 0, problem.limit, 0, list(range(len(model.needs)))
    )
    for index, candidate in enumerate(problem.candidates):
        if candidate.is_kept and node is not None:
            node = take(node, index, model)
    return node


class _Run:
    """One depth-first search: the incumbent, and how many nodes are left."""

    def __init__(
        self, model: Model, writer: Writer | None, node_budget: int, seconds_left: SecondsLeft
    ) -> None:
        self.model = model
        self.seconds_left = seconds_left
        self.writer = writer
        self.nodes = 0
        self.work = 0
        self.node_budget = node_budget
        self.best_score = _NONE
        self.best_order: tuple[int, ...] | None = None
        self.lost = _NONE
        self.planes: Planes | None = None

    def begin(self, root: Node, start: Sequence[int]) -> None:
        """Keep the set `start` as the best so far, if it is allowed."""
        model, node = self.model, root
        for index in start:
            taken = None if node.chosen >> index & 1 else take(node, index, model)
            node = taken or node
        added = (node.chosen & ~model.in_title).bit_count()
        is_within = model.max_edits is None or added <= model.max_edits
        if is_within and start and all(node.chosen & group for group in model.required):
            self._keep_if_allowed(node)

    def explore(self, root: Node) -> None:
        """Search below `root`; a node given up for lack of budget leaves its bound in `lost`."""
        stack = [_Open(root, 0, 1 << 250, None)]
        while stack:
            opened = stack.pop()
            if opened.promise <= self.best_score:
                continue
            if self.nodes >= self.node_budget or self._is_late():
                self.lost = max(self.lost, opened.promise)
                continue
            self.nodes += 1
            node = settle(opened.node, self.model)
            if node is not None:
                stack.extend(self._below(node, opened))

    def _is_late(self) -> bool:
        """Tell whether time is up; never before there is an answer and the first ways are gone."""
        has_answer = self.best_score > _NONE and self.nodes >= _FIRST_NODES
        return has_answer and self.seconds_left() <= 0

    def _below(self, node: Node, opened: _Open) -> list[_Open]:
        """Return what is left to search below `node`, the most promising last."""
        model = self.model
        score = node.score - (lost_already(node, model) if model.losses else 0)
        if score > self.best_score and all(node.chosen & g for g in model.required):
            self._keep_if_allowed(node)
        if self.work < SWITCH:
            return self._quickly(node, score, opened)
        return self._sharply(node, score, opened)

    def _quickly(self, node: Node, score: int, opened: _Open) -> list[_Open]:
        model, rho = self.model, opened.rho
        for _ in range(3):
            self.work += len(node.open_demands)
            profit, winnable, live = profits(node, model, rho)
            node.open_demands, node.free = winnable, node.free & live
            price = knapsack_price(profit, model.widths, node.room)
            worth = {i: p - price * model.widths[i] for i, p in profit.items()}
            bound = score + price * node.room + sum(w for w in worth.values() if w > 0)
            if bound <= self.best_score or not profit:
                return []
            if price == rho:
                break
            rho = price
        if model.points(bound) == model.points(self.best_score):
            # No value is left to be won: what remains is a question of ties.
            value = model.points(node.score)
            ties = node.score - value * model.unit + most_ties(node, model)
            if model.points(bound) * model.unit + ties <= self.best_score:
                return []
        below = _Open(node, price, bound, opened.shares)
        forced, banned = _fixed(worth, bound - self.best_score)
        if forced or banned:
            return self._after_fixing(below, forced, banned)
        index = max(profit, key=lambda i: (worth[i], profit[i], -i))
        return self._two_ways(below, index)

    def _sharply(self, node: Node, score: int, opened: _Open) -> list[_Open]:
        model = self.model
        self.planes = planes = self.planes or _planes(model)
        node.free = sum(1 << i for i in bits(node.free) if model.widths[i] <= node.room)
        if not node.free:
            return []
        target = model.points(self.best_score)
        plane = planes.bound(node, model.points(score), opened.shares, target)
        if plane.bound < target:
            return []
        if plane.bound == target:
            return self._quickly(node, score, opened)
        # A value one above the bound is out of reach, whatever the ties.
        bound = min(opened.promise, (plane.bound + 1) * model.unit)
        below = _Open(node, opened.rho, bound, plane.shares)
        forced, banned = _fixed(plane.worth, plane.bound + 1 - target)
        if forced or banned:
            return self._after_fixing(below, forced, banned)
        return self._two_ways(below, max(plane.worth, key=lambda i: (plane.worth[i], -i)))

    def _keep_if_allowed(self, node: Node) -> None:
        model = self.model
        if model.max_edits is not None:
            removed = (model.in_title & ~node.chosen).bit_count()
            if removed > model.max_edits:
                return
        if self.writer is None:
            self.best_score, self.best_order = node.score, tuple(bits(node.chosen))
            return
        written = self.writer.best(
            node.chosen,
            score=node.score,
            unit=model.unit,
            space=model.width_scale,
            floor=self.best_score,
        )
        if written is not None:
            self.best_score, self.best_order = written

    def _two_ways(self, below: _Open, index: int) -> list[_Open]:
        """Return the node without candidate `index`, and the one with it."""
        banned = 1 << index | self.model.weaker[index]
        ways = [replace(below, node=without(below.node, banned))]
        taken = take(below.node, index, self.model)
        return [*ways, replace(below, node=taken)] if taken else ways

    def _after_fixing(self, below: _Open, forced: int, banned: int) -> list[_Open]:
        current: Node | None = without(below.node, banned)
        for index in bits(forced):
            current = take(current, index, self.model) if current is not None else None
        return [replace(below, node=current)] if current is not None else []


def _fixed(worth: Mapping[int, float], slack: float) -> tuple[int, int]:
    """Return masks of the candidates that every better choice takes, and that none takes.

    `slack` is what the bound is above the best choice known.
    """
    forced = banned = 0
    for index, gain in worth.items():
        if gain >= slack > 0:
            forced |= 1 << index
        elif -gain >= slack:
            banned |= 1 << index
    return forced, banned


def _planes(model: Model) -> Planes:
    from biaoti.assemble.planes import Planes  # noqa: PLC0415 - most problems never pay for numpy

    return Planes(model)
