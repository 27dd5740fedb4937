"""What happens to every request before and after its route: id, guards, headers, measure, log."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, QueryParams
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from biaoti.api.keys import Key, KeyRing
from biaoti.api.keys import Scope as Right
from biaoti.api.limits import Buckets, Lane
from biaoti.api.logs import logger, place_of
from biaoti.api.metrics import Metrics
from biaoti.api.problems import RequestError, by_status, refused
from biaoti.settings import ServiceSettings

_LOG = logger("biaoti.api.request")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_MOST_AT_ONCE = 512
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# Told by the metrics alone: a line for each would cost more than the refusal.
_COUNTED = frozenset({"busy", "rate-limited"})
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
_API_POLICY = "default-src 'none'; frame-ancestors 'none'"
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guards:
    """Who may pass: the settings, the keys, the buckets that count requests."""

    settings: ServiceSettings
    keys: KeyRing
    buckets: Buckets | None

    async def admit(self, scope: Scope, headers: Headers) -> Key | None:
        """Return the key a request comes with; RequestError when it may not pass."""
        self._expect_host(headers)
        self._expect_same_origin(scope, headers)
        if not _is_guarded(scope["path"]) or scope["method"] == "OPTIONS":
            return None
        key = self._key(scope, headers)
        await self._expect_slow(key)
        return key

    def _expect_host(self, headers: Headers) -> None:
        allowed, host = self.settings.allowed_hosts, headers.get("host", "")
        if allowed and host and _name(host) not in map(str.lower, allowed):
            msg = f"host: found {host[:80]!r}, expected one of {', '.join(sorted(set(allowed)))}"
            raise RequestError("bad-host", msg)

    def _expect_same_origin(self, scope: Scope, headers: Headers) -> None:
        """Refuse what the page of another site sends: a browser attaches our user's reach to it."""
        origin = headers.get("origin")
        if origin is None or scope["method"] in _SAFE or origin in self.settings.cors_origins:
            return
        if urlsplit(origin).netloc != headers.get("host"):
            msg = f"origin: found {origin[:80]!r}, expected this service's own page"
            raise RequestError("cross-origin", msg)

    def _key(self, scope: Scope, headers: Headers) -> Key | None:
        if not self.settings.has_login:
            return None
        kind, _, token = headers.get("authorization", "").partition(" ")
        key = self.keys.find(token.strip()) if kind.lower() == "bearer" else None
        if key is None:
            msg = "authorization: expected 'Bearer KEY' with a key of `biaoti keys create`"
            raise RequestError("unauthorized", msg, {"WWW-Authenticate": "Bearer"})
        needed = right_of(scope)
        if needed not in key.scopes:
            msg = f"authorization: this key may not {needed.value}"
            raise RequestError("forbidden", msg)
        return key

    async def _expect_slow(self, key: Key | None) -> None:
        """Count the request; without a login there is no caller to tell from another."""
        if self.buckets is None or key is None:
            return
        wait = await self.buckets.take(key.key_id)
        if wait:
            msg = f"more than {self.settings.rate} requests a second; try again in {wait:.3f} s"
            raise RequestError("rate-limited", msg, {"Retry-After": str(max(1, round(wait + 0.5)))})


def right_of(scope: Scope) -> Right:
    """Return the right a request needs: only importing into the store is writing."""
    is_import = scope["path"] == "/v1/reports" and scope["method"] == "POST"
    if is_import and QueryParams(scope["query_string"]).get("store") != "false":
        return Right.WRITE
    return Right.READ


def _is_guarded(path: str) -> bool:
    return path.startswith("/v1/") or path == "/metrics"


def _name(host: str) -> str:
    """Return the name in a Host header, without its port."""
    return re.sub(r":\d+$", "", host.strip().lower())


class Edge:
    """The outermost layer of the service, in plain ASGI because every request pays for it."""

    def __init__(
        self, app: ASGIApp, guards: Guards, metrics: Metrics, lanes: Mapping[str, Lane]
    ) -> None:
        self._app, self._guards, self._metrics, self._lanes = app, guards, metrics, lanes
        self._at_once = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, headers = time.perf_counter(), Headers(scope=scope)
        seen = _Seen(request_id=_request_id(headers))
        scope.setdefault("state", {})["request_id"] = seen.request_id
        self._at_once += 1
        try:
            await self._answer(scope, receive, seen.watched(send), headers, seen)
        finally:
            self._at_once -= 1
            self._note(scope, seen, time.perf_counter() - started)

    async def _answer(
        self, scope: Scope, receive: Receive, send: Send, headers: Headers, seen: _Seen
    ) -> None:
        try:
            self._expect_room(scope)
            key = await self._guards.admit(scope, headers)
            seen.key = key.key_id if key else None
            await self._app(scope, receive, send)
        except RequestError as error:
            await refused(error)(scope, receive, send)
        except Exception as error:  # noqa: BLE001 - a defect must not stop the rest
            seen.defect = f"{type(error).__name__} {place_of(error)}"
            _LOG.debug("defect", request_id=seen.request_id, exc_info=error)
            if seen.status is None:
                await by_status(HTTPStatus.INTERNAL_SERVER_ERROR)(scope, receive, send)

    def _expect_room(self, scope: Scope) -> None:
        """Refuse before anything is spent on it what would be refused anyway."""
        lane = self._lanes.get(scope["path"])
        if lane is not None:
            lane.expect_room()
        if self._at_once > _MOST_AT_ONCE and scope["path"] not in _QUIET:
            msg = "too many requests at once; try again in a second"
            raise RequestError("busy", msg, {"Retry-After": "1"})

    def _note(self, scope: Scope, seen: _Seen, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", None) or "other"
        status = seen.status or 499
        self._metrics.requests.labels(_method(scope), route, str(status)).observe(seconds)
        if status >= HTTPStatus.BAD_REQUEST:
            self._metrics.refusals.labels(seen.code or str(status)).inc()
        if scope["path"] in _QUIET and status < HTTPStatus.BAD_REQUEST:
            return
        if seen.code in _COUNTED:
            return
        tell = _LOG.error if seen.defect else _LOG.info
        tell(
            "request",
            request_id=seen.request_id,
            method=_method(scope),
            route=route,
            status=status,
            ms=round(seconds * 1000, 1),
            **seen.named(),
        )


def _method(scope: Scope) -> str:
    """Return the method, one word for all that nobody uses: a label must not grow without end."""
    method = str(scope["method"])
    return method if method in {*_SAFE, "POST", "PUT", "PATCH", "DELETE"} else "OTHER"


def _request_id(headers: Headers) -> str:
    given = headers.get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)


class _Seen:
    """What is seen of one request on its way out."""

    __slots__ = ("code", "defect", "key", "request_id", "status")

    def __init__(self, request_id: str) -> None:
        self.request_id = request_id
        self.status: int | None = None
        self.key: str | None = None
        self.code: str | None = None
        self.defect: str | None = None

    def named(self) -> Mapping[str, Any]:
        """Return what is known of the rarer keys of a log line."""
        pairs = (("key", self.key), ("code", self.code), ("defect", self.defect))
        return {name: value for name, value in pairs if value}

    def watched(self, send: Send) -> Send:
        """Return `send` with our headers added to the answer, whose status is noted."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.status = message["status"]
                headers = [*message.get("headers", ()), *_HEADERS]
                headers.append((b"x-request-id", self.request_id.encode()))
                names = {name for name, _ in headers}
                if b"content-security-policy" not in names:
                    headers.append((b"content-security-policy", _API_POLICY.encode()))
                if b"cache-control" not in names:
                    headers.append((b"cache-control", b"no-store"))
                message = {**message, "headers": headers}
            elif self.code is None and (self.status or 0) >= HTTPStatus.BAD_REQUEST:
                self.code = _code_of(message.get("body", b""))
            await send(message)

        return sending


_CODE = re.compile(rb'"code":"([a-z-]{1,40})"')


def _code_of(body: bytes) -> str | None:
    found = _CODE.search(body)
    return found.group(1).decode() if found else None
