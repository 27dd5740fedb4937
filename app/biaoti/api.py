"""The HTTP face: read, call, answer, with the very bytes that the command prints for `--json`."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException

from biaoti import __version__
from biaoti.answers import (
    COUNT_RANGE,
    EDITS_RANGE,
    LIMIT_RANGE,
    FixedReport,
    Operation,
    Session,
    UsageError,
    Wishes,
    encoded,
    respond,
)
from biaoti.decode import MAX_BYTES, TooLargeError
from biaoti.decode import read_json as decode_json
from biaoti.encode import dumps, written
from biaoti.errors import BiaotiError
from biaoti.listings import unknown_keys
from biaoti.schemas import components

_LOG = logging.getLogger("biaoti.api")
_JSON, _PROBLEM = "application/json", "application/problem+json"
_WISHES = {"limit": LIMIT_RANGE, "count": COUNT_RANGE, "max_edits": EDITS_RANGE}
_TAKES = {
    Operation.SUGGEST: ("limit", "count", "max_edits"),
    Operation.SCORE: ("limit", "max_edits"),
    Operation.CHECK: ("fix",),
    Operation.TAG: (),
    Operation.MATCH: (),
}
_CHECKED = "CheckReport|FixedReport"
_SHAPES = {
    Operation.SUGGEST: ("Listing", "Proposal", "Write the best title of a listing."),
    Operation.SCORE: ("Listing", "ScoreReport", "Tell what a listing's own title is worth."),
    Operation.CHECK: ("Listing", _CHECKED, "Find the keyword misuse in a listing's title."),
    Operation.TAG: ("TagRequest", "Tags", "Give each word of a title its slot."),
    Operation.MATCH: ("MatchRequest", "MatchReport", "Tell whether a title answers a keyword."),
}
_STATUSES = {"bad-json": HTTPStatus(400), "too-large": HTTPStatus(413)}


async def read_body(request: Request) -> bytes:
    """Return the body of `request`; one that is too large is refused before it is read whole."""
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > MAX_BYTES:
            msg = f"the body is larger than {MAX_BYTES:,} bytes"
            raise TooLargeError(msg)
    return bytes(content)


Body = Annotated[bytes, Depends(read_body)]


def create_app(session: Session) -> FastAPI:
    """Return the service that answers from `session`; it is ready as soon as it exists."""
    app = FastAPI(
        title="biaoti 标题",
        version=__version__,
        description="Title and keyword optimizer for Taobao and Tmall listings.",
        docs_url="/docs",
        redoc_url=None,
    )
    for operation in Operation:
        _add_operation(app, session, operation)
    for path in ("/healthz", "/readyz"):
        _add_health(app, session, path)
    app.add_exception_handler(BiaotiError, _bad_input)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _defect)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign] # FastAPI's documented way
    return app


def run(app: FastAPI, *, host: str, port: int, log_level: str) -> None:
    """Serve `app` until it is told to stop."""
    import uvicorn  # noqa: PLC0415 - start-up

    uvicorn.run(app, host=host, port=port, log_level=log_level, server_header=False)


# ---- routes ------------------------------------------------------------------------------------


def _add_operation(app: FastAPI, session: Session, operation: Operation) -> None:
    def answer(request: Request, body: Body) -> Response:
        wishes = _wishes(request.query_params, operation)
        data = decode_json(body)
        return _response(encoded(respond(operation, session, data, wishes)))

    request_shape, answer_shape, summary = _SHAPES[operation]
    app.add_api_route(
        f"/v1/{operation.value}",
        answer,
        methods=["POST"],
        name=operation.value,
        summary=summary,
        response_class=Response,
        responses=_documented(answer_shape, has_errors=True),
        openapi_extra={
            "requestBody": {"required": True, "content": _content(_JSON, request_shape)},
            "parameters": [_parameter(name) for name in _TAKES[operation]],
        },
    )


def _add_health(app: FastAPI, session: Session, path: str) -> None:
    def health() -> Response:
        market = session.market
        return _response(
            {
                "status": "ok",
                "lexicon": session.engine.lexicon.version,
                "data": market.version if market else None,
            }
        )

    app.add_api_route(
        path,
        health,
        methods=["GET"],
        name=path.strip("/"),
        summary="Tell that the service answers, and from what.",
        response_class=Response,
        responses=_documented("Health", has_errors=False),
    )


def _wishes(query: Mapping[str, str], operation: Operation) -> Wishes:
    """Return what the query parameters ask for; unknown and unreadable ones are refused."""
    unknown = [name for name in query if name not in _TAKES[operation]]
    if unknown:
        raise UsageError(unknown_keys(unknown, _TAKES[operation]))
    numbers = {name: _number(name, text) for name, text in query.items() if name in _WISHES}
    is_fix = _truth("fix", query["fix"]) if "fix" in query else False
    return Wishes(**numbers, is_fix=is_fix)


def _truth(name: str, text: str) -> bool:
    if text not in {"true", "false"}:
        msg = f"{name}: found {text[:40]!r}, expected true or false"
        raise UsageError(msg)
    return text == "true"


def _number(name: str, text: str) -> int:
    low, high = _WISHES[name]
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(high))):
        msg = f"{name}: found {text[:40]!r}, expected a number from {low} to {high}"
        raise UsageError(msg)
    return int(text)


def _response(body: object) -> Response:
    return Response(f"{dumps(body)}\n".encode(), media_type=_JSON)


# ---- errors ------------------------------------------------------------------------------------


def _bad_input(_: Request, error: Exception) -> Response:
    code = error.code if isinstance(error, BiaotiError) else "error"
    return _problem(_STATUSES.get(code, HTTPStatus(422)), code, str(error))


def _http_error(_: Request, error: Exception) -> Response:
    status = HTTPStatus(error.status_code if isinstance(error, HTTPException) else 500)
    return _problem(status, status.phrase.lower().replace(" ", "-"), status.description)


def _defect(request: Request, error: Exception) -> Response:
    _LOG.error("defect path=%s", request.url.path, exc_info=error)
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    return _problem(
        status, "internal", f"{type(error).__name__}: the service failed at this request"
    )


def _problem(status: HTTPStatus, code: str, detail: str) -> Response:
    problem = {
        "type": f"urn:biaoti:{code}",
        "title": status.phrase,
        "status": status.value,
        "detail": written(detail),
        "code": code,
    }
    return Response(f"{dumps(problem)}\n".encode(), status.value, media_type=_PROBLEM)


# ---- documentation -----------------------------------------------------------------------------


def _content(media_type: str, shape: str) -> dict[str, Any]:
    """Return the body of `shape`, or of one of several that `|` separates."""
    references = [{"$ref": f"#/components/schemas/{name}"} for name in shape.split("|")]
    schema: dict[str, Any] = {"anyOf": references} if len(references) > 1 else dict(references[0])
    return {media_type: {"schema": schema}}


def _documented(shape: str, *, has_errors: bool) -> dict[int | str, dict[str, Any]]:
    found: dict[int | str, dict[str, Any]] = {
        200: {"description": "The answer.", "content": _content(_JSON, shape)}
    }
    if has_errors:
        for status in (400, 413, 422, 500):
            problem = _content(_PROBLEM, "Problem")
            found[status] = {"description": HTTPStatus(status).phrase, "content": problem}
    return found


def _parameter(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "boolean", "default": False}
    if name in _WISHES:
        low, high = _WISHES[name]
        schema = {"type": "integer", "minimum": low, "maximum": high}
    return {"name": name, "in": "query", "required": False, "schema": schema}


def _openapi(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        found = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        found.setdefault("components", {})["schemas"] = components(FixedReport)
        app.openapi_schema = found
    return app.openapi_schema
