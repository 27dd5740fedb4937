"""Bytes -> a JSON value, strictly: valid UTF-8, finite numbers, no key twice, a bearable size."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator
from typing import Any, BinaryIO, NoReturn

from biaoti.errors import BiaotiError

# A listing with a thousand attributes is some 100 kB; anything near this is not a listing.
MAX_BYTES = 4 * 2**20
_MOST_SHOWN = 20
_MOST_NAMED = 5


class JsonError(BiaotiError):
    """A text that is not one JSON value."""

    code = "bad-json"


class TooLargeError(BiaotiError):
    """A request that is larger than we read."""

    code = "too-large"


def read_json(content: bytes) -> Any:  # noqa: ANN401 - JSON of any shape
    """Return the JSON value in `content`; JsonError says what is wrong and where."""
    if len(content) > MAX_BYTES:
        msg = f"found more than {MAX_BYTES:,} bytes, expected at most that"
        raise TooLargeError(msg)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        msg = f"byte {error.start + 1}: found {content[error.start]:#04x}, expected UTF-8 text"
        raise JsonError(msg) from error
    if not text.strip():
        msg_0 = "found nothing, expected a JSON object"
        raise JsonError(msg_0)
    return _parse(text)


def bounded_lines(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of `stream` without their ends, none longer than just over MAX_BYTES."""
    while line := stream.readline(MAX_BYTES + 2):
        rest = line
        while not rest.endswith(b"\n") and len(rest) == MAX_BYTES + 2:
            rest = stream.readline(MAX_BYTES + 2)
        yield line.removesuffix(b"\n")


def _parse(text: str) -> Any:  # noqa: ANN401 - JSON of any shape
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        msg = f"line {error.lineno} column {error.colno}: {error.msg}"
        raise JsonError(msg) from error
    except RecursionError as error:
        msg_0 = "lists and objects are nested too deeply"
        raise JsonError(msg_0) from error
    except ValueError as error:
        raise JsonError(str(error)) from error
    if "\\u" in text:
        _refuse_lone_surrogates(value)
    return value


def _refuse_lone_surrogates(value: object) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        msg = "found half a surrogate pair, expected whole characters"
        raise JsonError(msg) from error


def _no_constant(name: str) -> NoReturn:
    msg = f"found {name}, expected a finite number"
    raise JsonError(msg)


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        msg = f"found {digits[:_MOST_SHOWN]}, expected a number that can be held"
        raise JsonError(msg)
    return number


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        twice = sorted(name for name, count in counts.items() if count > 1)
        shown = ", ".join(name[:_MOST_SHOWN] for name in twice[:_MOST_NAMED])
        rest = f" and {len(twice) - _MOST_NAMED:,} more" if len(twice) > _MOST_NAMED else ""
        msg = f"keys given twice: {shown}{rest}"
        raise JsonError(msg)
    return found


_DECODER = json.JSONDecoder(
    parse_constant=_no_constant, parse_float=_finite, object_pairs_hook=_no_duplicates
)
