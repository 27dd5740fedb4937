#!/usr/bin/env python3
"""Call a biaoti service with nothing but Python's standard library: copy this file and change it.

    python3 client.py suggest listing.json
    python3 client.py check listing.json
    python3 client.py rewrite listings.jsonl > rewritten.jsonl

BIAOTI_URL (default http://127.0.0.1:8000) says where the service is, BIAOTI_KEY holds a key if it
asks for one. A request is sent again when the service is busy, stopping or cut off: every request
here may be repeated. Exit codes: 0 answered, 1 the service refused, 2 not reached or bad usage.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

ATTEMPTS = 6
TIMEOUT_SECONDS = 60
LONGEST_WAIT_SECONDS = 30.0
BATCH_LINES = 5_000
BUSY, UNAVAILABLE = 429, 503


class Problem(Exception):
    """A refusal: `code` is stable, `errors` point into the body, `request_id` is for the log."""

    def __init__(self, response: HTTPResponse) -> None:
        body = response.read()
        with suppress(ValueError):
            body = json.loads(body)
        told = body if isinstance(body, dict) else {}
        self.status = response.status
        self.code = told.get("code", "unknown")
        self.errors = told.get("errors", [])
        self.request_id = response.headers.get("X-Request-ID", "")
        self.retry_after = response.headers.get("Retry-After", "")
        super().__init__(f"{self.status} {self.code}: {told.get('detail', response.reason)}")

    @property
    def may_pass(self) -> bool:
        """Tell whether the same request may be answered later."""
        return self.status in {BUSY, UNAVAILABLE}


class Client:
    """A service and the key to it."""

    def __init__(self, url: str, key: str | None = None) -> None:
        self._address = urlsplit(url)
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    def ask(self, path: str, body: object, **query: object) -> Any:
        """Return the answer to a JSON body. Raises Problem, or OSError when out of reach."""
        content = json.dumps(body, ensure_ascii=False).encode()
        target = f"{path}?{urlencode(query)}" if query else path
        headers = {**self._headers, "Content-Type": "application/json"}
        for attempt in range(1, ATTEMPTS + 1):
            connection = self._connect()
            try:
                connection.request("POST", target, content, headers)
                return json.loads(_accepted(connection).read())
            except (Problem, OSError, HTTPException) as error:
                _wait_or_raise(error, attempt)
            finally:
                connection.close()
        raise AssertionError  # the last attempt has returned or raised

    def rewrite(self, path: Path) -> Iterator[dict[str, Any]]:
        """Yield one answer for each line of a JSON lines file, in order, as they come."""
        with path.open("rb") as lines:
            while batch := list(islice(lines, BATCH_LINES)):
                yield from self._rewrite(batch)

    def _rewrite(self, batch: Sequence[bytes]) -> Iterator[dict[str, Any]]:
        done = attempt = 0
        while done < len(batch):
            attempt += 1
            try:
                for answer in self._stream(batch[done:]):
                    done, attempt = done + 1, 0
                    yield answer
                if done < len(batch):
                    raise ConnectionError("the stream ended early")
            except (Problem, OSError, HTTPException) as error:
                _wait_or_raise(error, attempt)

    def _stream(self, lines: Sequence[bytes]) -> Iterator[dict[str, Any]]:
        """Read answers while a thread sends: the service reads on only when they are taken."""
        connection = self._connect()
        connection.putrequest("POST", "/v1/rewrite")
        headers = {"Content-Type": "application/x-ndjson", "Transfer-Encoding": "chunked"}
        for name, value in {**self._headers, **headers}.items():
            connection.putheader(name, value)
        connection.endheaders()
        line = connection.sock
        sender = threading.Thread(target=_send, args=(line, lines), daemon=True)
        sender.start()
        try:
            yield from map(json.loads, _accepted(connection))
        finally:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            connection.close()
            sender.join()

    def _connect(self) -> HTTPConnection:
        kind = HTTPSConnection if self._address.scheme == "https" else HTTPConnection
        return kind(self._address.netloc, timeout=TIMEOUT_SECONDS)


def _send(line: socket.socket, pieces: Sequence[bytes]) -> None:
    with suppress(OSError):  # the reader learns why
        for piece in pieces:
            line.sendall(b"%x\r\n%b\r\n" % (len(piece), piece))
        line.sendall(b"0\r\n\r\n")


def _accepted(connection: HTTPConnection) -> HTTPResponse:
    response = connection.getresponse()
    if response.status != 200:
        raise Problem(response)
    return response


def _wait_or_raise(error: Exception, attempt: int) -> None:
    """Wait as long as the service asks, else longer each time; raise what no waiting will mend."""
    if attempt >= ATTEMPTS or (isinstance(error, Problem) and not error.may_pass):
        raise error
    asked = error.retry_after if isinstance(error, Problem) else ""
    seconds = float(asked) if asked.isdigit() else 0.2 * 2**attempt
    time.sleep(min(seconds, LONGEST_WAIT_SECONDS))


def show(command: str, answer: dict[str, Any]) -> None:
    """Print what a person wants to know of an answer."""
    if command == "suggest":
        best = answer["best"]
        print(best["title"])
        print(f"{best['width']}/{best['limit']} bytes, {best['status']}, gap {best['gap']}")
    else:
        for found in answer["violations"]:
            print(f"{found['severity']} {found['rule']} {found['text']}: {found['message']}")
        print(f"{len(answer['violations'])} violations")


def main(command: str, path: Path) -> None:
    """Send one file and print the answer."""
    client = Client(
        os.environ.get("BIAOTI_URL", "http://127.0.0.1:8000"), os.environ.get("BIAOTI_KEY")
    )
    if command == "rewrite":
        for answer in client.rewrite(path):
            print(json.dumps(answer, ensure_ascii=False))
    else:
        listing = json.loads(path.read_text(encoding="utf-8"))
        show(command, client.ask(f"/v1/{command}", listing))


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in {"suggest", "check", "rewrite"}:
        sys.exit(__doc__)
    try:
        main(sys.argv[1], Path(sys.argv[2]))
    except Problem as problem:
        print(
            problem,
            *(f"  {e['pointer']}: {e['detail']}" for e in problem.errors),
            sep="\n",
            file=sys.stderr,
        )
        print(f"  X-Request-ID {problem.request_id}", file=sys.stderr)
        sys.exit(1)
    except (OSError, HTTPException, ValueError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(2)
