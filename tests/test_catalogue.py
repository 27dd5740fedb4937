"""A catalogue loses no row and no cell, whatever its rows hold."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet
from python_calamine import load_workbook

from biaoti.answers import Session, Wishes
from biaoti.catalogue import (
    COLUMNS,
    CatalogueError,
    Job,
    Names,
    Run,
    Summary,
    local_crew,
    rewrite_catalogue,
    rewriting,
    safe_cell,
)
from biaoti.catalogue.reading import open_catalogue
from biaoti.catalogue.rows import kept
from biaoti.catalogue.writing import write_catalogue
from biaoti.cli.batch import make_job, names_of
from biaoti.cli.setup import Setup
from biaoti.cli.start import open_session
from biaoti.engine import Engine
from biaoti.errors import InfeasibleError, ReportError
from biaoti.listings import load_aliases, read_listing
from biaoti.records import (
    CurrentTitle,
    Edits,
    Ledger,
    Listing,
    Proposal,
    ProposedTitle,
    Question,
    Robustness,
    Severity,
    Status,
    Versions,
    Violation,
)
from biaoti.settings import Settings

ROOT = Path(__file__).parents[1]
ALIASES = load_aliases(ROOT / "lexicon" / "listing_aliases.tsv")


Propose = Callable[[Listing], Proposal]


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


DUBIOUS = Violation(
    rule="absolute-claim",
    name="极限词",
    severity=Severity.HIGH,
    start=0,
    end=1,
    text="最",
    message="",
    penalty="",
    source="",
    suggestion="",
)
Rewrites = Callable[..., Summary]


@pytest.fixture
def rewrite(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Rewrites:
    """Return a function that rewrites a catalogue by made-up proposals, in this process."""

    def run(source: Path, target: Path, *, propose: Propose = proposal, **how: object) -> Summary:
        monkeypatch.setattr(rewriting, "suggest", lambda _, listing, *__, **___: propose(listing))
        monkeypatch.setattr(rewriting, "old_violations", lambda *_: (DUBIOUS,))
        session = Session(engine=engine, aliases=ALIASES, market=None, today=lambda: "2026-06-01")
        report: Callable[[Exception], str] = lambda error: type(error).__name__  # noqa: E731
        job = Job(session=session, wishes=Wishes(), report=report)
        lexicon = engine.lexicon
        names = Names(
            aliases=ALIASES,
            attributes=frozenset(lexicon.attribute_uses),
            shop=lexicon.policy.catalogue.shop_columns,
        )
        plan = Run(crew=local_crew(1), **how)  # type: ignore[arg-type] # fields of Run
        return rewrite_catalogue(source, target, names, job, plan)

    return run


def read_csv(path: Path) -> list[list[str]]:
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def write_csv(path: Path, rows: Sequence[Sequence[str]], encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as stream:
        csv.writer(stream).writerows(rows)
    return path


def test_rows_gain_columns_and_lose_nothing(tmp_path: Path, rewrite: Rewrites) -> None:
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
    summary = rewrite(source, tmp_path / "out.csv")
    header, *rows = read_csv(tmp_path / "out.csv")
    assert header == ["宝贝标题", "库存", "价格", *COLUMNS]
    assert rows[0] == [
        *("裙", "3", "9", "新裙", "10", "200", "300", "75.0%"),
        *("加:新;去:旧", "极限词(最)", "", "收腰(腰型 +7.4%)", "已改写", ""),
    ]
    assert rows[1][3] == "好裙"
    assert rows[1][-2] == "已是最优"
    assert rows[2][3] == "坏裙"
    assert rows[2][-2] == "保留原标题:infeasible: limit: nothing fits / keep_terms: too wide"
    assert rows[3][-2] == "保留原标题:internal: ZeroDivisionError"
    assert (summary.rows, summary.rewritten, summary.unchanged, summary.kept) == (4, 1, 1, 2)
    assert summary.unused == ("库存",)


def test_a_row_that_cannot_be_read_says_why_and_keeps_its_title(
    tmp_path: Path, rewrite: Rewrites
) -> None:
    rows = [["标题", "价格"], ["裙", "面议"], ["裙", "9", "多余"], [], ["", ""], ["裙"]]
    source = write_csv(tmp_path / "in.csv", rows)
    rewrite(source, tmp_path / "out.csv")
    states = [(row[3], row[-2]) for row in read_csv(tmp_path / "out.csv")[1:]]
    assert states == [
        ("裙", "保留原标题:bad-listing: price: found the text '面议', expected a number"),
        ("裙", "保留原标题:有 3 格,表头只有 2 格"),
        ("", "保留原标题:空行"),
        ("", "保留原标题:空行"),
        ("新裙", "已改写"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_any_encoding_is_read(encoding: str, tmp_path: Path, rewrite: Rewrites) -> None:
    source = write_csv(tmp_path / "in.csv", [["标题", "类目"], ["法式裙", "女装"]], encoding)
    rewrite(source, tmp_path / "out.csv")
    assert read_csv(tmp_path / "out.csv")[1][:3] == ["法式裙", "女装", "新法式裙"]


def test_rows_above_the_header_stay_above_it(tmp_path: Path, rewrite: Rewrites) -> None:
    source = write_csv(tmp_path / "in.csv", [["version 1.00"], ["标题", "价格"], ["裙", "1"]])
    rewrite(source, tmp_path / "out.csv")
    assert [row[0] for row in read_csv(tmp_path / "out.csv")] == ["version 1.00", "标题", "裙"]


def test_of_two_columns_for_one_key_the_first_filled_counts(
    tmp_path: Path, rewrite: Rewrites
) -> None:
    seen: list[Listing] = []

    def note(listing: Listing) -> Proposal:
        seen.append(listing)
        return proposal(listing)

    source = write_csv(
        tmp_path / "in.csv", [["标题", "货号", "型号"], ["裙", "", "A"], ["裙", "B", "C"]]
    )
    rewrite(source, tmp_path / "out.csv", propose=note)
    assert [listing.article_number for listing in seen] == ["A", "B"]


def test_columns_of_an_earlier_run_are_kept_beside_the_new_ones(
    tmp_path: Path, rewrite: Rewrites
) -> None:
    source = write_csv(tmp_path / "in.csv", [["标题"], ["裙"]])
    rewrite(source, tmp_path / "once.csv")
    rewrite(tmp_path / "once.csv", tmp_path / "twice.csv")
    header = read_csv(tmp_path / "twice.csv")[0]
    assert header[1:] == [*COLUMNS, *(f"{name}(2)" for name in COLUMNS)]


def test_a_workbook_is_read(tmp_path: Path, rewrite: Rewrites) -> None:
    path = tmp_path / "in.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["宝贝ID", "标题"])
        sheet.write_row(1, 0, [630000000001, "裙"])
    rewrite(path, tmp_path / "out.csv")
    assert read_csv(tmp_path / "out.csv")[1][:3] == ["630000000001", "裙", "新裙"]


def test_json_lines_keep_their_keys_and_their_number(tmp_path: Path, rewrite: Rewrites) -> None:
    source = tmp_path / "in.jsonl"
    source.write_bytes('{"title":"裙","price":9}\nnot json\n5\n\n{"titel":"裙"}'.encode())
    summary = rewrite(source, tmp_path / "out.jsonl")
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
    rows: list[list[str]], tmp_path: Path, rewrite: Rewrites
) -> None:
    source = write_csv(tmp_path / "in.csv", [["标题", "品牌"], *rows])
    rewrite(source, tmp_path / "out.csv")
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
    name: str, content: str, words: str, tmp_path: Path, rewrite: Rewrites
) -> None:
    source = tmp_path / name
    source.write_text(content, encoding="utf-8")
    with pytest.raises((CatalogueError, ReportError), match=words):
        rewrite(source, tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("target", ["in.csv", "out.txt", "out", "no/such/folder/out.csv"])
def test_a_target_that_cannot_be_written_is_refused(
    target: str, tmp_path: Path, rewrite: Rewrites
) -> None:
    source = write_csv(tmp_path / "in.csv", [["标题"], ["裙"]])
    with pytest.raises(CatalogueError):
        rewrite(source, tmp_path / target)
    assert source.read_text(encoding="utf-8") == "标题\n裙\n"


def test_a_run_that_is_stopped_leaves_the_old_answer_and_its_journal(
    tmp_path: Path, rewrite: Rewrites
) -> None:
    def stop(*_: int) -> None:
        raise KeyboardInterrupt

    source = write_csv(tmp_path / "in.csv", [["标题"], ["裙"]])
    target = tmp_path / "out.csv"
    target.write_text("old", encoding="utf-8")
    target.chmod(0o640)
    with pytest.raises(KeyboardInterrupt):
        rewrite(source, target, tick=stop)
    assert target.read_text(encoding="utf-8") == "old"
    assert {path.name for path in tmp_path.iterdir()} == {"in.csv", "out.csv", "out.csv.journal"}
    rewrite(source, target)
    assert {path.name for path in tmp_path.iterdir()} == {"in.csv", "out.csv"}
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
    job = make_job(session, Wishes(), is_debug=False)
    source, target = ROOT / "examples" / "catalogue.csv", tmp_path / "out.csv"
    summary = rewrite_catalogue(source, target, names_of(session), job, Run(crew=local_crew(1)))
    header, *rows = read_csv(tmp_path / "out.csv")
    assert (summary.rows, summary.kept, summary.unused) == (len(rows), 0, ())
    column = header.index("新标题")
    assert all(0 < len(row[column].encode("gbk")) <= 60 for row in rows)


# ---- forms of files ----------------------------------------------------------------------------


def columns_of(path: Path) -> dict[str, list[object]]:
    """Return the cells of a written catalogue by column, as its format types them."""
    if path.suffix == ".jsonl":
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        return {name: [row[name] for row in rows] for name in rows[0]}
    if path.suffix == ".parquet":
        found: dict[str, list[object]] = parquet.read_table(path).to_pydict()
        return found
    if path.suffix == ".xlsx":
        sheet = load_workbook(path).get_sheet_by_index(0)
        header, *lines = list(sheet.iter_rows())
        return {str(name): [line[i] for line in lines] for i, name in enumerate(header)}
    header, *rows = read_csv(path)
    return {name: [row[i] for row in rows] for i, name in enumerate(header)}


@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".jsonl", ".parquet"])
@pytest.mark.parametrize("origin", [".csv", ".xlsx", ".jsonl", ".parquet"])
def test_every_form_is_read_and_written_with_all_its_cells(
    origin: str, ending: str, tmp_path: Path, rewrite: Rewrites
) -> None:
    given = [["宝贝ID", "标题", "品牌"], ["007", "裙", "=1+1"], ["008", "坏裙", ""]]
    first = write_csv(tmp_path / "in.csv", given)
    rewrite(first, tmp_path / f"a{origin}")
    rewrite(tmp_path / f"a{origin}", tmp_path / f"b{ending}")
    found = columns_of(tmp_path / f"b{ending}")
    escapes = ("'" if origin == ".csv" else "") + (
        "'" if ending == ".csv" and origin != ".csv" else ""
    )
    assert found["宝贝ID"] == ["007", "008"]
    assert found["品牌"][0] == f"{escapes}=1+1"
    assert found["新标题"] == found["新标题(2)"] == ["新裙", "坏裙"]
    assert str(found["新价值(2)"][0]) in {"300", "300.0"}


def test_equal_runs_write_equal_workbooks(tmp_path: Path, rewrite: Rewrites) -> None:
    source = write_csv(tmp_path / "in.csv", [["标题"], ["裙"]])
    for name in ("a.xlsx", "b.xlsx", "a.parquet", "b.parquet"):
        rewrite(source, tmp_path / name)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


@pytest.mark.parametrize(
    ("header", "row"),
    [
        (["标题", "属性"], ["裙", "领型:圆领;颜色:红;颜色:黑"]),
        (["标题", "属性"], ["裙", '{"领型":"圆领","颜色":["红","黑"]}']),
        (["标题", "属性:领型", "属性:颜色"], ["裙", "圆领", "红"]),
        (["标题", "领型", "颜色"], ["裙", "圆领", "红"]),
        (["标题", "属性", "领型"], ["裙", "颜色:红", "圆领"]),
    ],
    ids=["pairs", "json", "prefixed columns", "own columns", "both"],
)
def test_attributes_are_read_in_every_form(
    header: list[str], row: list[str], tmp_path: Path, rewrite: Rewrites
) -> None:
    seen: list[Listing] = []

    def note(listing: Listing) -> Proposal:
        seen.append(listing)
        return proposal(listing)

    source = write_csv(tmp_path / "in.csv", [header, row])
    summary = rewrite(source, tmp_path / "out.csv", propose=note)
    attributes = seen[0].attributes or {}
    assert attributes["领型"] == ("圆领",)
    assert attributes["颜色"][0] == "红"
    assert summary.unused == ()


def test_attributes_that_hold_separators_survive_a_table(tmp_path: Path, rewrite: Rewrites) -> None:
    seen: list[Listing] = []

    def note(listing: Listing) -> Proposal:
        seen.append(listing)
        return proposal(listing)

    data = {"title": "裙", "attributes": {"材质": "棉；麻", "型号:新": ["A", "B"]}}
    source = tmp_path / "in.jsonl"
    source.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    rewrite(source, tmp_path / "a.csv", propose=note)
    rewrite(tmp_path / "a.csv", tmp_path / "b.xlsx", propose=note)
    rewrite(tmp_path / "b.xlsx", tmp_path / "c.jsonl", propose=note)
    assert seen[0].attributes == seen[1].attributes == seen[2].attributes


@pytest.fixture
def session(engine: Engine) -> Session:
    return Session(engine=engine, aliases=ALIASES, market=None, today=lambda: "2026-06-01")


def written(source: Path, target: Path, names: Names) -> list[Listing]:
    """Return the listings of `target` once the rows of `source` are written to it."""
    with open_catalogue(source, names) as found:
        pairs = ((row, kept(row.title, "…")) for row in found.rows())
        write_catalogue(found, target, COLUMNS, pairs)
    with open_catalogue(target, names) as found:
        return [read_listing(row.listing, names.aliases) for row in found.rows()]


def test_what_is_unknown_and_what_is_none_survive_every_form(
    tmp_path: Path, session: Session
) -> None:
    names, source = names_of(session), tmp_path / "in.jsonl"
    given = [{"title": "裙", "attributes": {}}, {"title": "裙"}, {"title": "裙", "price": 9.5}]
    source.write_text("\n".join(map(json.dumps, given)), encoding="utf-8")
    wanted = [read_listing(data, names.aliases) for data in given]
    assert wanted[0] != wanted[1]
    for ending in (".csv", ".xlsx", ".parquet", ".jsonl"):
        target = tmp_path / f"out{ending}"
        assert written(source, target, names) == wanted
        source = target


@pytest.mark.slow
def test_a_real_catalogue_goes_through_in_every_form(tmp_path: Path, session: Session) -> None:
    real = ROOT.parent / "shared" / "data" / "listings.jsonl"
    if not real.exists():
        pytest.skip("no real listings beside this checkout")
    names, job = names_of(session), make_job(session, Wishes(), is_debug=False)
    lines = real.read_text(encoding="utf-8").splitlines()
    wanted = [read_listing(json.loads(line), names.aliases) for line in lines]
    summary = rewrite_catalogue(
        real, tmp_path / "a.csv", names, job, Run(crew=local_crew(os.cpu_count() or 1))
    )
    assert (summary.rows, summary.kept) == (len(lines), 0)
    # Rows that read the same are rewritten the same: the other forms need not be rewritten too.
    source = real
    for ending in (".csv", ".xlsx", ".jsonl"):
        target = tmp_path / f"b{ending}"
        assert written(source, target, names) == wanted
        source = target


def test_a_shop_column_is_no_unknown_key(tmp_path: Path, rewrite: Rewrites) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text('{"title":"裙","店铺":"甲"}', encoding="utf-8")
    assert rewrite(source, tmp_path / "out.jsonl").kept == 0
