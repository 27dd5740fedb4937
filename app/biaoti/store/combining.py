"""What reports of many weeks say of a keyword -> one row to score by (docs/adr/0011)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from biaoti.observations import COUNTS, hull, sources_of, span_of, stat_of, total
from biaoti.records import Interval, KeywordStat, Observation, Period

# A year of daily reports would make a source of 365 names.
_SOURCES_SHOWN = 5


class Seen(NamedTuple):
    """An observation with the number of its import and the category it was filed under."""

    number: int
    category: str | None
    observation: Observation


def merge_over_time(seen: Iterable[Seen]) -> tuple[KeywordStat, ...]:
    """Return one row for each keyword, sorted by keyword; the order of `seen` never matters.

    Counts add up over periods that do not overlap (`biaoti.observations.total`). Indices, rates,
    prices and supply cannot be added and age: what the report of the newest period says stands,
    of several that end on one day the longest, of several of the same days their hull. Reports of
    unknown days speak only where no other does. One report alone gives what `merge` gives.
    """
    groups: dict[str, list[Seen]] = {}
    for one in seen:
        groups.setdefault(one.observation.keyword, []).append(one)
    return tuple(_stat(keyword, group) for keyword, group in sorted(groups.items()))


def in_force(group: Sequence[Seen]) -> list[Seen]:
    """Return `group` without what a newer import of the same report and days replaced."""
    newest: dict[tuple[str | None, str, str, Period | None], Seen] = {}
    for one in sorted(group, key=lambda one: one.number):
        seen = one.observation
        newest[one.category, seen.keyword, seen.source, seen.period] = one
    return list(newest.values())


def _stat(keyword: str, group: Sequence[Seen]) -> KeywordStat:
    if len(group) == 1:
        _, category, seen = group[0]
        return stat_of(
            keyword, seen.figures, category=category, source=seen.source, period=seen.period
        )
    held = in_force(group)
    observations = [one.observation for one in held]
    filed = {one.category for one in held}
    return stat_of(
        keyword,
        {
            name: _combined(name, held)
            for name in sorted({n for o in observations for n in o.figures})
        },
        category=next(iter(filed)) if len(filed) == 1 else None,
        source=_shortened(sources_of(observations)),
        period=span_of(observations),
    )


def _combined(name: str, group: Sequence[Seen]) -> Interval:
    said = [one for one in group if name in one.observation.figures]
    if name in COUNTS:
        return total([(one.observation.period, one.observation.figures[name]) for one in said])
    return hull(one.observation.figures[name] for one in _newest(said))


def _newest(said: Sequence[Seen]) -> Sequence[Seen]:
    """Return what the reports of the newest period say, all of it when no period is known."""
    periods = [one.observation.period for one in said if one.observation.period]
    if not periods:
        return said
    last = max(period.end for period in periods)
    newest = Period(start=min(p.start for p in periods if p.end == last), end=last)
    numbers = {one.number for one in said if one.observation.period == newest}
    return [one for one in said if one.number in numbers]


def _shortened(sources: str) -> str:
    names = sources.split(" + ")
    if len(names) <= _SOURCES_SHOWN:
        return sources
    return f"{' + '.join(names[: _SOURCES_SHOWN - 1])} + … + {names[-1]} ({len(names)})"
