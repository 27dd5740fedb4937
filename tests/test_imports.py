"""The command `import` as others run it: killed, at once, on a full disk, with a server down."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from biaoti.records import KeywordStat
from biaoti.store import StoreError, find_place, reading, writing
from biaoti.store import database as databases_door
from biaoti.store.database import Store, connect
from biaoti.store.schema import open_store

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[1]
OLD_ROWS, NEW_ROWS = 500, 15_000
KILLS_ANYWHERE, KILLS_WHILE_WRITING = 12, 10
OLD, NEW = ("2026-05-01..2026-05-31", "2026-06-01..2026-06-30")


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a command: nothing of ours but what is said."""
    kept = {name: os.environ[name] for name in ("PATH", "BIAOTI_CACHE_DIR") if name in os.environ}
    return {"PYTHONPATH": str(ROOT / "app"), **kept, **more}


def start(*arguments: str | Path, **more: str) -> subprocess.Popen[bytes]:
    """Start the command as another program would."""
    return subprocess.Popen(  # noqa: S603 - our own interpreter and program
        [sys.executable, "-m", "biaoti", *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(**more),
    )


def finish(process: subprocess.Popen[bytes]) -> tuple[int, bytes, str]:
    """Wait for a command and return its exit code, output and messages."""
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err.decode()


def run(*arguments: str | Path, **more: str) -> tuple[int, bytes, str]:
    """Run the command as another program would."""
    return finish(start(*arguments, **more))


def write_report(path: Path, rows: int, *, seed: int) -> Path:
    """Write a report of `rows` keywords, half of them the same whatever the seed."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    lines = ["搜索词,搜索人气,点击量,点击率"]
    for number in range(rows):
        owner = seed if number % 2 else 0
        clicks, rate = chance.randint(1, 999), chance.uniform(1, 90)
        lines.append(f"词{owner}甲{number},{chance.randint(50, 90_000)},{clicks},{rate:.2f}%")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module", autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let all commands of this module read the lexicon once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BIAOTI_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "cache"))
        yield


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return write_report(tmp_path / "old.csv", OLD_ROWS, seed=1)


@pytest.fixture
def new(tmp_path: Path) -> Path:
    return write_report(tmp_path / "new.csv", NEW_ROWS, seed=2)


State = tuple[tuple[str, ...], tuple[KeywordStat, ...], tuple[KeywordStat, ...]]


def state(store: Store) -> State:
    """Return what `store` holds once nobody writes any more."""
    with store.writing():
        pass
    names = tuple(one.name for one in reading.imports(store))
    return names, reading.read_stats(store), reading.history(store)


def is_somebody_writing(store: Store) -> bool:
    """Tell whether another process is inside its transaction at this moment."""
    if store.place.file is None:
        with store.engine.connect() as connection:
            held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
            return bool(connection.execute(sa.text(held)).scalar())
    with store.engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA busy_timeout = 0")
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        except sa.exc.OperationalError:
            return True
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("BEGIN")
        return False


# ---- killed ------------------------------------------------------------------------------------


def kill(process: subprocess.Popen[bytes]) -> bool:
    """Kill a command without warning; tell whether it was still at work."""
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    return process.returncode == -signal.SIGKILL


def test_an_import_killed_at_any_moment_leaves_the_old_state_or_the_new(
    database: str, old: Path, new: Path
) -> None:
    arguments = ("import", new, "--period", NEW, "--database", database)
    assert run("import", old, "--period", OLD, "--database", database)[0] == 0
    store = open_store(find_place(database))
    before = state(store)
    begun = time.monotonic()
    assert run(*arguments)[0] == 0
    lasts = time.monotonic() - begun
    after = state(store)
    assert (len(before[2]), len(after[2])) == (OLD_ROWS, OLD_ROWS + NEW_ROWS)
    chance = random.Random(20261122)  # noqa: S311 - repeatable, not secret
    killed, killed_writing, done = 0, 0, 0
    for turn in range(KILLS_ANYWHERE + KILLS_WHILE_WRITING):
        if reading.imports(store)[-1].name == new.name:
            writing.undo_import(store, reading.imports(store)[-1].id)
        assert state(store) == before
        process = start(*arguments)
        if turn < KILLS_ANYWHERE:
            time.sleep(chance.uniform(0, 1.1 * lasts))
            killed += kill(process)
        else:
            while process.poll() is None and not is_somebody_writing(store):
                time.sleep(0.005)
            time.sleep(chance.uniform(0, 0.1 * lasts))
            killed_writing += kill(process)
        found = state(store)
        assert found in (before, after)
        done += found == after
    assert killed >= KILLS_ANYWHERE // 2
    assert killed_writing >= KILLS_WHILE_WRITING // 2
    assert done < KILLS_ANYWHERE + KILLS_WHILE_WRITING
    for _ in range(2):
        assert run(*arguments)[0] == 0
        assert state(store) == after


def test_a_first_import_killed_at_any_moment_leaves_a_store_that_works(
    database: str, old: Path
) -> None:
    arguments = ("import", old, "--period", OLD, "--database", database, "--json")
    chance = random.Random(7)  # noqa: S311 - repeatable, not secret
    for _ in range(8):
        process = start(*arguments)
        time.sleep(chance.uniform(0.3, 1.2))
        kill(process)
    code, _, messages = run(*arguments)
    assert (code, messages) == (0, "")
    assert len(reading.read_stats(open_store(find_place(database)))) == OLD_ROWS


# ---- at once -----------------------------------------------------------------------------------


def test_imports_at_once_wait_for_each_other(database: str, tmp_path: Path) -> None:
    reports = [write_report(tmp_path / f"{n}.csv", 2_000, seed=n) for n in (1, 2, 3)]
    turns = [reports[n % 3] for n in range(6)]
    running = [start("import", path, "--database", database, "--json") for path in turns]
    done = [finish(process) for process in running]
    assert [(code, messages) for code, _, messages in done] == [(0, "")] * 6
    kept = [json.loads(out)["kept"] for _, out, _ in done]
    assert sorted(kept) == [0, 0, 0, 2_000, 2_000, 2_000]
    store = open_store(find_place(database))
    assert sorted(one.name for one in reading.imports(store)) == ["1.csv", "2.csv", "3.csv"]
    assert len(reading.read_stats(store)) == 1_000 * 4


def test_a_reader_sees_the_old_state_while_another_writes(database: str, old: Path) -> None:
    run("import", old, "--database", database)
    store, other = open_store(find_place(database)), connect(find_place(database))
    version = reading.data_version(store)
    with store.writing() as connection:
        connection.exec_driver_sql("DELETE FROM observations")
        connection.exec_driver_sql("DELETE FROM imports")
        assert (reading.data_version(other), len(reading.read_stats(other))) == (version, OLD_ROWS)
    assert reading.read_stats(other) == ()


def test_an_import_that_waits_too_long_says_that_another_is_at_work(
    database: str, old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("import", old, "--database", database)
    monkeypatch.setattr(databases_door, "WAIT_SECONDS", 1)
    store, other = connect(find_place(database)), connect(find_place(database))
    with store.writing(), pytest.raises(StoreError, match="busy for 1 seconds: another import"):
        writing.undo_import(other, 1)
    assert len(reading.imports(other)) == 1


# ---- what goes wrong ---------------------------------------------------------------------------


def failed(done: tuple[int, bytes, str], code: str, *pieces: str) -> None:
    """Hold that a command failed by bad input, in one line of text and one of JSON."""
    status, out, messages = done
    assert (status, messages.count("\n")) == (2, 1), messages
    error = json.loads(out)["error"]
    assert error["code"] == code
    for piece in pieces:
        assert piece in messages
        assert piece in error["message"]


def small_disk(size: int) -> Callable[[], None]:
    """Return what makes a process unable to let any file grow beyond `size` bytes."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit


def test_a_full_disk_loses_nothing(tmp_path: Path, old: Path, new: Path) -> None:
    database = str(tmp_path / "store.sqlite3")
    assert run("import", old, "--period", OLD, "--database", database)[0] == 0
    store = open_store(find_place(database))
    before = state(store)
    done = subprocess.run(  # noqa: S603 - our own interpreter and program
        [sys.executable, "-m", "biaoti", "import", new, "--database", database, "--json"],
        capture_output=True,
        check=False,
        env=environment(),
        preexec_fn=small_disk(300_000),
    )
    failed(
        (done.returncode, done.stdout, done.stderr.decode()),
        "bad-store",
        database,
        "nothing was changed",
    )
    assert state(store) == before
    assert run("import", new, "--period", NEW, "--database", database)[0] == 0


def test_a_full_database_loses_nothing(tmp_path: Path, old: Path, new: Path) -> None:
    from biaoti.reports import load_headers, observe_reports  # noqa: PLC0415 - for this test

    database = str(tmp_path / "store.sqlite3")
    run("import", old, "--period", OLD, "--database", database)
    store = open_store(find_place(database))
    before = state(store)

    @sa.event.listens_for(store.engine, "connect")
    def _limit(connection: object, _: object) -> None:
        connection.execute("PRAGMA max_page_count = 60")  # type: ignore[attr-defined] # sqlite3's

    headers = load_headers(ROOT / "lexicon" / "report_headers.tsv")
    filing = writing.Filing(category=None, period=None, imported_at="", version="1")
    with pytest.raises(StoreError, match="full; nothing was changed"):
        writing.import_files(store, observe_reports([new], headers), filing)
    assert state(connect(find_place(database))) == before


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, old: Path) -> None:
    folder = Path("/sys/kernel")  # even root may make nothing here
    if os.geteuid() != 0:
        folder = tmp_path / "locked"
        folder.mkdir(mode=0o500)
    database = folder / "biaoti" / "store.sqlite3"
    failed(run("import", old, "--database", database, "--json"), "bad-store", str(folder))


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path, old: Path) -> None:
    text = "this is a letter, not a database. " * 200
    place = tmp_path / "letter.txt"
    place.write_text(text)
    failed(
        run("import", old, "--database", place, "--json"),
        "bad-store",
        f"{place}: file is not a database",
    )
    assert place.read_text() == text


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@pytest.mark.parametrize("command", ["import", "keywords", "suggest"])
def test_a_server_that_is_down_is_named_without_the_password(command: str, old: Path) -> None:
    pytest.importorskip("psycopg")
    address = f"127.0.0.1:{free_port()}/shop"
    more: dict[str, list[str | Path]] = {
        "import": [old],
        "keywords": [],
        "suggest": ["--title", "连衣裙"],
    }
    url = f"postgresql://me:secret@{address}"
    done = run(command, *more[command], "--json", BIAOTI_DATABASE_URL=url)
    failed(done, "bad-store", f"postgresql+psycopg://me:***@{address}", "refused")
    assert "secret" not in done[1].decode() + done[2]


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mysql://localhost/x", "database: found mysql://…, expected a path, sqlite:///…"),
        ("postgresql://host:port/x", "found no URL of a database"),
    ],
)
def test_a_url_of_no_use_says_what_was_expected(url: str, message: str, old: Path) -> None:
    failed(run("import", old, "--database", url, "--json"), "bad-store", message)


def test_without_a_driver_the_extra_is_named(tmp_path: Path, old: Path) -> None:
    (tmp_path / "psycopg.py").write_text("raise ModuleNotFoundError(name='psycopg')\n")
    path = f"{tmp_path}:{ROOT / 'app'}"
    done = run("import", old, "--database", "postgresql://h/x", "--json", PYTHONPATH=path)
    failed(done, "bad-store", "psycopg is not installed: pip install 'biaoti[postgres]'")


def test_a_bad_report_among_good_ones_changes_nothing(tmp_path: Path, old: Path) -> None:
    bad, database = tmp_path / "bad.csv", tmp_path / "store.sqlite3"
    bad.write_text("a,b\n1,2\n")
    failed(
        run("import", old, bad, "--database", database, "--json"),
        "bad-report",
        "bad.csv: no keyword column; headers seen: a,b",
    )
    assert not database.exists()


# ---- the command -------------------------------------------------------------------------------

DRESS, REPORT = ROOT / "examples" / "dress.json", ROOT / "examples" / "dress_sycm.csv"


def test_the_store_answers_what_the_files_answer(database: str) -> None:
    filed = ("--category", "女装>连衣裙")
    code, out, _ = run("import", REPORT, *filed, "--database", database, "--json")
    taken = json.loads(out)
    assert code == 0
    assert taken["read"] == taken["kept"] + taken["merged"] + len(taken["rejected"]) > 300
    for chosen in ([], ["--match", "夏季", "--top", "3"], ["--kind", "head"]):
        stored = run("keywords", *filed, *chosen, "--database", database, "--json")
        read = run("keywords", REPORT, *filed, *chosen, "--json")
        wanted = json.loads(read[1])
        wanted["notes"] = []  # a store keeps figures, not the notes on how files were read
        assert json.loads(stored[1]) == wanted
    titles = [
        json.loads(run("suggest", DRESS, "--today", "2026-06-01", *more, "--json")[1])
        for more in (["--database", database], ["--keywords", REPORT], ["--no-store"])
    ]
    assert titles[0]["best"] == titles[1]["best"] != titles[2]["best"]
    assert (titles[0]["versions"]["data"] is None, titles[2]["versions"]["data"]) == (False, None)


def test_what_was_imported_is_listed_and_undone(tmp_path: Path) -> None:
    home = {"XDG_DATA_HOME": str(tmp_path)}
    assert json.loads(run("import", "--list", "--json", **home)[1]) == {"imports": []}
    code, _, messages = run("import", REPORT, "--category", "女装>连衣裙", **home)
    assert (code, "撤销用 biaoti import --undo" in messages) == (0, True)
    (listed,) = json.loads(run("import", "--list", "--json", **home)[1])["imports"]
    assert (listed["id"], listed["name"], listed["category"]) == (1, REPORT.name, "女装>连衣裙")
    assert listed["period"] == {"start": "2026-06-01", "end": "2026-06-30"}
    assert str(tmp_path / "biaoti" / "biaoti.sqlite3") in run("import", "--list", **home)[
        1
    ].decode().replace("\n", "")
    assert json.loads(run("import", "--undo", "1", "--json", **home)[1])["undone"] == listed
    failed(run("import", "--undo", "1", "--json", **home), "bad-store", "found no import 1")


def test_a_terminal_sees_progress(tmp_path: Path, new: Path) -> None:
    ours, theirs = os.openpty()
    with subprocess.Popen(  # noqa: S603 - our own interpreter and program
        [sys.executable, "-m", "biaoti", "import", new, "--database", tmp_path / "s.sqlite3"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        env=environment(TERM="xterm", COLUMNS="100"),
    ) as process:
        os.close(theirs)
        shown = b""
        while piece := _next(ours):
            shown += piece
    os.close(ours)
    assert process.returncode == 0
    text = shown.decode()
    assert f"读 {new.name}" in text
    assert "读 15,000 = 留 15,000" in text


def _next(terminal: int) -> bytes:
    """Return what a terminal shows next, nothing when the program has left."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""


def test_rejected_rows_are_told_with_their_place(tmp_path: Path) -> None:
    report, database = tmp_path / "r.csv", tmp_path / "s.sqlite3"
    report.write_text("关键词,点击量\n裙子,5\n裙子,x\n", encoding="utf-8")
    code, out, _ = run("import", report, "--database", database)
    assert (code, "r.csv:3" in out.decode()) == (0, True)
    answer = json.loads(run("import", report, "--database", database, "--json")[1])
    assert [(r["file"], r["line"], r["found"]) for r in answer["rejected"]] == [("r.csv", 3, "x")]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["keywords"], "found no store; import reports first, or name report files"),
        (["suggest", DRESS, "--database", "no/such/store"], "no/such/store: found no store"),
        (["import", "--undo", "3"], "found no store, so no import 3"),
        (["import", REPORT, "--period", "2026-06"], "--period: found '2026-06', expected a date"),
        (["import", REPORT, "--period", "2026-06-02..2026-06-01"], "--period: found"),
        (["keywords", REPORT, "--kind", "hottest"], "--kind: found 'hottest', expected one of"),
    ],
    ids=lambda value: " ".join(map(str, value))[-40:] if isinstance(value, list) else "",
)
def test_what_cannot_be_done_says_so(arguments: list[str], message: str, tmp_path: Path) -> None:
    done = run(*arguments, "--json", XDG_DATA_HOME=str(tmp_path))
    assert done[0] == 2
    assert message in json.loads(done[1])["error"]["message"]
    assert not list(tmp_path.rglob("*.sqlite3"))


@pytest.mark.parametrize("more", [[], [REPORT, "--list"], ["--list", "--undo", "1"]])
def test_import_does_one_thing_at_a_time(more: list[str]) -> None:
    assert run("import", *more)[0] == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "--title", "连衣裙"],
        ["suggest", DRESS, "--keywords", REPORT],
        ["suggest", DRESS],
        ["keywords", REPORT],
    ],
    ids=lambda value: " ".join(map(str, value))[:12],
)
def test_commands_that_need_no_store_load_no_library_for_it(
    arguments: list[str], tmp_path: Path
) -> None:
    program = (
        "import sys; from biaoti.cli import app\n"
        "app(sys.argv[1:], standalone_mode=False)\n"
        "sys.stdout.flush(); print(*(sys.modules.keys() & {'sqlalchemy', 'alembic', 'psycopg'}))"
    )
    done = subprocess.run(  # noqa: S603 - our own interpreter and program
        [sys.executable, "-c", program, *map(str, arguments), "--json"],
        capture_output=True,
        check=True,
        env=environment(XDG_DATA_HOME=str(tmp_path)),
    )
    assert done.stdout.decode().split("\n")[-2] == ""
