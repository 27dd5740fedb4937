"""Rows of a catalogue that offer the same thing, shop by shop, with the rule they break."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from biaoti.catalogue.reading import Source
from biaoti.catalogue.rewriting import Job
from biaoti.catalogue.rows import Outcome, Row
from biaoti.listings import Aliases
from biaoti.similarity import Offer, build_trim, group_duplicates

RULE = "duplicate-listing"
GROUP, SAME, WHY = "重复组", "组内宝贝", "依据"
COLUMNS = (GROUP, SAME, WHY)
BY_ARTICLE, BY_TITLE = "货号相同", "标题近似(去掉颜色、尺码、赠品后)"
_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Same:
    """A row as far as duplicates matter."""

    number: int
    listing_id: str
    title: str
    article_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rows of one shop that repeat one another, and what they have in common."""

    shop: str
    rows: tuple[Same, ...]

    @property
    def why(self) -> str:
        """Return what the rows share: an article number, else near titles."""
        numbers = {row.article_number for row in self.rows}
        return BY_ARTICLE if len(numbers) == 1 and numbers != {""} else BY_TITLE


def group_titles(rows: Iterable[Row], job: Job) -> list[Group]:
    """Return the groups of rows that repeat one another within a shop, in the rows' order."""
    aliases, trim = job.session.aliases, build_trim(job.session.engine.rulebook.variants)
    shops: dict[str, list[Same]] = {}
    for row in rows:
        if row.problem is None and row.title:
            shops.setdefault(row.shop, []).append(_same(row, aliases))
    found = []
    for shop, members in shops.items():
        by_key = {str(member.number): member for member in members}
        offers = [
            Offer(key=str(m.number), title=m.title, article_number=m.article_number or None)
            for m in members
        ]
        found += [
            Group(shop=shop, rows=tuple(by_key[key] for key in keys))
            for keys in group_duplicates(offers, trim)
        ]
    return sorted(found, key=lambda group: group.rows[0].number)


def _same(row: Row, aliases: Aliases) -> Same:
    return Same(
        number=row.number,
        listing_id=row.text_of("listing_id", aliases),
        title=row.title,
        article_number=row.text_of("article_number", aliases),
    )


def group_outcomes(source: Source, groups: Sequence[Group]) -> list[Outcome]:
    """Return for every row of `source` which group it is in and with whom; blank for the others."""
    cells: dict[int, dict[str, str]] = {}
    for place, group in enumerate(groups, start=1):
        for row in group.rows:
            others = [r.listing_id or f"第{r.number}行" for r in group.rows if r is not row]
            cells[row.number] = {
                GROUP: f"D{place:04}",
                SAME: ";".join(others[:_SHOWN]) + (" …" if len(others) > _SHOWN else ""),
                WHY: f"{RULE}:{group.why}",
            }
    return [Outcome(state="", cells=cells.get(number, {})) for number in range(1, source.count + 1)]
