"""One table of a report -> what it says of each keyword, row by row, and the rows not taken."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from biaoti.errors import ReportError
from biaoti.records import Interval, Observation, Period, Reject
from biaoti.reports.decoding import Row, Table
from biaoti.reports.figures import (
    ColumnReading,
    Unreadable,
    parse_day,
    parse_figure,
    parse_span,
    read_column,
)
from biaoti.reports.headers import Field, Layout, ReportHeaders, find_header, lay_out
from biaoti.text import normalize

# A title holds 30 characters; longer "keywords" are pasted sentences or broken rows.
MAX_KEYWORD_CHARACTERS = 100
_SHOWN_CHARACTERS = 60
_SHOWN_HEADERS = 40
_TITLE_ROWS_SHOWN = 5
# Spreadsheets protect text as ="text" or '=text; neither wrapping is part of the keyword.
_PROTECTED = re.compile(r'="(.*)"|\'(?=[=+\-@])(.*)', re.DOTALL)
_INVISIBLE = str.maketrans("", "", "\u200b\u200e\u200f\u2060\ufeff")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sightings:
    """What came of one table: `len(taken) + len(rejected)` rows that were not blank."""

    taken: tuple[Observation, ...]
    rejected: tuple[Reject, ...]
    notes: tuple[str, ...]


class _Line(NamedTuple):
    line: int
    keyword: str
    cells: list[str]


def has_keywords(table: Table, headers: ReportHeaders) -> bool:
    """Tell whether a table has a header row that names a keyword."""
    return find_header([cells for _, cells in table.rows[:_SHOWN_CHARACTERS]], headers) is not None


def read_table(table: Table, headers: ReportHeaders, *, period: Period | None) -> Sightings:
    """Return what every row below the header says; `period` outranks the one in the title block.

    Blank rows do not count; a summary, a repeated header, a row without a keyword or with an
    unreadable figure is rejected with its place and reason.
    """
    top = [cells for _, cells in table.rows[:_SHOWN_CHARACTERS]]
    start = find_header(top, headers)
    if start is None:
        raise ReportError(no_keywords([table]))
    layout = lay_out(top[start], headers)
    spans = (parse_span(cells) for cells in top[:start])
    span = period or next((found for found in spans if found), None)
    lines, rejected = _sift(table.name, table.rows[start + 1 :], layout, headers)
    columns = [_read(field, lines, headers) for field in layout.figures]
    good, unreadable = _readable(table.name, lines, columns)
    return Sightings(
        taken=tuple(_sighted(table.name, good, columns, date=layout.date, span=span)),
        rejected=(*rejected, *unreadable),
        notes=tuple(f"{table.name}: {note}" for note in _notes(layout, columns, lines)),
    )


def no_keywords(tables: Sequence[Table]) -> str:
    """Return the message for a file none of whose tables names a keyword, with the headers seen."""
    rows = [cells for table in tables for _, cells in table.rows[:_TITLE_ROWS_SHOWN]]
    widest = max(rows, key=lambda cells: sum(bool(cell.strip()) for cell in cells), default=[])
    seen = [_shown(cell.strip()) for cell in widest if cell.strip()]
    listed = ", ".join(seen[:_SHOWN_HEADERS]) or "nothing"
    return f"{tables[0].name}: no keyword column; headers seen: {listed}"


def _sift(
    file: str, rows: Sequence[Row], layout: Layout, headers: ReportHeaders
) -> tuple[list[_Line], list[Reject]]:
    """Return the rows that hold a keyword, fitted to the header, and the rejected ones."""
    lines: list[_Line] = []
    rejected: list[Reject] = []
    index, title = layout.keyword.index, layout.keyword.title
    places = tuple({index, 0, layout.date.index if layout.date else 0})
    for line, row in rows:
        cells = _fitted(row, layout, headers)
        raw = cells[index]
        keyword = _cleaned(raw)
        problem = _problem(keyword, cells, places, layout, headers)
        if problem is None:
            lines.append(_Line(line, keyword, cells))
        elif keyword or any(cell.strip() for cell in cells):
            found, expected = problem
            rejected.append(
                Reject(file=file, line=line, column=title, found=_shown(found), expected=expected)
            )
    return lines, rejected


def _fitted(row: list[str], layout: Layout, headers: ReportHeaders) -> list[str]:
    """Return a row at least as wide as the header, without a stray blank before its keyword."""
    cells = row if len(row) >= layout.width else row + [""] * (layout.width - len(row))
    index = layout.keyword.index
    if cells[index].strip() or len(cells) <= index + 1 or not cells[index + 1].strip():
        return cells
    is_longer = len(cells) > layout.width and bool(cells[-1].strip())
    figures = {field.index for field in layout.figures}
    if is_longer or (index + 1 in figures and not _is_figure(cells[index + 1], headers)):
        shifted = cells[:index] + cells[index + 1 :]
        return shifted + [""] * (layout.width - len(shifted))
    return cells


def _is_figure(cell: str, headers: ReportHeaders) -> bool:
    return headers.is_missing(cell) or not isinstance(parse_figure(cell), Unreadable)


def _cleaned(raw: str) -> str:
    match = _PROTECTED.fullmatch(raw.strip()) if raw[:1] in "='\" \t" else None
    text = (match[1] or match[2] or "") if match else raw
    return normalize(text if text.isprintable() else text.translate(_INVISIBLE))


def _problem(
    keyword: str,
    cells: Sequence[str],
    places: Sequence[int],
    layout: Layout,
    headers: ReportHeaders,
) -> tuple[str, str] | None:
    """Return what is wrong with a row as (found, expected), None for a row with a keyword.

    A summary row says so in one of its `places`.
    """
    for place in places:
        if headers.is_summary(cells[place]):
            return cells[place], "关键词,不是汇总行 (a keyword, not a summary row)"
    raw = cells[layout.keyword.index]
    if not keyword or keyword in headers.missing_marks:
        return raw, "关键词 (a keyword)"
    if keyword in headers.names and _is_header(cells, headers):
        return raw, "关键词,不是又一个表头 (a keyword, not the header again)"
    if len(cells) > layout.width and any(cell.strip() for cell in cells[layout.width :]):
        return f"{len(cells)} cells", f"{layout.width} cells, as in the header"
    expected = _fault(keyword, raw)
    return (raw, expected) if expected else None


def _is_header(cells: Sequence[str], headers: ReportHeaders) -> bool:
    return all(headers.meaning(cell) for cell in cells if cell.strip())


def _fault(keyword: str, raw: str) -> str | None:
    """Return what a keyword should have been, None when it may stand."""
    if len(keyword) > MAX_KEYWORD_CHARACTERS:
        most = MAX_KEYWORD_CHARACTERS
        return f"最多 {most} 个字符的关键词 (a keyword of at most {most} characters)"
    if "\n" in raw.strip() or "\r" in raw.strip():
        return "一行之内的关键词 (a keyword on one line)"
    if keyword.isalnum():
        return None
    if not any(map(str.isalnum, keyword)):
        return "有文字或数字的关键词 (a keyword with a letter or digit)"
    if "\ufffd" in keyword or not (keyword.isprintable() or _is_readable(keyword)):
        return "可读字符组成的关键词 (a keyword of readable characters)"
    return None


def _is_readable(keyword: str) -> bool:
    return all(unicodedata.category(character) not in {"Cc", "Cs"} for character in keyword)


def _read(field: Field, lines: Sequence[_Line], headers: ReportHeaders) -> ColumnReading:
    return read_column(field, {line.cells[field.index] for line in lines}, headers)


def _readable(
    file: str, lines: list[_Line], columns: Sequence[ColumnReading]
) -> tuple[list[_Line], list[Reject]]:
    """Return the lines without a fault, and the first fault of each other line."""
    faulty = [column for column in columns if column.faults]
    if not faulty:
        return lines, []
    good: list[_Line] = []
    rejected: list[Reject] = []
    for line in lines:
        column = next((c for c in faulty if line.cells[c.field.index] in c.faults), None)
        if column is None:
            good.append(line)
            continue
        cell = line.cells[column.field.index]
        title, expected = column.field.title, column.faults[cell]
        rejected.append(
            Reject(file=file, line=line.line, column=title, found=_shown(cell), expected=expected)
        )
    return good, rejected


def _sighted(
    file: str,
    lines: Sequence[_Line],
    columns: Sequence[ColumnReading],
    *,
    date: Field | None,
    span: Period | None,
) -> Iterator[Observation]:
    """Yield what each line says; a date cell that names one day outranks the span of the file."""
    taken = [(column.field.column.value, column.field.index, column.values) for column in columns]
    days = (
        {cell: parse_day(cell) for cell in {line.cells[date.index] for line in lines}}
        if date
        else {}
    )
    for line in lines:
        cells = line.cells
        figures: dict[str, Interval] = {
            column: value
            for column, index, values in taken
            if (value := values.get(cells[index])) is not None
        }
        day = days[cells[date.index]] if date else None
        yield Observation(line.keyword, file, day or span, figures)


def _notes(
    layout: Layout, columns: Sequence[ColumnReading], lines: Sequence[_Line]
) -> Iterator[str]:
    if layout.unknown:
        yield f"不认识的列:{'、'.join(layout.unknown)} (unknown columns)"
    if layout.unused:
        yield f"认识但没有使用的列:{'、'.join(layout.unused)} (columns known but not used)"
    if not layout.figures:
        yield "没有可用的数字列,只取关键词 (no column with figures we use: keywords only)"
    if not lines:
        yield "没有一行有关键词 (no row with a keyword)"
    for column in columns:
        yield from column.notes


def _shown(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"
