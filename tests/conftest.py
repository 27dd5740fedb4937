"""What many tests share: the engine of the real lexicon, built once with a private cache."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import pytest

from biaoti.engine import Engine, build_engine

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class QuietEngine(Engine):
    """An engine that a failing test prints in one word, not in megabytes."""

    def __repr__(self) -> str:
        """Return one word."""
        return "engine"


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Return the engine of the project's own lexicon and models."""
    cache = tmp_path_factory.mktemp("cache")
    cache.chmod(0o700)
    built = build_engine(ROOT / "lexicon", cache=cache, models_dir=ROOT / "models")
    return QuietEngine(**{field.name: getattr(built, field.name) for field in fields(built)})
