"""The command `serve`: workers, the data they watch, and their end."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from biaoti.cli import options, streams
from biaoti.cli.running import guarded
from biaoti.cli.setup import Setup
from biaoti.cli.start import (
    environment,
    files,
    open_session,
    read_settings,
    report_headers,
    warm_up,
)
from biaoti.cli.stored import place_of, stored_categories, stored_version
from biaoti.cli.streams import FINE
from biaoti.settings import ServiceSettings, Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from biaoti.answers import Session
    from biaoti.api import Application, Source
    from biaoti.engine import Engine

# A thread that solves gives way to the one that reads and answers after so long.
_SWITCH_SECONDS = 0.001
_GRACE_SECONDS = 60
# A worker silent for so long is replaced. On a busy machine five seconds, uvicorn's own choice, may
# pass before a new one has loaded what it serves, and it would be killed again and again.
_SILENT_SECONDS = 60
_NO_STORE = "BIAOTI_NO_STORE"
# Beyond so many categories their keyword data is read when first asked for.
_MOST_MARKETS = 64
_FACTORY = "biaoti.cli.serving:application"


def serve(  # noqa: PLR0913 - one for each option
    *,
    host: Annotated[
        str | None,
        typer.Option("--host", metavar="ADDRESS", help="监听地址;默认 127.0.0.1,只有本机能访问"),
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", min=0, max=65_535, metavar="PORT", help="端口;默认 8000")
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, max=256, metavar="N", help="进程数;默认 1")
    ] = None,
    keywords: options.Keywords = None,
    today: options.Today = None,
    lexicon: options.Lexicon = None,
    database: options.Database = None,
    no_store: options.NoStore = False,
) -> None:
    """Serve the same operations over HTTP, and the page."""
    given = {
        "BIAOTI_HOST": host,
        "BIAOTI_PORT": port,
        "BIAOTI_WORKERS": workers,
        "BIAOTI_KEYWORDS": os.pathsep.join(str(path.resolve()) for path in files(keywords)),
        "BIAOTI_TODAY": today,
        "BIAOTI_DATABASE_URL": database,
        _NO_STORE: 1 if no_store else None,
        "BIAOTI_EXTRA_LEXICON": lexicon.resolve() if lexicon else None,
    }
    stated = {name: str(value) for name, value in given.items() if value not in {None, ""}}
    guarded(lambda: _serve(stated))


def _serve(stated: Mapping[str, str]) -> int:
    """Run the service until it is told to stop; its workers find all they need in their env."""
    import uvicorn  # noqa: PLC0415 - start-up

    for name, value in stated.items():
        os.environ[name] = value
    settings = read_settings()
    service = ServiceSettings.from_env(environment(), settings.host)
    if service.has_login and not (service.keys_file and service.keys_file.is_file()):
        streams.say("需要密钥才能调用:还没有密钥,用 biaoti keys create 创建")
    # The server hands the signal on when it has finished; this lets us leave in order.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(FINE))
    with _shared_folder(settings, service):
        # What cannot be loaded is told here, once, and not by every worker in turn.
        app: Application | str = application() if service.workers == 1 else _checked(settings)
        uvicorn.run(
            app,
            factory=isinstance(app, str),
            host=settings.host,
            port=settings.port,
            workers=service.workers,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            backlog=128,
            timeout_keep_alive=20,
            timeout_graceful_shutdown=_GRACE_SECONDS,
            timeout_worker_healthcheck=_SILENT_SECONDS,
        )
    return FINE


def _checked(settings: Settings) -> str:
    """Return the name of the workers' factory, once the parent has seen that it can work."""
    from biaoti.api import configure_logs  # noqa: PLC0415 - start-up

    configure_logs(settings.log_level)
    _loaded(_setup(settings), settings)
    return _FACTORY


@contextmanager
def _shared_folder(settings: Settings, service: ServiceSettings) -> Iterator[None]:
    """Give the workers a private folder for their measures, and for uploads without a cache."""
    from biaoti.api import METRICS_FOLDER  # noqa: PLC0415 - start-up

    with tempfile.TemporaryDirectory(prefix="biaoti-serve-") as folder:
        if service.workers > 1:
            (Path(folder) / "metrics").mkdir()
            os.environ[METRICS_FOLDER] = str(Path(folder) / "metrics")
        if settings.cache_dir is None:
            os.environ["BIAOTI_CACHE_DIR"] = str(Path(folder) / "cache")
        yield


def application() -> Application:
    """Return the service of this process's environment, loaded and warm: a worker's factory."""
    from biaoti.api import Live, configure_logs, create_app  # noqa: PLC0415 - start-up

    settings = read_settings()
    service = ServiceSettings.from_env(environment(), settings.host)
    configure_logs(settings.log_level)
    setup = _setup(settings)
    source = _source(setup, settings)
    served = source.fingerprint()
    session = _loaded(setup, settings)
    sys.setswitchinterval(_SWITCH_SECONDS)
    return create_app(
        Live(session=session, served=served, source=source),
        service,
        read_headers=lambda: report_headers(settings.lexicon_dir),
        uploads=settings.cache_dir / "uploads" if settings.cache_dir else None,
        place=place_of(setup, settings) if setup.is_store_wanted and settings.database else None,
    )


def _setup(settings: Settings) -> Setup:
    """Return what to serve: the reports of the settings, else the store unless it is unwanted."""
    return Setup(keywords=settings.keywords, is_store_wanted=not environment().get(_NO_STORE))


def _loaded(setup: Setup, settings: Settings, engine: Engine | None = None) -> Session:
    """Return a session with all it needs in memory: no request waits for a disk or a database."""
    session = open_session(setup, settings, streams.say, engine=engine)
    warm_up(session)
    if session.stored is None:
        return session
    for category in stored_categories(setup, settings)[:_MOST_MARKETS]:
        session.stored(category)
    return replace(session, market=session.stored(None))


# ---- fresh data --------------------------------------------------------------------------------


def _source(setup: Setup, settings: Settings) -> Source:
    """Return where this service's sessions come from: lexicon and models, keyword data."""
    from biaoti.api import Source  # noqa: PLC0415 - start-up

    def fingerprint() -> tuple[str, ...]:
        return (_words_state(settings), _data_state(setup, settings))

    def load(wanted: tuple[str, ...], served: Session, state: tuple[str, ...]) -> Session:
        return _loaded(setup, settings, served.engine if state[:1] == wanted[:1] else None)

    return Source(fingerprint=fingerprint, load=load)


def _words_state(settings: Settings) -> str:
    """Return what changes with any file of lexicon and models."""
    folders = (settings.lexicon_dir, settings.extra_lexicon, settings.models_dir)
    return _state(path for folder in folders if folder for path in sorted(folder.rglob("*")))


def _data_state(setup: Setup, settings: Settings) -> str:
    """Return what changes with the keyword data: of the reports stated, else of the store."""
    return _state(setup.keywords) if setup.keywords else stored_version(setup, settings)


def _state(paths: Iterator[Path] | tuple[Path, ...]) -> str:
    from biaoti.compiled import fingerprint  # noqa: PLC0415 - start-up

    return fingerprint((path for path in paths if path.is_file()), salt="served")
