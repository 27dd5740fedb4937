"""Words: terms, slots, what the lexicon knows of them, and the policy beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, NewType

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


class Token(NamedTuple):
    """A piece of one text: `text[start:end]`, and the normalized word it stands for.

    A named tuple, as is `TaggedTerm`: thousands a second are made, at a third of the price.
    """

    term: Term
    start: int
    end: int


class TaggedTerm(NamedTuple):
    """A token with its slot and the confidence of that reading, from 0 to 1."""

    text: str
    term: Term
    start: int
    end: int
    slot: Slot
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """A brand name: its other script, where it is a brand, longer words in which it is not one."""

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
class CataloguePolicy:
    """The numbers of many listings: how many of a shop are shown, when shoppers order.

    `days` are relative weights from Monday, `hours` from midnight; names and words are normalized.
    """

    shown_per_shop: int
    bound_rounds: int
    bound_gap: float
    shop_columns: frozenset[str]
    accepted: frozenset[str]
    order_times: frozenset[str]
    days: tuple[float, ...]
    hours: tuple[float, ...]


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
    soft_growth: float
    new_word_share: float
    own_word_worth: Mapping[Slot, float]
    new_word_worth: Mapping[Slot, float]
    traffic_share: float
    term_spread: float
    keyword_spread: float
    spread_evidence: float
    breadth_slope: Mapping[str, float]
    usual_rate: Mapping[str, float]
    index_trials: float
    uncounted_trials: float
    supply_scale: float
    supply_growth: float
    supply_exponent: Mapping[str, float]
    tmall_weight: Mapping[str, float]
    slot_order: tuple[Slot, ...]
    slot_leads: Mapping[str, tuple[Slot, ...]]
    slot_prior: Mapping[Slot, float]
    slot_most: Mapping[Slot, int]
    nothing: frozenset[str]
    yes: frozenset[str]
    no: frozenset[str]
    fits: frozenset[str]
    kind_names: frozenset[str]
    place_names: frozenset[str]
    wholes: frozenset[str]
    idle_measures: frozenset[str]
    shop_words: frozenset[str]
    suffixes: frozenset[str]
    prefixes: frozenset[str]
    loners: frozenset[str]
    launch_season_wears: Mapping[str, tuple[str, ...]]
    catalogue: CataloguePolicy


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
