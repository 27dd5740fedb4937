"""A crew of Spark executors for a catalogue that lies on the driver's machine."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from biaoti.catalogue.rewriting import Job, rewrite_row
from biaoti.catalogue.rows import Outcome, Row, chunks, outcome_of
from biaoti.catalogue.running import Crew, PlanShops, Rewrite
from biaoti.catalogue.shops import ShopReport, plan_shop, report_of
from biaoti.decode import read_json
from biaoti.encode import dumps, plain
from biaoti.spark.session import Recipe, Shared, job_of, partitions_of, share

# Rows staged and answers taken at a time: what the driver holds.
_STAGED_ROWS = 1_000
_STAGE = "number long, shop string, body string"
_ANSWERS = "number long, body string"


def spark_crew(spark: Any, recipe: Recipe) -> Crew:  # noqa: ANN401 - pyspark's, which is an extra
    """Return a crew that works on the executors of `spark`, by `recipe` on the day of the run."""

    @contextmanager
    def rewrite(job: Job) -> Iterator[Rewrite]:
        yield lambda units: _rewrite(spark, _dated(recipe, job), units)

    @contextmanager
    def plan(job: Job) -> Iterator[PlanShops]:
        yield lambda units: _plan(spark, _dated(recipe, job), units)

    return Crew(rewrite=rewrite, plan=plan)


def _dated(recipe: Recipe, job: Job) -> Recipe:
    return replace(recipe, today=job.session.today())


def _rewrite(spark: Any, recipe: Recipe, units: Iterable[list[Row]]) -> Iterator[list[Outcome]]:  # noqa: ANN401 - pyspark's
    rows = (row for unit in units for row in unit)
    with _staged(spark, rows) as frame:
        spread = frame.repartition(partitions_of(spark))
        answers = spread.mapInArrow(_each_row(share(spark, recipe)), _ANSWERS)
        with _computed(answers) as found:
            for chunk in chunks(found, _STAGED_ROWS):
                yield [outcome_of(read_json(answer.body.encode())) for answer in chunk]


@contextmanager
def _computed(answers: Any) -> Iterator[Iterator[Any]]:  # noqa: ANN401 - pyspark's
    """Give the answers in the order of their numbers, each computed once and by all cores."""
    from pyspark import StorageLevel  # noqa: PLC0415 - an extra

    kept = answers.persist(StorageLevel.DISK_ONLY)
    try:
        kept.count()
        yield kept.orderBy("number").toLocalIterator()
    finally:
        kept.unpersist()


def _each_row(shared: Shared) -> Callable[[Iterator[Any]], Iterator[Any]]:
    def answer(batches: Iterator[Any]) -> Iterator[Any]:
        import pyarrow as pa  # noqa: PLC0415 - an extra

        job = job_of(shared)
        for batch in batches:
            rows = [_row(found) for found in batch.to_pylist()]
            bodies = [dumps(rewrite_row(row, job).as_json()) for row in rows]
            yield pa.RecordBatch.from_pydict(
                {"number": [row.number for row in rows], "body": bodies},
                schema=pa.schema([("number", pa.int64()), ("body", pa.string())]),
            )

    return answer


def _plan(
    spark: Any,  # noqa: ANN401 - pyspark's, which is an extra
    recipe: Recipe,
    units: Iterable[list[Row]],
) -> Iterator[tuple[list[Outcome], ShopReport]]:
    shops = list(units)
    # Shops are told apart by their place: a name may be empty, and order is that of the file.
    rows = (
        replace(row, shop=f"{place}\n{row.shop}")
        for place, unit in enumerate(shops)
        for row in unit
    )
    with _staged(spark, rows) as frame:
        spread = frame.repartition(max(1, len(shops)), "shop").groupBy("shop")
        answers = spread.applyInArrow(_each_shop(share(spark, recipe)), _ANSWERS)
        with _computed(answers) as found:
            for answer in found:
                outcomes, report = read_json(answer.body.encode())
                yield [outcome_of(item) for item in outcomes], report_of(report)


def _each_shop(shared: Shared) -> Callable[[Any], Any]:
    def answer(table: Any) -> Any:  # noqa: ANN401 - pyarrow has no types
        import pyarrow as pa  # noqa: PLC0415 - an extra

        rows = sorted((_row(found) for found in table.to_pylist()), key=lambda row: row.number)
        place, _, name = rows[0].shop.partition("\n")
        outcomes, report = plan_shop([replace(row, shop=name) for row in rows], job_of(shared))
        body = dumps([[outcome.as_json() for outcome in outcomes], plain(report)])
        return pa.table({"number": pa.array([int(place)], pa.int64()), "body": [body]})

    return answer


# ---- rows to the executors ---------------------------------------------------------------------


@contextmanager
def _staged(spark: Any, rows: Iterable[Row]) -> Iterator[Any]:  # noqa: ANN401 - pyspark's
    """Give a frame of the rows, which go through a Parquet file and not through memory."""
    import pyarrow as pa  # noqa: PLC0415 - an extra
    from pyarrow import parquet  # noqa: PLC0415 - an extra

    schema = pa.schema([("number", pa.int64()), ("shop", pa.string()), ("body", pa.string())])
    with tempfile.TemporaryDirectory(prefix="biaoti-") as folder:
        path = Path(folder) / "rows.parquet"
        with parquet.ParquetWriter(path, schema) as writer:
            for chunk in chunks(rows, _STAGED_ROWS):
                table = pa.Table.from_pylist([_staged_row(row) for row in chunk], schema=schema)
                writer.write_table(table)
        yield spark.read.schema(_STAGE).parquet(path.as_uri())


def _staged_row(row: Row) -> dict[str, object]:
    body = dumps([dict(row.listing), row.title, row.problem])
    return {"number": row.number, "shop": row.shop, "body": body}


def _row(found: dict[str, Any]) -> Row:
    listing, title, problem = read_json(found["body"].encode())
    return Row(
        number=found["number"],
        cells=None,
        listing=listing,
        title=title,
        shop=found["shop"],
        problem=problem,
    )
