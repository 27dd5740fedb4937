"""The nouns of a catalogue: its rows, what becomes of them, and the names of the new columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from biaoti.errors import BiaotiError
from biaoti.listings import Aliases

TITLE, WIDTH, OLD_VALUE, NEW_VALUE, COVERAGE = "新标题", "宽度", "原价值", "新价值", "覆盖率"
CHANGES, OLD_VIOLATIONS, VIOLATIONS = "改动", "原标题违规", "违规"
QUESTIONS, STATUS, ACCEPT = "待确认", "状态", "采纳"
SHOP_VALUE = "店内价值"
COLUMNS = (
    *(TITLE, WIDTH, OLD_VALUE, NEW_VALUE, COVERAGE, CHANGES),
    *(OLD_VIOLATIONS, VIOLATIONS, QUESTIONS, STATUS, ACCEPT),
)
PLAN_COLUMNS = (*COLUMNS[:4], SHOP_VALUE, *COLUMNS[4:])
REWRITTEN, UNCHANGED, KEPT = "已改写", "已是最优", "保留原标题"

Scalar = str | int | float | None
Item = TypeVar("Item")


class CatalogueError(BiaotiError):
    """A catalogue that cannot be read or written at all."""

    code = "bad-catalogue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a catalogue, numbered from 1.

    `cells` is what stood there: a list of texts (tables) or a JSON value (JSON lines, Parquet).
    `listing` is the JSON object of the listing, unless `problem` says why there is none.
    """

    number: int
    cells: object
    listing: Mapping[str, object]
    title: str = ""
    shop: str = ""
    problem: str | None = None

    def text_of(self, key: str, aliases: Aliases) -> str:
        """Return what the row holds under a listing key, by whatever name; empty without one."""
        values = (value for name, value in self.listing.items() if aliases.key_of(name) == key)
        return next((str(value) for value in values if value), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The new cells of one row by column, which of the three states it is in, and its findings.

    `violations` are (rule, name, severity, text) of the old title; `questions` are (term,
    attribute, gain).
    """

    state: str
    cells: Mapping[str, Scalar]
    violations: tuple[tuple[str, str, str, str], ...] = ()
    questions: tuple[tuple[str, str, float], ...] = ()

    def as_json(self) -> list[object]:
        """Return the outcome as the journal and Spark carry it; `outcome_of` reads it back."""
        return [self.state, dict(self.cells), self.violations, self.questions]


def outcome_of(data: Sequence[object]) -> Outcome:
    """Return the outcome that `Outcome.as_json` wrote.

    >>> outcome_of(kept("裙", "空行").as_json()) == kept("裙", "空行")
    True
    """
    state, cells, violations, questions = data
    return Outcome(
        state=str(state),
        cells=cells,  # type: ignore[arg-type] # as_json wrote a mapping of scalars
        violations=tuple(tuple(item) for item in violations),  # type: ignore[attr-defined]
        questions=tuple(tuple(item) for item in questions),  # type: ignore[attr-defined]
    )


def kept(title: str, why: str) -> Outcome:
    """Return the outcome of a row that cannot be done: its old title, and why."""
    return Outcome(state=KEPT, cells={TITLE: title, STATUS: f"{KEPT}:{why}"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What became of a catalogue's rows, and the columns that no listing key stands behind."""

    rows: int
    rewritten: int
    unchanged: int
    kept: int
    unused: tuple[str, ...] = ()


def summary_of(states: Mapping[str, int], unused: Iterable[str] = ()) -> Summary:
    """Return the summary of how many rows are in each state."""
    return Summary(
        rows=sum(states.values()),
        rewritten=states.get(REWRITTEN, 0),
        unchanged=states.get(UNCHANGED, 0),
        kept=states.get(KEPT, 0),
        unused=tuple(unused),
    )


def fresh_names(taken: Iterable[str], wanted: Sequence[str]) -> list[str]:
    """Return the names of our columns; one that is taken already gets a number.

    >>> fresh_names(["标题", "宽度"], ["宽度", "状态"])
    ['宽度(2)', '状态']
    """
    used, names = set(taken), []
    for name in wanted:
        fresh, number = name, 2
        while fresh in used:
            fresh, number = f"{name}({number})", number + 1
        names.append(fresh)
        used.add(fresh)
    return names


def chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Yield `items` in lists of `size`, the last one shorter.

    >>> list(chunks([1, 2, 3], 2))
    [[1, 2], [3]]
    """
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk
