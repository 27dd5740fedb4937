"""What many tests share: the real lexicon's engine, built once with a private cache."""

from __future__ import annotations

from pathlib import Path

import pytest

from biaoti.engine import Engine, build_engine

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Return the engine of the project's own lexicon."""
    cache = tmp_path_factory.mktemp("cache")
    cache.chmod(0o700)
    return build_engine(ROOT / "lexicon", cache=cache)
