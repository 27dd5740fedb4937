"""Branch and bound on term masks: exact, deterministic, ties settled (docs/adr/0004).

A node holds some candidates, has banned some, and leaves the rest free; `bound` says what it can
still be worth. Ties are part of one integer objective: value, then edits, then width, then text
order, each scaled below the last.
"""

from __future__ import annotations

from dataclasses import dataclass

from biaoti.assemble.bound import knapsack_price, lost_already, profits
from biaoti.assemble.model import Model, bits, model_of
from biaoti.assemble.nodes import Node, settle, take, without
from biaoti.assemble.problem import Problem
from biaoti.assemble.writing import Writer

_NONE = -(1 << 200)


@dataclass(frozen=True, slots=True)
class Found:
    """The best line met, and a proven bound on the value of any.

    `order` None: none is allowed, or none beats the floor that the search was given.
    """

    order: tuple[int, ...] | None
    bound: int
    is_complete: bool


def search(problem: Problem, *, node_budget: int, floor: int | None = None) -> Found:
    """Return the best choice.

    `is_complete` tells whether it is proved within `node_budget` nodes.
    """
    model = model_of(problem)
    run = _Run(model, Writer(problem, problem.line) if problem.line else None, node_budget)
    if floor is not None:
        run.best_score = floor * model.unit - model.unit // 2
    root = _root(problem, model)
    if root is not None:
        run.explore(root)
    is_complete = run.nodes_left > 0
    bound = run.best_score if is_complete else max(run.best_score, run.lost)
    return Found(run.best_order, max(0, (bound + model.unit // 2) // model.unit), is_complete)


def _root(problem: Problem, model: Model) -> Node | None:
    everyone = (1 << len(model.widths)) - 1
    node: Node | None = Node(0, everyone, 0, problem.limit, 0, list(range(len(model.needs))))
    for index, candidate in enumerate(problem.candidates):
        if candidate.is_kept and node is not None:
            node = take(node, index, model)
    return node


class _Run:
    """One depth-first search: the incumbent, and how many nodes are left."""

    def __init__(self, model: Model, writer: Writer | None, node_budget: int) -> None:
        self.model = model
        self.writer = writer
        self.nodes_left = node_budget
        self.best_score = _NONE
        self.best_order: tuple[int, ...] | None = None
        self.lost = _NONE

    def explore(self, root: Node) -> None:
        """Search below `root`; a node given up for lack of budget leaves its bound in `lost`."""
        stack: list[tuple[Node, int, int]] = [(root, 0, 1 << 250)]
        while stack:
            raw, rho, promise = stack.pop()
            if promise <= self.best_score:
                continue
            if self.nodes_left <= 0:
                self.lost = max(self.lost, promise)
                continue
            self.nodes_left -= 1
            node = settle(raw, self.model)
            if node is not None:
                stack.extend(self._branch(node, rho))

    def _branch(self, node: Node, rho: int) -> list[tuple[Node, int, int]]:
        model = self.model
        score = node.score - (lost_already(node, model) if model.losses else 0)
        if score > self.best_score and all(node.chosen & g for g in model.required):
            self._keep_if_allowed(node)
        for _ in range(3):
            profit, winnable, live = profits(node, model, rho)
            node.open_demands, node.free = winnable, node.free & live
            price = knapsack_price(profit, model.widths, node.room)
            bound = (
                score
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
        out = without(node, 1 << index | model.weaker[index])
        taken = take(node, index, model)
        return [(out, price, bound), *([(taken, price, bound)] if taken else [])]

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
        self, node: Node, forced: int, banned: int, price: int, bound: int
    ) -> list[tuple[Node, int, int]]:
        current: Node | None = without(node, banned)
        for index in bits(forced):
            current = take(current, index, self.model) if current is not None else None
        return [(current, price, bound)] if current is not None else []
