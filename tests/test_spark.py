"""On real Spark the answers are the local engine's, byte for byte."""

from __future__ import annotations

import csv
import importlib
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from biaoti.answers import Wishes
from biaoti.catalogue import Run, local_crew, plan_catalogue, rewrite_catalogue
from biaoti.catalogue.logs import aggregate, in_order, write_totals
from biaoti.catalogue.rows import Row, kept
from biaoti.catalogue.shops import ShopReport
from biaoti.cli.setup import Setup
from biaoti.cli.start import ALIASES_FILE, read_keywords, report_headers
from biaoti.decode import MAX_BYTES
from biaoti.errors import BiaotiError
from biaoti.reports import read_reports
from biaoti.settings import Settings
from biaoti.spark import Recipe, aggregate_logs, open_spark, rewrite_paths, spark_crew
from biaoti.spark.crew import row_in, shop_body, shop_in, staged_row
from biaoti.spark.session import names_of

ROOT = Path(__file__).parents[1]
SHOPS = ("甲店", "乙店", "")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    """Return a real Spark on two cores; without it this fails in CI and is skipped elsewhere."""
    if os.environ.get("BIAOTI_CI") != "1":
        pytest.importorskip("pyspark")
        if shutil.which("java") is None:
            pytest.skip("no Java here; .ci/run has it")
    importlib.import_module("pyspark")
    before = os.environ.get("PYTHONPATH")
    # Executors are processes of their own: they import what the driver imports.
    os.environ["PYTHONPATH"] = str(ROOT / "app")
    with open_spark("local[2]") as started:
        yield started
    os.environ.pop("PYTHONPATH") if before is None else os.environ.update(PYTHONPATH=before)


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Recipe:
    cache = tmp_path_factory.getbasetemp() / "cache"
    settings = Settings(lexicon_dir=ROOT / "lexicon", cache_dir=cache)
    setup = Setup(keywords=(ROOT / "examples" / "dress_sycm.csv",))
    return Recipe(
        lexicon_dir=settings.lexicon_dir,
        aliases=settings.lexicon_dir / ALIASES_FILE,
        extra=None,
        cache=cache,
        models_dir=ROOT / "models",
        shipped_models=ROOT / "models",
        stats=read_keywords(setup, settings).rows,
        today="2026-06-01",
        wishes=Wishes(),
    )


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the example catalogue three times over, with shops and bad rows."""
    path = tmp_path_factory.mktemp("spark") / "in.csv"
    header, *rows = (
        (ROOT / "examples" / "catalogue.csv").read_text(encoding="utf-8-sig").splitlines()
    )
    body = [f"{row},{SHOPS[number % 3]}" for number, row in enumerate([*rows, *rows])]
    bad = ["1,,,,,,甲店", "", "2,裙,,,,坏,甲店"]
    path.write_text("\n".join([f"{header},店铺", *body, *bad]), encoding="utf-8")
    return path


def both(spark: Any, recipe: Recipe, source: Path, act: Any, ending: str) -> tuple[bytes, bytes]:  # noqa: ANN401 - pyspark's
    """Return what the local engine and Spark write."""
    job = recipe.job()
    found = []
    for name, crew in (("local", local_crew(1)), ("spark", spark_crew(spark, recipe))):
        target = source.with_name(f"{name}-{act.__name__}{ending}")
        act(source, target, names_of(job), job, Run(crew=crew))
        found.append(target.read_bytes())
    return found[0], found[1]


@pytest.mark.parametrize("act", [rewrite_catalogue, plan_catalogue])
@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_spark_writes_what_the_local_engine_writes(
    act: Any,  # noqa: ANN401 - one of two functions
    ending: str,
    spark: Any,  # noqa: ANN401 - pyspark's
    recipe: Recipe,
    catalogue: Path,
) -> None:
    local, distributed = both(spark, recipe, catalogue, act, ending)
    assert len(local) > 1_000
    assert distributed == local


@pytest.mark.parametrize("is_plan", [False, True])
def test_a_path_is_rewritten_where_it_lies(
    is_plan: bool,  # noqa: FBT001 - a parameter of the test
    spark: Any,  # noqa: ANN401 - pyspark's
    recipe: Recipe,
    catalogue: Path,
) -> None:
    from pyarrow import parquet  # noqa: PLC0415 - an extra

    job = recipe.job()
    act = plan_catalogue if is_plan else rewrite_catalogue
    first, second = (catalogue.with_name(f"{name}-{is_plan}.parquet") for name in ("a", "b"))
    # A Parquet of the rows as they are, which the local engine reads as well.
    rewrite_catalogue(catalogue, first, names_of(job), job, Run(crew=local_crew(1)))
    act(first, second, names_of(job), job, Run(crew=local_crew(1)))
    folder = catalogue.with_name(f"folder-{is_plan}")
    count = rewrite_paths(spark, first.as_uri(), folder.as_uri(), recipe, is_plan=is_plan)
    wanted, found = parquet.read_table(second), parquet.read_table(folder)
    assert count == wanted.num_rows
    assert found.column_names == wanted.column_names
    if is_plan:  # shops come out one after the other
        assert sorted(map(repr, found.to_pylist())) == sorted(map(repr, wanted.to_pylist()))
    else:
        assert found.to_pylist() == wanted.to_pylist()


@pytest.fixture(scope="module")
def rough(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a catalogue of cells that a careless reader or writer of CSV would change."""
    path = tmp_path_factory.mktemp("rough") / "in.csv"
    rows = [
        ["宝贝ID", "宝贝标题", "类目", "品牌", "货号", "属性", "=备注"],
        ["001", "法式碎花连衣裙女夏季", "女装>连衣裙", "", "", "领型:方领;袖长:短袖", " 前后 "],
        ["002", "云岫集连衣裙", "女装>连衣裙", "云岫集", "A-1", '{"领型": "圆领"}', "=1+1"],
        ["003", "", "", "", "", "", 'a"b\nc'],
    ]
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    return path


def table(path: Path) -> list[list[str]]:
    """Return the cells of a CSV file, or of a folder of such files."""
    files = sorted(path.glob("part-*.csv")) if path.is_dir() else [path]
    texts = [file.read_text(encoding="utf-8-sig").splitlines(keepends=True) for file in files]
    found = [list(csv.reader(text)) for text in texts]
    return [found[0][0], *(row for part in found for row in part[1:])]


@pytest.mark.parametrize("is_plan", [False, True])
def test_cells_of_a_path_stay_as_they_are(
    is_plan: bool,  # noqa: FBT001 - a parameter of the test
    spark: Any,  # noqa: ANN401 - pyspark's
    recipe: Recipe,
    rough: Path,
) -> None:
    job = recipe.job()
    act = plan_catalogue if is_plan else rewrite_catalogue
    local, folder = (rough.with_name(f"{name}-{is_plan}.csv") for name in ("local", "spark"))
    act(rough, local, names_of(job), job, Run(crew=local_crew(1)))
    count = rewrite_paths(spark, rough.as_uri(), folder.as_uri(), recipe, is_plan=is_plan)
    assert count == 3
    assert table(folder) == table(local)


def test_a_line_with_too_many_cells_keeps_its_title_and_all_it_holds(
    spark: Any,  # noqa: ANN401 - pyspark's
    recipe: Recipe,
    tmp_path: Path,
) -> None:
    source, folder = tmp_path / "in.csv", tmp_path / "out.csv"
    lines = ["宝贝标题,类目", "法式连衣裙,女装>连衣裙", "碎花连衣裙,女装>连衣裙,,多,余", "短"]
    source.write_text("\n".join(lines), encoding="utf-8")
    assert rewrite_paths(spark, source.as_uri(), folder.as_uri(), recipe, is_plan=False) == 3
    header, plain, uneven, short = table(folder)
    state, new = header.index("状态"), header.index("新标题")
    assert plain[state] in {"已改写", "已是最优"}
    assert uneven[:2] == ["碎花连衣裙", "女装>连衣裙"]
    assert (uneven[new], uneven[state]) == (
        "碎花连衣裙",
        "保留原标题:有 5 格,表头只有 2 格;多出的是 ,多,余",
    )
    assert short[:2] == ["短", ""]
    assert "多出" not in short[state]


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_spark_submit_runs_the_same_command(
    ending: str, recipe: Recipe, rough: Path, tmp_path: Path
) -> None:
    from pyarrow import parquet  # noqa: PLC0415 - an extra

    submit = Path(sys.executable).with_name("spark-submit")
    if not submit.exists() or shutil.which("java") is None:
        assert os.environ.get("BIAOTI_CI") != "1"
        pytest.skip("no spark-submit beside this Python, or no Java")
    job = recipe.job()
    source, local, folder = (tmp_path / f"{name}{ending}" for name in ("in", "local", "spark"))
    rewrite_catalogue(rough, source, names_of(job), job, Run(crew=local_crew(1)))
    rewrite_catalogue(source, local, names_of(job), job, Run(crew=local_crew(1)))
    told = subprocess.run(  # noqa: S603 - our own command
        [
            *(submit, "--master", "local[2]", ROOT / "app" / "biaoti" / "cli" / "submit.py"),
            *("rewrite", source.as_uri(), folder.as_uri(), "--engine", "spark", "--json"),
            *("--keywords", ROOT / "examples" / "dress_sycm.csv", "--today", recipe.today),
        ],
        env={
            **os.environ,
            "BIAOTI_CACHE_DIR": str(recipe.cache),
            "PYSPARK_PYTHON": sys.executable,
            "PYTHONPATH": str(ROOT / "app"),
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    assert told.stdout.strip() == '{"rows":3}'
    if ending == ".csv":
        assert table(folder) == table(local)
    else:
        assert parquet.read_table(folder).equals(parquet.read_table(local))


@pytest.mark.parametrize("name", ["log.csv", "log.parquet"])
def test_a_search_log_adds_up_the_same(
    name: str,
    spark: Any,  # noqa: ANN401 - pyspark's
    tmp_path: Path,
) -> None:
    import pyarrow as pa  # noqa: PLC0415 - an extra
    from pyarrow import csv, parquet  # noqa: PLC0415 - an extra

    draw = random.Random(4)  # noqa: S311 - no secret
    words = [
        "连衣裙",
        "法式 连衣裙",
        "法式  连衣裙",
        "Ｔ恤",
        "T恤",
        "𠮷裙",
        "裙",
        "",
        '27" 大,屏',
        "雪纺\n裙",
    ]
    table = pa.table(
        {
            "query": [draw.choice(words) for _ in range(500)],
            "day": [f"2026-06-{draw.randint(1, 30):02}" for _ in range(500)],
            "impressions": [draw.randint(0, 900) for _ in range(500)],
            "clicks": [draw.randint(0, 90) for _ in range(500)],
            "orders": [draw.randint(0, 9) for _ in range(500)],
        }
    )
    csv.write_csv(table, tmp_path / "log.csv")
    parquet.write_table(table, tmp_path / "log.parquet")
    headers = report_headers(ROOT / "lexicon")
    local = write_totals(tmp_path / "local.csv", in_order(aggregate(tmp_path / "log.csv", headers)))
    distributed = write_totals(
        tmp_path / "spark.csv", aggregate_logs(spark, (tmp_path / name).as_uri(), headers)
    )
    assert local == distributed == 7
    assert (tmp_path / "local.csv").read_bytes() == (tmp_path / "spark.csv").read_bytes()
    reading = read_reports([tmp_path / "local.csv"], headers)
    assert len(reading.rows) == 7
    assert sum(row.impressions or 0 for row in reading.rows) == sum(
        n
        for n, q in zip(table["impressions"].to_pylist(), table["query"].to_pylist(), strict=True)
        if q
    )


def test_a_shop_comes_back_whole_however_large_it_is() -> None:
    row = Row(number=1, cells=None, listing={"title": "裙" * MAX_BYTES}, title="裙", shop="甲店")
    assert row_in(staged_row(row)) == row
    figures = {"current": 1.0, "alone": 1.0, "value": 1.0, "bound": 1.0}
    report = ShopReport(shop="甲店", listings=1, planned=1, titles=1, unserved=(), **figures)
    answer = [kept("裙" * MAX_BYTES, "空行")], report
    assert shop_in(shop_body(*answer)) == answer


def test_a_path_that_is_no_catalogue_is_refused(spark: Any, recipe: Recipe, tmp_path: Path) -> None:  # noqa: ANN401 - pyspark's
    import pyarrow as pa  # noqa: PLC0415 - an extra
    from pyarrow import parquet  # noqa: PLC0415 - an extra

    parquet.write_table(pa.table({"库存": [1]}), tmp_path / "x.parquet")
    path = (tmp_path / "x.parquet").as_uri()
    with pytest.raises(BiaotiError, match="no column is a title"):
        rewrite_paths(spark, path, (tmp_path / "out").as_uri(), recipe, is_plan=False)
    with pytest.raises(BiaotiError, match="found no query"):
        list(aggregate_logs(spark, path, report_headers(ROOT / "lexicon")))
