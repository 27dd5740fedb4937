"""Files made to hurt: each is read whole, or refused in one line that names it."""

from __future__ import annotations

import csv
import io
import json
import os
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import fuzzing
from biaoti.catalogue import COLUMNS, CatalogueError, open_catalogue
from biaoti.catalogue.rows import kept
from biaoti.catalogue.writing import expect_writable, replacing, write_catalogue
from biaoti.decode import MAX_BYTES, JsonError, bounded_lines, read_json
from biaoti.errors import ReportError
from biaoti.reports import read_report_bytes
from fuzzing import NAMES, headers

ROOT = Path(__file__).parents[1]
TABLE = "标题,类目\n法式连衣裙,女装\n"
REPORT = "关键词,点击量\n法式连衣裙,5\n"
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a private folder for all commands of this module."""
    return tmp_path_factory.mktemp("cache")


def run(
    folder: Path, cache: Path, *arguments: str | Path, out: int | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run the command as another program would, in `folder`."""
    return subprocess.run(  # noqa: S603 - our own interpreter and program
        [sys.executable, "-m", "biaoti", *map(str, arguments)],
        cwd=folder,
        env={
            "PYTHONPATH": str(ROOT / "app"),
            "PATH": os.environ["PATH"],
            "BIAOTI_CACHE_DIR": str(cache),
            "XDG_DATA_HOME": str(folder / "data"),
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if out is None else out,
        stderr=subprocess.PIPE,
        check=False,
        timeout=300,
    )


def count(path: Path) -> int:
    """Return how many rows a catalogue has."""
    with open_catalogue(path, NAMES) as source:
        rows = list(source.rows())
        assert len(rows) == source.count
    return len(rows)


# ---- workbooks ---------------------------------------------------------------------------------


def sheet(body: str, head: str = "") -> bytes:
    """Return the XML of a sheet whose first row is a header, `body` after it."""
    header = '<row r="1"><c r="A1" t="inlineStr"><is><t>标题</t></is></c><c r="B1" t="inlineStr">'
    header += "<is><t>关键词</t></is></c></row>"
    return f"{head}<worksheet {_MAIN}><sheetData>{header}{body}</sheetData></worksheet>".encode()


def text_row(text: str) -> str:
    """Return a row of a sheet that holds `text` in both columns."""
    cells = (f'<c r="{c}2" t="inlineStr"><is><t>{text}</t></is></c>' for c in "AB")
    return f'<row r="2">{"".join(cells)}</row>'


def packed(content: bytes) -> bytes:
    """Return a workbook with `content` as its sheet, packed as small as it goes."""
    target = io.BytesIO()
    book = io.BytesIO(fuzzing.workbook_of(content))
    with (
        zipfile.ZipFile(book) as plain,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as small,
    ):
        for name in plain.namelist():
            small.writestr(name, plain.read(name))
    return target.getvalue()


LAUGHS = "".join(
    f'<!ENTITY {name} "{"&" + chr(ord(name) - 1) + ";" if name > "a" else "裙"}'
    f'{("&" + chr(ord(name) - 1) + ";") * 9 if name > "a" else ""}">'
    for name in "abcdefghij"
)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(
            packed(sheet(text_row("&j;"), f"<!DOCTYPE l [{LAUGHS}]>")), id="entities of entities"
        ),
        pytest.param(
            packed(
                sheet(text_row("&x;"), '<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]>')
            ),
            id="an entity that is a file",
        ),
        pytest.param(packed(sheet("<row><c><is>" + "<t>" * 200_000)), id="deep XML"),
        pytest.param(
            packed(sheet('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')),
            id="a far corner",
        ),
        pytest.param(
            packed(sheet('<row r="4294967295"><c r="ZZZZZZ9"><v>1</v></c></row>')),
            id="beyond any corner",
        ),
        pytest.param(packed(sheet(text_row("a" * 140_000))), id="a cell that is a book"),
    ],
)
def test_a_workbook_made_to_hurt_is_refused_by_both_readers(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "in.xlsx"
    path.write_bytes(content)
    with pytest.raises(ReportError, match=r"in\.xlsx: a damaged, protected or oversized workbook"):
        read_report_bytes(path.name, content, headers())
    with pytest.raises(
        CatalogueError, match=r"in\.xlsx: a damaged, protected or oversized workbook"
    ):
        count(path)


def test_the_base_of_these_workbooks_is_sound(tmp_path: Path) -> None:
    path = tmp_path / "in.xlsx"
    path.write_bytes(packed(sheet(text_row("连衣裙"))))
    assert count(path) == 1
    (row,) = read_report_bytes(path.name, path.read_bytes(), headers()).rows
    assert row.keyword == "连衣裙"


def test_a_bomb_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    body = sheet(text_row("a" * 20 * 2**20))
    honest = packed(body)
    lying = honest.replace(struct.pack("<I", len(body)), struct.pack("<I", 1_000))
    assert lying != honest
    (tmp_path / "in.xlsx").write_bytes(lying)
    with pytest.raises(ReportError, match="a damaged, protected or oversized"):
        read_report_bytes("in.xlsx", lying, headers())
    with pytest.raises(CatalogueError, match="a damaged, protected or oversized"):
        count(tmp_path / "in.xlsx")


def test_marks_that_no_text_holds_reach_no_keyword() -> None:
    content = packed(sheet(text_row("连衣_x0000_裙_x0007_")))
    found = read_report_bytes("in.xlsx", content, headers())
    assert (found.rows, [r.found for r in found.rejected]) == ((), ["连衣\x00裙\x07"])


def test_a_damaged_parquet_file_is_refused(tmp_path: Path) -> None:
    for content in (b"PAR1", b"PAR1 and nothing else", b"PAR1\x15\x00\x00\x00\x02\x00\x00\x00PAR1"):
        (tmp_path / "in.csv").write_bytes(content)
        with pytest.raises(CatalogueError, match=r"in\.csv: a damaged or unreadable Parquet file"):
            count(tmp_path / "in.csv")


def test_without_its_library_parquet_is_refused_before_a_row_is_worked_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (tmp_path / "in.csv").write_bytes(b"PAR1")
    with pytest.raises(CatalogueError, match=r"in\.csv: Parquet needs the extra: pip install"):
        count(tmp_path / "in.csv")
    with pytest.raises(CatalogueError, match=r"out\.parquet: Parquet needs the extra"):
        expect_writable(tmp_path / "in.csv", tmp_path / "out.parquet")


# ---- texts -------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_read_without_its_mark(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes(TABLE.encode(encoding))
    assert count(tmp_path / "in.csv") == 1
    assert len(read_report_bytes("r", REPORT.encode(encoding), headers()).rows) == 1


def broken(text: str) -> list[bytes]:
    """Return `text` as files that are cut, mixed or damaged."""
    first, rest = text.split("\n", 1)
    marked = b"\xff\xfe" + text.encode("utf-16-le")
    return [
        text.encode("gb18030") + b"\xb7",
        first.encode() + b"\n" + rest.encode("gb18030"),
        text.encode() + b"a\0b,1\n",
        marked + b"x",
        marked + b"\x00\xd8a\x00",
        text.encode("utf-8") + b"\xed\xa0\x80\n",
    ]


@pytest.mark.parametrize("number", range(6))
def test_what_is_cut_mixed_or_holds_nothing_letters_is_refused(number: int, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes(broken(TABLE)[number])
    with pytest.raises(CatalogueError, match=r"in\.csv: "):
        count(tmp_path / "in.csv")
    with pytest.raises(ReportError, match=r"in\.csv: "):
        read_report_bytes("in.csv", broken(REPORT)[number], headers())


@pytest.mark.slow
def test_a_million_columns_are_kept_in_text_and_refused_for_a_sheet(tmp_path: Path) -> None:
    names = ",".join(f"c{number}" for number in range(1_000_000))
    (tmp_path / "in.csv").write_text(f"标题,{names}\n裙{',' * 1_000_000}x\n", "utf-8")
    with open_catalogue(tmp_path / "in.csv", NAMES) as source:
        pairs = [(row, kept(row.title, "")) for row in source.rows()]
        write_catalogue(source, tmp_path / "out.csv", COLUMNS, pairs)
        with pytest.raises(CatalogueError, match="1,000,012 columns, a sheet holds 16,384"):
            write_catalogue(source, tmp_path / "out.xlsx", COLUMNS, pairs)
    assert not (tmp_path / "out.xlsx").exists()
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as lines:
        head, row = csv.reader(lines)
    assert len(head) == len(row) == 1_000_001 + len(COLUMNS)
    wide = f"关键词,点击量,{names}\n裙,5{',' * 1_000_000}\n".encode()
    assert len(read_report_bytes("r", wide, headers()).rows) == 1


def test_one_huge_line_is_one_bad_row_and_the_rest_is_read(tmp_path: Path) -> None:
    huge = b'{"title":"' + b"a" * (3 * MAX_BYTES) + b'"}\n{"title":"x"}\r\n'
    assert [len(line) for line in bounded_lines(io.BytesIO(huge))] == [MAX_BYTES + 2, 14]
    (tmp_path / "in.jsonl").write_bytes(huge)
    with open_catalogue(tmp_path / "in.jsonl", NAMES) as source:
        bad, good = source.rows()
    assert (bad.problem is not None, good.problem, good.title) == (True, None, "x")
    for text in ("标题\n" + "裙" * 200_000, "标题,类" + "裙" * 200_000):
        (tmp_path / "in.csv").write_text(text, "utf-8")
        with pytest.raises(CatalogueError, match=r"in\.csv: "):
            count(tmp_path / "in.csv")


def test_numbers_that_cannot_be_held_are_no_json(tmp_path: Path) -> None:
    for text in ("1e999", "[-1e400]", '{"a":{"b":123e456}}'):
        with pytest.raises(JsonError, match="expected a number that can be held"):
            read_json(text.encode())
    (tmp_path / "in.jsonl").write_bytes(b'{"title":"a","price":1e999}\n{"title":"b"}\n')
    with open_catalogue(tmp_path / "in.jsonl", NAMES) as source:
        assert [row.problem is None for row in source.rows()] == [False, True]


def test_keys_given_twice_are_counted_once_and_a_few_are_named() -> None:
    with pytest.raises(JsonError, match=r"^keys given twice: a, 领型$"):
        read_json('{"领型":1,"b":1,"a":1,"a":2,"a":3,"领型":2}'.encode())
    names = [f"{number:06}" for number in range(150_000)]
    body = ",".join(f'"{name}":1' for name in (*names, *names))
    with pytest.raises(JsonError, match=r"000000, .*000004 and 149,995 more$"):
        read_json(f"{{{body}}}".encode())
    long = f'"{"a" * 1_000_000}":1'
    with pytest.raises(JsonError, match=r"^keys given twice: a{20}$"):
        read_json(f"{{{long},{long}}}".encode())


# ---- where files are written -------------------------------------------------------------------


@pytest.mark.slow
def test_no_command_writes_over_a_file_it_reads(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "in.csv").write_text(TABLE, "utf-8")
    (tmp_path / "seen.csv").write_text("标题,新标题,采纳\n连衣裙,碎花连衣裙,是\n", "utf-8")
    (tmp_path / "log.csv").write_text("搜索词,展现,点击,支付,日期\n裙,3,1,1,2026-01-01\n", "utf-8")
    (tmp_path / "link.csv").symlink_to("seen.csv")
    os.link(tmp_path / "in.csv", tmp_path / "hard.csv")
    before = {path: path.read_bytes() for path in tmp_path.glob("*.csv")}
    for command in (
        "rewrite in.csv in.csv",
        "rewrite in.csv hard.csv",
        "rewrite in.csv ../{}/in.csv",
        "rewrite in.csv log.csv --keywords log.csv",
        "apply seen.csv seen.csv",
        "apply seen.csv link.csv",
        "apply seen.csv in.csv --current in.csv",
        "times in.csv log.csv --orders log.csv",
        "duplicates in.csv in.csv",
        "logs log.csv log.csv",
    ):
        done = run(tmp_path, cache, *command.format(tmp_path.name).split())
        assert done.returncode == 2, command
        assert "expected another file to write to" in done.stderr.decode(), command
    assert {path: path.read_bytes() for path in before} == before


def test_a_link_is_replaced_and_what_it_points_to_stays(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(TABLE, "utf-8")
    (tmp_path / "other.csv").write_text("mine", "utf-8")
    (tmp_path / "out.csv").symlink_to("other.csv")
    expect_writable(tmp_path / "in.csv", tmp_path / "out.csv")
    with open_catalogue(tmp_path / "in.csv", NAMES) as source:
        write_catalogue(source, tmp_path / "out.csv", COLUMNS, [])
    assert (tmp_path / "other.csv").read_text("utf-8") == "mine"
    assert not (tmp_path / "out.csv").is_symlink()


def test_a_file_is_replaced_where_no_folder_can_be_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def open_files_only(path: str | Path, *rest: int) -> int:
        if Path(path).is_dir():
            raise PermissionError(13, "Permission denied")
        return os_open(path, *rest)

    os_open = os.open
    monkeypatch.setattr(os, "open", open_files_only)
    monkeypatch.delattr(os, "O_DIRECTORY", raising=False)
    with replacing(tmp_path / "out.csv") as stream:
        stream.write(b"new")
    assert (tmp_path / "out.csv").read_bytes() == b"new"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize(
    "command",
    ["check --title 连衣裙", "check --title 连衣裙 --json", "rules --json", "check --help"],
)
@pytest.mark.slow
def test_output_that_nothing_takes_ends_in_one_line_and_exit_3(
    command: str, tmp_path: Path, cache: Path
) -> None:
    with Path("/dev/full").open("wb") as full:
        done = run(tmp_path, cache, *command.split(), out=full.fileno())
    assert (done.returncode, done.stderr.count(b"\n")) == (3, 1), done.stderr.decode()
    assert "No space left" in done.stderr.decode()


# ---- what is written ---------------------------------------------------------------------------

FORMULAS = ("=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1)", "\t=1", "\r=1", '=HYPERLINK("x")')


@pytest.mark.parametrize("cell", FORMULAS, ids=repr)
def test_no_formula_leaves_us_in_any_file(cell: str, tmp_path: Path) -> None:
    lines = [{"title": cell, cell: cell, "类目": "女装"}]
    body = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (tmp_path / "in.jsonl").write_text(body, "utf-8")
    with open_catalogue(tmp_path / "in.jsonl", NAMES) as source:
        fuzzing.expect_rows_kept(source, tmp_path)
