"""What every route of one service shares."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from biaoti.answers import Session
from biaoti.api.limits import Lane
from biaoti.api.metrics import Metrics
from biaoti.api.swap import Live
from biaoti.api.uploads import Uploads
from biaoti.reports import ReportHeaders
from biaoti.settings import ServiceSettings
from biaoti.store import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The data served, the bounds, and the lanes: quick answers, solves, reading of reports.

    `place` is where reports are imported to, None where there is no store.
    """

    live: Live
    settings: ServiceSettings
    metrics: Metrics
    quick: Lane
    solves: Lane
    reading: Lane
    uploads: Uploads
    read_headers: Callable[[], ReportHeaders]
    place: Place | None

    def session(self, report_id: str | None) -> Session:
        """Return the session to answer from: the one served, or with a tried-out report."""
        session = self.live.session
        return session if report_id is None else self.uploads.session(report_id, session)

    def timed(self, session: Session) -> Session:
        """Return `session` for one answer, whose time runs from now."""
        seconds = self.settings.solve_seconds
        if not seconds:
            return session
        end = time.monotonic() + seconds
        return replace(session, seconds_left=lambda: end - time.monotonic())

    def close(self) -> None:
        """Let the threads end."""
        for lane in (self.quick, self.solves, self.reading):
            lane.close()
