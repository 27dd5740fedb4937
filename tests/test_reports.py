"""Reports in every dialect sellers have: what is read, what is merged, what is refused and why."""

from __future__ import annotations

import csv
import io
import random
import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from biaoti.errors import BiaotiError, DataFileError, ReportError
from biaoti.records import Interval, KeywordStat, Period, ReportReading
from biaoti.reports import (
    decoding,
    load_headers,
    read_report_bytes,
    read_reports,
    read_uploads,
    sheet_dump,
    workbook,
)
from biaoti.reports.figures import Unreadable, parse_day, parse_figure
from biaoti.text import normalize

Cell = str | float

ROOT = Path(__file__).parents[1]
HEADERS = load_headers(ROOT / "lexicon" / "report_headers.tsv")
EXAMPLES = ROOT / "examples"
JUNE = Period(start="2026-06-01", end="2026-06-30")
ONE_ROW: list[list[Cell]] = [
    ["示例数据"],
    [],
    ["搜索词", "搜索人气", "点击率"],
    ["法式连衣裙", 18399, 0.555],
]


def read(text: str) -> ReportReading:
    """Return the reading of one CSV text."""
    return read_report_bytes("a.csv", text.encode(), HEADERS)


def only(text: str) -> KeywordStat:
    """Return the single row of one CSV text."""
    (row,) = read(text).rows
    return row


def xlsx(rows: Sequence[Sequence[Cell]], *, sheets: int = 1) -> bytes:
    """Return a workbook whose last sheet holds `rows`."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    for index in range(sheets):
        sheet = book.add_worksheet(f"s{index}")
    for line, row in enumerate(rows):
        for column, value in enumerate(row):
            sheet.write(line, column, value)
    book.close()
    return target.getvalue()


def xls(rows: Sequence[Sequence[Cell]]) -> bytes:
    """Return a minimal .xls: one sheet of BIFF8 labels and numbers in a compound file."""
    stream = _biff(rows)
    stream = stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\0")
    sectors = len(stream) // 512
    free, end = 0xFFFFFFFF, 0xFFFFFFFE
    fat = [*range(1, sectors), end, end, 0xFFFFFFFD]
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16)
    header += struct.pack("<5H6x9I", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, sectors, 0, 4096, end, 0, end, 0)
    header += struct.pack("<109I", sectors + 1, *[free] * 108)
    directory = _entry("Root Entry", 5, 1, end, 0) + _entry("Workbook", 2, free, 0, len(stream))
    table = struct.pack("<128I", *fat, *[free] * (128 - len(fat)))
    return header + stream + directory.ljust(512, b"\0") + table


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    links = struct.pack("<HBBIII", len(text), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
    return text.ljust(64, b"\0") + links + bytes(36) + struct.pack("<IQ", start, size)


def _biff(rows: Sequence[Sequence[Cell]]) -> bytes:
    def record(kind: int, body: bytes) -> bytes:
        return struct.pack("<HH", kind, len(body)) + body

    def label(value: str) -> bytes:
        text = value.encode("utf-16-le")
        return struct.pack("<HB", len(text) // 2, 1) + text

    def begin(kind: int) -> bytes:
        return record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 0x07CC, 0, 6))

    end = record(0x000A, b"")
    cells = b"".join(
        record(0x0204, struct.pack("<HHH", line, column, 0) + label(value))
        if isinstance(value, str)
        else record(0x0203, struct.pack("<HHHd", line, column, 0, value))
        for line, row in enumerate(rows)
        for column, value in enumerate(row)
    )
    top = begin(5) + record(0x0042, struct.pack("<H", 1200))
    sheet = struct.pack("<HBB", 0, 1, 1) + "S".encode("utf-16-le")
    offset = len(top) + 4 + 4 + len(sheet) + len(end)
    return top + record(0x0085, struct.pack("<I", offset) + sheet) + end + begin(16) + cells + end


def archive(**members: bytes) -> bytes:
    """Return a zip of `members`; `__` in a name stands for a slash."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in members.items():
            book.writestr(name.replace("__", "/") + ".xml", content)
    return target.getvalue()


# ---- the header lexicon ------------------------------------------------------------------------


def test_every_header_of_the_known_reports_has_a_meaning() -> None:
    written = """序号,关键词,搜索人气,搜索指数,占比,点击指数,商城点击占比,点击率,当前宝贝数,转化率,
直通车,单个宝贝搜索次数,千个宝贝成交数,点击人气,clickHits,clickHot,clickRate,onlineGoodsCnt,
直通车参考价,支付转化率,搜索热度,交易指数,搜索词,排名,相关搜索词数,搜索增长幅度,词均搜索增长幅度,相关搜索词,支付买家数,需求供给比,
天猫商品点击占比,蓝海值,统计日期,商品ID,平均停留时长,访客数,日期,计划ID,花费,展现量,点击量,总成交金额,
总成交笔数,平均点击花费,点击转化率,日限额(元),每笔成交花费(元),曝光量,平均展现排名,总收藏加购数"""
    cells = [cell.strip() for cell in written.split(",")]
    assert [cell for cell in cells if HEADERS.meaning(cell) is None] == []


@pytest.mark.parametrize(
    ("lines", "column", "line"),
    [
        pytest.param("点击量\tclick\tcount\tx", "column", 2, id="unknown column"),
        pytest.param("点击量\tclicks\tpieces\tx", "unit", 2, id="unknown unit"),
        pytest.param("点击量\tclicks\tyuan\tx", "unit", 2, id="unit of another column"),
        pytest.param("点击 量\tclicks\tcount\tx", "name", 2, id="not normalized"),
        pytest.param("a\tclicks\tcount\tx\na\torders\tcount\tx", "name", 3, id="listed twice"),
        pytest.param("b\tclicks\tcount\tx\na\torders\tcount\tx", "name", 3, id="not sorted"),
        pytest.param("点击量\tclicks\tcount\t", "source", 2, id="no source"),
        pytest.param("点击量\tclicks", "row", 2, id="too few cells"),
    ],
)
def test_a_fault_of_the_header_file_is_located(
    tmp_path: Path, lines: str, column: str, line: int
) -> None:
    path = tmp_path / "h.tsv"
    path.write_text(f"name\tcolumn\tunit\tsource\n{lines}\n", encoding="utf-8")
    with pytest.raises(DataFileError) as caught:
        load_headers(path)
    assert (column, line) in {(fault.column, fault.line) for fault in caught.value.faults}


def test_all_faults_of_the_header_file_are_raised_at_once(tmp_path: Path) -> None:
    path = tmp_path / "h.tsv"
    path.write_text("name\tcolumn\tunit\tsource\nb\tx\ty\tz\na\tx\ty\tz\n", encoding="utf-8")
    with pytest.raises(DataFileError) as caught:
        load_headers(path)
    assert len(caught.value.faults) == 5


# ---- figures -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "low", "high"),
    [
        ("18,399", 18399, 18399),
        ("3,096,518", 3096518, 3096518),
        ("1.2万", 12000, 12000),
        ("1.5亿", 150_000_000, 150_000_000),
        ("20万+", 200_000, 200_000),
        ("¥1,234.50", 1234.5, 1234.5),
        ("￥12.5元", 12.5, 12.5),
        ("55.59%", 0.5559, 0.5559),
        ("1.1%", 0.011, 0.011),
        ("５５．５％", 0.555, 0.555),
        ("5000 ~ 1万", 5000, 10000),
        ("1万 ~ 2万", 10000, 20000),
        ("5～10万", 50000, 100_000),
        ("1% ~ 2.5%", 0.01, 0.025),
        ("1 ~ 2.5%", 0.01, 0.025),
        ("10%-20%", 0.1, 0.2),
        ("150 ~ 300", 150, 300),
        ("0 ~ 50", 0, 50),
        ("150—300", 150, 300),
        ("<10", 0, 10),
        ("10以上", 10, 10),
        ("1.5e-05", 1.5e-05, 1.5e-05),
        (" 7 ", 7, 7),
    ],
)
def test_a_figure_is_read_exactly(cell: str, low: float, high: float) -> None:
    figure = parse_figure(cell)
    assert not isinstance(figure, Unreadable)
    assert (figure.low, figure.high) == (low, high)


@pytest.mark.parametrize(
    "cell",
    ["abc", "-5", "1,5", "1.2.3", "5 ~ ", "300 ~ 150", "9" * 20, "9" * 400, "1e300", "%", "约5"],
)
def test_what_is_no_figure_is_unreadable(cell: str) -> None:
    assert isinstance(parse_figure(cell), Unreadable)


@pytest.mark.parametrize("sign", ["", "%"])
@pytest.mark.parametrize("digits", ["999,999,999,999,999,999", "1" + ",000" * 120, "1e999"])
def test_a_figure_too_large_to_be_meant_is_refused_in_every_form(digits: str, sign: str) -> None:
    figure = parse_figure(digits + sign)
    assert isinstance(figure, Unreadable)
    assert "below 10^15" in figure.expected


def test_a_day_is_read_in_the_usual_spellings() -> None:
    spellings = ["2026-06-01", "2026/6/1", "20260601", "2026年6月1日", "2026-06-01 00:00:00"]
    assert {parse_day(text) for text in spellings} == {Period(start="2026-06-01", end="2026-06-01")}
    assert parse_day("2026-13-45") is None


# ---- dialects ----------------------------------------------------------------------------------

PLAIN = "搜索词,搜索人气,点击率\r\n法式连衣裙,18399,55.5%\r\n"
EXPECTED = (Interval(18399, 18399), Interval(0.555, 0.555))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(PLAIN.encode(), id="utf-8"),
        pytest.param(PLAIN.encode("utf-8-sig"), id="utf-8 with mark"),
        pytest.param(PLAIN.encode("gb18030"), id="gb18030"),
        pytest.param(PLAIN.encode("utf-16"), id="utf-16"),
        pytest.param(PLAIN.encode("utf-16-le"), id="utf-16 without mark"),
        pytest.param(PLAIN.encode("utf-16-be"), id="utf-16 big-endian"),
        pytest.param(PLAIN.replace(",", "\t").encode(), id="tabs"),
        pytest.param(PLAIN.replace(",", ";").encode(), id="semicolons"),
        pytest.param(PLAIN.replace("\r\n", "\n").encode(), id="newlines"),
        pytest.param(PLAIN.replace("\r\n", "\r").encode(), id="returns"),
        pytest.param(("示例,2026\r\n店铺,关键词\r\n\r\n" + PLAIN).encode(), id="title block"),
        pytest.param(
            "搜索词\t搜索人气\t点击率\n法式连衣裙\t18,399\t55.5%".encode(), id="commas in tabs"
        ),
        pytest.param(
            '搜索词,"搜索\n人气",点击率\n"法式连衣裙","18,399",55.5%'.encode(), id="quotes"
        ),
        pytest.param(
            " 搜索词 ,搜索人气（近7天）,点击率(%)\n法式连衣裙,1.8399万,55.5".encode(), id="brackets"
        ),
        pytest.param(
            "搜索词,搜索人气(万),点击率\n法式连衣裙,1.8399,55.5%".encode(), id="万 in the header"
        ),
        pytest.param("点击率,搜索人气,搜索词\n55.5%,18399,法式连衣裙".encode(), id="any order"),
        pytest.param(
            "搜索词,搜索指数,搜索人气,点击率\n法式连衣裙,9,18399,55.5%".encode(), id="人气 first"
        ),
        pytest.param(
            '搜索词,搜索人气,点击率\n="法式连衣裙",18399,55.5%'.encode(), id="protected text"
        ),
        pytest.param(xlsx(ONE_ROW), id="xlsx"),
        pytest.param(xlsx(ONE_ROW, sheets=3), id="xlsx, last sheet"),
        pytest.param(xls(ONE_ROW), id="xls"),
    ],
)
@pytest.mark.parametrize("name", ["a.csv", "a.xls", "a.xlsx", "a"])
def test_every_dialect_says_the_same_whatever_its_name(content: bytes, name: str) -> None:
    reading = read_report_bytes(name, content, HEADERS)
    (row,) = reading.rows
    assert (row.keyword, row.source) == ("法式连衣裙", name)
    assert (row.demand_index, row.click_through_rate) == EXPECTED
    assert (reading.read, reading.merged, reading.rejected) == (1, 0, ())


def test_a_row_with_a_stray_empty_cell_after_its_number_is_shifted_back() -> None:
    row = only("序号\t关键词\t搜索人气\t占比\t直通车\n1\t\t裙子\t18,399\t5%\t5.23")
    assert (row.keyword, row.demand_index, row.cost_per_click) == (
        "裙子",
        Interval(18399, 18399),
        5.23,
    )


def test_a_row_without_a_keyword_is_not_shifted() -> None:
    (reject,) = read("序号,关键词,搜索人气\n1,,500,\n").rejected
    assert (reject.line, reject.column, reject.expected) == (2, "关键词", "关键词 (a keyword)")


@pytest.mark.parametrize("cell", ["-", "--", "", "N/A", "∞", " - ", "null"])
def test_a_missing_figure_is_dropped_and_the_row_kept(cell: str) -> None:
    row = only(f"关键词,搜索人气,支付转化率\n裙子,{cell},3%\n")
    assert (row.demand_index, row.conversion_rate) == (None, Interval(0.03, 0.03))


@pytest.mark.parametrize(
    ("cells", "expected", "note"),
    [
        (["0.0217", "0.5"], 0.0217, "taken as fractions"),
        (["2.17", "0.5"], 0.0217, "taken as percent points"),
        (["2.17%", "0.5"], 0.0217, "taken as fractions"),
        (["2.17%", "50%"], 0.0217, None),
    ],
)
def test_a_rate_is_a_fraction_or_percent_points_for_its_whole_column(
    cells: Sequence[str], expected: float, note: str | None
) -> None:
    reading = read(f"关键词,支付转化率\na,{cells[0]}\nb,{cells[1]}\n")
    assert reading.rows[0].conversion_rate == Interval(expected, expected)
    assert [n for n in reading.notes if note and note in n] == list(reading.notes)
    assert bool(reading.notes) is bool(note)


def test_money_in_fen_becomes_yuan() -> None:
    assert only("关键词,平均点击花费(分)\n裙子,123\n").cost_per_click == 1.23
    assert only("关键词,平均点击花费(元)\n裙子,1.23\n").cost_per_click == 1.23


def test_indices_are_no_counts_and_visitors_have_no_home() -> None:
    reading = read("关键词,访客数,点击人气,交易指数,蓝海值,怪列\n裙子,5,6,7,∞,x\n")
    (row,) = reading.rows
    assert (row.clicks, row.impressions, row.orders, row.demand_index) == (None, None, None, None)
    assert "a.csv: 不认识的列:怪列 (unknown columns)" in reading.notes
    unused = "认识但没有使用的列:访客数、点击人气、交易指数、蓝海值 (columns known but not used)"
    assert f"a.csv: {unused}" in reading.notes


def test_rates_and_click_price_follow_from_counts_when_missing() -> None:
    row = only("关键词,展现量,点击量,花费,总成交笔数\n裙子,1000,50,¥25.00,5\n")
    assert (row.impressions, row.clicks, row.orders) == (1000, 50, 5)
    assert (row.click_through_rate, row.conversion_rate) == (
        Interval(0.05, 0.05),
        Interval(0.1, 0.1),
    )
    assert row.cost_per_click == 0.5


def test_a_reported_rate_outranks_a_derived_one() -> None:
    row = only("关键词,展现量,点击量,点击率\n裙子,1000,50,6%\n")
    assert row.click_through_rate == Interval(0.06, 0.06)


def test_no_rate_above_one_is_derived() -> None:
    assert only("关键词,展现量,点击量\n裙子,10,50\n").click_through_rate is None


def test_the_title_block_gives_the_period_unless_one_is_passed() -> None:
    text = "统计时间:2026-06-01 ~ 2026-06-30\n关键词,搜索人气\n裙子,5\n"
    assert only(text).period == JUNE
    july = Period(start="2026-07-01", end="2026-07-31")
    reading = read_report_bytes("a", text.encode(), HEADERS, category="女装", period=july)
    assert (reading.rows[0].period, reading.rows[0].category) == (july, "女装")


# ---- rows that are not taken -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "column", "expected"),
    [
        pytest.param("汇总,,900,5%", "关键词", "a keyword, not a summary row", id="summary date"),
        pytest.param(",合计：,900,5%", "关键词", "a keyword, not a summary row", id="summary"),
        pytest.param("日期,关键词,搜索人气,点击率", "关键词", "the header again", id="header"),
        pytest.param("2026-06-01,-,900,5%", "关键词", "a keyword", id="no keyword"),
        pytest.param("2026-06-01,裙,abc,5%", "搜索人气", "a number of at least 0", id="word"),
        pytest.param("2026-06-01,裙,-5,5%", "搜索人气", "a number of at least 0", id="negative"),
        pytest.param("2026-06-01,裙,5%,5%", "搜索人气", "without a percent sign", id="percent"),
        pytest.param("2026-06-01,裙,9,105%", "点击率", "at most 100%", id="rate"),
        pytest.param("2026-06-01,裙,18,399,5%", "关键词", "4 cells, as in the header", id="comma"),
        pytest.param("2026-06-01,👗,9,5%", "关键词", "a letter or digit", id="emoji alone"),
        pytest.param("2026-06-01,裙\x07子,9,5%", "关键词", "readable characters", id="control"),
        pytest.param(
            f"2026-06-01,{'裙' * 101},9,5%", "关键词", "at most 100 characters", id="long"
        ),
        pytest.param('2026-06-01,"裙\n子",9,5%', "关键词", "on one line", id="two lines"),
    ],
)
def test_a_bad_row_is_rejected_with_its_place_and_reason(
    row: str, column: str, expected: str
) -> None:
    reading = read(f"日期,关键词,搜索人气,点击率\n2026-06-01,好词,5,1%\n\n , ,\n{row}\n")
    (reject,) = reading.rejected
    assert (reject.file, reject.line, reject.column) == ("a.csv", 5, column)
    assert expected in reject.expected
    assert (reading.read, len(reading.rows)) == (2, 1)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("  法式　连衣裙 ", "法式 连衣裙"),
        ("ＩＰｈｏｎｅ１４", "iphone14"),
        ("手机壳🐻可爱", "手机壳🐻可爱"),
        ("“赫本风”裙", "“赫本风”裙"),
        ('"5\'"" 裙"', "5'\" 裙"),
        ("=1+1裙", "=1+1裙"),
        ("'=1+1裙", "=1+1裙"),
        ("+大码", "+大码"),
        ("連衣裙", "連衣裙"),
        ("\u200b裙\ufeff", "裙"),
        ("2026", "2026"),
    ],
)
def test_a_keyword_keeps_what_a_shopper_typed(written: str, kept: str) -> None:
    assert only(f"关键词,搜索人气\n{written},5\n").keyword == kept


def test_a_stray_quote_swallows_nothing() -> None:
    reading = read('关键词,搜索人气\n"法式"裙,5\n"碎花,6\n长裙,7\n')
    assert [row.keyword for row in reading.rows] == ['"法式"裙', '"碎花', "长裙"]


# ---- files that are refused --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", "empty", id="empty"),
        pytest.param(b" \r\n\t", "empty", id="blank"),
        pytest.param(
            "日期,场景ID,花费\n1,2,3".encode(), "日期, 场景ID, 花费", id="no keyword column"
        ),
        pytest.param(bytes(range(256)) * 20, "neither a spreadsheet nor text", id="binary"),
        pytest.param(b"\xff\xfe\x00", "neither a spreadsheet nor text", id="cut utf-16"),
        pytest.param(b"\x89PNG\r\n\x1a\n\x00\x00", "neither", id="picture"),
        pytest.param(b"<html><table><tr><td>", "a web page", id="web page"),
        pytest.param(b"PK\x03\x04" + bytes(50), "a damaged archive", id="cut archive"),
        pytest.param(archive(a=b"x"), "not an .xlsx workbook", id="other archive"),
        pytest.param(archive(xl__workbook=b"<"), "a damaged", id="broken workbook"),
        pytest.param(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "a damaged", id="broken xls"),
        pytest.param(xlsx([]), "sheets are empty", id="empty workbook"),
        pytest.param(b"a" * (decoding.MAX_BYTES + 1), "at most", id="too large"),
        pytest.param("关键词,".encode() + b"a" * 10**8, "field larger", id="100 MB cell"),
    ],
)
def test_what_cannot_be_a_report_is_refused_with_its_name(content: bytes, message: str) -> None:
    with pytest.raises(ReportError, match=message) as caught:
        read_report_bytes("坏.csv", content, HEADERS)
    assert str(caught.value).startswith("坏.csv: ")


def test_a_zip_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MAX_UNPACKED_BYTES", 10_000)
    with pytest.raises(ReportError, match="unpacks to"):
        read_report_bytes("b.xlsx", archive(xl__workbook=bytes(20_000)), HEADERS)


def test_a_sheet_of_two_far_corners_is_refused() -> None:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    sheet = book.add_worksheet()
    sheet.write(0, 0, "关键词")
    sheet.write(1_048_575, 16_383, "x")
    book.close()
    with pytest.raises(ReportError, match="oversized workbook"):
        read_report_bytes("b.xlsx", target.getvalue(), HEADERS)


def test_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "MAX_ROWS", 3)
    with pytest.raises(ReportError, match="more than 3 rows"):
        read("关键词\na\nb\nc\n")


def test_every_unreadable_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"")
    (tmp_path / "b.csv").write_bytes(b"x,y\n1,2\n")
    with pytest.raises(ReportError) as caught:
        read_uploads([(p.name, p.read_bytes()) for p in sorted(tmp_path.iterdir())], HEADERS)
    assert [line[:6] for line in str(caught.value).splitlines()] == ["a.csv:", "b.csv:"]
    with pytest.raises(ReportError, match=r"none\.csv: cannot be read"):
        read_reports([tmp_path / "none.csv"], HEADERS)


def test_the_workbook_script_writes_whole_numbers_and_days_plainly() -> None:
    lines = list(sheet_dump.dump(xlsx([["a", 5.0, 0.25]])))
    assert lines == ['"s0"', '["a", "5", "0.25"]']


# ---- merging -----------------------------------------------------------------------------------


def test_a_keyword_seen_twice_keeps_the_hull_of_indices_and_the_largest_count() -> None:
    reading = read(
        "关键词,搜索人气,点击量,点击率\n裙子,10,5,1%\n裙 子,1,1,1%\nＡ,1,1,1%\n裙子,30,4,3%\n"
    )
    row = reading.rows[-1]
    assert (reading.read, reading.merged, len(reading.rows)) == (4, 1, 3)
    assert (row.demand_index, row.clicks) == (Interval(10, 30), 5)
    assert row.click_through_rate == Interval(0.01, 0.03)


def test_counts_of_separate_days_add_and_a_file_read_twice_does_not_count_twice() -> None:
    daily = "日期,关键词,展现量,点击量\n2026-06-01,裙子,100,5\n2026-06-02,裙子,300,15\n".encode()
    once = read_uploads([("a", daily)], HEADERS)
    twice = read_uploads([("a", daily), ("a", daily)], HEADERS)
    (row,) = once.rows
    assert (row.impressions, row.clicks, row.click_through_rate) == (400, 20, Interval(0.05, 0.05))
    assert row.period == Period(start="2026-06-01", end="2026-06-02")
    assert twice.rows == once.rows
    assert (twice.read, twice.merged) == (4, 3)


def test_counts_of_overlapping_periods_do_not_add() -> None:
    day = "日期,关键词,点击量\n2026-06-02,裙子,5\n".encode()
    month = "2026-06-01 ~ 2026-06-30\n关键词,点击量\n裙子,90\n".encode()
    (row,) = read_uploads([("a", day), ("b", month)], HEADERS).rows
    assert (row.clicks, row.period, row.source) == (90, JUNE, "a + b")


# ---- properties --------------------------------------------------------------------------------

WORDS = st.sampled_from(
    ["裙子", "连衣裙", "Ａ字裙", "a字裙", "iPhone 14", "🐻壳", "汇总", "", "关键词"]
)
CELLS = st.sampled_from(
    ["5", "18,399", "-", "", "5000 ~ 1万", "20万+", "x", "2%", "0.5", "∞", "10%-20%", "7", "-3"]
)
ROWS = st.lists(st.tuples(WORDS, CELLS, CELLS, CELLS), max_size=12)
SEEDED = settings(derandomize=True, deadline=None)


def csv_text(rows: Sequence[Sequence[str]]) -> bytes:
    """Return a CSV report of `rows` below a fixed header."""
    target = io.StringIO(newline="")
    csv.writer(target).writerows([["关键词", "搜索人气", "点击率", "点击量"], *rows])
    return target.getvalue().encode()


def says(reading: ReportReading) -> object:
    """Return all that a reading says but where the rejected rows stood."""
    rejected = sorted((r.file, r.column, r.found, r.expected) for r in reading.rejected)
    return reading.rows, reading.read, reading.merged, rejected, reading.notes


@SEEDED
@given(st.lists(ROWS, max_size=4))
def test_every_row_is_kept_merged_or_rejected(files: list[list[tuple[str, ...]]]) -> None:
    uploads = [(f"{index}.csv", csv_text(rows)) for index, rows in enumerate(files)]
    reading = read_uploads(uploads, HEADERS)
    assert reading.read == len(reading.rows) + reading.merged + len(reading.rejected)
    assert reading.read == sum(any(row) for rows in files for row in rows)
    keywords = [row.keyword for row in reading.rows]
    assert keywords == sorted(set(keywords))


@SEEDED
@given(st.lists(ROWS, min_size=1, max_size=3), st.randoms(use_true_random=False))
def test_neither_row_order_nor_file_order_matters(
    files: list[list[tuple[str, ...]]], chance: random.Random
) -> None:
    uploads = [(f"{index}.csv", rows) for index, rows in enumerate(files)]
    before = read_uploads([(name, csv_text(rows)) for name, rows in uploads], HEADERS)
    shuffled = [(name, chance.sample(rows, len(rows))) for name, rows in uploads]
    chance.shuffle(shuffled)
    after = read_uploads([(name, csv_text(rows)) for name, rows in shuffled], HEADERS)
    assert says(before) == says(after)


AMOUNTS = st.none() | st.floats(min_value=0, max_value=1e12)
SHARES = st.floats(min_value=0, max_value=1)
RATES = st.none() | st.tuples(SHARES, SHARES).map(lambda ends: Interval(min(ends), max(ends)))
INDICES = st.none() | st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)).map(
    lambda ends: Interval(min(ends), max(ends))
)
KEYWORDS = (
    st.text("裙子连衣法式abc19 🐻“”,;\t\"'", min_size=1, max_size=12)
    .map(normalize)
    .filter(lambda text: any(map(str.isalnum, text)) and normalize(text) == text)
)
STATS = st.builds(
    KeywordStat,
    keyword=KEYWORDS,
    source=st.just("export.csv"),
    demand_index=INDICES,
    impressions=AMOUNTS,
    orders=AMOUNTS,
    click_through_rate=RATES,
    conversion_rate=RATES,
    supply=AMOUNTS,
    tmall_share=st.none() | SHARES,
    cost_per_click=AMOUNTS,
)
EXPORTED = ["keyword", "demand_index", "impressions", "orders", "click_through_rate"]
EXPORTED += ["conversion_rate", "supply", "tmall_share", "cost_per_click"]


def written(value: object) -> str:
    """Return a figure as our own export writes it."""
    if isinstance(value, Interval):
        return f"{value.low!r} ~ {value.high!r}"
    return "" if value is None else str(value)


@SEEDED
@given(st.lists(STATS, max_size=8, unique_by=lambda stat: stat.keyword))
def test_what_is_written_with_our_own_names_is_read_back(stats: list[KeywordStat]) -> None:
    target = io.StringIO(newline="")
    rows = [[written(getattr(stat, name)) for name in EXPORTED] for stat in stats]
    csv.writer(target).writerows([EXPORTED, *rows])
    reading = read_report_bytes("export.csv", target.getvalue().encode(), HEADERS)
    assert reading.rows == tuple(sorted(stats, key=lambda stat: stat.keyword))


@SEEDED
@given(
    st.binary(max_size=400), st.sampled_from([b"", b"\xef\xbb\xbf", b"\xff\xfe", PLAIN.encode()])
)
def test_arbitrary_bytes_raise_nothing_of_their_own(content: bytes, start: bytes) -> None:
    try:
        reading = read_report_bytes("x", start + content, HEADERS)
    except BiaotiError:
        return
    assert reading.read == len(reading.rows) + reading.merged + len(reading.rejected)


@settings(
    derandomize=True,
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    st.sampled_from([xls(ONE_ROW), xlsx(ONE_ROW)]),
    st.lists(st.tuples(st.integers(0, 3000), st.binary(min_size=1, max_size=3)), max_size=4),
)
def test_a_damaged_workbook_raises_nothing_of_its_own(
    content: bytes, damage: list[tuple[int, bytes]]
) -> None:
    broken = bytearray(content)
    for place, patch in damage:
        broken[place : place + len(patch)] = patch
    try:
        read_report_bytes("x", bytes(broken), HEADERS)
    except BiaotiError:
        return


# ---- the examples ------------------------------------------------------------------------------


@pytest.mark.parametrize("vertical", ["dress", "shampoo", "phone_case"])
def test_the_examples_are_read_whole(vertical: str) -> None:
    paths = sorted(path for path in EXAMPLES.glob(f"{vertical}_*") if path.suffix != ".json")
    reading = read_reports(paths, HEADERS)
    assert len(paths) >= 3
    assert len(reading.rows) >= 200
    assert {reject.expected for reject in reading.rejected} <= {
        "关键词,不是汇总行 (a keyword, not a summary row)"
    }
    assert all("unknown" not in note for note in reading.notes)
