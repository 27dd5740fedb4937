"""The command and the service are twins: the same requests give the same bytes and codes."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from biaoti import cli
from biaoti.answers import Operation, Session
from biaoti.api import Live, create_app
from biaoti.cli import batch, data, lexicons, running
from biaoti.cli.setup import Setup
from biaoti.cli.start import open_session, report_headers
from biaoti.decode import MAX_BYTES
from biaoti.models import save_model
from biaoti.records import Slot
from biaoti.settings import ServiceSettings, Settings

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
TODAY = "2026-06-01"
REPORTS = {
    "dress": "dress_sycm.csv",
    "shampoo": "shampoo_sycm.csv",
    "phone_case": "phone_case_sycm.csv",
}
TITLE = "云岫集法式碎花连衣裙女2026新款"


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.getbasetemp() / "cache"


@pytest.fixture(scope="module")
def session(cache: Path) -> Session:
    settings = Settings(
        lexicon_dir=ROOT / "lexicon",
        models_dir=ROOT / "models",
        cache_dir=cache,
        today=TODAY,
    )
    reports = tuple(EXAMPLES / name for name in REPORTS.values())
    return open_session(Setup(keywords=reports), settings)


@pytest.fixture(scope="module")
def client(session: Session, cache: Path) -> Iterator[TestClient]:
    app = create_app(
        Live(session=session),
        ServiceSettings(solve_seconds=0.0),
        read_headers=lambda: report_headers(ROOT / "lexicon"),
        uploads=cache / "uploads",
    )
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@dataclass(frozen=True, slots=True)
class Done:
    """What a run of the command left behind."""

    code: int
    out: bytes
    err: str

    @property
    def answer(self) -> dict[str, object]:
        """Return the one JSON object of standard output."""
        found: dict[str, object] = json.loads(self.out)
        return found


Command = Callable[..., Done]


@pytest.fixture
def command(
    session: Session, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> Command:
    """Return a function that runs the command in this process, on the session of this module."""
    monkeypatch.setattr(running, "open_session", lambda *_: session)
    monkeypatch.setattr(batch, "open_session", lambda *_: session)
    monkeypatch.setattr(data, "lexicon_engine", lambda *_: session.engine)
    monkeypatch.setattr(lexicons, "lexicon_engine", lambda *_: session.engine)

    def run(*arguments: str | Path, given: bytes = b"") -> Done:
        monkeypatch.setattr(sys, "argv", ["biaoti", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given), encoding="utf-8"))
        with pytest.raises(SystemExit) as left:
            cli.main()
        out, err = capsysbinary.readouterr()
        return Done(int(left.value.code or 0), out, err.decode())

    return run


def process(cache: Path, *arguments: str | Path, env: Mapping[str, str] | None = None) -> Done:
    """Run the command as another program would."""
    done = subprocess.run(  # noqa: S603 - our own interpreter and program
        [sys.executable, "-m", "biaoti", *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        env={
            "PYTHONPATH": str(ROOT / "app"),
            "BIAOTI_CACHE_DIR": str(cache),
            "BIAOTI_TODAY": TODAY,
            **(env or {}),
        },
    )
    return Done(done.returncode, done.stdout, done.stderr.decode())


def example(name: str) -> dict[str, object]:
    data: dict[str, object] = json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    return data


LISTINGS = [example(name) for name in REPORTS]
CASES: list[tuple[str, Mapping[str, object]]] = [
    *((operation, listing) for operation in ("suggest", "check", "score") for listing in LISTINGS),
    *(("tag", listing) for listing in LISTINGS),
    ("suggest", {"category": "女装>连衣裙"}),
    ("suggest", {"title": "没有"}),
    ("suggest", {"title": "连衣裙", "keep_terms": ["连衣裙" * 30]}),
    ("suggest", {}),
    ("check", {"标题": "全网最低价连衣裙"}),
    ("check", {"title": ""}),
    ("check", {"category": "女装"}),
    ("check", {"title": "连衣裙", "price": "x", "foo": 1}),
    ("score", {"category": "女装>连衣裙"}),
    ("tag", {"title": TITLE}),
    ("tag", {"title": "", "listing": None}),
    ("tag", {"title": TITLE, "listing": {"brand": "云岫集"}}),
    ("tag", {"title": TITLE, "listing": {"marke": "云岫集"}}),
    ("tag", {"title": 5}),
    ("tag", {"titel": "a"}),
    ("tag", {"title": "a", "标题": "b", "listing": {}}),
    ("match", {"keyword": "碎花连衣裙", "title": TITLE}),
    ("match", {"keyword": "碎花连衣裙", "title": TITLE, "listing": LISTINGS[0]}),
    ("match", {"keyword": "!!", "title": TITLE}),
    ("match", {"title": TITLE}),
]


@pytest.mark.parametrize(("operation", "body"), CASES)
def test_command_and_service_answer_the_same_bytes(
    operation: str, body: Mapping[str, object], command: Command, client: TestClient
) -> None:
    request = json.dumps(body, ensure_ascii=False).encode()
    done = command(operation, "-", "--json", given=request)
    reply = client.post(f"/v1/{operation}", content=request)
    if reply.status_code == 200:
        assert done.out == reply.content
        assert done.code in ({0, 1} if operation == "check" else {0})
    else:
        problem = reply.json()
        assert reply.headers["content-type"] == "application/problem+json"
        assert problem["status"] == reply.status_code == 422
        assert done.answer == {"error": {"code": problem["code"], "message": problem["detail"]}}
        assert done.code == 2
        assert problem["detail"].splitlines()[0] in done.err


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("options", [{}, {"limit": 40, "count": 2, "max_edits": 8}], ids=str)
def test_a_suggestion_fits_and_keeps_its_promises(
    name: str, options: dict[str, int], command: Command, client: TestClient
) -> None:
    arguments = [f"--{key.replace('_', '-')}={value}" for key, value in options.items()]
    done = command("suggest", EXAMPLES / f"{name}.json", "--json", *arguments)
    reply = client.post("/v1/suggest", params=options, json=example(name))
    assert done.out == reply.content
    best = reply.json()["best"]
    assert len(best["title"].encode("gbk")) == best["width"] <= options.get("limit", 60)
    assert best["bound"] >= best["value"]
    assert (best["status"] == "optimal") == (best["gap"] == 0)


@pytest.mark.parametrize("operation", list(Operation))
def test_lines_are_answered_one_by_one_in_order_and_like_single_requests(
    operation: str, command: Command
) -> None:
    bodies = [body for name, body in CASES if name == operation]
    lines = "".join(json.dumps(body, ensure_ascii=False) + "\n" for body in bodies)
    answers = command(operation, "--jsonl", given=lines.encode()).out.splitlines()
    assert len(answers) == len(bodies)
    for number, (body, answer) in enumerate(zip(bodies, answers, strict=True), start=1):
        single = command(operation, "-", "--json", given=json.dumps(body).encode())
        if single.code == 2:
            error = json.loads(single.out)["error"]
            assert json.loads(answer) == {"error": {**error, "line": number}}
        else:
            assert answer + b"\n" == single.out


BAD_LINES = {
    b"": "bad-json",
    b"not json": "bad-json",
    b"\xff\xfe": "bad-json",
    b'{"title": NaN}': "bad-json",
    b'{"title": "a", "title": "b"}': "bad-json",
    b'{"title": "\\ud800"}': "bad-json",
    b"[" * 100_000: "bad-json",
    b'{"price": ' + b"1" * 5000 + b"}": "bad-json",
    b'{"title": "' + b"a" * MAX_BYTES + b'"}': "too-large",
    b"5": "bad-listing",
    b'{"titel": "a"}': "bad-listing",
    b'{"\\u0000\\u001b[31m": "a"}': "bad-listing",
}


def test_a_bad_line_is_answered_with_its_number_and_the_run_goes_on(command: Command) -> None:
    lines = [*BAD_LINES, b'{"title": "a"}']
    done = command("tag", "--jsonl", given=b"\r\n".join(lines))
    answers = [json.loads(line) for line in done.out.splitlines()]
    assert [a["error"]["code"] for a in answers[:-1]] == list(BAD_LINES.values())
    assert [a["error"]["line"] for a in answers[:-1]] == list(range(1, len(lines)))
    assert answers[-1]["terms"]
    assert done.code == 0


def test_a_defect_at_one_line_is_answered_and_ends_in_exit_3(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("biaoti.answers.tag_text", fail)
    done = command("tag", "--jsonl", given=b'{"title": "a"}\nx\n')
    codes = [json.loads(line)["error"]["code"] for line in done.out.splitlines()]
    assert (codes, done.code) == (["internal", "bad-json"], 3)
    single = command("tag", "--title", "a", "--json")
    assert (single.answer["error"], single.code) == (
        {"code": "internal", "message": "ZeroDivisionError: "},
        3,
    )
    assert "Traceback" not in single.err


# ---- the command -------------------------------------------------------------------------------


def test_check_leaves_1_only_for_a_violation(command: Command) -> None:
    assert (
        command("check", EXAMPLES / "shampoo.json", "--title", "全网第一洗发水", "--json").code == 1
    )
    assert command("check", "--title", "法式碎花连衣裙女夏季中长款收腰显瘦雪纺裙子").code == 0
    assert command("check", "--jsonl", given='{"title":"全网第一"}'.encode()).code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("tag",),
        ("tag", "-", "--json", "--jsonl"),
        ("tag", "--title", "a", "--jsonl"),
        ("tag", "file.json", "--jsonl"),
        ("tag", "--colour", "red"),
        ("paint",),
        ("suggest", "--title", "连衣裙", "--limit", "many"),
        ("suggest", "--title", "连衣裙", "--limit", "0"),
        ("suggest", "--title", "连衣裙", "--count", "11"),
        ("suggest", "--title", "连衣裙", "--max-edits", "-1"),
        ("check", "no/such/file.json"),
        ("check", "."),
        ("rewrite", "no/such/file.csv", "out.csv"),
        ("keywords", "no/such/file.csv"),
    ],
)
def test_wrong_usage_is_exit_2_and_never_a_traceback(
    arguments: tuple[str, ...], command: Command
) -> None:
    done = command(*arguments)
    assert done.code == 2
    assert done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "found nothing"),
        (b"\x00\x01\xff\xfe", "expected UTF-8"),
        (b'{"title":\n "a" "b"}', "line 2 column 6"),
        (b"{}" + b" " * MAX_BYTES, "expected at most"),
    ],
)
def test_a_bad_file_is_told_with_its_name(
    content: bytes, words: str, command: Command, tmp_path: Path
) -> None:
    path = tmp_path / "listing.json"
    path.write_bytes(content)
    done = command("check", path)
    assert done.code == 2
    assert words in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ("suggest", EXAMPLES / "dress.json"),
            ("新标题", "/60", "gap", "去掉会损失", "覆盖率是上限"),
        ),
        (("suggest", EXAMPLES / "dress.json", "--count", "2"), ("方案 2",)),
        (("check", "--title", "全网第一[red]连衣裙\x1b[31m"), ("superlative", "改法", "[red]")),
        (("check", "--title", "连衣裙"), ("没有发现违规",)),
        (("score", EXAMPLES / "dress.json"), ("账目", "✓")),
        (("tag", "--title", TITLE), ("品类", "product")),
        (("tag", EXAMPLES / "dress.json"), ("品类", "product")),
        (("match", "--keyword", "碎花裙", "--title", TITLE), ("覆盖", "相关度")),
    ],
)
def test_people_get_words_not_json(
    arguments: tuple[str | Path, ...], words: tuple[str, ...], command: Command
) -> None:
    done = command(*arguments)
    text = done.out.decode()
    assert done.code in {0, 1}
    assert all(word in text for word in words), text
    assert "\x1b[31m" not in text
    assert not done.err


def test_every_slot_and_severity_has_a_name_for_people() -> None:
    from biaoti.cli import tables  # noqa: PLC0415 - rich is loaded where it is used

    assert set(tables._SLOTS) == set(Slot)  # noqa: SLF001


# ---- mending -----------------------------------------------------------------------------------

MENDED: list[tuple[Mapping[str, object], str]] = [
    ({"title": "全网最低价完美日记口红"}, "完美日记口红"),
    ({"title": "完美日记口红★"}, "完美日记口红"),
    (
        {"title": "法式碎花连衣裙女夏季中长款收腰显瘦雪纺裙子"},
        "法式碎花连衣裙女夏季中长款收腰显瘦雪纺裙子",
    ),
    ({"title": "耐克运动鞋", "brand": "云岫集", "authorised_brands": []}, "耐克运动鞋"),
    ({"title": ""}, ""),
]


@pytest.mark.parametrize(("body", "title"), MENDED)
def test_a_title_is_mended_the_same_by_both_and_no_name_is_touched(
    body: Mapping[str, object], title: str, command: Command, client: TestClient
) -> None:
    request = json.dumps(body, ensure_ascii=False).encode()
    done = command("check", "-", "--fix", "--json", given=request)
    assert done.out == client.post("/v1/check?fix=true", content=request).content
    answer = json.loads(done.out)
    assert answer["fixed"]["title"] == title
    for edit in answer["fixed"]["edits"]:
        assert edit["text"] == str(body["title"])[edit["start"] : edit["end"]]
        assert edit["rule"] in {violation["rule"] for violation in answer["violations"]}
    plain = command("check", "-", "--json", given=request)
    assert plain.code == done.code
    assert json.loads(plain.out) == {k: v for k, v in answer.items() if k != "fixed"}
    assert plain.out == client.post("/v1/check?fix=false", content=request).content


def test_lines_can_be_mended(command: Command) -> None:
    lines = b"".join(json.dumps(body).encode() + b"\n" for body, _ in MENDED)
    answers = command("check", "--fix", "--jsonl", given=lines).out.splitlines()
    assert [json.loads(a)["fixed"]["title"] for a in answers] == [title for _, title in MENDED]


def test_people_see_what_was_deleted(command: Command) -> None:
    text = command("check", "--fix", "--title", "全网最低价[a]口红").out.decode()
    assert "修正前  [-全网最低价-][a]口红" in text
    assert "修正后  [a]口红" in text
    assert "标题不变" in command("check", "--fix", "--title", "连衣裙").out.decode()


# ---- the other commands ------------------------------------------------------------------------


def test_keywords_are_read_without_a_store_in_any_order(command: Command) -> None:
    reports = [EXAMPLES / "dress_sycm.csv", EXAMPLES / "dress_mofang.tsv"]
    done = command("keywords", *reports, "--json")
    answer = json.loads(done.out)
    assert done.out == command("keywords", *reversed(reports), "--json").out
    assert answer["read"] == len(answer["rows"]) + answer["merged"] + len(answer["rejected"])
    assert answer["roots"][0]["keywords"] > 1


def test_people_see_keywords_roots_and_what_was_rejected(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    path.write_text("搜索词,搜索人气,点击率\n连衣裙,5,3%\n长裙,6,oops\n", encoding="utf-8")
    done = command("keywords", path)
    text = done.out.decode()
    assert all(word in text for word in ("词根", "拒绝的行", "report.csv:3", "oops")), text
    assert "拒绝 1" in done.err


def test_the_rules_can_be_listed(command: Command) -> None:
    rules = json.loads(command("rules", "--json").out)["rules"]
    assert {"rule", "name", "severity", "penalty", "source"} == set(rules[0])
    assert "superlative" in command("rules").out.decode()


@pytest.mark.slow
def test_our_own_lexicon_is_sound_and_read_alone(command: Command, session: Session) -> None:
    version = session.engine.lexicon.version
    answer = command("lexicon", "lint", ROOT / "lexicon", "--json").answer
    assert answer == {"version": version, "faults": []}
    done = command("lexicon", "lint", ROOT / "lexicon" / "terms" / "year.tsv")
    assert (done.code, version in done.err) == (0, True)


TERMS = "term\tcategory\tparts\tcanonical\tsource\n"
SILENCE = "rule\tword\tsource\n"
WORDS = "rule\tword\tneeds\tkind\texcept\tonly\tunless\tbacked_by\tsource\n"


@pytest.mark.parametrize(
    ("name", "content", "places"),
    [
        ("terms/style.tsv", f"{TERMS}云岫风\t\t\t\t自有\n", []),
        ("style.tsv", f"{TERMS}云岫风\t\t\t\t自有\n", ["style.tsv:0"]),
        ("terms/stile.tsv", TERMS, ["stile.tsv:0"]),
        ("terms/style.tsv", f"{TERMS}云岫风\t\t\t没有的词\t自有\n", ["terms:0"]),
        ("rules.csv", "", ["rules.csv:0"]),
        ("notes/README.md", "words", []),
        ("rule_silence.tsv", f"{SILENCE}special-char\t★\t自有\n", []),
        ("rule_silence.tsv", f"{SILENCE}superlative\t*\t自有\n", ["rule_silence.tsv:2"]),
        ("rule_words.tsv", f"{WORDS}superlative\t宇宙最佳\t\t\t\t\t\t\t自有\n", []),
        ("rule_words.tsv", f"{WORDS}superlativ\t最佳\t\t\t\t\t\t\t自有\n", ["rule_words.tsv:2"]),
    ],
)
@pytest.mark.slow
def test_every_fault_of_an_extra_folder_is_located(
    name: str, content: str, places: list[str], command: Command, tmp_path: Path
) -> None:
    path = tmp_path / "own" / name
    path.parent.mkdir(parents=True)
    path.write_text(content, encoding="utf-8")
    done = command("lexicon", "lint", tmp_path / "own", "--json")
    faults = json.loads(done.out)["faults"]
    assert [f"{fault['file']}:{fault['line']}" for fault in faults] == places
    assert done.code == (2 if places else 0)
    assert all(place in done.err for place in places)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("style.tsv", f"{TERMS}云岫风\t\t\t\t自有\n", 0),
        ("style.tsv", f"{TERMS}云岫风\t\t\t\t\n", 2),
        ("rule_words.tsv", f"{WORDS}superlative\t宇宙最佳\t\t\t\t\t\t\t自有\n", 0),
        ("unheard.tsv", TERMS, 2),
    ],
)
@pytest.mark.slow
def test_a_single_file_can_be_checked(
    name: str, content: str, code: int, command: Command, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    (tmp_path / "neighbour.xls").touch()
    done = command("lexicon", "lint", tmp_path / name)
    assert done.code == code
    assert "neighbour" not in done.err
    assert (f"{name}:" in done.err) == bool(code)


def test_the_lexicon_is_counted(command: Command, session: Session) -> None:
    counts = json.loads(command("lexicon", "stats", "--json").out)
    lexicon = session.engine.lexicon
    assert (counts["terms"], counts["brands"]) == (len(lexicon.entries), len(lexicon.brands))
    assert set(counts["slots"]) == set(Slot)
    assert counts["closed_sets"] == {k: len(v) for k, v in sorted(lexicon.closed.items())}
    text = command("lexicon", "stats").out.decode()
    assert all(word in text for word in ("品类", "品牌名", f"{counts['terms']:,}"))


def test_a_model_is_trained_where_it_is_told(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fit(_: object, titles: Path | None, folder: Path) -> dict[str, object]:
        card = {"data": f"lexicon + {titles and titles.name}", "library": "l", "metric": "m"}
        version = save_model(folder, "tagger", {}, card)
        return {"model": "tagger", "version": version, "examples": 10, "accuracy": 0.5}

    monkeypatch.setattr("biaoti.training.train_tagger", fit)
    monkeypatch.setenv("BIAOTI_MODELS_DIR", str(tmp_path / "own"))
    (tmp_path / "titles.jsonl").touch()
    arguments = ("train", "tagger", "--titles", tmp_path / "titles.jsonl")
    answer = command(*arguments, "--json").answer
    assert answer["data"] == "lexicon + titles.jsonl"
    assert answer["path"] == str(tmp_path / "own" / "tagger.json")
    text = command(*arguments, "--out", tmp_path / "out").out.decode()
    assert all(word in text for word in ("准确率  50.0%", str(tmp_path / "out"), "titles.jsonl"))


def test_training_says_what_it_lacks(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "titles.jsonl"
    path.write_bytes(b"{}\n\xff")
    for titles, words in ((path, "titles.jsonl:2"), (tmp_path / "none", "cannot be read")):
        done = command("train", "tagger", "--titles", titles, "--out", tmp_path / "out")
        assert (done.code, words in done.err) == (2, True)
    monkeypatch.setattr("biaoti.training.train_tagger", _without_library)
    assert "biaoti[train]" in command("train", "tagger", "--out", tmp_path / "out").err
    for name in ("BIAOTI_MODELS_DIR", "XDG_DATA_HOME", "HOME", "USERPROFILE"):
        monkeypatch.delenv(name, raising=False)
    assert "--out" in command("train", "tagger").err


def _without_library(*_: object) -> None:
    raise ModuleNotFoundError(name="sklearn")


@pytest.mark.parametrize("has_model", [True, False])
def test_a_model_of_ones_own_is_used_once_it_is_there(
    cache: Path, tmp_path: Path, *, has_model: bool
) -> None:
    folder = tmp_path / "biaoti" / "models"
    save_model(folder, "tagger", {"slots": ["craft"], "bias": [9], "weights": {}, "scale": 1}, {})
    if not has_model:
        (folder / "manifest.toml").unlink()
    env = {"XDG_DATA_HOME": str(tmp_path)}
    done = process(cache, "tag", "--title", "琉绡", "--json", env=env)
    slots = {term["slot"] for term in json.loads(done.out)["terms"]}
    assert (slots == {"craft"}) == has_model


def test_a_start_of_the_command_loads_neither_pydantic_nor_rich(cache: Path) -> None:
    program = (
        "import sys; from biaoti import cli\n"
        "sys.argv = ['biaoti', 'tag', '--title', 'a', '--json']\n"
        "try: cli.main()\n"
        "finally: print(*sys.modules.keys() & {'pydantic', 'rich', 'highspy'}, file=sys.stderr)"
    )
    env = {"PYTHONPATH": str(ROOT / "app"), "BIAOTI_CACHE_DIR": str(cache)}
    done = subprocess.run(  # noqa: S603 - our own interpreter and program
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=env
    )
    assert done.stderr.strip() == ""
    assert done.stdout


def test_a_catalogue_is_rewritten_and_summed_up(command: Command, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("标题,类目,库存\n连衣裙,女装>连衣裙,3\n,,4\n", encoding="utf-8")
    done = command("rewrite", source, tmp_path / "out.csv")
    assert (done.code, done.out) == (0, b"")
    assert "2 行" in done.err
    assert "库存" in done.err
    answer = command("rewrite", source, tmp_path / "out.csv", "--json").answer
    assert (answer["rows"], answer["kept"]) == (2, 1)


def test_a_terminal_sees_how_far_a_rewrite_has_come(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with batch.progress("改写") as tick:
        tick(0, 4)
        tick(3, 4)
    assert "3/4" in terminal.getvalue()
    assert "剩余" in terminal.getvalue()


def test_the_service_listens_where_it_is_told(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    places: list[tuple[object, object]] = []
    monkeypatch.setattr(
        "uvicorn.run", lambda _, **place: places.append((place["host"], place["port"]))
    )
    monkeypatch.setattr("biaoti.cli.serving.application", lambda: None)
    monkeypatch.setenv("BIAOTI_PORT", "81")
    monkeypatch.setenv("BIAOTI_HOST", "127.0.0.1")
    assert command("serve").code == 0
    assert command("serve", "--port", "82", "--host", "::1").code == 0
    assert places == [("127.0.0.1", 81), ("::1", 82)]


def test_a_stream_is_rewritten_like_a_file_of_json_lines(
    command: Command, client: TestClient, tmp_path: Path
) -> None:
    lines = "".join(json.dumps(listing, ensure_ascii=False) + "\n" for listing in LISTINGS)
    (tmp_path / "in.jsonl").write_text(lines, encoding="utf-8")
    assert command("rewrite", tmp_path / "in.jsonl", tmp_path / "out.jsonl").code == 0
    reply = client.post("/v1/rewrite", content=lines.encode())
    assert reply.content == (tmp_path / "out.jsonl").read_bytes()


def test_a_candidate_is_scored_the_same_by_both(command: Command, client: TestClient) -> None:
    title = "云岫集法式碎花连衣裙女夏季"
    done = command("score", EXAMPLES / "dress.json", "--candidate", title, "--json")
    reply = client.post("/v1/score", params={"candidate": title}, json=example("dress"))
    assert done.out == reply.content
    assert reply.json()["title"] == title


# ---- as another program sees it ----------------------------------------------------------------


def test_a_whole_process_suggests_checks_and_stays_quiet(cache: Path) -> None:
    report = EXAMPLES / REPORTS["dress"]
    done = process(cache, "suggest", EXAMPLES / "dress.json", "--keywords", report, "--json")
    again = process(cache, "suggest", EXAMPLES / "dress.json", "--keywords", report, "--json")
    assert (done.code, done.err) == (0, "")
    assert done.out == again.out
    assert json.loads(done.out)["best"]["gap"] == 0


@pytest.mark.slow
def test_a_lexicon_of_ones_own_is_checked_and_used(cache: Path, tmp_path: Path) -> None:
    folder = tmp_path / "own" / "terms"
    folder.mkdir(parents=True)
    header = "term\tcategory\tparts\tcanonical\tsource\n"
    (folder / "style.tsv").write_text(f"{header}云岫风\t\t\t\t自有\n", encoding="utf-8")
    own = process(cache, "tag", "--title", "云岫风裙", "--json", "--lexicon", folder.parent)
    assert json.loads(own.out)["terms"][0]["slot"] == "style"
    (folder / "style.tsv").write_text(f"{header}云岫风\t\t\t\t\n", encoding="utf-8")
    bad = process(cache, "lexicon", "lint", folder.parent)
    assert (bad.code, "style.tsv:2: source" in bad.err) == (2, True)
    none = process(cache, "lexicon", "lint", folder / "none")
    assert (none.code, "readable lexicon file or folder" in none.err) == (2, True)


def test_a_reader_that_leaves_early_is_no_failure(cache: Path) -> None:
    line = json.dumps({"title": TITLE}).encode() + b"\n"
    running_process = subprocess.Popen(
        [sys.executable, "-m", "biaoti", "tag", "--jsonl"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"PYTHONPATH": str(ROOT / "app"), "BIAOTI_CACHE_DIR": str(cache)},
    )
    with running_process as started:
        assert started.stdin and started.stdout and started.stderr  # noqa: PT018
        started.stdin.write(line)
        started.stdin.flush()
        assert started.stdout.readline().startswith(b'{"terms"')
        started.stdout.close()
        started.stdin.write(line * 2)
        started.stdin.close()
        assert started.stderr.read() == b""
        assert started.wait() == 0


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({"BIAOTI_TODAY": "soon"}, "BIAOTI_TODAY"),
        ({"BIAOTI_LEXICON_DIR": os.devnull}, "bad-settings"),
        ({"BIAOTI_EXTRA_LEXICON": str(EXAMPLES)}, ""),
    ],
)
def test_a_bad_environment_is_told(env: dict[str, str], words: str, cache: Path) -> None:
    done = process(cache, "tag", "--title", "a", "--json", env=env)
    assert done.code == (2 if words else 0)
    assert words in done.err
    assert "Traceback" not in done.err
