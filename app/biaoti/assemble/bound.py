"""How much any completion of a partial choice can be worth (docs/adr/0004).

For every price `rho` >= 0 and any split of each open demand over its missing terms

    value(best below) <= held + rho * room + sum(max(0, profit[c] - rho * width[c]) for c in free)

so the split is chosen to waste little: a demand's value first fills candidates that would not pay
their way anyway.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from biaoti.assemble.looseness import Loss
from biaoti.assemble.model import Model, bits
from biaoti.assemble.nodes import Node


def profits(node: Node, model: Model, rho: int) -> tuple[dict[int, int], list[int], int]:
    """Return the charged profits of free candidates, the winnable demands, and those candidates."""
    free, room, gives = node.free, node.room, model.gives
    widths, bonus = model.widths, model.bonus
    possible, live = node.held, 0
    for index in bits(free):
        if widths[index] <= room:
            live |= 1 << index
            possible |= gives[index]
    profit = {index: bonus[index] for index in bits(live)}
    held, givers, needs, values = node.held, model.givers, model.needs, values_of(node, model)
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
    alive = {
        bit: [index for index in givers[bit] if live >> index & 1] for bit in bits(possible & ~held)
    }
    for demand, missing in late:
        _charge(values[demand], missing, profit, widths, alive, rho)
    return profit, winnable, live


def values_of(node: Node, model: Model) -> list[int]:
    """Return what each demand can still pay below `node`."""
    if not model.losses:
        return model.values
    values = model.values.copy()
    for demand, losses in model.losses.items():
        values[demand] -= lost(losses, node.chosen)
    return values


def lost(losses: Sequence[Loss], chosen: int) -> int:
    """Return what a demand loses at least because chosen words stand between its own."""
    return sum(loss.given(chosen) for loss in losses)


def lost_already(node: Node, model: Model) -> int:
    """Return what the demands that are covered lose at least in every line below `node`."""
    held, chosen, needs = node.held, node.chosen, model.needs
    return sum(
        lost(losses, chosen) for demand, losses in model.losses.items() if not needs[demand] & ~held
    )


def _charge(
    value: int,
    missing: int,
    profit: dict[int, int],
    widths: Sequence[int],
    alive: Mapping[int, Sequence[int]],
    rho: int,
) -> None:
    """Split `value` over the missing terms, first where it fills candidates that do not pay.

    `alive` holds the candidates that can still give each term.
    """
    rest, spread = value, -1
    for bit in bits(missing):
        givers = alive[bit]
        if len(givers) == 1:
            slack = rho * widths[givers[0]] - profit[givers[0]]
        else:
            slack = min([rho * widths[i] - profit[i] for i in givers])
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


def most_ties(node: Node, model: Model) -> int:
    """Return the most that free candidates can add to the ties.

    New words only cost edits. Of the seller's own as many as fit, the narrowest first, leave the
    fewest edits and the least width; no choice of as many comes first in more texts.
    """
    own = bits(node.free & model.in_title)
    widths = sorted(model.widths[index] for index in own)
    room, count = node.room, 0
    while count < len(widths) and widths[count] <= room:
        room -= widths[count]
        count += 1
    texts = sorted(
        model.bonus[i] - model.edit_scale + model.widths[i] * model.width_scale for i in own
    )
    taken = node.room - room
    return count * model.edit_scale - taken * model.width_scale + sum(texts[len(texts) - count :])


def knapsack_price(profit: dict[int, int], widths: list[int], room: int) -> int:
    """Return the price per width unit at which the free candidates would just fill the room."""
    worth = [(p, widths[i]) for i, p in profit.items() if p > 0]
    worth.sort(key=lambda pair: -pair[0] / pair[1])
    for gain, width in worth:
        room -= width
        if room < 0:
            return gain // width
    return 0
