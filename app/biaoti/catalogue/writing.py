"""Rows and outcomes -> a file that appears whole or not at all: CSV, XLSX, JSON lines, Parquet."""

from __future__ import annotations

import csv
import io
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from biaoti.catalogue.reading import Kind, Source, kind_of, load_parquet, padded
from biaoti.catalogue.rows import (
    COVERAGE,
    NEW_VALUE,
    OLD_VALUE,
    SHOP_VALUE,
    WIDTH,
    CatalogueError,
    Outcome,
    Row,
    Scalar,
    chunks,
    fresh_names,
)
from biaoti.encode import dumps

REPORT_ENDINGS = (".html", ".htm")
_BATCH_ROWS = 2_000
_MOST_CELL = 32_767  # characters, Excel's own limit
_MOST_SHEET_ROWS, _MOST_SHEET_COLUMNS = 1_048_576, 16_384
_PLAIN_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?%?")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_PAIR_MARKS, _NAME_MARKS = re.compile(r"[;；\n]"), re.compile(r"[;；\n:：]")
_WIDE = {"新标题", "宝贝标题", "标题"}
# Workbooks carry the time they were made; ours carry this one: equal answers are equal bytes.
_CREATED = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)

Pairs = Iterable[tuple[Row, Outcome]]
Write = Callable[[Source, Sequence[str], Pairs, BinaryIO], None]


def write_catalogue(source: Source, target: Path, names: Sequence[str], pairs: Pairs) -> None:
    """Write the rows with their outcomes, under the new columns `names`, in the form of `target`.

    Raises CatalogueError when the file cannot be written; then the old one, if any, is untouched.
    """
    with replacing(target) as stream:
        _WRITERS[target.suffix.lower()](source, names, pairs, stream)


def expect_writable(source: Path, target: Path, *others: Path, is_report: bool = False) -> None:
    """Raise CatalogueError unless `target` is of a kind we write and none of the files we read."""
    kinds = REPORT_ENDINGS if is_report else tuple(_WRITERS)
    expect_other(target, source, *others)
    if target.suffix.lower() not in kinds:
        msg = f"{target}: expected a name that ends in one of {', '.join(kinds)}"
        raise CatalogueError(msg)
    if kind_of(target) is Kind.PARQUET:
        load_parquet(target)
    if not target.parent.is_dir():
        raise CatalogueError(f"{target}: cannot be written: no such folder")


def expect_other(target: Path, *sources: Path) -> None:
    """Raise CatalogueError when `target` is one of the files we read, under whatever name."""
    if any(target.exists() and path.exists() and target.samefile(path) for path in sources):
        raise CatalogueError(
            f"{target}: is read by this command, expected another file to write to"
        )


@contextmanager
def replacing(target: Path) -> Iterator[BinaryIO]:
    """Give a new file that takes the place of `target` once all is on the disk, else vanishes."""
    try:
        handle, name = tempfile.mkstemp(
            dir=target.parent, prefix=f".{target.name}.", suffix=".part"
        )
    except OSError as error:
        raise CatalogueError(f"{target}: cannot be written: {error.strerror or error}") from error
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(_mode(target))
        temporary.replace(target)
        _sync_folder(target.parent)
    except OSError as error:
        raise CatalogueError(f"{target}: cannot be written: {error.strerror or error}") from error
    finally:
        temporary.unlink(missing_ok=True)


def _mode(target: Path) -> int:
    """Return the permissions of the file to be replaced, else those of an ordinary new file."""
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _sync_folder(folder: Path) -> None:
    if not hasattr(os, "O_DIRECTORY"):  # Windows opens no folders, so it has none to sync
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# ---- cells -------------------------------------------------------------------------------------


def safe_cell(cell: str) -> str:
    """Return `cell` so that spreadsheet programs take it for text: a formula gets an apostrophe.

    >>> safe_cell("=1+1"), safe_cell("-5"), safe_cell("连衣裙")
    ("'=1+1", '-5', '连衣裙')
    """
    is_formula = cell.startswith(_FORMULA_STARTS) and not _PLAIN_NUMBER.fullmatch(cell)
    return f"'{cell}" if is_formula else cell


def cell_text(value: object) -> str:
    """Return a value of a JSON line or a Parquet row as a cell: attributes as `名:值;名:值`.

    Attributes that hold these marks themselves, and none at all, stay JSON, which is read back just
    as well.

    >>> cell_text({"领型": "圆领", "颜色": ["红", "黑"]}), cell_text([1, "a"]), cell_text(None)
    ('领型:圆领;颜色:红;颜色:黑', '1;a', '')
    """
    if value is None:
        return ""
    if isinstance(value, Mapping):
        pairs = [(str(k), item) for k, v in value.items() for item in _items(v)]
        is_plain = not any(_PAIR_MARKS.search(item) or _NAME_MARKS.search(k) for k, item in pairs)
        is_plain = is_plain and bool(pairs)
        return ";".join(f"{k}:{item}" for k, item in pairs) if is_plain else dumps(value)
    if isinstance(value, list | tuple):
        return ";".join(v if isinstance(v, str) else dumps(v) for v in value)
    return value if isinstance(value, str) else dumps(value)


def _items(value: object) -> list[str]:
    values = value if isinstance(value, list | tuple) else [value]
    return [v if isinstance(v, str) else dumps(v) for v in values if v is not None]


def _cells(source: Source, row: Row) -> list[str]:
    """Return the row's own cells as texts, one for each column of `source`."""
    if isinstance(row.cells, Mapping):
        return [cell_text(row.cells.get(column)) for column in source.columns]
    return padded(row.cells, len(source.columns))  # type: ignore[arg-type] # a table row


def _object(source: Source, row: Row, columns: Sequence[str]) -> dict[str, object]:
    if isinstance(row.cells, Mapping):
        return dict(row.cells)
    return _named_cells(source, row, columns)


def _named_cells(source: Source, row: Row, columns: Sequence[str]) -> dict[str, object]:
    """Return the row's texts by name: an empty cell is unknown, null and not a text."""
    return dict(zip(columns, (cell or None for cell in _cells(source, row)), strict=True))


def _distinct(columns: Sequence[str]) -> list[str]:
    """Return the column names, an empty one called by its place, one taken twice numbered."""
    names: list[str] = []
    for place, column in enumerate(columns, start=1):
        names += fresh_names(names, [column or f"列{place}"])
    return names


def _shown(outcome: Outcome, columns: Sequence[str]) -> list[Scalar]:
    return [outcome.cells.get(column) for column in columns]


def as_text(column: str, value: Scalar) -> str:
    """Return a value of one of our columns as a cell."""
    if value is None:
        return ""
    return f"{value:.1%}" if column == COVERAGE else str(value)


# ---- one writer for each kind ------------------------------------------------------------------


def _write_csv(source: Source, names: Sequence[str], pairs: Pairs, stream: BinaryIO) -> None:
    with _text(stream) as text:
        text.write("\ufeff")
        writer = csv.writer(text)
        writer.writerows(map(_safe, source.above))
        writer.writerow(_safe([*source.columns, *fresh_names(source.columns, names)]))
        for row, outcome in pairs:
            new = map(as_text, names, _shown(outcome, names))
            writer.writerow(_safe([*_cells(source, row), *new]))


def _safe(row: Iterable[str]) -> list[str]:
    return [safe_cell(cell) for cell in row]


@contextmanager
def _text(stream: BinaryIO) -> Iterator[io.TextIOWrapper]:
    text = io.TextIOWrapper(stream, encoding="utf-8", errors="replace", newline="")
    yield text
    text.detach()


def _write_lines(source: Source, names: Sequence[str], pairs: Pairs, stream: BinaryIO) -> None:
    columns = _distinct(source.columns)
    for row, outcome in pairs:
        data = with_columns(_object(source, row, columns), outcome, names)
        stream.write(dumps(data).encode("utf-8") + b"\n")


def with_columns(
    data: Mapping[str, object], outcome: Outcome, names: Sequence[str]
) -> dict[str, object]:
    """Return the JSON row `data` with what became of it under our columns."""
    new = zip(fresh_names(data, names), _shown(outcome, names), strict=True)
    return {**data, **dict(new)}


def _write_workbook(source: Source, names: Sequence[str], pairs: Pairs, stream: BinaryIO) -> None:
    """Write cells as texts, which no program takes for formulas, and our figures as numbers."""
    import xlsxwriter  # noqa: PLC0415 - start-up

    _expect_sheet_holds(source, names)
    with tempfile.TemporaryDirectory(prefix="biaoti-") as folder:
        book = xlsxwriter.Workbook(stream, {"constant_memory": True, "tmpdir": folder})
        book.set_properties({"created": _CREATED})
        sheet = book.add_worksheet("改写")
        header, share = book.add_format({"bold": True}), book.add_format({"num_format": "0.0%"})
        columns = [*source.columns, *fresh_names(source.columns, names)]
        first = len(source.above)
        for index, column in enumerate(columns):
            sheet.set_column(index, index, 44 if column in _WIDE else 12)
        sheet.freeze_panes(first + 1, 0)
        for line, cells in enumerate(source.above):
            _write_texts(sheet, line, cells)
        _write_texts(sheet, first, columns, header)
        for line, (row, outcome) in enumerate(pairs, start=first + 1):
            own = _cells(source, row)
            _write_texts(sheet, line, own)
            for place, (name, value) in enumerate(
                zip(names, _shown(outcome, names), strict=True), start=len(own)
            ):
                _write_value(sheet, (line, place), value, share if name == COVERAGE else None)
        book.close()


def _expect_sheet_holds(source: Source, names: Sequence[str]) -> None:
    """Raise CatalogueError when rows or columns would fall off the sheet."""
    for number, most, what in (
        (1 + source.count + len(source.above), _MOST_SHEET_ROWS, "rows"),
        (len(source.columns) + len(names), _MOST_SHEET_COLUMNS, "columns"),
    ):
        if number > most:
            msg = f"{source.name}: {number:,} {what}, a sheet holds {most:,}; use .csv"
            raise CatalogueError(msg)


def _write_texts(sheet: Any, line: int, cells: Sequence[str], style: Any = None) -> None:  # noqa: ANN401 - the library has no types
    for place, cell in enumerate(cells):
        if cell:
            sheet.write_string(line, place, cell[:_MOST_CELL], style)


def _write_value(sheet: Any, place: tuple[int, int], value: Scalar, style: Any) -> None:  # noqa: ANN401 - the library has no types
    if isinstance(value, str) and value:
        sheet.write_string(*place, value[:_MOST_CELL])
    elif isinstance(value, int | float):
        sheet.write_number(*place, value, style)


def _write_parquet(source: Source, names: Sequence[str], pairs: Pairs, stream: BinaryIO) -> None:
    import pyarrow as pa  # noqa: PLC0415 - an extra
    from pyarrow import parquet  # noqa: PLC0415 - an extra

    own = source.schema
    columns = list(source.columns) if own is not None else _distinct(source.columns)
    fields = (
        list(own) if isinstance(own, pa.Schema) else [pa.field(c, pa.string()) for c in columns]
    )
    fresh = fresh_names(columns, names)
    fields += [pa.field(f, _arrow_type(pa, n)) for f, n in zip(fresh, names, strict=True)]
    schema = pa.schema(fields)
    with parquet.ParquetWriter(stream, schema) as writer:
        for batch in chunks(pairs, _BATCH_ROWS):
            rows = []
            for row, outcome in batch:
                new = dict(zip(fresh, _shown(outcome, names), strict=True))
                cells = _named_cells if own is None else _object
                rows.append({**cells(source, row, columns), **new})
            writer.write_table(pa.Table.from_pylist(rows, schema=schema))


def _arrow_type(pa: Any, name: str) -> Any:  # noqa: ANN401 - pyarrow has no types
    if name in {WIDTH, OLD_VALUE, NEW_VALUE, SHOP_VALUE}:
        return pa.int64()
    return pa.float64() if name == COVERAGE else pa.string()


_WRITERS: Mapping[str, Write] = {
    ".csv": _write_csv,
    ".xlsx": _write_workbook,
    ".jsonl": _write_lines,
    ".ndjson": _write_lines,
    ".parquet": _write_parquet,
}
