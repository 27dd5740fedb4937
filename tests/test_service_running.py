"""The service as it runs: workers that stop and die, data that changes beneath it, long streams."""

from __future__ import annotations

import json
import os
import shutil
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from http import HTTPStatus
from pathlib import Path

import httpx
import pytest

from biaoti.api.keys import Scope, create_key
from biaoti.store import find_place
from biaoti.store.reading import imports, read_stats
from biaoti.store.schema import open_store
from serving import EXAMPLES, PATIENCE, ROOT, Served, eventually, is_ready, redis_server, served

pytestmark = pytest.mark.slow
REPORT = EXAMPLES / "dress_sycm.csv"
DRESS = json.loads((EXAMPLES / "dress.json").read_text("utf-8"))


def report(number: int, rows: int = 400) -> bytes:
    """Return a report of its own words, so that each import can be told from every other."""
    lines = [f"第{number}批连衣裙{row},{row + 5},3%,2%" for row in range(rows)]
    return ("搜索词,搜索人气,点击率,支付转化率\n" + "\n".join(lines) + "\n").encode()


class Load:
    """Clients that import and check until told to stop, and keep what they were answered.

    A report whose import was cut off is sent again, as `docs/http.md` says one should.
    """

    def __init__(self, found: Served) -> None:
        self._found = found
        self.accepted: list[int] = []
        self.answers: Counter[str] = Counter()
        self.cut_off: list[int] = []
        self.numbers = iter(range(10_000))
        self.stopped = threading.Event()
        self._lock = threading.Lock()
        jobs = (self._import, self._import, self._check, self._check)
        self._threads = [threading.Thread(target=self._run, args=(job,)) for job in jobs]
        for thread in self._threads:
            thread.start()

    def finish(self) -> None:
        """Stop, and wait for what is under way."""
        self.stopped.set()
        for thread in self._threads:
            thread.join()

    def goes_on(self) -> bool:
        """Tell whether more of either kind is answered from now on, however slow the machine."""
        imports, checks = len(self.accepted), self.answers["check 200"]
        return eventually(
            lambda: len(self.accepted) > imports and self.answers["check 200"] > checks + 8
        )

    def _run(self, job: object) -> None:
        while not self.stopped.is_set():
            try:
                with self._found.client() as client:
                    while not self.stopped.is_set():
                        job(client)  # type: ignore[operator] # one of our methods
            except httpx.TransportError:
                self.answers["cut"] += 1
                time.sleep(0.05)

    def _import(self, client: httpx.Client) -> None:
        with self._lock:
            number = self.cut_off.pop() if self.cut_off else next(self.numbers)
        try:
            name = {"name": f"{number}.csv"}
            reply = client.post("/v1/reports", params=name, content=report(number))
        except httpx.TransportError:
            self.cut_off.append(number)
            raise
        self.answers[f"import {reply.status_code}"] += 1
        if reply.status_code == HTTPStatus.OK:
            receipt = reply.json()
            assert (receipt["kept"], receipt["merged"]) in {(400, 0), (0, 400)}
            self.accepted.append(number)
        else:
            self.cut_off.append(number)

    def _check(self, client: httpx.Client) -> None:
        own = f"c{time.monotonic_ns()}"
        reply = client.post("/v1/check", json=DRESS, headers={"x-request-id": own})
        assert reply.headers["x-request-id"] == own
        self.answers[f"check {reply.status_code}"] += 1


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=lambda s: s.name)
def test_stopping_workers_under_load_loses_no_accepted_import_and_answers_nothing_twice(
    how: signal.Signals, database: str, tmp_path: Path
) -> None:
    with served(tmp_path, "--workers", "2", "--database", database) as found:
        load = Load(found)
        for _ in range(3):
            assert load.goes_on()
            before = found.workers()
            os.kill(before[0], how)
            gone = before[0]
            assert eventually(lambda gone=gone: gone not in found.workers())
            assert eventually(lambda: len(found.workers()) == 2)
        assert load.goes_on()
        load.finish()
        ids = [line.split("request_id=")[1].split()[0] for line in _lines(found, "route=/v1/check")]
    store = open_store(find_place(database))
    names = Counter(one.name for one in imports(store))
    assert len(load.accepted) == len(set(load.accepted))
    assert max(names.values()) == 1
    assert {f"{number}.csv" for number in load.accepted} <= set(names)
    keywords = {stat.keyword for stat in read_stats(store)}
    assert all(f"第{number}批连衣裙399" in keywords for number in load.accepted)
    assert max(Counter(ids).values()) == 1
    wrong = {name for name in load.answers if name.split()[-1] not in {"200", "429", "cut"}}
    assert not wrong, load.answers
    if how is signal.SIGTERM:
        # What was begun is finished: only a connection that lay idle may be found closed.
        assert load.answers["cut"] <= 12, load.answers


def _lines(found: Served, piece: str) -> list[str]:
    return [line for line in found.log.read_text("utf-8").splitlines() if piece in line]


def test_readiness_goes_first_and_what_is_under_way_is_finished(tmp_path: Path) -> None:
    with served(tmp_path, BIAOTI_DRAIN_MS="600000") as found:
        with found.client() as client:
            client.get("/healthz")
            found.process.send_signal(signal.SIGTERM)
            assert eventually(lambda: client.get("/readyz").status_code == 503)
            assert client.post("/v1/suggest", json=DRESS).status_code == HTTPStatus.OK
        # Told twice it stops at once.
        found.process.send_signal(signal.SIGTERM)
        found.process.wait(PATIENCE)
        assert found.process.returncode == 0
        with pytest.raises(httpx.TransportError):
            httpx.get(f"{found.url}/healthz", timeout=2)


def test_fresh_words_and_fresh_reports_reach_every_worker_and_broken_ones_none(
    tmp_path: Path, database: str
) -> None:
    own = tmp_path / "own" / "terms"
    own.mkdir(parents=True)
    header = "term\tcategory\tparts\tcanonical\tsource\n"
    words = own / "style.tsv"
    words.write_text(f"{header}云岫风\t\t\t\t自有\n", encoding="utf-8")
    arguments = ("--workers", "2", "--database", database, "--lexicon", own.parent)
    with served(tmp_path, *arguments) as found:
        assert _everywhere(found, "/healthz", lambda body: body["data"] is None)
        with found.client() as client:
            name = {"name": "dress.csv", "category": DRESS["category"]}
            receipt = client.post("/v1/reports", params=name, content=REPORT.read_bytes()).json()
            assert receipt["kept"] == 320
            again = client.post("/v1/reports", params=name, content=REPORT.read_bytes()).json()
            assert (again["kept"], again["merged"]) == (0, 320)
        assert _everywhere(found, "/healthz", lambda body: body["data"] is not None)
        with found.client() as client:
            proposal = client.post("/v1/suggest", json=DRESS).json()
            rows = client.get("/v1/keywords", params={"top": 5, "match": "裙"}).json()["rows"]
        assert proposal["versions"]["data"]
        assert len(rows) == 5

        version = httpx.get(f"{found.url}/healthz", timeout=PATIENCE).json()["lexicon"]
        words.write_text(f"{header}云岫风\t\t\t\t\n", encoding="utf-8")
        assert eventually(lambda: "biaoti_refused_version 1.0" in _metrics(found))
        assert _everywhere(found, "/healthz", lambda body: body["lexicon"] == version)
        words.write_text(f"{header}云岫风\t\t\t\t自有\n云川风\t\t\t\t自有\n", encoding="utf-8")
        assert _everywhere(found, "/healthz", lambda body: body["lexicon"] != version)
        assert eventually(lambda: "biaoti_refused_version 0.0" in _metrics(found))
        assert not _lines(found, "连衣裙")


def _everywhere(found: Served, path: str, is_so: object) -> bool:
    """Tell whether forty answers over fresh connections, so of every worker, come to agree."""

    def agreed() -> bool:
        return all(is_so(httpx.get(found.url + path, timeout=PATIENCE).json()) for _ in range(40))  # type: ignore[operator]

    return eventually(agreed)


def _metrics(found: Served) -> str:
    return httpx.get(f"{found.url}/metrics", timeout=PATIENCE).text


def test_measures_are_summed_over_workers_and_the_dead_are_forgotten(tmp_path: Path) -> None:
    with served(tmp_path, "--workers", "2") as found:
        for _ in range(30):
            httpx.post(f"{found.url}/v1/tag", json={"title": "连衣裙"}, timeout=PATIENCE)
        count = 'biaoti_request_seconds_count{method="POST",route="/v1/tag",status="200"} 30.0'
        assert count in _metrics(found)
        os.kill(found.workers()[0], signal.SIGKILL)
        assert eventually(lambda: len(found.workers()) == 2)
        assert eventually(lambda: is_ready(found.url))
        assert count in _metrics(found)


def test_workers_share_keys_limits_and_tried_out_reports(tmp_path: Path) -> None:
    _, token = create_key(tmp_path / "keys.json", "erp", (Scope.READ,), "2026-06-01")
    headers = {"authorization": f"Bearer {token}"}
    post = partial(httpx.post, headers=headers, timeout=PATIENCE)  # a connection for each
    with redis_server(tmp_path) as (url, _):
        (tmp_path / ".env").write_text(
            f"BIAOTI_LOGIN=always\nBIAOTI_RATE=20\nBIAOTI_REDIS_URL={url}\n", encoding="utf-8"
        )
        with served(tmp_path, "--workers", "2") as found:
            params = {"store": "false"}
            kept = post(f"{found.url}/v1/reports", params=params, content=REPORT.read_bytes())
            asked = {"report": kept.json()["report"]}
            codes = Counter(
                post(f"{found.url}/v1/suggest", params=asked, json=DRESS).status_code
                for _ in range(6)
            )
            assert codes == {HTTPStatus.OK: 6}
            time.sleep(2.5)
            started = time.monotonic()
            quick = Counter(
                post(f"{found.url}/v1/tag", json={"title": "裙"}).status_code for _ in range(120)
            )
            passed = 40 + 20 * (time.monotonic() - started)
    assert quick[HTTPStatus.OK] <= passed + 1
    assert quick[HTTPStatus.TOO_MANY_REQUESTS] == 120 - quick[HTTPStatus.OK]


def test_a_long_stream_takes_no_more_memory_than_a_short_one(tmp_path: Path) -> None:
    line = json.dumps({"title": "法式碎花连衣裙女夏季", "category": "女装>连衣裙"}).encode() + b"\n"

    def lines(count: int) -> Iterator[bytes]:
        for _ in range(count):
            yield line

    with served(tmp_path) as found:

        def answered(count: int) -> int:
            return _duplex(found, lines(count))

        assert answered(300) == 300
        before = _memory(found.process.pid)
        assert answered(2_000) == 2_000
        assert _memory(found.process.pid) - before < 8_000


def _duplex(found: Served, lines: Iterator[bytes]) -> int:
    """Send lines and read answers at once, as the route asks for; return how many answers came."""
    host, port = found.url.removeprefix("http://").split(":")
    import http.client  # noqa: PLC0415 - the one client here that can do both at once

    connection = http.client.HTTPConnection(host, int(port), timeout=PATIENCE)
    connection.putrequest("POST", "/v1/rewrite")
    connection.putheader("Content-Type", "application/x-ndjson")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()

    def send() -> None:
        for line in lines:
            connection.send(b"%x\r\n%s\r\n" % (len(line), line))
        connection.send(b"0\r\n\r\n")

    sender = threading.Thread(target=send)
    sender.start()
    with connection.getresponse() as reply:
        count = sum(b"error" not in line for line in reply)
    sender.join()
    connection.close()
    return count


def _memory(pid: int) -> int:
    """Return the resident kilobytes of a process."""
    text = Path(f"/proc/{pid}/status").read_text("ascii")
    return int(text.split("VmRSS:")[1].split()[0])


def test_a_bad_setting_or_lexicon_ends_the_start_with_one_clear_line(tmp_path: Path) -> None:
    import subprocess  # noqa: PLC0415 - here only
    import sys  # noqa: PLC0415 - here only

    broken = tmp_path / "lexicon"
    shutil.copytree(ROOT / "lexicon", broken)
    (broken / "brands.tsv").write_text("nonsense\n", encoding="utf-8")
    for env, words in (
        ({"BIAOTI_LEXICON_DIR": str(broken)}, "brands.tsv"),
        ({"BIAOTI_LEXICON_DIR": str(broken), "BIAOTI_WORKERS": "2"}, "brands.tsv"),
        ({"BIAOTI_LOGIN": "perhaps"}, "BIAOTI_LOGIN"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "biaoti", "serve", "--port", "0"],
            env={"PYTHONPATH": str(ROOT / "app"), "BIAOTI_CACHE_DIR": str(tmp_path / "c"), **env},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 2
        assert words in done.stderr
        assert "Traceback" not in done.stderr
