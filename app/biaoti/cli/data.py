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
from biaoti.cli.setup import Setup
from biaoti.cli.start import files, lexicon_engine, period_of, read_keywords, read_settings
from biaoti.cli.stored import read_stored
from biaoti.cli.streams import FINE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from biaoti.engine import Engine
    from biaoti.keywords import KeywordRow, Root
    from biaoti.records import Reject, ReportReading

_TOP = 20
_REJECTS = 10


def keywords(  # noqa: PLR0913 - one for each option
    reports: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[REPORT...]", help="关键词报表;不给就查关键词库"),
    ] = None,
    *,
    category: options.Category = None,
    period: options.Period = None,
    match: Annotated[str | None, typer.Option("--match", help="只要含这几个字的词")] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="只要这一种,如 blue_ocean")] = None,
    top: Annotated[int | None, typer.Option("--top", min=0, help="只要价值最高的几个")] = None,
    json: options.Json = False,
    lexicon: options.Lexicon = None,
    database: options.Database = None,
) -> None:
    """Print the keywords of reports or the store: value, kinds, root words, rejected rows."""
    setup = Setup(
        keywords=files(reports),
        category=category,
        period=period,
        lexicon=lexicon,
        database=database,
        is_store_wanted=True,
    )
    guarded(lambda: _keywords(setup, Filter(match, kind, top), is_json=json), is_json=json)


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


def _keywords(setup: Setup, chosen: Filter, *, is_json: bool) -> int:
    from biaoti.engine import make_market  # noqa: PLC0415 - start-up
    from biaoti.keywords import keyword_report, keyword_rows, roots  # noqa: PLC0415 - start-up

    settings = read_settings()
    if setup.keywords:
        reading = read_keywords(setup, settings)
    else:
        reading = read_stored(setup, settings, period_of(setup))
    engine = lexicon_engine(setup, settings)
    rows = keyword_rows(
        reading.rows,
        engine.lexicon.policy,
        sequence=engine.segmenter.sequence,
        is_brand=lambda term: _is_brand(term, engine),
    )
    rows = chosen.rows(rows)
    table = roots(make_market(engine, reading.rows))[: chosen.top]
    if is_json:
        streams.write_line(keyword_report(rows, table, reading))
    else:
        _show_keywords(rows, table, reading)
    return FINE


def _is_brand(term: str, engine: Engine) -> bool:
    """Tell whether a word is a brand and nothing else; a risky name is also a plain word."""
    from biaoti.records import Term  # noqa: PLC0415 - start-up

    brand = engine.lexicon.brands.get(Term(term))
    return brand is not None and not brand.is_risky


def rules(*, json: options.Json = False, lexicon: options.Lexicon = None) -> None:
    """Print the rules that titles are checked by."""
    guarded(lambda: _rules(Setup(lexicon=lexicon), is_json=json), is_json=json)


def _rules(setup: Setup, *, is_json: bool) -> int:
    book = lexicon_engine(setup, read_settings()).rulebook
    found = [
        {
            "rule": rule.rule_id,
            "name": rule.name,
            "severity": rule.severity.value,
            "penalty": rule.penalty,
            "source": rule.source,
        }
        for rule in sorted(book.rules.values(), key=lambda rule: rule.rule_id)
    ]
    if is_json:
        streams.write_line({"rules": found})
    else:
        columns = ("规则", "名称", "程度", "来源")
        cells = ((r["rule"], r["name"], r["severity"], r["source"]) for r in found)
        print_table(f"规则({len(found)} 条)", columns, cells)
    return FINE


# ---- for people --------------------------------------------------------------------------------


def print_table(title: str, names: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """Print a table on standard output."""
    from biaoti.cli.tables import print_part, table  # noqa: PLC0415 - start-up

    print_part(table(title, tuple(names), (tuple(row) for row in rows)))


def _show_keywords(
    rows: tuple[KeywordRow, ...], table: tuple[Root, ...], reading: ReportReading
) -> None:
    top = (
        (row.stat.keyword, f"{row.value.mean:.4g}", _range(row), " ".join(row.terms), _kinds(row))
        for row in rows[:_TOP]
    )
    columns = ("关键词", ">价值", ">低 ~ 高", "词", "种类")
    print_table(f"关键词(共 {len(rows)} 个)", columns, top)
    most = (
        (root.term, str(root.keywords), f"{root.value:.4g}", _figure(root.demand_index_max))
        for root in table[:_TOP]
    )
    print_table(f"词根(共 {len(table)} 个)", ("词根", ">关键词数", ">价值", ">最大人气指数"), most)
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
    return f"{row.value.low:.4g} ~ {row.value.high:.4g}"


def _kinds(row: KeywordRow) -> str:
    labels = {"head": "大词", "long_tail": "长尾", "brand": "品牌", "blue_ocean": "蓝海"}
    return " ".join(labels[kind] for kind in row.kinds)


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}"
