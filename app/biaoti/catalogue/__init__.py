"""A catalogue file -> the same rows with new titles: no row is lost, no bad row stops the others.

Tables keep every cell and gain columns on the right; JSON lines keep every key and gain keys.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from biaoti.catalogue.reading import Names, Source, open_catalogue
from biaoti.catalogue.rewriting import Job, rewritten_row
from biaoti.catalogue.rows import COLUMNS, CatalogueError, Outcome, Row, Summary
from biaoti.catalogue.running import (
    Crew,
    PlanSummary,
    Run,
    local_crew,
    plan_catalogue,
    rewrite_catalogue,
)
from biaoti.catalogue.writing import safe_cell
from biaoti.listings import Aliases

__all__ = [
    "COLUMNS",
    "CatalogueError",
    "Crew",
    "Job",
    "Names",
    "Outcome",
    "PlanSummary",
    "Row",
    "Run",
    "Source",
    "Summary",
    "labelled_titles",
    "local_crew",
    "open_catalogue",
    "plan_catalogue",
    "rewrite_catalogue",
    "rewritten_row",
    "safe_cell",
]


def labelled_titles(path: Path, aliases: Aliases) -> list[tuple[str, str]]:
    """Return (title, category) of every row of a catalogue that has both, in order.

    Raises CatalogueError or ReportError when the file cannot be read as a catalogue.
    """
    with open_catalogue(path, Names(aliases=aliases)) as source:
        return [pair for row in source.rows() for pair in _labelled(row, aliases)]


def _labelled(row: Row, aliases: Aliases) -> Iterator[tuple[str, str]]:
    found = {aliases.key_of(name): value for name, value in row.listing.items()}
    if found.get("title") and found.get("category"):
        yield str(found["title"]), str(found["category"])
