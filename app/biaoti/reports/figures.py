"""What a cell of a report says in numbers: cell -> figure, column of figures -> intervals."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from biaoti.records import Interval, Period
from biaoti.reports.headers import Field, ReportHeaders, Unit
from biaoti.text import normalize

_LONGEST_CELL = 64
_LARGEST = 1e15
_PERCENT = -2
# Powers of ten: digits are shifted, never multiplied, so that 1.1% is 0.011 and no bit beside it.
_POWERS = {"": 0, "k": 3, "千": 3, "w": 4, "万": 4, "百万": 6, "千万": 7, "亿": 8}
_UNIT_POWERS = {Unit.PERCENT: _PERCENT, Unit.FEN: -2, Unit.WAN: _POWERS["万"]}
_RATE_UNITS = frozenset({Unit.SHARE, Unit.PERCENT})
_PLAIN = re.compile(r"((?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,12})(?:\.[0-9]+)?)(%)?")
_END = (
    r"(?P<n{0}>[0-9]{{1,3}}(?:,[0-9]{{3}})+(?:\.[0-9]+)?|[0-9]*\.?[0-9]+(?:e[+-]?[0-9]{{1,3}})?)"
    r"(?P<m{0}>百万|千万|千|万|亿|k|w)?(?P<p{0}>%)?"
)
_FIGURE = re.compile(
    rf"(?P<bound>[<>≤≥])?{_END.format(1)}(?:[~〜∼\-–—至到]{_END.format(2)})?(?P<open>\+|以上|以下)?"
)
_MONEY_AND_SPACE = re.compile(r"[\s¥$]|元$|元(?=[~〜∼\-–—至到])")
_DATE = re.compile(r"(?<!\d)(20\d\d)[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})(?!\d)", re.ASCII)
_DATES_OF_A_RANGE = 2


class Figure(NamedTuple):
    """Both ends of a figure as written; the ends of a percentage are already shares."""

    low: float
    high: float
    is_percent: bool = False
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A cell that is no figure, and what was expected in its place."""

    expected: str


_TOO_LARGE = Unreadable("小于 10^15 的数 (a number below 10^15)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnReading:
    """What each distinct cell of a column says, or should have said; a gap is in neither."""

    field: Field
    values: Mapping[str, Interval]
    faults: Mapping[str, str]
    notes: tuple[str, ...] = ()


def read_column(field: Field, cells: Iterable[str], headers: ReportHeaders) -> ColumnReading:
    """Return what the distinct `cells` of one column say, in shares, yuan and plain counts.

    Bare numbers of a rate whose header names no unit are percent points when any of them is above
    1, else fractions; the notes say which, and that open ends ("20万+") are taken at the end given.
    """
    parsed = {cell: parse_figure(cell) for cell in cells}
    figures = [figure for figure in parsed.values() if isinstance(figure, Figure)]
    power, note = _power(field, figures)
    is_rate = field.unit in _RATE_UNITS
    values: dict[str, Interval] = {}
    faults: dict[str, str] = {}
    for cell, figure in parsed.items():
        value = _scaled(figure, power, is_rate=is_rate)
        if isinstance(value, Interval):
            values[cell] = value
        elif not headers.is_missing(cell):
            faults[cell] = value.expected
    notes = [note] if note else []
    if any(figure.is_open for figure in figures):
        notes.append(
            f"{field.title}:20万+ 这类区间按写出的一端计 (open ranges count at the end they give)"
        )
    return ColumnReading(field=field, values=values, faults=faults, notes=tuple(notes))


def parse_figure(cell: str) -> Figure | Unreadable:
    """Return the figure a cell states: commas, ¥, %, 万, 亿, ranges and open ends are understood.

    A multiplier or percent sign at the high end alone holds for both ends when that keeps order.

    >>> parse_figure("5000 ~ 1万").high, parse_figure("1% ~ 2.5%").low, parse_figure("5-10万").low
    (10000.0, 0.01, 50000.0)
    """
    # Most cells are plain numbers: they need no cleaning, which costs more than reading them.
    if plain := _PLAIN.fullmatch(cell):
        value = float(plain[1].replace(",", ""))
        if plain[2]:
            value = _shifted(value, _PERCENT)
        return _TOO_LARGE if value > _LARGEST else Figure(value, value, plain[2] is not None)
    text = normalize(cell) if len(cell) <= _LONGEST_CELL else ""
    match = _FIGURE.fullmatch(_MONEY_AND_SPACE.sub("", text))
    if match is None:
        return Unreadable(
            "不小于 0 的数、百分比或区间 (a number of at least 0, a percentage or a range)"
        )
    return _bounded(match)


def parse_day(cell: str) -> Period | None:
    """Return the single day a date cell names, None when it names none or several."""
    days = _days(cell)
    return Period(start=days[0], end=days[0]) if len(days) == 1 else None


def parse_span(cells: Iterable[str]) -> Period | None:
    """Return the first and last day named by a row of a title block, None unless it names two."""
    days = [day for cell in cells for day in _days(cell)]
    if len(days) != _DATES_OF_A_RANGE:
        return None
    return Period(start=min(days), end=max(days))


def _bounded(match: re.Match[str]) -> Figure | Unreadable:
    low, high = _ends(match)
    if high > _LARGEST:
        return _TOO_LARGE
    if low > high:
        return Unreadable("从小到大的区间 (a range that starts at its low end)")
    is_percent = match["p1"] is not None or match["p2"] is not None
    bound = match["bound"] or match["open"] or ""
    if bound in {"<", "≤", "以下"}:
        return Figure(0.0, high, is_percent)
    return Figure(low, high, is_percent, is_open=bound != "")


def _ends(match: re.Match[str]) -> tuple[float, float]:
    percent = _PERCENT if match["p1"] or match["p2"] else 0
    first, power = float(match["n1"].replace(",", "")), _POWERS[match["m1"] or ""]
    if match["n2"] is None:
        low = _shifted(first, power + percent)
        return low, low
    second, last_power = float(match["n2"].replace(",", "")), _POWERS[match["m2"] or ""]
    if match["m1"] is None and first < second:
        power = last_power
    return _shifted(first, power + percent), _shifted(second, last_power + percent)


def _shifted(value: float, power: int) -> float:
    """Return `value` with its decimal point moved, as exact as writing it out would be."""
    digits = repr(value)
    if "e" in digits or math.isinf(value):
        return value * 10.0**power
    return float(f"{digits}e{power}")


def _power(field: Field, figures: Iterable[Figure]) -> tuple[int, str | None]:
    """Return how far the bare numbers of a column are shifted, and a note when it was a choice."""
    if field.unit is not Unit.SHARE:
        return _UNIT_POWERS.get(field.unit, 0), None
    largest = max((figure.high for figure in figures if not figure.is_percent), default=0.0)
    if largest > 1:
        return _PERCENT, f"{field.title}:最大 {largest:g},按百分数读 (taken as percent points)"
    if largest > 0:
        return 0, f"{field.title}:最大 {largest:g},按小数读 (taken as fractions)"
    return 0, None


def _scaled(figure: Figure | Unreadable, power: int, *, is_rate: bool) -> Interval | Unreadable:
    if isinstance(figure, Unreadable):
        return figure
    low, high, is_percent, _ = figure
    if is_percent and not is_rate:
        return Unreadable("不带百分号的数 (a number without a percent sign)")
    if power and not is_percent:
        low, high = _shifted(low, power), _shifted(high, power)
    if is_rate and high > 1:
        return Unreadable("不超过 100% 的比率 (a rate of at most 100%)")
    return Interval(low, high)


def _days(cell: str) -> list[str]:
    found = []
    for year, month, day in _DATE.findall(normalize(cell)):
        try:
            found.append(date(int(year), int(month), int(day)).isoformat())
        except ValueError:  # 2026-13-45 looks like a date and is none
            continue
    return found
