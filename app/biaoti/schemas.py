"""Request and response shapes of the HTTP edge, derived from the records so that none drifts.

They document; decoding is done by biaoti.listings, whose messages name every wrong key at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import TypeAdapter, WithJsonSchema
from pydantic.json_schema import JsonSchemaMode

from biaoti.records import (
    CheckReport,
    KeywordStat,
    Listing,
    MatchReport,
    Proposal,
    Reject,
    ScoreReport,
    Slot,
    ValueRange,
)

_REFERENCE = "#/components/schemas/{model}"
_VALUE = {"anyOf": [{"type": "string"}, {"type": "number"}, {"type": "boolean"}]}
_VALUED = {
    "anyOf": [
        {
            "type": "object",
            "additionalProperties": {
                "anyOf": [*_VALUE["anyOf"], {"type": "array", "items": _VALUE}]
            },
        },
        {"type": "string", "description": "`name:value;name:value`, as the platform exports it."},
        {"type": "null"},
    ]
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TagRequest:
    """The body of /v1/tag."""

    title: str
    listing: Listing | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchRequest:
    """The body of /v1/match."""

    keyword: str
    title: str
    listing: Listing | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A word of a title with its slot."""

    text: str
    start: int
    end: int
    slot: Slot
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tags:
    """The answer of /v1/tag."""

    terms: list[Tag]


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The answer of /healthz and /readyz."""

    status: Literal["ok"]
    lexicon: str
    data: str | None
    model: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReceipt:
    """What became of a report's rows; `report` is its id when it was tried out, not stored."""

    read: int
    kept: int
    merged: int
    rejected: list[Reject]
    imports: list[int]
    notes: list[str]
    report: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RootWord:
    """A term (词根) with the figures of all keywords that hold it."""

    term: str
    keywords: int
    value: float
    demand_index_max: float | None
    impressions: float | None
    clicks: float | None
    orders: float | None
    click_through_rate: float | None
    conversion_rate: float | None
    held_by: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendItem:
    """How a keyword moved over the periods of the store."""

    periods: int
    change: float
    peak_months: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeywordItem(KeywordStat):
    """A keyword with its figures as read, its kinds, its value and the factors of that."""

    terms: list[str]
    kinds: list[str]
    trend: TrendItem | None
    value: ValueRange
    toss_up_with_next: bool
    parts: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeywordReport:
    """The keywords of the data served or of a report, their root words, and rejected rows."""

    rows: list[KeywordItem]
    roots: list[RootWord]
    read: int
    merged: int
    rejected: list[Reject]
    notes: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineError:
    """What stands for a line that could not be answered; `line` counts from 1."""

    code: str
    message: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorLine:
    """One line of /v1/rewrite for a listing that could not be rewritten."""

    error: LineError


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Where in the body a fault is (a JSON pointer as URI fragment), and what is wrong."""

    pointer: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """An error as RFC 9457 describes it; `code` is stable and the one the command prints."""

    type: str
    title: str
    status: Annotated[int, WithJsonSchema({"type": "integer", "minimum": 400, "maximum": 599})]
    detail: str
    code: str
    errors: list[Fault] = field(default_factory=list)


_REQUESTS: dict[str, Any] = {
    "Listing": Listing,
    "TagRequest": TagRequest,
    "MatchRequest": MatchRequest,
}
_ANSWERS: dict[str, Any] = {
    "Proposal": Proposal,
    "CheckReport": CheckReport,
    "ScoreReport": ScoreReport,
    "MatchReport": MatchReport,
    "Tags": Tags,
    "Health": Health,
    "ImportReceipt": ImportReceipt,
    "KeywordReport": KeywordReport,
    "ErrorLine": ErrorLine,
    "Problem": Problem,
}


# Keys that an answer leaves out when there is nothing to say.
_MAY_LACK = {"Problem": "errors", "ImportReceipt": "report"}


def components(*answers: type) -> dict[str, Any]:
    """Return the JSON Schema of every request and answer by name, those of `answers` included."""
    known = {**_ANSWERS, **{answer.__name__: answer for answer in answers}}
    schemas: dict[str, Any] = {}
    for mode, kinds in (("validation", _REQUESTS), ("serialization", known)):
        schemas.update(_definitions(kinds, mode))  # type: ignore[arg-type] # the two modes pydantic knows
    listing = schemas["Listing"]
    listing["properties"].update(attributes=_VALUED, sku_options=_VALUED)
    for name in _REQUESTS:
        schemas[name]["additionalProperties"] = False
    for name, absent in _MAY_LACK.items():
        schemas[name]["required"] = [n for n in schemas[name]["required"] if n != absent]
    return schemas


def _definitions(kinds: dict[str, Any], mode: JsonSchemaMode) -> dict[str, Any]:
    adapters = [(name, mode, TypeAdapter(kind)) for name, kind in kinds.items()]
    _, found = TypeAdapter.json_schemas(adapters, ref_template=_REFERENCE)
    definitions: dict[str, Any] = found["$defs"]
    return definitions
