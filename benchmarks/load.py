"""What one worker bears on loopback, next to its client, and what it does at three times that.

    python benchmarks/load.py                  60 s a phase, as the figures in README.md were taken
    python benchmarks/load.py --seconds 10     a quick look
    python benchmarks/load.py --from FOLDER    queries.txt and listings.jsonl of the measuring data

Starts `biaoti serve` with a report of 3,000 made-up keywords. Requests are sent at fixed times
whether or not earlier ones were answered, and latency counts from when a request was due, so a
service that stalls cannot hide it. Prints a table in Markdown and exits 1 when a target is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
CONNECTIONS = 192
LISTINGS = [
    json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    for name in ("dress", "shampoo", "phone_case")
]


@dataclass(frozen=True)
class Phase:
    """A load: what is asked, how often a second, and which p99 is allowed."""

    name: str
    path: str
    bodies: tuple[bytes, ...]
    rate: float
    p99: float | None = None
    is_shedding: bool = False


@dataclass
class Result:
    """What came of a phase: seconds by status, and when each was due."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    refused_at: list[float] = field(default_factory=list)
    took: float = 0.0

    def percentile(self, share: float) -> float:
        """Return the latency of accepted requests below which `share` of them lie."""
        ordered = sorted(self.seconds) or [0.0]
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Connection:
    """One kept-alive HTTP/1.1 connection, as little client as measuring needs."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, path: str, body: bytes) -> int:
        """Return the status of the answer, read whole."""
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(
            b"POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (path.encode(), len(body), body)
        )
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        return int(head[9:12])

    def drop(self) -> None:
        """Forget a connection that broke."""
        if self._streams:
            self._streams[1].close()
        self._streams = None


async def run(phase: Phase, port: int, seconds: float) -> Result:
    """Return what came of sending `phase` for so long, at fixed times over free connections."""
    result, free = Result(), asyncio.Queue[Connection]()
    for _ in range(CONNECTIONS):
        free.put_nowait(Connection(port))
    started = time.perf_counter()

    async def send(number: int) -> None:
        due = started + number / phase.rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        connection = await free.get()
        try:
            status = await connection.post(phase.path, phase.bodies[number % len(phase.bodies)])
            result.statuses[str(status)] += 1
            if status == 200:
                result.seconds.append(time.perf_counter() - due)
            elif status == 429:
                result.refused_at.append(due - started)
        except (OSError, EOFError, asyncio.IncompleteReadError):
            connection.drop()
            result.statuses["broken"] += 1
        free.put_nowait(connection)

    # Tasks are made a second ahead, so that making them costs nothing when they are due.
    total, made, tasks = int(phase.rate * seconds), 0, set[asyncio.Task[None]]()
    while made < total:
        ahead = min(total, int((time.perf_counter() - started + 1) * phase.rate))
        for number in range(made, ahead):
            task = asyncio.create_task(send(number))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        made = ahead
        await asyncio.sleep(0.5)
    await asyncio.gather(*tasks)
    result.took = time.perf_counter() - started
    while not free.empty():
        free.get_nowait().drop()
    return result


def keywords_of(rows: int, folder: Path | None) -> list[str]:
    """Return `rows` keywords: the measuring data's, else made up around the example dress."""
    if folder is not None:
        return (folder / "queries.txt").read_text("utf-8").splitlines()[:rows]
    chance = random.Random(1)  # noqa: S311 - made-up figures
    seeds = [
        line.split(",")[1]
        for line in (EXAMPLES / "dress_sycm.csv").read_text("utf-8-sig").splitlines()[4:]
    ]
    # As in a category's report: most keywords are of dresses unlike this one.
    parts = (  # noqa: SIM905 - a list of words reads best as words
        "大码 微胖 约会 通勤 韩版 针织 牛仔 长袖 圆领 无袖 吊带 黑色 白色 红色 小个子 妈妈 "
        "新中式 旗袍 秋冬 春秋 真丝 棉麻 蕾丝 包臀 鱼尾 高级感 显瘦 气质 法式 碎花 雪纺 夏季 女"
    ).split()
    words = dict.fromkeys(seeds)
    while len(words) < rows:
        words[" ".join([chance.choice(seeds), *chance.sample(parts, chance.randint(1, 2))])] = None
    return list(words)


def report(path: Path, words: list[str]) -> None:
    """Write a report of `words` with made-up figures."""
    chance = random.Random(1)  # noqa: S311 - made-up figures
    lines = [
        f"{word},{chance.randint(50, 90_000)},{chance.uniform(1, 60):.2f}%,"
        f"{chance.uniform(0.1, 12):.2f}%,{chance.randint(100, 900_000)}"
        for word in words
    ]
    path.write_text("搜索词,搜索人气,点击率,支付转化率,在线商品数\n" + "\n".join(lines), "utf-8")


def listings_of(folder: Path | None) -> list[dict[str, object]]:
    """Return the listings asked about: 300 of the measuring data, else the examples."""
    if folder is None:
        return LISTINGS
    lines = (folder / "listings.jsonl").read_text("utf-8").splitlines()
    return [found for line in lines if (found := json.loads(line))["attributes"]][:300]


def phases(folder: Path | None) -> list[Phase]:
    """Return the loads to bear, three times as much of each, and what follows that."""
    listings = tuple(
        json.dumps(listing, ensure_ascii=False).encode() for listing in listings_of(folder)
    )
    suggested = listings if folder else listings[:1]
    check, suggest = ("/v1/check", listings), ("/v1/suggest", suggested)
    return [
        Phase("check", *check, rate=300, p99=0.05),
        Phase("suggest", *suggest, rate=20, p99=0.4),
        Phase("check, three times", *check, rate=900, is_shedding=True),
        Phase("check, after it", *check, rate=300, p99=0.05),
        Phase("suggest, three times", *suggest, rate=60, is_shedding=True),
        Phase("suggest, after it", *suggest, rate=20, p99=0.4),
    ]


def judge(phase: Phase, result: Result) -> list[str]:
    """Return what is wrong with a result."""
    found = [
        f"{n} × {status}" for status, n in result.statuses.items() if status not in {"200", "429"}
    ]
    if phase.is_shedding:
        return found
    late = [at for at in result.refused_at if at > 2 or "after" not in phase.name]
    if late:
        found.append(f"{len(late)} refused")
    if phase.p99 and result.percentile(0.99) > phase.p99:
        found.append(f"p99 over {phase.p99 * 1000:.0f} ms")
    return found


def memory(pid: int) -> float:
    """Return the resident megabytes of a process."""
    return int(Path(f"/proc/{pid}/status").read_text("ascii").split("VmRSS:")[1].split()[0]) / 1024


def computing(pid: int) -> float:
    """Return the seconds of processor time a process has used: other load changes it little."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(port: int, pid: int, seconds: float, folder: Path | None) -> bool:
    """Print a row for each phase; tell whether all targets were met."""
    columns = "load, asked /s, answered /s, 200, 429, p50 ms, p99 ms, most ms, CPU ms, MB, verdict"
    print("|", columns.replace(", ", " | "), "|")
    print("|---" * 11 + "|")
    is_good = True
    for phase in phases(folder):
        span = seconds if not (phase.is_shedding or "after" in phase.name) else max(5, seconds / 4)
        before = computing(pid)
        result = asyncio.run(run(phase, port, span))
        each = 1000 * (computing(pid) - before) / max(1, result.statuses.total())
        wrong = judge(phase, result)
        is_good &= not wrong
        counts = result.statuses
        times = [1000 * result.percentile(share) for share in (0.5, 0.99, 1.0)]
        cells = [
            *(phase.name, f"{phase.rate:.0f}", f"{counts['200'] / result.took:.0f}"),
            *(str(counts["200"]), str(counts["429"]), *(f"{ms:.1f}" for ms in times)),
            *(f"{each:.2f}", f"{memory(pid):.0f}", "; ".join(wrong) or "✓"),
        ]
        print(f"| {' | '.join(cells)} |", flush=True)
    return is_good


def main() -> int:
    """Start the service, measure it, stop it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--keywords", type=int, default=3_000)
    parser.add_argument("--from", dest="source", type=Path, metavar="FOLDER")
    options = parser.parse_args()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        keywords = Path(folder) / "report.csv"
        report(keywords, keywords_of(options.keywords, options.source))
        command = [
            sys.executable,
            "-m",
            "biaoti",
            "serve",
            "--port",
            str(port),
            "-k",
            str(keywords),
        ]
        env = {**os.environ, "PYTHONPATH": str(ROOT / "app"), "BIAOTI_TODAY": "2026-06-01"}
        with (Path(folder) / "log").open("wb") as log:
            process = subprocess.Popen(command, env=env, stderr=log)
        try:
            for _ in range(300):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            warm = [Phase("", p.path, p.bodies, rate=10) for p in phases(options.source)[:2]]
            for phase in warm:
                asyncio.run(run(phase, port, 2))
            is_good = measure(port, process.pid, options.seconds, options.source)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
