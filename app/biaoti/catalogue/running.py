"""A catalogue through the optimizer: resumable, the same bytes whatever happens on the way."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, fields, replace
from itertools import islice
from pathlib import Path

from biaoti.catalogue.processes import workers
from biaoti.catalogue.reading import Names, Source, open_catalogue
from biaoti.catalogue.resuming import (
    Entry,
    Journal,
    Note,
    Stamp,
    join,
    make_stamp,
    open_journal,
    stamped_day,
)
from biaoti.catalogue.reviewing import write_review
from biaoti.catalogue.rewriting import Job, rewrite_row
from biaoti.catalogue.rows import (
    COLUMNS,
    PLAN_COLUMNS,
    CatalogueError,
    Outcome,
    Row,
    Summary,
    chunks,
    summary_of,
)
from biaoti.catalogue.shops import ShopReport, plan_shop, report_of
from biaoti.catalogue.writing import expect_writable, write_catalogue
from biaoti.encode import dumps, plain
from biaoti.listings import Aliases

# Rows that go to a worker and into the journal together: about half a second of work, so that a
# killed run loses no more, and the disk is not asked to sync for every row.
CHUNK_ROWS = 16
# Chunks after which fresh processes take over: memory is given back every two thousand rows.
_SHIFT_CHUNKS = 128
_BLOCK = 1 << 20

Tick = Callable[[int, int], None]
Rewrite = Callable[[Iterable[list[Row]]], Iterator[list[Outcome]]]
PlanShops = Callable[[Iterable[list[Row]]], Iterator[tuple[list[Outcome], ShopReport]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """Who does the work of a job: rows in chunks, or whole shops, answered in order."""

    rewrite: Callable[[Job], AbstractContextManager[Rewrite]]
    plan: Callable[[Job], AbstractContextManager[PlanShops]]


def local_crew(count: int) -> Crew:
    """Return a crew of `count` processes on this machine."""
    return Crew(
        rewrite=lambda job: workers(
            lambda rows: [rewrite_row(row, job) for row in rows], count, shift=_SHIFT_CHUNKS
        ),
        plan=lambda job: workers(lambda rows: plan_shop(rows, job), count),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How a catalogue is run: by whom, where the review goes, who hears of progress and news."""

    crew: Crew
    review: Path | None = None
    tick: Tick = lambda _done, _all: None
    note: Note = lambda _message: None
    program: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSummary(Summary):
    """The summary of a plan, with a report for each shop."""

    shops: tuple[ShopReport, ...]


def rewrite_catalogue(path: Path, target: Path, names: Names, job: Job, run: Run) -> Summary:
    """Write the rewritten catalogue at `path` to `target`, which appears whole or not at all.

    A killed run goes on where it stopped when the same is asked again, and ends in the same bytes.
    """
    with (
        _opened(path, target, names, job, run, "rewrite") as (source, stamp, dated),
        run.crew.rewrite(dated) as work,
        open_journal(target, stamp, run.note) as journal,
    ):
        _advance(source, journal, work, run.tick)
        return _finish(source, target, journal, dated, run)


def plan_catalogue(path: Path, target: Path, names: Names, job: Job, run: Run) -> PlanSummary:
    """Write the catalogue at `path` to `target` with each shop's titles chosen together.

    Shops are told apart by their column; without one the file is one shop. Rows are held in memory,
    and a killed run goes on with the first shop that was not finished.
    """
    with (
        _opened(path, target, names, job, run, "plan") as (source, stamp, dated),
        run.crew.plan(dated) as work,
        open_journal(target, stamp, run.note) as journal,
    ):
        _advance_shops(source, journal, work, run.tick)
        return _finish_plan(source, target, journal, dated, run)


@contextmanager
def _opened(
    path: Path, target: Path, names: Names, job: Job, run: Run, kind: str
) -> Iterator[tuple[Source, Stamp, Job]]:
    """Give the source, the stamp, and the job on the day on which the run began."""
    for written in (target, *([run.review] if run.review else [])):
        expect_writable(path, written, is_report=written is run.review)
    with open_catalogue(path, names) as source:
        stamp = _stamp(path, job, run, kind, _data_version(source, job))
        day = stamped_day(target, stamp)
        session = replace(job.session, today=lambda: day)
        yield source, {**stamp, "today": day}, replace(job, session=session)


def _data_version(source: Source, job: Job) -> str:
    """Return the version of the keyword data of every category in `source`.

    That reads them all from the store before any process is forked, which must not share its
    connection.
    """
    session = job.session
    if session.stored is None:
        return session.market.version if session.market else ""
    categories = {category_of(row, session.aliases) for row in source.rows()}
    markets = [session.stored(category) for category in sorted(categories, key=str)]
    return " ".join(sorted({market.version for market in markets if market}))


def category_of(row: Row, aliases: Aliases) -> str | None:
    """Return the category that a row is filed under, None without one."""
    for name, value in row.listing.items():
        if aliases.key_of(name) == "category" and isinstance(value, str) and value:
            return value
    return None


def _stamp(path: Path, job: Job, run: Run, kind: str, data: str) -> Stamp:
    """Return what the outcomes of a run depend on: input, options, lexicon, data, model, day."""
    engine = job.session.engine
    return make_stamp(
        program=run.program,
        input=file_digest(path),
        options=dumps([kind, plain(job.wishes)]),
        lexicon=engine.lexicon.version,
        data=data,
        model=engine.model_version or "",
        today=job.session.today(),
    )


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while block := stream.read(_BLOCK):
                digest.update(block)
    except OSError as error:
        raise CatalogueError(f"{path}: cannot be read: {error.strerror or error}") from error
    return digest.hexdigest()


# ---- row by row --------------------------------------------------------------------------------


def _advance(source: Source, journal: Journal, work: Rewrite, tick: Tick) -> None:
    done = sum(len(entry.numbers) for entry in journal.entries())
    tick(done, source.count)
    rest = (replace(row, cells=None) for row in islice(source.rows(), done, None))
    for outcomes in work(chunks(rest, CHUNK_ROWS)):
        numbers = tuple(range(done + 1, done + len(outcomes) + 1))
        journal.append(Entry(numbers=numbers, outcomes=tuple(outcomes)))
        done += len(outcomes)
        tick(done, source.count)


def _finish(source: Source, target: Path, journal: Journal, job: Job, run: Run) -> Summary:
    """Write the answer from the rows and the journal, and forget the journal."""

    def pairs() -> Iterator[tuple[Row, Outcome]]:
        outcomes = (outcome for entry in journal.entries() for outcome in entry.outcomes)
        return zip(source.rows(), outcomes, strict=True)

    states = Counter(outcome.state for entry in journal.entries() for outcome in entry.outcomes)
    summary = summary_of(states, source.unused)
    write_catalogue(source, target, COLUMNS, pairs())
    if run.review:
        write_review(run.review, source.name, pairs, (summary, ()), job)
    journal.remove()
    return summary


# ---- shop by shop ------------------------------------------------------------------------------


def _advance_shops(
    source: Source,
    journal: Journal,
    work: PlanShops,
    tick: Tick,
) -> None:
    shops: dict[str, list[Row]] = {}
    for row in source.rows():
        shops.setdefault(row.shop, []).append(replace(row, cells=None))
    finished = [entry.numbers for entry in journal.entries()]
    done = sum(map(len, finished))
    tick(done, source.count)
    rest = list(shops.values())[len(finished) :]
    for rows, (outcomes, report) in zip(rest, work(rest), strict=True):
        numbers = tuple(row.number for row in rows)
        journal.append(Entry(numbers=numbers, outcomes=tuple(outcomes), extra=plain(report)))
        done += len(rows)
        tick(done, source.count)


def _finish_plan(source: Source, target: Path, journal: Journal, job: Job, run: Run) -> PlanSummary:
    entries = list(journal.entries())
    outcomes = join(entries)
    summary = summary_of(Counter(o.state for o in outcomes.values()), source.unused)
    shops = tuple(report_of(entry.extra) for entry in entries if entry.extra)

    def pairs() -> Iterator[tuple[Row, Outcome]]:
        return ((row, outcomes[row.number]) for row in source.rows())

    write_catalogue(source, target, PLAN_COLUMNS, pairs())
    if run.review:
        write_review(run.review, source.name, pairs, (summary, shops), job)
    journal.remove()
    return PlanSummary(**{f.name: getattr(summary, f.name) for f in fields(summary)}, shops=shops)
