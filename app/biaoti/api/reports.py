"""Keyword reports over HTTP: import one into the store, try one out, look at the keywords."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from biaoti import encode
from biaoti.api.documents import (
    JSON,
    LINES,
    UPLOADS,
    keywords_document,
    reports_document,
)
from biaoti.api.limits import expect_type, read_body
from biaoti.api.problems import RequestError
from biaoti.api.queries import PARAMETERS, Parameter, read_query
from biaoti.api.routes import json_line
from biaoti.api.service import Service
from biaoti.encode import plain
from biaoti.errors import BiaotiError
from biaoti.keywords import Kind, is_brand_of, keyword_report, keyword_rows, roots
from biaoti.records import ReportReading
from biaoti.reports import read_report_bytes

IMPORT_PARAMETERS = {
    "name": Parameter(
        meaning="The file's name, by which rejected rows are told.", default="report"
    ),
    "category": Parameter(meaning="The category of the report's keywords, as `a>b`."),
    "store": Parameter(
        meaning="`false` only reads the report and keeps it for a while: the answer's `report` is "
        "an id for the parameter `report` of suggest, score, rewrite and keywords.",
        is_truth=True,
        default=True,
    ),
    "progress": Parameter(
        meaning="Answer as JSON lines: `{stage}` with counts as they come, the answer last.",
        is_truth=True,
        default=False,
    ),
}
KEYWORD_PARAMETERS = {
    "report": PARAMETERS["report"],
    "kind": Parameter(meaning="Only keywords of this kind.", choices=tuple(Kind)),
    "contains": Parameter(meaning="Only keywords that hold this text."),
    "top": Parameter(meaning="At most so many rows, the most valuable.", low=1, high=1_000_000),
}


def add_reports(app: FastAPI, service: Service) -> None:
    """Add the routes that take reports and show keywords."""

    async def take(request: Request) -> Response:
        values = read_query(request.query_params.multi_items(), IMPORT_PARAMETERS)
        expect_type(request, *UPLOADS)
        async with AsyncExitStack() as held:
            await held.enter_async_context(service.reading.place())
            content = await read_body(request, service.settings.max_upload)
            steps = _steps(service, content, values)
            if values.get("progress"):
                return StreamingResponse(_told(steps, held.pop_all()), media_type=LINES)
            last: dict[str, Any] = {}
            async for step in steps:
                last = step
        return Response(json_line(last), media_type=JSON)

    async def keywords(request: Request) -> Response:
        values = read_query(request.query_params.multi_items(), KEYWORD_PARAMETERS)
        content = await service.reading.run(lambda: json_line(_keywords(service, values)))
        return Response(content, media_type=JSON)

    app.add_api_route(
        "/v1/reports",
        take,
        methods=["POST"],
        name="import",
        response_class=Response,
        **reports_document(IMPORT_PARAMETERS),
    )
    app.add_api_route(
        "/v1/keywords",
        keywords,
        methods=["GET"],
        name="keywords",
        response_class=Response,
        **keywords_document(KEYWORD_PARAMETERS),
    )


async def _told(steps: AsyncIterator[dict[str, Any]], held: AsyncExitStack) -> AsyncIterator[bytes]:
    """Yield each step as a line, and at the end let go of the place; an error is the last line."""
    async with held:
        try:
            async for step in steps:
                yield json_line(step)
        except BiaotiError as error:
            yield json_line(encode.error(error.code, str(error)))


async def _steps(
    service: Service, content: bytes, values: dict[str, Any]
) -> AsyncIterator[dict[str, Any]]:
    yield {"stage": "received", "bytes": len(content)}
    reading = await service.reading.work(lambda: _read(service, content, values))
    yield {"stage": "read", "read": reading.read, "rejected": len(reading.rejected)}
    if values.get("store", True):
        raise RequestError("no-store", "this service has no store of reports; use store=false")
    report_id = await service.reading.work(lambda: service.uploads.keep(reading))
    yield {**receipt(reading), "report": report_id}


def _read(service: Service, content: bytes, values: dict[str, Any]) -> ReportReading:
    name = str(values.get("name") or "report").replace("\\", "/").rpartition("/")[2]
    reading = read_report_bytes(
        name, content, service.read_headers(), category=values.get("category")
    )
    service.metrics.rows.labels("kept").inc(len(reading.rows))
    service.metrics.rows.labels("rejected").inc(len(reading.rejected))
    return reading


def receipt(reading: ReportReading) -> dict[str, Any]:
    """Return what became of the rows of a report."""
    return {
        "read": reading.read,
        "kept": len(reading.rows),
        "merged": reading.merged,
        "rejected": [plain(reject) for reject in reading.rejected],
        "notes": list(reading.notes),
    }


def _keywords(service: Service, values: dict[str, Any]) -> dict[str, Any]:
    session = service.session(values.get("report"))
    stats = [keyword.stat for keyword in session.market.keywords] if session.market else []
    engine = session.engine
    rows = keyword_rows(
        stats,
        engine.lexicon.policy,
        sequence=engine.segmenter.sequence,
        is_brand=is_brand_of(engine.lexicon),
    )
    kind, contains = values.get("kind"), values.get("contains", "")
    found = [r for r in rows if (not kind or kind in r.kinds) and contains in r.stat.keyword]
    reading = ReportReading(rows=tuple(stats), read=len(stats), merged=0, rejected=())
    table = roots(session.market) if session.market else ()
    return keyword_report(found[: values.get("top")], table, reading)
