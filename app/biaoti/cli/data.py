"""The commands on data: keywords of reports, the rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from biaoti.cli import options, streams
from biaoti.cli.running import guarded
from biaoti.cli.selling import Sale, offered_bids, read_history, read_offer
from biaoti.cli.setup import Setup
from biaoti.cli.start import files, lexicon_engine, period_of, read_keywords, read_settings
from biaoti.cli.stored import read_stored
from biaoti.cli.streams import FINE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from biaoti.keywords import Bid, KeywordRow, Root
    from biaoti.records import Reject, ReportReading

_TOP = 20
_REJECTS = 10
_SHOWN_KEYWORDS = 2
_KINDS = {
    "head": "大词",
    "long_tail": "长尾",
    "hot": "热词",
    "converting": "转化词",
    "attribute": "属性词",
    "brand": "品牌",
    "blue_ocean": "蓝海",
    "rising": "上升",
    "falling": "下降",
    "seasonal": "应季",
}
_VERDICTS = {"earns": "赚", "test": "值得测", "loses": "亏", "unknown": "市场价未知"}
_ROOT_COLUMNS = (
    "词根",
    ">关键词数",
    ">价值",
    ">最大人气指数",
    ">点击",
    ">支付",
    ">转化率",
    "关键词(前二)",
)
_BID_COLUMNS = ("关键词", ">保本出价(元)", ">低 ~ 高", ">市场出价", "判断")


def keywords(  # noqa: PLR0913 - one for each option
    reports: Annotated[
        list[Path] | None,
        typer.Argument(metavar="REPORT", help="关键词报表;不给就查关键词库"),
    ] = None,
    *,
    category: options.Category = None,
    period: options.Period = None,
    match: Annotated[
        str | None, typer.Option("--match", metavar="TEXT", help="只要含这几个字的词")
    ] = None,
    kind: Annotated[
        str | None, typer.Option("--kind", metavar="KIND", help=f"只要这一种:{' '.join(_KINDS)}")
    ] = None,
    top: Annotated[
        int | None, typer.Option("--top", min=0, metavar="N", help="只要价值最高的几个")
    ] = None,
    listing: options.ForListing = None,
    price: options.Price = None,
    gross_margin: options.GrossMargin = None,
    basket: options.Basket = None,
    json: options.Json = False,
    lexicon: options.Lexicon = None,
    database: options.Database = None,
) -> None:
    """Print the keywords of reports or the store: value, kinds, root words, bids, rejects."""
    setup = Setup(
        keywords=files(reports),
        category=category,
        period=period,
        lexicon=lexicon,
        database=database,
        is_store_wanted=True,
    )
    sale = Sale(listing=listing, price=price, gross_margin=gross_margin, basket=basket)
    chosen = Filter(match, kind, top)
    guarded(lambda: _keywords(setup, chosen, sale, is_json=json), is_json=json)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which keywords to show; value and kinds are reckoned among all of them first."""

    match: str | None = None
    kind: str | None = None
    top: int | None = None

    def rows(self, rows: tuple[KeywordRow, ...]) -> tuple[KeywordRow, ...]:
        """Return the rows asked for, in the order given. Raises UsageError for an unknown kind."""
        return tuple(islice(self._chosen(rows), self.top))

    def _chosen(self, rows: tuple[KeywordRow, ...]) -> Iterator[KeywordRow]:
        from biaoti.answers import UsageError  # noqa: PLC0415 - start-up
        from biaoti.keywords import Kind  # noqa: PLC0415 - start-up
        from biaoti.text import normalize  # noqa: PLC0415 - start-up

        kinds = [kind.value for kind in Kind]
        if self.kind is not None and self.kind not in kinds:
            msg = f"--kind: found {self.kind!r}, expected one of {', '.join(kinds)}"
            raise UsageError(msg)
        piece = normalize(self.match or "")
        for row in rows:
            if piece in row.stat.keyword and self.kind in {None, *row.kinds}:
                yield row


def _keywords(setup: Setup, chosen: Filter, sale: Sale, *, is_json: bool) -> int:
    from biaoti.keywords import keyword_report, keyword_table  # noqa: PLC0415 - start-up

    settings = read_settings()
    if setup.keywords:
        reading = read_keywords(setup, settings)
    else:
        reading = read_stored(setup, settings, period_of(setup))
    engine = lexicon_engine(setup, settings)
    offer = read_offer(sale, setup, settings)
    history = read_history(setup, settings)
    table = keyword_table(engine, reading.rows, history=history, stage=offer.stage)
    rows, found = chosen.rows(table.rows), table.roots[: chosen.top]
    offers = offered_bids(offer, engine, table.market)
    if is_json:
        streams.write_line(keyword_report(rows, found, reading, offers))
    else:
        _show_keywords(rows, found, reading, offers)
    return FINE


def rules(*, json: options.Json = False, lexicon: options.Lexicon = None) -> None:
    """Print the rules that titles are checked by."""
    guarded(lambda: _rules(Setup(lexicon=lexicon), is_json=json), is_json=json)


def _rules(setup: Setup, *, is_json: bool) -> int:
    book = lexicon_engine(setup, read_settings()).rulebook
    found = sorted(book.rules.values(), key=lambda rule: rule.rule_id)
    if is_json:
        told = [
            {
                "rule": rule.rule_id,
                "name": rule.name,
                "severity": rule.severity.value,
                "penalty": rule.penalty,
                "source": rule.source,
            }
            for rule in found
        ]
        streams.write_line({"rules": told})
    else:
        from biaoti.cli.tables import severity_name  # noqa: PLC0415 - start-up

        columns = ("规则", "名称", "程度", "来源")
        cells = ((r.rule_id, r.name, severity_name(r.severity), r.source) for r in found)
        print_table(f"规则({len(found)} 条)", columns, cells)
    return FINE


# ---- for people --------------------------------------------------------------------------------


def print_table(title: str, names: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """Print a table on standard output."""
    from biaoti.cli.tables import print_part, table  # noqa: PLC0415 - start-up

    print_part(table(title, tuple(names), (tuple(row) for row in rows)))


def _show_keywords(
    rows: tuple[KeywordRow, ...],
    table: tuple[Root, ...],
    reading: ReportReading,
    offers: tuple[Bid, ...] | None,
) -> None:
    top = (
        (row.stat.keyword, f"{row.value.mean:.4g}", _range(row), " ".join(row.terms), _kinds(row))
        for row in rows[:_TOP]
    )
    columns = ("关键词", ">价值", ">低 ~ 高(八成可信)", "词", "种类")
    print_table(f"关键词(共 {len(rows)} 个)", columns, top)
    if any(row.is_toss_up_with_next for row in rows[:_TOP]):
        streams.say("≈:与下一个词谁更值钱,现有数据分不出来。价值是相对分,不是次数。")
    print_table(f"词根(共 {len(table)} 个)", _ROOT_COLUMNS, map(_root, table[:_TOP]))
    if offers is not None:
        print_table(f"出价(共 {len(offers)} 个)", _BID_COLUMNS, map(_bid, offers[:_TOP]))
    show_rejects(reading.rejected)
    for note in reading.notes:
        streams.say(note)
    streams.say(
        f"读 {reading.read} = 留 {len(reading.rows)} + 合并 {reading.merged}"
        f" + 拒绝 {len(reading.rejected)}"
    )


def show_rejects(rejected: tuple[Reject, ...]) -> None:
    """Print the first rows that were not taken, nothing when all were."""
    if rejected:
        places = ((f"{r.file}:{r.line}", r.column, r.found, r.expected) for r in rejected)
        title = f"拒绝的行(共 {len(rejected)} 行)"
        print_table(title, ("位置", "列", "内容", "应为"), islice(places, _REJECTS))


def _range(row: KeywordRow) -> str:
    mark = " ≈" if row.is_toss_up_with_next else ""
    return f"{row.value.low:.4g} ~ {row.value.high:.4g}{mark}"


def _kinds(row: KeywordRow) -> str:
    found = [_KINDS[kind] for kind in row.kinds]
    peaks = row.trend.peak_months if row.trend else ()
    if peaks:
        found.append("、".join(f"{month}月" for month in peaks))
    return " ".join(found)


def _root(root: Root) -> tuple[str, ...]:
    rate = root.conversion_rate
    return (
        root.term,
        str(root.keywords),
        f"{root.value:.4g}",
        _figure(root.demand_index_max),
        _figure(root.clicks),
        _figure(root.orders),
        "-" if rate is None else f"{rate:.2%}",
        " ".join(root.held_by[:_SHOWN_KEYWORDS]),
    )


def _bid(bid: Bid) -> tuple[str, ...]:
    return (
        bid.keyword,
        f"{bid.break_even.mean:.2f}",
        f"{bid.break_even.low:.2f} ~ {bid.break_even.high:.2f}",
        "-" if bid.cost_per_click is None else f"{bid.cost_per_click:.2f}",
        _VERDICTS[bid.verdict],
    )


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}"
