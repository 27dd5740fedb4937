"""A catalogue file (table, JSON lines, Parquet) -> its rows in a stream, as often as asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from biaoti.catalogue.rows import PLAN_COLUMNS, CatalogueError, Row
from biaoti.catalogue.tables import Cells, Sheet, open_sheets
from biaoti.decode import JsonError, bounded_lines, read_json
from biaoti.errors import BiaotiError, ListingError
from biaoti.listings import Aliases, alias_name, row_object
from biaoti.text import normalize

_HEADER_WITHIN = 20
_MOST_SHOWN = 20
_BATCH_ROWS = 1_000
_BRACKETS = re.compile(r"[(\[【].*?[)\]】]")
_ATTRIBUTE_PREFIX = re.compile(r"^(?:属性|attributes?)\s*[:.\-_/]\s*(?=\S)")
_OUR_KEYS = re.compile(rf"(?:{'|'.join(PLAN_COLUMNS)})(?:\(\d+\))?")
_LINE_ENDINGS = frozenset({".jsonl", ".ndjson"})
_PARQUET_ENDINGS = frozenset({".parquet"})
_PARQUET_MAGIC = b"PAR1"
_OBJECT_KEYS = ("attributes", "sku_options")
ORIGINAL = "原文"


class Kind(StrEnum):
    """How a file holds its rows."""

    TABLE = "table"
    LINES = "lines"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What columns may be called: listing keys, attributes of the lexicon, the shop."""

    aliases: Aliases
    attributes: frozenset[str] = frozenset()
    shop: frozenset[str] = frozenset()

    def key_of(self, column: str) -> str | None:
        """Return the listing key that a column holds, whatever stands in brackets behind it."""
        return self.aliases.key_of(column) or self.aliases.key_of(_BRACKETS.sub("", column))

    def attribute_of(self, column: str) -> str | None:
        """Return the attribute that a column of its own holds: 属性:领型, or simply 领型."""
        name = normalize(column)
        bare = _ATTRIBUTE_PREFIX.sub("", name)
        return bare if bare != name or name in self.attributes else None

    def is_shop(self, column: str) -> bool:
        """Tell whether a column names the shop."""
        return alias_name(column) in self.shop


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A catalogue that can be read again and again.

    `above` stands over the header; `unused` are columns that nothing of ours reads.
    """

    name: str
    kind: Kind
    columns: tuple[str, ...]
    count: int
    rows: Callable[[], Iterator[Row]]
    above: tuple[tuple[str, ...], ...] = ()
    unused: tuple[str, ...] = ()
    schema: object = field(default=None, repr=False)


@contextmanager
def open_catalogue(path: Path, names: Names) -> Iterator[Source]:
    """Give the catalogue at `path`.

    Raises CatalogueError or ReportError when it is none at all; a bad row is a row with a problem.
    """
    with ExitStack() as stack:
        try:
            if kind_of(path) is Kind.LINES:
                yield _lines_source(path, names)
            elif _is_parquet(path):
                yield _parquet_source(path, names)
            else:
                yield _table_source(path, names, stack)
        except FileNotFoundError as error:
            raise CatalogueError(f"{error.filename}: cannot be read: no such file") from error
        except (PermissionError, IsADirectoryError) as error:
            raise CatalogueError(f"{path}: cannot be read: {error.strerror}") from error


def kind_of(path: Path) -> Kind:
    """Return how a file of that name holds its rows."""
    ending = path.suffix.lower()
    if ending in _LINE_ENDINGS:
        return Kind.LINES
    return Kind.PARQUET if ending in _PARQUET_ENDINGS else Kind.TABLE


def _is_parquet(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(_PARQUET_MAGIC)) == _PARQUET_MAGIC


# ---- tables ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Which column holds what: listing keys, attributes, the shop."""

    width: int
    keys: Mapping[int, str]
    attributes: Mapping[int, str]
    shop: int | None

    def unused(self, columns: Sequence[str]) -> tuple[str, ...]:
        """Return the columns that nothing of ours reads."""
        used = {*self.keys, *self.attributes, self.shop}
        foreign = (c for i, c in enumerate(columns) if i not in used and c.strip())
        return tuple(column for column in foreign if not _OUR_KEYS.fullmatch(column))


def lay_out(columns: Sequence[str], names: Names) -> Layout:
    """Return which of `columns` holds what; our own columns of an earlier run hold nothing."""
    keys = {i: key for i, column in enumerate(columns) if (key := names.key_of(column))}
    rest = {
        i: column
        for i, column in enumerate(columns)
        if i not in keys and not _OUR_KEYS.fullmatch(column)
    }
    shops = [i for i, column in rest.items() if names.is_shop(column)]
    return Layout(
        width=len(columns),
        keys=keys,
        attributes={
            i: name
            for i, column in rest.items()
            if i not in shops and (name := names.attribute_of(column))
        },
        shop=shops[0] if shops else None,
    )


def _table_source(path: Path, names: Names, stack: ExitStack) -> Source:
    def known(cells: Sequence[str]) -> int:
        return sum(names.key_of(cell) is not None for cell in cells)

    sheets = open_sheets(path, known, stack)
    for sheet in sheets:
        head = list(islice(sheet.rows(), _HEADER_WITHIN))
        found = [set(filter(None, map(names.key_of, cells))) for cells in head]
        best = max(range(len(head)), key=lambda i: (len(found[i]), -i), default=-1)
        if best >= 0 and {"title", "category"} & found[best]:
            return _sheet_source(sheet, head, best, names)
    firsts = (cells for sheet in sheets for cells in sheet.rows() if any(cells))
    shown = " | ".join(cell[:_MOST_SHOWN] for cell in next(firsts, [])[:_MOST_SHOWN])
    wanted = "no column is a title or category (标题, 类目 …)"
    msg = f"{path.name}: {wanted}; the first row reads: {shown}"
    raise CatalogueError(msg)


def _sheet_source(sheet: Sheet, head: list[Cells], at: int, names: Names) -> Source:
    count, width = -(at + 1), 0
    for cells in sheet.rows():
        count, width = count + 1, max(width, len(cells))
    layout = lay_out(head[at], names)
    return Source(
        name=sheet.name,
        kind=Kind.TABLE,
        columns=tuple(padded(head[at], width)),
        count=count,
        rows=lambda: _table_rows(sheet, at + 1, layout, names),
        above=tuple(tuple(cells) for cells in head[:at]),
        unused=layout.unused(head[at]),
    )


def _table_rows(sheet: Sheet, start: int, layout: Layout, names: Names) -> Iterator[Row]:
    for number, cells in enumerate(islice(sheet.rows(), start, None), start=1):
        yield _row(number, cells, cells, layout, names)


def _row(
    number: int, cells: Sequence[object], original: object, layout: Layout, names: Names
) -> Row:
    """Return a row; of two columns for one key the first that is filled counts."""
    given: dict[str, object] = {}
    for index, key in layout.keys.items():
        if index < len(cells) and _is_filled(cells[index]):
            given.setdefault(key, cells[index])
    title = given.get("title", "")
    shop = cells[layout.shop] if layout.shop is not None and layout.shop < len(cells) else None
    return Row(
        number=number,
        cells=original,
        listing=_listing(given, cells, layout, names),
        title=title if isinstance(title, str) else "",
        shop="" if shop is None else str(shop).strip(),
        problem=_problem(cells, layout.width),
    )


def _is_filled(cell: object) -> bool:
    return bool(cell.strip()) if isinstance(cell, str) else cell is not None


def _problem(cells: Sequence[object], width: int) -> str | None:
    if not any(map(_is_filled, cells)):
        return "空行"
    if any(map(_is_filled, cells[width:])):
        return f"有 {len(cells)} 格,表头只有 {width} 格"
    return None


def _listing(
    given: Mapping[str, object], cells: Sequence[object], layout: Layout, names: Names
) -> dict[str, object]:
    texts = {key: value for key, value in given.items() if isinstance(value, str)}
    found = {**given, **_from_cells(texts, names.aliases)}
    own = {
        name: cells[i]
        for i, name in layout.attributes.items()
        if i < len(cells) and _is_filled(cells[i])
    }
    filed = found.get("attributes")
    if own and (filed is None or isinstance(filed, Mapping)):
        found["attributes"] = own | dict(filed or {})
    return found


def _from_json(key: str, cell: str) -> dict[str, object]:
    """Return {key: object} when the cell is a JSON object, else nothing."""
    if not cell.strip().startswith("{"):
        return {}
    try:
        value = read_json(cell.encode("utf-8", "replace"))
    except BiaotiError:
        return {}
    return {key: value}


def padded(cells: Sequence[Any], width: int) -> list[Any]:
    """Return `cells` with empty texts up to `width`."""
    return [*cells, *[""] * (width - len(cells))]


# ---- JSON lines --------------------------------------------------------------------------------


def _lines_source(path: Path, names: Names) -> Source:
    columns: dict[str, None] = {}
    count = 0
    for row in _line_rows(path, names):
        count += 1
        cells = row.cells
        columns.update(dict.fromkeys(cells if isinstance(cells, Mapping) else (ORIGINAL,)))
    return Source(
        name=path.name,
        kind=Kind.LINES,
        columns=tuple(columns),
        count=count,
        rows=partial(_line_rows, path, names),
    )


def _line_rows(path: Path, names: Names) -> Iterator[Row]:
    with path.open("rb") as stream:
        for number, line in enumerate(bounded_lines(stream), start=1):
            yield _line_row(number, line, names)


def _line_row(number: int, line: bytes, names: Names) -> Row:
    try:
        data = read_json(line)
    except JsonError as error:
        return _bad_line(number, line.decode("utf-8", "replace"), f"{error.code}: {error}")
    except BiaotiError as error:
        return _bad_line(number, line[:_MOST_SHOWN].decode("utf-8", "replace"), str(error))
    if not isinstance(data, Mapping):
        why = f"{ListingError.code}: found {line[:_MOST_SHOWN]!r}, expected an object"
        return _bad_line(number, data, why)
    listing = {
        key: value
        for key, value in data.items()
        if not names.is_shop(key) and not _OUR_KEYS.fullmatch(key)
    }
    shops = [str(value).strip() for key, value in data.items() if names.is_shop(key)]
    titles = (v for k, v in data.items() if names.aliases.key_of(k) == "title")
    return Row(
        number=number,
        cells=data,
        listing={**listing, **_from_cells(_texts(listing), names.aliases)},
        title=next((value for value in titles if isinstance(value, str)), ""),
        shop=shops[0] if shops else "",
    )


def _bad_line(number: int, original: object, why: str) -> Row:
    return Row(number=number, cells={ORIGINAL: original}, listing={}, problem=why)


def _from_cells(texts: Mapping[str, str], aliases: Aliases) -> dict[str, object]:
    found = row_object(texts, aliases)
    for name, cell in texts.items():
        if aliases.key_of(name) in _OBJECT_KEYS:
            found |= _from_json(name, cell)
    return found


def _texts(listing: Mapping[str, object]) -> dict[str, str]:
    """Return the texts among the values, which may be cells of a table written as lines."""
    return {key: value for key, value in listing.items() if isinstance(value, str)}


# ---- Parquet -----------------------------------------------------------------------------------


def load_parquet(path: Path) -> Any:  # noqa: ANN401 - pyarrow has no types
    """Return the library that reads and writes `path`; CatalogueError where it is missing."""
    try:
        from pyarrow import parquet  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        msg = f"{path}: Parquet needs the extra: pip install 'biaoti[parquet]'"
        raise CatalogueError(msg) from error
    return parquet


def _parquet_source(path: Path, names: Names) -> Source:
    parquet = load_parquet(path)
    with _sound_parquet(path):
        file = parquet.ParquetFile(path)
    columns = tuple(file.schema_arrow.names)
    layout = lay_out(columns, names)
    if not {"title", "category"} & set(layout.keys.values()):
        raise CatalogueError(f"{path.name}: no column is a title or category: {columns}")
    return Source(
        name=path.name,
        kind=Kind.PARQUET,
        columns=columns,
        count=file.metadata.num_rows,
        rows=partial(_parquet_rows, path, layout, names),
        unused=layout.unused(columns),
        schema=file.schema_arrow,
    )


def _parquet_rows(path: Path, layout: Layout, names: Names) -> Iterator[Row]:
    number = 0
    with _sound_parquet(path):
        for batch in load_parquet(path).ParquetFile(path).iter_batches(batch_size=_BATCH_ROWS):
            for row in batch_rows(batch, layout, names, start=number + 1):
                number = row.number
                yield row


@contextmanager
def _sound_parquet(path: Path) -> Iterator[None]:
    """Turn whatever the library objects to in a damaged file into one CatalogueError."""
    from pyarrow import ArrowException  # noqa: PLC0415 - an extra

    try:
        yield
    except (ArrowException, OSError, ValueError, OverflowError) as error:
        msg = f"{path.name}: a damaged or unreadable Parquet file ({error})"
        raise CatalogueError(msg) from error


def batch_rows(batch: Any, layout: Layout, names: Names, *, start: int) -> Iterator[Row]:  # noqa: ANN401 - pyarrow has no types
    """Yield the rows of an Arrow batch, numbered from `start`."""
    for number, values in enumerate(batch.to_pylist(maps_as_pydicts="strict"), start=start):
        yield _row(number, list(values.values()), values, layout, names)
