"""A catalogue loses no row and no cell, whatever its rows hold."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from biaoti.answers import Wishes, suggestion
from biaoti.catalogue import COLUMNS, CatalogueError, Job, rewrite_catalogue, safe_cell
from biaoti.cli.setup import Setup
from biaoti.cli.start import open_session
from biaoti.errors import InfeasibleError, ReportError
from biaoti.listings import load_aliases
from biaoti.records import (
    CurrentTitle,
    Edits,
    Ledger,
    Listing,
    Proposal,
    ProposedTitle,
    Question,
    Robustness,
    Status,
    Versions,
)
from biaoti.settings import Settings

ROOT = Path(__file__).parents[1]
ALIASES = load_aliases(ROOT / "lexicon" / "listing_aliases.tsv")


def proposal(listing: Listing) -> Proposal:
    """Return a made-up proposal: the seller's title with 新 before it."""
    title = listing.title or ""
    if "坏" in title:
        msg = "limit: nothing fits\nkeep_terms: too wide"
        raise InfeasibleError(msg)
    if "错" in title:
        raise ZeroDivisionError
    best = ProposedTitle(
        title=title if "好" in title else f"新{title}",
        width=10,
        limit=60,
        value=300,
        bound=300,
        gap=0.0,
        status=Status.OPTIMAL,
        coverage=0.75,
        terms=(),
        covered=(),
        missed=(),
        edits=Edits(added=("新",), removed=("旧",), moved=()),
        ledger=Ledger(room=0, left_out=None, byte_values=()),
        violations=(),
    )
    return Proposal(
        listing_id=None,
        current=CurrentTitle(title=title, width=8, value=200, coverage=0.5),
        best=best,
        alternatives=(),
        curve=(),
        short_title=None,
        robustness=Robustness(stable=True, flips=()),
        excluded=(),
        questions=(Question(term="收腰", attribute="腰型", value_gain=0.074),),
        warnings=(),
        versions=Versions(lexicon="x", data=None, model=None),
    )


JOB = Job(
    aliases=ALIASES,
    rewrite=proposal,
    report=lambda error: type(error).__name__,
    tick=lambda *_: None,
)


def read_csv(path: Path) -> list[list[str]]:
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def write_csv(path: Path, rows: Sequence[Sequence[str]], encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as stream:
        csv.writer(stream).writerows(rows)
    return path


def test_rows_gain_columns_and_lose_nothing(tmp_path: Path) -> None:
    source = write_csv(
        tmp_path / "in.csv",
        [
            ["宝贝标题", "库存", "价格"],
            ["裙", "3", "9"],
            ["好裙", "4", ""],
            ["坏裙", "5", "9"],
            ["错", "", ""],
        ],
    )
    summary = rewrite_catalogue(source, tmp_path / "out.csv", JOB)
    header, *rows = read_csv(tmp_path / "out.csv")
    assert header == ["宝贝标题", "库存", "价格", *COLUMNS]
    assert rows[0] == [
        *("裙", "3", "9", "新裙", "10", "200", "300", "75.0%"),
        *("加:新;去:旧", "", "收腰(腰型 +7.4%)", "已改写"),
    ]
    assert rows[1][3] == "好裙"
    assert rows[1][-1] == "已是最优"
    assert rows[2][3] == "坏裙"
    assert rows[2][-1] == "保留原标题:infeasible: limit: nothing fits / keep_terms: too wide"
    assert rows[3][-1] == "保留原标题:internal: ZeroDivisionError"
    assert (summary.rows, summary.rewritten, summary.unchanged, summary.kept) == (4, 1, 1, 2)
    assert summary.unused == ("库存",)


def test_a_row_that_cannot_be_read_says_why_and_keeps_its_title(tmp_path: Path) -> None:
    rows = [["标题", "价格"], ["裙", "面议"], ["裙", "9", "多余"], [], ["", ""], ["裙"]]
    source = write_csv(tmp_path / "in.csv", rows)
    rewrite_catalogue(source, tmp_path / "out.csv", JOB)
    states = [(row[3], row[-1]) for row in read_csv(tmp_path / "out.csv")[1:]]
    assert states == [
        ("裙", "保留原标题:bad-listing: price: found the text '面议', expected a number"),
        ("裙", "保留原标题:有 3 格,表头只有 2 格"),
        ("", "保留原标题:空行"),
        ("", "保留原标题:空行"),
        ("新裙", "已改写"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_any_encoding_is_read(encoding: str, tmp_path: Path) -> None:
    source = write_csv(tmp_path / "in.csv", [["标题", "类目"], ["法式裙", "女装"]], encoding)
    rewrite_catalogue(source, tmp_path / "out.csv", JOB)
    assert read_csv(tmp_path / "out.csv")[1][:3] == ["法式裙", "女装", "新法式裙"]


def test_rows_above_the_header_stay_above_it(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "in.csv", [["version 1.00"], ["标题", "价格"], ["裙", "1"]])
    rewrite_catalogue(source, tmp_path / "out.csv", JOB)
    assert [row[0] for row in read_csv(tmp_path / "out.csv")] == ["version 1.00", "标题", "裙"]


def test_of_two_columns_for_one_key_the_first_filled_counts(tmp_path: Path) -> None:
    seen: list[Listing] = []

    def note(listing: Listing) -> Proposal:
        seen.append(listing)
        return proposal(listing)

    source = write_csv(
        tmp_path / "in.csv", [["标题", "货号", "型号"], ["裙", "", "A"], ["裙", "B", "C"]]
    )
    rewrite_catalogue(source, tmp_path / "out.csv", replace(JOB, rewrite=note))
    assert [listing.article_number for listing in seen] == ["A", "B"]


def test_columns_of_an_earlier_run_are_kept_beside_the_new_ones(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "in.csv", [["标题"], ["裙"]])
    rewrite_catalogue(source, tmp_path / "once.csv", JOB)
    rewrite_catalogue(tmp_path / "once.csv", tmp_path / "twice.csv", JOB)
    header = read_csv(tmp_path / "twice.csv")[0]
    assert header[1:] == [*COLUMNS, *(f"{name}(2)" for name in COLUMNS)]


def test_a_workbook_is_read(tmp_path: Path) -> None:
    path = tmp_path / "in.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["宝贝ID", "标题"])
        sheet.write_row(1, 0, [630000000001, "裙"])
    rewrite_catalogue(path, tmp_path / "out.csv", JOB)
    assert read_csv(tmp_path / "out.csv")[1][:3] == ["630000000001", "裙", "新裙"]


def test_json_lines_keep_their_keys_and_their_number(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_bytes('{"title":"裙","price":9}\nnot json\n5\n\n{"titel":"裙"}'.encode())
    summary = rewrite_catalogue(source, tmp_path / "out.jsonl", JOB)
    lines = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
    answers = [json.loads(line) for line in lines]
    assert len(answers) == summary.rows == 5
    assert answers[0]["price"] == 9
    assert answers[0]["新标题"] == "新裙"
    assert answers[0]["覆盖率"] == 0.75
    assert answers[1]["原文"] == "not json"
    assert "bad-json" in answers[1]["状态"]
    assert answers[2]["原文"] == 5
    assert "titel" in answers[4]["状态"]


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+86", "+86"),
        ("+cmd", "'+cmd"),
        ("-5.5%", "-5.5%"),
        ("-a", "'-a"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("裙=1", "裙=1"),
        ("", ""),
    ],
)
def test_a_cell_that_would_be_a_formula_is_text(cell: str, written: str) -> None:
    assert safe_cell(cell) == written


cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=6)


@given(rows=st.lists(st.lists(cells, min_size=2, max_size=2), max_size=5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_as_many_rows_come_out_as_went_in_with_their_cells(
    rows: list[list[str]], tmp_path: Path
) -> None:
    source = write_csv(tmp_path / "in.csv", [["标题", "品牌"], *rows])
    rewrite_catalogue(source, tmp_path / "out.csv", JOB)
    _, *found = read_csv(tmp_path / "out.csv")
    assert [row[:2] for row in found] == [[safe_cell(cell) for cell in row] for row in rows]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("in.csv", "库存,销量\n1,2\n", "reads: 库存,销量"),
        ("in.csv", "", "empty"),
        ("in.csv", "<html><body>", "a web page"),
    ],
)
def test_a_file_that_is_no_catalogue_is_refused(
    name: str, content: str, words: str, tmp_path: Path
) -> None:
    source = tmp_path / name
    source.write_text(content, encoding="utf-8")
    with pytest.raises((CatalogueError, ReportError), match=words):
        rewrite_catalogue(source, tmp_path / "out.csv", JOB)
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("target", ["in.csv", "out.jsonl", "out.xlsx", "no/such/folder/out.csv"])
def test_a_target_that_cannot_be_written_is_refused(target: str, tmp_path: Path) -> None:
    source = write_csv(tmp_path / "in.csv", [["标题"], ["裙"]])
    with pytest.raises(CatalogueError):
        rewrite_catalogue(source, tmp_path / target, JOB)
    assert source.read_text(encoding="utf-8") == "标题\n裙\n"


def test_a_run_that_is_stopped_leaves_the_old_answer_and_no_debris(tmp_path: Path) -> None:
    def stop(*_: int) -> None:
        raise KeyboardInterrupt

    source = write_csv(tmp_path / "in.csv", [["标题"], ["裙"]])
    target = tmp_path / "out.csv"
    target.write_text("old", encoding="utf-8")
    target.chmod(0o640)
    with pytest.raises(KeyboardInterrupt):
        rewrite_catalogue(source, target, replace(JOB, tick=stop))
    assert target.read_text(encoding="utf-8") == "old"
    assert {path.name for path in tmp_path.iterdir()} == {"in.csv", "out.csv"}
    rewrite_catalogue(source, target, JOB)
    assert target.stat().st_mode & 0o777 == 0o640


def test_the_example_catalogue_becomes_titles_that_all_fit(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    cache = tmp_path_factory.getbasetemp() / "cache"
    env = Settings(lexicon_dir=ROOT / "lexicon", cache_dir=cache, today="2026-06-01")
    reports = tuple(
        ROOT / "examples" / f"{name}_sycm.csv" for name in ("dress", "shampoo", "phone_case")
    )
    session = open_session(Setup(keywords=reports), env)
    job = replace(JOB, rewrite=lambda listing: suggestion(session, listing, Wishes()))
    summary = rewrite_catalogue(ROOT / "examples" / "catalogue.csv", tmp_path / "out.csv", job)
    header, *rows = read_csv(tmp_path / "out.csv")
    assert (summary.rows, summary.kept, summary.unused) == (len(rows), 0, ())
    column = header.index("新标题")
    assert all(0 < len(row[column].encode("gbk")) <= 60 for row in rows)
