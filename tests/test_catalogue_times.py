"""Listing times follow the orders, keep similar listings apart, and say what they rest on."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biaoti.catalogue import CatalogueError
from biaoti.catalogue.duplicates import Group, Same
from biaoti.catalogue.logs import aggregate, count_of
from biaoti.catalogue.reading import Kind, Source
from biaoti.catalogue.rows import Row
from biaoti.catalogue.times import (
    BASIS,
    DAY,
    TIME,
    WEEKDAY,
    read_orders,
    rhythm_of,
    time_outcomes,
    timetable,
)
from biaoti.listings import load_aliases
from biaoti.records import Policy
from biaoti.reports import load_headers

ROOT = Path(__file__).parents[1]
ALIASES = load_aliases(ROOT / "lexicon" / "listing_aliases.tsv")
HOUR = 60


def catalogue(
    count: int, column: str = "category", categories: Sequence[str] = ("女装",)
) -> Source:
    rows = [
        Row(number=n, cells=[], listing={column: categories[n % len(categories)]}, title=f"裙{n}")
        for n in range(1, count + 1)
    ]
    return Source(
        name="in.csv", kind=Kind.TABLE, columns=("标题",), count=count, rows=lambda: iter(rows)
    )


def group(*numbers: int) -> Group:
    same = (Same(number=n, listing_id="", title="裙", article_number="A") for n in numbers)
    return Group(shop="", rows=tuple(same))


@given(count=st.integers(0, 400))
def test_every_row_gets_one_moment_and_hours_get_their_share(count: int, policy: Policy) -> None:
    rhythm = rhythm_of(policy.catalogue)
    minutes = timetable(catalogue(count), [], rhythm, ALIASES).minutes
    assert sorted(minutes) == list(range(1, count + 1))
    taken = Counter(minute // HOUR for minute in minutes.values())
    for hour in range(7 * 24):
        share = count * rhythm.days[hour // 24] * rhythm.hours[hour % 24]
        assert abs(taken[hour] - share) < 1


def test_the_trades_own_hours_stand_in_where_there_are_no_orders(policy: Policy) -> None:
    rhythm = rhythm_of(policy.catalogue)
    assert sum(rhythm.days) == pytest.approx(1)
    assert rhythm.days[0] == rhythm.days[5] == rhythm.days[6] == max(rhythm.days)
    best = sorted(range(24), key=lambda hour: -rhythm.hours[hour])[:5]
    assert set(best) <= {14, 15, 20, 21, 22}
    assert "民间经验" in rhythm.basis


def test_many_orders_outweigh_the_trades_hours(policy: Policy) -> None:
    orders = [datetime(2026, 6, 3, 3, 30) for _ in range(5_000)]  # noqa: DTZ001 - the shop's clock
    rhythm = rhythm_of(policy.catalogue, orders)
    assert rhythm.days[2] > 0.95
    assert rhythm.hours[3] > 0.95
    assert "5,000 单" in rhythm.basis
    assert "民间经验" in rhythm.basis


@pytest.mark.parametrize("column", ["类目", "宝贝类目"])
def test_rows_of_a_category_are_kept_apart_whatever_its_column_is_called(
    column: str, policy: Policy
) -> None:
    rhythm = rhythm_of(policy.catalogue)
    categories = ("女装", "男装", "童装")
    expected = timetable(catalogue(60, "category", categories), [], rhythm, ALIASES)
    assert timetable(catalogue(60, column, categories), [], rhythm, ALIASES) == expected
    assert timetable(catalogue(60), [], rhythm, ALIASES) != expected


@pytest.mark.parametrize("size", [2, 3, 5])
def test_duplicates_are_kept_far_apart(size: int, policy: Policy) -> None:
    groups = [group(*range(first, first + size)) for first in range(1, 101 - size, size)]
    found = timetable(catalogue(100), groups, rhythm_of(policy.catalogue), ALIASES)
    assert found.least_apart is not None
    # A week has 168 hours; uneven hours and the golden step leave at least a third of a fair share.
    assert found.least_apart > 168 / size / 3


def test_days_begin_at_the_start_and_times_are_of_that_week(policy: Policy) -> None:
    rhythm = rhythm_of(policy.catalogue)
    table = timetable(catalogue(20), [], rhythm, ALIASES)
    for outcome in time_outcomes(table, rhythm, "2026-06-03"):
        moment = datetime.fromisoformat(f"{outcome.cells[DAY]} {outcome.cells[TIME]}")
        assert "2026-06-03" <= str(outcome.cells[DAY]) < "2026-06-10"
        assert outcome.cells[WEEKDAY] == "周" + "一二三四五六日"[moment.weekday()]
        assert "民间经验" in str(outcome.cells[BASIS])


def test_orders_are_read_by_the_name_of_their_column(tmp_path: Path, policy: Policy) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(
        "订单编号,订单付款时间 ,金额\n1,2026-06-01 20:15:00,9\n2,2026/6/2 8:05,9\n3,,9\n4,昨天,9\n",
        encoding="gb18030",
    )
    found = read_orders(path, policy.catalogue.order_times)
    assert [(moment.day, moment.hour) for moment in found] == [(1, 20), (2, 8)]


@pytest.mark.parametrize(
    ("content", "words"),
    [("订单编号\n1\n", "no column holds the time"), ("付款时间\n昨天\n", "found no time such as")],
)
def test_a_file_without_times_is_refused(
    content: str, words: str, tmp_path: Path, policy: Policy
) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(CatalogueError, match=words):
        read_orders(path, policy.catalogue.order_times)
    with pytest.raises(CatalogueError, match="No such file"):
        read_orders(tmp_path / "none.csv", policy.catalogue.order_times)


# ---- search logs -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "count"),
    [("12.0", 12), ("1,204.00", 1204), (float("nan"), 0), (math.inf, 0), ("1.5", 0), ("nan", 0)],
)
def test_counts_that_went_through_floats_are_counts(cell: object, count: int) -> None:
    assert count_of(cell) == count


def test_a_log_is_added_up_and_one_that_is_not_there_is_refused(tmp_path: Path) -> None:
    headers = load_headers(ROOT / "lexicon" / "report_headers.tsv")
    path = tmp_path / "log.csv"
    path.write_text("六月\n搜索词,展现量,点击量\n裙,12.0,1.0\n裙,3,\n", "utf-8")
    assert aggregate(path, headers) == {"裙": [15, 1, 0]}
    with pytest.raises(CatalogueError, match=r"gone\.csv: cannot be read"):
        aggregate(tmp_path / "gone.csv", headers)
