"""Strict reading of our own TSV data files: every fault is found and located, none is skipped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from biaoti.errors import Fault


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a data file: where it stands and its cells by column name."""

    file: str
    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def fault(self, column: str, expected: str) -> Fault:
        """Return the fault of this row's `column`, which holds something else than `expected`."""
        return Fault(self.file, self.line, column, self.cells.get(column, ""), expected)


def read_table(path: Path, columns: Sequence[str], faults: list[Fault]) -> list[Row]:
    """Return the rows of a TSV file headed exactly by `columns`; append what is wrong to `faults`.

    Rows must be sorted and distinct by their text up to the last column (`source`), which must be
    filled.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        faults.append(Fault(path.name, 0, "file", type(error).__name__, "a readable UTF-8 file"))
        return []
    if lines[0].split("\t") != list(columns):
        faults.append(Fault(path.name, 1, "header", lines[0], " ".join(columns)))
        return []
    if lines[-1] == "":
        lines.pop()
    rows = list(_rows(path.name, lines, columns, faults))
    faults.extend(_order_faults(rows, columns))
    return rows


def _rows(
    name: str, lines: Sequence[str], columns: Sequence[str], faults: list[Fault]
) -> Iterator[Row]:
    for number, line in enumerate(lines[1:], start=2):
        cells = line.split("\t")
        if len(cells) != len(columns):
            faults.append(Fault(name, number, "row", line[:60], f"{len(columns)} cells"))
            continue
        row = Row(name, number, dict(zip(columns, cells, strict=True)))
        if not row[columns[-1]].strip():
            faults.append(row.fault(columns[-1], "the source of this entry"))
        yield row


def _order_faults(rows: Sequence[Row], columns: Sequence[str]) -> Iterator[Fault]:
    keys = [tuple(row[column] for column in columns[:-1]) for row in rows]
    for index in range(1, len(rows)):
        if keys[index] == keys[index - 1]:
            yield rows[index].fault(columns[0], "no duplicate of the line above")
        elif keys[index] < keys[index - 1]:
            yield rows[index].fault(columns[0], "rows in sorted order")
