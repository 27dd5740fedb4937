"""What a run has done so far, kept beside its output: a killed run goes on where it stopped.

The journal is a text file: a line for the stamp (what the run is made of), then a line for each
piece of work, each with its checksum. A line counts when it is whole; a torn tail is cut off. The
output is a function of the input and these lines alone, so it cannot tell how often a run stopped.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from biaoti.catalogue.rows import CatalogueError, Outcome, outcome_of
from biaoti.encode import dumps

_ENDING = ".journal"
_CHECKSUM = 9  # eight hexadecimal digits and a space
_FORMAT = "1"
_WORDS = {
    "format": "程序",
    "program": "程序",
    "input": "输入文件",
    "options": "选项",
    "lexicon": "词库",
    "data": "关键词数据",
    "model": "模型",
    "today": "日期",
}

Stamp = Mapping[str, str]
Note = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One piece of work done: the numbers of its rows, their outcomes, and what else it says."""

    numbers: tuple[int, ...]
    outcomes: tuple[Outcome, ...]
    extra: Mapping[str, object] | None = None


def make_stamp(**parts: str) -> Stamp:
    """Return the stamp of a run: whatever its outcomes depend on."""
    return {"format": _FORMAT, **parts}


def journal_path(target: Path) -> Path:
    """Return where the journal of the run that writes `target` lies."""
    return target.with_name(target.name + _ENDING)


def stamped_day(target: Path, stamp: Stamp) -> str:
    """Return the day of an unfinished run that is otherwise the one of `stamp`, else its own day.

    A run that is resumed past midnight must end as if it had never stopped.
    """
    try:
        with journal_path(target).open("rb") as stream:
            found = _decoded(stream.readline())
    except OSError:
        return stamp["today"]
    if not isinstance(found, dict) or {**found, "today": stamp["today"]} != stamp:
        return stamp["today"]
    return str(found["today"])


class Journal:
    """The lines of one run. Appending returns when the line is on the disk."""

    def __init__(self, path: Path, stream: BinaryIO) -> None:
        self._path = path
        self._stream = stream

    def append(self, entry: Entry) -> None:
        """Add `entry`, or raise CatalogueError when the disk will not take it."""
        outcomes = [outcome.as_json() for outcome in entry.outcomes]
        line = _encoded([entry.numbers, outcomes, entry.extra])
        try:
            self._stream.write(line)
            _sync(self._stream)
        except OSError as error:
            msg = f"{self._path}: cannot be written: {error.strerror}; what is done so far is kept"
            raise CatalogueError(msg) from error

    def entries(self) -> Iterator[Entry]:
        """Yield what is done, in the order it was done."""
        with self._path.open("rb") as stream:
            stream.readline()
            for line in stream:
                value = _decoded(line)
                if isinstance(value, list):
                    numbers, outcomes, extra = value
                    done = tuple(map(outcome_of, outcomes))
                    yield Entry(numbers=tuple(numbers), outcomes=done, extra=extra)

    def remove(self) -> None:
        """Forget the run, which is finished."""
        self._path.unlink(missing_ok=True)


@contextmanager
def open_journal(target: Path, stamp: Stamp, note: Note) -> Iterator[Journal]:
    """Give the journal of the run that writes `target`, with what an earlier, killed one has done.

    `note` hears when a run goes on, and why one starts over. Raises CatalogueError when another
    process is at it.
    """
    path = journal_path(target)
    try:
        stream = path.open("a+b")
    except OSError as error:
        raise CatalogueError(f"{target}: cannot be written: {error.strerror or error}") from error
    try:
        _lock(stream, target)
        _prepare(stream, stamp, note)
        yield Journal(path, stream)
    finally:
        # What a full disk did not take was told when it happened; the torn line does no harm.
        with suppress(OSError):
            stream.close()


def _prepare(stream: BinaryIO, stamp: Stamp, note: Note) -> None:
    """Cut a torn tail off; start over when the journal is another run's."""
    stream.seek(0)
    found = _decoded(stream.readline())
    if found != dict(stamp):
        if isinstance(found, dict):
            changed = (w for k, w in _WORDS.items() if found.get(k) != stamp.get(k))
            note(f"从头开始:{'、'.join(dict.fromkeys(changed))}变了")
        stream.truncate(0)
        stream.write(_encoded(dict(stamp)))
    else:
        rows, end = 0, stream.tell()
        while (line := stream.readline()) and isinstance(entry := _decoded(line), list):
            rows, end = rows + len(entry[0]), stream.tell()
        stream.truncate(end)
        if rows:
            note(f"接着上次:已完成 {rows:,} 行")
    stream.seek(0, os.SEEK_END)
    _sync(stream)


def _encoded(value: object) -> bytes:
    body = dumps(value).encode("utf-8", "surrogatepass")
    return b"%08x %b\n" % (zlib.crc32(body), body)


def _decoded(line: bytes) -> object:
    """Return the value of a whole line, None for a torn or damaged one."""
    body = line[_CHECKSUM:-1]
    if not line.endswith(b"\n") or line[:_CHECKSUM] != b"%08x " % zlib.crc32(body):
        return None
    value: object = json.loads(body)
    return value


def _sync(stream: BinaryIO) -> None:
    stream.flush()
    os.fsync(stream.fileno())


def _lock(stream: BinaryIO, target: Path) -> None:
    """Take the journal for this process: a lock of the process, which its children do not share."""
    try:
        import fcntl  # noqa: PLC0415 - Unix only
    except ImportError:
        return
    try:
        fcntl.lockf(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise CatalogueError(
            f"{target}: another run is writing it, expected one at a time"
        ) from error


def join(entries: Sequence[Entry]) -> dict[int, Outcome]:
    """Return the outcomes of `entries` by row number."""
    return {
        number: outcome
        for entry in entries
        for number, outcome in zip(entry.numbers, entry.outcomes, strict=True)
    }
