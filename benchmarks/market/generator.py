"""A simulated market: shoppers' queries with latent demand and rates, and the reports of them.

Nothing here knows the product: words come from `words.tsv`, reports are written as text in two
real layouts, and what a title earns is told from its characters alone. A seed gives one world.

The world
- Each of the words has three latent effects on the log of a query's figures: on demand (deviation
  1), on the click-through rate (0.15) and on the conversion rate (0.35: one deviation up against
  one down is a factor of two). Broad words convert worse: the conversion effect is correlated with
  the demand effect (-0.4).
- A query is the product noun with up to three words, drawn by demand. Queries are ranked by their
  words' demand effects, less 0.8 a word, with noise of deviation 0.5; demand falls with rank by
  Zipf's law with exponent 1. A further word raises conversion by a tenth, and a query strays from
  its words by 0.1 (click-through) and 0.15 (conversion).
- The next period has the same rates and a demand that drifted by a deviation of 0.15.

The reports
- 搜索排行, free edition: the 800 queries seen most (of 1,500; by demand with noise 0.5) with
  搜索人气 as a bucket. No supply, no rates.
- 直通车 关键词报表: impressions, clicks and orders of the listed queries, Poisson and binomial, for
  so many clicks in the whole report.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

PRODUCT = "连衣裙"
QUERIES = 1_500
LISTED = 800
MOST_WORDS = 3
WORDS_OF_A_LISTING = 24
LARGEST_INDEX = 80_000.0
DEMAND_SPREAD = 0.7
CLICK_SPREAD = 0.15
CONVERSION_SPREAD = 0.35
BROADNESS = -0.4
# Where the free edition cuts its figures.
EDGES = (0, 10, 20, 50, 100, 150, 300, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000)
BASE_CLICK = 0.05
BASE_CONVERSION = 0.03


@dataclass(frozen=True, slots=True)
class Query:
    """A query in truth: what it needs, and how it does in this period and the next."""

    text: str
    words: frozenset[str]
    demand: float
    next_demand: float
    click_rate: float
    conversion: float
    is_listed: bool

    @property
    def orders(self) -> float:
        """Return the orders of the next period by all who type it, in units of demand."""
        return self.next_demand * self.click_rate * self.conversion


@dataclass(frozen=True, slots=True)
class World:
    """One simulated market."""

    seed: int
    words: tuple[tuple[str, str], ...]
    queries: tuple[Query, ...]

    @property
    def listed(self) -> tuple[Query, ...]:
        """Return the queries that the reports show."""
        return tuple(query for query in self.queries if query.is_listed)


def make_world(seed: int) -> World:
    """Return the market of a seed."""
    rng = np.random.default_rng(seed)
    words = _words()
    demand = rng.normal(0.0, 1.0, len(words))
    broad = rng.normal(0.0, 1.0, len(words))
    click = rng.normal(0.0, CLICK_SPREAD, len(words))
    conversion = CONVERSION_SPREAD * (BROADNESS * demand + math.sqrt(1 - BROADNESS**2) * broad)
    demand *= DEMAND_SPREAD
    chosen = _combinations(rng, demand)
    popularity = np.array([demand[list(c)].sum() - 0.8 * len(c) for c in chosen])
    order = np.argsort(-(popularity + rng.normal(0.0, 0.5, len(chosen))), kind="stable")
    size = np.empty(len(chosen))
    size[order] = LARGEST_INDEX / np.arange(1, len(chosen) + 1)
    seen = np.argsort(-np.log(size) - rng.normal(0.0, 0.5, len(chosen)), kind="stable")[:LISTED]
    listed = set(seen.tolist())
    queries = []
    for number, picked in enumerate(chosen):
        terms = list(picked)
        strays = rng.normal(0.0, 1.0, 3)
        names = [words[index][0] for index in terms]
        queries.append(
            Query(
                text=" ".join([*names, PRODUCT]),
                words=frozenset(names) | {PRODUCT},
                demand=float(size[number]),
                next_demand=float(size[number] * math.exp(0.15 * strays[0])),
                click_rate=_rate(BASE_CLICK, click[terms].sum() + 0.1 * strays[1]),
                conversion=_rate(
                    BASE_CONVERSION,
                    conversion[terms].sum() + 0.1 * (len(terms) - 2) + 0.15 * strays[2],
                ),
                is_listed=number in listed,
            )
        )
    return World(seed=seed, words=words, queries=tuple(queries))


def _words() -> tuple[tuple[str, str], ...]:
    lines = Path(__file__).with_name("words.tsv").read_text(encoding="utf-8").splitlines()[1:]
    return tuple((word, group) for word, group in (line.split("\t") for line in lines))


def _rate(base: float, effect: float) -> float:
    return min(0.5, base * math.exp(effect))


def _combinations(rng: np.random.Generator, demand: np.ndarray) -> list[tuple[int, ...]]:
    """Return the distinct sets of words that shoppers combine with the product noun."""
    weights = np.exp(demand) / np.exp(demand).sum()
    found: dict[tuple[int, ...], None] = {(): None}
    found.update(((index,), None) for index in range(len(demand)))
    while len(found) < QUERIES:
        size = 2 if rng.random() < 0.6 else MOST_WORDS
        picked = rng.choice(len(demand), size=size, replace=False, p=weights)
        found.setdefault(tuple(sorted(int(index) for index in picked)))
    return list(found)


# ---- what a seller can download ----------------------------------------------------------------


def ranking_report(world: World) -> bytes:
    """Return the free edition's 搜索排行: demand as a bucket, nothing else."""
    rows = sorted(world.listed, key=lambda query: (-query.demand, query.text))
    table = [["排名", "搜索词", "搜索人气", "点击率", "支付转化率"]]
    table += [[str(n), q.text, _bucket(q.demand), "-", "-"] for n, q in enumerate(rows, start=1)]
    return _csv(table)


def _bucket(figure: float) -> str:
    above = next(edge for edge in EDGES if edge > figure)
    below = EDGES[EDGES.index(above) - 1]
    return f"{_number(below)} ~ {_number(above)}"


def _number(figure: int) -> str:
    return f"{figure // 10_000}万" if figure >= 10_000 else str(figure)


def plan_report(world: World, clicks: int) -> bytes:
    """Return a 直通车 关键词报表 of the listed queries with about `clicks` clicks in all."""
    rng = np.random.default_rng([world.seed, clicks])
    listed = world.listed
    expected = math.fsum(query.demand * query.click_rate for query in listed)
    table = [["关键词", "展现量", "点击量", "总成交笔数"]]
    for query in listed:
        impressions = int(rng.poisson(query.demand * clicks / expected))
        clicked = int(rng.binomial(impressions, query.click_rate))
        bought = int(rng.binomial(clicked, query.conversion))
        if impressions:
            table.append([query.text, str(impressions), str(clicked), str(bought)])
    return _csv(table)


def _csv(table: Iterable[Iterable[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(table)
    return text.getvalue().encode("utf-8-sig")


# ---- what a seller has to sell, and what a title earns -----------------------------------------


def listing_words(world: World, number: int) -> dict[str, list[str]]:
    """Return the words that are true of listing `number`, by the attribute they stand under."""
    rng = np.random.default_rng([world.seed, 7, number])
    picked = sorted(rng.choice(len(world.words), size=WORDS_OF_A_LISTING, replace=False).tolist())
    found: dict[str, list[str]] = {}
    for index in picked:
        word, group = world.words[index]
        found.setdefault(group, []).append(word)
    return found


def earnings(world: World, title: str) -> float:
    """Return the orders of the next period by those who type a query whose words `title` holds.

    Told from the characters of the title; no word of `words.tsv` stands inside another.
    """
    return math.fsum(q.orders for q in world.queries if all(word in title for word in q.words))


def stacked_title(world: World, own: frozenset[str], limit: int) -> str:
    """Return what sellers write: the keywords with the largest indices, one after the other.

    Only keywords whose words are true of the listing, in the order of the report; the next is taken
    that still fits whole.
    """
    title = ""
    allowed = [query for query in world.listed if query.words <= own | {PRODUCT}]
    for query in sorted(allowed, key=lambda q: (-q.demand, q.text)):
        longer = title + query.text.replace(" ", "")
        if len(longer.encode("gbk")) <= limit:
            title = longer
    return title
