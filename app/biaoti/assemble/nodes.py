"""A partial choice and the moves from it: take, ban, and follow what the rules force."""

from __future__ import annotations

from dataclasses import dataclass

from biaoti.assemble.model import Model, bits


@dataclass(slots=True)
class Node:
    """A partial choice: sets as bit masks over candidates and terms."""

    chosen: int
    free: int
    held: int
    room: int
    score: int
    open_demands: list[int]


def take(node: Node, index: int, model: Model) -> Node | None:
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
    return Node(chosen, free, held, room, score, still)


def settle(node: Node, model: Model) -> Node | None:
    """Return the node after what its rules force, or None when it cannot be completed."""
    while True:
        forced = _forced_by_groups(node, model)
        if forced is None or not _within_edits(node, model):
            return None
        forced = (forced | _forced_by_edits(node, model)) & node.free
        if not forced:
            return node
        for index in bits(forced):
            taken = take(node, index, model)
            if taken is None:
                return None
            node = taken


def _forced_by_groups(node: Node, model: Model) -> int | None:
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


def _within_edits(node: Node, model: Model) -> bool:
    """Tell whether the edit budget holds; at its end no further word may be added."""
    if model.max_edits is None:
        return True
    added = (node.chosen & ~model.in_title).bit_count()
    if added == model.max_edits:
        node.free &= model.in_title
    spare = model.max_edits - _removed(node, model)
    return added <= model.max_edits and spare >= 0 and _own_words_fit(node, model, spare)


def _own_words_fit(node: Node, model: Model, spare: int) -> bool:
    """Tell whether the title words still free fit when the `spare` widest of them go."""
    widths = sorted(model.widths[index] for index in bits(node.free & model.in_title))
    return sum(widths[: len(widths) - spare] if spare < len(widths) else ()) <= node.room


def _forced_by_edits(node: Node, model: Model) -> int:
    """Return the title words that must all stay once the budget of removals is used up."""
    if model.max_edits is None or _removed(node, model) < model.max_edits:
        return 0
    return node.free & model.in_title


def _removed(node: Node, model: Model) -> int:
    return (model.in_title & ~node.chosen & ~node.free).bit_count()


def without(node: Node, banned: int) -> Node:
    """Return the node with the candidates of mask `banned` no longer free."""
    return Node(
        node.chosen, node.free & ~banned, node.held, node.room, node.score, node.open_demands
    )
