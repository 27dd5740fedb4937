"""What a whole catalogue costs: time, processor time, memory of `biaoti rewrite`, also on Spark.

    python benchmarks/catalogue.py               20,000 and 2,000 listings, 3,000 keywords
    python benchmarks/catalogue.py --rows 200 --keywords 100 1000 10000    the cost model
    python benchmarks/catalogue.py --rows 20000 --spark    Spark local[2] beside the local engine

Catalogues and reports are made up (`made_up`), seeded. Memory is what the processes of the run hold
together, shared pages counted once (PSS), sampled twice a second. Processor time is that of the run
and all its children; on a busy machine it tells more than the clock.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import made_up

ROOT = Path(__file__).resolve().parents[1]
TODAY = "2026-06-01"
_KIB = 1024
_SAMPLE_SECONDS = 0.5


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
                measure(folder, report, (rows, count), wanted.workers, is_spark=False)
                if wanted.spark:
                    measure(folder, report, (rows, count), wanted.workers, is_spark=True)


def measure(
    folder: Path, report: Path, size: tuple[int, int], workers: int, *, is_spark: bool
) -> None:
    """Print what `size` (listings, keywords) costs beyond what one listing costs: the start."""
    engine = ("--engine", "spark", "--master", f"local[{workers}]") if is_spark else ()
    options = (*engine, "--workers", str(workers), "--keywords", str(report), "--today", TODAY)
    start = rewrite(folder, 1, options)
    run = rewrite(folder, size[0], options)
    seconds, cpu = run.wall - start.wall, run.cpu - start.cpu
    print(
        f"{'spark' if is_spark else 'local'} | {size[0]:,} | {size[1]:,} | {start.wall:.1f} | "
        f"{seconds:.0f} | {size[0] / seconds:.0f} | {1_000 * cpu / size[0]:.1f} | {run.peak:.0f}",
        flush=True,
    )


def rewrite(folder: Path, rows: int, options: tuple[str, ...]) -> Measured:
    """Rewrite a made-up catalogue of `rows` listings as a process of its own."""
    source = made_up.write_catalogue(folder / "in.csv", made_up.listings(rows))
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    run = subprocess.Popen(
        [sys.executable, "-m", "biaoti", "rewrite", source, folder / "out.csv", *options],
        env={**os.environ, "PYTHONPATH": str(ROOT / "app")},
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    peak, pause = 0.0, threading.Event()
    while run.poll() is None:
        peak = max(peak, held_by(run.pid))
        pause.wait(_SAMPLE_SECONDS)
    wall = time.perf_counter() - began
    if run.returncode:
        raise SystemExit(f"biaoti rewrite left with {run.returncode}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Measured(wall=wall, cpu=cpu, peak=peak)


def held_by(group: int) -> float:
    """Return the memory that the processes of a group hold together, in MiB."""
    return sum(_share(folder, group) for folder in Path("/proc").glob("[0-9]*")) / _KIB


def _share(folder: Path, group: int) -> int:
    """Return a process's proportional share of memory in KiB, 0 when it is not of the group."""
    try:
        fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
        if int(fields[2]) != group:
            return 0
        lines = (folder / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


if __name__ == "__main__":
    main()
