"""How much the service takes on: bytes of a body, work at once, work waiting, requests a second."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, Protocol, TypeVar

from starlette.requests import Request

from biaoti.api.problems import RequestError

# A client that sends nothing for so long is gone or means harm.
BODY_SECONDS = 30.0
_MOST_CALLERS = 10_000
_BURST_SECONDS = 2
_REDIS_SECONDS = 0.25
# Refill by the server's clock, then take one token or say how long to wait: one atomic step.
_TAKE = """
local rate, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local t = redis.call('TIME')
local now = tonumber(t[1]) + tonumber(t[2]) / 1000000
local state = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens, at = tonumber(state[1]) or burst, tonumber(state[2]) or now
tokens = math.min(burst, tokens + math.max(0, now - at) * rate)
local wait = 0
if tokens >= 1 then tokens = tokens - 1 else wait = (1 - tokens) / rate end
local function text(number) return string.format('%.6f', number) end
redis.call('HSET', KEYS[1], 'tokens', text(tokens), 'at', text(now))
redis.call('PEXPIRE', KEYS[1], math.ceil(burst / rate * 1000) + 1000)
return text(wait)
"""

T = TypeVar("T")


async def read_body(request: Request, most: int) -> bytes:
    """Return the body of `request`; refused as soon as it is known to be larger than `most`."""
    stated = request.headers.get("content-length", "")
    content = bytearray()
    if stated.isdigit() and int(stated) > most:
        raise _too_large(most)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                content += chunk
                if len(content) > most:
                    raise _too_large(most)
    except TimeoutError as error:
        msg = f"the body was not sent within {BODY_SECONDS:.0f} s"
        raise RequestError("too-slow", msg, {"Connection": "close"}) from error
    return bytes(content)


def _too_large(most: int) -> RequestError:
    # The rest of the body stays unread, so the connection cannot be used again.
    msg = f"the body is larger than {most:,} bytes"
    return RequestError("too-large", msg, {"Connection": "close"})


def expect_type(request: Request, *allowed: str) -> None:
    """Refuse a body that says it is something else; one that does not say is taken at its word."""
    stated = request.headers.get("content-type", "")
    kind, _, options = stated.partition(";")
    is_other = stated and kind.strip().lower() not in allowed
    charset = options.lower().partition("charset=")[2].strip(' "')
    if is_other or (charset and charset not in {"utf-8", "utf8"}):
        msg = f"content-type: found {stated[:80]!r}, expected {' or '.join(allowed)} in UTF-8"
        raise RequestError("unsupported-media-type", msg)


class Lane:
    """Work of one kind: so many at once in threads, so many waiting, the rest is refused."""

    def __init__(self, name: str, *, threads: int, waiting: int, patience: float = 2.0) -> None:
        self.name, self.waiting = name, 0
        self._most, self._patience = waiting, patience
        self._free = asyncio.Semaphore(threads)
        self._threads = threads
        self._pool: ThreadPoolExecutor | None = None

    async def run(self, work: Callable[[], T]) -> T:
        """Return `work()`, done in a thread of this lane; RequestError when it is too busy."""
        async with self.place():
            return await self.work(work)

    async def run_admitted(self, work: Callable[[], T]) -> T:
        """Return `work()` of a stream that was admitted before: it waits its turn however long."""
        async with self._free:
            return await self.work(work)

    async def work(self, work: Callable[[], T]) -> T:
        """Return `work()`; the caller holds a place."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix=self.name)
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Hold a place; RequestError when too many wait already, or the wait takes too long."""
        self.expect_room()
        self.waiting += 1
        try:
            async with asyncio.timeout(self._patience):
                await self._free.acquire()
        except TimeoutError as error:
            raise self._busy() from error
        finally:
            self.waiting -= 1
        try:
            yield
        finally:
            self._free.release()

    def expect_room(self) -> None:
        """Raise RequestError when as many wait as may."""
        if self._free.locked() and self.waiting >= self._most:
            raise self._busy()

    def _busy(self) -> RequestError:
        msg = f"too many requests are waiting ({self.name}); try again in a second"
        return RequestError("busy", msg, {"Retry-After": "1"})

    def close(self) -> None:
        """Let the threads end when their work is done; later work starts new ones."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
        self._pool = None


class Buckets(Protocol):
    """Who has asked how often: a bucket of tokens for each caller, refilled at a steady rate."""

    async def take(self, caller: str) -> float:
        """Return 0 when `caller` may go on, else the seconds until it may."""
        ...

    async def close(self) -> None:
        """Let go of what is held."""
        ...


class MemoryBuckets:
    """Buckets of this process alone."""

    def __init__(self, rate: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._burst, self._clock = rate, max(1, rate * _BURST_SECONDS), clock
        self._states: OrderedDict[str, tuple[float, float]] = OrderedDict()

    async def take(self, caller: str) -> float:
        """Return 0 when `caller` may go on, else the seconds until it may."""
        now = self._clock()
        tokens, at = self._states.pop(caller, (float(self._burst), now))
        tokens = min(self._burst, tokens + (now - at) * self._rate)
        wait = 0.0 if tokens >= 1 else (1 - tokens) / self._rate
        self._states[caller] = (tokens if wait else tokens - 1, now)
        if len(self._states) > _MOST_CALLERS:
            self._states.popitem(last=False)
        return wait

    async def close(self) -> None:
        """Hold nothing that could be let go."""


class RedisBuckets:
    """Buckets that all workers and machines share; without an answer the process's own serve."""

    def __init__(self, url: str, rate: int, failed: Callable[[], None]) -> None:
        from redis import asyncio as redis  # noqa: PLC0415 - only where it is configured

        self._rate, self._burst = rate, max(1, rate * _BURST_SECONDS)
        self._client: Any = redis.Redis.from_url(
            url, socket_timeout=_REDIS_SECONDS, socket_connect_timeout=_REDIS_SECONDS
        )
        self._script: Any = self._client.register_script(_TAKE)
        self._fallback, self._failed = MemoryBuckets(rate), failed

    async def take(self, caller: str) -> float:
        """Return 0 when `caller` may go on, else the seconds until it may."""
        from redis.exceptions import RedisError  # noqa: PLC0415 - only where it is configured

        try:
            keys, options = [f"biaoti:bucket:{caller}"], [self._rate, self._burst]
            return float(await self._script(keys=keys, args=options))
        except (RedisError, OSError):
            self._failed()
            return await self._fallback.take(caller)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()
