"""What the assembler is given: candidates and demands."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from biaoti.records.words import Slot, Term

SecondsLeft = Callable[[], float]
"""How long an answer may still take, by a clock that a face started; `forever` without one."""


def forever() -> float:
    """Return the seconds left to a caller who can wait: the same answer on every machine."""
    return math.inf


class Status(StrEnum):
    """What the assembler may say of its answer."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """A keyword worth `value` once every term in `needs` is in the title.

    `sequence` is the keyword's terms in the order typed (for tightness); a demand that no report
    listed but the term model expects has `is_listed` False. `is_traffic` marks what the listing's
    own visitors typed. `credible` holds the ends of the credible range as factors of the value.
    """

    keyword: str
    needs: frozenset[Term]
    value: int
    sequence: tuple[Term, ...] = ()
    is_listed: bool = True
    is_traffic: bool = False
    credible: tuple[float, float] = (1.0, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Words we may print: they cost `width` once and give every term in `gives`."""

    text: str
    slot: Slot
    evidence: str
    width: int
    gives: frozenset[Term]
    in_title: bool = False
    is_kept: bool = False
    group: str | None = None
