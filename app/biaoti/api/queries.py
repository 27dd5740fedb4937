"""Query parameters: read strictly, and described for the document from the same table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from biaoti.answers import COUNT_RANGE, EDITS_RANGE, LIMIT_RANGE, UsageError, Wishes
from biaoti.listings import MAX_TITLE, unknown_keys

_MOST_SHOWN = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One query parameter: what it means, and which values it takes."""

    meaning: str
    low: int | None = None
    high: int = 0
    is_truth: bool = False
    default: object = None
    choices: tuple[str, ...] = ()
    pattern: str | None = None
    longest: int = 200

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of the values taken."""
        found: dict[str, Any] = {"type": "string", "maxLength": self.longest}
        if self.low is not None:
            found = {"type": "integer", "minimum": self.low, "maximum": self.high}
        elif self.is_truth:
            found = {"type": "boolean"}
        elif self.choices:
            found = {"type": "string", "enum": list(self.choices)}
        elif self.pattern:
            found = {"type": "string", "pattern": self.pattern}
        return found if self.default is None else {**found, "default": self.default}

    def read(self, name: str, text: str) -> Any:  # noqa: ANN401 - a number, a truth or a text
        """Return the value of `text`; UsageError says what was expected."""
        expected = f"at most {self.longest} characters"
        if self.low is not None:
            if text.isascii() and text.isdigit() and len(text) <= len(str(self.high)):
                number = int(text)
                if self.low <= number <= self.high:
                    return number
            expected = f"a number from {self.low} to {self.high}"
        elif self.is_truth:
            if text in {"true", "false"}:
                return text == "true"
            expected = "true or false"
        elif self.choices:
            if text in self.choices:
                return text
            expected = f"one of {', '.join(self.choices)}"
        elif len(text) <= self.longest:
            return text
        msg = f"{name}: found {text[:_MOST_SHOWN]!r}, expected {expected}"
        raise UsageError(msg)


PARAMETERS = {
    "limit": Parameter(
        meaning="Title width in GBK bytes; the marketplace's own limit when absent.",
        low=LIMIT_RANGE[0],
        high=LIMIT_RANGE[1],
    ),
    "count": Parameter(
        meaning="How many different titles to propose.",
        low=COUNT_RANGE[0],
        high=COUNT_RANGE[1],
        default=1,
    ),
    "max_edits": Parameter(
        meaning="At most so many words may differ from the current title.",
        low=EDITS_RANGE[0],
        high=EDITS_RANGE[1],
    ),
    "fix": Parameter(
        meaning="Also return the title without what may safely go.", is_truth=True, default=False
    ),
    "candidate": Parameter(
        meaning="A title to score in the place of the listing's own, on the same demand.",
        longest=MAX_TITLE,
    ),
    "report": Parameter(
        meaning="Id of a report sent with `POST /v1/reports?store=false`: use it as keyword data.",
        pattern="^[0-9a-f]{32}$",
    ),
}


def read_query(query: Sequence[tuple[str, str]], table: Mapping[str, Parameter]) -> dict[str, Any]:
    """Return the values given; unknown, repeated and unreadable parameters are refused."""
    names = [name for name, _ in query]
    unknown = [name for name in names if name not in table]
    if unknown:
        raise UsageError(unknown_keys(unknown, tuple(table)))
    if len(set(names)) < len(names):
        msg = "a query parameter is given twice"
        raise UsageError(msg)
    return {name: table[name].read(name, text) for name, text in query}


def wishes_of(values: Mapping[str, Any]) -> Wishes:
    """Return what the parameters of an operation wish for."""
    renamed = {{"fix": "is_fix"}.get(name, name): value for name, value in values.items()}
    renamed.pop("report", None)
    renamed.pop("summary", None)
    return Wishes(**renamed)


def described(table: Mapping[str, Parameter]) -> list[dict[str, Any]]:
    """Return the parameters as the document lists them."""
    return [
        {
            "name": name,
            "in": "query",
            "required": False,
            "description": parameter.meaning,
            "schema": parameter.schema(),
        }
        for name, parameter in table.items()
    ]
