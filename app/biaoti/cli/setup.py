"""What a command line says about the data to work with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """Reports or a store, category and period of interest, own words, the day.

    A store that is not stated is the one of the settings, used where `is_store_wanted`.
    """

    keywords: tuple[Path, ...] = ()
    category: str | None = None
    lexicon: Path | None = None
    today: str | None = None
    period: str | None = None
    database: str | None = None
    is_store_wanted: bool = False
