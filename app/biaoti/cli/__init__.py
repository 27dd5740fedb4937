"""The command `biaoti`: decode, call, print. Everything heavy is imported where it is used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from biaoti.cli import streams
from biaoti.cli.start import Setup, files, is_debug, open_session, read_settings
from biaoti.cli.streams import BAD_INPUT, FINE, INTERNAL, STDIN, VIOLATIONS
from biaoti.errors import BiaotiError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from biaoti.answers import Answer

app = typer.Typer(
    name="biaoti",
    help="标题:淘宝/天猫标题与关键词优化。每个词有依据,每个标题有证明。",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_Listing = Annotated[
    str | None, typer.Argument(metavar="LISTING", help="宝贝 JSON 文件;- 为标准输入")
]
_Title = Annotated[str | None, typer.Option("--title", help="标题(代替或覆盖文件里的标题)")]
_Json = Annotated[bool, typer.Option("--json", help="输出一行 JSON")]
_Jsonl = Annotated[bool, typer.Option("--jsonl", help="标准输入每行一个 JSON,逐行回答")]
_Keywords = Annotated[
    list[Path] | None, typer.Option("--keywords", "-k", help="关键词报表,可重复给出")
]
_Lexicon = Annotated[Path | None, typer.Option("--lexicon", help="自己的词库目录,加在内置词库上")]
_Today = Annotated[str | None, typer.Option("--today", help="今天的日期,如 2026-06-01")]
_Limit = Annotated[int | None, typer.Option("--limit", help="标题宽度上限(GBK 字节)")]
_Count = Annotated[int, typer.Option("--count", help="给几个标题")]
_MaxEdits = Annotated[int | None, typer.Option("--max-edits", help="最多改动几个词")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """In which form a command reads and writes."""

    is_json: bool
    is_jsonl: bool


@app.command()
def suggest(  # noqa: PLR0913 - one parameter per option of the command line
    listing: _Listing = None,
    *,
    keywords: _Keywords = None,
    limit: _Limit = None,
    count: _Count = 1,
    max_edits: _MaxEdits = None,
    title: _Title = None,
    json: _Json = False,
    jsonl: _Jsonl = False,
    today: _Today = None,
    lexicon: _Lexicon = None,
) -> None:
    """写出最优标题,附证明、依据、未用的词和问题。"""
    setup = Setup(keywords=files(keywords), today=today, lexicon=lexicon)
    request = _request(listing, title=title)
    wishes = {"limit": limit, "count": count, "max_edits": max_edits}
    _operate("suggest", setup, request, wishes, Form(is_json=json, is_jsonl=jsonl))


@app.command()
def check(  # noqa: PLR0913
    listing: _Listing = None,
    *,
    title: _Title = None,
    json: _Json = False,
    jsonl: _Jsonl = False,
    today: _Today = None,
    lexicon: _Lexicon = None,
) -> None:
    """检查标题的违规用词;有违规时退出码为 1。"""
    setup = Setup(today=today, lexicon=lexicon)
    request = _request(listing, title=title)
    _operate("check", setup, request, {}, Form(is_json=json, is_jsonl=jsonl))


@app.command()
def score(  # noqa: PLR0913
    listing: _Listing = None,
    *,
    keywords: _Keywords = None,
    limit: _Limit = None,
    max_edits: _MaxEdits = None,
    title: _Title = None,
    json: _Json = False,
    jsonl: _Jsonl = False,
    today: _Today = None,
    lexicon: _Lexicon = None,
) -> None:
    """估算现有标题的价值,与最优标题相比,逐条列账。"""
    setup = Setup(keywords=files(keywords), today=today, lexicon=lexicon)
    request = _request(listing, title=title)
    wishes = {"limit": limit, "max_edits": max_edits}
    _operate("score", setup, request, wishes, Form(is_json=json, is_jsonl=jsonl))


@app.command()
def tag(
    listing: _Listing = None,
    *,
    title: _Title = None,
    json: _Json = False,
    jsonl: _Jsonl = False,
    lexicon: _Lexicon = None,
) -> None:
    """给标题的每个词标出词槽。"""
    request = _request(listing, title=title)
    _operate("tag", Setup(lexicon=lexicon), request, {}, Form(is_json=json, is_jsonl=jsonl))


@app.command()
def match(  # noqa: PLR0913
    request: Annotated[
        str | None, typer.Argument(metavar="REQUEST", help="{keyword,title,listing?} 的 JSON 文件")
    ] = None,
    *,
    keyword: Annotated[str | None, typer.Option("--keyword", help="搜索词")] = None,
    title: _Title = None,
    json: _Json = False,
    jsonl: _Jsonl = False,
    today: _Today = None,
    lexicon: _Lexicon = None,
) -> None:
    """判断标题是否回应一个搜索词。"""
    setup = Setup(today=today, lexicon=lexicon)
    asked = _request(request, title=title, keyword=keyword)
    _operate("match", setup, asked, {}, Form(is_json=json, is_jsonl=jsonl))


# ---- running a command -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """Where a request comes from: a file, and keys given as options, which win."""

    source: str | None
    given: dict[str, str]

    def read(self) -> object:
        """Return the decoded request."""
        if self.source is None:
            return self.given
        data = streams.read_object(self.source)
        return {**data, **self.given} if isinstance(data, dict) and self.given else data


def _request(source: str | None, **options: str | None) -> _Request:
    given = {name: value for name, value in options.items() if value is not None}
    return _Request(source=source, given=given)


def _operate(
    name: str, setup: Setup, request: _Request, wishes: dict[str, int | None], form: Form
) -> None:
    """Run one of the five operations on one request, or on each line of standard input."""
    _expect_input(request, form)
    guarded(lambda: _answer(name, setup, request, wishes, form), is_json=form.is_json)


def _expect_input(request: _Request, form: Form) -> None:
    if form.is_json and form.is_jsonl:
        raise typer.BadParameter("--json 与 --jsonl 只能用一个")
    if form.is_jsonl and (request.source not in {None, STDIN} or request.given):
        raise typer.BadParameter("--jsonl 从标准输入读,不再需要文件或 --title")
    if not form.is_jsonl and request.source is None and not request.given:
        raise typer.BadParameter("需要一个 JSON 文件、-(标准输入)、--title,或 --jsonl")


def _answer(
    name: str, setup: Setup, request: _Request, wishes: dict[str, int | None], form: Form
) -> int:
    from biaoti.answers import Operation, Wishes, encoded, respond, title_of  # noqa: PLC0415

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
    from biaoti.cli.tables import show  # noqa: PLC0415 - rich only for people

    show(answer, title)


def _status(answer: Answer) -> int:
    """Return 1 for a check with a violation (advice is none), else 0."""
    from biaoti.records import CheckReport, Severity  # noqa: PLC0415

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
    except Exception as error:  # noqa: BLE001 - the face: a defect becomes exit 3, not a traceback
        message = streams.internal_message(error, is_debug=is_debug())
        streams.say(f"内部错误(internal): {message}")
        if is_json:
            _write_error("internal", message)
        code = INTERNAL
    raise typer.Exit(code)


def _write_error(code: str, message: str) -> None:
    from biaoti.encode import error  # noqa: PLC0415

    try:
        streams.write_line(error(code, message))
    except BrokenPipeError:
        streams.stop_writing()


def main() -> None:
    """Run the command line of this process."""
    app(prog_name="biaoti")
