"""Records -> plain JSON objects and their one text form, which the command and the service share."""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from biaoti.keywords import KeywordRow, Root
from biaoti.records import ReportReading, TaggedTerm

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def dumps(value: object) -> str:
    """Return `value` (plain data) as one line of JSON, the same bytes for the same data.

    >>> dumps({"标题": ["a", 1.5, None]})
    '{"标题":["a",1.5,null]}'
    """
    return _ENCODER.encode(value)


def plain(value: Any) -> Any:  # noqa: ANN401 - records of any shape
    """Return a record as an object of its field names; sets are sorted, a figure without end is null."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if isinstance(value, frozenset):
        return [plain(item) for item in sorted(value)]
    if is_dataclass(value):
        return {name: plain(getattr(value, name)) for name in _names(type(value))}
    return [plain(item) for item in value]


@functools.cache
def _names(kind: Any) -> tuple[str, ...]:  # noqa: ANN401 - any record class
    return tuple(field.name for field in fields(kind))


def tags(terms: Sequence[TaggedTerm]) -> dict[str, Any]:
    """Return the answer to `tag`; written out by hand because thousands of titles a second pass here."""
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
    return {"error": {"code": code, "message": _clean(message), **place}}


def _clean(message: str) -> str:
    """Return `message` without what cannot be written as UTF-8."""
    return message.encode("utf-8", "backslashreplace").decode("utf-8")


def keyword_report(
    rows: Sequence[KeywordRow], roots: Sequence[Root], reading: ReportReading
) -> dict[str, Any]:
    """Return the answer to `keywords`; rejected rows are told with their place."""
    return {
        "rows": [keyword_row(row) for row in rows],
        "roots": [plain(root) for root in roots],
        "read": reading.read,
        "merged": reading.merged,
        "rejected": [plain(reject) for reject in reading.rejected],
        "notes": list(reading.notes),
    }


def keyword_row(row: KeywordRow) -> dict[str, Any]:
    """Return one keyword with its figures as read, its kinds, and its value with the parts."""
    stat = plain(row.stat)
    return {
        "keyword": stat.pop("keyword"),
        "terms": list(row.terms),
        **stat,
        "kinds": [kind.value for kind in row.kinds],
        "value": plain(row.value),
        "parts": {name: plain(factor) for name, factor in row.score.parts},
    }
