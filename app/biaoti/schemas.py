"""Request and response shapes of the HTTP edge, derived from the records so that none drifts.

They document; decoding is done by biaoti.listings, whose messages name every wrong key at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import TypeAdapter, WithJsonSchema
from pydantic.json_schema import JsonSchemaMode

from biaoti.records import CheckReport, Listing, MatchReport, Proposal, ScoreReport, Slot

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

    status: str
    lexicon: str
    data: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """An error as RFC 9457 describes it; `code` is stable and the one the command prints."""

    type: str
    title: str
    status: Annotated[int, WithJsonSchema({"type": "integer", "minimum": 400, "maximum": 599})]
    detail: str
    code: str


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
    "Problem": Problem,
}


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
    return schemas


def _definitions(kinds: dict[str, Any], mode: JsonSchemaMode) -> dict[str, Any]:
    adapters = [(name, mode, TypeAdapter(kind)) for name, kind in kinds.items()]
    _, found = TypeAdapter.json_schemas(adapters, ref_template=_REFERENCE)
    definitions: dict[str, Any] = found["$defs"]
    return definitions
