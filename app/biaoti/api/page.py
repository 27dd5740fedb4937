"""The page at `/`, its files, and the reference at `/docs`; nothing comes from elsewhere."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from biaoti.api.documents import LISTING
from biaoti.api.edge import PAGE_POLICY
from biaoti.api.service import Service
from biaoti.records import Slot

WEB = Path(__file__).parents[1] / "web"
LANGUAGES = ("zh", "en")
_HEADERS = {
    "Content-Security-Policy": PAGE_POLICY,
    "Cache-Control": "no-cache",
    "Vary": "Accept-Language",
}


def add_page(app: FastAPI, service: Service) -> None:
    """Add the page, the reference and the files they need."""
    environment = Environment(
        loader=FileSystemLoader(WEB / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["static"] = _static

    async def page(request: Request) -> HTMLResponse:
        language = _language(request)
        words = strings(language)
        content = environment.get_template("page.html").render(
            language=language,
            words=words,
            slots=tuple(Slot),
            data=_json(
                {
                    "language": language,
                    "words": words,
                    "rules": rule_names(language),
                    "example": LISTING,
                    "limit": service.live.session.engine.lexicon.policy.limit,
                    "hasData": service.live.session.market is not None,
                    "hasLogin": service.settings.has_login,
                }
            ),
        )
        return HTMLResponse(content, headers=_HEADERS)

    async def reference(request: Request) -> HTMLResponse:
        content = environment.get_template("docs.html").render(
            document=app.openapi(), language=_language(request), pretty=_pretty
        )
        return HTMLResponse(content, headers=_HEADERS)

    for path, answer in (("/", page), ("/docs", reference)):
        app.add_api_route(path, answer, methods=["GET"], include_in_schema=False)
    app.mount("/static", StaticFiles(directory=WEB / "static"), name="static")


@cache
def strings(language: str) -> dict[str, str]:
    """Return the words of the page in one language."""
    table = json.loads((WEB / "strings.json").read_text(encoding="utf-8"))
    number = LANGUAGES.index(language)
    return {key: words[number] for key, words in table.items()}


@cache
def rule_names(language: str) -> dict[str, list[str]]:
    """Return name and meaning of each rule where they are not in Chinese, as the rules speak."""
    path = WEB / f"rules_{language}.json"
    found: dict[str, list[str]] = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    return found


def _language(request: Request) -> str:
    """Return the language asked for, else the browser's when that is not Chinese, else Chinese."""
    asked = request.query_params.get("lang")
    if asked in LANGUAGES:
        return asked
    accepted = request.headers.get("accept-language", "").lower()
    return "en" if accepted.startswith("en") and "zh" not in accepted else "zh"


@cache
def _static(name: str) -> str:
    """Return the address of a file of the page; it changes with what the file holds."""
    digest = hashlib.sha256((WEB / "static" / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


def _json(value: object) -> str:
    """Return JSON that may stand in a script element: nothing in it ends the element."""
    text = json.dumps(value, ensure_ascii=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _pretty(value: Any) -> str:  # noqa: ANN401 - JSON of any shape
    return json.dumps(value, ensure_ascii=False, indent=2)
