"""Settings come from the environment, once, and a bad one is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from biaoti.cli.start import is_debug, models_target
from biaoti.records import Period
from biaoti.settings import Settings, SettingsError, default_folder, read_period

ROOT = Path(__file__).parents[1]


def test_an_empty_environment_gives_the_defaults() -> None:
    assert Settings.from_env({}) == Settings(
        lexicon_dir=ROOT / "lexicon", models_dir=ROOT / "models"
    )


def test_every_variable_is_read() -> None:
    env = {
        "BIAOTI_LEXICON_DIR": "/a",
        "BIAOTI_MODELS_DIR": "/m",
        "BIAOTI_EXTRA_LEXICON": "/b",
        "BIAOTI_CACHE_DIR": "/c",
        "BIAOTI_DATABASE_URL": "postgresql://db/shop",
        "BIAOTI_TODAY": "2026-06-01",
        "BIAOTI_HOST": "0.0.0.0",  # noqa: S104 - a text, nothing listens
        "BIAOTI_PORT": "81",
        "BIAOTI_LOG_LEVEL": "DEBUG",
        "BIAOTI_DEBUG": "1",
    }
    assert Settings.from_env(env) == Settings(
        lexicon_dir=Path("/a"),
        models_dir=Path("/m"),
        extra_lexicon=Path("/b"),
        cache_dir=Path("/c"),
        database="postgresql://db/shop",
        today="2026-06-01",
        host="0.0.0.0",  # noqa: S104
        port=81,
        log_level="debug",
        is_debug=True,
    )


@pytest.mark.parametrize(
    ("env", "folder"),
    [
        ({"HOME": "/h"}, Path("/h/.cache/biaoti")),
        ({"HOME": "/h", "XDG_CACHE_HOME": "/x"}, Path("/x/biaoti")),
        ({"USERPROFILE": "/u"}, Path("/u/.cache/biaoti")),
        ({"BIAOTI_CACHE_DIR": "", "HOME": ""}, None),
    ],
)
def test_the_cache_is_the_users_own(env: dict[str, str], folder: Path | None) -> None:
    assert Settings.from_env(env).cache_dir == folder


@pytest.mark.parametrize(
    ("env", "database"),
    [
        ({"HOME": "/h"}, "/h/.local/share/biaoti/biaoti.sqlite3"),
        ({"HOME": "/h", "XDG_DATA_HOME": "/x"}, "/x/biaoti/biaoti.sqlite3"),
        ({"HOME": "/h", "BIAOTI_DATABASE_URL": "/d.sqlite3"}, "/d.sqlite3"),
        ({"BIAOTI_DATABASE_URL": "", "HOME": ""}, None),
    ],
)
def test_the_store_is_the_users_own(env: dict[str, str], database: str | None) -> None:
    assert Settings.from_env(env).database == database


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-06",
        "2026-06-01..",
        "..2026-06-01",
        "2026-06-02..2026-06-01",
        "2026-06-01-2026-06-02",
    ],
)
def test_a_bad_period_is_named(text: str) -> None:
    with pytest.raises(SettingsError, match=r"^--period: found"):
        read_period("--period", text)


def test_a_period_may_be_one_day() -> None:
    assert read_period("--period", "2026-06-01") == Period(start="2026-06-01", end="2026-06-01")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("BIAOTI_TODAY", "tomorrow"),
        ("BIAOTI_TODAY", "2026-02-30"),
        ("BIAOTI_PORT", "http"),
        ("BIAOTI_PORT", "65536"),
        ("BIAOTI_PORT", "-1"),
        ("BIAOTI_LOG_LEVEL", "loud"),
    ],
)
def test_a_bad_variable_is_named(name: str, text: str) -> None:
    with pytest.raises(SettingsError, match=f"{name}: found '{text}'"):
        Settings.from_env({name: text})


def test_a_packaged_lexicon_wins_over_the_checkouts(tmp_path: Path) -> None:
    package = tmp_path / "app" / "biaoti"
    package.mkdir(parents=True)
    assert default_folder("lexicon", package) == tmp_path / "lexicon"
    (package / "data" / "lexicon").mkdir(parents=True)
    assert default_folder("lexicon", package) == package / "data" / "lexicon"


def test_a_file_of_settings_says_where_models_go_and_whether_to_debug(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("BIAOTI_DEBUG", "BIAOTI_MODELS_DIR"):
        monkeypatch.delenv(name, raising=False)
    assert not is_debug()
    (tmp_path / ".env").write_text("BIAOTI_MODELS_DIR=/shop\nBIAOTI_DEBUG=1\n", encoding="utf-8")
    assert models_target() == Path("/shop")
    assert is_debug()
    (tmp_path / ".env").write_bytes(b"BIAOTI_DEBUG=1\n\xff\xfe")
    assert not is_debug()
