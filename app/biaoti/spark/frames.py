"""A catalogue on any Hadoop path, Parquet or CSV, rewritten where it lies."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from biaoti.catalogue.reading import batch_rows, lay_out
from biaoti.catalogue.rewriting import Job, rewrite_row
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
    Row,
    fresh_names,
)
from biaoti.catalogue.shops import plan_shop
from biaoti.catalogue.writing import as_text, cell_text, safe_cell
from biaoti.spark.session import Recipe, Shared, job_of, names_of, share

_NUMBER, _SHOP = "__row", "__shop"
# Where Spark puts a line of CSV that has more or fewer cells than the header, as it stood there.
_UNEVEN = "__uneven"
_LONGS = {WIDTH, OLD_VALUE, NEW_VALUE, SHOP_VALUE}
# Cells as they are: by default Spark takes spaces off what it writes, and quotes what is empty.
CSV = {
    "quote": '"',
    "escape": '"',
    "ignoreLeadingWhiteSpace": "false",
    "ignoreTrailingWhiteSpace": "false",
    "emptyValue": "",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The columns of a rewritten frame: those it had, then ours; of texts alone when it is CSV."""

    own: tuple[str, ...]
    ours: tuple[str, ...]
    is_text: bool

    @property
    def fresh(self) -> list[str]:
        """Return what ours are called beside the others."""
        return fresh_names(self.own, self.ours)


def rewrite_paths(spark: Any, source: str, target: str, recipe: Recipe, *, is_plan: bool) -> int:  # noqa: ANN401 - pyspark's
    """Write the catalogue at `source` with our columns to the folder `target`; return its rows.

    Both are Parquet or, by a name that ends in .csv, CSV with a header. Order within a file stays.
    """
    frame = _read(spark, source)
    own = tuple(name for name in frame.columns if name != _UNEVEN)
    layout = lay_out(own, names_of(recipe.job()))
    if not {"title", "category"} & set(layout.keys.values()):
        raise CatalogueError(f"{source}: no column is a title or category: {list(own)}")
    form = Form(own=own, ours=PLAN_COLUMNS if is_plan else COLUMNS, is_text=_is_csv(target))
    shared, fields = share(spark, recipe), _fields(frame, form)
    if is_plan:
        shop = own[layout.shop] if layout.shop is not None else None
        done = _planned(frame, shop).applyInArrow(_shops(shared, form), fields)
    else:
        done = frame.mapInArrow(_rows(shared, form), fields)
    _write(done, target)
    return int(_read(spark, target).count())


def _is_csv(path: str) -> bool:
    return path.rstrip("/").endswith(".csv")


def _read(spark: Any, path: str) -> Any:  # noqa: ANN401 - pyspark's
    if not _is_csv(path):
        return spark.read.parquet(path)
    columns = spark.read.csv(path, header=True, multiLine=True, **CSV).columns
    # With a schema of their own the cells beyond the header come as they stood, not cut off.
    schema = ", ".join(f"`{name.replace('`', '``')}` string" for name in [*columns, _UNEVEN])
    reader = spark.read.option("columnNameOfCorruptRecord", _UNEVEN)
    return reader.csv(path, schema=schema, header=True, multiLine=True, **CSV)


def _write(frame: Any, path: str) -> None:  # noqa: ANN401 - pyspark's
    if _is_csv(path):
        frame.write.csv(path, header=True, mode="errorifexists", **CSV)
    else:
        frame.write.parquet(path, mode="errorifexists")


def _fields(frame: Any, form: Form) -> Any:  # noqa: ANN401 - pyspark's
    from pyspark.sql.types import (  # noqa: PLC0415 - an extra
        DoubleType,
        LongType,
        StringType,
        StructType,
    )

    schema = StructType()
    if form.is_text:
        for name in (*form.own, *form.fresh):
            schema = schema.add(safe_cell(name), StringType())
        return schema
    for name in form.own:
        schema = schema.add(frame.schema[name])
    for fresh, name in zip(form.fresh, form.ours, strict=True):
        kind = LongType() if name in _LONGS else DoubleType() if name == COVERAGE else StringType()
        schema = schema.add(fresh, kind)
    return schema


def _rows(shared: Shared, form: Form) -> Callable[[Iterator[Any]], Iterator[Any]]:
    def answer(batches: Iterator[Any]) -> Iterator[Any]:
        job = job_of(shared)
        for batch in batches:
            outcomes = [rewrite_row(row, job) for row in _read_rows(batch, form, job)]
            yield _with_columns(batch, outcomes, form)

    return answer


def _read_rows(batch: Any, form: Form, job: Job) -> list[Row]:  # noqa: ANN401 - pyarrow has no types
    """Return the rows of a batch; one with more cells than the header says so, and which."""
    names = names_of(job)
    rows = list(batch_rows(batch.select(form.own), lay_out(form.own, names), names, start=1))
    if _UNEVEN not in batch.schema.names:
        return rows
    lines = batch.column(_UNEVEN).to_pylist()
    return [
        replace(row, problem=_beyond(line, len(form.own)) or row.problem) if line else row
        for row, line in zip(rows, lines, strict=True)
    ]


def _beyond(line: str, width: int) -> str | None:
    cells = next(csv.reader([line]), [])
    if not any(cell.strip() for cell in cells[width:]):
        return None
    return f"有 {len(cells)} 格,表头只有 {width} 格;多出的是 {','.join(cells[width:])}"


def _planned(frame: Any, shop: str | None) -> Any:  # noqa: ANN401 - pyspark's
    """Return the frame grouped by shop; a number keeps the order of rows within one."""
    from pyspark.sql import functions  # noqa: PLC0415 - an extra

    label = (
        functions.lit("") if shop is None else functions.coalesce(frame[shop], functions.lit(""))
    )
    numbered = frame.withColumn(_NUMBER, functions.monotonically_increasing_id())
    return numbered.withColumn(_SHOP, label).groupBy(_SHOP)


def _shops(shared: Shared, form: Form) -> Callable[[Any], Any]:
    def answer(table: Any) -> Any:  # noqa: ANN401 - pyarrow has no types
        import pyarrow as pa  # noqa: PLC0415 - an extra

        job = job_of(shared)
        ordered = table.sort_by(_NUMBER).drop_columns([_NUMBER, _SHOP]).combine_chunks()
        batch = pa.RecordBatch.from_arrays(
            [column.combine_chunks() for column in ordered.columns], schema=ordered.schema
        )
        outcomes, _ = plan_shop(_read_rows(batch, form, job), job)
        return pa.Table.from_batches([_with_columns(batch, outcomes, form)])

    return answer


def _with_columns(batch: Any, outcomes: Sequence[Outcome], form: Form) -> Any:  # noqa: ANN401 - pyarrow has no types
    import pyarrow as pa  # noqa: PLC0415 - an extra

    own = batch.select(form.own)
    if form.is_text:
        texts = [[cell_text(v) for v in c.to_pylist(maps_as_pydicts="strict")] for c in own.columns]
        texts += [[as_text(name, o.cells.get(name)) for o in outcomes] for name in form.ours]
        columns = [pa.array(map(safe_cell, column), pa.string()) for column in texts]
        return pa.RecordBatch.from_arrays(
            columns, names=[safe_cell(name) for name in (*form.own, *form.fresh)]
        )
    arrays, fields = list(own.columns), list(own.schema)
    for fresh, name in zip(form.fresh, form.ours, strict=True):
        kind = pa.int64() if name in _LONGS else pa.float64() if name == COVERAGE else pa.string()
        arrays.append(pa.array([outcome.cells.get(name) for outcome in outcomes], kind))
        fields.append(pa.field(fresh, kind))
    return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields))
