"""What many tests share: the engine of the real lexicon, built once with a private cache."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from biaoti.engine import Engine, build_engine

LEXICON = Path(__file__).parents[1] / "lexicon"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class QuietEngine(Engine):
    """An engine that a failing test prints in one word, not in megabytes."""

    def __repr__(self) -> str:
        """Return one word."""
        return "engine"


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Return the engine of the project's own lexicon."""
    cache = tmp_path_factory.mktemp("cache")
    cache.chmod(0o700)
    built = build_engine(LEXICON, cache=cache)
    return QuietEngine(
        lexicon=built.lexicon,
        segmenter=built.segmenter,
        rulebook=built.rulebook,
        model_version=built.model_version,
    )
