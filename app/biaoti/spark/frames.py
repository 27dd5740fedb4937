"""A catalogue on any Hadoop path, Parquet or CSV, rewritten where it lies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from biaoti.catalogue.reading import batch_rows, lay_out
from biaoti.catalogue.rewriting import rewrite_row
from biaoti.catalogue.rows import (
    COLUMNS,
    COVERAGE,
    NEW_VALUE,
    OLD_VALUE,
    PLAN_COLUMNS,
    SHOP_VALUE,
    WIDTH,
    CatalogueError,
    Outcome,
    fresh_names,
)
from biaoti.catalogue.shops import plan_shop
from biaoti.spark.session import Recipe, Shared, job_of, names_of, share

_NUMBER, _SHOP = "__row", "__shop"
_LONGS = {WIDTH, OLD_VALUE, NEW_VALUE, SHOP_VALUE}


def is_remote(path: str) -> bool:
    """Tell whether `path` is for Spark to open: a URL such as hdfs://… or s3a://…."""
    return "://" in path


def rewrite_paths(spark: Any, source: str, target: str, recipe: Recipe, *, is_plan: bool) -> int:  # noqa: ANN401 - pyspark's
    """Write the catalogue at `source` with our columns to the folder `target`; return its rows.

    Both are Parquet or, by a name that ends in .csv, CSV with a header. Order within a file stays.
    """
    frame = _read(spark, source)
    names = names_of(recipe.job())
    layout = lay_out(frame.columns, names)
    if not {"title", "category"} & set(layout.keys.values()):
        raise CatalogueError(f"{source}: no column is a title or category: {frame.columns}")
    shared = share(spark, recipe)
    fields = _fields(frame, PLAN_COLUMNS if is_plan else COLUMNS)
    if is_plan:
        shop = frame.columns[layout.shop] if layout.shop is not None else None
        done = _planned(frame, shop, shared, fields)
    else:
        done = frame.mapInArrow(_rows(shared, frame.columns), fields)
    _write(done, target)
    return int(_read(spark, target).count())


def _read(spark: Any, path: str) -> Any:  # noqa: ANN401 - pyspark's
    if not path.rstrip("/").endswith(".csv"):
        return spark.read.parquet(path)
    return spark.read.csv(path, header=True, multiLine=True, quote='"', escape='"')


def _write(frame: Any, path: str) -> None:  # noqa: ANN401 - pyspark's
    if path.rstrip("/").endswith(".csv"):
        frame.write.csv(path, header=True, quote='"', escape='"', mode="errorifexists")
    else:
        frame.write.parquet(path, mode="errorifexists")


def _fields(frame: Any, columns: tuple[str, ...]) -> Any:  # noqa: ANN401 - pyspark's
    from pyspark.sql.types import DoubleType, LongType, StringType, StructType  # noqa: PLC0415

    schema = StructType(list(frame.schema.fields))
    for fresh, name in zip(fresh_names(frame.columns, columns), columns, strict=True):
        kind = LongType() if name in _LONGS else DoubleType() if name == COVERAGE else StringType()
        schema = schema.add(fresh, kind)
    return schema


def _rows(shared: Shared, columns: list[str]) -> Callable[[Iterator[Any]], Iterator[Any]]:
    def answer(batches: Iterator[Any]) -> Iterator[Any]:
        job = job_of(shared)
        names = names_of(job)
        layout = lay_out(columns, names)
        for batch in batches:
            rows = batch_rows(batch, layout, names, start=1)
            yield _with_columns(batch, [rewrite_row(row, job) for row in rows], COLUMNS)

    return answer


def _planned(frame: Any, shop: str | None, shared: Shared, fields: Any) -> Any:  # noqa: ANN401 - pyspark's
    """Return the frame with each shop planned; a number keeps the order of rows within a shop."""
    from pyspark.sql import functions  # noqa: PLC0415 - an extra

    columns = frame.columns
    label = (
        functions.lit("") if shop is None else functions.coalesce(frame[shop], functions.lit(""))
    )
    numbered = frame.withColumn(_NUMBER, functions.monotonically_increasing_id())
    grouped = numbered.withColumn(_SHOP, label).groupBy(_SHOP)

    def answer(table: Any) -> Any:  # noqa: ANN401 - pyarrow has no types
        import pyarrow as pa  # noqa: PLC0415 - an extra

        job = job_of(shared)
        names = names_of(job)
        own = table.sort_by(_NUMBER).select(columns).combine_chunks()
        rows = [
            row
            for batch in own.to_batches()
            for row in batch_rows(batch, lay_out(columns, names), names, start=1)
        ]
        numbered_rows = [replace(row, number=place) for place, row in enumerate(rows, start=1)]
        outcomes, _ = plan_shop(numbered_rows, job)
        batch = pa.RecordBatch.from_pylist(own.to_pylist(), schema=own.schema)
        return pa.Table.from_batches([_with_columns(batch, outcomes, PLAN_COLUMNS)])

    return grouped.applyInArrow(answer, fields)


def _with_columns(batch: Any, outcomes: list[Outcome], columns: tuple[str, ...]) -> Any:  # noqa: ANN401 - pyarrow has no types
    import pyarrow as pa  # noqa: PLC0415 - an extra

    arrays, fields = list(batch.columns), list(batch.schema)
    for fresh, name in zip(fresh_names(batch.schema.names, columns), columns, strict=True):
        kind = pa.int64() if name in _LONGS else pa.float64() if name == COVERAGE else pa.string()
        arrays.append(pa.array([outcome.cells.get(name) for outcome in outcomes], kind))
        fields.append(pa.field(fresh, kind))
    return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields))
