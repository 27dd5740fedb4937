"""The service, request by request: what it refuses, what it lets pass, what it tells."""

from __future__ import annotations

import asyncio
import json
import re
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http import HTTPStatus
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from biaoti.answers import Session
from biaoti.api import Live, Source, create_app
from biaoti.api.keys import KeyFileError, KeyRing, Scope, create_key, read_keys, revoke_key
from biaoti.api.limits import MemoryBuckets, RedisBuckets
from biaoti.api.metrics import Metrics
from biaoti.api.page import rule_names
from biaoti.api.streaming import MOST_STREAMS
from biaoti.api.uploads import Uploads
from biaoti.cli.start import load_alias_names, report_headers
from biaoti.decode import MAX_BYTES
from biaoti.engine import Engine, make_market
from biaoti.errors import DataFileError
from biaoti.listings import MAX_TITLE
from biaoti.reports import read_reports
from biaoti.settings import ServiceSettings, SettingsError
from serving import EXAMPLES, ROOT, TODAY, redis_server

REPORT = EXAMPLES / "dress_sycm.csv"
DRESS: dict[str, Any] = json.loads((EXAMPLES / "dress.json").read_text("utf-8"))
App = Callable[..., TestClient]


@pytest.fixture(scope="module")
def session(engine: Engine) -> Session:
    rows = read_reports([REPORT], report_headers(ROOT / "lexicon")).rows
    return Session(
        engine=engine,
        aliases=load_alias_names(ROOT / "lexicon"),
        market=make_market(engine, rows),
        today=lambda: TODAY,
    )


@pytest.fixture
def start(session: Session, tmp_path: Path) -> Iterator[App]:
    """Return a function that starts a service with settings of its own."""
    running: list[TestClient] = []

    def open_client(live: Live | None = None, **options: Any) -> TestClient:  # noqa: ANN401
        app = create_app(
            live or Live(session=session),
            ServiceSettings(**{"solve_seconds": 0.0, **options}),
            read_headers=lambda: report_headers(ROOT / "lexicon"),
            uploads=tmp_path / "uploads",
        )
        client = TestClient(app, base_url="http://localhost", raise_server_exceptions=False)
        running.append(client.__enter__())
        return client

    yield open_client
    for client in running:
        client.__exit__()


def test_every_rule_has_its_english_name_and_meaning(session: Session) -> None:
    found = rule_names("en")
    assert set(found) == set(session.engine.rulebook.rules)
    assert all(name and meaning for name, meaning in found.values())
    assert rule_names("zh") == {}


# ---- errors ------------------------------------------------------------------------------------

ERRORS = [
    ("POST", "/v1/tag", b"{", 400, "bad-json"),
    ("POST", "/v1/tag", b"", 400, "bad-json"),
    ("POST", "/v1/tag", b" " * (MAX_BYTES + 1), 413, "too-large"),
    ("POST", "/v1/tag?limit=3", b'{"title":"a"}', 422, "bad-request"),
    ("POST", "/v1/suggest?limit=many", b'{"title":"a"}', 422, "bad-request"),
    ("POST", "/v1/suggest?limit=0", b'{"title":"a"}', 422, "bad-request"),
    ("POST", "/v1/suggest?limit=30&limit=40", b'{"title":"a"}', 422, "bad-request"),
    ("POST", "/v1/suggest?max_edit=1", b'{"title":"a"}', 422, "bad-request"),
    ("POST", "/v1/suggest?report=none", b'{"title":"a"}', 404, "unknown-report"),
    ("POST", "/v1/check?fix=yes", b'{"title":"a"}', 422, "bad-request"),
    (
        "POST",
        "/v1/check",
        json.dumps({"title": "裙" * (MAX_TITLE + 1)}).encode(),
        422,
        "bad-listing",
    ),
    ("POST", "/v1/tag?fix=true", b'{"title":"a"}', 422, "bad-request"),
    ("POST", "/v1/reports?store=false", b"", 422, "bad-report"),
    ("POST", "/v1/reports?store=false", b"PK\x03\x04 no workbook", 422, "bad-report"),
    ("POST", "/v1/reports", b"a", 409, "no-store"),
    ("GET", "/v1/keywords?kind=blue", b"", 422, "bad-request"),
    ("GET", "/v1/tag", b"", 405, "method-not-allowed"),
    ("DELETE", "/v1/reports", b"", 405, "method-not-allowed"),
    ("GET", "/nothing", b"", 404, "not-found"),
    ("GET", "/static/nothing.js", b"", 404, "not-found"),
    ("GET", "/static/../page.py", b"", 404, "not-found"),
]


@pytest.mark.parametrize(("method", "path", "body", "status", "code"), ERRORS)
def test_errors_are_problems_with_a_stable_code(
    start: App, *, method: str, path: str, body: bytes, status: int, code: str
) -> None:
    reply = start().request(method, path, content=body)
    problem = reply.json()
    assert (reply.status_code, problem["code"]) == (status, code)
    assert reply.headers["content-type"] == "application/problem+json"
    assert set(problem) - {"errors"} == {"type", "title", "status", "detail", "code"}
    assert problem["type"] == f"urn:biaoti:{code}"
    assert ("allow" in reply.headers) == (status == HTTPStatus.METHOD_NOT_ALLOWED)


@pytest.mark.parametrize(
    ("operation", "body", "pointers"),
    [
        ("check", {"title": "a", "price": "x", "foo": 1}, ["#/foo", "#/price"]),
        ("check", {"标题": 5}, ["#/标题"]),
        ("check", {"title": "a", "attributes": {"领/型": {}}}, ["#/attributes/领~1型"]),
        ("check", {"title": "a", "promotions": ["a", 1]}, ["#/promotions/1"]),
        ("check", {"title": "a", "siblings": [{"titel": "b"}]}, ["#/siblings/0"]),
        ("check", {"title": "a", "siblings": [{"title": 1}]}, ["#/siblings/0/title"]),
        ("check", {"category": "女装"}, ["#/title"]),
        ("score", {"category": "女装"}, ["#/title"]),
        ("tag", {"title": "a", "listing": {"price": "x"}}, ["#/listing/price"]),
        ("tag", {"titel": "a"}, ["#/titel"]),
        ("match", {"title": "a"}, ["#/keyword"]),
    ],
)
def test_a_problem_points_at_each_fault_in_the_body(
    start: App, operation: str, body: dict[str, object], pointers: list[str]
) -> None:
    problem = start().post(f"/v1/{operation}", json=body).json()
    assert [fault["pointer"] for fault in problem["errors"]] == pointers
    assert all(fault["detail"] in problem["detail"] for fault in problem["errors"][1:])


def test_a_body_that_is_too_large_is_refused_before_it_has_come_whole(start: App) -> None:
    sent = []

    def chunks() -> Iterator[bytes]:
        for _ in range(100):
            sent.append(1)
            yield b" " * 2**20

    reply = start().post("/v1/tag", content=chunks())
    assert reply.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    large = {"content-length": str(MAX_BYTES + 1)}
    assert start().post("/v1/tag", content=b"", headers=large).json()["code"] == "too-large"


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("application/json; charset=gbk", 415),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
    ],
)
def test_only_json_is_taken_for_json(start: App, kind: str, status: int) -> None:
    reply = start().post("/v1/tag", content=b'{"title":"a"}', headers={"content-type": kind})
    assert reply.status_code == status


def test_a_defect_is_a_problem_that_tells_nothing_of_our_insides(
    start: App, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        msg = "/secret/path 连衣裙"
        raise ZeroDivisionError(msg)

    monkeypatch.setattr("biaoti.api.routes.respond", fail)
    with caplog.at_level("INFO"):
        reply = start().post("/v1/tag", json={"title": "a"})
    assert (reply.status_code, reply.json()["code"]) == (500, "internal")
    assert "secret" not in reply.text
    told = "".join(map(str, (record.msg for record in caplog.records)))
    assert "ZeroDivisionError" in told
    assert "连衣裙" not in told


# ---- who may call ------------------------------------------------------------------------------


def test_a_key_is_asked_for_and_its_scope_decides(start: App, tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    _, reader = create_key(path, "erp", (Scope.READ,), TODAY)
    key, writer = create_key(path, "import", (Scope.READ, Scope.WRITE), TODAY)
    client = start(has_login=True, keys_file=path)

    def status(route: str, token: str | None) -> int:
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        method = "GET" if route == "/metrics" else "POST"
        return client.request(method, route, content=b'{"title":"a"}', headers=headers).status_code

    assert [status("/v1/tag", t) for t in (None, "", "bt_x_y", reader[:-1], reader, writer)] == (
        [401, 401, 401, 401, 200, 200]
    )
    assert [status("/metrics", t) for t in (None, reader)] == [401, 200]
    assert status("/v1/reports", reader) == HTTPStatus.FORBIDDEN
    assert status("/v1/reports?store=false", reader) != HTTPStatus.FORBIDDEN
    assert status("/v1/reports", writer) != HTTPStatus.FORBIDDEN
    assert client.get("/readyz").status_code == client.get("/").status_code == HTTPStatus.OK
    refused = client.post("/v1/tag", json={"title": "a"})
    assert refused.headers["www-authenticate"] == "Bearer"
    revoke_key(path, key.key_id, TODAY)
    assert status("/v1/tag", writer) == HTTPStatus.UNAUTHORIZED
    _, fresh = create_key(path, "new", (Scope.READ,), TODAY)
    assert status("/v1/tag", fresh) == HTTPStatus.OK


def test_keys_are_kept_as_digests_in_a_file_of_their_owner(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "keys.json"
    key, token = create_key(path, "erp", (Scope.READ,), TODAY)
    content = path.read_text("utf-8")
    assert token not in content
    assert token.rpartition("_")[2] not in content
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(token) > 43
    assert read_keys(path) == (key,)
    path.chmod(0o666)
    with pytest.raises(KeyFileError, match="0600"):
        read_keys(path)
    with pytest.raises(KeyFileError, match="no key"):
        revoke_key(tmp_path / "none.json", "x", TODAY)


def test_keys_made_at_once_are_all_kept(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    threads = [
        threading.Thread(target=create_key, args=(path, str(n), (Scope.READ,), TODAY))
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(key.name for key in read_keys(path)) == [str(n) for n in range(8)]


def test_keys_are_made_and_found_where_no_file_can_be_locked(tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['fcntl'] = None\n"
        "from pathlib import Path; from biaoti.api.keys import KeyRing, Scope, create_key\n"
        "path = Path(sys.argv[1])\n"
        "key, token = create_key(path, 'erp', (Scope.READ,), '2026-06-01')\n"
        "assert KeyRing(path).find(token) == key"
    )
    subprocess.run(  # noqa: S603 - our own interpreter and program
        [sys.executable, "-c", program, str(tmp_path / "keys.json")],
        check=True,
        env={"PYTHONPATH": str(ROOT / "app")},
    )


def test_a_broken_file_of_keys_leaves_the_last_good_ones_and_is_logged_once_a_change(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "keys.json"
    _, token = create_key(path, "erp", (Scope.READ,), TODAY)
    ring = KeyRing(path)
    assert ring.find(token)
    path.write_text("{", encoding="utf-8")
    assert ring.find(token)
    assert ring.find(token)
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "is not a file of keys" in caplog.text
    path.unlink()
    _, token = create_key(path, "erp", (Scope.READ,), TODAY)
    path.chmod(0o666)
    ring = KeyRing(path)
    assert not ring.find(token)
    assert "expected mode 0600" in caplog.text
    path.chmod(0o600)
    assert ring.find(token)
    path.unlink()
    assert not KeyRing(path).find(token)
    assert not KeyRing(None).find("bt_a_b")


@pytest.mark.parametrize(
    ("host", "login", "expected"),
    [
        ("127.0.0.1", None, False),
        ("::1", None, False),
        ("localhost", None, False),
        ("0.0.0.0", None, True),  # noqa: S104 - what is asked
        ("10.0.0.5", None, True),
        ("shop.example", None, True),
        ("0.0.0.0", "never", False),  # noqa: S104 - what is asked
        ("127.0.0.1", "always", True),
    ],
)
def test_keys_are_asked_for_where_others_can_reach(
    host: str, login: str | None, *, expected: bool
) -> None:
    env = {"BIAOTI_LOGIN": login} if login else {}
    assert ServiceSettings.from_env(env, host).has_login == expected


@pytest.mark.parametrize(
    "env",
    [
        {"BIAOTI_LOGIN": "maybe"},
        {"BIAOTI_WORKERS": "0"},
        {"BIAOTI_RATE": "-1"},
        {"BIAOTI_MAX_UPLOAD_MB": "1e3"},
    ],
)
def test_bad_settings_are_told_by_name(env: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match=next(iter(env))):
        ServiceSettings.from_env(env, "127.0.0.1")


def test_only_our_own_page_may_send_and_only_our_own_name_is_answered(start: App) -> None:
    client = start(allowed_hosts=("localhost",))
    body = {"title": "a"}

    def status(**headers: str) -> int:
        return client.post("/v1/tag", json=body, headers=headers).status_code

    assert status() == status(origin="http://localhost") == HTTPStatus.OK
    assert status(origin="http://evil.example") == HTTPStatus.FORBIDDEN
    assert status(origin="null") == HTTPStatus.FORBIDDEN
    assert status(host="evil.example") == HTTPStatus.MISDIRECTED_REQUEST
    assert status(host="localhost:8000") == HTTPStatus.OK


def test_other_sites_may_read_only_when_they_are_named(start: App) -> None:
    origin = {"origin": "https://erp.example"}
    ask = {**origin, "access-control-request-method": "POST"}
    silent = start()
    assert silent.options("/v1/tag", headers=ask).status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert "access-control-allow-origin" not in silent.get("/healthz", headers=origin).headers
    named = start(cors_origins=("https://erp.example",), has_login=True)
    assert named.options("/v1/tag", headers=ask).status_code == HTTPStatus.OK
    found = named.get("/healthz", headers=origin).headers
    assert found["access-control-allow-origin"] == "https://erp.example"


@pytest.mark.parametrize("path", ["/", "/docs", "/v1/tag", "/nothing", "/static/main.js"])
def test_every_answer_has_its_headers_and_its_id(start: App, path: str) -> None:
    reply = start().get(path, headers={"x-request-id": "abc-1"})
    assert reply.headers["x-request-id"] == "abc-1"
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in reply.headers["content-security-policy"]
    assert "unsafe" not in reply.headers["content-security-policy"]
    assert "server" not in reply.headers
    fresh = start().get(path, headers={"x-request-id": "bad id\t"}).headers["x-request-id"]
    assert re.fullmatch("[0-9a-f]{16}", fresh)


@pytest.mark.parametrize("path", ["/?lang=zh", "/?lang=en", "/docs"])
def test_a_page_holds_no_script_of_its_own_and_nothing_from_elsewhere(
    start: App, path: str
) -> None:
    reply = start().get(path)
    text = reply.text
    assert reply.status_code == HTTPStatus.OK
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", text)
    assert not re.search(r"\son[a-z]+=|style=|javascript:", text)
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", text, re.DOTALL)
    assert all(not body or 'type="application/json"' in tag for tag, body in scripts)


# ---- how often, how much -----------------------------------------------------------------------


@settings(max_examples=200, derandomize=True)
@given(st.integers(1, 50), st.lists(st.floats(0, 3), max_size=120))
def test_no_window_lets_more_pass_than_rate_and_burst(rate: int, pauses: list[float]) -> None:
    now, passed = [0.0], []
    buckets = MemoryBuckets(rate, clock=lambda: now[0])
    for pause in pauses:
        now[0] += pause
        wait = asyncio.run(buckets.take("a"))
        if not wait:
            passed.append(now[0])
    for number, start_at in enumerate(passed):
        for later, end_at in enumerate(passed[number:], start=1):
            assert later <= 2 * rate + (end_at - start_at) * rate + 1e-6


def test_a_key_that_asks_too_often_is_told_when_to_come_back(start: App, tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    _, first = create_key(path, "a", (Scope.READ,), TODAY)
    _, second = create_key(path, "b", (Scope.READ,), TODAY)
    client = start(has_login=True, keys_file=path, rate=2)

    def ask(token: str) -> Any:  # noqa: ANN401
        headers = {"authorization": f"Bearer {token}"}
        return client.post("/v1/tag", json={"title": "a"}, headers=headers)

    replies = [ask(first) for _ in range(12)]
    refused = [reply for reply in replies if reply.status_code == HTTPStatus.TOO_MANY_REQUESTS]
    assert refused
    assert refused[0].json()["code"] == "rate-limited"
    assert int(refused[0].headers["retry-after"]) >= 1
    assert ask(second).status_code == HTTPStatus.OK


def test_workers_share_their_buckets_in_redis_and_go_on_without_it(tmp_path: Path) -> None:
    failures: list[int] = []

    async def run() -> tuple[list[float], list[float]]:
        workers = [RedisBuckets(url, 5, lambda: failures.append(1)) for _ in range(2)]
        found = await asyncio.gather(*(workers[n % 2].take("key") for n in range(30)))
        process.kill()
        process.wait(10)
        after = [await workers[0].take("other") for _ in range(20)]
        for worker in workers:
            await worker.close()
        return found, after

    with redis_server(tmp_path) as (url, process):
        shared, alone = asyncio.run(run())
    assert 10 <= sum(wait == 0 for wait in shared) <= 12
    assert all(0 <= wait <= 1 for wait in shared)
    assert failures
    assert 10 <= sum(wait == 0 for wait in alone) <= 14


def test_what_cannot_wait_is_refused_and_the_rest_goes_on(
    start: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()

    def slow(*_: object) -> None:
        gate.wait(10)
        raise ZeroDivisionError

    client = start(waiting=2)
    monkeypatch.setattr("biaoti.answers.suggestion", slow)
    codes: list[int] = []
    threads = [
        threading.Thread(
            target=lambda: codes.append(client.post("/v1/suggest", json=DRESS).status_code)
        )
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    assert _soon(lambda: len(codes) >= 5)
    assert set(codes) == {HTTPStatus.TOO_MANY_REQUESTS}
    reply = client.post("/v1/suggest", json=DRESS)
    assert (reply.json()["code"], reply.headers["retry-after"]) == ("busy", "1")
    assert client.post("/v1/check", json=DRESS).status_code == HTTPStatus.OK
    assert client.get("/readyz").status_code == HTTPStatus.OK
    gate.set()
    for thread in threads:
        thread.join()
    assert client.post("/v1/score", json=DRESS).status_code == HTTPStatus.OK


def test_a_title_that_takes_too_long_comes_without_what_took_the_time(start: App) -> None:
    hurried, patient = start(solve_seconds=1e-6), start(solve_seconds=0)
    full, short = (c.post("/v1/suggest?count=2", json=DRESS).json() for c in (patient, hurried))
    assert (full["warnings"], len(full["alternatives"])) == ([], 1)
    assert "时间用完" in short["warnings"][0]
    assert (short["curve"], short["short_title"], short["robustness"]) == ([], None, None)
    assert short["best"]["value"] <= full["best"]["value"] <= short["best"]["bound"]
    score = hurried.post("/v1/score", json=DRESS).json()
    assert score["best_possible"] >= full["best"]["value"]
    assert "新标题" in hurried.post("/v1/rewrite", content=json.dumps(DRESS)).json()


def _soon(is_so: Callable[[], bool]) -> bool:
    pause = threading.Event()
    return any(is_so() or pause.wait(0.05) for _ in range(200))


# ---- streams -----------------------------------------------------------------------------------


def test_a_stream_answers_line_by_line_and_a_bad_line_is_one_error_line(start: App) -> None:
    lines = [
        json.dumps(DRESS, ensure_ascii=False).encode(),
        b"not json",
        b"",
        b'{"titel":"a"}',
        b"[1]",
        b'{"title":"' + b"a" * MAX_BYTES + b'"}',
        b'{"category":"\xe5\xa5\xb3\xe8\xa3\x85>\xe8\xbf\x9e\xe8\xa1\xa3\xe8\xa3\x99"}',
    ]
    reply = start().post("/v1/rewrite?summary=true", content=b"\r\n".join(lines))
    assert reply.headers["content-type"].startswith("application/x-ndjson")
    *answers, summary = [json.loads(line) for line in reply.content.splitlines()]
    assert len(answers) == len(lines)
    assert answers[0]["listing_id"] == DRESS["listing_id"]
    assert answers[0]["新标题"]
    assert answers[6]["新标题"]
    codes = [(a["error"]["code"], a["error"]["line"]) for a in answers if "error" in a]
    assert codes == [
        *(("bad-json", 2), ("bad-json", 3), ("bad-listing", 4)),
        *(("bad-listing", 5), ("too-large", 6)),
    ]
    assert summary == {"summary": {"rows": 7, "rewritten": 2, "unchanged": 0, "failed": 5}}


def test_a_stream_ends_where_it_is_longer_than_allowed(start: App) -> None:
    body = b'{"title":"a"}\n' * 5
    lines = start(max_lines=3).post("/v1/rewrite", content=body).content.splitlines()
    assert len(lines) == 4
    assert json.loads(lines[3])["error"]["code"] == "too-large"


def plain_app(session: Session, uploads: Path) -> FastAPI:
    """Return the service with the settings nobody changed."""
    return create_app(
        Live(session=session),
        ServiceSettings(),
        read_headers=lambda: report_headers(ROOT / "lexicon"),
        uploads=uploads,
    )


def test_a_burst_of_streams_is_refused_beyond_the_places_and_whoever_leaves_gives_one_back(
    session: Session, tmp_path: Path
) -> None:
    app = plain_app(session, tmp_path)

    async def ask(go: asyncio.Event, *, leaves: bool = False) -> int:
        async def receive() -> dict[str, Any]:
            await go.wait()
            return {"type": "http.request", "body": b"not json", "more_body": False}

        async def send(message: Any) -> None:  # noqa: ANN401 - as the server has it
            seen.append(message.get("status", 0))
            if leaves and len(seen) > 1:
                raise OSError

        seen: list[int] = []
        scope = {"type": "http", "method": "POST", "path": "/v1/rewrite", "query_string": b""}
        await app({**scope, "headers": [(b"host", b"localhost")]}, receive, send)
        return seen[0]

    async def burst() -> list[int]:
        go = asyncio.Event()
        tasks = [asyncio.create_task(ask(go)) for _ in range(MOST_STREAMS + 3)]
        async with asyncio.timeout(20):
            refused = [await task for task in islice(asyncio.as_completed(tasks), 3)]
        go.set()
        for _ in range(MOST_STREAMS):
            await ask(go, leaves=True)
        return [*refused, *sorted(await asyncio.gather(*tasks)), await ask(go)]

    assert asyncio.run(burst()) == [429] * 3 + [200] * MOST_STREAMS + [429] * 3 + [200]


# ---- reports -----------------------------------------------------------------------------------


def _try_out(client: TestClient, path: Path = REPORT) -> dict[str, Any]:
    params = {"store": "false", "name": path.name}
    reply = client.post("/v1/reports", params=params, content=path.read_bytes())
    assert reply.status_code == HTTPStatus.OK, reply.text
    found: dict[str, Any] = reply.json()
    return found


@pytest.mark.parametrize("name", ["dress_sycm.csv", "dress_relate.xlsx", "phone_case_relate.xls"])
def test_a_report_is_tried_out_without_being_stored(start: App, name: str) -> None:
    client = start()
    before = client.get("/healthz").json()
    receipt = _try_out(client, EXAMPLES / name)
    assert receipt["read"] == receipt["kept"] + receipt["merged"] + len(receipt["rejected"])
    assert _try_out(client, EXAMPLES / name)["report"] == receipt["report"]
    table = client.get("/v1/keywords", params={"report": receipt["report"], "top": 3}).json()
    assert len(table["rows"]) == 3
    assert table["roots"]
    reply = client.post("/v1/suggest", params={"report": receipt["report"]}, json=DRESS).json()
    assert reply["versions"]["data"] not in {None, before["data"]} or name == REPORT.name
    assert client.get("/healthz").json() == before


def test_a_tried_out_report_answers_as_if_it_were_served(start: App, session: Session) -> None:
    bare = start(live=Live(session=replace(session, market=None)))
    report = _try_out(bare)["report"]
    tried = bare.post("/v1/suggest", params={"report": report}, json=DRESS)
    assert tried.content == start().post("/v1/suggest", json=DRESS).content


def test_rejected_rows_are_told_with_their_place_and_progress_comes_in_steps(start: App) -> None:
    body = "搜索词,搜索人气,点击率\n连衣裙,5,3%\n长裙,6,oops\n".encode()
    client = start()
    params = {"store": "false", "name": "a/b/r.csv", "progress": "true"}
    reply = client.post("/v1/reports", params=params, content=body)
    steps = [json.loads(line) for line in reply.content.splitlines()]
    assert steps[0] == {"stage": "received", "bytes": len(body)}
    assert steps[1] == {"stage": "read", "read": 2, "rejected": 1}
    assert steps[2]["rejected"][0] | {"found": "", "expected": ""} == {
        "file": "r.csv",
        "line": 3,
        "column": "点击率",
        "found": "",
        "expected": "",
    }
    bad = client.post("/v1/reports", params=params, content=b"\x00\x01").content.splitlines()
    assert json.loads(bad[-1])["error"]["code"] == "bad-report"


def test_counts_are_sent_while_the_report_is_worked_on(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = plain_app(session, tmp_path)
    is_told, waited = threading.Event(), []
    keep = Uploads.keep

    def keep_when_told(uploads: Uploads, found: Any) -> str:  # noqa: ANN401 - passed on
        waited.append(is_told.wait(20))
        return keep(uploads, found)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": REPORT.read_bytes(), "more_body": False}

    async def send(message: Any) -> None:  # noqa: ANN401 - as the server has it
        if b'"stage":"read"' in message.get("body", b""):
            is_told.set()

    monkeypatch.setattr(Uploads, "keep", keep_when_told)
    query = b"store=false&progress=true"
    scope = {"type": "http", "method": "POST", "path": "/v1/reports", "query_string": query}
    asyncio.run(app({**scope, "headers": [(b"host", b"localhost")]}, receive, send))
    assert waited == [True]


def test_who_leaves_before_the_answer_keeps_no_place(session: Session, tmp_path: Path) -> None:
    app = plain_app(session, tmp_path)
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/reports",
        "query_string": b"store=false&progress=true",
        "headers": [(b"host", b"localhost")],
    }

    async def send_and_leave() -> list[dict[str, Any]]:
        waiting = [{"type": "http.request", "body": REPORT.read_bytes(), "more_body": False}]
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return waiting.pop() if waiting else {"type": "http.disconnect"}

        async def send(message: Any) -> None:  # noqa: ANN401 - as the server has it
            sent.append(message)

        await app(dict(scope), receive, send)
        return sent

    async def leave_twice() -> list[dict[str, Any]]:
        await send_and_leave()
        async with asyncio.timeout(20):
            return await send_and_leave()

    sent = asyncio.run(leave_twice())
    assert sent[0]["status"] == HTTPStatus.OK
    assert b'"report":' in sent[-2]["body"]


def test_kept_reports_are_shared_by_workers_and_bounded(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = Uploads(tmp_path), Uploads(tmp_path)
    reading = read_reports([REPORT], report_headers(ROOT / "lexicon"))
    report_id = first.keep(reading)
    assert second.rows(report_id) == reading.rows
    assert second.session(report_id, session).market is not session.market
    monkeypatch.setattr("biaoti.api.uploads.MOST_FILES", 2)
    others = [first.keep(replace(reading, rows=reading.rows[:n])) for n in (1, 2, 3)]
    assert len(list(tmp_path.iterdir())) == 2
    assert second.rows(others[-1]) == reading.rows[:3]


# ---- fresh data --------------------------------------------------------------------------------


def test_new_data_is_taken_whole_once_it_is_at_rest_and_broken_data_is_refused(
    session: Session, start: App
) -> None:
    state = {"now": ("a",)}
    fresh = replace(session, market=None)

    def load(found: tuple[str, ...], served: Session, _: tuple[str, ...]) -> Session:
        if found == ("broken",):
            raise DataFileError([])
        return fresh if served is session else session

    source = Source(fingerprint=lambda: state["now"], load=load)
    live, metrics = Live(session=session, served=("a",), source=source), Metrics()
    client = start(live)
    assert not live.look(metrics)
    state["now"] = ("b",)
    assert [live.look(metrics) for _ in range(3)] == [False, True, False]
    assert live.session is fresh
    assert client.get("/readyz").json()["data"] is None
    state["now"] = ("broken",)
    assert not any(live.look(metrics) for _ in range(4))
    assert live.session is fresh
    assert "biaoti_refused_version 1.0" in metrics.text().decode()
    assert client.post("/v1/tag", json={"title": "a"}).status_code == HTTPStatus.OK
    state["now"] = ("c",)
    assert [live.look(metrics) for _ in range(2)] == [False, True]
    text = metrics.text().decode()
    assert "biaoti_refused_version 0.0" in text
    assert 'biaoti_swaps_total{result="taken"} 2.0' in text
    assert 'biaoti_swaps_total{result="refused"} 1.0' in text


def test_a_worker_that_stops_is_not_ready_but_still_answers(start: App, session: Session) -> None:
    live = Live(session=session)
    client = start(live)
    assert client.get("/readyz").status_code == HTTPStatus.OK
    live.is_draining = True
    reply = client.get("/readyz")
    assert (reply.status_code, reply.json()["code"]) == (503, "stopping")
    assert client.get("/healthz").status_code == HTTPStatus.OK
    assert client.post("/v1/tag", json={"title": "a"}).status_code == HTTPStatus.OK


def test_the_metrics_tell_of_routes_rules_proofs_and_versions(start: App, session: Session) -> None:
    client = start()
    client.post("/v1/check", json={"title": "全网最低价连衣裙"})
    client.post("/v1/suggest", json=DRESS)
    client.post("/v1/tag", content=b"{")
    client.get("/wp-admin/setup.php")
    text = client.get("/metrics").text
    lexicon = session.engine.lexicon.version
    for line in (
        'biaoti_request_seconds_count{method="POST",route="/v1/check",status="200"} 1.0',
        'biaoti_request_seconds_count{method="GET",route="other",status="404"} 1.0',
        'biaoti_problems_total{code="bad-json"} 1.0',
        'biaoti_violations_total{rule="superlative"',
        'biaoti_suggestions_total{status="optimal"} 1.0',
        "biaoti_suggest_seconds_count 1.0",
        "biaoti_suggest_gap_count 1.0",
        f'lexicon="{lexicon}"',
    ):
        assert line in text, line
    assert "连衣裙" not in text
