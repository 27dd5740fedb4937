"""The tables of one run as Markdown, and in words where ours is not the best of a column."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sides.checkers import Verdicts
from sides.cuts import Cutting
from sides.intervals import Range
from sides.titles import OURS, SELLERS, Standing


def titles_table(found: Sequence[Standing]) -> str:
    """Return the table of the ways to a title."""
    head = (
        *("titles", "value, ours = 1", "unseen queries caught a title", "caught / the sellers'"),
        *("caught a title, claims unchecked", "width", "repeats", "misuse in 100"),
        *("unvouched words", "unusable"),
    )
    return _table(head, (_title_row(standing) for standing in found))


def _title_row(standing: Standing) -> list[str]:
    f = standing.figures
    over = standing.over_sellers
    return [
        standing.way,
        ranged(f["value"], 3),
        ranged(f["caught"], 3),
        ranged(over, 2) if over else "",
        f"{f['caught unchecked'].mean:.3f}",
        f"{f['width'].mean:.1f}",
        f"{f['repeats'].mean:.2f}",
        ranged(f["misuse"], 1, 100),
        f"{f['unvouched'].mean:.2f}",
        f"{f['unusable'].mean:.1%}",
    ]


def checkers_table(found: Sequence[Verdicts]) -> str:
    """Return the table of the checkers."""
    head = ("checker", "precision", "recall", "recall where lists have words", "clean flagged")
    return _table(
        head,
        (
            [
                one.checker,
                ranged(one.precision, 3),
                ranged(one.recall, 3),
                ranged(one.recall_in_reach, 3),
                ranged(one.clean_flagged, 3),
            ]
            for one in found
        ),
    )


def cuts_table(found: Sequence[Cutting]) -> str:
    """Return the table of the word cutters."""
    sources = list(found[0].whole)
    head = (
        "cutter",
        *(f"{source}: labels kept whole" for source in sources),
        *(f"{source}: found" for source in sources),
        *(f"{source}: exact F1" for source in sources),
        *("characters a word", "titles a second / stock jieba"),
    )
    return _table(
        head,
        (
            [
                one.cutter,
                *(ranged(one.whole[source], 3) for source in sources),
                *(ranged(one.found[source], 3) for source in sources),
                *(ranged(one.exact_f1[source], 3) for source in sources),
                f"{one.characters_a_word:.2f}",
                ranged(one.speed, 2),
            ]
            for one in found
        ),
    )


def ranged(figure: Range, digits: int, times: float = 1.0) -> str:
    """Return a figure and its interval, `times` as large.

    >>> ranged(Range(mean=0.5, low=0.25, high=1.0), 2)
    '0.50 (0.25 to 1.00)'
    """
    mean, low, high = (
        f"{times * one:.{digits}f}" for one in (figure.mean, figure.low, figure.high)
    )
    return f"{mean} ({low} to {high})" if low != high else mean


def beaten(found: Sequence[Standing]) -> str:
    """Return in a sentence in which columns, and by whom, our best title is beaten."""
    ours = next(one for one in found if one.way == OURS)
    columns = (
        *(("value", 1), ("caught", 1), ("caught unchecked", 1), ("repeats", -1), ("misuse", -1)),
        *(("unvouched", -1), ("unusable", -1)),
    )
    lost = []
    for name, sign in columns:
        mine = round(sign * ours.figures[name].mean, 4)
        better = [o.way for o in found if round(sign * o.figures[name].mean, 4) > mine]
        if better:
            lost.append(f"{name} ({', '.join(better)})")
    return f"Ours, the best title, is beaten in: {'; '.join(lost) or 'no column'}."


def alike(found: Sequence[Standing]) -> str:
    """Return in a sentence which ways catch as much as the sellers' titles, as far as is known."""
    ways = [
        one.way
        for one in found
        if one.way != SELLERS and one.over_sellers and one.over_sellers.low <= 1
        if one.over_sellers.high >= 1
    ]
    return (
        f"No difference to the sellers in queries caught is shown for: {', '.join(ways) or 'none'}."
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
