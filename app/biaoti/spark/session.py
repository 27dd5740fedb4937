"""A Spark session, and the recipe from which an executor makes its own job."""

from __future__ import annotations

import gc
import hashlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from biaoti.answers import Session, Wishes
from biaoti.catalogue.reading import Names
from biaoti.catalogue.rewriting import Job
from biaoti.engine import build_engine, make_market
from biaoti.errors import BiaotiError
from biaoti.listings import load_aliases
from biaoti.records import KeywordStat

_BATCH_ROWS = "64"
_PER_CORE = 4
_YOUNG_OBJECTS = 100_000


class SparkMissingError(BiaotiError):
    """The extra `spark`, or the Java it needs, is not there."""

    code = "spark-missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """All that a session is made of; paths are those of the machine that reads them."""

    lexicon_dir: Path
    aliases: Path
    extra: Path | None
    cache: Path | None
    models_dir: Path | None
    shipped_models: Path | None
    stats: tuple[KeywordStat, ...] | None
    today: str
    wishes: Wishes

    def job(self) -> Job:
        """Return the job, built anew: a second or so."""
        engine = build_engine(
            self.lexicon_dir,
            extra=self.extra,
            cache=self.cache,
            models_dir=self.models_dir,
            shipped_models=self.shipped_models,
        )
        market = None if self.stats is None else make_market(engine, self.stats)
        session = Session(
            engine=engine,
            aliases=load_aliases(self.aliases),
            market=market,
            today=lambda: self.today,
        )
        return Job(session=session, wishes=self.wishes, report=_named)


def _named(error: Exception) -> str:
    """Return one line on a defect of ours, the same on every engine."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"


def names_of(job: Job) -> Names:
    """Return what the columns of a catalogue may be called."""
    lexicon = job.session.engine.lexicon
    return Names(
        aliases=job.session.aliases,
        attributes=frozenset(lexicon.attribute_uses),
        shop=lexicon.policy.catalogue.shop_columns,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """A recipe that Spark carried to every executor, and a name by which to know it again."""

    broadcast: Any
    name: str


def share(spark: Any, recipe: Recipe) -> Shared:  # noqa: ANN401 - pyspark's, which is an extra
    """Return `recipe` broadcast to the executors of `spark`."""
    name = hashlib.sha256(repr(recipe).encode()).hexdigest()
    return Shared(broadcast=spark.sparkContext.broadcast(recipe), name=name)


_JOBS: dict[str, Job] = {}


def job_of(shared: Shared) -> Job:
    """Return this process's job of a shared recipe, made when it is first asked for."""
    if shared.name not in _JOBS:
        _JOBS.clear()
        gc.disable()
        try:
            _JOBS[shared.name] = shared.broadcast.value.job()
        finally:
            # What lasts is spared, and what a row makes goes by itself: look for cycles rarely.
            gc.freeze()
            gc.set_threshold(_YOUNG_OBJECTS)
            gc.enable()
    return _JOBS[shared.name]


@contextmanager
def open_spark(master: str | None) -> Iterator[Any]:
    """Give a Spark session: the running one's settings (spark-submit), else a new one at `master`.

    Raises SparkMissingError without the extra or without Java.
    """
    try:
        from pyspark.errors import PySparkException  # noqa: PLC0415 - an extra
        from pyspark.sql import SparkSession  # noqa: PLC0415 - an extra
    except ImportError as error:
        msg = "--engine spark needs the extra: pip install 'biaoti[spark]'"
        raise SparkMissingError(msg) from error
    builder = SparkSession.builder.appName("biaoti")
    is_local = master is not None and master.startswith("local")
    for key, value in (_SETTINGS | (_LOCAL_SETTINGS if is_local else {})).items():
        builder = builder.config(key, value)
    try:
        spark = (builder.master(master) if master else builder).getOrCreate()
    except (PySparkException, OSError, RuntimeError) as error:
        raise SparkMissingError(f"Spark cannot start (is Java 17 there?): {error}") from error
    if is_local:
        # Executors of this machine run the Python that has our libraries, whatever PATH says.
        spark.sparkContext.pythonExec = sys.executable
    try:
        spark.sparkContext.setLogLevel("ERROR")
        if not spark.sparkContext.getConf().contains(_SHUFFLE):
            spark.conf.set(_SHUFFLE, str(_PER_CORE * cores_of(spark)))
        yield spark
    finally:
        spark.stop()


# Pieces in which work is cut between steps: a few for each core, so that slow rows do not keep the
# other cores waiting, and not Spark's 200, each of which is a job of its own where results stream.
_SHUFFLE = "spark.sql.shuffle.partitions"
_SETTINGS = {
    "spark.sql.execution.arrow.maxRecordsPerBatch": _BATCH_ROWS,
    "spark.sql.adaptive.enabled": "false",  # tiny rows, dear work: Spark would merge the partitions
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.python.worker.reuse": "true",
    "spark.sql.session.timeZone": "UTC",
}
# The work is done in Python: on this machine Java shall not take its processors to compile itself
# for speed, nor to collect in parallel. A third of the start goes.
_LOCAL_SETTINGS = {
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
}


def cores_of(spark: Any) -> int:  # noqa: ANN401 - pyspark's, which is an extra
    """Return how many tasks run at the same time."""
    return int(spark.sparkContext.defaultParallelism)
