"""The commands around a catalogue: apply a review, find duplicates, plan listing times."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from biaoti.cli import options, streams
from biaoti.cli.batch import make_job, names_of
from biaoti.cli.running import guarded
from biaoti.cli.setup import Setup
from biaoti.cli.start import open_session, read_settings
from biaoti.cli.streams import FINE

_SHOWN = 20

In = Annotated[Path, typer.Argument(metavar="IN", help="宝贝表:CSV/TSV/XLS/XLSX/JSONL/Parquet")]
Out = Annotated[Path, typer.Argument(metavar="OUT", help="写到 .csv .xlsx .jsonl .parquet")]


def apply(  # noqa: PLR0913 - one for each option
    reviewed: Annotated[
        Path, typer.Argument(metavar="REVIEWED", help="审阅过的改写结果,“采纳”列填了“是”")
    ],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="写到 .csv")],
    *,
    current: Annotated[
        Path | None,
        typer.Option(
            "--current", metavar="FILE", help="现在的宝贝表:标题变过的行不改,其余列原样写出"
        ),
    ] = None,
    assistant: Annotated[
        bool, typer.Option("--assistant", help="写成淘宝助理的 CSV(UTF-16,制表符分隔)")
    ] = False,
    limit: options.Limit = None,
    json: options.Json = False,
    today: options.Today = None,
    lexicon: options.Lexicon = None,
) -> None:
    """Write the accepted titles to a file; refuse rows that changed meanwhile or break a rule."""
    setup = Setup(today=today, lexicon=lexicon)

    def act() -> int:
        from biaoti.catalogue.applying import Application, apply_review  # noqa: PLC0415 - start-up
        from biaoti.encode import plain  # noqa: PLC0415 - start-up

        session = open_session(setup, read_settings(), streams.say)
        wanted = Application(
            reviewed=reviewed, current=current, is_assistant=assistant, limit=limit
        )
        found = apply_review(wanted, target, names_of(session), session)
        if json:
            streams.write_line(plain(found))
            return FINE
        if current is None:
            streams.say("没有给 --current:没有核对标题是否变过")
        for refusal in found.refused[:_SHOWN]:
            streams.say(f"第 {refusal.row} 行 {refusal.listing_id}:{refusal.why}")
        counts = f"采纳 {found.accepted} 行,写出 {found.written} 行,拒绝 {len(found.refused)} 行"
        streams.say(f"{target}:{counts}")
        return FINE

    guarded(act, is_json=json)


def duplicates(
    source: In,
    target: Out,
    *,
    json: options.Json = False,
    lexicon: options.Lexicon = None,
) -> None:
    """Group the listings of a shop that repeat one another."""
    setup = Setup(lexicon=lexicon)

    def act() -> int:
        from biaoti.answers import Wishes  # noqa: PLC0415 - start-up
        from biaoti.catalogue import duplicates as found  # noqa: PLC0415 - start-up
        from biaoti.catalogue.reading import open_catalogue  # noqa: PLC0415 - start-up
        from biaoti.catalogue.writing import expect_writable, write_catalogue  # noqa: PLC0415
        from biaoti.encode import plain  # noqa: PLC0415 - start-up

        session = open_session(setup, read_settings(), streams.say)
        expect_writable(source, target)
        with open_catalogue(source, names_of(session)) as catalogue:
            job = make_job(session, Wishes(), is_debug=False)
            groups = found.group_titles(catalogue.rows(), job)
            outcomes = found.group_outcomes(catalogue, groups)
            pairs = zip(catalogue.rows(), outcomes, strict=True)
            write_catalogue(catalogue, target, found.COLUMNS, pairs)
        repeated = sum(len(group.rows) for group in groups)
        if json:
            body = {"rows": catalogue.count, "repeated": repeated, "groups": plain(groups)}
            streams.write_line(body)
        else:
            streams.say(f"{target}:{catalogue.count} 行,{len(groups)} 组重复,共 {repeated} 行")
        return FINE

    guarded(act, is_json=json)


def times(
    source: In,
    target: Out,
    *,
    orders: Annotated[
        Path | None,
        typer.Option(
            "--orders", metavar="FILE", help="本店订单表,要有下单或付款时间一列;默认按行业时段"
        ),
    ] = None,
    json: options.Json = False,
    today: options.FirstDay = None,
    lexicon: options.Lexicon = None,
) -> None:
    """Spread the listings over the seven-day cycle (trade custom, no fact of the platform)."""
    setup = Setup(today=today, lexicon=lexicon)

    def act() -> int:
        from biaoti.answers import Wishes  # noqa: PLC0415 - start-up
        from biaoti.catalogue import times as plan  # noqa: PLC0415 - start-up
        from biaoti.catalogue.duplicates import group_titles  # noqa: PLC0415 - start-up
        from biaoti.catalogue.reading import open_catalogue  # noqa: PLC0415 - start-up
        from biaoti.catalogue.writing import expect_writable, write_catalogue  # noqa: PLC0415

        session = open_session(setup, read_settings(), streams.say)
        expect_writable(source, target, *([orders] if orders else []))
        policy = session.engine.lexicon.policy.catalogue
        moments = plan.read_orders(orders, policy.order_times) if orders else []
        rhythm = plan.rhythm_of(policy, moments)
        with open_catalogue(source, names_of(session)) as catalogue:
            job = make_job(session, Wishes(), is_debug=False)
            groups = group_titles(catalogue.rows(), job)
            table = plan.timetable(catalogue, groups, rhythm, session.aliases)
            outcomes = plan.time_outcomes(table, rhythm, session.today())
            pairs = zip(catalogue.rows(), outcomes, strict=True)
            write_catalogue(catalogue, target, plan.COLUMNS, pairs)
        if json:
            body = {
                "rows": catalogue.count,
                "orders": rhythm.orders,
                "least_hours_apart": table.least_apart,
                "basis": rhythm.basis,
            }
            streams.write_line(body)
            return FINE
        apart = "" if table.least_apart is None else f",重复宝贝至少隔 {table.least_apart:.1f} 小时"
        streams.say(f"{target}:{catalogue.count} 行排进一周{apart}({rhythm.basis},不是平台规则)")
        return FINE

    guarded(act, is_json=json)
