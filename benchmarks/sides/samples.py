"""What the ways are tried on: real listings under real queries, or else the simulated market.

The real data is not part of the project. Each half of its queries is once the keyword report (a
搜索人气 of 1 each: the queries come without figures) and once the judge. Only listings with
attributes whose own title fits take part. The simulated market stands in where there is no data:
its report lists 800 of 1,500 queries, the others judge, and its sellers write the most searched
keywords that are true of the listing one after the other.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from market.generator import (
    PRODUCT,
    listing_words,
    make_world,
    plan_report,
    ranking_report,
    stacked_title,
)

from biaoti.engine import Engine
from biaoti.listings import load_aliases, read_listing
from biaoti.records import Interval, KeywordStat, Listing
from biaoti.reports import load_headers, read_uploads
from sides.judge import LIMIT, Queries
from sides.rivals import Report, make_report

ROOT = Path(__file__).resolve().parents[2]
CLICKS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """A keyword report made ready, and the queries it did not show."""

    report: Report
    unseen: Queries


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Listings, each to be titled under the report of each fold; `name` says what they are."""

    name: str
    listings: tuple[Listing, ...]
    folds: tuple[Fold, ...]


def real_sample(engine: Engine, data: Path, most: int, seed: int) -> Sample:
    """Return at most `most` real listings of the folder `data`, drawn by `seed`."""
    queries = [q for q in (data / "queries.txt").read_text(encoding="utf-8").splitlines() if q]
    random.Random(seed).shuffle(queries)  # noqa: S311 - no secret
    half = len(queries) // 2
    halves = queries[:half], queries[half:]
    rows = (data / "listings.jsonl").read_text(encoding="utf-8").splitlines()
    items = [json.loads(row) for row in rows if row.strip()]
    fitting = [
        i for i in items if i["attributes"] and len(i["title"].encode("gbk", "replace")) <= LIMIT
    ]
    random.Random(seed).shuffle(fitting)  # noqa: S311 - no secret
    aliases = load_aliases(ROOT / "lexicon" / "listing_aliases.tsv")
    listings = tuple(read_listing(item, aliases) for item in fitting[:most])
    return Sample(
        name=f"{len(listings)} real listings (seed {seed}), {len(queries):,} real queries, "
        "each half once the report and once the judge",
        listings=listings,
        folds=tuple(_fold(engine, *pair) for pair in (halves, halves[::-1])),
    )


def _fold(engine: Engine, seen: Sequence[str], unseen: Sequence[str]) -> Fold:
    one = Interval(1, 1)
    stats = [KeywordStat(keyword=query, demand_index=one) for query in dict.fromkeys(seen)]
    return Fold(report=make_report(engine, stats), unseen=Queries(unseen))


def simulated_sample(engine: Engine, most: int, seed: int) -> Sample:
    """Return `most` listings of the simulated market of `seed`."""
    world = make_world(seed)
    headers = load_headers(ROOT / "lexicon" / "report_headers.tsv")
    files = [("rank.csv", ranking_report(world)), ("plan.csv", plan_report(world, CLICKS))]
    stats = read_uploads(files, headers).rows
    listings = []
    for number in range(most):
        filed = {name: tuple(found) for name, found in listing_words(world, number).items()}
        own = frozenset(word for found in filed.values() for word in found)
        title = stacked_title(world, own, LIMIT)
        listings.append(Listing(title=title, category=f"女装>{PRODUCT}", attributes=filed))
    unseen = Queries(query.text for query in world.queries if not query.is_listed)
    return Sample(
        name=f"{most} listings of the simulated market (seed {seed}), "
        "whose sellers write stacked keywords",
        listings=tuple(listings),
        folds=(Fold(report=make_report(engine, stats), unseen=unseen),),
    )
