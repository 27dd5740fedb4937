"""JSON in from a file or a stream, JSON out: one answer per line, errors as lines, no traceback."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from biaoti import encode
from biaoti.cli.wording import in_chinese
from biaoti.decode import MAX_BYTES, JsonError, bounded_lines, read_json
from biaoti.errors import BiaotiError

FINE, VIOLATIONS, BAD_INPUT, INTERNAL = 0, 1, 2, 3
STDIN = "-"


def read_object(source: str) -> Any:  # noqa: ANN401 - JSON of any shape
    """Return the JSON value in the file `source`, or on standard input for `-`."""
    content = _content(source)
    try:
        return read_json(content)
    except JsonError as error:
        msg = f"{_place(source)}: {error}"
        raise JsonError(msg) from error


def _place(source: str) -> str:
    return "stdin" if source == STDIN else source


def _content(source: str) -> bytes:
    if source == STDIN:
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    try:
        with Path(source).open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        msg = f"{source}: cannot be read: {error.strerror or error}"
        raise JsonError(msg) from error


def write_line(value: object) -> None:
    """Write one JSON line to standard output, flushed, so that a caller may talk line by line."""
    sys.stdout.buffer.write(encode.dumps(value).encode("utf-8") + b"\n")
    sys.stdout.buffer.flush()


def answer_lines(answer: Callable[[Any], dict[str, Any]], *, is_debug: bool) -> int:
    """Answer each JSON line of standard input with one line; return 0, or 3 when we failed at one.

    A bad line is answered by `{"error": {code, message, line}}`, and so is an empty one.
    """
    status = FINE
    for number, line in enumerate(bounded_lines(sys.stdin.buffer), start=1):
        try:
            reply = answer(read_json(line.removesuffix(b"\r")))
        except BiaotiError as error:
            reply = encode.error(error.code, str(error), number)
        except Exception as error:  # noqa: BLE001 - a defect must not stop the rest
            reply = encode.error("internal", internal_message(error, is_debug=is_debug), number)
            status = INTERNAL
        write_line(reply)
    return status


# ---- telling people ----------------------------------------------------------------------------


def say(message: str) -> None:
    """Write one message to standard error; a closed standard error is no reason to fail."""
    if message:
        try:
            sys.stderr.write(message.encode("utf-8", "replace").decode("utf-8") + "\n")
            sys.stderr.flush()
        except (OSError, ValueError):
            return


def failure(error: BiaotiError) -> str:
    """Return what tells a person what is wrong: in Chinese, then as programs are told."""
    message = str(error)
    chinese = in_chinese(message)
    return (
        f"错误({error.code}): {chinese}\n  {message}"
        if chinese
        else f"错误({error.code}): {message}"
    )


def internal_message(error: Exception, *, is_debug: bool) -> str:
    """Return one line on a defect of ours; its traceback goes to standard error for debugging."""
    if is_debug:
        say("".join(traceback.format_exception(error)))
    summary = " ".join(str(error).split())[:200]
    return f"{type(error).__name__}: {summary}"


def stop_writing() -> None:
    """Point standard output at nothing after the reader left, so that no later flush fails."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, sys.stdout.fileno())
