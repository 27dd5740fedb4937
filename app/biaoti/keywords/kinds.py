"""What a keyword is like among the others of its report.

Kinds of demand go by rank: report figures are indices or buckets, so their order means something
and their sizes do not. A tie of all rows makes no kind.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Sequence
from enum import StrEnum

from biaoti.records import KeywordStat, credible_range
from biaoti.score import Appraisal

# Queries follow Zipf's law: most of a category's demand lies in its first tenth of keywords (大词),
# and the lower half (长尾词) matters by its number alone. Guarded by tests/test_keywords.py.
HEAD_SHARE = 0.1
TAIL_SHARE = 0.5
# Much sought, little offered: the best fifth by demand per competing listing, from median demand
# on, because a keyword that nobody seeks has a fine ratio and no use.
OCEAN_SHARE = 0.2
OCEAN_LEAST_DEMAND = 0.5


class Kind(StrEnum):
    """What a keyword is like among the others of its report."""

    HEAD = "head"
    LONG_TAIL = "long_tail"
    HOT = "hot"
    CONVERTING = "converting"
    ATTRIBUTE = "attribute"
    BRAND = "brand"
    BLUE_OCEAN = "blue_ocean"
    RISING = "rising"
    FALLING = "falling"
    SEASONAL = "seasonal"


Judge = Callable[[KeywordStat, Appraisal], tuple[Kind, ...]]


def kinds_by_rank(stats: Sequence[KeywordStat], appraisals: Sequence[Appraisal]) -> Judge:
    """Return the judge of keywords among these rows.

    `head` and `long_tail` go by demand, `hot` by the clicks drawn, `blue_ocean` by demand per
    competing listing. `converting` is a keyword whose conversion lies above that of the
    middle row with the whole of its credible range, so that luck on few clicks makes none.
    """
    demands = sorted(d for stat in stats if (d := _demand(stat)) is not None)
    openings = sorted(o for stat in stats if (o := _opening(stat)) is not None)
    draws = sorted(d for s, a in zip(stats, appraisals, strict=True) if (d := _draw(s, a)))
    rates = sorted(appraisal.conversion_rate.mean for appraisal in appraisals)
    usual = rates[len(rates) // 2] if rates else math.inf

    def judge(stat: KeywordStat, appraisal: Appraisal) -> tuple[Kind, ...]:
        demand, opening, draw = _demand(stat), _opening(stat), _draw(stat, appraisal)
        found = []
        if demand is not None and _share_below(demands, demand) >= 1 - HEAD_SHARE:
            found.append(Kind.HEAD)
        if demand is not None and _share_above(demands, demand) >= TAIL_SHARE:
            found.append(Kind.LONG_TAIL)
        if draw and _share_below(draws, draw) >= 1 - HEAD_SHARE:
            found.append(Kind.HOT)
        if credible_range(*appraisal.conversion_rate).low > usual:
            found.append(Kind.CONVERTING)
        is_sought = demand is not None and _share_above(demands, demand) <= OCEAN_LEAST_DEMAND
        if opening is not None and is_sought and _share_below(openings, opening) >= 1 - OCEAN_SHARE:
            found.append(Kind.BLUE_OCEAN)
        return tuple(found)

    return judge


def _demand(stat: KeywordStat) -> float | None:
    return stat.impressions if stat.demand_index is None else stat.demand_index.mid


def _draw(stat: KeywordStat, appraisal: Appraisal) -> float | None:
    """Return the clicks a keyword draws, in units of its demand; None where demand is unknown."""
    if _demand(stat) is None:
        return None
    return appraisal.demand.mean * appraisal.click_through_rate.mean


def _opening(stat: KeywordStat) -> float | None:
    """Return the demand per competing listing; without a known supply there is none to speak of."""
    demand = _demand(stat)
    if demand is None or stat.supply is None:
        return None
    return demand / max(1.0, stat.supply)


def _share_below(ordered: Sequence[float], figure: float) -> float:
    return bisect.bisect_left(ordered, figure) / len(ordered)


def _share_above(ordered: Sequence[float], figure: float) -> float:
    return 1 - bisect.bisect_right(ordered, figure) / len(ordered)
