"""The commands on data: keywords of reports, the rules."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from biaoti.cli import options, streams
from biaoti.cli.running import guarded
from biaoti.cli.start import Setup, lexicon_engine, read_keywords, read_settings
from biaoti.cli.streams import FINE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from biaoti.engine import Engine
    from biaoti.keywords import KeywordRow, Root
    from biaoti.records import ReportReading

_TOP = 20
_REJECTS = 10


def keywords(
    reports: Annotated[list[Path], typer.Argument(metavar="REPORT...", help="关键词报表")],
    *,
    category: Annotated[str | None, typer.Option("--category", help="报表所属的类目")] = None,
    json: options.Json = False,
    lexicon: options.Lexicon = None,
) -> None:
    """Print the keywords of reports with value and kinds, root words, rejected rows."""
    setup = Setup(keywords=tuple(reports), category=category, lexicon=lexicon)
    guarded(lambda: _keywords(setup, is_json=json), is_json=json)


def _keywords(setup: Setup, *, is_json: bool) -> int:
    from biaoti.engine import make_market  # noqa: PLC0415 - start-up
    from biaoti.keywords import keyword_report, keyword_rows, roots  # noqa: PLC0415 - start-up

    settings = read_settings()
    reading = read_keywords(setup, settings)
    engine = lexicon_engine(setup, settings)
    rows = keyword_rows(
        reading.rows,
        engine.lexicon.policy,
        sequence=engine.segmenter.sequence,
        is_brand=lambda term: _is_brand(term, engine),
    )
    table = roots(make_market(engine, reading.rows))
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
        _print_table(f"规则({len(found)} 条)", columns, cells)
    return FINE


# ---- for people --------------------------------------------------------------------------------


def _print_table(title: str, names: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
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
    _print_table(f"关键词(共 {len(rows)} 个)", columns, top)
    most = (
        (root.term, str(root.keywords), f"{root.value:.4g}", _figure(root.demand_index_max))
        for root in table[:_TOP]
    )
    _print_table(f"词根(共 {len(table)} 个)", ("词根", ">关键词数", ">价值", ">最大人气指数"), most)
    if reading.rejected:
        places = (
            (f"{r.file}:{r.line}", r.column, r.found, r.expected)
            for r in reading.rejected[:_REJECTS]
        )
        title = f"拒绝的行(共 {len(reading.rejected)} 行)"
        _print_table(title, ("位置", "列", "内容", "应为"), places)
    for note in reading.notes:
        streams.say(note)
    streams.say(
        f"读 {reading.read} = 留 {len(rows)} + 合并 {reading.merged} + 拒绝 {len(reading.rejected)}"
    )


def _range(row: KeywordRow) -> str:
    return f"{row.value.low:.4g} ~ {row.value.high:.4g}"


def _kinds(row: KeywordRow) -> str:
    labels = {"head": "大词", "long_tail": "长尾", "brand": "品牌", "blue_ocean": "蓝海"}
    return " ".join(labels[kind] for kind in row.kinds)


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}"
