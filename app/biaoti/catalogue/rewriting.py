"""One row -> its outcome: the listing's proposal, or the old title and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from biaoti.answers import Session, Wishes, inspection, market_for
from biaoti.brief import Options
from biaoti.catalogue.rows import (
    CHANGES,
    COLUMNS,
    COVERAGE,
    NEW_VALUE,
    OLD_VALUE,
    OLD_VIOLATIONS,
    QUESTIONS,
    REWRITTEN,
    STATUS,
    TITLE,
    UNCHANGED,
    VIOLATIONS,
    WIDTH,
    Outcome,
    Row,
    Scalar,
    kept,
)
from biaoti.catalogue.writing import with_columns
from biaoti.errors import BiaotiError
from biaoti.listings import read_listing
from biaoti.optimize import suggest
from biaoti.records import Listing, Proposal, Severity, Violation

_QUESTIONS_SHOWN = 3
_QUESTIONS_KEPT = 10

Report = Callable[[Exception], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """How rows are worked on: from what session, with which wishes, and who hears of defects."""

    session: Session
    wishes: Wishes
    report: Report

    @property
    def options(self) -> Options:
        """Return what is asked of the optimizer: the title and its proof, nothing beside it."""
        return Options(
            limit=self.wishes.limit,
            max_edits=self.wishes.max_edits,
            is_lean=True,
            seconds_left=self.session.seconds_left,
        )


def rewrite_row(row: Row, job: Job) -> Outcome:
    """Return what becomes of `row`; whatever is wrong with it, it keeps its title and says why."""
    return attempt(row, job, lambda listing: _proposal(listing, job))


def rewritten_row(data: object, job: Job) -> tuple[dict[str, object], bool]:
    """Return one JSON row with our keys added, and whether its title is a new one.

    The same row as in a rewritten file of JSON lines; where that keeps the title, this raises.
    """
    listing = read_listing(data, job.session.aliases)
    title = listing.title or ""
    found = outcome(_proposal(listing, job), title, old_violations(listing, job))
    row = {str(key): value for key, value in data.items()} if isinstance(data, Mapping) else {}
    return with_columns(row, found, COLUMNS), found.state == REWRITTEN


def attempt(row: Row, job: Job, propose: Callable[[Listing], Proposal]) -> Outcome:
    """Return the outcome of `row` under the proposal that `propose` makes of its listing."""
    if row.problem is not None:
        return kept(row.title, row.problem)
    try:
        listing = read_listing(row.listing, job.session.aliases)
        return outcome(propose(listing), row.title, old_violations(listing, job))
    except BiaotiError as error:
        return kept(row.title, f"{error.code}: {' / '.join(str(error).splitlines())}")
    except Exception as error:  # noqa: BLE001 - a defect must not stop the rest
        return kept(row.title, f"internal: {job.report(error)}")


def _proposal(listing: Listing, job: Job) -> Proposal:
    session, market = job.session, market_for(job.session, listing)
    return suggest(session.engine, listing, market, job.options, today=session.today())


def old_violations(listing: Listing, job: Job) -> tuple[Violation, ...]:
    """Return the misuse in the title as it is now, advice left out."""
    if not listing.title:
        return ()
    found = inspection(job.session, listing, Wishes()).violations
    return tuple(v for v in found if v.severity is not Severity.HINT)


def outcome(
    proposal: Proposal,
    title: str,
    violations: tuple[Violation, ...] = (),
    extra: Mapping[str, Scalar] | None = None,
) -> Outcome:
    """Return the outcome that `proposal` makes of a row with the old title `title`."""
    best, current = proposal.best, proposal.current
    state = UNCHANGED if best.title == title else REWRITTEN
    cells: dict[str, Scalar] = {
        TITLE: best.title,
        WIDTH: best.width,
        OLD_VALUE: current.value if current else None,
        NEW_VALUE: best.value,
        COVERAGE: round(best.coverage, 4),
        CHANGES: _changes(best.edits.added, best.edits.removed),
        OLD_VIOLATIONS: _named(violations),
        VIOLATIONS: _named(best.violations),
        QUESTIONS: ";".join(
            f"{q.term}({q.attribute} {q.value_gain:+.1%})"
            for q in proposal.questions[:_QUESTIONS_SHOWN]
        ),
        STATUS: state,
    }
    return Outcome(
        state=state,
        cells=cells | dict(extra or {}),
        violations=tuple((v.rule, v.name, v.severity.value, v.text) for v in violations),
        questions=tuple(
            (q.term, q.attribute, q.value_gain) for q in proposal.questions[:_QUESTIONS_KEPT]
        ),
    )


def _changes(added: tuple[str, ...], removed: tuple[str, ...]) -> str:
    parts = (
        f"加:{'、'.join(added)}" if added else "",
        f"去:{'、'.join(removed)}" if removed else "",
    )
    return ";".join(part for part in parts if part)


def _named(violations: tuple[Violation, ...]) -> str:
    return ";".join(f"{v.name}({v.text})" for v in violations)
