"""Keyword reports over HTTP: import one into the store, try one out, look at the keywords."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, aclosing
from itertools import islice
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from biaoti import encode
from biaoti.answers import UsageError
from biaoti.api.documents import (
    JSON,
    UPLOADS,
    keywords_document,
    reports_document,
)
from biaoti.api.limits import expect_type, read_body
from biaoti.api.problems import RequestError
from biaoti.api.queries import PARAMETERS, Parameter, read_query
from biaoti.api.routes import json_line
from biaoti.api.service import Service
from biaoti.api.stored import Upload, history_of, reading_of, take
from biaoti.api.streaming import Duplex
from biaoti.encode import plain
from biaoti.errors import BiaotiError
from biaoti.keywords import Kind, keyword_report, keyword_table
from biaoti.records import KeywordStat, Period, ReportReading
from biaoti.reports import read_report_bytes
from biaoti.settings import SettingsError, read_period
from biaoti.text import normalize

Tell = Callable[[int, int], None]
IMPORT_PARAMETERS = {
    "name": Parameter(
        meaning="The file's name, by which rejected rows are told.", default="report"
    ),
    "category": Parameter(meaning="The category of the report's keywords, as `a>b`."),
    "period": Parameter(meaning="The days it tells of, where it does not say: `START..END`."),
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
    "category": Parameter(meaning="Only what the store holds of this category, as `a>b`."),
    "period": Parameter(meaning="Only what the store holds of these days: `START..END`."),
    "kind": Parameter(
        meaning="Only keywords of this kind.", choices=tuple(kind.value for kind in Kind)
    ),
    "match": Parameter(meaning="Only keywords that hold this text."),
    "top": Parameter(meaning="At most so many rows, the most valuable.", low=0, high=1_000_000),
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
                return Duplex(_lines(steps), held.pop_all())
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


async def _lines(steps: AsyncGenerator[dict[str, Any], None]) -> AsyncGenerator[bytes, None]:
    """Yield each step as a line; an error is the last one."""
    try:
        async with aclosing(steps):
            async for step in steps:
                yield json_line(step)
    except BiaotiError as error:
        yield json_line(encode.error(error.code, str(error)))


async def _steps(
    service: Service, content: bytes, values: dict[str, Any]
) -> AsyncGenerator[dict[str, Any], None]:
    """Yield how far the report has come, as it comes, and what became of it last."""
    yield {"stage": "received", "bytes": len(content)}
    upload = Upload(
        name=str(values.get("name") or "report").replace("\\", "/").rpartition("/")[2],
        content=content,
        category=values.get("category"),
        period=_period(values),
    )
    is_stored = values.get("store", True)
    if is_stored and service.place is None:
        raise RequestError("no-store", "this service has no store of reports; use store=false")
    told: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    act = _imported if is_stored else _tried_out

    def tell(read: int, rejected: int) -> None:
        step = {"stage": "read", "read": read, "rejected": rejected}
        loop.call_soon_threadsafe(told.put_nowait, step)

    work = asyncio.ensure_future(service.reading.work(lambda: act(service, upload, tell)))
    work.add_done_callback(lambda _: told.put_nowait(None))
    try:
        while step := await told.get():
            yield step
        yield await work
    finally:
        # Heard or not, the report is done before its place is given back.
        await asyncio.wait([work])


def _period(values: dict[str, Any]) -> Period | None:
    stated = values.get("period")
    try:
        return read_period("period", stated) if stated else None
    except SettingsError as error:
        raise UsageError(str(error)) from error


def _imported(service: Service, upload: Upload, tell: Tell) -> dict[str, Any]:
    """Import a report; what is answered is kept, whatever happens to us afterwards."""
    place = service.place
    if place is None:
        raise RequestError("no-store", "this service has no store of reports")
    found = take(place, upload, service.read_headers(), tell=tell)
    for fate, rows in (("kept", found.kept), ("merged", found.merged)):
        service.metrics.rows.labels(fate).inc(rows)
    service.metrics.rows.labels("rejected").inc(len(found.rejected))
    answer: dict[str, Any] = plain(found)
    return answer


def _tried_out(service: Service, upload: Upload, tell: Tell) -> dict[str, Any]:
    """Read a report and keep it for a while, outside the store."""
    found = read_report_bytes(
        upload.name,
        upload.content,
        service.read_headers(),
        category=upload.category,
        period=upload.period,
    )
    tell(found.read, len(found.rejected))
    return {
        "read": found.read,
        "kept": len(found.rows),
        "merged": found.merged,
        "rejected": [plain(reject) for reject in found.rejected],
        "imports": [],
        "notes": list(found.notes),
        "report": service.uploads.keep(found),
    }


def _keywords(service: Service, values: dict[str, Any]) -> dict[str, Any]:
    reading, history = _reading(service, values)
    table = keyword_table(service.live.session.engine, reading.rows, history=history)
    kind, piece, top = values.get("kind"), normalize(values.get("match") or ""), values.get("top")
    found = (r for r in table.rows if piece in r.stat.keyword and kind in {None, *r.kinds})
    return keyword_report(tuple(islice(found, top)), table.roots[:top], reading)


def _reading(
    service: Service, values: dict[str, Any]
) -> tuple[ReportReading, tuple[KeywordStat, ...]]:
    """Return the rows asked about: of a report tried out, of the store, else those served.

    With those of the store come the same keywords period by period.
    """
    if report_id := values.get("report"):
        stats = service.uploads.rows(report_id)
    elif service.place is not None and service.live.session.stored:
        category = values.get("category")
        return (
            reading_of(service.place, category, _period(values)),
            history_of(service.place, category),
        )
    else:
        market = service.live.session.market
        stats = tuple(keyword.stat for keyword in market.keywords) if market else ()
    return ReportReading(rows=stats, read=len(stats), merged=0, rejected=()), ()
