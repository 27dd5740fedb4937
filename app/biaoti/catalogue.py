"""A catalogue file -> the same rows with new titles: no row is lost, no bad row stops the others.

Tables (CSV, TSV, XLSX, XLS) keep every cell and gain columns on the right; JSON lines keep every
key and gain keys. The answer is CSV with a byte order mark, which spreadsheet programs need to see
UTF-8, or JSON lines.
"""

from __future__ import annotations

import csv
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from biaoti.decode import read_json
from biaoti.encode import dumps
from biaoti.errors import BiaotiError, ListingError
from biaoti.listings import KEYS, Aliases, read_listing, row_object
from biaoti.records import Listing, Proposal
from biaoti.reports import ReportHeaders
from biaoti.reports.decoding import MAX_BYTES, decode_tables
from biaoti.reports.headers import Column, Header, Unit

COLUMNS = ("新标题", "宽度", "原价值", "新价值", "覆盖率", "改动", "违规", "待确认", "状态")
REWRITTEN, UNCHANGED, KEPT = "已改写", "已是最优", "保留原标题"

_HEADER_WITHIN = 20
_QUESTIONS = 3
_MOST_SHOWN = 20
_JSON_ENDINGS = frozenset({".jsonl", ".ndjson"})
_WORKBOOK_ENDINGS = frozenset({".xls", ".xlsx", ".xlsm"})
_BRACKETS = re.compile(r"[((\[【].*?[))\]】]")
_PLAIN_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?%?")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_ORIGINAL = "原文"

Rewrite = Callable[[Listing], Proposal]
Tick = Callable[[int, int], None]
Report = Callable[[Exception], str]


class CatalogueError(BiaotiError):
    """A catalogue that cannot be read or written at all."""

    code = "bad-catalogue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """How a catalogue is worked on: names of columns, who rewrites, who hears of defects."""

    aliases: Aliases
    rewrite: Rewrite
    report: Report
    tick: Tick


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What became of a catalogue's rows, and the columns that no listing key stands behind."""

    rows: int
    rewritten: int
    unchanged: int
    kept: int
    unused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The new cells of one row, and which of the three states it is in."""

    state: str
    cells: Mapping[str, object]


def rewrite_catalogue(source: Path, target: Path, job: Job) -> Summary:
    """Write the rewritten `source` to `target`, which appears whole or not at all."""
    _expect_writable(source, target)
    content = _content(source)
    if _is_json(source):
        return _rewrite_lines(content, target, job)
    return _rewrite_table(source.name, content, target, job)


def outcome(data: object, title: str, job: Job) -> Outcome:
    """Return what becomes of the row that is the JSON object `data` with the old title `title`."""
    try:
        proposal = job.rewrite(read_listing(data, job.aliases))
    except BiaotiError as error:
        return _kept(title, f"{error.code}: {' / '.join(str(error).splitlines())}")
    except Exception as error:  # noqa: BLE001 - a defect must not stop the rest
        return _kept(title, f"internal: {job.report(error)}")
    return _rewritten(proposal, title)


def _kept(title: str, why: str) -> Outcome:
    cells = dict.fromkeys(COLUMNS) | {"新标题": title, "状态": f"{KEPT}:{why}"}
    return Outcome(state=KEPT, cells=cells)


def _rewritten(proposal: Proposal, title: str) -> Outcome:
    best, current = proposal.best, proposal.current
    state = UNCHANGED if best.title == title else REWRITTEN
    added, removed = "、".join(best.edits.added), "、".join(best.edits.removed)
    changes = (f"加:{added}" if added else "", f"去:{removed}" if removed else "")
    values = (
        best.title,
        best.width,
        current.value if current else None,
        best.value,
        round(best.coverage, 4),
        ";".join(change for change in changes if change),
        ";".join(f"{v.name}({v.text})" for v in best.violations),
        ";".join(
            f"{q.term}({q.attribute} {q.value_gain:+.1%})" for q in proposal.questions[:_QUESTIONS]
        ),
        state,
    )
    return Outcome(state=state, cells=dict(zip(COLUMNS, values, strict=True)))


def _summary(states: Sequence[str], unused: Iterable[str] = ()) -> Summary:
    return Summary(
        rows=len(states),
        rewritten=states.count(REWRITTEN),
        unchanged=states.count(UNCHANGED),
        kept=states.count(KEPT),
        unused=tuple(unused),
    )


# ---- tables ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sheet:
    """A table cut at its header; `keys` gives the listing key of a column."""

    above: Sequence[Sequence[str]]
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    keys: Mapping[int, str]


def _rewrite_table(name: str, content: bytes, target: Path, job: Job) -> Summary:
    sheet = _read_sheet(name, content, job.aliases)
    width = max(len(row) for row in (sheet.header, *sheet.above, *sheet.rows))
    header = _padded(sheet.header, width)
    states = []
    with _replacing(target) as stream:
        stream.write("\ufeff")
        writer = csv.writer(stream)
        writer.writerows(map(_safe, sheet.above))
        writer.writerow(_safe([*header, *_fresh_names(header)]))
        for number, row in enumerate(sheet.rows, start=1):
            found = _row_outcome(row, sheet, job)
            states.append(found.state)
            cells = (_cell(name, value) for name, value in found.cells.items())
            writer.writerow(_safe([*_padded(row, width), *cells]))
            job.tick(number, len(sheet.rows))
    unused = (cell for i, cell in enumerate(sheet.header) if i not in sheet.keys and cell.strip())
    return _summary(states, unused)


def _safe(row: Iterable[str]) -> list[str]:
    return [safe_cell(cell) for cell in row]


def safe_cell(cell: str) -> str:
    """Return `cell` so that spreadsheet programs take it for text: a formula gets an apostrophe.

    >>> safe_cell("=1+1"), safe_cell("-5"), safe_cell("连衣裙")
    ("'=1+1", '-5', '连衣裙')
    """
    is_formula = cell.startswith(_FORMULA_STARTS) and not _PLAIN_NUMBER.fullmatch(cell)
    return f"'{cell}" if is_formula else cell


def _read_sheet(name: str, content: bytes, aliases: Aliases) -> _Sheet:
    tables = decode_tables(name, content, _headers(aliases))
    for table in tables:
        rows = [cells for _, cells in table.rows]
        found = [_keys(cells, aliases) for cells in rows[:_HEADER_WITHIN]]
        best = max(range(len(found)), key=lambda i: (len(found[i]), -i), default=-1)
        if best >= 0 and {"title", "category"} & set(found[best].values()):
            return _Sheet(
                above=rows[:best], header=rows[best], rows=rows[best + 1 :], keys=found[best]
            )
    seen = next((cells for table in tables for _, cells in table.rows if any(cells)), [])
    shown = " | ".join(cell[:_MOST_SHOWN] for cell in seen[:_MOST_SHOWN])
    msg = f"{name}: no column is a title or category (标题, 类目 …); the first row reads: {shown}"
    raise CatalogueError(msg)


def _headers(aliases: Aliases) -> ReportHeaders:
    """Return the listing names as header names, by which the decoder knows the delimiter."""
    header = Header(column=Column.IGNORED, unit=Unit.NONE)
    return ReportHeaders(
        names=dict.fromkeys((*KEYS, *aliases.keys), header),
        summary_marks=frozenset(),
        missing_marks=frozenset(),
        unit_marks={},
    )


def _keys(cells: Sequence[str], aliases: Aliases) -> dict[int, str]:
    keys = (
        (i, aliases.key_of(c) or aliases.key_of(_BRACKETS.sub("", c))) for i, c in enumerate(cells)
    )
    return {index: key for index, key in keys if key}


def _row_outcome(row: Sequence[str], sheet: _Sheet, job: Job) -> Outcome:
    """Return the outcome of a row; of two columns for one key the first that is filled counts."""
    cells: dict[str, str] = {}
    for index, key in sheet.keys.items():
        if index < len(row) and row[index].strip():
            cells.setdefault(key, row[index])
    title = cells.get("title", "")
    if not any(cell.strip() for cell in row):
        return _kept(title, "空行")
    if any(cell.strip() for cell in row[len(sheet.header) :]):
        return _kept(title, f"有 {len(row)} 格,表头只有 {len(sheet.header)} 格")
    return outcome(row_object(cells, job.aliases), title, job)


def _padded(row: Sequence[str], width: int) -> list[str]:
    return [*row, *[""] * (width - len(row))]


def _fresh_names(taken: Iterable[str]) -> list[str]:
    """Return the names of our columns; one that is taken already gets a number."""
    used, names = set(taken), []
    for name in COLUMNS:
        fresh, number = name, 2
        while fresh in used:
            fresh, number = f"{name}({number})", number + 1
        names.append(fresh)
    return names


def _cell(name: str, value: object) -> str:
    if value is None:
        return ""
    return f"{value:.1%}" if name == "覆盖率" else str(value)


def labelled_titles(source: Path, aliases: Aliases) -> list[tuple[str, str]]:
    """Return (title, category) of every row of a catalogue that has both, in order.

    Raises CatalogueError or ReportError when the file cannot be read as a catalogue.
    """
    content = _content(source)
    if _is_json(source):
        values = [read_json(line) for line in content.splitlines() if line.strip()]
        rows = [{aliases.key_of(k): v for k, v in r.items()} for r in values if isinstance(r, dict)]
    else:
        sheet = _read_sheet(source.name, content, aliases)
        rows = [
            {key: row[i] for i, key in sheet.keys.items() if i < len(row)} for row in sheet.rows
        ]
    pairs = [(row.get("title"), row.get("category")) for row in rows]
    return [(str(title), str(category)) for title, category in pairs if title and category]


# ---- JSON lines --------------------------------------------------------------------------------


def _rewrite_lines(content: bytes, target: Path, job: Job) -> Summary:
    lines = content.removesuffix(b"\n").split(b"\n") if content.strip() else []
    states = []
    with _replacing(target) as stream:
        for number, line in enumerate(lines, start=1):
            data, found = _line_outcome(line, job)
            states.append(found.state)
            cells = zip(_fresh_names(data), found.cells.values(), strict=True)
            stream.write(dumps({**data, **dict(cells)}) + "\n")
            job.tick(number, len(lines))
    return _summary(states)


def rewritten_row(data: object, job: Job) -> tuple[dict[str, object], bool]:
    """Return one JSON row with our keys added, and whether its title is a new one.

    The same row as in a rewritten file of JSON lines; where that keeps the title, this raises.
    """
    listing = read_listing(data, job.aliases)
    found = _rewritten(job.rewrite(listing), listing.title or "")
    row = {str(key): value for key, value in data.items()} if isinstance(data, Mapping) else {}
    cells = zip(_fresh_names(row), found.cells.values(), strict=True)
    return {**row, **dict(cells)}, found.state == REWRITTEN


def _line_outcome(line: bytes, job: Job) -> tuple[Mapping[str, object], Outcome]:
    try:
        data = read_json(line)
    except BiaotiError as error:
        return {_ORIGINAL: line.decode("utf-8", "replace")}, _kept("", f"{error.code}: {error}")
    if not isinstance(data, dict):
        found = _kept("", f"{ListingError.code}: found {line[:_MOST_SHOWN]!r}, expected an object")
        return {_ORIGINAL: data}, found
    titles = (v for k, v in data.items() if job.aliases.key_of(k) == "title")
    title = next((value for value in titles if isinstance(value, str)), "")
    return data, outcome(data, title, job)


# ---- files -------------------------------------------------------------------------------------


def _is_json(path: Path) -> bool:
    return path.suffix.lower() in _JSON_ENDINGS


def _expect_writable(source: Path, target: Path) -> None:
    if target.exists() and source.exists() and target.samefile(source):
        msg = f"{target}: is the catalogue itself, expected another file to write to"
        raise CatalogueError(msg)
    if _is_json(source) is not _is_json(target):
        msg = f"{target}: a table is rewritten to .csv and JSON lines to .jsonl"
        raise CatalogueError(msg)
    if target.suffix.lower() in _WORKBOOK_ENDINGS:
        msg = f"{target}: workbooks are read but not written, expected a name that ends in .csv"
        raise CatalogueError(msg)


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            msg = f"{path}: larger than {MAX_BYTES:,} bytes; split the file"
            raise CatalogueError(msg)
        return path.read_bytes()
    except OSError as error:
        msg = f"{path}: cannot be read: {error.strerror or error}"
        raise CatalogueError(msg) from error


@contextmanager
def _replacing(target: Path) -> Iterator[TextIO]:
    """Give a new file that takes the place of `target` once all is written, else vanishes."""
    try:
        handle, name = tempfile.mkstemp(
            dir=target.parent, prefix=f".{target.name}.", suffix=".part"
        )
    except OSError as error:
        msg = f"{target}: cannot be written: {error.strerror or error}"
        raise CatalogueError(msg) from error
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            yield stream
        temporary.chmod(_mode(target))
        temporary.replace(target)
    except OSError as error:
        msg = f"{target}: cannot be written: {error.strerror or error}"
        raise CatalogueError(msg) from error
    finally:
        temporary.unlink(missing_ok=True)


def _mode(target: Path) -> int:
    """Return the permissions of the file to be replaced, else those of an ordinary new file."""
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
