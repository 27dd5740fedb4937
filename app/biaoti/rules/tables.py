"""Read the tab-separated files of the lexicon strictly: every fault at once, each with its place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from biaoti.errors import DataFileError, Fault


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: its cells by column name."""

    file: str
    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def words(self, column: str) -> tuple[str, ...]:
        """Return the parts of a cell that are separated by `|`; an empty cell has none."""
        cell = self.cells[column]
        return tuple(cell.split("|")) if cell else ()


@dataclass(slots=True)
class Faults:
    """Collects what is wrong in the data files, so that all of it can be told at once."""

    found: list[Fault] = field(default_factory=list)

    def add(self, row: Row, column: str, expected: str) -> None:
        """Note that the cell `column` of `row` is not what is `expected`."""
        self.found.append(Fault(row.file, row.line, column, row.cells.get(column, ""), expected))

    def raise_any(self) -> None:
        """Raise DataFileError when anything was noted."""
        if self.found:
            raise DataFileError(self.found)


def read_table(
    path: Path, columns: Sequence[str], faults: Faults, *, key: Sequence[str]
) -> tuple[Row, ...]:
    """Return the rows of `path`, whose header must be `columns`; `key` columns are unique, sorted.

    Bad lines are noted in `faults` and left out.
    """
    lines = path.read_text(encoding="utf-8").split("\n")
    if tuple(lines[0].split("\t")) != tuple(columns):
        faults.found.append(Fault(path.name, 1, "header", lines[0], "\t".join(columns)))
        return ()
    rows = tuple(
        row
        for number, line in enumerate(lines[1:], start=2)
        if line and (row := _row(path.name, number, line, columns, faults))
    )
    _check_order(rows, key, faults)
    return rows


def compiled(row: Row, column: str, faults: Faults) -> re.Pattern[str] | None:
    """Return the pattern between the slashes of a cell, or None after noting why it is not one."""
    try:
        return re.compile(row[column].removeprefix("/").removesuffix("/"))
    except re.error as error:
        faults.add(row, column, f"a regular expression ({error})")
        return None


def _row(
    file: str, number: int, line: str, columns: Sequence[str], faults: Faults
) -> Row | None:
    cells = line.split("\t")
    if len(cells) != len(columns):
        faults.found.append(
            Fault(file, number, "line", f"{len(cells)} cells", f"{len(columns)} cells")
        )
        return None
    return Row(file, number, dict(zip(columns, cells, strict=True)))


def _check_order(rows: Sequence[Row], key: Sequence[str], faults: Faults) -> None:
    previous: tuple[str, ...] = ()
    for row in rows:
        current = tuple(row[column] for column in key)
        if previous and current == previous:
            faults.add(row, key[-1], "no entry twice")
        elif previous and current < previous:
            faults.add(row, key[-1], f"an entry sorted after {previous[-1]!r}")
        previous = current
