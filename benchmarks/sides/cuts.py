"""Our word cutter beside stock jieba, on real titles with labelled words.

A labelled word is kept whole when it begins and ends where words of the cut do, exact when it is
one word of the cut, found when all that its own words stand for stands in the title, the way the
cutter reads both. Labels are often compounds of several words, so exactness is no aim in itself; a
cut into single characters would keep and find all of them and hit few. F1 sets exact words against
labels and against all words of the cut that touch a label.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from biaoti.engine import Engine
from sides.intervals import Range, interval, share
from sides.judge import STOCK

FILES = {"JD": "titles_jd_spans.jsonl", "Taobao": "titles_taobao_spans.jsonl"}
BLOCK = 100
Span = tuple[int, int]
Cut = Callable[[str], Sequence[Span]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutter:
    """Where the words of a text stand, and what they stand for."""

    cut: Cut
    terms: Callable[[str], frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A title and where its labelled words stand."""

    title: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutting:
    """How one cutter did; figures by source of titles, speed over that of stock jieba."""

    cutter: str
    whole: dict[str, Range]
    found: dict[str, Range]
    exact_f1: dict[str, Range]
    characters_a_word: float
    speed: Range


def read_labelled(data: Path) -> dict[str, list[Labelled]]:
    """Return the labelled titles of the folder `data` by source; one without labels is left out."""
    found = {}
    for source, name in FILES.items():
        lines = (data / name).read_text(encoding="utf-8").splitlines()
        items = [json.loads(line) for line in lines if line.strip()]
        rows = [
            Labelled(
                title=item["text"],
                spans=tuple(sorted({(s["start"], s["end"]) for s in item["spans"]})),
            )
            for item in items
        ]
        found[source] = [row for row in rows if row.spans]
    return found


def cutters(engine: Engine) -> dict[str, Cutter]:
    """Return the cutters by name, stock jieba as it comes first."""

    def ours(text: str) -> list[Span]:
        return [(token.start, token.end) for token in engine.segmenter.tokens(text)]

    return {
        "stock jieba": _stock(hmm=True),
        "stock jieba, HMM off": _stock(hmm=False),
        "ours": Cutter(cut=ours, terms=engine.segmenter.terms),
    }


def _stock(*, hmm: bool) -> Cutter:
    return Cutter(
        cut=lambda text: [(start, end) for _, start, end in STOCK.tokenize(text, HMM=hmm)],
        terms=lambda text: frozenset(filter(_is_word, STOCK.cut(text.lower(), HMM=hmm))),
    )


def cuttings(
    titles: Mapping[str, Sequence[Labelled]], tried: Mapping[str, Cutter]
) -> list[Cutting]:
    """Return how each cutter did; the clock sees each title cut the first time."""
    texts = list(dict.fromkeys(row.title for rows in titles.values() for row in rows))
    spent = timed(texts, {name: cutter.cut for name, cutter in tried.items()})
    first = next(iter(spent.values()))
    results = []
    for name, cutter in tried.items():
        counts = {source: _counts(rows, cutter) for source, rows in titles.items()}
        pieces = [text[start:end] for text in texts for start, end in cutter.cut(text)]
        words = list(filter(_is_word, pieces))
        results.append(
            Cutting(
                cutter=name,
                whole={s: share(c[:, 1], c[:, 0]) for s, c in counts.items()},
                found={s: share(c[:, 4], c[:, 0]) for s, c in counts.items()},
                exact_f1={s: share(2 * c[:, 2], c[:, 0] + c[:, 3]) for s, c in counts.items()},
                characters_a_word=sum(map(len, words)) / len(words),
                speed=_ratio(first, spent[name]),
            )
        )
    return results


def _is_word(text: str) -> bool:
    return any(character.isalnum() for character in text)


def _counts(rows: Sequence[Labelled], cutter: Cutter) -> np.ndarray:
    return np.array([(*counted(row, cutter.cut(row.title)), _found(row, cutter)) for row in rows])


def _found(row: Labelled, cutter: Cutter) -> int:
    held = cutter.terms(row.title)
    return sum(cutter.terms(row.title[start:end]) <= held for start, end in row.spans)


def counted(row: Labelled, words: Sequence[Span]) -> tuple[int, int, int, int]:
    """Return how many labels a title has, are kept whole, are exact, and the words that touch one.

    A place outside all words, beside a mark or a space, is a border too.
    """
    inside = {place for start, end in words for place in range(start + 1, end)}
    whole = sum(start not in inside and end not in inside for start, end in row.spans)
    exact = len(set(row.spans) & set(words))
    touching = sum(any(a < end and start < b for start, end in row.spans) for a, b in words)
    return len(row.spans), whole, exact, touching


def timed(texts: Sequence[str], tried: Mapping[str, Cut]) -> dict[str, np.ndarray]:
    """Return the processor seconds of each cutter, block by block in turn, each text cut once."""
    spent: dict[str, list[float]] = {name: [] for name in tried}
    for cut in tried.values():
        cut("预热")
    for begin in range(0, len(texts), BLOCK):
        for name, cut in tried.items():
            started = time.process_time()
            for text in texts[begin : begin + BLOCK]:
                cut(text)
            spent[name].append(time.process_time() - started)
    return {name: np.array(seconds) for name, seconds in spent.items()}


def _ratio(stock: np.ndarray, other: np.ndarray) -> Range:
    return interval(len(stock), lambda rows: float(stock[rows].sum() / other[rows].sum()))
