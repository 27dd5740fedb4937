"""A crew of Spark executors for a catalogue that lies on the driver's machine."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from biaoti.catalogue.processes import in_order
from biaoti.catalogue.rewriting import Job, rewrite_row
from biaoti.catalogue.rows import Outcome, Row, chunks, outcome_of
from biaoti.catalogue.running import Crew, PlanShops, Rewrite
from biaoti.catalogue.shops import ShopReport, plan_shop, report_of
from biaoti.encode import dumps, plain
from biaoti.spark.session import Recipe, Shared, cores_of, job_of, share

# Rows of one Spark job, on one core: a few seconds of work, beside which what Spark does for a job
# is little; and what a killed run loses for each core.
_JOB_ROWS = 128
_AHEAD = 2
_ANSWERS = "number long, body string"

Answer = Callable[[Any], Any]


def spark_crew(spark: Any, recipe: Recipe) -> Crew:  # noqa: ANN401 - pyspark's, which is an extra
    """Return a crew that works on the executors of `spark`, by `recipe` on the day of the run."""

    @contextmanager
    def rewrite(job: Job) -> Iterator[Rewrite]:
        shared = share(spark, _dated(recipe, job))
        yield lambda units: _rewrite(spark, shared, units)

    @contextmanager
    def plan(job: Job) -> Iterator[PlanShops]:
        shared = share(spark, _dated(recipe, job))
        yield lambda units: _plan(spark, shared, units)

    return Crew(rewrite=rewrite, plan=plan)


def _dated(recipe: Recipe, job: Job) -> Recipe:
    return replace(recipe, today=job.session.today())


def _rewrite(spark: Any, shared: Shared, units: Iterable[list[Row]]) -> Iterator[list[Outcome]]:  # noqa: ANN401 - pyspark's
    def ask(frame: Any) -> Any:  # noqa: ANN401 - pyspark's
        return frame.mapInArrow(_each_row(shared), _ANSWERS)

    rows = (row for unit in units for row in unit)
    for bodies in _asked(spark, ask, chunks(rows, _JOB_ROWS)):
        yield [outcome_of(json.loads(body)) for body in bodies]


def _asked(spark: Any, ask: Answer, units: Iterable[list[Row]]) -> Iterator[list[str]]:  # noqa: ANN401 - pyspark's
    """Yield the answers to each unit of rows in order, as many jobs under way as there are cores.

    The driver holds few units, and what is answered can be put down before the rest is done.
    """
    cores = cores_of(spark)

    def act(rows: list[Row]) -> list[str]:
        found = ask(_frame(spark, rows)).toArrow().sort_by("number")
        return list(found.column("body").to_pylist())

    with ThreadPoolExecutor(cores) as pool:
        try:
            yield from in_order(pool, act, units, cores + _AHEAD)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            spark.sparkContext.cancelAllJobs()
            raise


def _each_row(shared: Shared) -> Callable[[Iterator[Any]], Iterator[Any]]:
    def answer(batches: Iterator[Any]) -> Iterator[Any]:
        import pyarrow as pa  # noqa: PLC0415 - an extra

        job = job_of(shared)
        for batch in batches:
            rows = [row_in(found) for found in batch.to_pylist()]
            bodies = [dumps(rewrite_row(row, job).as_json()) for row in rows]
            yield pa.RecordBatch.from_pydict(
                {"number": [row.number for row in rows], "body": bodies},
                schema=pa.schema([("number", pa.int64()), ("body", pa.string())]),
            )

    return answer


def _plan(
    spark: Any,  # noqa: ANN401 - pyspark's, which is an extra
    shared: Shared,
    units: Iterable[list[Row]],
) -> Iterator[tuple[list[Outcome], ShopReport]]:
    def ask(frame: Any) -> Any:  # noqa: ANN401 - pyspark's
        return frame.groupBy("shop").applyInArrow(_each_shop(shared), _ANSWERS)

    for bodies in _asked(spark, ask, _crowds(units)):
        for body in bodies:
            yield shop_in(body)


def _crowds(shops: Iterable[list[Row]]) -> Iterator[list[Row]]:
    """Yield the rows of whole shops, small ones together.

    Shops are told apart by their place: a name may be empty, and order is that of the file.
    """
    crowd: list[Row] = []
    for place, shop in enumerate(shops):
        crowd += [replace(row, shop=f"{place}\n{row.shop}") for row in shop]
        if len(crowd) >= _JOB_ROWS:
            yield crowd
            crowd = []
    if crowd:
        yield crowd


def _each_shop(shared: Shared) -> Callable[[Any], Any]:
    def answer(table: Any) -> Any:  # noqa: ANN401 - pyarrow has no types
        import pyarrow as pa  # noqa: PLC0415 - an extra

        rows = sorted((row_in(found) for found in table.to_pylist()), key=lambda row: row.number)
        place, _, name = rows[0].shop.partition("\n")
        outcomes, report = plan_shop([replace(row, shop=name) for row in rows], job_of(shared))
        body = shop_body(outcomes, report)
        return pa.table({"number": pa.array([int(place)], pa.int64()), "body": [body]})

    return answer


def shop_body(outcomes: Iterable[Outcome], report: ShopReport) -> str:
    """Return a shop's whole answer as an executor sends it; `shop_in` reads it back."""
    return dumps([[outcome.as_json() for outcome in outcomes], plain(report)])


def shop_in(body: str) -> tuple[list[Outcome], ShopReport]:
    """Return what `shop_body` wrote; it is ours, so no size is too large."""
    outcomes, report = json.loads(body)
    return [outcome_of(item) for item in outcomes], report_of(report)


# ---- rows to the executors ---------------------------------------------------------------------


def _frame(spark: Any, rows: list[Row]) -> Any:  # noqa: ANN401 - pyspark's
    """Return a frame of the rows in one partition: one task of one core."""
    import pyarrow as pa  # noqa: PLC0415 - an extra

    schema = pa.schema([("number", pa.int64()), ("shop", pa.string()), ("body", pa.string())])
    table = pa.Table.from_pylist([staged_row(row) for row in rows], schema=schema)
    return spark.createDataFrame(table).coalesce(1)


def staged_row(row: Row) -> dict[str, object]:
    """Return the row as it goes to an executor; `row_in` reads it back, without its cells."""
    body = dumps([dict(row.listing), row.title, row.problem])
    return {"number": row.number, "shop": row.shop, "body": body}


def row_in(found: dict[str, Any]) -> Row:
    """Return the row that `staged_row` wrote."""
    listing, title, problem = json.loads(found["body"])
    return Row(
        number=found["number"],
        cells=None,
        listing=listing,
        title=title,
        shop=found["shop"],
        problem=problem,
    )
