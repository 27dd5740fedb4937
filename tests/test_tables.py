"""Our own data files: every fault is found and located."""

from __future__ import annotations

from pathlib import Path

import pytest

from biaoti.errors import Fault
from biaoti.tables import read_table

COLUMNS = ("term", "slot", "source")
HEADER = "term\tslot\tsource\n"


def faults_of(path: Path, content: str) -> list[str]:
    path.write_text(content, encoding="utf-8")
    faults: list[Fault] = []
    read_table(path, COLUMNS, faults)
    return [str(fault) for fault in faults]


def test_rows_know_their_line_and_their_cells(tmp_path: Path) -> None:
    path = tmp_path / "terms.tsv"
    path.write_text(HEADER + "a\tx\tme\nb\t\tme\n", encoding="utf-8")
    faults: list[Fault] = []
    rows = read_table(path, COLUMNS, faults)
    assert not faults
    assert [(row.line, row["term"], row["slot"]) for row in rows] == [(2, "a", "x"), (3, "b", "")]


def test_a_file_without_a_final_newline_loses_no_row(tmp_path: Path) -> None:
    path = tmp_path / "terms.tsv"
    path.write_text(HEADER + "a\tx\tme", encoding="utf-8")
    assert len(read_table(path, COLUMNS, [])) == 1


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param("", ["t.tsv:1: header: found '', expected term slot source"], id="empty"),
        pytest.param(
            "term\tslot\n",
            ["t.tsv:1: header: found 'term\\tslot', expected term slot source"],
            id="missing column",
        ),
        pytest.param(
            "term\tslot\tnote\tsource\n",
            ["t.tsv:1: header: found 'term\\tslot\\tnote\\tsource', expected term slot source"],
            id="unknown column",
        ),
        pytest.param(
            HEADER + "a\tx\n", ["t.tsv:2: row: found 'a\\tx', expected 3 cells"], id="short row"
        ),
        pytest.param(
            HEADER + "\na\tx\tme\n", ["t.tsv:2: row: found '', expected 3 cells"], id="blank line"
        ),
        pytest.param(
            HEADER + "a\tx\t \n",
            ["t.tsv:2: source: found ' ', expected the source of this entry"],
            id="no source",
        ),
        pytest.param(
            HEADER + "a\tx\tme\na\tx\tyou\n",
            ["t.tsv:3: term: found 'a', expected no duplicate of the line above"],
            id="duplicate",
        ),
        pytest.param(
            HEADER + "b\tx\tme\na\tx\tme\n",
            ["t.tsv:3: term: found 'a', expected rows in sorted order"],
            id="unsorted",
        ),
        pytest.param(HEADER, [], id="no rows"),
        pytest.param(HEADER + "a\tx\tme\na\ty\tme\n", [], id="same term, other slot"),
    ],
)
def test_faults_are_located(tmp_path: Path, content: str, expected: list[str]) -> None:
    assert faults_of(tmp_path / "t.tsv", content) == expected


def test_all_faults_are_reported_at_once(tmp_path: Path) -> None:
    found = faults_of(tmp_path / "t.tsv", HEADER + "b\tx\t\nonly one\na\tx\tme\n")
    assert sorted(text.split(": ")[0] for text in found) == ["t.tsv:2", "t.tsv:3", "t.tsv:4"]


def test_a_missing_file_is_a_fault_not_an_exception(tmp_path: Path) -> None:
    faults: list[Fault] = []
    assert read_table(tmp_path / "gone.tsv", COLUMNS, faults) == []
    assert [fault.found for fault in faults] == ["FileNotFoundError"]


def test_a_file_in_another_encoding_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "gbk.tsv"
    path.write_bytes((HEADER + "连衣裙\tx\tme\n").encode("gbk"))
    faults: list[Fault] = []
    assert read_table(path, COLUMNS, faults) == []
    assert [fault.expected for fault in faults] == ["a readable UTF-8 file"]
