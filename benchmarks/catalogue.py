"""What a whole catalogue costs: time, processor time, memory of `biaoti rewrite`, also on Spark.

    python benchmarks/catalogue.py               20,000 and 2,000 listings, 3,000 keywords
    python benchmarks/catalogue.py --rows 200 --keywords 100 1000 10000    the cost model
    python benchmarks/catalogue.py --rows 20000 --spark    Spark local[2] beside the local engine

Catalogues and reports are made up (`made_up`), seeded. Memory is what the processes of the run hold
together, shared pages counted once (PSS), sampled twice a second, as is their processor time:
Spark's Java and Python are no children of the run that could be waited for. On a busy machine
processor time tells more than the clock. What one listing costs is taken off as the start.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import made_up

ROOT = Path(__file__).resolve().parents[1]
TODAY = "2026-06-01"
_KIB = 1024
_SAMPLE_SECONDS = 0.5
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One run: seconds by the clock and of processors, and the most memory held at once, in MiB."""

    wall: float
    cpu: float
    peak: float


def main() -> None:
    """Print a line for each size asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[20_000, 2_000])
    parser.add_argument("--keywords", type=int, nargs="+", default=[3_000])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--spark", action="store_true", help="the same on Spark local[workers]")
    wanted = parser.parse_args()
    print("engine | listings | keywords | start s | seconds | rows/s | CPU ms/listing | peak MiB")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for count in wanted.keywords:
            report = made_up.write_report(folder / "report.csv", made_up.keywords(count))
            for rows in wanted.rows:
                sizes = rows, count
                local = measure(folder, report, sizes, wanted.workers, is_spark=False)
                if wanted.spark:
                    spark = measure(folder, report, sizes, wanted.workers, is_spark=True)
                    compare(folder, local, spark)


def measure(
    folder: Path, report: Path, size: tuple[int, int], workers: int, *, is_spark: bool
) -> Measured:
    """Print and return what `size` (listings, keywords) costs beyond what one listing costs."""
    name = "spark" if is_spark else "local"
    engine = ("--engine", "spark", "--master", f"local[{workers}]") if is_spark else ()
    options = (*engine, "--workers", str(workers), "--keywords", str(report), "--today", TODAY)
    start = rewrite(folder, name, 1, options)
    run = rewrite(folder, name, size[0], options)
    beyond = Measured(wall=run.wall - start.wall, cpu=run.cpu - start.cpu, peak=run.peak)
    print(
        f"{name} | {size[0]:,} | {size[1]:,} | {start.wall:.1f} | {beyond.wall:.0f} | "
        f"{size[0] / beyond.wall:.0f} | {1_000 * beyond.cpu / size[0]:.1f} | {run.peak:.0f}",
        flush=True,
    )
    return beyond


def compare(folder: Path, local: Measured, spark: Measured) -> None:
    """Print what Spark takes of the local engine's time; leave when it answers otherwise."""
    if (folder / "local.csv").read_bytes() != (folder / "spark.csv").read_bytes():
        raise SystemExit("Spark and the local engine wrote different bytes")
    times = f"{spark.wall / local.wall:.2f} x by the clock, {spark.cpu / local.cpu:.2f} x CPU"
    print(f"same bytes; spark / local: {times}", flush=True)


def rewrite(folder: Path, name: str, rows: int, options: tuple[str, ...]) -> Measured:
    """Rewrite a made-up catalogue of `rows` listings as a process of its own."""
    source = made_up.write_catalogue(folder / "in.csv", made_up.listings(rows))
    began = time.perf_counter()
    run = subprocess.Popen(
        [sys.executable, "-m", "biaoti", "rewrite", source, folder / f"{name}.csv", *options],
        env={**os.environ, "PYTHONPATH": str(ROOT / "app")},
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    peak, pause = 0.0, threading.Event()
    seconds: dict[int, float] = {}
    while run.poll() is None:
        found = list(processes_of(run.pid))
        peak = max(peak, sum(process.memory for process in found))
        seconds |= {process.number: process.cpu for process in found}
        pause.wait(_SAMPLE_SECONDS)
    wall = time.perf_counter() - began
    if run.returncode:
        raise SystemExit(f"biaoti rewrite left with {run.returncode}")
    return Measured(wall=wall, cpu=sum(seconds.values()), peak=peak)


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process: the processor time it has had in seconds, and its share of memory in MiB."""

    number: int
    cpu: float
    memory: float


def processes_of(session: int) -> Iterator[Process]:
    """Yield the processes of a session as they are now."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # a process may end while it is looked at
            fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
            if int(fields[3]) == session:
                lines = (folder / "smaps_rollup").read_text().splitlines()
                shares = [int(line.split()[1]) for line in lines if line.startswith("Pss:")]
                cpu = (int(fields[11]) + int(fields[12])) / _TICKS
                yield Process(number=int(folder.name), cpu=cpu, memory=sum(shares) / _KIB)


if __name__ == "__main__":
    main()
