"""The commands on one listing: suggest, check, score, tag, match."""

from __future__ import annotations

from typing import Annotated

import typer

from biaoti.cli import options
from biaoti.cli.running import Form, make_request, operate
from biaoti.cli.setup import Setup
from biaoti.cli.start import files


def suggest(  # noqa: PLR0913 - one for each option
    listing: options.Listing = None,
    *,
    keywords: options.Keywords = None,
    limit: options.Limit = None,
    count: options.Count = 1,
    max_edits: options.MaxEdits = None,
    title: options.Title = None,
    json: options.Json = False,
    jsonl: options.Jsonl = False,
    today: options.Today = None,
    lexicon: options.Lexicon = None,
    database: options.Database = None,
    no_store: options.NoStore = False,
) -> None:
    """Print the best title of a listing with its proof and its reasons."""
    setup = Setup(
        keywords=files(keywords),
        today=today,
        lexicon=lexicon,
        database=database,
        is_store_wanted=not no_store,
    )
    request = make_request(listing, title=title)
    wishes = {"limit": limit, "count": count, "max_edits": max_edits}
    operate("suggest", setup, request, wishes, Form(is_json=json, is_jsonl=jsonl))


def check(
    listing: options.Listing = None,
    *,
    title: options.Title = None,
    fix: options.Fix = False,
    json: options.Json = False,
    jsonl: options.Jsonl = False,
    today: options.Today = None,
    lexicon: options.Lexicon = None,
) -> None:
    """Print the misuse in a listing's title; exit 1 when there is any, mended or not."""
    setup = Setup(today=today, lexicon=lexicon)
    request = make_request(listing, title=title)
    operate("check", setup, request, {"is_fix": fix}, Form(is_json=json, is_jsonl=jsonl))


def score(  # noqa: PLR0913 - one for each option
    listing: options.Listing = None,
    *,
    keywords: options.Keywords = None,
    limit: options.Limit = None,
    max_edits: options.MaxEdits = None,
    candidate: options.Candidate = None,
    title: options.Title = None,
    json: options.Json = False,
    jsonl: options.Jsonl = False,
    today: options.Today = None,
    lexicon: options.Lexicon = None,
    database: options.Database = None,
    no_store: options.NoStore = False,
) -> None:
    """Print what a listing's own title is worth beside the best possible."""
    setup = Setup(
        keywords=files(keywords),
        today=today,
        lexicon=lexicon,
        database=database,
        is_store_wanted=not no_store,
    )
    request = make_request(listing, title=title)
    wishes = {"limit": limit, "max_edits": max_edits, "candidate": candidate}
    operate("score", setup, request, wishes, Form(is_json=json, is_jsonl=jsonl))


def tag(
    listing: options.Listing = None,
    *,
    title: options.Title = None,
    json: options.Json = False,
    jsonl: options.Jsonl = False,
    lexicon: options.Lexicon = None,
) -> None:
    """Print the slot of each word of a title."""
    request = make_request(listing, title=title)
    operate("tag", Setup(lexicon=lexicon), request, {}, Form(is_json=json, is_jsonl=jsonl))


def match(
    request: Annotated[
        str | None,
        typer.Argument(metavar="REQUEST", help="JSON 文件 {keyword, title, listing?};- 为标准输入"),
    ] = None,
    *,
    keyword: Annotated[str | None, typer.Option("--keyword", metavar="TEXT", help="搜索词")] = None,
    title: options.Title = None,
    json: options.Json = False,
    jsonl: options.Jsonl = False,
    today: options.Today = None,
    lexicon: options.Lexicon = None,
) -> None:
    """Print whether a title answers a keyword."""
    setup = Setup(today=today, lexicon=lexicon)
    asked = make_request(request, title=title, keyword=keyword)
    operate("match", setup, asked, {}, Form(is_json=json, is_jsonl=jsonl))
