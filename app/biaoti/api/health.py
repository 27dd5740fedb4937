"""Is the service up, may it get requests, and how does it do."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response

from biaoti.api.documents import JSON, health_document, metrics_document
from biaoti.api.problems import problem
from biaoti.api.routes import json_line
from biaoti.api.service import Service
from biaoti.optimize import versions


def add_health(app: FastAPI, service: Service) -> None:
    """Add liveness, readiness and metrics."""

    async def alive() -> Response:
        return Response(json_line(_health(service)), media_type=JSON)

    async def ready() -> Response:
        if service.live.is_draining:
            status = HTTPStatus.SERVICE_UNAVAILABLE
            return problem(status, "stopping", "this worker finishes its requests and stops")
        return Response(json_line(_health(service)), media_type=JSON)

    async def metrics() -> Response:
        for lane in (service.quick, service.solves, service.reading):
            service.metrics.waiting.labels(lane.name).set(lane.waiting)
        return Response(service.metrics.text(), media_type=CONTENT_TYPE_LATEST)

    for path, answer, document in (
        ("/healthz", alive, health_document("Tell that the process answers, and from what.")),
        ("/readyz", ready, health_document("Tell whether to send requests here.", can_refuse=True)),
        ("/metrics", metrics, metrics_document(CONTENT_TYPE_LATEST)),
    ):
        app.add_api_route(
            path, answer, methods=["GET"], name=path[1:], response_class=Response, **document
        )


def _health(service: Service) -> dict[str, str | None]:
    session = service.live.session
    found = versions(session.engine, session.market)
    return {
        "status": "ok",
        "lexicon": found.lexicon,
        "data": found.data,
        "model": found.model,
    }
