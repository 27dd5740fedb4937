"""Keyword data from the store, opened only when a command needs it and there is one."""

from __future__ import annotations

import functools
from collections.abc import Callable

from biaoti.cli.memory import collector_at_rest
from biaoti.cli.setup import Setup
from biaoti.settings import Settings
from biaoti.store import Place, StoreError, find_place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from biaoti.engine import Engine
    from biaoti.records import KeywordStat, Period, ReportReading
    from biaoti.score import Market
    from biaoti.store.database import Store


def place_of(setup: Setup, settings: Settings) -> Place:
    """Return where the store of this command is. Raises StoreError when nobody says."""
    database = setup.database or settings.database
    if database is None:
        msg = "--database: found nothing, and no home folder to keep a store in"
        raise StoreError(msg)
    return find_place(database)


def stored_markets(
    setup: Setup, settings: Settings, engine: Engine
) -> Callable[[str | None], Market | None] | None:
    """Return a function from a listing's category to its keyword data; None without a store.

    Reports on the command line go before the store. The data of a category is read once.
    """
    is_stated = setup.database is not None or settings.database is not None
    if setup.keywords or not setup.is_store_wanted or not is_stated:
        return None
    place = place_of(setup, settings)
    if setup.database is None and not place.may_hold_rows():
        return None
    return _markets(_opened(place), engine)


def read_stored(setup: Setup, settings: Settings, period: Period | None) -> ReportReading:
    """Return what the store holds of a category and period. Raises StoreError without a store."""
    from biaoti.records import ReportReading  # noqa: PLC0415 - start-up

    store = _opened(place_of(setup, settings))
    from biaoti.store import reading  # noqa: PLC0415 - start-up

    with collector_at_rest():
        read, rows = reading.read_counted(
            store,
            category=setup.category,
            start=period.start if period else None,
            end=period.end if period else None,
        )
    return ReportReading(rows=rows, read=read, merged=read - len(rows), rejected=())


def read_stored_history(setup: Setup, settings: Settings) -> tuple[KeywordStat, ...]:
    """Return what the store holds of a category, by keyword and period. Raises StoreError."""
    store = _opened(place_of(setup, settings))
    from biaoti.store import reading  # noqa: PLC0415 - start-up

    with collector_at_rest():
        return reading.history(store, category=setup.category)


def stored_categories(setup: Setup, settings: Settings) -> tuple[str, ...]:
    """Return the categories that the store files something under, in order of text."""
    store = _opened(place_of(setup, settings))
    from biaoti.store import reading  # noqa: PLC0415 - start-up

    return reading.categories(store)


def stored_version(setup: Setup, settings: Settings) -> str:
    """Return what changes with every import and undo, empty while there is no store."""
    is_stated = setup.database is not None or settings.database is not None
    if not setup.is_store_wanted or not is_stated:
        return ""
    place = place_of(setup, settings)
    if not place.may_hold_rows():
        return ""
    store = _opened(place)
    from biaoti.store import reading  # noqa: PLC0415 - start-up

    return reading.data_version(store)


def _opened(place: Place) -> Store:
    """Return the store that is there: a command that only reads makes none."""
    if not place.may_hold_rows():
        msg = f"{place.shown}: found no store; import reports first, or name report files"
        raise StoreError(msg)
    from biaoti.store.schema import open_store  # noqa: PLC0415 - start-up

    return open_store(place)


def _markets(store: Store, engine: Engine) -> Callable[[str | None], Market | None]:
    from biaoti.engine import make_market  # noqa: PLC0415 - start-up
    from biaoti.store import reading  # noqa: PLC0415 - start-up
    from biaoti.store.categories import nearest  # noqa: PLC0415 - start-up

    filed = reading.categories(store)

    # Kept for good, because processes of a catalogue find here what was read before they were
    # forked; `nearest` gives no more names than there are places with something filed.
    @functools.cache
    def market_of(category: str | None) -> Market | None:
        with collector_at_rest():
            stats = reading.read_stats(store, category=category)
            return make_market(engine, stats) if stats else None

    return lambda category: market_of(nearest(category, filed))
