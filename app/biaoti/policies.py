"""The parsed policy.toml -> records: the numbers and short lists a merchandiser may change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from biaoti.records import CataloguePolicy, Policy, Slot

_DAYS, _HOURS = 7, 24


def read_policy(raw: Mapping[str, Any]) -> Policy:
    """Return the policy of a parsed policy.toml; KeyError or ValueError name what is wrong."""
    return Policy(
        limit=int(raw["width"]["limit"]),
        short_limit=int(raw["width"]["short_limit"]),
        tightness_weight=float(raw["assembly"]["tightness_weight"]),
        report_top=int(raw["assembly"]["report_top"]),
        node_budget=int(raw["assembly"]["node_budget"]),
        soft_share=float(raw["demand"]["soft_share"]),
        soft_power=int(raw["demand"]["soft_power"]),
        off_product_share=float(raw["demand"]["off_product_share"]),
        soft_growth=float(raw["demand"]["soft_growth"]),
        new_word_share=float(raw["demand"]["new_word_share"]),
        own_word_worth={Slot(name): float(v) for name, v in raw["own_word_worth"].items()},
        new_word_worth={Slot(name): float(v) for name, v in raw["new_word_worth"].items()},
        traffic_share=float(raw["demand"]["traffic_share"]),
        term_spread=float(raw["rates"]["term_spread"]),
        keyword_spread=float(raw["rates"]["keyword_spread"]),
        spread_evidence=float(raw["rates"]["spread_evidence"]),
        breadth_slope={k: float(v) for k, v in raw["rates"]["breadth_slope"].items()},
        usual_rate={k: float(v) for k, v in raw["rates"]["usual_rate"].items()},
        index_trials=float(raw["rates"]["index_trials"]),
        uncounted_trials=float(raw["rates"]["uncounted_trials"]),
        supply_scale=float(raw["competition"]["supply_scale"]),
        supply_growth=float(raw["competition"]["supply_growth"]),
        supply_exponent={k: float(v) for k, v in raw["competition"]["supply_exponent"].items()},
        tmall_weight={k: float(v) for k, v in raw["competition"]["tmall_weight"].items()},
        slot_order=tuple(Slot(name) for name in raw["order"]["slots"]),
        slot_leads={k: tuple(map(Slot, v)) for k, v in raw["order"].get("leads", {}).items()},
        slot_prior={Slot(name): float(v) for name, v in raw["prior"].items()},
        slot_most={Slot(name): int(v) for name, v in raw["most"].items()},
        nothing=frozenset(raw["values"]["nothing"]),
        yes=frozenset(raw["values"]["yes"]),
        no=frozenset(raw["values"]["no"]),
        fits=frozenset(raw["values"]["fits"]),
        kind_names=frozenset(raw["values"]["kind_names"]),
        place_names=frozenset(raw["values"]["place_names"]),
        wholes=frozenset(raw["values"]["wholes"]),
        idle_measures=frozenset(raw["values"]["idle_measures"]),
        shop_words=frozenset(raw["values"]["shop_words"]),
        suffixes=frozenset(raw["values"]["suffixes"]),
        prefixes=frozenset(raw["values"]["prefixes"]),
        loners=frozenset(raw["values"]["loners"]),
        launch_season_wears={k: tuple(v) for k, v in raw["launch_season_wears"].items()},
        catalogue=read_catalogue_policy(raw["catalogue"]),
    )


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
