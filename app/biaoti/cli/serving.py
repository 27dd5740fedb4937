"""The command that serves HTTP."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from biaoti.cli import options, streams
from biaoti.cli.running import guarded
from biaoti.cli.setup import Setup
from biaoti.cli.start import files, open_session, read_settings, warm_up
from biaoti.cli.streams import FINE


def serve(
    *,
    host: Annotated[str | None, typer.Option("--host", help="监听地址,默认 127.0.0.1")] = None,
    port: Annotated[
        int | None, typer.Option("--port", min=0, max=65_535, help="端口,默认 8000")
    ] = None,
    keywords: options.Keywords = None,
    today: options.Today = None,
    lexicon: options.Lexicon = None,
    database: options.Database = None,
    no_store: options.NoStore = False,
) -> None:
    """Serve the same operations over HTTP."""
    setup = Setup(
        keywords=files(keywords),
        today=today,
        lexicon=lexicon,
        database=database,
        is_store_wanted=not no_store,
    )
    guarded(lambda: _serve(host, port, setup))


def _serve(host: str | None, port: int | None, setup: Setup) -> int:
    from biaoti.api import create_app, run  # noqa: PLC0415 - start-up

    settings = read_settings()
    settings = replace(
        settings,
        host=settings.host if host is None else host,
        port=settings.port if port is None else port,
    )
    session = open_session(setup, settings, streams.say)
    if session.stored:
        session = replace(session, market=session.stored(None))
    warm_up(session)
    run(create_app(session), host=settings.host, port=settings.port, log_level=settings.log_level)
    return FINE
