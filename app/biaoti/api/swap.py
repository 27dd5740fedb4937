"""Fresh data without a restart: a new session takes the place of the old one, whole or not at all.

Every worker looks by itself (docs/adr/0018): what lies on the disk and in the store is the same for
all, so they come to the same end without talking to one another.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from dataclasses import dataclass, field

from biaoti.answers import Session
from biaoti.api.logs import logger, place_of
from biaoti.api.metrics import Metrics
from biaoti.errors import BiaotiError
from biaoti.optimize import versions

_LOG = logger("biaoti.api.swap")

Fingerprint = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where sessions come from.

    `fingerprint` is cheap and changes with anything a session is made of; `load` builds one, given
    the fingerprint it should have, the session served now and that one's fingerprint, parts of
    which may be used again.
    """

    fingerprint: Callable[[], Fingerprint]
    load: Callable[[Fingerprint, Session, Fingerprint], Session]


@dataclass(slots=True, kw_only=True)
class Live:
    """The session that requests are answered from; one assignment swaps it."""

    session: Session
    served: Fingerprint = ()
    source: Source | None = None
    refused: Fingerprint | None = None
    is_draining: bool = False
    _pending: Fingerprint | None = field(default=None)

    def look(self, metrics: Metrics) -> bool:
        """Swap in what is new, if it was left in peace since the last look; tell whether it was.

        A version that cannot be loaded is refused until something changes again.
        """
        if self.source is None:
            return False
        try:
            found = self.source.fingerprint()
        except (BiaotiError, OSError) as error:
            _LOG.warning("data-not-seen", problem=type(error).__name__)
            return False
        if found in {self.served, self.refused}:
            self._pending = None
            if found == self.served:
                self.refused = None
                metrics.refused_version.set(0)
            return False
        if found != self._pending:
            self._pending = found
            return False
        return self._take(found, self.source, metrics)

    def _take(self, found: Fingerprint, source: Source, metrics: Metrics) -> bool:
        try:
            session = source.load(found, self.session, self.served)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, the old one serves on
            self.refused = found
            metrics.swaps.labels("refused").inc()
            metrics.refused_version.set(1)
            told = str(error) if isinstance(error, BiaotiError) else place_of(error)
            _LOG.error("data-refused", problem=type(error).__name__, detail=told[:500])
            return False
        self.session, self.served, self.refused, self._pending = session, found, None, None
        metrics.swaps.labels("taken").inc()
        metrics.refused_version.set(0)
        self.tell(metrics)
        _LOG.info("data-swapped", lexicon=session.engine.lexicon.version, data=_data(session))
        _forget()
        return True

    def tell(self, metrics: Metrics) -> None:
        """Let the metrics know the versions served."""
        metrics.serve(versions(self.session.engine, self.session.market))


def _data(session: Session) -> str:
    return session.market.version if session.market else ""


def _forget() -> None:
    """Give the memory of the old session back: it was exempt from the cycle collector."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


async def watch(live: Live, metrics: Metrics, seconds: float) -> None:
    """Look for new data every so many seconds, for ever."""
    while True:
        await asyncio.sleep(seconds)
        await asyncio.to_thread(live.look, metrics)
