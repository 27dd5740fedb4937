"""A table file -> its rows of text cells, again and again, without holding them in memory.

A text file is read once to learn its encoding, its delimiter and whether its quotes are quotes; a
workbook is unpacked once into a spool of JSON lines by a child process (docs/adr/0007).
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import tempfile
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Literal

from biaoti.catalogue.rows import CatalogueError
from biaoti.reports import sheet_dump
from biaoti.reports.decoding import (
    DELIMITERS,
    likely_encodings,
    starts_as_markup,
    starts_as_workbook,
)
from biaoti.reports.workbook import MAX_UNPACKED_BYTES, check_archive

_BLOCK = 1 << 20
_HEAD = 1 << 16
_ROWS_TO_SNIFF = 50
_WORKBOOK_SECONDS = 600

Cells = list[str]
Known = Callable[[Sequence[str]], int]
"""Return how many cells of a row are names that we know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One table of a file: its name, and its rows from the first, as often as asked."""

    name: str
    rows: Callable[[], Iterator[Cells]]


def open_sheets(path: Path, known: Known, stack: ExitStack) -> list[Sheet]:
    """Return the tables of the file at `path` by what its bytes are, whatever its name ends in.

    `stack` owns what is spooled. Raises CatalogueError or ReportError for what is no table.
    """
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    if not head.strip():
        raise CatalogueError(f"{path.name}: the file is empty")
    if starts_as_workbook(head):
        return _workbook(path, head, stack)
    if starts_as_markup(head):
        msg = f"{path.name}: a web page or XML, not a table; save it as .xlsx or CSV and try again"
        raise CatalogueError(msg)
    return [_text(path, head, known)]


# ---- text --------------------------------------------------------------------------------------


def _text(path: Path, head: bytes, known: Known) -> Sheet:
    encoding = _encoding(path, head)

    def best(delimiter: str) -> int:
        return max(map(known, _first_rows(path, encoding, delimiter)), default=0)

    delimiter = max(DELIMITERS, key=best)
    is_quoted = _is_well_quoted(path, encoding, delimiter)
    return Sheet(name=path.name, rows=partial(_parsed, path, encoding, delimiter, is_quoted))


def _encoding(path: Path, head: bytes) -> str:
    """Return the first encoding that reads every byte of the file as text."""
    for encoding in likely_encodings(head):
        if _is_text(path, encoding):
            return encoding
    msg = f"{path.name}: neither a spreadsheet nor text in UTF-8, GB18030 or UTF-16"
    raise CatalogueError(msg)


def _is_text(path: Path, encoding: str) -> bool:
    decoder = getincrementaldecoder(encoding)()
    with path.open("rb") as stream:
        try:
            while block := stream.read(_BLOCK):
                if "\x00" in decoder.decode(block):
                    return False
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _parsed(path: Path, encoding: str, delimiter: str, is_quoted: bool) -> Iterator[Cells]:  # noqa: FBT001 - bound by name of the table
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if is_quoted else csv.QUOTE_NONE
    with path.open(encoding=encoding, newline="") as lines:
        try:
            yield from csv.reader(lines, delimiter=delimiter, quoting=quoting)
        except csv.Error as error:
            raise CatalogueError(f"{path.name}: not a table of cells: {error}") from error


def _first_rows(path: Path, encoding: str, delimiter: str) -> list[Cells]:
    try:
        return list(islice(_parsed(path, encoding, delimiter, is_quoted=True), _ROWS_TO_SNIFF))
    except CatalogueError:
        return []


def _is_well_quoted(path: Path, encoding: str, delimiter: str) -> bool:
    """Tell whether every quote opens and closes a cell; if not, quotes are letters of a title.

    Lenient reading would swallow the rest of the file after one stray quote.
    """
    with path.open(encoding=encoding, newline="") as lines:
        try:
            for _ in csv.reader(lines, delimiter=delimiter, strict=True):
                pass
        except csv.Error:
            return False
    return True


# ---- workbooks ---------------------------------------------------------------------------------


def _workbook(path: Path, head: bytes, stack: ExitStack) -> list[Sheet]:
    """Return the sheets with a cell; only several sheets need their own names."""
    if head.startswith(b"PK"):
        check_archive(path.name, path.read_bytes())
    if path.stat().st_size > MAX_UNPACKED_BYTES:
        raise CatalogueError(f"{path.name}: larger than {MAX_UNPACKED_BYTES:,} bytes")
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="biaoti-")))
    spool = folder / "sheets.jsonl"
    _dump(path, spool)
    names = [name for name, has_cells in _survey(spool) if has_cells]
    return [
        Sheet(
            name=path.name if len(names) == 1 else f"{path.name}[{name}]",
            rows=partial(_sheet_rows, spool, name),
        )
        for name in names
    ]


def _dump(path: Path, spool: Path) -> None:
    """Write every sheet of the workbook to `spool`, in a process with limits on memory and time."""
    command = [sys.executable, "-P", "-X", "utf8", sheet_dump.__file__]
    with path.open("rb") as source, spool.open("wb") as target:
        try:
            subprocess.run(  # noqa: S603 - our own script, no shell, the file goes to stdin
                command,
                stdin=source,
                stdout=target,
                stderr=subprocess.DEVNULL,
                check=True,
                timeout=_WORKBOOK_SECONDS,
            )
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            msg = f"{path.name}: a damaged, protected or oversized workbook; save it as CSV"
            raise CatalogueError(msg) from error


def _lines(spool: Path) -> Iterator[str | Cells]:
    with spool.open(encoding="utf-8") as lines:
        for line in lines:
            value: str | Cells = json.loads(line)
            yield value


def _survey(spool: Path) -> list[tuple[str, bool]]:
    found: dict[str, bool] = {}
    name = ""
    for value in _lines(spool):
        if isinstance(value, str):
            name = value
        found[name] = found.get(name, False) or (not isinstance(value, str) and any(value))
    return list(found.items())


def _sheet_rows(spool: Path, wanted: str) -> Iterator[Cells]:
    name: str | None = None
    for value in _lines(spool):
        if isinstance(value, str):
            name = value
        elif name == wanted:
            yield value
