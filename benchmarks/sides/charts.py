"""Figures -> SVG: small multiples of bars with their intervals, legible on light and on dark.

Text and shapes only. A drawing paints its own ground, so it stands on a page of any colour.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from sides.checkers import Verdicts
from sides.cuts import Cutting
from sides.intervals import Range
from sides.titles import Standing

LABELS, PANEL, GAP = 190, 200, 26
TOP, ROW, BAR = 84, 24, 14
# What a panel leaves behind its bars for the figure.
FIGURE = 46
STYLE = """
.ground { fill: #ffffff } text { fill: #1f2328 } .quiet { fill: #59636e }
.bar { fill: #b3bcc6 } .ours { fill: #2f6fd0 } .range { stroke: #1f2328; stroke-width: 1 }
@media (prefers-color-scheme: dark) {
.ground { fill: #0d1117 } text { fill: #e6edf3 } .quiet { fill: #9198a1 }
.bar { fill: #57606a } .ours { fill: #4c8df0 } .range { stroke: #e6edf3 }
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One measure: what it is, in what unit, and a figure for each row of the drawing."""

    title: str
    unit: str
    figures: Sequence[Range]
    digits: int = 2


def titles_chart(found: Sequence[Standing], note: str) -> str:
    """Return the drawing of the ways to a title."""

    def panel(name: str, title: str, unit: str, digits: int = 2, times: float = 1.0) -> Panel:
        figures = [scaled(one.figures[name], times) for one in found]
        return Panel(title=title, unit=unit, figures=figures, digits=digits)

    over = [one.over_sellers for one in found if one.over_sellers]
    caught = (
        Panel(title="Unseen queries caught", unit="over the sellers' own", figures=over)
        if len(over) == len(found)
        else panel("caught", "Unseen queries caught", "a title")
    )
    panels = (
        panel("value", "Value", "ours = 1"),
        caught,
        panel("width", "Width", "bytes of 60", 1),
        panel("repeats", "Repeated words", "a title"),
        panel("misuse", "Misuse", "findings in 100 titles", 0, 100),
        panel("unvouched", "Words nobody vouches for", "a title"),
    )
    return drawing("Titles side by side", note, [one.way for one in found], panels)


def checkers_chart(found: Sequence[Verdicts], note: str) -> str:
    """Return the drawing of the checkers."""
    parts: tuple[tuple[str, str, Callable[[Verdicts], Range]], ...] = (
        ("Precision", "of rules reported", lambda one: one.precision),
        ("Recall", "of rules broken", lambda one: one.recall),
        ("Clean titles flagged", "of clean titles", lambda one: one.clean_flagged),
    )
    panels = [
        Panel(title=title, unit=unit, figures=[part(one) for one in found])
        for title, unit, part in parts
    ]
    return drawing("Checkers side by side", note, [one.checker for one in found], panels)


def cuts_chart(found: Sequence[Cutting], note: str) -> str:
    """Return the drawing of the word cutters."""
    parts: tuple[tuple[str, str, Callable[[Cutting], dict[str, Range]]], ...] = (
        ("kept whole", "of labelled words", lambda one: one.whole),
        ("found", "of labelled words", lambda one: one.found),
        ("exact", "F1 of words", lambda one: one.exact_f1),
    )
    panels = [
        Panel(title=f"{source}: {title}", unit=unit, figures=[part(one)[source] for one in found])
        for source in found[0].whole
        for title, unit, part in parts
    ]
    speeds = [one.speed for one in found]
    panels.append(Panel(title="Speed", unit="titles a second, stock = 1", figures=speeds))
    return drawing("Word cutters side by side", note, [one.cutter for one in found], panels)


def scaled(figure: Range, times: float) -> Range:
    """Return a figure and its interval in another unit."""
    return Range(mean=times * figure.mean, low=times * figure.low, high=times * figure.high)


def drawing(title: str, note: str, rows: Sequence[str], panels: Sequence[Panel]) -> str:
    """Return the drawing: `panels` three abreast, in each a bar for every one of `rows`."""
    abreast = min(3, len(panels))
    deep = -(-len(panels) // abreast)
    tall = TOP - 40 + ROW * len(rows)
    wide = LABELS + abreast * (PANEL + GAP) + 10
    high = 44 + deep * tall + 10
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" '
            f'viewBox="0 0 {wide} {high}" font-family="sans-serif" font-size="12" role="img">'
        ),
        f"<title>{escape(title)}; {escape(note)}</title>",
        f"<style>{STYLE}</style>",
        f'<rect class="ground" width="{wide}" height="{high}"/>',
        f'<text x="12" y="22" font-size="15" font-weight="bold">{escape(title)}</text>',
        f'<text class="quiet" x="12" y="40">{escape(note)}</text>',
    ]
    for number, panel in enumerate(panels):
        left = LABELS + (number % abreast) * (PANEL + GAP)
        top = 44 + (number // abreast) * tall
        if not number % abreast:
            parts += _labels(rows, top)
        parts += _bars(panel, rows, left, top)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _labels(rows: Sequence[str], top: int) -> list[str]:
    return [
        f'<text x="{LABELS - 8}" y="{top + 40 + ROW * n + BAR - 2}" text-anchor="end">'
        f"{escape(row)}</text>"
        for n, row in enumerate(rows)
    ]


def _bars(panel: Panel, rows: Sequence[str], left: int, top: int) -> list[str]:
    largest = max(max(figure.high, figure.mean) for figure in panel.figures) or 1.0
    unit = (PANEL - FIGURE) / largest
    parts = [
        f'<text x="{left}" y="{top + 18}" font-weight="bold">{escape(panel.title)}</text>',
        f'<text class="quiet" x="{left}" y="{top + 32}" font-size="11">{escape(panel.unit)}</text>',
    ]
    for number, (row, figure) in enumerate(zip(rows, panel.figures, strict=True)):
        y = top + 40 + ROW * number
        length, low, high = (unit * n for n in (figure.mean, figure.low, figure.high))
        kind = "bar ours" if row.startswith("ours") else "bar"
        middle = y + BAR / 2
        parts += [
            f'<rect class="{kind}" x="{left}" y="{y}" width="{length:.1f}" height="{BAR}"/>',
            (
                f'<line class="range" x1="{left + low:.1f}" y1="{middle}" x2="{left + high:.1f}" '
                f'y2="{middle}"/>'
            ),
            (
                f'<text x="{left + max(length, high) + 5:.1f}" y="{y + BAR - 3}" font-size="11">'
                f"{figure.mean:.{panel.digits}f}</text>"
            ),
        ]
    return parts
