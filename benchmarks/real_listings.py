"""Ask of real listings under real queries whether every promise holds, and what is gained.

For each listing of `listings.jsonl` the best title is sought with every query of `queries.txt` as
demand (a 搜索人气 of 1 each). Counted: titles wider than the limit, words that neither the seller's
title nor an attribute, the brand or the category spells, violations of severity medium or above,
gaps. The gain in value against the seller's own title is drawn, as a distribution without a row of
data, into benchmarks/real_listings.svg.

    python benchmarks/real_listings.py [--data FOLDER] [--most N] [--draw]
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from biaoti.brief import Options
from biaoti.engine import Engine, build_engine, make_market
from biaoti.errors import BiaotiError
from biaoti.listings import load_aliases, read_listing
from biaoti.optimize import suggest
from biaoti.records import Interval, KeywordStat, Listing, ProposedTitle, Severity
from biaoti.score import Market
from biaoti.text import normalize

ROOT = Path(__file__).parents[1]
TODAY = "2026-06-15"
GRAVE = {Severity.BLOCK, Severity.HIGH, Severity.MEDIUM}
STEPS = (0.0, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of one listing."""

    faults: tuple[str, ...]
    gain: float | None
    seconds: float


def main() -> None:
    """Print the counts and, with --draw, replace the drawing."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--most", type=int, default=sys.maxsize)
    parser.add_argument("--draw", action="store_true")
    parser.add_argument("--show", action="store_true", help="name the listings at fault")
    options = parser.parse_args()
    results = list(_results(options.data, options.most, is_shown=options.show))
    faults = Counter(fault for result in results for fault in result.faults)
    print(f"{len(results)} listings; faults: {dict(sorted(faults.items())) or 'none'}")
    times = sorted(1000 * result.seconds for result in results)
    last = times[-1 - len(times) // 100]
    print(f"ms: median {statistics.median(times):.0f}, p99 {last:.0f}, most {times[-1]:.0f}")
    gains = [result.gain for result in results if result.gain is not None]
    middle = statistics.quantiles(gains, n=4)
    print("gain in value: quartiles " + ", ".join(f"{gain:+.0%}" for gain in middle))
    if options.draw:
        drawing = _drawing([sum(low <= g < high for g in gains) for low, high in _bands()])
        (ROOT / "benchmarks" / "real_listings.svg").write_text(drawing, encoding="utf-8")


def _results(data: Path, most: int, *, is_shown: bool) -> Iterator[Result]:
    engine = build_engine(ROOT / "lexicon", shipped_models=ROOT / "models")
    aliases = load_aliases(ROOT / "lexicon" / "listing_aliases.tsv")
    queries = [q for q in (data / "queries.txt").read_text(encoding="utf-8").splitlines() if q]
    one = Interval(1, 1)
    stats = [KeywordStat(keyword=query, demand_index=one) for query in dict.fromkeys(queries)]
    market = make_market(engine, stats)
    lines = (data / "listings.jsonl").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines[:most], start=1):
        result = _result(engine, read_listing(json.loads(line), aliases), market)
        if is_shown and (result.faults or result.seconds > 1):
            print(f"line {number}: {result.faults} {result.seconds:.2f} s", flush=True)
        yield result


def _result(engine: Engine, listing: Listing, market: Market) -> Result:
    started = time.process_time()
    try:
        proposal = suggest(engine, listing, market, Options(), today=TODAY)
    except BiaotiError as error:
        return Result(faults=(error.code,), gain=None, seconds=time.process_time() - started)
    seconds = time.process_time() - started
    current = proposal.current.value if proposal.current else 0
    gain = proposal.best.value / current - 1 if current else None
    faults = tuple(_faults(listing, proposal.best))
    return Result(faults=faults, gain=gain, seconds=seconds)


def _faults(listing: Listing, best: ProposedTitle) -> Iterator[str]:
    if best.width > best.limit:
        yield "too wide"
    if best.gap > 0:
        yield "gap"
    yield from (f"{v.severity} {v.rule}" for v in best.violations if v.severity in GRAVE)
    source = "\n".join(spelled(listing)).replace(" ", "")
    for word in best.terms:
        if normalize(word.text).replace(" ", "") not in source:
            yield "a word nobody vouches for"


def spelled(listing: Listing) -> Iterator[str]:
    """Yield every text of a listing, folded, in which a word of its title may be found."""
    texts: list[str] = [listing.title or "", listing.brand or "", listing.category or ""]
    texts += [listing.article_number or ""]
    for name, values in (listing.attributes or {}).items():
        texts += [name, *values]
    yield from (normalize(text) for text in texts)


def _bands() -> Sequence[tuple[float, float]]:
    edges = (float("-inf"), *STEPS[1:], float("inf"))
    return tuple(pairwise(edges))


def _drawing(counts: Sequence[int]) -> str:
    """Return a bar chart of how many listings gain how much."""
    labels = [f"under {STEPS[1]:.0%}"]
    labels += [f"{low:.0%} to {high:.0%}" for low, high in pairwise(STEPS[1:])]
    labels.append(f"over {STEPS[-1]:.0%}")
    bars = []
    for row, (label, count) in enumerate(zip(labels, counts, strict=True)):
        top, length = 40 + 24 * row, round(360 * count / max(counts))
        bars.append(
            f'<text x="110" y="{top + 13}" text-anchor="end">{label}</text>'
            f'<rect x="118" y="{top}" width="{length}" height="17" fill="#3b7dd8"/>'
            f'<text x="{124 + length}" y="{top + 13}">{count}</text>'
        )
    height = 52 + 24 * len(counts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="540" height="{height}" '
        'font-family="sans-serif" font-size="12">\n'
        f'<text x="10" y="20" font-size="14">Gain in value over the seller\'s title, '
        f"{sum(counts)} listings</text>\n" + "\n".join(bars) + "\n</svg>\n"
    )


if __name__ == "__main__":
    main()
