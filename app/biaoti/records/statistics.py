"""Keyword statistics as reports give them, and their scores."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


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


class Observation(NamedTuple):
    """What one report says of a keyword over one period; a tuple because there are millions.

    `figures` are as read, nothing derived, under the names of KeywordStat and `cost` in yuan.
    """

    keyword: str
    source: str
    period: Period | None
    figures: Mapping[str, Interval]


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


# Four in five: wide enough to be honest, narrow enough to be read.
CREDIBLE_SHARE = 0.8
_DEVIATIONS = 1.2815515655446004  # of a normal variable to each side, for that share
# Beyond this a log-normal variable's upper end would lie below its mean.
_MOST_SPREAD = 2.5


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueRange:
    """A figure as expected, and the ends that it lies between with `CREDIBLE_SHARE` probability.

    `spread` is the standard deviation of its log, from which the ends follow (`credible_range`).
    """

    mean: float
    low: float
    high: float
    spread: float = 0.0


def credible_range(mean: float, spread: float) -> ValueRange:
    """Return the range of a log-normal figure with this mean and this deviation of its log.

    >>> credible_range(5.0, 0.0)
    ValueRange(mean=5.0, low=5.0, high=5.0, spread=0.0)
    """
    kept = min(_MOST_SPREAD, spread)
    middle = mean * math.exp(-kept * kept / 2)
    reach = math.exp(_DEVIATIONS * kept)
    return ValueRange(mean=mean, low=middle / reach, high=middle * reach, spread=kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedFile:
    """One report file, a keyword once a period: `read == observations + merged + rejected`.

    `digest` is the SHA-256 of its bytes: a file is the same whatever it is called.
    """

    name: str
    digest: str
    observations: tuple[Observation, ...]
    read: int
    merged: int
    rejected: tuple[Reject, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportSummary:
    """What came of an import: `read == kept + merged + len(rejected)`.

    `kept` observations are new; `merged` rows said nothing new. `imports` are the ids of the files
    taken in, none for a file that was there.
    """

    read: int
    kept: int
    merged: int
    rejected: tuple[Reject, ...]
    imports: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedFile:
    """One file that the store holds: what it was, when it came, and what was taken from it.

    `period` runs from the first day it tells of to the last.
    """

    id: int
    name: str
    digest: str
    category: str | None
    period: Period | None
    imported_at: str
    version: str
    read: int
    kept: int
    merged: int
    rejected: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A value with its named factors: `total` is their product.

    `spread` is the standard deviation of the log of the value: how unsure the factors are together.
    """

    parts: tuple[tuple[str, float], ...]
    spread: float = 0.0

    @property
    def total(self) -> float:
        """Return the product of the parts."""
        product = 1.0
        for _, factor in self.parts:
            product *= factor
        return product

    @property
    def range(self) -> ValueRange:
        """Return the value with its credible range."""
        return credible_range(self.total, self.spread)
