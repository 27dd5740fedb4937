"""The five operations: read, call, answer, with the very bytes the command prints for `--json`."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from biaoti.answers import Operation, Wishes, encoded, respond
from biaoti.api.documents import JSON, operation_document
from biaoti.api.limits import Lane, expect_type, read_body
from biaoti.api.queries import PARAMETERS, read_query, wishes_of
from biaoti.api.service import Service
from biaoti.decode import MAX_BYTES, read_json
from biaoti.encode import dumps

TAKES = {
    Operation.SUGGEST: ("limit", "count", "max_edits", "report"),
    Operation.SCORE: ("limit", "max_edits", "candidate", "report"),
    Operation.CHECK: ("fix",),
    Operation.TAG: (),
    Operation.MATCH: (),
}
_SOLVING = frozenset({Operation.SUGGEST, Operation.SCORE})


class _Direct(APIRoute):
    """A route whose handler reads the request itself: there is nothing to decode or inject."""

    def get_route_handler(self) -> Callable[..., Any]:
        return self.endpoint


def add_operations(app: FastAPI, service: Service) -> None:
    """Add the routes of the five operations."""
    for operation in Operation:
        app.router.add_api_route(
            f"/v1/{operation.value}",
            _handler(service, operation),
            methods=["POST"],
            name=operation.value,
            response_class=Response,
            route_class_override=_Direct,
            **operation_document(operation, TAKES[operation]),
        )


def lanes_of(service: Service) -> dict[str, Lane]:
    """Return the lane of each path of an operation."""
    return {
        f"/v1/{operation.value}": service.solves if operation in _SOLVING else service.quick
        for operation in Operation
    }


def _handler(service: Service, operation: Operation) -> Callable[..., Any]:
    table = {name: PARAMETERS[name] for name in TAKES[operation]}
    lane = lanes_of(service)[f"/v1/{operation.value}"]

    async def answer(request: Request) -> Response:
        values = read_query(request.query_params.multi_items(), table)
        wishes, report_id = wishes_of(values), values.get("report")
        expect_type(request, JSON)
        body = await read_body(request, MAX_BYTES)
        content = await lane.run(lambda: _answer(service, operation, body, wishes, report_id))
        return Response(content, media_type=JSON)

    return answer


def _answer(
    service: Service, operation: Operation, body: bytes, wishes: Wishes, report_id: str | None
) -> bytes:
    started = time.perf_counter()
    session = service.timed(service.session(report_id))
    answer = respond(operation, session, read_json(body), wishes)
    service.metrics.observe(answer, time.perf_counter() - started)
    return json_line(encoded(answer))


def json_line(value: object) -> bytes:
    """Return `value` as the command writes it."""
    return f"{dumps(value)}\n".encode()
