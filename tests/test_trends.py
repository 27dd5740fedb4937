"""Rising, falling, seasonal: told beside the market, over periods of one length."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from biaoti.keywords import Kind, Trend, trends
from biaoti.records import Interval, KeywordStat, Period

MONTHS = tuple(
    Period(start=f"{year}-{month:02}-01", end=f"{year}-{month:02}-28")
    for year in (2024, 2025)
    for month in range(1, 13)
)


def history(keyword: str, figures: Sequence[float | Interval | None]) -> list[KeywordStat]:
    """Return a keyword over consecutive months; None is a month without it."""
    return [
        KeywordStat(
            keyword=keyword,
            period=period,
            demand_index=f if isinstance(f, Interval) else Interval(f, f),
        )
        for f, period in zip(figures, MONTHS, strict=False)
        if f is not None
    ]


def trend(figures: Sequence[float | Interval | None], others: Sequence[float] = ()) -> Trend:
    """Return the trend of one keyword beside others that move as `others` do."""
    rows = history("裙", figures)
    for number in range(6 if others else 0):
        rows += history(f"别{number}", [(number + 1) * figure for figure in others])
    random.Random(1).shuffle(rows)  # noqa: S311 - no secret
    return trends(rows)["裙"]


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        pytest.param([100, 130, 180], (Kind.RISING,), id="rising"),
        pytest.param([180, 130, 100], (Kind.FALLING,), id="falling"),
        pytest.param([100, 105, 110], (), id="too little"),
        pytest.param([100, 300, 50, 300, 130], (), id="up and down"),
        pytest.param([Interval(100, 200), Interval(150, 300)], (), id="buckets that overlap"),
        pytest.param(
            [Interval(100, 200), Interval(200, 500)], (Kind.RISING,), id="buckets that do not"
        ),
    ],
)
def test_a_direction_is_large_enough_steady_and_more_than_a_bucket(
    figures: Sequence[float | Interval], expected: tuple[Kind, ...]
) -> None:
    assert trend(figures).kinds == expected


def test_a_keyword_that_moves_with_its_market_does_not_move() -> None:
    assert trend([100, 200, 400], [50, 100, 200]).kinds == ()
    assert trend([100, 200, 400], [50, 100, 200]).change == pytest.approx(1.0)


def test_a_keyword_that_stands_while_its_market_falls_rises() -> None:
    found = trend([100, 100, 100], [400, 200, 100])
    assert found.kinds == (Kind.RISING,)
    assert found.change == pytest.approx(4.0)


def test_one_period_has_no_trend() -> None:
    assert trends(history("裙", [100])) == {}
    assert trends([KeywordStat(keyword="裙", demand_index=Interval(5, 5))] * 2) == {}


def test_a_month_is_not_compared_with_a_week() -> None:
    week = KeywordStat(
        keyword="裙",
        period=Period(start="2024-04-01", end="2024-04-07"),
        demand_index=Interval(20, 20),
    )
    assert trends([*history("裙", [100, 100, 100]), week])["裙"].kinds == ()


def test_impressions_are_counted_by_the_day() -> None:
    rows = [
        KeywordStat(keyword="裙", period=Period(start=start, end=end), impressions=count)
        for start, end, count in (
            ("2024-02-01", "2024-02-28", 28_000),
            ("2024-03-01", "2024-03-31", 31_000),
        )
    ]
    assert trends(rows)["裙"].change == pytest.approx(1.0)


SUMMER = [10, 10, 12, 20, 40, 80, 90, 60, 20, 12, 10, 10]


def test_a_season_is_the_months_of_twice_the_usual_demand_told_from_a_year() -> None:
    for years in (1, 2):
        found = trend([float(f) for f in SUMMER * years])
        assert Kind.SEASONAL in found.kinds
        assert found.peak_months == (5, 6, 7, 8)


def test_half_a_year_tells_no_season_and_an_even_year_has_none() -> None:
    assert trend([float(f) for f in SUMMER[:6]]).peak_months == ()
    assert trend([10.0, 12.0] * 6).peak_months == ()


def test_a_single_month_that_stood_out_in_one_of_two_years_is_no_season() -> None:
    figures = [10.0] * 24
    figures[5] = 35.0
    assert trend(figures).peak_months == ()


def test_the_order_of_the_history_never_matters() -> None:
    rows = [*history("裙", [1, 5, 9]), *history("衫", [9, 5, 1])]
    expected = trends(rows)
    for seed in range(5):
        random.Random(seed).shuffle(rows)  # noqa: S311 - no secret
        assert trends(rows) == expected
