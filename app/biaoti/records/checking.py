"""Findings of the rules, and all that a rule may look at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from biaoti.records.listing import Listing
from biaoti.records.words import TaggedTerm


class Severity(StrEnum):
    """How urgent a finding is; `hint` is advice and never counts as a violation."""

    BLOCK = "block"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    HINT = "hint"


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One finding; `start` and `end` are character offsets into the title as given."""

    rule: str
    name: str
    severity: Severity
    start: int
    end: int
    text: str
    message: str
    penalty: str
    source: str
    suggestion: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceNeeded:
    """A rule that abstained, and the listing key it would need to decide."""

    rule: str
    key: str
    start: int
    end: int
    text: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A piece of the title that contradicts a fact.

    `claim` against `fact` of attribute `attribute`.
    """

    start: int
    end: int
    attribute: str
    claim: str
    fact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """All that a rule may look at.

    The title as given, its tagged terms, the listing, today's date (ISO); `likely_category` is what
    the seller's own category model is sure of, None when it is not sure or there is none.
    """

    title: str
    listing: Listing
    terms: tuple[TaggedTerm, ...]
    conflicts: tuple[Conflict, ...]
    today: str
    likely_category: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What the rules say of one title, in order of position."""

    violations: tuple[Violation, ...]
    needs_evidence: tuple[EvidenceNeeded, ...]
