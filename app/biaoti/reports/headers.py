"""What the header cells of reports mean, by lexicon/report_headers.tsv, and where the header is."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from biaoti.errors import DataFileError, Fault
from biaoti.tables import Row, read_table
from biaoti.text import normalize

_FILE_COLUMNS = ("name", "column", "unit", "source")
_SPARE = "?"
_BRACKETS = re.compile(r"[(\[{【〔「]([^)\]}】〕」]*)[)\]}】〕」]?")
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")
_INVISIBLE = str.maketrans("", "", "\u200b\u200e\u200f\u2060\ufeff")
# Real title blocks take two to eight rows; beyond this a table has no header.
_HEADER_WITHIN = 50


class Column(StrEnum):
    """What a column of a report holds, or what kind of mark a lexicon line describes."""

    KEYWORD = "keyword"
    DATE = "date"
    DEMAND_INDEX = "demand_index"
    IMPRESSIONS = "impressions"
    CLICKS = "clicks"
    ORDERS = "orders"
    CLICK_THROUGH_RATE = "click_through_rate"
    CONVERSION_RATE = "conversion_rate"
    SUPPLY = "supply"
    TMALL_SHARE = "tmall_share"
    COST_PER_CLICK = "cost_per_click"
    COST = "cost"
    IGNORED = "ignored"
    SUMMARY_MARK = "summary_mark"
    MISSING_MARK = "missing_mark"
    UNIT_MARK = "unit_mark"


class Unit(StrEnum):
    """What the bare numbers of a column count; `share` leaves fraction or percent points open."""

    COUNT = "count"
    INDEX = "index"
    SHARE = "share"
    PERCENT = "percent"
    YUAN = "yuan"
    FEN = "fen"
    WAN = "wan"
    TEXT = "text"
    NONE = "none"


_MARKS = frozenset({Column.SUMMARY_MARK, Column.MISSING_MARK, Column.UNIT_MARK})
_RATE_UNITS = frozenset({Unit.SHARE, Unit.PERCENT})
_MONEY_UNITS = frozenset({Unit.YUAN, Unit.FEN})
_UNITS_OF = {
    Column.KEYWORD: frozenset({Unit.TEXT}),
    Column.DATE: frozenset({Unit.TEXT}),
    Column.DEMAND_INDEX: frozenset({Unit.INDEX}),
    Column.IMPRESSIONS: frozenset({Unit.COUNT}),
    Column.CLICKS: frozenset({Unit.COUNT}),
    Column.ORDERS: frozenset({Unit.COUNT}),
    Column.SUPPLY: frozenset({Unit.COUNT}),
    Column.CLICK_THROUGH_RATE: _RATE_UNITS,
    Column.CONVERSION_RATE: _RATE_UNITS,
    Column.TMALL_SHARE: _RATE_UNITS,
    Column.COST_PER_CLICK: _MONEY_UNITS,
    Column.COST: _MONEY_UNITS,
    Column.SUMMARY_MARK: frozenset({Unit.NONE}),
    Column.MISSING_MARK: frozenset({Unit.NONE}),
    Column.UNIT_MARK: frozenset({Unit.PERCENT, Unit.YUAN, Unit.FEN, Unit.WAN, Unit.NONE}),
    Column.IGNORED: frozenset(Unit),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The meaning of one header name; a spare one gives way to any other header of its column."""

    column: Column
    unit: Unit
    is_spare: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportHeaders:
    """Every header name we know, and the marks that stand for a summary, a gap or a unit."""

    names: Mapping[str, Header]
    summary_marks: frozenset[str]
    missing_marks: frozenset[str]
    unit_marks: Mapping[str, Unit]

    def meaning(self, cell: str) -> Header | None:
        """Return what a header cell means, whatever its spaces, brackets and arrows; else None.

        A unit in brackets or a trailing percent sign outranks the unit of the lexicon.
        """
        whole = header_name(cell)
        bare, marks = _without_brackets(whole)
        header = self.names.get(whole) or self.names.get(bare)
        if header is None or header.column in _TEXT_COLUMNS:
            return header
        units = (self.unit_marks[mark] for mark in marks if mark in self.unit_marks)
        unit = next(units, Unit.NONE)
        if not _may_replace(unit, header):
            return header
        return Header(column=header.column, unit=unit, is_spare=header.is_spare)

    def is_missing(self, cell: str) -> bool:
        """Tell whether a cell stands for "no figure"."""
        text = normalize(cell)
        return not text or text in self.missing_marks

    def is_summary(self, cell: str) -> bool:
        """Tell whether a cell says that its row sums up others."""
        return cell.strip().rstrip(":： ").casefold() in self.summary_marks


_TEXT_COLUMNS = frozenset({Column.KEYWORD, Column.DATE, Column.IGNORED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One column of a report that we take: where it stands, how it is headed, what it holds."""

    index: int
    title: str
    column: Column
    unit: Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How the columns of one report lie: `width` is that of the header, the rest was not taken."""

    keyword: Field
    date: Field | None
    figures: tuple[Field, ...]
    width: int
    unused: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def header_name(cell: str) -> str:
    """Return a header cell in the form the lexicon lists: normalized, without any white space.

    >>> header_name(" 点击率 （％） ")
    '点击率(%)'
    """
    return "".join(normalize(cell.translate(_INVISIBLE)).split())


def find_header(rows: Sequence[Sequence[str]], headers: ReportHeaders) -> int | None:
    """Return the index of the row with most known cells, a keyword among them; ties: the first.

    None when none of the first rows names a keyword: title blocks are skipped, not guessed at.
    """
    best, best_known = None, 0
    for index, cells in enumerate(rows[:_HEADER_WITHIN]):
        found = [headers.meaning(cell) for cell in cells]
        known = sum(header is not None for header in found)
        has_keyword = any(header and header.column is Column.KEYWORD for header in found)
        if has_keyword and known > best_known:
            best, best_known = index, known
    return best


def known_cells(rows: Sequence[Sequence[str]], headers: ReportHeaders) -> int:
    """Return how many cells the best of the first rows knows as headers."""
    counts = (
        sum(headers.meaning(cell) is not None for cell in cells) for cells in rows[:_HEADER_WITHIN]
    )
    return max(counts, default=0)


def lay_out(cells: Sequence[str], headers: ReportHeaders) -> Layout:
    """Return the layout that a header row describes; it must name a keyword (see `find_header`).

    Of two headers for one column the one that is not spare is taken, else the one further left.
    """
    titles = [" ".join(cell.translate(_INVISIBLE).split()) for cell in cells]
    while titles and not titles[-1]:
        titles.pop()
    meanings = [headers.meaning(title) for title in titles]
    taken: dict[Column, Field] = {}
    for is_spare in (False, True):
        for index, header in enumerate(meanings):
            if header and header.is_spare is is_spare and header.column is not Column.IGNORED:
                field = Field(
                    index=index, title=titles[index], column=header.column, unit=header.unit
                )
                taken.setdefault(header.column, field)
    used = {field.index for field in taken.values()}
    named = [title or f"column {index + 1}" for index, title in enumerate(titles)]
    return Layout(
        keyword=taken.pop(Column.KEYWORD),
        date=taken.pop(Column.DATE, None),
        figures=tuple(sorted(taken.values(), key=lambda field: field.index)),
        width=len(titles),
        unused=tuple(n for i, n in enumerate(named) if meanings[i] and i not in used),
        unknown=tuple(n for i, n in enumerate(named) if not meanings[i]),
    )


def load_headers(path: Path) -> ReportHeaders:
    """Return the header names and marks listed in `path`; all its faults are raised at once.

    A column followed by `?` is spare: it is used only in a report without another header for it.
    """
    faults: list[Fault] = []
    rows = read_table(path, _FILE_COLUMNS, faults)
    seen: set[str] = set()
    for row in rows:
        faults.extend(_row_faults(row, seen))
        seen.add(row["name"])
    if faults:
        raise DataFileError(faults)
    headers = {row["name"]: _header(row["column"], row["unit"]) for row in rows}
    return ReportHeaders(
        names={name: header for name, header in headers.items() if header.column not in _MARKS},
        summary_marks=_marked(headers, Column.SUMMARY_MARK),
        missing_marks=_marked(headers, Column.MISSING_MARK),
        unit_marks={name: headers[name].unit for name in _marked(headers, Column.UNIT_MARK)},
    )


def _header(column: str, unit: str) -> Header:
    kind = Column(column.removesuffix(_SPARE))
    return Header(column=kind, unit=Unit(unit), is_spare=column.endswith(_SPARE))


def _marked(headers: Mapping[str, Header], mark: Column) -> frozenset[str]:
    return frozenset(name for name, header in headers.items() if header.column is mark)


def _row_faults(row: Row, seen: Collection[str]) -> Iterator[Fault]:
    name, kind, unit = row["name"], row["column"].removesuffix(_SPARE), row["unit"]
    if not name or name != header_name(name):
        yield row.fault("name", "a normalized name without spaces")
    if name in seen:
        yield row.fault("name", "a name not listed before")
    if kind not in set(Column):
        yield row.fault("column", f"one of {', '.join(Column)}")
    if unit not in set(Unit):
        yield row.fault("unit", f"one of {', '.join(Unit)}")
    elif kind in set(Column) and Unit(unit) not in _UNITS_OF[Column(kind)]:
        yield row.fault("unit", f"one of {', '.join(sorted(_UNITS_OF[Column(kind)]))} for {kind}")


def _may_replace(unit: Unit, header: Header) -> bool:
    """Tell whether a unit written in a header cell can be that of its column."""
    if unit is Unit.WAN:
        return header.unit in {Unit.COUNT, Unit.INDEX}
    return unit in _UNITS_OF[header.column]


def _without_brackets(name: str) -> tuple[str, tuple[str, ...]]:
    """Return `name` without brackets, marks and arrows at its ends, and what may be its unit."""
    marks = tuple(_BRACKETS.findall(name))
    rest = _BRACKETS.sub("", name)
    return _EDGES.sub("", rest), (*marks, *(_EDGES.findall(rest)))
