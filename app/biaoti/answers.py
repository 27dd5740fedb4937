"""One decoded request -> one plain answer: what the command line and the service both call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Any, assert_never

from biaoti.encode import plain, tags
from biaoti.engine import Engine, check, tag_text
from biaoti.errors import BiaotiError, ListingError
from biaoti.listings import Aliases, read_listing, read_text, unknown_listing_keys
from biaoti.records import (
    CheckReport,
    Listing,
    MatchReport,
    Proposal,
    ScoreReport,
    SecondsLeft,
    TaggedTerm,
    forever,
)
from biaoti.rules import Edit, apply_fixes
from biaoti.score import Market

if TYPE_CHECKING:
    from biaoti.brief import Options

LIMIT_RANGE = (1, 1000)
COUNT_RANGE = (1, 10)
EDITS_RANGE = (0, 100)

_TAG_KEYS = ("title", "listing")
_MATCH_KEYS = ("keyword", "title", "listing")


class UsageError(BiaotiError):
    """An option that is unknown or out of its range."""

    code = "bad-request"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What one process answers from: the engine, the names of keys, the keyword data, the day.

    `stored`, when given, returns the keyword data for a listing of some category, None when there
    is none; it goes before `market`. `seconds_left` bounds a suggestion and a score.
    """

    engine: Engine
    aliases: Aliases
    market: Market | None
    today: Callable[[], str]
    stored: Callable[[str | None], Market | None] | None = None
    seconds_left: SecondsLeft = forever


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a request may ask for beside its body: width limit, titles, edits, mending.

    `candidate` is a title to score in the place of the listing's own.
    """

    limit: int | None = None
    count: int = 1
    max_edits: int | None = None
    is_fix: bool = False
    candidate: str | None = None

    def __post_init__(self) -> None:
        """Refuse values out of range."""
        for name, value, (low, high) in (
            ("limit", self.limit, LIMIT_RANGE),
            ("count", self.count, COUNT_RANGE),
            ("max_edits", self.max_edits, EDITS_RANGE),
        ):
            if value is not None and not low <= value <= high:
                msg = f"{name}: found {value}, expected a number from {low} to {high}"
                raise UsageError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """The title without what may safely go, and what went; `edits` point into the title given."""

    title: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedReport(CheckReport):
    """A check with the title mended."""

    fixed: Fixed


Answer = Proposal | ScoreReport | CheckReport | MatchReport | tuple[TaggedTerm, ...]


class Operation(StrEnum):
    """What one may ask of a listing."""

    SUGGEST = "suggest"
    CHECK = "check"
    SCORE = "score"
    TAG = "tag"
    MATCH = "match"


def market_for(session: Session, listing: Listing) -> Market | None:
    """Return the keyword data by which `listing` is judged, None without any."""
    return session.stored(listing.category) if session.stored else session.market


def _options(session: Session, wishes: Wishes) -> Options:
    from biaoti.brief import Options  # noqa: PLC0415 - start-up

    return Options(
        limit=wishes.limit,
        count=wishes.count,
        max_edits=wishes.max_edits,
        seconds_left=session.seconds_left,
    )


def suggestion(session: Session, listing: Listing, wishes: Wishes) -> Proposal:
    """Return the proposal for `listing` from the session's keyword data."""
    from biaoti.optimize import suggest  # noqa: PLC0415 - start-up

    options = _options(session, wishes)
    return suggest(
        session.engine, listing, market_for(session, listing), options, today=session.today()
    )


def valuation(session: Session, listing: Listing, wishes: Wishes) -> ScoreReport:
    """Return what the listing's own title is worth."""
    from biaoti.optimize import score  # noqa: PLC0415 - start-up

    options = _options(session, wishes)
    candidate = None if wishes.candidate is None else read_text("title", wishes.candidate)
    return score(
        session.engine,
        listing,
        market_for(session, listing),
        options,
        today=session.today(),
        candidate=candidate,
    )


def inspection(session: Session, listing: Listing, wishes: Wishes) -> CheckReport:
    """Return the misuse in the listing's title, which must be there (it may be empty).

    With `is_fix` a FixedReport; it judges the title as given, not the mended one.
    """
    if listing.title is None:
        msg = "title: found nothing, expected the title to check"
        raise ListingError(msg, "/title")
    report = check(session.engine, listing, session.today())
    if not wishes.is_fix:
        return report
    title, edits = apply_fixes(listing.title, report.violations, session.engine.rulebook)
    parts = {field.name: getattr(report, field.name) for field in fields(CheckReport)}
    return FixedReport(**parts, fixed=Fixed(title=title, edits=edits))


def matching(session: Session, data: object) -> MatchReport:
    """Return whether the title of `{keyword, title, listing?}` answers its keyword."""
    from biaoti.matching import match  # noqa: PLC0415 - start-up

    body = _body(data, _MATCH_KEYS, session.aliases)
    keyword, title = _needed(body, "keyword"), _needed(body, "title")
    return match(session.engine, keyword, title, _listing(session, body), today=session.today())


def tagging(session: Session, data: object) -> tuple[TaggedTerm, ...]:
    """Return the words of the title of `{title, listing?}` or of a listing, with their slots."""
    title, listing = _tag_request(session, data)
    return tag_text(session.engine, title, listing)


# ---- any of the five ---------------------------------------------------------------------------


def respond(operation: Operation, session: Session, data: object, wishes: Wishes) -> Answer:
    """Return the answer of `operation` to the request `data`; BiaotiError says what is wrong."""
    match operation:
        case Operation.SUGGEST:
            return suggestion(session, read_listing(data, session.aliases), wishes)
        case Operation.SCORE:
            return valuation(session, read_listing(data, session.aliases), wishes)
        case Operation.CHECK:
            return inspection(session, read_listing(data, session.aliases), wishes)
        case Operation.TAG:
            return tagging(session, data)
        case Operation.MATCH:
            return matching(session, data)
    assert_never(operation)


def encoded(answer: Answer) -> dict[str, Any]:
    """Return `answer` as the plain object both faces write."""
    if isinstance(answer, tuple):
        return tags(answer)
    body: dict[str, Any] = plain(answer)
    return body


# ---- bodies that are not a listing -------------------------------------------------------------


def _tag_request(session: Session, data: object) -> tuple[str, Listing | None]:
    """Return title and listing of `{title, listing?}`; a listing with a title is taken as it is."""
    if isinstance(data, Mapping) and "listing" not in data and len(data) > 1:
        listing = read_listing(data, session.aliases)
        return _needed({"title": listing.title}, "title"), listing
    body = _body(data, _TAG_KEYS, session.aliases)
    return _needed(body, "title"), _listing(session, body)


def _body(data: object, keys: tuple[str, ...], aliases: Aliases) -> dict[str, object]:
    if not isinstance(data, Mapping):
        msg = f"body: found no object, expected {{{', '.join(keys)}}}"
        raise ListingError(msg)
    named = {name: name if name in keys else aliases.keys.get(name, name) for name in data}
    unknown = [str(name) for name, key in named.items() if key not in keys]
    if unknown:
        raise unknown_listing_keys(unknown, keys)
    if len(set(named.values())) < len(named):
        msg_0 = "body: a key is given twice under two names"
        raise ListingError(msg_0)
    return {key: data[name] for name, key in named.items()}


def _needed(body: Mapping[str, object], key: str) -> str:
    if body.get(key) is None:
        msg = f"{key}: found nothing, expected a text"
        raise ListingError(msg, f"/{key}")
    return read_text(key, body[key])


def _listing(session: Session, body: Mapping[str, object]) -> Listing | None:
    given = body.get("listing")
    if given is None:
        return None
    try:
        return read_listing(given, session.aliases)
    except ListingError as error:
        error.faults = tuple((f"/listing{pointer}", text) for pointer, text in error.faults)
        raise


def title_of(data: object, aliases: Aliases) -> str:
    """Return the title of a request that was answered, empty when it had none."""
    if not isinstance(data, Mapping):
        return ""
    titles = (value for name, value in data.items() if aliases.key_of(str(name)) == "title")
    return str(next(titles, None) or "")
