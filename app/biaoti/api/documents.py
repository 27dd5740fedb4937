"""The OpenAPI document: every route with its shapes, statuses and true examples."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from biaoti.answers import FixedReport, Operation, Wishes, encoded, respond
from biaoti.api.notes import NOTES
from biaoti.api.problems import PROBLEM
from biaoti.api.queries import PARAMETERS, Parameter, described
from biaoti.api.service import Service
from biaoti.schemas import components

JSON, LINES = "application/json", "application/x-ndjson"
UPLOADS = (
    "application/octet-stream",
    "text/csv",
    "text/tab-separated-values",
    "text/plain",
    "application/vnd.ms-excel",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)
_GUARDED = (400, 401, 403, 413, 415, 421, 422, 429, 500)
_OPEN = (421, 429, 500)
_REQUEST_ID = {
    "description": "The id of this request in the logs: the one sent, else a new one.",
    "schema": {"type": "string"},
}
_DESCRIPTION = """\
Title and keyword optimizer for Taobao and Tmall listings (标题优化). Bodies are the objects of the
command `biaoti`, byte for byte.

* Send `Authorization: Bearer KEY` where the service asks for keys (`biaoti keys create`).
* Every error is `application/problem+json` (RFC 9457) with a stable `code`; `errors` point at the
  faults in the body.
* `429` comes with `Retry-After`: wait and send the request again.
* Answers depend on the day and on the data: `versions` says which.
"""
_SHAPES = {
    Operation.SUGGEST: (
        "Listing",
        "Proposal",
        "Write the best title of a listing",
        (
            "The title that catches the most valuable demand within the width, from words that "
            "the listing vouches for, with bound and gap, reasons, the best title for few changes, "
            "and questions whose answers would open up more demand."
        ),
    ),
    Operation.SCORE: (
        "Listing",
        "ScoreReport",
        "Tell what a listing's own title is worth",
        "Value and coverage beside the best possible, demand by demand.",
    ),
    Operation.CHECK: (
        "Listing",
        "CheckReport|FixedReport",
        "Find the keyword misuse in a listing's title",
        (
            "Findings with their place in the title, what could not be decided, and how well the "
            "title agrees with the attributes."
        ),
    ),
    Operation.TAG: (
        "TagRequest",
        "Tags",
        "Give each word of a title its slot",
        "Words with their place and their role in a title (词槽).",
    ),
    Operation.MATCH: (
        "MatchRequest",
        "MatchReport",
        "Tell whether a title answers a keyword",
        "Coverage and relevance; with a listing also whether it may aim at the keyword at all.",
    ),
}
_TITLE = "云岫集法式碎花连衣裙女2026新款夏季气质显瘦百搭裙"
LISTING: dict[str, Any] = {
    "listing_id": "620000000001",
    "title": _TITLE,
    "category": "女装/女士精品>连衣裙",
    "brand": "云岫集",
    "attributes": {
        "年份季节": "2026年夏季",
        "风格": "法式",
        "图案": "碎花",
        "领型": "方领",
        "面料": "雪纺",
        "颜色分类": ["杏色碎花", "黑色碎花"],
    },
    "promotions": [],
    "traffic_terms": {"法式连衣裙": 312},
}
REQUESTS: Mapping[str, dict[str, Any]] = {
    "Listing": LISTING,
    "TagRequest": {"title": _TITLE, "listing": {"brand": "云岫集"}},
    "MatchRequest": {"keyword": "碎花连衣裙", "title": _TITLE, "listing": LISTING},
}
_REJECT = {
    "file": "sycm.csv",
    "line": 12,
    "column": "点击率",
    "found": "oops",
    "expected": "a rate",
}
_RECEIPT = {"read": 300, "kept": 297, "merged": 2, "rejected": [_REJECT], "imports": [1]}
_RECEIPT["notes"] = []
_PROBLEM = {
    "type": "urn:biaoti:bad-listing",
    "title": "Unprocessable Content",
    "status": 422,
    "detail": "price: found the text 'x', expected a number",
    "code": "bad-listing",
    "errors": [{"pointer": "#/price", "detail": "price: found the text 'x', expected a number"}],
}


def operation_document(operation: Operation, takes: tuple[str, ...]) -> dict[str, Any]:
    """Return what the document says of one of the five operations."""
    request, answer, summary, text = _SHAPES[operation]
    statuses = (*_GUARDED, 404, 503) if "report" in takes else _GUARDED
    return _route(
        summary,
        text,
        answers={200: ("The answer.", _content(JSON, answer))},
        statuses=(*statuses, 408),
        extra={
            "requestBody": {"required": True, "content": _content(JSON, request)},
            "parameters": described({name: PARAMETERS[name] for name in takes}),
        },
    )


def rewrite_document(parameters: Mapping[str, Parameter]) -> dict[str, Any]:
    """Return what the document says of the stream of rewrites."""
    row = {
        "type": "object",
        "description": "The listing as sent, with the keys 新标题, 宽度 … added.",
    }
    lines = {"anyOf": [row, {"$ref": "#/components/schemas/ErrorLine"}]}
    return _route(
        "Rewrite a stream of listings",
        "One listing a line in, one line out for each, in order: the listing as sent with our keys "
        "added, or `{error: {code, message, line}}`. Read while you send: the next line is read "
        "when the last answer was taken.",
        answers={200: ("One line for each line.", {LINES: {"schema": lines}})},
        statuses=(*_GUARDED, 404),
        extra={
            "requestBody": {"required": True, "content": _content(LINES, "Listing")},
            "parameters": described(parameters),
        },
    )


def reports_document(parameters: Mapping[str, Parameter]) -> dict[str, Any]:
    """Return what the document says of taking a report."""
    binary = {"schema": {"type": "string", "format": "binary"}}
    progress = {"schema": {"type": "object"}}
    content = {**_content(JSON, "ImportReceipt", _RECEIPT), LINES: progress}
    return _route(
        "Import a keyword report, or try one out",
        "The file itself is the body: CSV, TSV, XLS or XLSX as the marketplace's tools export it. "
        "Every row that is not taken is told with file and line. The same file twice changes "
        "nothing, so an import that got no answer can be sent again.",
        answers={200: ("What became of its rows.", content)},
        statuses=(*_GUARDED, 408, 409, 503),
        extra={
            "requestBody": {"required": True, "content": dict.fromkeys(UPLOADS, binary)},
            "parameters": described(parameters),
        },
    )


def keywords_document(parameters: Mapping[str, Parameter]) -> dict[str, Any]:
    """Return what the document says of the keywords."""
    return _route(
        "Look at the keywords",
        "The keywords of the data served, or of a report tried out: figures as read, kinds, value "
        "with its factors, and the root words (词根).",
        answers={200: ("Keywords and root words.", _content(JSON, "KeywordReport"))},
        statuses=(401, 403, 404, 421, 422, 429, 500, 503),
        extra={"parameters": described(parameters)},
    )


def health_document(summary: str, *, can_refuse: bool = False) -> dict[str, Any]:
    """Return what the document says of a health check."""
    return _route(
        summary.removesuffix("."),
        "Needs no key.",
        answers={200: ("The versions served.", _content(JSON, "Health"))},
        statuses=(*_OPEN, 503) if can_refuse else _OPEN,
    ) | {"tags": ["operation"]}


def metrics_document(media_type: str) -> dict[str, Any]:
    """Return what the document says of the metrics."""
    text = {media_type: {"schema": {"type": "string"}}}
    return _route(
        "Measures for Prometheus",
        "Latency by route, findings by rule, time and gap of proposals, versions served.",
        answers={200: ("The measures.", text)},
        statuses=(401, 403, 421, 429, 500),
    ) | {"tags": ["operation"]}


def _route(
    summary: str,
    text: str,
    *,
    answers: dict[int, tuple[str, dict[str, Any]]],
    statuses: tuple[int, ...],
    extra: dict[str, Any] | None = None,
) -> dict[str, Any]:
    headers = {"X-Request-ID": _REQUEST_ID}
    responses: dict[int | str, dict[str, Any]] = {
        status: {"description": told, "content": content, "headers": headers}
        for status, (told, content) in answers.items()
    }
    for status in sorted(set(statuses)):
        found = {
            "description": HTTPStatus(status).phrase,
            "content": _problem(),
            "headers": headers,
        }
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            wait = {"description": "Seconds to wait.", "schema": {"type": "integer"}}
            found["headers"] = {**headers, "Retry-After": wait}
        responses[status] = found
    return {
        "summary": summary,
        "description": text,
        "responses": responses,
        "openapi_extra": extra or {},
        "tags": ["v1"],
    }


def _problem() -> dict[str, Any]:
    return _content(PROBLEM, "Problem", _PROBLEM)


def _content(media_type: str, shape: str, example: object = None) -> dict[str, Any]:
    """Return the body of `shape`, or of one of several that `|` separates."""
    references = [{"$ref": f"#/components/schemas/{name}"} for name in shape.split("|")]
    schema: dict[str, Any] = {"anyOf": references} if len(references) > 1 else dict(references[0])
    example = REQUESTS.get(shape) if example is None else example
    return {media_type: {"schema": schema} | ({} if example is None else {"example": example})}


def openapi(app: FastAPI, service: Service) -> dict[str, Any]:
    """Return the document; examples of answers are what this very service answers."""
    found = get_openapi(
        title=app.title, version=app.version, description=_DESCRIPTION, routes=app.routes
    )
    shapes = components(FixedReport)
    for name, schema in shapes.items():
        for key, part in schema.get("properties", {}).items():
            note = NOTES.get(f"{name}.{key}") or NOTES.get(key)
            if note and "$ref" not in part:
                part["description"] = note
    bearer = {"type": "http", "scheme": "bearer", "description": "A key of `biaoti keys create`."}
    found["components"] = {"schemas": shapes, "securitySchemes": {"key": bearer}}
    for path, methods in found["paths"].items():
        for route in methods.values():
            if path.startswith("/v1/") or path == "/metrics":
                needed: list[dict[str, list[str]]] = [{"key": []}]
                route["security"] = needed if service.settings.has_login else [*needed, {}]
    _add_answers(found, service)
    return found


def _add_answers(document: dict[str, Any], service: Service) -> None:
    session = service.live.session
    for operation, (request, *_) in _SHAPES.items():
        answer = encoded(respond(operation, session, REQUESTS[request], Wishes()))
        route = document["paths"][f"/v1/{operation.value}"]["post"]
        route["responses"]["200"]["content"][JSON]["example"] = shortened(answer)


def shortened(value: Any, most: int = 2) -> Any:  # noqa: ANN401 - JSON of any shape
    """Return `value` with the lists in it cut to their first items.

    >>> shortened({"a": [1, 2, 3]})
    {'a': [1, 2]}
    """
    if isinstance(value, dict):
        return {key: shortened(item, most) for key, item in value.items()}
    return [shortened(item, most) for item in value[:most]] if isinstance(value, list) else value
