"""Environment -> Settings, once; what a merchandiser may change is lexicon data instead."""

from __future__ import annotations

import ipaddress
import os
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
    keywords: tuple[Path, ...] = ()

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
            keywords=tuple(map(Path, given.get("BIAOTI_KEYWORDS", "").split(os.pathsep)))
            if given.get("BIAOTI_KEYWORDS")
            else (),
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


# ---- the service -------------------------------------------------------------------------------

LOGINS = ("auto", "always", "never")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings:
    """Who may call the service, how much, how often. Times are seconds, sizes bytes, 0 is "off"."""

    workers: int = 1
    has_login: bool = False
    keys_file: Path | None = None
    rate: int = 100
    redis_url: str | None = None
    allowed_hosts: tuple[str, ...] = ()
    cors_origins: tuple[str, ...] = ()
    max_upload: int = 32 * 2**20
    max_lines: int = 100_000
    solves: int = 1
    waiting: int = 32
    solve_seconds: float = 2.0
    watch_seconds: float = 2.0
    drain_seconds: float = 1.0

    @classmethod
    def from_env(cls, env: Mapping[str, str], host: str) -> ServiceSettings:
        """Return the settings in `env` of a service on address `host`. Raises SettingsError."""
        given = {name: value for name, value in env.items() if value}
        is_local = is_loopback(host)
        hosts = _names(given, "BIAOTI_ALLOWED_HOSTS")
        return cls(
            workers=_whole(given, "BIAOTI_WORKERS", 1, 1, 256),
            has_login=_has_login(given, is_local=is_local),
            keys_file=keys_file(given),
            rate=_whole(given, "BIAOTI_RATE", 100, 0, 1_000_000),
            redis_url=given.get("BIAOTI_REDIS_URL"),
            # A page of a stranger may name an address of its own that leads to this machine.
            allowed_hosts=hosts or (("localhost", "127.0.0.1", "[::1]", host) if is_local else ()),
            cors_origins=_names(given, "BIAOTI_CORS_ORIGINS"),
            max_upload=_whole(given, "BIAOTI_MAX_UPLOAD_MB", 32, 1, 128) * 2**20,
            max_lines=_whole(given, "BIAOTI_MAX_LINES", 100_000, 1, 1_000_000_000),
            solves=_whole(given, "BIAOTI_SOLVES", 1, 1, 64),
            waiting=_whole(given, "BIAOTI_WAITING", 32, 0, 10_000),
            solve_seconds=_whole(given, "BIAOTI_SOLVE_MS", 2_000, 0, 600_000) / 1000,
            watch_seconds=_whole(given, "BIAOTI_WATCH_MS", 2_000, 0, 3_600_000) / 1000,
            drain_seconds=_whole(given, "BIAOTI_DRAIN_MS", 1_000, 0, 600_000) / 1000,
        )


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach `host`.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def keys_file(env: Mapping[str, str]) -> Path | None:
    """Return the file of API keys; None when nobody says where home is."""
    if env.get("BIAOTI_KEYS_FILE"):
        return Path(env["BIAOTI_KEYS_FILE"])
    if env.get("XDG_CONFIG_HOME"):
        return Path(env["XDG_CONFIG_HOME"]) / "biaoti" / "keys.json"
    home = env.get("HOME") or env.get("USERPROFILE")
    return Path(home) / ".config" / "biaoti" / "keys.json" if home else None


def _has_login(env: Mapping[str, str], *, is_local: bool) -> bool:
    login = env.get("BIAOTI_LOGIN", "auto")
    if login not in LOGINS:
        msg = f"BIAOTI_LOGIN: found {login!r}, expected one of {', '.join(LOGINS)}"
        raise SettingsError(msg)
    return login == "always" or (login == "auto" and not is_local)


def _names(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in env.get(name, "").split(",") if part.strip())


def _whole(env: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    text = env.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(high))):
        msg = f"{name}: found {text!r}, expected a whole number from {low} to {high}"
        raise SettingsError(msg)
    if not low <= int(text) <= high:
        msg = f"{name}: found {text}, expected a whole number from {low} to {high}"
        raise SettingsError(msg)
    return int(text)
