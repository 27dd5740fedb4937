"""The rows of the keyword table: figures as read, kinds, and the value with all it is made of."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist
from typing import Any

from biaoti.encode import plain
from biaoti.keywords.bids import Bid
from biaoti.keywords.kinds import Kind, kinds_by_rank
from biaoti.keywords.roots import Root
from biaoti.keywords.trends import Trend
from biaoti.records import (
    KeywordStat,
    Policy,
    ReportReading,
    Score,
    Stage,
    Term,
    ValueRange,
)
from biaoti.score import Appraisal, Market, appraise, score_of

# Two keywords stand in an order that is a toss-up when the lower one is truly worth more with at
# least this probability.
TOSS_UP = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class KeywordRow:
    """One keyword with all that is known and reckoned of it."""

    stat: KeywordStat
    terms: tuple[Term, ...]
    kinds: tuple[Kind, ...]
    appraisal: Appraisal
    score: Score
    trend: Trend | None = None
    is_toss_up_with_next: bool = False

    @property
    def value(self) -> ValueRange:
        """Return the value with its credible range."""
        return self.score.range


def keyword_rows(  # noqa: PLR0913 - a row is made of all of these
    stats: Sequence[KeywordStat],
    market: Market,
    policy: Policy,
    *,
    sequence: Callable[[str], tuple[Term, ...]],
    is_brand: Callable[[Term], bool],
    is_attribute: Callable[[Term], bool],
    trends: Mapping[str, Trend] | None = None,
    stage: Stage = Stage.GROWTH,
) -> tuple[KeywordRow, ...]:
    """Return one row per keyword, the most valuable first, then by text, for a listing of `stage`.

    `market` is made of `stats`; `sequence` cuts a keyword, `is_brand` and `is_attribute` know what
    words say, `trends` what became of a keyword over time.
    """
    known = {_identity(keyword.stat): keyword.appraisal for keyword in market.keywords}
    appraisals = [
        known.get(_identity(stat)) or appraise(stat, frozenset(), market.baseline, policy)
        for stat in stats
    ]
    judge = kinds_by_rank(stats, appraisals)
    rows = []
    for stat, appraisal in zip(stats, appraisals, strict=True):
        terms = sequence(stat.keyword)
        trend = (trends or {}).get(stat.keyword)
        words = [Kind.BRAND] if any(map(is_brand, terms)) else []
        words += [Kind.ATTRIBUTE] if any(map(is_attribute, terms)) else []
        rows.append(
            KeywordRow(
                stat=stat,
                terms=terms,
                kinds=(*judge(stat, appraisal), *words, *(trend.kinds if trend else ())),
                appraisal=appraisal,
                score=score_of(appraisal, policy, stage),
                trend=trend,
            )
        )
    return with_toss_ups(sorted(rows, key=lambda row: (-row.score.total, row.stat.keyword)))


def with_toss_ups(rows: Sequence[KeywordRow]) -> tuple[KeywordRow, ...]:
    """Return `rows` in their order, each marked when its order with the next is a toss-up."""
    marked = [
        _marked(row, is_toss_up=is_toss_up(row.score, below.score)) for row, below in pairwise(rows)
    ]
    return (*marked, *(_marked(row, is_toss_up=False) for row in rows[-1:]))


def is_toss_up(above: Score, below: Score) -> bool:
    """Tell whether the keyword below may as well be worth more than the one above.

    Both values are log-normal and taken for independent; two exact values are a toss-up when equal.
    """
    if above.total <= 0 or below.total <= 0:
        return above.total == below.total
    lead = _log_median(above) - _log_median(below)
    spread = math.hypot(above.spread, below.spread)
    if spread == 0:
        return lead == 0
    return 1.0 - NormalDist().cdf(lead / spread) >= TOSS_UP


def _log_median(score: Score) -> float:
    return math.log(score.total) - score.spread**2 / 2


def _marked(row: KeywordRow, *, is_toss_up: bool) -> KeywordRow:
    # Written out: dataclasses.replace costs more than all else that is done for a row.
    return KeywordRow(
        stat=row.stat,
        terms=row.terms,
        kinds=row.kinds,
        appraisal=row.appraisal,
        score=row.score,
        trend=row.trend,
        is_toss_up_with_next=is_toss_up,
    )


def _identity(stat: KeywordStat) -> tuple[str, str | None, str | None]:
    return stat.keyword, stat.category, stat.source


# ---- as JSON objects ---------------------------------------------------------------------------


def keyword_report(
    rows: Sequence[KeywordRow],
    roots: Sequence[Root],
    reading: ReportReading,
    bids: Sequence[Bid] | None = None,
) -> dict[str, Any]:
    """Return the answer to `keywords`; rejected rows are told with their place, `bids` if asked."""
    return {
        "rows": [keyword_row(row) for row in rows],
        "roots": [plain(root) for root in roots],
        **({} if bids is None else {"bids": [plain(bid) for bid in bids]}),
        "read": reading.read,
        "merged": reading.merged,
        "rejected": [plain(reject) for reject in reading.rejected],
        "notes": list(reading.notes),
    }


def keyword_row(row: KeywordRow) -> dict[str, Any]:
    """Return one keyword with its figures as read, its kinds, and its value with the parts.

    The parts multiply to `value.mean`; `value.low` and `value.high` follow from mean and spread
    (`credible_range`).
    """
    stat = plain(row.stat)
    trend = row.trend
    return {
        "keyword": stat.pop("keyword"),
        "terms": list(row.terms),
        **stat,
        "kinds": [kind.value for kind in row.kinds],
        "trend": None
        if trend is None
        else {
            "periods": trend.periods,
            "change": trend.change,
            "peak_months": list(trend.peak_months),
        },
        "value": plain(row.value),
        "toss_up_with_next": row.is_toss_up_with_next,
        "parts": {name: plain(factor) for name, factor in row.score.parts},
    }
