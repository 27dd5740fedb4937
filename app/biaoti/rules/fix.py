"""Delete from a title what can be deleted safely."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from biaoti.records import Severity, Violation
from biaoti.rules.book import Rulebook

_SPACES = re.compile(r"[ \t\u3000]{2,}")
_LOOSE = re.compile(r"^[\s,，、/|+&·!！-]+|[\s,，、/|+&·!！-]+$")


@dataclass(frozen=True, slots=True)
class Edit:
    """A deletion: `text` stood at `start:end` of the title as given, `rule` objected to it."""

    start: int
    end: int
    text: str
    rule: str


def apply_fixes(
    title: str, violations: Iterable[Violation], book: Rulebook
) -> tuple[str, tuple[Edit, ...]]:
    """Return the title without the words that may safely go, and what was deleted, in order.

    Safe are the rules that rules.tsv marks so: none of them objects to a name. Hints are advice and
    stay. A title of which nothing would remain is returned as it was.
    """
    edits = tuple(
        Edit(v.start, v.end, v.text, v.rule)
        for v in sorted(violations, key=lambda v: (v.start, v.end, v.rule))
        if book.rules[v.rule].is_deletable and v.severity is not Severity.HINT
    )
    gone = {offset for edit in edits for offset in range(edit.start, edit.end)}
    rest = "".join(" " if i in gone else c for i, c in enumerate(title))
    fixed = _LOOSE.sub("", _SPACES.sub(" ", rest))
    if not edits or not fixed:
        return title, ()
    return fixed, edits
