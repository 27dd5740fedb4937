"""What the documents tell a reader to type works, and prints what they say; so does the client."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
import typer

import databases
from biaoti.api.keys import Scope, create_key
from biaoti.cli import app
from documents import DOCUMENTS, is_as_told, read_steps, run_steps
from serving import EXAMPLES, ROOT, TODAY, Served, free_port, needed, served

REPORT = EXAMPLES / "dress_sycm.csv"
CLIENT = EXAMPLES / "client.py"
CALL = re.compile(r"(?:^|[`\s(/])(?:biaoti )+((?:[a-z]+ ?)+)([^`\n|#]*)")
COMMAND = typer.main.get_command(app)
TEXTS = [
    *sorted(ROOT.glob("*.md")),
    *sorted(ROOT.glob("docs/*.md")),
    *sorted(ROOT.glob("*/README.md")),
]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder where all documents but that on words find the lexicon compiled."""
    folder = tmp_path_factory.mktemp("cache")
    folder.chmod(0o700)
    return folder


@pytest.fixture
def home() -> Iterator[Path]:
    """Return a home whose path is as short as the writer's was: lines that hold it wrap alike."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.mark.slow
@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_reader_sees_what_the_document_shows(name: str, home: Path, cache: Path) -> None:
    steps = read_steps((ROOT / name).read_text(encoding="utf-8"))
    assert steps
    needed("curl")
    # Its own words would put the others' lexicon out of the cache.
    outcomes = run_steps(steps, home, home / ".cache" if "lexicon" in name else cache)
    assert len(outcomes) == len(steps)
    for step, outcome in zip(steps, outcomes, strict=True):
        assert outcome.status == 0 or step.is_failure_told, (step.command, outcome.printed)
        assert is_as_told(step.printed, outcome.printed), f"{step.command}\n{outcome.printed}"


@pytest.mark.parametrize("name", ["README", "docs/tutorial"])
def test_both_languages_show_the_same_commands_and_answers(name: str) -> None:
    english, chinese = (
        read_steps((ROOT / f"{name}{ending}").read_text(encoding="utf-8"))
        for ending in (".md", ".zh-CN.md")
    )
    assert english == chinese


@pytest.mark.parametrize(
    ("told", "printed", "is_same"),
    [
        ("a\nb\n", "a\nb\n", True),
        ("a\nb\n", "a\nc\n", False),
        ("a\n", "a\nb\n", False),
        ("a…\n", "a and so on\n", True),
        ("a…\n", "a\nb\n", False),
        ("a\n…\nz\n", "a\nb\nc\nz\n", True),
        ("a\n…\n", "", False),
        ("版本 0123456789ab\n", "版本 ba9876543210\n", True),
        ("1 行\n", "2 行\n", False),
        ("at 2026-06-01T10:00:00Z\n", "at 2026-11-22T07:24:15+00:00\n", True),
        ("a  \n", "a\n", True),
    ],
)
def test_what_is_compared(told: str, printed: str, *, is_same: bool) -> None:
    assert is_as_told(told, printed) is is_same


def options_of(words: list[str]) -> set[str] | None:
    """Return the options of the command that `words` begin with; None when there is none."""
    command: object = COMMAND
    for word in words:
        children: dict[str, object] = getattr(command, "commands", {})
        if not children:
            break
        if word not in children:
            return None
        command = children[word]
    return {option for parameter in getattr(command, "params", ()) for option in parameter.opts}


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_and_option_that_is_told_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    for words, rest in CALL.findall(text):
        found = options_of(words.split())
        told = set(re.findall(r"(?<![\w-])--[a-z][\w-]+", rest))
        if found is None:
            assert not told, f"no such command: biaoti {words}{rest}"
        else:
            assert told <= found | {"--help", "--install-completion"}, f"biaoti {words}{rest}"


@pytest.mark.slow
def test_the_backup_of_a_postgresql_store_as_documented_restores_it(
    server: str, tmp_path: Path
) -> None:
    needed("pg_dump")
    url = databases.new_database(server)
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    dump, restore = re.findall(r"^pg_\w+ [^#\n]*", text, re.MULTILINE)
    home = {"BIAOTI_DATABASE_URL": url, "HOME": str(tmp_path), "PYTHONPATH": str(ROOT / "app")}
    path = {"PATH": os.environ["PATH"], "DATABASE": url.replace("+psycopg", "")}

    def run(command: str) -> str:
        told = command.replace("biaoti ", f"{sys.executable} -m biaoti ")
        ran = subprocess.run(  # noqa: S603 - the document's own line
            ["bash", "-c", told],  # noqa: S607 - the reader's shell
            cwd=tmp_path,
            env={**home, **path},
            stdout=subprocess.PIPE,
            check=True,
            encoding="utf-8",
        )
        return ran.stdout

    run(f"biaoti import {REPORT}")
    before = run("biaoti import --list --json")
    assert REPORT.name in before
    run(dump)
    run("biaoti import --undo 1")
    assert REPORT.name not in run("biaoti import --list --json")
    run(restore)
    assert run("biaoti import --list --json") == before


# ---- help, licences ----------------------------------------------------------------------------


def leaves(command: object, words: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Yield each command as one types it, and the command."""
    children: dict[str, object] = getattr(command, "commands", {})
    for name, child in children.items():
        yield from leaves(child, (*words, name))
    if not children:
        yield " ".join(words), command


@pytest.mark.parametrize(("name", "command"), list(leaves(COMMAND)), ids=str)
def test_every_command_and_option_says_what_it_does(name: str, command: Any) -> None:  # noqa: ANN401 - click's
    assert command.help.endswith("。")
    assert not [parameter.name for parameter in command.params if not parameter.help]
    if " " not in name:
        assert re.match(rf"例:biaoti {name}( |$)", command.epilog)
        told = set(re.findall(r"--[a-z-]+", command.epilog))
        assert told <= (options_of([name]) or set())


def test_the_list_of_licences_is_that_of_the_lock_and_of_what_is_installed() -> None:
    licences = load(ROOT / "docs" / "licences.py")
    written = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")
    assert licences.document(written) == written
    assert "not installed here" not in written


def load(path: Path) -> Any:  # noqa: ANN401 - a module
    """Return a script as a module."""
    spec = spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# ---- the client --------------------------------------------------------------------------------


def call(service: Served, *arguments: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the client against `service`."""
    own = {"BIAOTI_URL": service.url, "PATH": os.environ["PATH"], "LANG": "C.UTF-8", **env}
    return subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-I", CLIENT, *arguments],
        env=own,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


@pytest.mark.slow
def test_the_client_suggests_refuses_waits_and_streams(tmp_path: Path, cache: Path) -> None:
    _, key = create_key(tmp_path / "keys.json", "erp", (Scope.READ,), TODAY)
    bad = tmp_path / "bad.json"
    bad.write_text('{"title": "连衣裙", "price": "x"}', encoding="utf-8")
    lines = tmp_path / "listings.jsonl"
    row = json.dumps(json.loads((EXAMPLES / "dress.json").read_text("utf-8")), ensure_ascii=False)
    # Far more than the buffers of a connection hold: who sends first and reads later stands still.
    lines.write_text(f"{row}\n{{\n" + f'{{"title": "{"连衣裙 " * 400}"}}\n' * 800, "utf-8")
    limits = {"BIAOTI_LOGIN": "always", "BIAOTI_RATE": "5", "BIAOTI_CACHE_DIR": str(cache)}
    with served(tmp_path, "--keywords", REPORT, "--no-store", **limits) as service:
        told = call(service, "suggest", EXAMPLES / "dress.json", BIAOTI_KEY=key)
        assert (told.returncode, told.stderr) == (0, "")
        assert "optimal, gap 0" in told.stdout
        locked = call(service, "suggest", EXAMPLES / "dress.json")
        assert (locked.returncode, "401 unauthorized" in locked.stderr) == (1, True)
        wrong = call(service, "check", bad, BIAOTI_KEY=key)
        assert (wrong.returncode, "#/price: " in wrong.stderr) == (1, True)
        assert "X-Request-ID " in wrong.stderr
        client = load(CLIENT).Client(service.url, key)
        # Five a second after a burst of ten: the rest is refused at first, answered in the end.
        answers = [client.ask("/v1/tag", {"title": "连衣裙"}) for _ in range(16)]
        assert all("terms" in answer for answer in answers)
        time.sleep(1.1)  # the measures count as a request, too
        with service.client() as reader:
            found = reader.get("/metrics", headers={"Authorization": f"Bearer {key}"}).text
        assert 'biaoti_problems_total{code="rate-limited"}' in found
        streamed = call(service, "rewrite", lines, BIAOTI_KEY=key)
    assert (streamed.returncode, streamed.stderr) == (0, "")
    rows = [json.loads(line) for line in streamed.stdout.splitlines()]
    assert len(rows) == 802
    assert "新标题" in rows[0]
    assert rows[1]["error"]["code"] == "bad-json"


def test_the_client_gives_up_when_nobody_answers() -> None:
    client = load(CLIENT)
    client.ATTEMPTS = 1
    with pytest.raises(ConnectionRefusedError):
        client.Client(f"http://127.0.0.1:{free_port()}").ask("/v1/tag", {"title": "连衣裙"})
