"""Keyword statistics as reports give them, and their scores."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure known to lie in [low, high]; an exact figure has low == high."""

    low: float
    high: float

    @property
    def mid(self) -> float:
        """Return the geometric middle of a positive range (buckets go by ratio), else the mean."""
        if self.low > 0:
            return float((self.low * self.high) ** 0.5)
        return (self.low + self.high) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """First and last day of a report, ISO dates, both inclusive."""

    start: str
    end: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeywordStat:
    """One keyword with the figures a report gave it.

    Rates are shares 0..1, money is yuan, missing is None.
    """

    keyword: str
    category: str | None = None
    source: str | None = None
    period: Period | None = None
    demand_index: Interval | None = None
    impressions: float | None = None
    clicks: float | None = None
    orders: float | None = None
    click_through_rate: Interval | None = None
    conversion_rate: Interval | None = None
    supply: float | None = None
    tmall_share: float | None = None
    cost_per_click: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """A row that was not taken: where it is, what stood there, what was wanted."""

    file: str
    line: int
    column: str
    found: str
    expected: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportReading:
    """What came of reading reports: `read == len(rows) + merged + len(rejected)`.

    Notes say what was decided.
    """

    rows: tuple[KeywordStat, ...]
    read: int
    merged: int
    rejected: tuple[Reject, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A value with its named factors: `total` is their product."""

    parts: tuple[tuple[str, float], ...]

    @property
    def total(self) -> float:
        """Return the product of the parts."""
        product = 1.0
        for _, factor in self.parts:
            product *= factor
        return product
