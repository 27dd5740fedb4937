"""Bytes of any origin -> tables of text cells, by what the bytes are and not by a file name."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from biaoti.errors import ReportError
from biaoti.reports.headers import ReportHeaders, known_cells
from biaoti.reports.workbook import check_archive, read_sheets

MAX_BYTES = 128 * 2**20
MAX_ROWS = 2_000_000

_OLE_MAGIC = bytes.fromhex("d0cf11e0a1b11ae1")
_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
_MARKUP = re.compile(rb"\s*<(?:!doctype|html|head|table|meta|\?xml)", re.IGNORECASE)
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
DELIMITERS = "\t,;"
_ROWS_TO_SNIFF = 50

Row = tuple[int, list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The cells of one text file or sheet, each row with the line it starts on, from 1."""

    name: str
    rows: Sequence[Row]


def decode_tables(name: str, content: bytes, headers: ReportHeaders) -> tuple[Table, ...]:
    """Return the tables of a file by what its bytes are, whatever its name ends in.

    Text gives one table, a workbook one for each sheet. What cannot be a report raises ReportError.
    """
    if not content.strip():
        msg = f"{name}: the file is empty"
        raise ReportError(msg)
    if len(content) > MAX_BYTES:
        msg = f"{name}: {len(content):,} bytes, at most {MAX_BYTES:,} are read"
        raise ReportError(msg)
    if content.startswith(_ZIP_MAGIC):
        check_archive(name, content)
    if starts_as_workbook(content):
        return _workbook_tables(name, content)
    if starts_as_markup(content):
        msg = f"{name}: a web page or XML, not a table; save it as .xlsx or CSV and try again"
        raise ReportError(msg)
    return (Table(name=name, rows=_text_rows(name, content, headers)),)


def starts_as_workbook(head: bytes) -> bool:
    """Tell whether a file that begins with `head` is an .xls or a zip archive, as .xlsx are."""
    return head.startswith((_OLE_MAGIC, *_ZIP_MAGIC))


def starts_as_markup(head: bytes) -> bool:
    """Tell whether a file that begins with `head` is a web page or XML."""
    return _MARKUP.match(head.removeprefix(b"\xef\xbb\xbf")) is not None


# ---- text --------------------------------------------------------------------------------------


def _text_rows(name: str, content: bytes, headers: ReportHeaders) -> list[Row]:
    encoding = _encoding(name, content)

    def known(delimiter: str) -> int:
        rows = _parsed(content, encoding, delimiter, is_quoted=b'"' in content)
        return known_cells(_first_rows(rows), headers)

    delimiter = max(DELIMITERS, key=known)
    is_quoted = b'"' in content and _is_well_quoted(content, encoding, delimiter)
    try:
        return _at_most(name, _parsed(content, encoding, delimiter, is_quoted=is_quoted))
    except csv.Error as error:
        msg = f"{name}: not a table of cells: {error}"
        raise ReportError(msg) from error


def _encoding(name: str, content: bytes) -> str:
    """Return the first encoding that reads every byte of `content` as text."""
    for encoding in likely_encodings(content):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return encoding
    msg = f"{name}: neither a spreadsheet nor text in UTF-8, GB18030 or UTF-16"
    raise ReportError(msg)


def likely_encodings(content: bytes) -> tuple[str, ...]:
    """Return the encodings to try on a text that begins so, the likeliest first.

    A mark decides; zero bytes on one side of the pairs betray UTF-16 without one.
    """
    marked = next((encoding for bom, encoding in _BOMS if content.startswith(bom)), None)
    if marked:
        return (marked,)
    even, odd = content[::2].count(0), content[1::2].count(0)
    if even or odd:
        return ("utf-16-le",) if odd > even else ("utf-16-be",)
    return ("utf-8", "gb18030")


def _parsed(content: bytes, encoding: str, delimiter: str, *, is_quoted: bool) -> Iterator[Row]:
    lines = io.TextIOWrapper(io.BytesIO(content), encoding=encoding, newline="")
    if is_quoted:
        reader = csv.reader(lines, delimiter=delimiter)
    else:
        reader = csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    line = 1
    for cells in reader:
        yield line, cells
        line = reader.line_num + 1


def _first_rows(rows: Iterator[Row]) -> list[list[str]]:
    """Return the cells of the first rows, none when they do not read as a table."""
    try:
        return [cells for _, cells in islice(rows, _ROWS_TO_SNIFF)]
    except csv.Error:
        return []


def _is_well_quoted(content: bytes, encoding: str, delimiter: str) -> bool:
    """Tell whether every quote opens and closes a cell; if not, quotes are letters of a keyword.

    Lenient reading would swallow the rest of the file after one stray quote.
    """
    lines = io.TextIOWrapper(io.BytesIO(content), encoding=encoding, newline="")
    try:
        for _ in csv.reader(lines, delimiter=delimiter, strict=True):
            pass
    except csv.Error:
        return False
    return True


def _at_most(name: str, rows: Iterable[Row]) -> list[Row]:
    taken = list(islice(rows, MAX_ROWS + 1))
    if len(taken) > MAX_ROWS:
        msg = f"{name}: more than {MAX_ROWS:,} rows; split the file"
        raise ReportError(msg)
    return taken


# ---- workbooks ---------------------------------------------------------------------------------


def _workbook_tables(name: str, content: bytes) -> tuple[Table, ...]:
    """Return a table for each sheet with a cell; only several sheets need their own names."""
    sheets = [sheet for sheet in read_sheets(name, content) if any(map(any, sheet[1]))]
    return tuple(
        Table(
            name=name if len(sheets) == 1 else f"{name}[{label}]",
            rows=_at_most(name, enumerate(rows, start=1)),
        )
        for label, rows in sheets
    )
