"""Rows and outcomes -> a report that a person reviews: one HTML file, to be read or printed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from biaoti.catalogue.charts import bars, share_bars
from biaoti.catalogue.duplicates import Group, group_titles
from biaoti.catalogue.rewriting import Job
from biaoti.catalogue.rows import (
    KEPT,
    NEW_VALUE,
    OLD_VALUE,
    REWRITTEN,
    SHOP_VALUE,
    STATUS,
    TITLE,
    UNCHANGED,
    Outcome,
    Row,
    Summary,
)
from biaoti.catalogue.shops import ShopReport
from biaoti.catalogue.tallies import GAIN_ENDS, Tally, counts, tally_of
from biaoti.catalogue.writing import replacing
from biaoti.listings import Aliases
from biaoti.text import width

_MOST_GROUPS = 60
_COVERAGE_LABELS = tuple(f"{ten * 10}%" for ten in range(10))
_WIDTH_LABELS = tuple(str(five * 5) for five in range(13))
_BUFFER = 200
_MOST_SHOWN = 20
_SEVERITIES = {"block": "禁止", "high": "严重", "medium": "中等", "low": "轻微"}

Pairs = Callable[[], Iterator[tuple[Row, Outcome]]]
Cut = Callable[[str], Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of a title: `same` in both, `gone`, `new`, or `moved` to another place."""

    text: str
    look: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of the report's long table."""

    number: int
    listing_id: str
    state: str
    old: tuple[Piece, ...]
    new: tuple[Piece, ...]
    old_width: int
    new_width: int
    old_value: int | None
    new_value: int | None
    shop_value: int | None
    why: str
    violations: tuple[str, ...]
    questions: tuple[str, ...]

    @property
    def gain(self) -> float | None:
        """Return what the new title adds, as a share of the old one's value."""
        if self.old_value and self.new_value is not None:
            return (self.new_value - self.old_value) / self.old_value
        return None

    @property
    def is_silent(self) -> bool:
        """Tell whether there is nothing to decide: such a row is left out on paper."""
        return self.state == UNCHANGED and not self.violations


def difference(
    old: Sequence[str], new: Sequence[str]
) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Return both titles cut into words in pieces, so that a reader sees what changed.

    >>> [piece.look for piece in difference(["碎花", "裙"], ["法式", "碎花", "裙"])[1]]
    ['new', 'same']
    """
    gone, come = Counter(old) - Counter(new), Counter(new) - Counter(old)
    left: list[tuple[str, str]] = []
    right: list[tuple[str, str]] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        same = tag == "equal"
        left += [(word, "same" if same else _look(word, gone, "gone")) for word in old[a:b]]
        right += [(word, "same" if same else _look(word, come, "new")) for word in new[c:d]]
    return _joined(left), _joined(right)


def _look(word: str, only_here: Counter[str], look: str) -> str:
    if only_here[word] > 0:
        only_here[word] -= 1
        return look
    return "moved"


def _joined(words: Sequence[tuple[str, str]]) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    for text, look in words:
        if pieces and pieces[-1].look == look:
            text = pieces.pop().text + text  # noqa: PLW2901 - the piece grows
        pieces.append(Piece(text=text, look=look))
    return tuple(pieces)


def write_review(
    target: Path, name: str, pairs: Pairs, said: tuple[Summary, Sequence[ShopReport]], job: Job
) -> None:
    """Write the report on the catalogue called `name` to `target`, whole or not at all.

    The rows are read twice and never held. Raises CatalogueError when it cannot be written.
    """
    from jinja2 import Environment, PackageLoader  # noqa: PLC0415 - start-up

    template = Environment(
        loader=PackageLoader("biaoti.catalogue", "."), autoescape=True, trim_blocks=True
    ).get_template("review.html")
    session, (summary, shops) = job.session, said
    tally = tally_of(pairs())
    cut = _cutter(job)
    stream = template.stream(
        name=name,
        summary=summary,
        shops=shops,
        tally=tally,
        charts=_charts(tally),
        shop_charts=[_shop_chart(shop) for shop in shops],
        groups=_groups(pairs, job),
        lines=(_line(row, outcome, cut, session.aliases) for row, outcome in pairs()),
        versions=(session.engine.lexicon.version, session.market and session.market.version),
        is_stored=session.stored is not None,
        today=session.today(),
        severities=_SEVERITIES,
        limit=job.wishes.limit or session.engine.lexicon.policy.limit,
        rewritten=REWRITTEN,
        unchanged=UNCHANGED,
        kept=KEPT,
    )
    stream.enable_buffering(_BUFFER)
    with replacing(target) as file:
        for part in stream:
            file.write(part.encode("utf-8", "replace"))


def _cutter(job: Job) -> Cut:
    """Return how titles are cut for comparison: at the words, each with what stands before it."""
    segmenter = job.session.engine.segmenter

    def cut(title: str) -> list[str]:
        ends = [token.end for token in segmenter.tokens(title)]
        starts = [0, *ends[:-1]] if ends else [0]
        words = [title[start:end] for start, end in zip(starts, ends, strict=True)] if ends else []
        rest = title[ends[-1] if ends else 0 :]
        return [*words, *([rest] if rest else [])]

    return cut


def _line(row: Row, outcome: Outcome, cut: Cut, aliases: Aliases) -> Line:
    new = str(outcome.cells.get(TITLE) or "")
    left, right = difference(cut(row.title), cut(new))
    return Line(
        number=row.number,
        listing_id=row.text_of("listing_id", aliases),
        state=outcome.state,
        old=left,
        new=right,
        old_width=width(row.title),
        new_width=width(new),
        old_value=_whole(outcome.cells.get(OLD_VALUE)),
        new_value=_whole(outcome.cells.get(NEW_VALUE)),
        shop_value=_whole(outcome.cells.get(SHOP_VALUE)),
        why=str(outcome.cells.get(STATUS) or "").removeprefix(outcome.state).lstrip(":"),
        violations=tuple(f"{name}({_short(text)})" for _, name, _, text in outcome.violations),
        questions=tuple(f"{t}({a} {gain:+.1%})" for t, a, gain in outcome.questions[:3]),
    )


def _short(text: str) -> str:
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _charts(tally: Tally) -> list[str]:
    ends = [f"≤{end}%" for end in GAIN_ENDS] + [f">{GAIN_ENDS[-1]}%"]
    ends[0] = "0"
    return [
        bars(
            _COVERAGE_LABELS,
            [
                ("原标题", "old", counts(tally.coverage[0], 10)),
                ("新标题", "new", counts(tally.coverage[1], 10)),
            ],
            "覆盖率分布(宝贝数,每格 10 个百分点)",
        ),
        bars(
            _WIDTH_LABELS,
            [
                ("原标题", "old", counts(tally.widths[0], 13)),
                ("新标题", "new", counts(tally.widths[1], 13)),
            ],
            "标题宽度分布(宝贝数,每格 5 字节)",
        ),
        bars(
            ends,
            [("宝贝数", "new", counts(tally.gains, len(GAIN_ENDS) + 1))],
            "价值增幅分布(宝贝数)",
        ),
        bars(
            tuple(_SEVERITIES.values()),
            [("处", "old", [_found(tally, severity) for severity in _SEVERITIES])],
            "原标题的违规(处数,按程度)",
        ),
    ]


def _found(tally: Tally, severity: str) -> int:
    return sum(misuse.count for misuse in tally.misuse if misuse.severity == severity)


def _shop_chart(shop: ShopReport) -> str:
    return share_bars(
        [
            ("原标题", "old", shop.current, shop.bound),
            ("各选各的", "alone", shop.alone, shop.bound),
            ("一起选", "new", shop.value, shop.bound),
            ("证明的上限", "rest", shop.bound, shop.bound),
        ],
        f"{shop.shop or '全店'}:{shop.listings:,} 个宝贝的店铺价值(分)",
    )


def _groups(pairs: Pairs, job: Job) -> list[Group]:
    """Return the first groups of listings that repeat one another, by their old titles."""
    return group_titles((row for row, _ in pairs()), job)[:_MOST_GROUPS]
