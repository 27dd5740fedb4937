"""Running a command: read the request, answer, print, and leave with the right exit code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import typer

from biaoti.cli import streams
from biaoti.cli.setup import Setup
from biaoti.cli.start import is_debug, open_session, read_settings
from biaoti.cli.streams import BAD_INPUT, FINE, INTERNAL, STDIN, VIOLATIONS
from biaoti.errors import BiaotiError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from biaoti.answers import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """In which form a command reads and writes."""

    is_json: bool
    is_jsonl: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Where a request comes from: a file, and keys given as options, which win."""

    source: str | None
    given: dict[str, str]

    def read(self) -> object:
        """Return the decoded request."""
        if self.source is None:
            return self.given
        data = streams.read_object(self.source)
        return {**data, **self.given} if isinstance(data, dict) and self.given else data


def make_request(source: str | None, **options: str | None) -> Request:
    """Return the request in the file `source` with the options that were given."""
    given = {name: value for name, value in options.items() if value is not None}
    return Request(source=source, given=given)


def operate(name: str, setup: Setup, request: Request, wishes: dict[str, Any], form: Form) -> None:
    """Run one of the five operations on one request, or on each line of standard input."""
    _expect_input(request, form)
    guarded(lambda: _answer(name, setup, request, wishes, form), is_json=form.is_json)


def _expect_input(request: Request, form: Form) -> None:
    if form.is_json and form.is_jsonl:
        msg = "--json 与 --jsonl 只能用一个"
        raise typer.BadParameter(msg)
    if form.is_jsonl and (request.source not in {None, STDIN} or request.given):
        msg = "--jsonl 从标准输入读,不再需要文件或 --title"
        raise typer.BadParameter(msg)
    if not form.is_jsonl and request.source is None and not request.given:
        msg = "需要一个 JSON 文件、-(标准输入)、--title,或 --jsonl"
        raise typer.BadParameter(msg)


def _answer(name: str, setup: Setup, request: Request, wishes: dict[str, Any], form: Form) -> int:
    from biaoti.answers import Operation, Wishes, encoded, respond, title_of  # noqa: PLC0415 - start-up

    operation, settings = Operation(name), read_settings()
    wanted = Wishes(**{key: value for key, value in wishes.items() if value is not None})
    data = None if form.is_jsonl else request.read()
    session = open_session(setup, settings, streams.say)
    if form.is_jsonl:
        return streams.answer_lines(
            lambda line: encoded(respond(operation, session, line, wanted)),
            is_debug=settings.is_debug,
        )
    answer = respond(operation, session, data, wanted)
    if form.is_json:
        streams.write_line(encoded(answer))
    else:
        _show(answer, title_of(data, session.aliases))
    return _status(answer)


def _show(answer: Answer, title: str) -> None:
    from biaoti.cli.tables import show  # noqa: PLC0415 - start-up

    show(answer, title)


def _status(answer: Answer) -> int:
    """Return 1 for a check with a violation (advice is none), else 0."""
    from biaoti.records import CheckReport, Severity  # noqa: PLC0415 - start-up

    if not isinstance(answer, CheckReport):
        return FINE
    is_bad = any(v.severity is not Severity.HINT for v in answer.violations)
    return VIOLATIONS if is_bad else FINE


def guarded(action: Callable[[], int], *, is_json: bool = False) -> None:
    """Run a command's work and leave with its exit code; whatever happens, no traceback."""
    try:
        code = action()
    except BiaotiError as error:
        streams.say(streams.failure(error))
        if is_json:
            _write_error(error.code, str(error))
        code = BAD_INPUT
    except BrokenPipeError:
        streams.stop_writing()
        code = FINE
    except Exception as error:  # noqa: BLE001 - a defect must not stop the rest
        message = streams.internal_message(error, is_debug=is_debug())
        streams.say(f"内部错误(internal): {message}")
        if is_json:
            _write_error("internal", message)
        if isinstance(error, OSError):
            streams.stop_writing()
        code = INTERNAL
    raise typer.Exit(code)


def _write_error(code: str, message: str) -> None:
    from biaoti.encode import error  # noqa: PLC0415 - start-up

    try:
        streams.write_line(error(code, message))
    except OSError:
        streams.stop_writing()
