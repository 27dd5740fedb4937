"""Keyword statistics kept over time, in SQLite or PostgreSQL (docs/adr/0011).

This file and `places` load no library: whether there is a store is asked at every start.
"""

from __future__ import annotations

from biaoti.store.places import Place, StoreError, find_place

__all__ = ["Place", "StoreError", "find_place"]
