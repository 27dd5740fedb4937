"""The answers of the commands, field by field as their JSON."""

from __future__ import annotations

from dataclasses import dataclass

from biaoti.records.assembly import Status
from biaoti.records.checking import EvidenceNeeded, Violation
from biaoti.records.words import Slot


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedTerm:
    """A word of a proposed title: who vouches for it, what it costs, what is lost without it.

    `marginal_value` is the value of the best title less that of the best that says nothing of this
    word (below 0 only for one that must stand and is in the way); `keywords` are the listed ones,
    at most three, that are covered only through it.
    """

    text: str
    slot: Slot
    evidence: str
    width: int
    marginal_value: int
    keywords: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """The word that would add most to a title, and by how many bytes it does not fit."""

    text: str
    slot: Slot
    gain: int
    lacks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ByteValue:
    """What the best title would gain if the limit were `bytes` wider."""

    bytes: int
    gain: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The account of a title: bytes unused, the best word left out, what more bytes are worth."""

    room: int
    left_out: LeftOut | None
    byte_values: tuple[ByteValue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CoveredKeyword:
    """A listed keyword that the title covers (or misses), with its value in points.

    `is_traffic`: the listing's own visitors typed it; its value is what they are worth.
    """

    keyword: str
    value: int
    tightness: float
    is_traffic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Edits:
    """Words added to, removed from and moved within the current title, in reading order.

    `moved` are words of the seller's own that now stand before one they stood behind.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    moved: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentTitle:
    """The seller's own title, measured like ours."""

    title: str
    width: int
    value: int
    coverage: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedTitle:
    """A title with its proof and its reasons."""

    title: str
    width: int
    limit: int
    value: int
    bound: int
    gap: float
    status: Status
    coverage: float
    terms: tuple[PlacedTerm, ...]
    covered: tuple[CoveredKeyword, ...]
    missed: tuple[CoveredKeyword, ...]
    edits: Edits
    ledger: Ledger | None
    violations: tuple[Violation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """What the best title would hold more and less, were one assumption otherwise."""

    when: str
    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Robustness:
    """Whether the chosen words stay when assumptions change, and what flips where they do not.

    Asked are `lambda_zero` (words that stand together count for nothing more), `values_low` and
    `values_high` (each keyword at the low, the high end of what is credible) and `coarse` (keywords
    read as the compounds typed, not their parts); what changes nothing in a listing is not asked.
    """

    stable: bool
    flips: tuple[Flip, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """The best title within a number of term changes from the current one."""

    edits: int
    title: str
    value: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """A keyword we may not aim at, and the term that is the reason."""

    keyword: str
    reason: str
    term: str | None
    against: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A term nobody vouches for, and the share of the best value it would open up."""

    term: str
    attribute: str
    value_gain: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """What an answer rests on; `data` is None when there was no keyword data."""

    lexicon: str
    data: str | None
    model: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """The answer to `suggest` (改写建议)."""

    listing_id: str | None
    current: CurrentTitle | None
    best: ProposedTitle
    alternatives: tuple[ProposedTitle, ...]
    curve: tuple[CurvePoint, ...]
    short_title: str | None
    robustness: Robustness | None
    excluded: tuple[Exclusion, ...]
    questions: tuple[Question, ...]
    warnings: tuple[str, ...]
    versions: Versions


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """The answer to `check`."""

    listing_id: str | None
    violations: tuple[Violation, ...]
    needs_evidence: tuple[EvidenceNeeded, ...]
    consistency: float
    width: int
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """One demand of the objective.

    A listed keyword, an expected combination or a word that brings visitors already; whether it is
    covered, and what of its value the title earns: all of it where its words stand together in
    order.
    """

    keyword: str
    value: int
    earned: int
    is_covered: bool
    is_listed: bool
    is_traffic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreReport:
    """The answer to `score`.

    What the lines earned sums to the value, their values to that of the whole demand.
    """

    listing_id: str | None
    title: str
    width: int
    limit: int
    value: int
    coverage: float
    best_possible: int
    ledger: tuple[LedgerLine, ...]
    versions: Versions


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchReport:
    """The answer to `match`: whether this title answers this keyword."""

    keyword: str
    title: str
    covered: bool
    coverage: float
    relevance: float
    eligible: bool | None
    reasons: tuple[str, ...]
