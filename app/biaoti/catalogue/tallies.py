"""What a review says of a whole catalogue: counted row by row, without keeping the rows."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from biaoti.catalogue.rows import COVERAGE, KEPT, NEW_VALUE, OLD_VALUE, TITLE, Outcome, Row
from biaoti.text import width

_MOST_GAINS = 20
_MOST_QUESTIONS = 40
_MOST_EXAMPLES = 3
# Upper ends of the groups of gains, in percent of the old value; the last group is open.
GAIN_ENDS = (0, 5, 10, 20, 35, 50, 100, 200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """A row by what its new title adds, in points."""

    number: int
    old: str
    new: str
    points: int
    share: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Misuse:
    """A rule that old titles break: how many do, and some of the words."""

    name: str
    rule: str
    severity: str
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A fact to be confirmed: the points it would open up over all listings that ask for it."""

    term: str
    attribute: str
    listings: int
    points: int


@dataclass(slots=True)
class Tally:
    """Counts over the rows seen so far."""

    old_value: int = 0
    new_value: int = 0
    compared: int = 0
    coverage: tuple[Counter[int], Counter[int]] = field(
        default_factory=lambda: (Counter(), Counter())
    )
    widths: tuple[Counter[int], Counter[int]] = field(
        default_factory=lambda: (Counter(), Counter())
    )
    gains: Counter[int] = field(default_factory=Counter)
    _top: list[tuple[int, int, Gain]] = field(default_factory=list)
    _misuse: dict[tuple[str, str, str], Counter[str]] = field(
        default_factory=lambda: defaultdict(Counter)
    )
    _wanted: dict[tuple[str, str], list[float]] = field(
        default_factory=lambda: defaultdict(lambda: [0, 0.0])
    )

    def add(self, row: Row, outcome: Outcome) -> None:
        """Count one row."""
        for rule, name, severity, text in outcome.violations:
            self._misuse[severity, rule, name][text] += 1
        new = outcome.cells.get(NEW_VALUE)
        if outcome.state == KEPT or not isinstance(new, int):
            return
        for term, attribute, gain in outcome.questions:
            wanted = self._wanted[term, attribute]
            wanted[0] += 1
            wanted[1] += gain * new
        old = outcome.cells.get(OLD_VALUE)
        if isinstance(old, int) and (old or new):  # without demand there is nothing to compare
            self._compare(row, outcome, old, new)

    def _compare(self, row: Row, outcome: Outcome, old: int, new: int) -> None:
        title, share = str(outcome.cells[TITLE]), outcome.cells.get(COVERAGE)
        after = share if isinstance(share, float) else 0.0
        before = after * old / new if new else 0.0
        self.compared += 1
        self.old_value += old
        self.new_value += new
        for counter, part in zip(self.coverage, (before, after), strict=True):
            counter[min(9, int(part * 10))] += 1
        for counter, text in zip(self.widths, (row.title, title), strict=True):
            counter[min(60, width(text)) // 5] += 1
        percent = 100 * (new - old) / old if old else float("inf")
        self.gains[sum(percent > end for end in GAIN_ENDS)] += 1
        gain = Gain(
            number=row.number,
            old=row.title,
            new=title,
            points=new - old,
            share=(new - old) / old if old else None,
        )
        heapq.heappush(self._top, (gain.points, -row.number, gain))
        if len(self._top) > _MOST_GAINS:
            heapq.heappop(self._top)

    @property
    def top(self) -> list[Gain]:
        """Return the rows that gain most, most first."""
        return [gain for points, _, gain in sorted(self._top, reverse=True) if points > 0]

    @property
    def misuse(self) -> list[Misuse]:
        """Return the rules that old titles break, gravest first, then by how many do."""
        rank = {"block": 0, "high": 1, "medium": 2, "low": 3}
        found = [
            Misuse(
                name=name,
                rule=rule,
                severity=severity,
                count=sum(texts.values()),
                examples=_examples(texts),
            )
            for (severity, rule, name), texts in self._misuse.items()
        ]
        return sorted(found, key=lambda m: (rank.get(m.severity, 9), -m.count, m.rule))

    @property
    def wanted(self) -> list[Wanted]:
        """Return the facts worth confirming, by the points they would open up."""
        found = [
            Wanted(term=term, attribute=attribute, listings=int(count), points=round(points))
            for (term, attribute), (count, points) in self._wanted.items()
        ]
        return sorted(found, key=lambda w: (-w.points, w.term, w.attribute))[:_MOST_QUESTIONS]


def _examples(texts: Counter[str]) -> tuple[str, ...]:
    ordered = sorted(texts, key=lambda text: (-texts[text], text))
    return tuple(text for text in ordered if text)[:_MOST_EXAMPLES]


def tally_of(pairs: Iterable[tuple[Row, Outcome]]) -> Tally:
    """Return the counts over all rows."""
    tally = Tally()
    for row, outcome in pairs:
        tally.add(row, outcome)
    return tally


def counts(counter: Counter[int], size: int) -> Sequence[int]:
    """Return how many fell into each of the groups 0 to size - 1."""
    return [counter[group] for group in range(size)]
