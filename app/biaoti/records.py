"""Every noun that two modules share: frozen records, closed sets as enums, checked strings as types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

Term = NewType("Term", str)
"""A normalized word with identity; only `text.normalize` makes one."""


class Slot(StrEnum):
    """The role of a term in a title (docs/glossary.md, "slot")."""

    YEAR = "year"
    SEASON = "season"
    BRAND = "brand"
    STYLE = "style"
    CRAFT = "craft"
    MATERIAL = "material"
    SERIES = "series"
    ARTICLE_NUMBER = "article_number"
    DESIGN = "design"
    USE = "use"
    FEATURE = "feature"
    GRADE = "grade"
    PROMOTION = "promotion"
    PRODUCT = "product"
    AUDIENCE = "audience"
    COLOR = "color"
    SPEC = "spec"
    COMPATIBLE = "compatible"
    ORIGIN = "origin"
    GENERIC = "generic"


class Severity(StrEnum):
    """How urgent a finding is; `hint` is advice and never counts as a violation."""

    BLOCK = "block"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    HINT = "hint"


class Stage(StrEnum):
    """Life stage of a listing."""

    LAUNCH = "launch"
    GROWTH = "growth"
    MATURE = "mature"
    DECLINE = "decline"


class Status(StrEnum):
    """What the assembler may say of its answer."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"


class Verdict(StrEnum):
    """What the facts say of a term."""

    SUPPORTED = "supported"
    CONFLICT = "conflict"
    UNSUPPORTED = "unsupported"


# ---- words -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One meaning of a term: its slot, and the category words that select it (empty: anywhere)."""

    slot: Slot
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One word of the lexicon with its readings, the parts of a compound and its canonical form."""

    term: Term
    readings: tuple[Reading, ...]
    parts: tuple[Term, ...] = ()
    canonical: Term | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of one text: `text[start:end]`, and the normalized word it stands for."""

    term: Term
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TaggedTerm:
    """A token with its slot and the confidence of that reading, from 0 to 1."""

    text: str
    term: Term
    start: int
    end: int
    slot: Slot
    confidence: float


# ---- listing and facts -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Sibling:
    """Another listing of the same shop, as far as duplicate checks need it."""

    title: str
    listing_id: str | None = None
    article_number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One offer page as the seller describes it; None means unknown, an empty value means none."""

    title: str | None = None
    listing_id: str | None = None
    category: str | None = None
    brand: str | None = None
    authorised_brands: tuple[str, ...] | None = None
    attributes: Mapping[str, tuple[str, ...]] | None = None
    article_number: str | None = None
    price: float | None = None
    gross_margin: float | None = None
    stage: Stage = Stage.GROWTH
    promotions: tuple[str, ...] | None = None
    shipping: str | None = None
    services: tuple[str, ...] | None = None
    activities: tuple[str, ...] | None = None
    certificates: tuple[str, ...] | None = None
    endorsements: tuple[str, ...] | None = None
    shop_type: str | None = None
    shop_level: str | None = None
    sku_options: Mapping[str, tuple[str, ...]] | None = None
    keep_terms: tuple[str, ...] = ()
    avoid_terms: tuple[str, ...] = ()
    traffic_terms: Mapping[str, float] = field(default_factory=dict)
    siblings: tuple[Sibling, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A claim the listing may make: the words to print, the terms they give, and who vouches for them."""

    text: str
    slot: Slot
    evidence: str
    terms: frozenset[Term]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """The gate's answer for one term, with what speaks for it or against it."""

    verdict: Verdict
    evidence: str | None = None
    against: str | None = None


# ---- keyword statistics ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure known to lie in [low, high]; an exact figure has low == high."""

    low: float
    high: float

    @property
    def mid(self) -> float:
        """Return the geometric middle of a positive range (buckets are spaced by ratio), else the mean."""
        if self.low > 0:
            return float((self.low * self.high) ** 0.5)
        return (self.low + self.high) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """First and last day of a report, ISO dates, both inclusive."""

    start: str
    end: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeywordStat:
    """One keyword with the figures a report gave it; rates are shares 0..1, money is yuan, missing is None."""

    keyword: str
    category: str | None = None
    source: str | None = None
    period: Period | None = None
    demand_index: Interval | None = None
    impressions: float | None = None
    clicks: float | None = None
    orders: float | None = None
    click_through_rate: Interval | None = None
    conversion_rate: Interval | None = None
    supply: float | None = None
    tmall_share: float | None = None
    cost_per_click: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """A row that was not taken: where it is, what stood there, what was wanted."""

    file: str
    line: int
    column: str
    found: str
    expected: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportReading:
    """What came of reading reports: `read == len(rows) + merged + len(rejected)`; notes say what was decided."""

    rows: tuple[KeywordStat, ...]
    read: int
    merged: int
    rejected: tuple[Reject, ...]
    notes: tuple[str, ...] = ()


# ---- demand and assembly -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A value with its named factors: `total` is their product."""

    parts: tuple[tuple[str, float], ...]

    @property
    def total(self) -> float:
        """Return the product of the parts."""
        product = 1.0
        for _, factor in self.parts:
            product *= factor
        return product


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """A keyword worth `value` once every term in `needs` is in the title.

    `sequence` is the keyword's terms in the order typed (for tightness); a demand that no report listed
    but the term model expects has `is_listed` False.
    """

    keyword: str
    needs: frozenset[Term]
    value: int
    sequence: tuple[Term, ...] = ()
    is_listed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Words we may print: they cost `width` once and give every term in `gives`."""

    text: str
    slot: Slot
    evidence: str
    width: int
    gives: frozenset[Term]
    in_title: bool = False
    is_kept: bool = False
    group: str | None = None


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


# ---- checking ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A piece of the title that contradicts a fact: `claim` against `fact` of attribute `attribute`."""

    start: int
    end: int
    attribute: str
    claim: str
    fact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """All that a rule may look at: the title as given, its tagged terms, the listing, today's date (ISO)."""

    title: str
    listing: Listing
    terms: tuple[TaggedTerm, ...]
    conflicts: tuple[Conflict, ...]
    today: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What the rules say of one title, in order of position."""

    violations: tuple[Violation, ...]
    needs_evidence: tuple[EvidenceNeeded, ...]


# ---- lexicon -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """A brand name: its other script, where it is a brand, and longer words in which it is not one."""

    name: Term
    also: Term | None
    categories: tuple[str, ...]
    is_risky: bool
    not_in: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fibre:
    """A word that claims a material, and the share that justifies it: `100`, `main` or `any`."""

    fibre: str
    needs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit of a physical quantity and its factor to the quantity's base unit."""

    quantity: str
    factor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The numbers a merchandiser may change (lexicon/policy.toml), each documented there."""

    limit: int
    short_limit: int
    tightness_weight: float
    report_top: int
    node_budget: int
    soft_share: float
    soft_power: int
    off_product_share: float
    new_word_share: float
    prior_clicks: float
    supply_scale: float
    supply_exponent: Mapping[str, float]
    slot_order: tuple[Slot, ...]
    slot_prior: Mapping[Slot, float]
    slot_most: Mapping[Slot, int]
    nothing: frozenset[str]
    yes: frozenset[str]
    no: frozenset[str]
    fits: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """Everything the project knows about words, read once from `lexicon/`."""

    version: str
    entries: Mapping[Term, Entry]
    brands: Mapping[Term, Brand]
    closed: Mapping[str, Mapping[Term, frozenset[str]]]
    attribute_sets: Mapping[str, str]
    attribute_uses: Mapping[str, str]
    fibres: Mapping[Term, Fibre]
    units: Mapping[str, Unit]
    product_domains: Mapping[str, frozenset[str]]
    attribute_domains: Mapping[str, frozenset[str]]
    policy: Policy


# ---- answers -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedTerm:
    """A word of a proposed title: who vouches for it, what it costs, what is lost without it."""

    text: str
    slot: Slot
    evidence: str
    width: int
    marginal_value: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CoveredKeyword:
    """A listed keyword that the title covers (or misses), with its value in points."""

    keyword: str
    value: int
    tightness: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Edits:
    """Words added to and removed from the current title, in reading order."""

    added: tuple[str, ...]
    removed: tuple[str, ...]


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
    violations: tuple[Violation, ...]


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
    """One demand of the objective: a listed keyword or an expected combination, and whether it is covered."""

    keyword: str
    value: int
    is_covered: bool
    is_listed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreReport:
    """The answer to `score`: the lines sum to the value, and all lines to the value of the whole demand."""

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
    """The answer to `match`: does this title answer this keyword?"""

    keyword: str
    title: str
    covered: bool
    coverage: float
    relevance: float
    eligible: bool | None
    reasons: tuple[str, ...]
