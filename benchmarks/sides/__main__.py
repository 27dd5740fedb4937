"""Ours beside what else a seller could use: titles, checkers, word cutters, in one run.

With the real data (looked for beside the checkout, or where --from says) the tables of
benchmarks/README.md and the drawings beside it are replaced; without it the run takes the simulated
market and the project's own cases, says so and writes to build/sides. --out names another folder.

    python benchmarks/sides [--listings N] [--seed N] [--from FOLDER] [--out FOLDER]
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parents[1]
ROOT = BENCHMARKS.parent
sys.path[:0] = [str(BENCHMARKS), str(ROOT / "app")]

from evaluate import README, commit, with_table  # noqa: E402 - after the path

from biaoti.engine import Engine, build_engine  # noqa: E402 - after the path
from biaoti.settings import Settings  # noqa: E402 - after the path
from sides.charts import checkers_chart, cuts_chart, titles_chart  # noqa: E402 - after the path
from sides.checkers import (  # noqa: E402 - after the path
    checkers,
    list_words,
    own_cases,
    real_cases,
    verdicts,
)
from sides.cuts import cutters, cuttings, read_labelled  # noqa: E402 - after the path
from sides.samples import real_sample, simulated_sample  # noqa: E402 - after the path
from sides.tables import (  # noqa: E402 - after the path
    alike,
    beaten,
    checkers_table,
    cuts_table,
    titles_table,
)
from sides.titles import standings  # noqa: E402 - after the path

BEGIN, END = "<!-- sides -->", "<!-- end of sides -->"
NO_LABELS = "No labelled words without the data: word cutters were not compared."


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a part of the run gives: its text with the table, and its drawing where there is one."""

    name: str
    text: str
    drawing: str = ""


def titles_part(engine: Engine, data: Path | None, most: int, seed: int, stamp: str) -> Part:
    """Return the comparison of titles."""
    sample = real_sample(engine, data, most, seed) if data else simulated_sample(engine, most, seed)
    found = standings(engine, sample)
    text = f"**Titles**: {sample.name}.\n\n{titles_table(found)}\n\n{beaten(found)} {alike(found)}"
    return Part(name="titles", text=text, drawing=titles_chart(found, _note(stamp, "listings")))


def checkers_part(engine: Engine, data: Path | None, stamp: str) -> Part:
    """Return the comparison of checkers."""
    cases = real_cases(data) if data else own_cases()
    whose = (
        "labelled real titles" if data else "of the project's own cases, which ours was mended on"
    )
    words = list_words()
    found = verdicts(cases, checkers(engine, words), words)
    count = sum(map(len, words.values()))
    text = (
        f"**Checkers**: {len(cases)} {whose}; the list has {count:,} words of {len(words)} rules."
    )
    drawing = checkers_chart(found, _note(stamp, "cases"))
    return Part(name="checkers", text=f"{text}\n\n{checkers_table(found)}", drawing=drawing)


def cuts_part(engine: Engine, data: Path | None, stamp: str) -> Part:
    """Return the comparison of word cutters."""
    if data is None:
        return Part(name="cuts", text=f"**Word cutters**: {NO_LABELS}")
    titles = read_labelled(data)
    found = cuttings(titles, cutters(engine))
    counts = ", ".join(
        f"{len(rows):,} {source} titles with {sum(len(r.spans) for r in rows):,} labelled words"
        for source, rows in titles.items()
    )
    text = f"**Word cutters**: {counts}.\n\n{cuts_table(found)}"
    return Part(name="cuts", text=text, drawing=cuts_chart(found, _note(stamp, "titles")))


def _note(stamp: str, rows: str) -> str:
    return f"{stamp}; the thin lines hold 95 % of new draws of as many {rows}"


def write(parts: list[Part], head: str, folder: Path | None) -> None:
    """Write tables and drawings to `folder`, or into benchmarks/ and its README."""
    text = "\n\n".join([head, *(part.text for part in parts)])
    target = folder or BENCHMARKS
    target.mkdir(parents=True, exist_ok=True)
    if folder:
        (folder / "sides.md").write_text(text + "\n", encoding="utf-8")
    else:
        found = README.read_text(encoding="utf-8")
        README.write_text(with_table(found, text, BEGIN, END), encoding="utf-8")
    for part in parts:
        if part.drawing:
            (target / f"sides_{part.name}.svg").write_text(part.drawing, encoding="utf-8")


def main() -> None:
    """Run all three parts, print them and write them down."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--listings", type=int, default=500)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--from", dest="data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--out", type=Path, help="folder for tables and drawings")
    options = parser.parse_args()
    data = options.data if (options.data / "listings.jsonl").is_file() else None
    if data is None:
        print(f"sides: {options.data} has no data; taking the simulated market", file=sys.stderr)
    cache = Settings.from_env(os.environ).cache_dir
    engine = build_engine(ROOT / "lexicon", cache=cache, shipped_models=ROOT / "models")
    today = datetime.now().astimezone().date().isoformat()
    stamp = f"commit {commit()}, {today}"
    parts = [
        cuts_part(engine, data, stamp),
        checkers_part(engine, data, stamp),
        titles_part(engine, data, options.listings, options.seed, stamp),
    ][::-1]
    python = sys.version.split()[0]
    text = f"C{stamp[1:]}; Python {python}. In brackets: 95 % of new draws of as many rows."
    print("\n\n".join([text, *(part.text for part in parts)]))
    write(parts, text, options.out or (None if data else ROOT / "build" / "sides"))


if __name__ == "__main__":
    main()
