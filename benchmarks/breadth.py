"""Tell how much of real text our words explain.

Prints the share of the letters and digits of a file of queries and of a file of titles that stand
in a word of two characters or more that the lexicon, its brands or its patterns know. Reads
../shared/data; says so and stops when it is absent.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "app"))

from biaoti.engine import Engine, build_engine, tag_text  # noqa: E402 - after the path
from biaoti.records import Slot  # noqa: E402 - after the path

DATA = ROOT.parent / "shared" / "data"
SHAPED = {Slot.YEAR, Slot.SPEC, Slot.ARTICLE_NUMBER}


def share_known(engine: Engine, texts: Iterable[str]) -> float:
    """Return the share of characters that stand in a known word of two characters or more."""
    known = total = 0
    for text in texts:
        total += sum(character.isalnum() for character in text)
        for item in tag_text(engine, text):
            is_listed = item.term in engine.lexicon.entries or item.term in engine.lexicon.brands
            if len(item.term) > 1 and (is_listed or item.slot in SHAPED):
                known += sum(character.isalnum() for character in item.text)
    return known / total if total else 0.0


def main() -> None:
    """Print one line per file."""
    if not DATA.exists():
        print("../shared/data is not here: nothing to measure")
        return
    engine = build_engine(ROOT / "lexicon", models_dir=ROOT / "models")
    queries = (DATA / "queries.txt").read_text(encoding="utf-8").splitlines()
    lines = (DATA / "listings.jsonl").read_text(encoding="utf-8").splitlines()
    titles = [json.loads(line)["title"] for line in lines]
    for name, texts in (("queries", queries), ("titles", titles)):
        share = share_known(engine, texts)
        print(f"{name}: {share:.3f} of characters in known words of two or more")


if __name__ == "__main__":
    main()
