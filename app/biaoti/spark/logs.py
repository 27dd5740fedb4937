"""Raw search logs on any path Spark reads -> keyword totals, added up where the logs lie."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from biaoti.catalogue.logs import FIGURES, LogLayout, Totals, add_to, lay_out_log
from biaoti.catalogue.rows import CatalogueError
from biaoti.reports import ReportHeaders
from biaoti.spark.frames import CSV

_NAMES = ("impressions", "clicks", "orders")
_SCHEMA = "keyword string, impressions long, clicks long, orders long"


def aggregate_logs(
    spark: Any,  # noqa: ANN401 - pyspark's, which is an extra
    source: str,
    headers: ReportHeaders,
) -> Iterator[tuple[str, list[int]]]:
    """Yield (keyword, totals) of the log at `source`, the most shown first, as locally.

    Parquet or, by a name that ends in .csv, CSV with a header. Raises CatalogueError.
    """
    from pyspark.sql import functions  # noqa: PLC0415 - an extra

    is_csv = source.rstrip("/").endswith(".csv")
    reader = spark.read
    frame = (
        reader.csv(source, header=True, multiLine=True, **CSV) if is_csv else reader.parquet(source)
    )
    layout = lay_out_log(frame.columns, headers)
    if layout is None:
        raise CatalogueError(f"{source}: found no query with counts: {frame.columns}")
    parts = frame.mapInArrow(_partial(layout), _SCHEMA)
    sums = [functions.sum(name).alias(name) for name in _NAMES]
    ordered = parts.groupBy("keyword").agg(*sums).persist()
    # Spark sorts texts by their bytes in UTF-8, which is the order of code points, as Python's is.
    ordered = ordered.orderBy(
        functions.desc("impressions"), functions.desc("clicks"), functions.asc("keyword")
    )
    for row in ordered.toLocalIterator():
        yield row.keyword, [row[name] for name in _NAMES]


def _partial(layout: LogLayout) -> Callable[[Iterator[Any]], Iterator[Any]]:
    """Return the function that adds up one partition: few keywords leave it, however long it is."""

    def answer(batches: Iterator[Any]) -> Iterator[Any]:
        import pyarrow as pa  # noqa: PLC0415 - an extra

        totals: Totals = {}
        for batch in batches:
            columns = [column.to_pylist() for column in batch.columns]
            for cells in zip(*columns, strict=True):
                add_to(totals, cells, layout)
        columns = list(zip(*totals.values(), strict=True)) or [[] for _ in FIGURES]
        arrays = [pa.array(list(totals), pa.string())]
        arrays += [pa.array(column, pa.int64()) for column in columns]
        yield pa.RecordBatch.from_arrays(arrays, names=["keyword", *_NAMES])

    return answer
