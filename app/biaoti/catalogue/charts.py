"""Counts -> inline SVG: bars beside one another, with their figures, readable in print."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

_WIDTH, _HEIGHT = 420, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 8, 8, 36, 30
_FIGURE_ABOVE = 4
_MOST_FIGURES = 20


def bars(
    labels: Sequence[str], series: Sequence[tuple[str, str, Sequence[int]]], title: str
) -> str:
    """Return an SVG with a group of bars for each label, one bar for each (name, class, counts)."""
    most = max((count for *_, counts in series for count in counts), default=0) or 1
    step = (_WIDTH - _LEFT - _RIGHT) / len(labels)
    room = _HEIGHT - _TOP - _BOTTOM
    thick = min(26.0, step * 0.84 / len(series))
    shapes = []
    for group in range(len(labels)):
        start = _LEFT + group * step + (step - thick * len(series)) / 2
        for place, (name, look, counts) in enumerate(series):
            tall = room * counts[group] / most
            x, y = start + place * thick, _HEIGHT - _BOTTOM - tall
            hint = escape(f"{name} {labels[group]}:{counts[group]:,}")
            shapes.append(
                f'<rect class="{look}" x="{x:.1f}" y="{y:.1f}" width="{thick - 1:.1f}" '
                f'height="{tall:.1f}"><title>{hint}</title></rect>'
            )
            if counts[group] and len(labels) * len(series) <= _MOST_FIGURES:
                middle = x + (thick - 1) / 2
                shapes.append(_text(middle, y - _FIGURE_ABOVE, _short(counts[group]), "figure"))
        shapes.append(_text(start + thick * len(series) / 2, _HEIGHT - 14, labels[group], "label"))
    return _framed("".join(shapes), title)


def share_bars(rows: Sequence[tuple[str, str, float, float]], title: str) -> str:
    """Return an SVG with a line (label, class, value, out of) for each row, on one scale."""
    most = max((end for *_, end in rows), default=0) or 1
    shapes, line = [], (_HEIGHT - _TOP - 6) / max(1, len(rows))
    for place, (label, look, value, end) in enumerate(rows):
        y = _TOP + place * line
        long, whole = 250 * value / most, 250 * end / most
        shapes.append(f'<rect class="rest" x="90" y="{y:.1f}" width="{whole:.1f}" height="16"/>')
        shapes.append(f'<rect class="{look}" x="90" y="{y:.1f}" width="{long:.1f}" height="16"/>')
        shapes.append(_text(84, y + 12, label, "name"))
        shapes.append(_text(96 + whole, y + 12, f"{value:,.0f}", "value"))
    return _framed("".join(shapes), title)


def _framed(shapes: str, title: str) -> str:
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(title)}">'
        f"{_text(_LEFT, 14, title, 'title')}{shapes}</svg>"
    )


def _text(x: float, y: float, text: str, look: str) -> str:
    return f'<text class="{look}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


def _short(count: int) -> str:
    """Return a count in at most four characters.

    >>> _short(999), _short(12_345), _short(123_456)
    ('999', '1.2万', '12万')
    """
    if count < 10_000:  # noqa: PLR2004 - 万
        return str(count)
    return f"{count / 10_000:.1f}万" if count < 100_000 else f"{count // 10_000}万"  # noqa: PLR2004 - 十万
