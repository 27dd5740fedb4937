"""Environment -> Settings, once; what a merchandiser may change is lexicon data instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from biaoti.errors import BiaotiError
from biaoti.records import Period

LOG_LEVELS = ("critical", "error", "warning", "info", "debug")
_MAX_PORT = 65_535
_MANIFEST = "manifest.toml"
_STORE_FILE = "biaoti.sqlite3"
_HERE = Path(__file__).parent


class SettingsError(BiaotiError):
    """A variable of the environment that is not as it must be."""

    code = "bad-settings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where our data lies, the day (None: by the clock), and where the service listens.

    `database` is the path or URL of the store, None when nobody says where home is.
    """

    lexicon_dir: Path
    models_dir: Path | None = None
    extra_lexicon: Path | None = None
    cache_dir: Path | None = None
    database: str | None = None
    today: str | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    log_level: str = "info"
    is_debug: bool = False

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """Return the settings in `env`, where empty means absent. Raises SettingsError."""
        given = {name: value for name, value in env.items() if value}
        extra, today = given.get("BIAOTI_EXTRA_LEXICON"), given.get("BIAOTI_TODAY")
        lexicon = given.get("BIAOTI_LEXICON_DIR")
        return cls(
            lexicon_dir=Path(lexicon) if lexicon else default_folder("lexicon"),
            models_dir=_models_dir(given),
            extra_lexicon=Path(extra) if extra else None,
            cache_dir=_cache_dir(given),
            database=_database(given),
            today=read_day("BIAOTI_TODAY", today) if today else None,
            host=given.get("BIAOTI_HOST", "127.0.0.1"),
            port=_port(given.get("BIAOTI_PORT", "8000")),
            log_level=_log_level(given.get("BIAOTI_LOG_LEVEL", "info")),
            is_debug=given.get("BIAOTI_DEBUG", "0") != "0",
        )


def default_folder(name: str, package: Path = _HERE) -> Path:
    """Return the data folder that came with the wheel, else the one beside `app/` in a checkout."""
    packaged = package / "data" / name
    return packaged if packaged.is_dir() else package.parents[1] / name


def own_models_dir(env: Mapping[str, str]) -> Path | None:
    """Return the folder for models the user trains; None when nobody says where home is.

    >>> own_models_dir({"XDG_DATA_HOME": "/data"}).as_posix()
    '/data/biaoti/models'
    """
    if env.get("BIAOTI_MODELS_DIR"):
        return Path(env["BIAOTI_MODELS_DIR"])
    folder = _data_dir(env)
    return folder / "models" if folder else None


def _data_dir(env: Mapping[str, str]) -> Path | None:
    """Return the folder for what the user owns; None when nobody says where home is."""
    if env.get("XDG_DATA_HOME"):
        return Path(env["XDG_DATA_HOME"]) / "biaoti"
    home = env.get("HOME") or env.get("USERPROFILE")
    return Path(home) / ".local" / "share" / "biaoti" if home else None


def _database(env: Mapping[str, str]) -> str | None:
    """Return the path or URL of the store that is stated, else a file in the data folder."""
    folder = _data_dir(env)
    return env.get("BIAOTI_DATABASE_URL") or (str(folder / _STORE_FILE) if folder else None)


def _models_dir(env: Mapping[str, str]) -> Path:
    """Return the folder that is stated, else the user's own once trained, else ours."""
    own = own_models_dir(env)
    is_used = own is not None and ("BIAOTI_MODELS_DIR" in env or (own / _MANIFEST).is_file())
    return own if own is not None and is_used else default_folder("models")


def read_day(name: str, text: str) -> str:
    """Return an ISO date as it is; anything else raises SettingsError with `name`.

    >>> read_day("--today", "2026-06-01")
    '2026-06-01'
    """
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        msg = f"{name}: found {text!r}, expected a date such as 2026-06-01"
        raise SettingsError(msg) from error


def read_period(name: str, text: str) -> Period:
    """Return the period `START..END` of two ISO dates, or of one day; else raise SettingsError.

    >>> read_period("--period", "2026-06-01..2026-06-30").end
    '2026-06-30'
    """
    start, dots, end = text.partition("..")
    period = Period(start=read_day(name, start), end=read_day(name, end if dots else start))
    if period.start > period.end:
        msg = f"{name}: found {text!r}, expected the first and last day: 2026-06-01..2026-06-30"
        raise SettingsError(msg)
    return period


def _cache_dir(env: Mapping[str, str]) -> Path | None:
    """Return the folder for compiled data, the user's own; None when nobody says where home is."""
    if "BIAOTI_CACHE_DIR" in env:
        return Path(env["BIAOTI_CACHE_DIR"])
    if "XDG_CACHE_HOME" in env:
        return Path(env["XDG_CACHE_HOME"]) / "biaoti"
    home = env.get("HOME") or env.get("USERPROFILE")
    return Path(home) / ".cache" / "biaoti" if home else None


def _port(text: str) -> int:
    if not (
        text.isascii()
        and text.isdigit()
        and len(text) <= len(str(_MAX_PORT))
        and int(text) <= _MAX_PORT
    ):
        msg = f"BIAOTI_PORT: found {text!r}, expected a port from 0 to {_MAX_PORT}"
        raise SettingsError(msg)
    return int(text)


def _log_level(text: str) -> str:
    if text.lower() not in LOG_LEVELS:
        msg = f"BIAOTI_LOG_LEVEL: found {text!r}, expected one of {', '.join(LOG_LEVELS)}"
        raise SettingsError(msg)
    return text.lower()
