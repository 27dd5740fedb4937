"""Listing -> Facts: what may be claimed and why, what contradicts it, what nobody vouches for."""

from __future__ import annotations

from biaoti.facts.compositions import composition
from biaoti.facts.gathering import gather_facts, is_nothing
from biaoti.facts.rulings import (
    Facts,
    Words,
    is_generic,
    product_heads,
    rule_on,
    title_conflicts,
)

__all__ = [
    "Facts",
    "Words",
    "composition",
    "gather_facts",
    "is_generic",
    "is_nothing",
    "product_heads",
    "rule_on",
    "title_conflicts",
]
