"""The engine Spark behind `rewrite` and `logs`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from biaoti.cli import options, streams
from biaoti.cli.batch import SPARK, Engine, How, Master, run_catalogue
from biaoti.cli.running import guarded
from biaoti.cli.setup import Setup
from biaoti.cli.start import (
    ALIASES_FILE,
    lexicon_folders,
    read_keywords,
    read_settings,
    report_headers,
    today,
)
from biaoti.cli.stored import place_of
from biaoti.cli.streams import FINE
from biaoti.settings import default_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from biaoti.answers import Wishes
    from biaoti.settings import Settings
    from biaoti.spark import Recipe

Given = tuple[Setup, "Settings", "Wishes"]


def rewrite_on_spark(source: str, target: str, given: Given, how: How) -> int:
    """Rewrite a catalogue on Spark: a file of this machine, or any path that Spark can open."""
    from biaoti.spark import open_spark, rewrite_paths, spark_crew  # noqa: PLC0415 - start-up

    recipe = _recipe(*given)
    with open_spark(how.master) as spark:
        if "://" not in source and "://" not in target:
            crew, job = spark_crew(spark, recipe), recipe.job()
            return run_catalogue(Path(source), Path(target), job, crew, how)
        rows = rewrite_paths(spark, source, target, recipe, is_plan=how.is_plan)
    if how.is_json:
        streams.write_line({"rows": rows})
    else:
        streams.say(f"{target}:{rows} 行")
    return FINE


def _recipe(setup: Setup, settings: Settings, wishes: Wishes) -> Recipe:
    from biaoti.spark import Recipe  # noqa: PLC0415 - start-up

    _expect_reports(setup, settings)
    ours, extra = lexicon_folders(setup, settings)
    stats = read_keywords(setup, settings).rows if setup.keywords else None
    return Recipe(
        lexicon_dir=ours,
        aliases=settings.lexicon_dir / ALIASES_FILE,
        extra=extra,
        cache=settings.cache_dir,
        models_dir=settings.models_dir,
        shipped_models=default_folder("models"),
        stats=stats,
        today=today(setup, settings)(),
        wishes=wishes,
    )


def _expect_reports(setup: Setup, settings: Settings) -> None:
    """Refuse a store that would be left out without a word: executors cannot reach it."""
    is_stated = setup.database is not None or settings.database is not None
    if setup.keywords or not setup.is_store_wanted or not is_stated:
        return
    if place_of(setup, settings).may_hold_rows():
        from biaoti.answers import UsageError  # noqa: PLC0415 - start-up

        raise UsageError(
            "--engine spark: found a keyword store, expected --keywords REPORT… or --no-store"
        )


def logs(
    source: Annotated[
        str, typer.Argument(metavar="IN", help="搜索日志,每行:搜索词、展现、点击、支付、日期")
    ],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="写到关键词报表 .csv")],
    *,
    engine: Engine = "local",
    master: Master = None,
    json: options.Json = False,
) -> None:
    """Add up a raw search log to a keyword report, here or where the log lies."""

    def act() -> int:
        from biaoti.catalogue.logs import aggregate, in_order, write_totals  # noqa: PLC0415
        from biaoti.catalogue.writing import expect_other  # noqa: PLC0415 - start-up

        expect_other(target, Path(source))
        headers = report_headers(read_settings().lexicon_dir)
        if engine == SPARK:
            from biaoti.spark import aggregate_logs, open_spark  # noqa: PLC0415 - start-up

            with open_spark(master) as spark:
                count = write_totals(target, aggregate_logs(spark, source, headers))
        else:
            count = write_totals(target, in_order(aggregate(Path(source), headers)))
        if json:
            streams.write_line({"keywords": count})
        else:
            streams.say(f"{target}:{count} 个搜索词")
        return FINE

    guarded(act, is_json=json)
