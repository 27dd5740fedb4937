"""What a seller adds to keyword data: a listing or its price and margin, reports of many periods.

The options of `biaoti keywords` beyond the reports themselves.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from biaoti.cli import streams
from biaoti.cli.setup import Setup
from biaoti.cli.start import load_alias_names, report_headers, today
from biaoti.cli.stored import read_stored_history
from biaoti.records import KeywordStat, Listing, Stage
from biaoti.settings import Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from biaoti.engine import Engine
    from biaoti.keywords import Bid, Terms
    from biaoti.score import Market


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """What the command line says of the thing to sell."""

    listing: Path | None = None
    price: float | None = None
    gross_margin: float | None = None
    basket: float | None = None

    @property
    def asks_for_bids(self) -> bool:
        """Tell whether anything was said that bids are reckoned from."""
        figures = (self.price, self.gross_margin, self.basket)
        return self.listing is not None or any(figure is not None for figure in figures)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The thing to sell: the listing when there is one, what an order brings, the day."""

    listing: Listing | None
    terms: Terms | None
    today: str

    @property
    def stage(self) -> Stage:
        """Return the life stage that keywords are valued for: the listing's, else growth."""
        return self.listing.stage if self.listing else Stage.GROWTH


def read_offer(sale: Sale, setup: Setup, settings: Settings) -> Offer:
    """Return the thing to sell; options go before the listing's own figures.

    Raises ListingError for a figure that is missing or impossible.
    """
    day = today(setup, settings)()
    if not sale.asks_for_bids:
        return Offer(listing=None, terms=None, today=day)
    from biaoti.keywords.bids import terms_of  # noqa: PLC0415 - start-up
    from biaoti.listings import read_listing  # noqa: PLC0415 - start-up

    listing = None
    if sale.listing is not None:
        aliases = load_alias_names(settings.lexicon_dir)
        listing = read_listing(streams.read_object(str(sale.listing)), aliases)
    priced = listing or Listing()
    if sale.price is not None:
        priced = replace(priced, price=sale.price)
    if sale.gross_margin is not None:
        priced = replace(priced, gross_margin=sale.gross_margin)
    return Offer(listing=listing, terms=terms_of(priced, sale.basket), today=day)


def offered_bids(offer: Offer, engine: Engine, market: Market) -> tuple[Bid, ...] | None:
    """Return the bids of the thing to sell, None when they were not asked for."""
    if offer.terms is None:
        return None
    from biaoti.keywords import bids_in  # noqa: PLC0415 - start-up

    return bids_in(engine, market, offer.terms, offer.listing, offer.today)


def read_history(setup: Setup, settings: Settings) -> tuple[KeywordStat, ...]:
    """Return one row for each keyword and period, when there is more than one period."""
    if len(setup.keywords) == 1:
        return ()
    rows = period_rows(setup, settings)
    return rows if len({row.period for row in rows if row.period}) > 1 else ()


def period_rows(setup: Setup, settings: Settings) -> tuple[KeywordStat, ...]:
    """Return one row for each keyword and report file, or for each keyword and period stored."""
    if not setup.keywords:
        return read_stored_history(setup, settings)
    from biaoti.reports import read_reports  # noqa: PLC0415 - start-up

    headers = report_headers(settings.lexicon_dir)
    return tuple(
        row
        for path in setup.keywords
        for row in read_reports((path,), headers, category=setup.category).rows
    )
