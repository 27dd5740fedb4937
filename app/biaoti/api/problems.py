"""Errors as RFC 9457 problem details: a stable code, what is wrong, and where in the request."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import Response

from biaoti.encode import dumps, written
from biaoti.errors import BiaotiError, ListingError

PROBLEM = "application/problem+json"
_MOST_FAULTS = 50
_LONGEST_POINTER = 200

# Codes whose status is not 422, the one for everything that the caller can mend in the request.
STATUSES = {
    "bad-json": HTTPStatus.BAD_REQUEST,
    "unknown-report": HTTPStatus.NOT_FOUND,
    "too-slow": HTTPStatus.REQUEST_TIMEOUT,
    "too-large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "unsupported-media-type": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "busy": HTTPStatus.TOO_MANY_REQUESTS,
    "rate-limited": HTTPStatus.TOO_MANY_REQUESTS,
    "unauthorized": HTTPStatus.UNAUTHORIZED,
    "forbidden": HTTPStatus.FORBIDDEN,
    "cross-origin": HTTPStatus.FORBIDDEN,
    "bad-host": HTTPStatus.MISDIRECTED_REQUEST,
    "no-store": HTTPStatus.CONFLICT,
    "bad-store": HTTPStatus.SERVICE_UNAVAILABLE,
}


class RequestError(BiaotiError):
    """A request refused before its content is judged; `code` tells why."""

    def __init__(self, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        self.code = code
        self.headers = headers or {}
        super().__init__(message)


def refused(error: BiaotiError) -> Response:
    """Return the problem that tells of `error`."""
    status = STATUSES.get(error.code, HTTPStatus.UNPROCESSABLE_ENTITY)
    headers = error.headers if isinstance(error, RequestError) else None
    return problem(status, error.code, str(error), _faults(error), headers)


def by_status(status: HTTPStatus, headers: Mapping[str, str] | None = None) -> Response:
    """Return the problem of a status that says it all, such as 404 and 405."""
    if status is HTTPStatus.INTERNAL_SERVER_ERROR:
        return problem(status, "internal", "the service failed at this request")
    code = status.phrase.lower().replace(" ", "-")
    return problem(status, code, status.description or status.phrase, headers=headers)


def problem(
    status: HTTPStatus,
    code: str,
    detail: str,
    errors: tuple[dict[str, str], ...] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a problem; `errors` point at the faults in the body."""
    body: dict[str, object] = {
        "type": f"urn:biaoti:{code}",
        "title": status.phrase,
        "status": status.value,
        "detail": written(detail),
        "code": code,
    }
    if errors:
        body["errors"] = list(errors)
    content = f"{dumps(body)}\n".encode()
    return Response(content, status.value, headers=dict(headers or {}), media_type=PROBLEM)


def _faults(error: BiaotiError) -> tuple[dict[str, str], ...]:
    """Return where the faults are, as JSON pointers in fragment form; none for the whole body."""
    faults = error.faults if isinstance(error, ListingError) else ()
    return tuple(
        {"pointer": written(f"#{pointer}"), "detail": written(message)}
        for pointer, message in faults[:_MOST_FAULTS]
        if pointer and len(pointer) <= _LONGEST_POINTER
    )
