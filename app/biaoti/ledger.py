"""What each word of a title brings, costs and carries."""

from __future__ import annotations

from collections.abc import Iterator

from biaoti.brief import Brief
from biaoti.engine import Engine
from biaoti.records import PlacedTerm
from biaoti.titles import Written


def placed_terms(engine: Engine, brief: Brief, written: Written) -> Iterator[PlacedTerm]:
    """Yield the words of a title in order, each with what is lost without it."""
    order = written.answer.order
    for index in order:
        candidate = brief.candidates[index]
        full = frozenset(t for i in order for t in brief.candidates[i].gives)
        rest = frozenset(t for i in order if i != index for t in brief.candidates[i].gives)
        lost = sum(d.value for d in brief.demands if d.needs <= full and not d.needs <= rest)
        yield PlacedTerm(
            text=candidate.text,
            slot=candidate.slot,
            evidence=candidate.evidence,
            width=candidate.width,
            marginal_value=lost,
        )
