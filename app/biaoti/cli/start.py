"""Options and settings -> a session: the engine, keyword data and day of a command."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from biaoti.cli.memory import collector_at_rest
from biaoti.cli.setup import Setup
from biaoti.cli.stored import stored_markets
from biaoti.settings import (
    Settings,
    SettingsError,
    default_folder,
    own_models_dir,
    read_day,
    read_period,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from biaoti.answers import Session
    from biaoti.engine import Engine
    from biaoti.listings import Aliases
    from biaoti.records import Period, ReportReading
    from biaoti.reports import ReportHeaders

ENV_FILE = ".env"
ALIASES_FILE = "listing_aliases.tsv"
HEADERS_FILE = "report_headers.tsv"


def environment() -> Mapping[str, str]:
    """Return this process's environment, and beneath it what `.env` in the folder says."""
    if not Path(ENV_FILE).is_file():
        return os.environ
    from dotenv import dotenv_values  # noqa: PLC0415 - start-up

    stated = dotenv_values(ENV_FILE, interpolate=False)
    return {**{name: value for name, value in stated.items() if value}, **os.environ}


def read_settings() -> Settings:
    """Return the settings of this process's environment."""
    return Settings.from_env(environment())


def models_target() -> Path | None:
    """Return where this user's trained models go; None when nobody says where home is."""
    return own_models_dir(environment())


def is_debug() -> bool:
    """Tell whether defects should come with a traceback, even when the settings cannot be read."""
    try:
        env = environment()
    except (OSError, UnicodeDecodeError):
        env = os.environ
    return env.get("BIAOTI_DEBUG", "0") not in {"", "0"}


def open_session(
    setup: Setup,
    settings: Settings,
    note: Callable[[str], None] = lambda _: None,
    *,
    engine: Engine | None = None,
) -> Session:
    """Return the session of `setup`; `note` is told what was left out of the reports.

    An `engine` that is given is used again.
    """
    from biaoti.answers import Session  # noqa: PLC0415 - start-up
    from biaoti.engine import make_market  # noqa: PLC0415 - start-up

    with collector_at_rest():
        engine = engine or lexicon_engine(setup, settings)
        market = None
        if setup.keywords:
            reading = read_keywords(setup, settings)
            market = make_market(engine, reading.rows)
            note(_summary(reading))
        return Session(
            engine=engine,
            aliases=load_alias_names(settings.lexicon_dir),
            market=market,
            today=today(setup, settings),
            stored=stored_markets(setup, settings, engine),
        )


def warm_up(session: Session) -> None:
    """Read what the engine reads late, so that a service that is ready has found every fault.

    The examples of the rules are checked, which compiles what they match with: the first requests
    are then hardly slower than the next.
    """
    from biaoti.engine import check  # noqa: PLC0415 - start-up
    from biaoti.listings import read_listing  # noqa: PLC0415 - start-up

    engine = session.engine
    with collector_at_rest():
        for name in ("rulebook", "is_near", "model_version"):
            getattr(engine, name)
        for rule in engine.rulebook.rules.values():
            for example in (rule.violating, rule.clean):
                check(engine, read_listing(example.listing, session.aliases), session.today())


def lexicon_folders(setup: Setup, settings: Settings) -> tuple[Path, Path | None]:
    """Return the folder of our lexicon and of the seller's own words. Raises SettingsError."""
    extra = setup.lexicon or settings.extra_lexicon
    for folder in (settings.lexicon_dir, extra):
        if folder is not None and not folder.is_dir():
            msg = f"{folder}: is no folder, expected a folder with lexicon files"
            raise SettingsError(msg)
    return settings.lexicon_dir, extra


def lexicon_engine(setup: Setup, settings: Settings) -> Engine:
    """Return the engine of our lexicon with the seller's own words added."""
    from biaoti.engine import build_engine  # noqa: PLC0415 - start-up

    ours, extra = lexicon_folders(setup, settings)
    return build_engine(
        ours,
        extra=extra,
        cache=settings.cache_dir,
        models_dir=settings.models_dir,
        shipped_models=default_folder("models"),
    )


def read_keywords(setup: Setup, settings: Settings) -> ReportReading:
    """Return what the reports of `setup` say together."""
    from biaoti.reports import read_reports  # noqa: PLC0415 - start-up

    headers = report_headers(settings.lexicon_dir)
    return read_reports(setup.keywords, headers, category=setup.category, period=period_of(setup))


def period_of(setup: Setup) -> Period | None:
    """Return the period that the command line states, None without one. Raises SettingsError."""
    return read_period("--period", setup.period) if setup.period else None


def report_headers(folder: Path) -> ReportHeaders:
    """Return the header names of the lexicon in `folder`."""
    from biaoti.reports import load_headers  # noqa: PLC0415 - start-up

    return load_headers(folder / HEADERS_FILE)


def load_alias_names(folder: Path) -> Aliases:
    """Return the names of listing keys of the lexicon in `folder`."""
    from biaoti.listings import load_aliases  # noqa: PLC0415 - start-up

    return load_aliases(folder / ALIASES_FILE)


def today(setup: Setup, settings: Settings) -> Callable[[], str]:
    """Return a function for today's ISO date: the option, else the setting, else the clock."""
    if setup.today:
        fixed = read_day("--today", setup.today)
        return lambda: fixed
    if settings.today:
        stated = settings.today
        return lambda: stated
    return lambda: datetime.now().astimezone().date().isoformat()


def _summary(reading: ReportReading) -> str:
    """Return one line on rows that were left out, nothing when all were taken."""
    if not reading.rejected:
        return ""
    first = reading.rejected[0]
    return (
        f"报表:读 {reading.read} 行,留 {len(reading.rows)},合并 {reading.merged},"
        f"拒绝 {len(reading.rejected)}"
        f"(如 {first.file}:{first.line} {first.column}: {first.found!r})"
    )


def files(paths: Sequence[Path] | None) -> tuple[Path, ...]:
    """Return the paths of a repeatable option, none when it was not given."""
    return tuple(paths or ())
