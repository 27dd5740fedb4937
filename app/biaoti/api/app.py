"""The service put together: routes, guards, the watch over fresh data, an orderly end."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache, partial
from http import HTTPStatus
from pathlib import Path
from types import FrameType

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response

from biaoti import __version__
from biaoti.api.documents import openapi
from biaoti.api.edge import Edge, Guards
from biaoti.api.health import add_health
from biaoti.api.keys import KeyRing
from biaoti.api.limits import Buckets, Lane, MemoryBuckets, RedisBuckets
from biaoti.api.logs import logger
from biaoti.api.metrics import Metrics
from biaoti.api.page import add_page
from biaoti.api.problems import by_status, refused
from biaoti.api.reports import add_reports
from biaoti.api.routes import add_operations, lanes_of
from biaoti.api.service import Service
from biaoti.api.streaming import add_rewrite
from biaoti.api.swap import Live, watch
from biaoti.api.uploads import Uploads
from biaoti.errors import BiaotiError
from biaoti.reports import ReportHeaders
from biaoti.settings import ServiceSettings
from biaoti.store import Place

_LOG = logger("biaoti.api")


def create_app(
    live: Live,
    settings: ServiceSettings,
    *,
    read_headers: Callable[[], ReportHeaders],
    uploads: Path | None = None,
    place: Place | None = None,
) -> FastAPI:
    """Return the service that answers from `live`; it is ready as soon as it exists.

    `uploads` is a private folder that the workers share, for reports that are only tried out;
    others are imported into the store at `place`.
    """
    service = Service(
        live=live,
        settings=settings,
        metrics=Metrics(),
        quick=Lane("quick", threads=1, waiting=settings.waiting),
        solves=Lane("solves", threads=settings.solves, waiting=settings.waiting),
        reading=Lane("reading", threads=1, waiting=4, patience=30.0),
        uploads=Uploads(uploads),
        read_headers=read_headers,
        place=place,
    )
    live.tell(service.metrics)
    buckets = _buckets(service)
    app = FastAPI(
        title="biaoti 标题",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        lifespan=lambda _: _lifespan(service, buckets),
        middleware=_middleware(service, buckets),
    )
    for add in (add_operations, add_rewrite, add_reports, add_health, add_page):
        add(app, service)
    app.add_exception_handler(BiaotiError, _bad_input)
    app.add_exception_handler(HTTPException, _http_error)
    # The document is built when first asked for, and kept.
    app.openapi = cache(partial(openapi, app, service))  # type: ignore[method-assign] # FastAPI's documented way
    return app


def _middleware(service: Service, buckets: Buckets | None) -> list[Middleware]:
    settings = service.settings
    keys = KeyRing(settings.keys_file)
    guards = Guards(settings=settings, keys=keys, buckets=buckets)
    found = [Middleware(Edge, guards=guards, metrics=service.metrics, lanes=lanes_of(service))]
    if settings.cors_origins:
        found.append(
            Middleware(
                CORSMiddleware,
                allow_origins=settings.cors_origins,
                allow_methods=["GET", "POST"],
                allow_headers=["Authorization", "Content-Type", "X-Request-ID"],
                expose_headers=["X-Request-ID", "Retry-After"],
            )
        )
    return found


def _buckets(service: Service) -> Buckets | None:
    settings = service.settings
    if not settings.rate:
        return None
    if settings.redis_url:
        failed = service.metrics.rate_store_errors.inc
        return RedisBuckets(settings.redis_url, settings.rate, failed)
    return MemoryBuckets(settings.rate)


def _bad_input(_: Request, error: Exception) -> Response:
    return (
        refused(error)
        if isinstance(error, BiaotiError)
        else by_status(HTTPStatus.INTERNAL_SERVER_ERROR)
    )


def _http_error(_: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        return by_status(HTTPStatus.INTERNAL_SERVER_ERROR)
    return by_status(HTTPStatus(error.status_code), error.headers)


# ---- from start to end -------------------------------------------------------------------------


@asynccontextmanager
async def _lifespan(service: Service, buckets: Buckets | None) -> AsyncIterator[None]:
    """Watch for new data while the service runs; at its end stop accepting only after a while."""
    tasks = []
    settings = service.settings
    if settings.watch_seconds and service.live.source:
        tasks.append(
            asyncio.create_task(watch(service.live, service.metrics, settings.watch_seconds))
        )
    _drain_first(service)
    _LOG.info("ready", lexicon=service.live.session.engine.lexicon.version)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        if buckets is not None:
            await buckets.close()
        service.close()


def _drain_first(service: Service) -> None:
    """Let the first SIGTERM only turn readiness off; the server hears of it a moment later.

    A balancer then has time to send requests elsewhere, and none meets a closed door.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    server_handler = signal.getsignal(signal.SIGTERM)
    if not callable(server_handler):
        return
    loop = asyncio.get_running_loop()

    def drain(number: int, frame: FrameType | None) -> None:
        if service.live.is_draining or not service.settings.drain_seconds:
            service.live.is_draining = True
            server_handler(number, frame)
            return
        service.live.is_draining = True
        loop.call_soon_threadsafe(
            loop.call_later, service.settings.drain_seconds, server_handler, number, frame
        )

    signal.signal(signal.SIGTERM, drain)
