"""`POST /v1/rewrite`: JSON lines in, JSON lines out, one at a time, so that any length is fine.

The next line is read when the last answer was taken, so a slow reader slows its own sending and
nobody else; what is held is one line and its answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, aclosing, suppress
from dataclasses import dataclass, field

from fastapi import FastAPI
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from biaoti import encode
from biaoti.answers import Session, Wishes
from biaoti.api.documents import LINES, rewrite_document
from biaoti.api.limits import BODY_SECONDS, expect_type
from biaoti.api.logs import logger, place_of
from biaoti.api.problems import RequestError
from biaoti.api.queries import PARAMETERS, Parameter, read_query, wishes_of
from biaoti.api.routes import json_line
from biaoti.api.service import Service
from biaoti.catalogue import Job, rewritten_row
from biaoti.decode import MAX_BYTES, TooLargeError, read_json
from biaoti.errors import BiaotiError

MOST_STREAMS = 4
_LOG = logger("biaoti.api.rewrite")
REWRITE_PARAMETERS = {
    **{name: PARAMETERS[name] for name in ("limit", "max_edits", "report")},
    "summary": Parameter(
        meaning='End with a line `{"summary": {rows, rewritten, unchanged, failed}}`.',
        is_truth=True,
        default=False,
    ),
}


@dataclass(slots=True)
class _Count:
    """What became of the lines of one stream."""

    rows: int = 0
    rewritten: int = 0
    unchanged: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """One stream: whose data, which wishes, what happened so far."""

    service: Service
    session: Session
    wishes: Wishes
    request_id: str
    count: _Count = field(default_factory=_Count)


class Duplex(Response):
    """An answer that is sent while the request is still read.

    Starlette's own streaming answer listens for the end of the connection meanwhile, and what it
    hears are pieces of our request. What is `held` is let go when all is sent, or cannot be.
    """

    media_type = LINES

    def __init__(self, pieces: AsyncGenerator[bytes, None], held: AsyncExitStack) -> None:
        super().__init__()
        del self.headers["content-length"]
        self._pieces, self._held = pieces, held

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Send each piece as it comes."""
        start = {"status": self.status_code, "headers": self.raw_headers}
        async with self._held, aclosing(self._pieces) as pieces:
            await send({"type": "http.response.start", **start})
            with suppress(ClientDisconnect):
                async for piece in pieces:
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})


def add_rewrite(app: FastAPI, service: Service) -> None:
    """Add the route that rewrites a stream of listings."""
    places = asyncio.Semaphore(MOST_STREAMS)

    async def rewrite(request: Request) -> Response:
        values = read_query(request.query_params.multi_items(), REWRITE_PARAMETERS)
        expect_type(request, LINES, "application/jsonl", "application/json")
        if places.locked():
            msg = f"{MOST_STREAMS} catalogues are being rewritten; try again later"
            raise RequestError("busy", msg, {"Retry-After": "10"})
        async with AsyncExitStack() as held:
            # A place is free, so this does not wait: nobody comes between the look and the taking.
            await held.enter_async_context(places)
            run = _Run(
                service=service,
                session=await service.reading.run(lambda: service.session(values.get("report"))),
                wishes=wishes_of(values),
                request_id=request.state.request_id,
            )
            answers = _answers(request, run, has_summary=bool(values.get("summary")))
            return Duplex(answers, held.pop_all())

    app.add_api_route(
        "/v1/rewrite",
        rewrite,
        methods=["POST"],
        name="rewrite",
        response_class=Response,
        **rewrite_document(REWRITE_PARAMETERS),
    )


async def _answers(
    request: Request, run: _Run, *, has_summary: bool
) -> AsyncGenerator[bytes, None]:
    try:
        async for number, line in _numbered(lines(request), run.service.settings.max_lines):
            yield await run.service.solves.run_admitted(lambda: _answer(run, number, line))  # noqa: B023 - awaited at once
    except BiaotiError as error:
        run.count.failed += 1
        yield json_line(encode.error(error.code, str(error), run.count.rows + 1))
    if has_summary:
        yield json_line({"summary": encode.plain(run.count)})


async def _numbered(found: AsyncIterator[bytes], most: int) -> AsyncIterator[tuple[int, bytes]]:
    number = 0
    async for line in found:
        number += 1
        if number > most:
            msg = f"more than {most:,} lines; send the rest in another request"
            raise TooLargeError(msg)
        yield number, line


async def lines(request: Request) -> AsyncIterator[bytes]:
    """Yield the lines of a body without their ends; of a line that is too long only the start."""
    rest, is_skipping = bytearray(), False
    stream = request.stream()
    while chunk := await _chunk(stream):
        *whole, last = chunk.split(b"\n")
        for piece in whole:
            if not is_skipping:
                rest += piece
                yield bytes(rest.removesuffix(b"\r"))
            rest.clear()
            is_skipping = False
        if not is_skipping:
            rest += last
        if len(rest) > MAX_BYTES and not is_skipping:
            yield bytes(rest)
            rest.clear()
            is_skipping = True
    if rest:
        yield bytes(rest.removesuffix(b"\r"))


async def _chunk(stream: AsyncIterator[bytes]) -> bytes:
    """Return the next bytes of the body that are any, none at its end."""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in stream:
                if chunk:
                    return chunk
    except TimeoutError as error:
        msg = f"nothing was sent for {BODY_SECONDS:.0f} s"
        raise RequestError("too-slow", msg) from error
    return b""


def _answer(run: _Run, number: int, line: bytes) -> bytes:
    """Return the answer to one line; whatever is wrong with it, the stream goes on."""
    run.count.rows += 1
    try:
        row, is_new = rewritten_row(read_json(line), _job(run))
    except BiaotiError as error:
        run.count.failed += 1
        return json_line(encode.error(error.code, str(error), number))
    except Exception as error:  # noqa: BLE001 - a defect must not stop the rest
        run.count.failed += 1
        _LOG.error("defect", request_id=run.request_id, line=number, place=place_of(error))
        message = f"{type(error).__name__}: the service failed at this line"
        return json_line(encode.error("internal", message, number))
    run.count.rewritten += is_new
    run.count.unchanged += not is_new
    return json_line(row)


def _job(run: _Run) -> Job:
    session = run.service.timed(run.session)
    return Job(session=session, wishes=run.wishes, report=lambda error: type(error).__name__)
