"""Reports tried out without importing them: kept for a while, named by what they hold.

The files lie where all workers of a machine see them, so any of them answers; a caller whose report
was dropped meanwhile (or who met another machine) is told so and sends it again (docs/adr/0016).
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
import threading
from collections import OrderedDict
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from biaoti.answers import Session
from biaoti.api.problems import RequestError
from biaoti.encode import dumps, plain
from biaoti.engine import make_market
from biaoti.records import Interval, KeywordStat, Period, ReportReading
from biaoti.score import Market

MOST_FILES = 64
MOST_BYTES = 256 * 2**20
_MOST_MARKETS = 4
_ID = re.compile(r"[0-9a-f]{32}")


class Uploads:
    """A folder of tried-out reports, and the markets made of those used last."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder or Path(tempfile.mkdtemp(prefix="biaoti-"))
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._markets: OrderedDict[tuple[str, str], Market] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, reading: ReportReading) -> str:
        """Keep the rows of `reading`; return the id by which they are asked for."""
        content = dumps([plain(row) for row in reading.rows]).encode()
        report_id = hashlib.sha256(content).hexdigest()[:32]
        path = self._folder / f"{report_id}.json"
        handle, temporary = tempfile.mkstemp(dir=self._folder)
        with open(handle, "wb") as stream:  # noqa: PTH123 - a handle, not a path
            stream.write(content)
        Path(temporary).replace(path)
        self._tidy(keep=path)
        return report_id

    def session(self, report_id: str, session: Session) -> Session:
        """Return `session` with the kept report as its keyword data; RequestError if it is gone."""
        return replace(session, market=self._market(report_id, session), stored=None)

    def _market(self, report_id: str, session: Session) -> Market:
        key = (report_id, session.engine.lexicon.version)
        with self._lock:
            if key not in self._markets:
                self._markets[key] = make_market(session.engine, self.rows(report_id))
            self._markets.move_to_end(key)
            while len(self._markets) > _MOST_MARKETS:
                self._markets.popitem(last=False)
            return self._markets[key]

    def rows(self, report_id: str) -> tuple[KeywordStat, ...]:
        """Return the rows of a kept report; RequestError when it is not kept."""
        try:
            if not _ID.fullmatch(report_id):
                raise FileNotFoundError
            path = self._folder / f"{report_id}.json"
            content = path.read_bytes()
            path.touch()
        except OSError as error:
            msg = f"report: {report_id[:40]!r} is not kept (any more); send the report again"
            raise RequestError("unknown-report", msg) from error
        return tuple(_stat(row) for row in json.loads(content))

    def _tidy(self, keep: Path) -> None:
        """Drop what was not used for longest until the folder is within its bounds."""
        files = []
        for path in self._folder.iterdir():
            with suppress(OSError):
                state = path.stat()
                files.append((state.st_mtime_ns, state.st_size, path))
        files.sort(reverse=True)
        size = 0
        for number, (_, length, path) in enumerate(files):
            size += length
            if path != keep and (number >= MOST_FILES or size > MOST_BYTES):
                path.unlink(missing_ok=True)


def _stat(row: dict[str, Any]) -> KeywordStat:
    """Return the statistics that `plain` wrote."""
    values: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, dict) and "start" in value:
            values[name] = Period(**value)
        elif isinstance(value, dict):
            values[name] = Interval(**value)
        else:
            values[name] = value
    return KeywordStat(**values)
