"""How fast `biaoti import` takes in a large report, from its start to its end, on both databases.

    python benchmarks/store.py [--rows 200000] [--times 3]

The report is made here, with a fixed seed, in the columns of a market report. PostgreSQL is a
private server on a socket in a temporary folder, started as the tests start theirs. Printed: the
median of the runs in rows a second, each into a new store, and the time of a second import that
finds everything there. The aim is 25,000 rows a second.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import databases  # noqa: E402 - the tests' own way to start a server

_HEADER = "搜索词,搜索人气,点击率,支付转化率,在线商品数,商城点击占比"
_HEADS = ("连衣裙", "半身裙", "T恤", "牛仔裤", "衬衫", "外套", "卫衣", "手机壳", "洗发水", "收纳盒")
_PIECES = (
    *("夏季", "新款", "法式", "碎花", "显瘦", "女", "男", "大码", "宽松", "复古", "通勤"),
    *("学生", "韩版", "高腰", "纯棉", "雪纺", "短袖", "长袖", "黑色", "白色", "ins", "小个子"),
)


def keywords(rows: int, chance: random.Random) -> list[str]:
    """Return `rows` different keywords."""
    found: dict[str, None] = {}
    while len(found) < rows:
        pieces = chance.sample(_PIECES, chance.randint(1, 5))
        found["".join((*pieces, chance.choice(_HEADS)))] = None
    return list(found)


def write_report(path: Path, rows: int) -> None:
    """Write a report whose demand falls as Zipf's law says."""
    chance = random.Random(5)  # noqa: S311 - repeatable, not secret
    with path.open("w", encoding="utf-8-sig") as file:
        file.write(f"{_HEADER}\n")
        for rank, keyword in enumerate(keywords(rows, chance), start=1):
            demand = int(1e6 / rank**0.7) + chance.randint(5, 50)
            shares = [f"{chance.uniform(0, most):.2f}%" for most in (90, 20, 100)]
            supply = chance.randint(100, 9_999_999)
            file.write(f'{keyword},"{demand:,}",{shares[0]},{shares[1]},{supply},{shares[2]}\n')


def seconds(*arguments: str) -> float:
    """Return how long one run of the command takes, start of the interpreter included."""
    begun = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "biaoti", *arguments, "--json"],
        check=True,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT / "app")},
    )
    return time.perf_counter() - begun


def measure(name: str, report: Path, rows: int, stores: Iterator[str], times: int) -> None:
    """Print the rows a second of several runs, each into a store of its own."""
    taken, again = [], []
    for _ in range(times):
        store = next(stores)
        taken.append(seconds("import", str(report), "--database", store))
        again.append(seconds("import", str(report), "--database", store))
    middle = statistics.median(taken)
    print(
        f"{name}: {rows / middle:,.0f} rows/s "
        f"({', '.join(f'{rows / s:,.0f}' for s in taken)}); "
        f"the same again {statistics.median(again):.1f} s"
    )


@contextlib.contextmanager
def postgres_stores() -> Iterator[Iterator[str]]:
    """Give new databases of a private server."""
    with databases.server() as found:
        yield (databases.new_database(found.url) for _ in range(1_000))


def main() -> None:
    """Measure both databases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--times", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.csv"
        write_report(report, options.rows)
        files = (str(Path(folder) / f"{number}.sqlite3") for number in range(1_000))
        measure("SQLite", report, options.rows, files, options.times)
        with postgres_stores() as stores:
            measure("PostgreSQL", report, options.rows, stores, options.times)


if __name__ == "__main__":
    main()
