"""Measure the product on the simulated market: rates against the truth, titles by what they earn.

Prints the two tables of benchmarks/README.md. Titles are made by the product's own path: report
files -> read_reports -> make_market -> suggest. The rivals go the same way with other values:
the same assembler, the same treatment of expected demand, only each keyword's value replaced. See
README.md in this folder for what stands for what.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "app"))

from generator import (  # noqa: E402 - beside this file
    PRODUCT,
    Query,
    World,
    earnings,
    listing_words,
    make_world,
    plan_report,
    ranking_report,
    stacked_title,
)

from biaoti.brief import Options  # noqa: E402 - after the path
from biaoti.engine import Engine, build_engine, make_market  # noqa: E402 - after the path
from biaoti.optimize import suggest  # noqa: E402 - after the path
from biaoti.records import KeywordStat, Listing, Score, Stage  # noqa: E402 - after the path
from biaoti.reports import load_headers, read_uploads  # noqa: E402 - after the path
from biaoti.score import Market  # noqa: E402 - after the path

SIZES = (100, 1_000, 10_000, 100_000)
TODAY = "2026-06-01"
STAGE = Stage.MATURE
RIVALS = ("raw index", "index x raw rates", "latent rates", "stacked", "optimum")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one world showed at one size: log losses, calibration, earnings by way and listing."""

    seed: int
    clicks: int
    losses: dict[str, float]
    inside: float
    earned: dict[str, tuple[float, ...]]


def outcome(seed: int, clicks: int, listings: int) -> Outcome:
    """Return what the world of `seed` shows with so many clicks in its report."""
    engine, world = _engine(), make_world(seed)
    headers = load_headers(ROOT / "lexicon" / "report_headers.tsv")
    reports = [("rank.csv", ranking_report(world)), ("plan.csv", plan_report(world, clicks))]
    rows = read_uploads(reports, headers).rows
    market = make_market(engine, rows)
    truth = {query.text: query for query in world.listed}
    ways = _ways(market, truth)
    earned: dict[str, list[float]] = {}
    for number in range(listings):
        words = listing_words(world, number)
        for name, (way, chosen) in {
            **{name: (engine, way) for name, way in ways.items()},
            "optimum": (_exact(engine), _true_market(engine, world)),
        }.items():
            title = _title(way, chosen, words)
            earned.setdefault(name, []).append(earnings(world, title))
        own = frozenset(word for group in words.values() for word in group)
        earned.setdefault("stacked", []).append(earnings(world, stacked_title(world, own, 60)))
    return Outcome(
        seed=seed,
        clicks=clicks,
        losses=_losses(market, truth),
        inside=_inside(market, truth),
        earned={name: tuple(values) for name, values in earned.items()},
    )


def _title(engine: Engine, market: Market, words: dict[str, list[str]]) -> str:
    attributes = {name: tuple(values) for name, values in words.items()}
    listing = Listing(category=f"女装>{PRODUCT}", attributes=attributes, stage=STAGE)
    return suggest(engine, listing, market, Options(), today=TODAY).best.title


# ---- the ways to value a keyword ---------------------------------------------------------------


def _ways(market: Market, truth: dict[str, Query]) -> dict[str, Market]:
    """Return our market, and the same one with the values of each rival."""
    clicked = _pooled((s.impressions, s.clicks) for s in _stats(market))
    bought = _pooled((s.clicks, s.orders) for s in _stats(market))

    def index(stat: KeywordStat) -> float:
        return stat.demand_index.mid if stat.demand_index else 0.0

    def raw(stat: KeywordStat) -> float:
        rate = stat.clicks / stat.impressions if stat.clicks and stat.impressions else 0.0
        rate = rate if stat.impressions else clicked
        conversion = stat.orders / stat.clicks if stat.orders and stat.clicks else 0.0
        return index(stat) * rate * (conversion if stat.clicks else bought)

    def latent(stat: KeywordStat) -> float:
        query = truth[stat.keyword]
        return index(stat) * query.click_rate * query.conversion

    return {
        "ours": market,
        "raw index": _revalued(market, index),
        "index x raw rates": _revalued(market, raw),
        "latent rates": _revalued(market, latent),
    }


def _stats(market: Market) -> list[KeywordStat]:
    return [keyword.stat for keyword in market.keywords]


def _pooled(pairs: Sequence[tuple[float | None, float | None]]) -> float:
    known = [(whole, part) for whole, part in pairs if whole is not None and part is not None]
    return sum(part for _, part in known) / max(1.0, sum(whole for whole, _ in known))


def _revalued(market: Market, value: Callable[[KeywordStat], float]) -> Market:
    """Return `market` with other values; a point is a thousandth of the mean, as zeros abound."""
    values = [value(keyword.stat) for keyword in market.keywords]
    unit = math.fsum(values) / len(values) / 1_000 or 1.0
    scored = tuple(
        replace(keyword, scores=dict.fromkeys(Stage, Score(parts=(("value", found),))))
        for keyword, found in zip(market.keywords, values, strict=True)
    )
    return replace(market, keywords=scored, unit=dict.fromkeys(Stage, unit))


_CACHE: dict[object, object] = {}


def _true_market(engine: Engine, world: World) -> Market:
    """Return the market of all queries of the next period at their true worth."""
    key = ("true", world.seed)
    if key not in _CACHE:
        worth = {query.text: query.orders for query in world.queries}
        market = make_market(engine, [KeywordStat(keyword=text) for text in worth])
        _CACHE[key] = _revalued(market, lambda stat: worth[stat.keyword])
    return _CACHE[key]


def _exact(engine: Engine) -> Engine:
    """Return an engine that expects no demand beyond the listed: the optimum knows every query."""
    policy = replace(engine.lexicon.policy, soft_share=0.0)
    return replace(engine, lexicon=replace(engine.lexicon, policy=policy))


def _engine() -> Engine:
    if "engine" not in _CACHE:
        cache = Path(tempfile.gettempdir()) / "biaoti-benchmark-cache"
        cache.mkdir(mode=0o700, exist_ok=True)
        _CACHE["engine"] = build_engine(ROOT / "lexicon", cache=cache, models_dir=ROOT / "models")
    return _CACHE["engine"]


# ---- rates against the truth -------------------------------------------------------------------


def _losses(market: Market, truth: dict[str, Query]) -> dict[str, float]:
    """Return the expected log loss of a click's conversion in the next period, by way to predict.

    Raw rate and category mean are (orders + 1/2) / (clicks + 1), of the keyword and of the whole
    report, since 0 of 3 would be an infinite loss; without a click the raw rate is the category's.
    """
    clicks = sum(s.clicks or 0.0 for s in _stats(market))
    mean = (sum(s.orders or 0.0 for s in _stats(market)) + 0.5) / (clicks + 1.0)
    total = {"ours": 0.0, "raw rate": 0.0, "category mean": 0.0, "truth": 0.0}
    weight = 0.0
    for keyword in market.keywords:
        query, stat = truth[keyword.stat.keyword], keyword.stat
        raw = ((stat.orders or 0.0) + 0.5) / (stat.clicks + 1.0) if stat.clicks else mean
        clicks = query.next_demand * query.click_rate
        weight += clicks
        for name, rate in (
            ("ours", keyword.appraisal.conversion_rate.mean),
            ("raw rate", raw),
            ("category mean", mean),
            ("truth", query.conversion),
        ):
            total[name] -= clicks * (
                query.conversion * math.log(rate) + (1 - query.conversion) * math.log(1 - rate)
            )
    return {name: value / weight for name, value in total.items()}


def _inside(market: Market, truth: dict[str, Query]) -> float:
    """Return the share of keywords whose true worth per search lies in the credible range.

    Demand is known in units of the index, so the true worth is demand x rate x rate; competition is
    no part of this world.
    """
    inside = 0
    for keyword in market.keywords:
        query, parts = truth[keyword.stat.keyword], dict(keyword.scores[STAGE].parts)
        worth = query.demand * query.click_rate * query.conversion * parts["win"]
        found = keyword.scores[STAGE].range
        inside += found.low <= worth <= found.high
    return inside / len(market.keywords)


# ---- tables ------------------------------------------------------------------------------------


def _interval(values: Sequence[float]) -> str:
    """Return mean and half the width of a 95 % interval over worlds."""
    mean = statistics.fmean(values)
    if len(values) < 2:
        return f"{mean:.3f}"
    return f"{mean:.3f} ± {1.96 * statistics.stdev(values) / math.sqrt(len(values)):.3f}"


def tables(outcomes: Sequence[Outcome]) -> str:
    """Return both tables as text."""
    lines = [
        "| clicks | ours - raw rate | ours - category mean | ours - truth | in the 80 % range |",
        "|---|---|---|---|---|",
    ]
    by_size = {size: [o for o in outcomes if o.clicks == size] for size in SIZES}
    for size, found in by_size.items():
        if found:
            gaps = [
                _interval([1_000 * (o.losses["ours"] - o.losses[name]) for o in found])
                for name in ("raw rate", "category mean", "truth")
            ]
            lines.append(
                f"| {size:,} | {' | '.join(gaps)} | {_interval([o.inside for o in found])} |"
            )
    names = ("raw index", "index x raw rates", "latent rates", "optimum", "stacked")
    lines += [
        "",
        "| clicks | " + " | ".join(f"ours / {name}" for name in names) + " | raw index / optimum |"
        " index x raw rates / optimum |",
        "|---" * (len(names) + 3) + "|",
    ]
    for size, found in by_size.items():
        if found:
            cells = [_interval([_ratio(o, "ours", name) for o in found]) for name in names]
            cells += [
                _interval([_ratio(o, name, "optimum") for o in found])
                for name in ("raw index", "index x raw rates")
            ]
            lines.append(f"| {size:,} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _ratio(found: Outcome, ours: str, theirs: str) -> float:
    """Return what one way earns over another, all listings of a world together."""
    return math.fsum(found.earned[ours]) / math.fsum(found.earned[theirs])


def main() -> None:
    """Print the tables for so many worlds and listings."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=12)
    parser.add_argument("--first", type=int, default=1, help="seed of the first world")
    parser.add_argument("--listings", type=int, default=8)
    parser.add_argument("--sizes", type=int, nargs="*", default=list(SIZES))
    parser.add_argument("--processes", type=int, default=1)
    options = parser.parse_args()
    seeds = range(options.first, options.first + options.worlds)
    jobs = [(seed, size, options.listings) for seed in seeds for size in options.sizes]
    if options.processes > 1:
        with ProcessPoolExecutor(options.processes) as pool:
            outcomes = list(pool.map(outcome, *zip(*jobs, strict=True)))
    else:
        outcomes = [outcome(*job) for job in jobs]
    print(tables(outcomes))


if __name__ == "__main__":
    main()
