"""A listing as the seller describes it, and what may be claimed of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from biaoti.records.words import Slot, Term


class Stage(StrEnum):
    """Life stage of a listing."""

    LAUNCH = "launch"
    GROWTH = "growth"
    MATURE = "mature"
    DECLINE = "decline"


class Verdict(StrEnum):
    """What the facts say of a term."""

    SUPPORTED = "supported"
    CONFLICT = "conflict"
    UNSUPPORTED = "unsupported"


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
    """A claim the listing may make.

    The words to print, the terms they give, and who vouches for them.
    """

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
