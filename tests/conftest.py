"""What many tests share: the engine of the real lexicon, built once with a private cache."""

from __future__ import annotations

import os
import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import pytest
from hypothesis.vendor.pretty import RepresentationPrinter

import databases
from biaoti.engine import Engine, build_engine
from biaoti.policies import read_policy
from biaoti.records import Policy

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class QuietEngine(Engine):
    """An engine that a failing property prints in one word, not in megabytes."""

    def _repr_pretty_(self, printer: RepresentationPrinter, _: bool) -> None:  # noqa: FBT001
        printer.text("engine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a real PostgreSQL as slow; other slow tests say so themselves."""
    for item in items:
        call = getattr(item, "callspec", None)
        is_given = call is not None and call.params.get("database") == "postgresql"
        if is_given or "server" in getattr(item, "fixturenames", ()):
            item.add_marker("slow")


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Return the engine of the project's own lexicon and models."""
    cache = tmp_path_factory.mktemp("cache")
    cache.chmod(0o700)
    if seed := os.environ.get("BIAOTI_SEED_CACHE"):  # benchmarks/mutation.py
        shutil.copytree(seed, cache, dirs_exist_ok=True)
    built = build_engine(ROOT / "lexicon", cache=cache, models_dir=ROOT / "models")
    return QuietEngine(**{field.name: getattr(built, field.name) for field in fields(built)})


@pytest.fixture(scope="session")
def policy() -> Policy:
    """Return the project's own numbers."""
    return read_policy(tomllib.loads((ROOT / "lexicon" / "policy.toml").read_text("utf-8")))


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Return the URL of a private PostgreSQL server, the name of the database left open."""
    with databases.server() as found:
        yield found.url


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the path or URL of a store that does not exist yet, on each kind of database."""
    if request.param == "sqlite":
        return str(tmp_path / "data" / "store.sqlite3")
    return databases.new_database(request.getfixturevalue("server"))
