"""Sections of policy.toml -> records; the rest of the file is read by `lexicon`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from biaoti.records import CataloguePolicy

_DAYS, _HOURS = 7, 24


def read_catalogue_policy(raw: Mapping[str, Any]) -> CataloguePolicy:
    """Return the numbers of the section `[catalogue]`.

    KeyError or ValueError name what is missing or wrong.
    """
    days, hours = raw["relisting"]["days"], raw["relisting"]["hours"]
    if len(days) != _DAYS or len(hours) != _HOURS or min(*days, *hours) < 0:
        raise ValueError(f"relisting: expected {_DAYS} days and {_HOURS} hours, none below 0")
    if not sum(days) or not sum(hours) or raw["shown_per_shop"] < 1:
        raise ValueError("relisting, shown_per_shop: expected something above 0")
    return CataloguePolicy(
        shown_per_shop=int(raw["shown_per_shop"]),
        bound_rounds=int(raw["bound_rounds"]),
        bound_gap=float(raw["bound_gap"]),
        shop_columns=frozenset(raw["shop_columns"]),
        accepted=frozenset(raw["accepted"]),
        order_times=frozenset(raw["order_times"]),
        days=tuple(map(float, days)),
        hours=tuple(map(float, hours)),
    )
