"""The same work on Apache Spark: rows in `mapInArrow`, shops in `applyInArrow` (docs/adr/0021).

The functions that answer are those of the local engine. Each executor process opens its session
once, from a recipe that Spark broadcasts: where the lexicon and the models lie on that machine,
and the keyword statistics themselves.
"""

from __future__ import annotations

from biaoti.spark.crew import spark_crew
from biaoti.spark.frames import rewrite_paths
from biaoti.spark.logs import aggregate_logs
from biaoti.spark.session import Recipe, SparkMissingError, open_spark

__all__ = [
    "Recipe",
    "SparkMissingError",
    "aggregate_logs",
    "open_spark",
    "rewrite_paths",
    "spark_crew",
]
