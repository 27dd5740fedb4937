"""A database that goes and comes back, a clock that jumps, a file of the first release."""

from __future__ import annotations

import ast
import json
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

import databases
from biaoti.api.keys import KeyRing, Scope, create_key, revoke_key
from biaoti.records import Period
from biaoti.reports import load_headers, observe_uploads
from biaoti.store import find_place, reading, writing
from biaoti.store.database import Store
from biaoti.store.schema import HEAD, open_store, version_of
from serving import EXAMPLES, ROOT, eventually, served

HEADERS = load_headers(ROOT / "lexicon" / "report_headers.tsv")
DRESS = json.loads((EXAMPLES / "dress.json").read_text("utf-8"))
JUNE = Period(start="2026-06-01", end="2026-06-30")


def report(name: str, rows: int, figure: int = 5) -> bytes:
    """Return a report of `rows` words that hold `name`."""
    lines = (f"{name}连衣裙{number},{figure + number},3%,2%" for number in range(rows))
    return ("搜索词,搜索人气,点击率,支付转化率\n" + "\n".join(lines) + "\n").encode()


def command(*arguments: str | Path) -> subprocess.Popen[bytes]:
    """Start the command as another program would."""
    kept = {name: os.environ[name] for name in ("PATH", "BIAOTI_CACHE_DIR") if name in os.environ}
    return subprocess.Popen(  # noqa: S603 - our own interpreter and program
        [sys.executable, "-m", "biaoti", *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"PYTHONPATH": str(ROOT / "app"), **kept},
    )


@pytest.fixture
def postgres() -> Iterator[databases.Server]:
    """Return a server of this test's own, which it may stop."""
    with databases.server() as found:
        yield found


# ---- gone and back -----------------------------------------------------------------------------


@pytest.mark.slow
def test_a_service_outlives_its_database(postgres: databases.Server, tmp_path: Path) -> None:
    database = databases.new_database(postgres.url)
    with served(tmp_path, "--database", database) as found, found.client(60) as client:

        def take(name: str, rows: int = 10) -> httpx.Response:
            return client.post("/v1/reports", params={"name": name}, content=report(name, rows))

        assert take("a").json()["kept"] == 10
        late: list[httpx.Response] = []
        busy = threading.Thread(target=lambda: late.append(take("b", 60_000)))
        busy.start()
        postgres.stop()
        busy.join(60)
        refused = [take("c"), client.get("/v1/keywords")]
        for reply in refused:
            assert reply.status_code == HTTPStatus.SERVICE_UNAVAILABLE
            assert reply.json()["code"] == "bad-store"
        assert client.post("/v1/check", json=DRESS).status_code == HTTPStatus.OK
        assert client.get("/readyz").status_code == HTTPStatus.OK
        postgres.start()
        assert eventually(lambda: take("c").status_code == HTTPStatus.OK)
        assert client.post("/v1/suggest", json=DRESS).status_code == HTTPStatus.OK
        names = {row["keyword"][0] for row in client.get("/v1/keywords").json()["rows"]}
        assert names == {"a", "c", *("b" for reply in late if reply.status_code == HTTPStatus.OK)}
    assert "Traceback" not in found.log.read_text("utf-8")


@pytest.mark.slow
def test_an_import_whose_server_dies_changes_nothing(
    postgres: databases.Server, tmp_path: Path
) -> None:
    database = databases.new_database(postgres.url)
    (tmp_path / "b.csv").write_bytes(report("b", 120_000))
    store = open_store(find_place(database))
    process = command("import", tmp_path / "b.csv", "--database", database, "--json")
    assert eventually(lambda: is_written(store), 60)
    postgres.stop()
    out, messages = process.communicate(timeout=60)
    assert process.returncode == 2, messages.decode()
    assert json.loads(out)["error"]["code"] == "bad-store"
    assert messages.decode().count("\n") == 1
    assert "nothing was changed" in messages.decode()
    postgres.start()
    assert reading.imports(store) == ()
    again = command("import", tmp_path / "b.csv", "--database", database, "--json")
    assert json.loads(again.communicate(timeout=120)[0])["kept"] == 120_000


def is_written(store: Store) -> bool:
    """Tell whether somebody is writing into `store` this moment."""
    held = sa.text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
    with store.reading() as connection:
        return bool(connection.execute(held).scalar())


# ---- clocks ------------------------------------------------------------------------------------


def test_the_clock_on_the_wall_is_read_in_four_places_and_rules_no_waiting() -> None:
    wall = {"time.time", "time.time_ns", "date.today", "datetime.now", "datetime.today"}
    wall |= {"datetime.utcnow", "time.localtime", "time.strftime"}
    found = {
        path.relative_to(ROOT / "app" / "biaoti").as_posix()
        for path in (ROOT / "app" / "biaoti").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in wall
    }
    # Today's date of a listing and of a key, and when an import was made: nothing is timed by them.
    assert found == {"cli/start.py", "cli/keys.py", "cli/imports.py", "api/stored.py"}


def test_the_newest_import_is_the_last_one_whatever_the_clock_said(database: str) -> None:
    store = open_store(find_place(database))
    for figure, when in ((100, "2030-01-01T00:00:00"), (200, "1999-01-01T00:00:00")):
        files = observe_uploads([("x.csv", report("x", 1, figure))], HEADERS, period=JUNE)
        filing = writing.Filing(category=None, period=JUNE, imported_at=when, version="1")
        writing.import_files(store, files, filing)
    (row,) = reading.read_stats(store)
    assert row.demand_index is not None
    assert row.demand_index.low == 200


def test_a_key_that_was_revoked_before_1980_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    key, token = create_key(path, "me", (Scope.READ,), "2026-06-01")
    ring = KeyRing(path)
    assert ring.find(token) is not None
    revoke_key(path, key.key_id, "2026-06-01")
    os.utime(path, (0, 0))
    assert ring.find(token) is None


# ---- a store of the first release --------------------------------------------------------------


def test_a_store_of_the_first_release_is_opened_with_all_it_held(database: str) -> None:
    place = find_place(database)
    statements = (Path(__file__).parent / "store_0001.sql").read_text("utf-8").split(";\n")
    if place.file is not None:
        place.file.parent.mkdir(parents=True)
        with sqlite3.connect(place.file) as old:
            for statement in filter(str.strip, statements):
                old.execute(
                    statement.replace("SERIAL PRIMARY KEY", "INTEGER PRIMARY KEY AUTOINCREMENT")
                )
        old.close()
    else:
        engine = sa.create_engine(place.url)
        with engine.begin() as connection:
            for statement in filter(str.strip, statements):
                connection.exec_driver_sql(statement)
            connection.exec_driver_sql("SELECT setval('imports_id_seq', 3)")
        engine.dispose()
    store = open_store(place)
    with store.reading() as connection:
        assert version_of(connection) == HEAD
    assert [(f.id, f.name, f.category, f.kept) for f in reading.imports(store)] == [
        (1, "五月.csv", "女装>连衣裙", 2),
        (3, "六月.csv", None, 2),
    ]
    history = {(r.keyword, r.period and r.period.start): r for r in reading.history(store)}
    assert set(history) == {
        *(("法式连衣裙", "2026-05-01"), ("碎花裙", "2026-05-01")),
        *(("法式连衣裙", "2026-06-01"), ("连衣裙", None)),
    }
    may = history["法式连衣裙", "2026-05-01"]
    assert may.demand_index is not None
    assert may.click_through_rate is not None
    assert (may.demand_index.low, may.demand_index.high) == (5000, 10000)
    assert (may.impressions, may.click_through_rate.high) == (1234567.891, 0.0333)
    file = observe_uploads([("neu.csv", report("x", 1))], HEADERS)
    filing = writing.Filing(category=None, period=None, imported_at="", version="2")
    assert writing.import_files(store, file, filing).imports[0] > 3
