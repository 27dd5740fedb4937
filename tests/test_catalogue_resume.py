"""A run that is killed goes on where it stopped and ends in the bytes of one that was not."""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from biaoti.catalogue.processes import workers
from biaoti.catalogue.resuming import Entry, journal_path, make_stamp, open_journal, stamped_day
from biaoti.catalogue.rows import CatalogueError, kept

ROOT = Path(__file__).parents[1]
REPORT = ROOT / "examples" / "dress_sycm.csv"
KILLS = 20
ROWS = 160


def command(source: Path, target: Path, cache: Path, *options: str) -> list[str]:
    """Return the command that rewrites `source` to `target`."""
    program = "from biaoti.cli import main; main()"
    del cache
    where = [str(source), str(target), "--keywords", str(REPORT), "--today", "2026-06-01"]
    return [sys.executable, "-c", program, "rewrite", *where, *options]


@pytest.fixture(scope="module")
def env(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    cache = tmp_path_factory.getbasetemp() / "cache"
    return {
        "PYTHONPATH": str(ROOT / "app"),
        "BIAOTI_CACHE_DIR": str(cache),
        "PATH": os.environ["PATH"],
    }


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a catalogue large enough to be killed in."""
    path = tmp_path_factory.mktemp("resume") / "in.csv"
    rows = (ROOT / "examples" / "catalogue.csv").read_text(encoding="utf-8-sig").splitlines()
    header, body = rows[0], rows[1:]
    path.write_text("\n".join([header, *(body * 20)[:ROWS]]), encoding="utf-8")
    return path


def rewritten(source: Path, target: Path, env: dict[str, str], *options: str) -> str:
    """Run to the end; return what was told."""
    done = subprocess.run(  # noqa: S603 - our own interpreter and program
        command(source, target, target, *options),
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stderr


def kill_when(source: Path, target: Path, env: dict[str, str], size: int, workers: str) -> bool:
    """Start a run and kill it once its journal has `size` bytes; tell whether it was killed."""
    run = subprocess.Popen(  # noqa: S603 - our own interpreter and program
        command(source, target, target, "--workers", workers),
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    journal, pause = journal_path(target), threading.Event()
    while run.poll() is None:
        if journal.exists() and journal.stat().st_size >= size:
            run.send_signal(signal.SIGKILL)
            break
        pause.wait(0.002)
    run.wait()
    return run.returncode == -signal.SIGKILL


@pytest.mark.slow
def test_a_run_killed_at_twenty_random_points_ends_in_the_same_bytes(
    source: Path, tmp_path: Path, env: dict[str, str]
) -> None:
    calm = tmp_path / "calm.csv"
    rewritten(source, calm, env, "--workers", "1")
    draw, killed, attempt = random.Random(8), 0, 0  # noqa: S311 - no secret
    target = tmp_path / "out.csv"
    journal = journal_path(target)
    while killed < KILLS:
        attempt += 1
        assert attempt <= 2 * KILLS
        already = journal.stat().st_size if journal.exists() else 0
        # Up to two chunks further each time, at any byte of a line.
        size = already + draw.randint(1, 9_000)
        if kill_when(source, target, env, size, draw.choice("12")):
            killed += 1
            assert not target.exists()
            if draw.random() < 0.5:
                tear(journal, draw.randint(1, 200))
        else:
            assert target.read_bytes() == calm.read_bytes()
            target.unlink()
    said = rewritten(source, target, env, "--workers", "2")
    assert target.read_bytes() == calm.read_bytes()
    assert not journal.exists()
    assert "接着上次" in said or "改写" in said


def tear(journal: Path, count: int) -> None:
    """Take the last bytes of the journal away, as a power cut may."""
    with journal.open("r+b") as stream:
        stream.truncate(max(0, journal.stat().st_size - count))


@pytest.mark.slow
def test_a_full_disk_says_so_and_the_same_command_goes_on(
    source: Path, tmp_path: Path, env: dict[str, str]
) -> None:
    target = tmp_path / "out.csv"
    limit = 30_000

    def small_files() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    done = subprocess.run(  # noqa: S603 - our own interpreter and program
        command(source, target, target, "--workers", "1"),
        env=env,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=small_files,
    )
    assert done.returncode == 2
    assert "what is done so far is kept" in done.stderr
    assert not target.exists()
    assert "接着上次" in rewritten(source, target, env)
    rewritten(source, tmp_path / "calm.csv", env)
    assert target.read_bytes() == (tmp_path / "calm.csv").read_bytes()


@pytest.mark.slow
def test_workers_do_not_outlive_a_killed_run(
    source: Path, tmp_path: Path, env: dict[str, str]
) -> None:
    target = tmp_path / "out.csv"
    run = subprocess.Popen(  # noqa: S603 - our own interpreter and program
        command(source, target, target, "--workers", "2"), env=env, start_new_session=True
    )
    pause = threading.Event()
    while not journal_path(target).exists():
        pause.wait(0.01)
    run.kill()
    run.wait()
    for _ in range(500):
        if not group_members(run.pid):
            return
        pause.wait(0.02)
    pytest.fail("a worker still runs ten seconds after its parent was killed")


def group_members(group: int) -> list[int]:
    """Return the live processes of a process group, zombies left out."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[2]) == group and fields[0] != "Z":
            found.append(int(folder.name))
    return found


# ---- the journal by itself ---------------------------------------------------------------------

STAMP = make_stamp(input="a", today="2026-06-01")


def entry(number: int) -> Entry:
    return Entry(numbers=(number,), outcomes=(kept(f"裙{number}", "空行"),))


def numbers_after(target: Path, stamp: dict[str, str] | None = None) -> tuple[list[int], list[str]]:
    """Return the rows that a journal opened anew still knows, and what it says."""
    notes: list[str] = []
    with open_journal(target, stamp or STAMP, notes.append) as journal:
        return [number for e in journal.entries() for number in e.numbers], notes


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Return a target whose journal knows three rows."""
    with open_journal(tmp_path / "out.csv", STAMP, lambda _: None) as journal:
        for number in (1, 2, 3):
            journal.append(entry(number))
    return tmp_path / "out.csv"


def test_a_journal_cut_at_any_byte_keeps_whole_lines_only(target: Path) -> None:
    content = journal_path(target).read_bytes()
    ends = [i + 1 for i, byte in enumerate(content) if byte == 0x0A]
    for size in range(len(content) + 1):
        journal_path(target).write_bytes(content[:size])
        whole = max(0, sum(end <= size for end in ends) - 1)
        assert numbers_after(target)[0] == list(range(1, whole + 1))
        assert len(journal_path(target).read_bytes()) == (
            ends[whole] if size >= ends[0] else ends[0]
        )


def test_a_damaged_line_and_what_follows_it_are_done_again(target: Path) -> None:
    lines = journal_path(target).read_bytes().split(b"\n")
    lines[2] = lines[2].replace(b"2", b"7", 1)
    journal_path(target).write_bytes(b"\n".join(lines))
    assert numbers_after(target)[0] == [1]


@pytest.mark.parametrize(
    ("part", "word"), [("input", "输入文件"), ("lexicon", "词库"), ("data", "关键词数据")]
)
def test_what_changed_starts_over_and_is_named(part: str, word: str, target: Path) -> None:
    numbers, notes = numbers_after(target, {**STAMP, part: "b"})
    assert numbers == []
    assert notes == [f"从头开始:{word}变了"]


def test_a_run_resumed_past_midnight_keeps_its_day(target: Path) -> None:
    assert stamped_day(target, {**STAMP, "today": "2026-06-02"}) == "2026-06-01"
    assert stamped_day(target, {**STAMP, "input": "b", "today": "2026-06-02"}) == "2026-06-02"
    assert stamped_day(target.with_name("other.csv"), STAMP) == "2026-06-01"


def test_two_runs_cannot_write_one_target(target: Path) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from biaoti.catalogue.resuming import open_journal, make_stamp\n"
        "with open_journal(Path(sys.argv[1]), make_stamp(), print): pass"
    )
    with open_journal(target, STAMP, lambda _: None):
        done = subprocess.run(  # noqa: S603 - our own interpreter and program
            [sys.executable, "-c", program, str(target)],
            env={"PYTHONPATH": str(ROOT / "app")},
            capture_output=True,
            text=True,
            check=False,
        )
    assert "another run is writing it" in done.stderr


# ---- processes ---------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 3])
def test_results_come_in_the_order_of_their_units(count: int) -> None:
    def square(number: int) -> int:
        threading.Event().wait(0.01 * (number % 3))
        return number * number

    with workers(square, count) as work:
        assert list(work(range(30))) == [n * n for n in range(30)]


@pytest.mark.parametrize("length", [0, 1, 9, 10, 11, 25])
def test_after_a_shift_fresh_processes_take_over(length: int) -> None:
    def who(number: int) -> tuple[int, int]:
        return number, os.getpid()

    with workers(who, 2, shift=10) as work:
        done = list(work(range(length)))
    assert [number for number, _ in done] == list(range(length))
    shifts = [{pid for _, pid in done[start : start + 10]} for start in range(0, length, 10)]
    assert all(len(pids) <= 2 for pids in shifts)
    assert all(a.isdisjoint(b) for a, b in pairwise(shifts))


def test_units_are_taken_only_a_little_ahead() -> None:
    taken: list[int] = []

    def units() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    with workers(lambda number: number, 2) as work:
        results = work(units())
        next(results)
        assert len(taken) < 20


def test_a_worker_that_dies_is_told_and_not_waited_for() -> None:
    def die(_: int) -> None:
        os._exit(9)

    works: Sequence[Callable[[int], None]] = [die]
    with (
        pytest.raises(CatalogueError, match="run the same command again"),
        workers(works[0], 2) as work,
    ):
        list(work([1]))
