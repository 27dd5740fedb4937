"""Whole proposals for small listings of many kinds; `BIAOTI_GOLDEN=1` rewrites them for review."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from biaoti.brief import Options
from biaoti.encode import plain
from biaoti.engine import Engine, make_market
from biaoti.listings import Aliases, read_listing
from biaoti.optimize import suggest
from biaoti.records import Interval, KeywordStat

FOLDER = Path(__file__).with_name("golden")
TODAY = "2026-06-15"
FEW = 3
FILES = sorted(FOLDER.glob("*.json"))


def read(path: Path) -> dict[str, Any]:
    """Return one golden file: comment, listing, keywords with their demand, proposal."""
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data


def proposal_of(engine: Engine, golden: dict[str, Any]) -> dict[str, Any]:
    """Return the proposal a golden file should hold, kept short enough to review.

    Exclusions and questions are cut to a few; versions are left out, since every word added to the
    lexicon changes them.
    """
    rows = [
        KeywordStat(keyword=keyword, demand_index=Interval(demand, demand))
        for keyword, demand in golden["keywords"].items()
    ]
    listing = read_listing(golden["listing"], Aliases(keys={}, stages={}))
    market = make_market(engine, rows) if rows else None
    found: dict[str, Any] = plain(suggest(engine, listing, market, Options(), today=TODAY))
    del found["versions"]
    for name in ("excluded", "questions"):
        found[name] = found[name][:FEW]
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_proposal_is_the_reviewed_one(engine: Engine, path: Path) -> None:
    golden = read(path)
    found = proposal_of(engine, golden)
    if os.environ.get("BIAOTI_GOLDEN"):
        written = json.dumps(golden | {"proposal": found}, ensure_ascii=False, indent=1)
        path.write_text(written + "\n", encoding="utf-8")
        return
    assert found == golden["proposal"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_reviewed_title_keeps_the_promises(path: Path) -> None:
    best = read(path)["proposal"]["best"]
    assert best["width"] <= 60
    assert best["gap"] == 0
    assert best["violations"] == []


def test_there_are_golden_files_and_each_says_what_it_shows() -> None:
    assert len(FILES) >= 12
    assert all(read(path)["comment"] for path in FILES)
