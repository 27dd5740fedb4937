"""A reviewed catalogue -> the file that changes titles: accepted rows, checked once more."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from biaoti.answers import Session, Wishes, inspection
from biaoti.catalogue.reading import Names, Source, open_catalogue
from biaoti.catalogue.rows import ACCEPT, TITLE, CatalogueError, Row
from biaoti.catalogue.writing import expect_other, replacing, safe_cell
from biaoti.errors import BiaotiError
from biaoti.listings import alias_name, read_listing
from biaoti.records import Listing, Severity
from biaoti.text import refused, width

_HARMLESS = frozenset({Severity.LOW, Severity.HINT})
_ENDINGS = (".csv",)
# The platform's assistant tool (淘宝助理) writes and reads tab-separated UTF-16 under these three
# lines; many independent tools write the same (docs/catalogue.md says how sure that is).
_ASSISTANT_HEAD = (("version 1.00",), ("title", "num_id"), ("宝贝名称", "数字ID"))
_PLAIN_HEAD = ("宝贝ID", "宝贝标题", "原标题")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """An accepted row that is not applied, by its number in the reviewed file, and why."""

    row: int
    listing_id: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """How many rows were accepted, how many titles the new file changes, and what was refused."""

    accepted: int
    written: int
    refused: tuple[Refused, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    row: int
    listing_id: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """What to apply to what: the reviewed file, the titles of now, and for which tool."""

    reviewed: Path
    current: Path | None = None
    is_assistant: bool = False
    limit: int | None = None


def apply_review(wanted: Application, target: Path, names: Names, session: Session) -> Applied:
    """Write the accepted titles to `target`; refuse what changed meanwhile or breaks a rule.

    With a `current` catalogue its own rows are written, only the title changed. Titles that a
    reviewer wrote by hand are checked like any other. Raises CatalogueError.
    """
    if target.suffix.lower() not in _ENDINGS:
        raise CatalogueError(f"{target}: expected a name that ends in .csv")
    expect_other(target, wanted.reviewed, *([wanted.current] if wanted.current else []))
    with ExitStack() as stack:
        source = stack.enter_context(open_catalogue(wanted.reviewed, names))
        current = (
            stack.enter_context(open_catalogue(wanted.current, names)) if wanted.current else None
        )
        accepted = list(_accepted(source, session))
        found = [_checked(row, title, session, wanted.limit) for row, title in accepted]
        changes = [change for change in found if isinstance(change, _Change)]
        problems = [problem for problem in found if isinstance(problem, Refused)]
        kept, late = _still_true(changes, current, names)
        _write(target, kept, current, names, is_assistant=wanted.is_assistant)
    said = sorted([*problems, *late], key=lambda refusal: refusal.row)
    return Applied(accepted=len(accepted), written=len(kept), refused=tuple(said))


# ---- what the reviewer accepted ----------------------------------------------------------------


def _accepted(source: Source, session: Session) -> Iterator[tuple[Row, str]]:
    """Yield the rows that a person accepted, with the title that stands there now."""
    yes = session.engine.lexicon.policy.catalogue.accepted
    accept, title = _last(source.columns, ACCEPT), _last(source.columns, TITLE)
    if accept is None or title is None:
        msg = f"{source.name}: found no columns {TITLE} and {ACCEPT}, expected a reviewed catalogue"
        raise CatalogueError(msg)
    for row in source.rows():
        if alias_name(_at(row, source, accept)) in yes:
            yield row, _at(row, source, title).strip()


def _last(columns: Sequence[str], name: str) -> int | None:
    """Return where the newest column `name` stands: a later run numbers its own."""
    found = [i for i, c in enumerate(columns) if c == name or c.startswith(f"{name}(")]
    return found[-1] if found else None


def _at(row: Row, source: Source, place: int) -> str:
    if isinstance(row.cells, Mapping):
        value = row.cells.get(source.columns[place])
        return "" if value is None else str(value)
    cells = row.cells
    return cells[place] if isinstance(cells, list) and place < len(cells) else ""


def _checked(row: Row, title: str, session: Session, limit: int | None) -> _Change | Refused:
    try:
        listing = read_listing(row.listing, session.aliases)
    except BiaotiError as error:
        return Refused(row=row.number, listing_id="", why=f"{error.code}: {error}")
    listing_id = listing.listing_id or ""
    why = _objection(listing, title, session, limit)
    if why:
        return Refused(row=row.number, listing_id=listing_id, why=why)
    return _Change(row=row.number, listing_id=listing_id, old=row.title, new=title)


def _objection(listing: Listing, title: str, session: Session, limit: int | None) -> str:
    """Return why the listing may not be called `title`, empty when it may."""
    most = session.engine.lexicon.policy.limit if limit is None else limit
    if not title:
        return "新标题是空的"
    bad = "".join(dict.fromkeys(character for _, character in refused(title)))
    if bad:
        return f"新标题有平台不收的字符:{bad}"
    if width(title) > most:
        return f"新标题宽 {width(title)} 字节,上限 {most}"
    found = inspection(session, replace(listing, title=title), Wishes()).violations
    broken = [f"{v.name}({v.text})" for v in found if v.severity not in _HARMLESS]
    return f"新标题违规:{';'.join(broken)}" if broken else ""


# ---- what the listings are called now ----------------------------------------------------------


def _still_true(
    changes: Iterable[_Change], current: Source | None, names: Names
) -> tuple[list[_Change], list[Refused]]:
    """Return the changes whose old title is still the listing's, and a refusal for each other."""
    if current is None:
        return list(changes), []
    if not _title_places(current, names):
        msg = f"{current.name}: found no column of titles, expected the titles of now (宝贝标题)"
        raise CatalogueError(msg)
    now: dict[str, str] = {}
    seen: Counter[str] = Counter()
    for row in current.rows():
        listing_id = _listing_id(row, names)
        now[listing_id] = row.title
        seen[listing_id] += 1
    kept, late = [], []
    for change in changes:
        why = _lateness(change, now, seen)
        if why:
            late.append(Refused(row=change.row, listing_id=change.listing_id, why=why))
        else:
            kept.append(change)
    return kept, late


def _lateness(change: _Change, now: Mapping[str, str], seen: Mapping[str, int]) -> str:
    if not change.listing_id:
        return "没有宝贝ID,无法与现在的宝贝表核对"
    if change.listing_id not in now:
        return "现在的宝贝表里没有这个宝贝"
    if seen[change.listing_id] > 1:
        return "现在的宝贝表里这个宝贝ID不止一行"
    title = now[change.listing_id]
    if title.strip() == change.new:
        return "已经是新标题"
    return "" if title.strip() == change.old.strip() else f"标题已变,现在是:{title}"


def _listing_id(row: Row, names: Names) -> str:
    named = {names.key_of(name): value for name, value in row.listing.items()}
    return str(named.get("listing_id") or "").strip()


# ---- the file ----------------------------------------------------------------------------------


def _write(
    target: Path,
    changes: Sequence[_Change],
    current: Source | None,
    names: Names,
    *,
    is_assistant: bool,
) -> None:
    rows = _current_rows(changes, current, names) if current else _short_rows(changes, is_assistant)
    with replacing(target) as stream:
        encoding = "utf-16-le" if is_assistant else "utf-8"
        text = io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="")
        text.write("\ufeff")
        writer = csv.writer(text, delimiter="\t" if is_assistant else ",")
        for row in rows:
            writer.writerow(row if is_assistant else map(safe_cell, row))
        text.detach()


def _short_rows(changes: Sequence[_Change], is_assistant: bool) -> Iterator[Sequence[str]]:  # noqa: FBT001 - which of two files
    if is_assistant:
        yield from _ASSISTANT_HEAD
        yield from ((change.new, change.listing_id) for change in changes)
    else:
        yield _PLAIN_HEAD
        yield from ((change.listing_id, change.new, change.old) for change in changes)


def _current_rows(
    changes: Sequence[_Change], current: Source, names: Names
) -> Iterator[Sequence[str]]:
    """Yield the rows of now that change, with every other cell and all that stands above them."""
    new = {change.listing_id: change.new for change in changes}
    places = _title_places(current, names)
    yield from current.above
    yield current.columns
    for row in current.rows():
        title = new.get(_listing_id(row, names))
        if title is not None:
            cells = [_at(row, current, place) for place in range(len(current.columns))]
            own = next((i for i in places if cells[i] == row.title), places[0])
            yield [*cells[:own], title, *cells[own + 1 :]]


def _title_places(source: Source, names: Names) -> list[int]:
    return [i for i, column in enumerate(source.columns) if names.key_of(column) == "title"]
