"""Keyword statistics -> the keyword table and the bids: one call each, for every face."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from biaoti.brief import Options, prepare
from biaoti.engine import Engine, make_market
from biaoti.errors import ListingError
from biaoti.keywords.bids import Bid, Terms, bids
from biaoti.keywords.roots import Root, roots
from biaoti.keywords.rows import KeywordRow, keyword_rows
from biaoti.keywords.trends import trends
from biaoti.keywords.vocabulary import is_attribute, is_brand
from biaoti.records import KeywordStat, Listing, Stage
from biaoti.score import Market


@dataclass(frozen=True, slots=True, kw_only=True)
class KeywordTable:
    """The rows and root words of some reports, and the market they were made of."""

    rows: tuple[KeywordRow, ...]
    roots: tuple[Root, ...]
    market: Market


def keyword_table(
    engine: Engine,
    stats: Sequence[KeywordStat],
    *,
    history: Iterable[KeywordStat] = (),
    stage: Stage = Stage.GROWTH,
) -> KeywordTable:
    """Return the table of `stats`, one row for each, valued for a listing of `stage`.

    `history` holds the same keywords period by period, for what rises, falls and has a season.
    """
    market = make_market(engine, stats)
    rows = keyword_rows(
        stats,
        market,
        engine.lexicon.policy,
        sequence=engine.segmenter.sequence,
        is_brand=lambda term: is_brand(term, engine.lexicon),
        is_attribute=lambda term: is_attribute(term, engine.lexicon),
        trends=trends(history),
        stage=stage,
    )
    return KeywordTable(rows=rows, roots=roots(market, stage), market=market)


def bids_in(
    engine: Engine, market: Market, terms: Terms, listing: Listing | None, today: str
) -> tuple[Bid, ...]:
    """Return the bids for the keywords that `listing` may aim at, or for all without one.

    Raises ListingError when the market knows nothing of conversion.
    """
    if market.baseline.conversion_rate is None:
        raise ListingError(
            "REPORT: found no conversion rate, expected one to reckon bids (支付转化率)"
        )
    keywords = market.keywords
    if listing is not None:
        brief = prepare(engine, listing, market, Options(), today)
        keywords = tuple(market.keywords[number] for number in brief.gate.eligible)
    return bids([(keyword.stat, keyword.appraisal) for keyword in keywords], terms)
