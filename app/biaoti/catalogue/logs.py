"""A raw search log, one row a query and day, -> the figures of each keyword over all days."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from biaoti.catalogue.rows import CatalogueError
from biaoti.catalogue.tables import Sheet, open_sheets
from biaoti.catalogue.writing import replacing, safe_cell
from biaoti.reports import ReportHeaders
from biaoti.reports.headers import Column
from biaoti.text import normalize

FIGURES = (Column.IMPRESSIONS, Column.CLICKS, Column.ORDERS)
HEADER = ("搜索词", "展现量", "点击量", "支付买家数", "点击率", "支付转化率")
_HEADER_WITHIN = 20
_NO_FRACTION = re.compile(r"\.0+$")

Totals = dict[str, list[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLayout:
    """Where a log holds its query and its three counts."""

    query: int
    figures: tuple[int | None, ...]


def lay_out_log(columns: Sequence[str], headers: ReportHeaders) -> LogLayout | None:
    """Return which of `columns` holds what; None when there is no query or no count at all."""
    found: dict[Column, int] = {}
    for place, name in enumerate(columns):
        meaning = headers.meaning(name)
        if meaning is not None:
            found.setdefault(meaning.column, place)
    figures = tuple(found.get(column) for column in FIGURES)
    if Column.KEYWORD not in found or figures == (None, None, None):
        return None
    return LogLayout(query=found[Column.KEYWORD], figures=figures)


def count_of(cell: object) -> int:
    """Return a count as logs write it, whole floats included; what is none counts nothing.

    >>> count_of("1,204"), count_of("12.0"), count_of(3.0), count_of("-"), count_of(None)
    (1204, 12, 3, 0, 0)
    """
    if isinstance(cell, int | float):
        return int(cell) if math.isfinite(cell) else 0
    text = _NO_FRACTION.sub("", str(cell or "").replace(",", "").strip())
    return int(text) if text.isascii() and text.isdigit() else 0


def add_to(totals: Totals, cells: Sequence[object], layout: LogLayout) -> None:
    """Add one row of a log to the totals of its keyword."""
    query = cells[layout.query] if layout.query < len(cells) else None
    keyword = normalize(str(query or ""))
    if keyword:
        row = totals.setdefault(keyword, [0] * len(FIGURES))
        for place, index in enumerate(layout.figures):
            if index is not None and index < len(cells):
                row[place] += count_of(cells[index])


def aggregate(path: Path, headers: ReportHeaders) -> Totals:
    """Return the totals of each keyword of the log at `path`. Raises CatalogueError."""
    totals: Totals = {}

    def known(cells: Sequence[str]) -> int:
        return sum(bool(headers.meaning(cell)) for cell in cells)

    try:
        with ExitStack() as stack:
            for sheet in open_sheets(path, known, stack):
                _add_sheet(totals, sheet, headers)
    except OSError as error:
        raise CatalogueError(f"{path}: cannot be read: {error.strerror or error}") from error
    if not totals:
        raise CatalogueError(f"{path.name}: found no query with counts, expected a search log")
    return totals


def _add_sheet(totals: Totals, sheet: Sheet, headers: ReportHeaders) -> None:
    for at, cells in enumerate(islice(sheet.rows(), _HEADER_WITHIN)):
        layout = lay_out_log(cells, headers)
        if layout is not None:
            for row in islice(sheet.rows(), at + 1, None):
                add_to(totals, row, layout)
            return


def write_totals(target: Path, totals: Iterable[tuple[str, Sequence[int]]]) -> int:
    """Write the totals, which come sorted, as a keyword report; return how many keywords."""
    count = 0
    with replacing(target) as stream:
        stream.write(b"\xef\xbb\xbf")
        lines = _Lines()
        writer = csv.writer(lines)
        for row in (HEADER, *map(_report_row, totals)):
            writer.writerow(row)
            stream.write(lines.take())
            count += 1
    return count - 1


def _report_row(total: tuple[str, Sequence[int]]) -> list[str]:
    keyword, (impressions, clicks, orders) = total
    rates = (_rate(clicks, impressions), _rate(orders, clicks))
    return [safe_cell(keyword), str(impressions), str(clicks), str(orders), *rates]


def _rate(part: int, whole: int) -> str:
    return f"{part / whole:.4%}" if whole else "-"


def in_order(totals: Mapping[str, Sequence[int]]) -> list[tuple[str, Sequence[int]]]:
    """Return totals with the most shown keyword first; ties by the text."""
    return sorted(totals.items(), key=lambda item: (-item[1][0], -item[1][1], item[0]))


class _Lines:
    """What a csv writer writes to, taken line by line."""

    def __init__(self) -> None:
        self._text = ""

    def write(self, text: str) -> int:
        """Take one line."""
        self._text += text
        return len(text)

    def take(self) -> bytes:
        """Return what was written since the last time."""
        text, self._text = self._text, ""
        return text.encode("utf-8", "replace")
