"""The simulated market is what its docstring says; a small world of it goes by our own path."""

from __future__ import annotations

import ast
import importlib
import math
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from biaoti.engine import Engine
from biaoti.reports import load_headers, read_uploads

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "benchmarks" / "market"


@pytest.fixture(scope="module")
def generator() -> Iterator[ModuleType]:
    """Return the module of the generator."""
    sys.path.insert(0, str(FOLDER))
    yield importlib.import_module("generator")
    sys.path.remove(str(FOLDER))


@pytest.fixture(scope="module")
def measure(generator: ModuleType, engine: Engine) -> ModuleType:
    """Return the measuring module, on the engine of the session."""
    assert generator
    module = importlib.import_module("measure")
    vars(module)["_CACHE"]["engine"] = engine
    return module


def test_the_generator_knows_nothing_of_the_product() -> None:
    tree = ast.parse((FOLDER / "generator.py").read_text(encoding="utf-8"))
    names = {alias.name for n in ast.walk(tree) if isinstance(n, ast.Import) for alias in n.names}
    names |= {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert not [name for name in names if name.startswith("biaoti")]


def test_a_seed_gives_one_world_and_one_report(generator: ModuleType) -> None:
    first, again, other = (generator.make_world(seed) for seed in (1, 1, 2))
    assert first == again != other
    assert generator.plan_report(first, 1_000) == generator.plan_report(again, 1_000)
    assert generator.plan_report(first, 1_000) != generator.plan_report(first, 10_000)


def test_demand_follows_zipf_and_broad_words_convert_worse(generator: ModuleType) -> None:
    worlds = [generator.make_world(seed) for seed in range(1, 6)]
    for world in worlds:
        demands = sorted((q.demand for q in world.queries), reverse=True)
        assert demands[9] == pytest.approx(demands[0] / 10)
        assert demands[999] == pytest.approx(demands[0] / 1_000)
        assert len(world.listed) == generator.LISTED < len(world.queries)
    slopes = [
        statistics.correlation(
            [math.log(q.demand) for q in w.queries], [math.log(q.conversion) for q in w.queries]
        )
        for w in worlds
    ]
    assert statistics.fmean(slopes) < -0.1


def test_the_reports_are_read_whole_and_have_about_as_many_clicks(
    generator: ModuleType, engine: Engine
) -> None:
    world = generator.make_world(3)
    headers = load_headers(ROOT / "lexicon" / "report_headers.tsv")
    files = [
        ("a.csv", generator.ranking_report(world)),
        ("b.csv", generator.plan_report(world, 9_000)),
    ]
    reading = read_uploads(files, headers)
    assert reading.rejected == ()
    assert len(reading.rows) == generator.LISTED
    assert sum(row.clicks or 0 for row in reading.rows) == pytest.approx(9_000, rel=0.05)
    truth = {query.text: query for query in world.listed}
    for row in reading.rows:
        assert row.demand_index is not None
        assert row.demand_index.low <= truth[row.keyword].demand <= row.demand_index.high
        assert row.supply is None
        words = [engine.segmenter.terms(word) for word in truth[row.keyword].words]
        assert engine.segmenter.terms(row.keyword) == frozenset().union(*words)


def test_a_title_earns_the_queries_whose_words_it_holds(generator: ModuleType) -> None:
    world = generator.make_world(1)
    everything = "".join(word for word, _ in world.words) + generator.PRODUCT
    assert generator.earnings(world, "") == 0
    whole = math.fsum(query.orders for query in world.queries)
    assert generator.earnings(world, everything) == pytest.approx(whole)
    bare = next(q for q in world.queries if q.words == {generator.PRODUCT})
    assert generator.earnings(world, generator.PRODUCT) == pytest.approx(bare.orders)


def test_a_stacked_title_is_true_of_the_listing_and_fits(generator: ModuleType) -> None:
    world = generator.make_world(1)
    own = frozenset(w for ws in generator.listing_words(world, 0).values() for w in ws)
    title = generator.stacked_title(world, own, 60)
    assert 40 < len(title.encode("gbk")) <= 60
    foreign = [word for word, _ in world.words if word in title and word not in own]
    assert foreign == []


def test_in_a_small_run_our_titles_earn_more_than_stacked_ones_and_near_the_optimum(
    measure: ModuleType,
) -> None:
    found = measure.outcome(1, 10_000, 2)
    earned = {name: math.fsum(values) for name, values in found.earned.items()}
    assert max(earned.values()) == earned["optimum"]
    assert earned["ours"] > 1.3 * earned["stacked"]
    assert earned["ours"] > 0.93 * earned["optimum"]
    assert found.losses["truth"] < found.losses["ours"] < found.losses["raw rate"]
    assert found.losses["ours"] < found.losses["category mean"]
    assert 0.6 < found.inside < 0.95
