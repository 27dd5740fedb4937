"""Records -> plain JSON objects and their one text form, the same for command and service."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from biaoti.records import TaggedTerm

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def dumps(value: object) -> str:
    """Return `value` (plain data) as one line of JSON, the same bytes for the same data.

    >>> dumps({"标题": ["a", 1.5, None]})
    '{"标题":["a",1.5,null]}'
    """
    return _ENCODER.encode(value)


def plain(value: Any) -> Any:  # noqa: ANN401 - JSON of any shape
    """Return a record as an object of its field names; sets are sorted, inf and nan are null."""
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, bool | int | float | str):
        is_endless = isinstance(value, float) and not math.isfinite(value)
        return None if is_endless else value
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    return [plain(item) for item in (sorted(value) if isinstance(value, frozenset) else value)]


def tags(terms: Sequence[TaggedTerm]) -> dict[str, Any]:
    """Return the answer to `tag`; written out because thousands of titles a second pass here."""
    return {
        "terms": [
            {
                "text": term.text,
                "start": term.start,
                "end": term.end,
                "slot": term.slot.value,
                "confidence": term.confidence,
            }
            for term in terms
        ]
    }


def error(code: str, message: str, line: int | None = None) -> dict[str, Any]:
    """Return the error object of the command; `line` counts from 1."""
    place = {} if line is None else {"line": line}
    return {"error": {"code": code, "message": written(message), **place}}


def written(message: str) -> str:
    """Return `message` with what cannot be written as UTF-8 spelled out."""
    return message.encode("utf-8", "backslashreplace").decode("utf-8")
