"""The documents' commands, run as a reader would: what they print is what the document shows.

A fenced block marked `console` is run: a line that starts with `$ ` is a command (`> ` goes on with
it), the lines below are all it prints, on both streams. The blocks of one document are one session
of bash in a folder that holds our examples and lexicon. `…` stands for anything within a line, a
line of its own for any lines; versions and ids (12 or 16 hexadecimal digits) and times are not
compared. A command must succeed, unless the next one is `echo $?`. Other blocks are not run.

`PYTHONPATH=app:tests python tests/documents.py` writes what is printed today into the documents.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from serving import ROOT, TODAY, free_port

DOCUMENTS = (
    "README.md",
    *("docs/tutorial.md", "docs/catalogue.md", "docs/http.md"),
    *("docs/operations.md", "docs/lexicon.md"),
)
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PROMPT, _MORE, _ASKS_STATUS = "$ ", "> ", "$ echo $?"
_END = "\x1eend "
_VOLATILE = re.compile(
    r"\b(?:[0-9a-f]{12}|[0-9a-f]{16})\b|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.\d]*(?:Z|\+\d\d:\d\d)?"
)
_SECONDS = 120
_HOME = "/home/me"


@dataclass(frozen=True, slots=True)
class Step:
    """One command of a document, and what the document says it prints."""

    command: str
    printed: str
    is_failure_told: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command really printed, and its exit code."""

    printed: str
    status: int


def read_steps(text: str) -> list[Step]:
    """Return the commands of a document, in order."""
    steps = [step for block in _BLOCK.findall(text) for step in _block_steps(block)]
    pairs = pairwise([*steps, Step("", "")])
    return [
        Step(step.command, step.printed, is_failure_told=_PROMPT + after.command == _ASKS_STATUS)
        for step, after in pairs
    ]


def _block_steps(block: str) -> Iterator[Step]:
    for piece in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        first, *rest = piece.splitlines(keepends=True)
        more = 0
        while more < len(rest) and rest[more].startswith(_MORE):
            more += 1
        command = "".join([first, *(line.removeprefix(_MORE) for line in rest[:more])])
        yield Step(command.rstrip("\n"), "".join(rest[more:]))


def run_steps(steps: list[Step], folder: Path, cache: Path) -> list[Outcome]:
    """Return what each command prints and how it ends, run in one session in `folder`."""
    script = "trap 'kill $(jobs -p) 2>/dev/null; wait' EXIT\n" + "".join(
        f"{step.command}\n__status=$?; printf '\\n{_END}%s\\n' $__status; (exit $__status)\n"
        for step in steps
    )
    for name in ("examples", "lexicon"):
        (folder / name).symlink_to(ROOT / name)
    done = subprocess.run(
        ["bash"],  # noqa: S607 - the reader's shell
        input=script.encode(),
        cwd=folder,
        env=_environment(folder, cache),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=_SECONDS,
        check=False,
    )
    pieces = re.split(rf"\n?{_END}(\d+)\n", done.stdout.decode("utf-8", "replace"))
    return [
        Outcome(_stripped(printed.replace(str(folder), _HOME)), int(status))
        for printed, status in zip(pieces[:-1:2], pieces[1::2], strict=True)
    ]


def _environment(folder: Path, cache: Path) -> dict[str, str]:
    """Return a reader's environment: `biaoti` on the path, a home of its own, a fixed day."""
    bin_folder = folder / "bin"
    bin_folder.mkdir()
    for name, call in (("biaoti", '-m biaoti "$@"'), ("python3", '"$@"')):
        path = bin_folder / name
        path.write_text(f"#!/bin/sh\nexec {sys.executable} {call}\n", encoding="utf-8")
        path.chmod(0o755)
    port = str(free_port())
    return {
        "PATH": f"{bin_folder}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT / "app"),
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "COLUMNS": "120",
        "TZ": "UTC",
        "BIAOTI_CACHE_DIR": str(cache),
        "BIAOTI_TODAY": TODAY,
        "BIAOTI_PORT": port,
        "BIAOTI_DRAIN_MS": "0",
        "URL": f"http://127.0.0.1:{port}",
        "BIAOTI_URL": f"http://127.0.0.1:{port}",
    }


def _stripped(text: str) -> str:
    lines = "".join(f"{line.rstrip()}\n" for line in text.splitlines())
    return lines.strip("\n") + "\n" if lines.strip() else ""


def is_as_told(told: str, printed: str) -> bool:
    """Tell whether `printed` is what a document told, `…` and what changes each day aside."""
    told, printed = (_VOLATILE.sub("…", _stripped(text)) for text in (told, printed))
    pieces = []
    for line in told.splitlines():
        whole = ".*".join(map(re.escape, line.split("…")))
        pieces.append(r"(?:.*\n)*?" if line.strip() == "…" else f"{whole}\n")
    return re.fullmatch("".join(pieces), printed) is not None


def rewritten(text: str, steps: list[Step], outcomes: list[Outcome]) -> str:
    """Return a document with what was printed where it told something else."""
    found = iter(zip(steps, outcomes, strict=True))

    def block(match: re.Match[str]) -> str:
        shown = []
        for _ in _block_steps(match[1]):
            step, outcome = next(found)
            is_same = is_as_told(step.printed, outcome.printed)
            first, *more = step.command.splitlines(keepends=True)
            shown += [_PROMPT, first, *(_MORE + line for line in more), "\n"]
            shown += [step.printed if is_same else outcome.printed]
        return f"```console\n{''.join(shown)}```"

    return _BLOCK.sub(block, text)


def main(names: list[str]) -> None:
    """Bring the documents up to date, and say what failed."""
    for name in names or DOCUMENTS:
        path = ROOT / name
        text = path.read_text(encoding="utf-8")
        steps = read_steps(text)
        with tempfile.TemporaryDirectory() as folder:
            outcomes = run_steps(steps, Path(folder), Path(folder) / ".cache")
        for step, outcome in zip(steps, outcomes, strict=True):
            if outcome.status and not step.is_failure_told:
                sys.stderr.write(f"{name}: exit {outcome.status}: {step.command}\n")
        path.write_text(rewritten(text, steps, outcomes), encoding="utf-8")
        if (twin := path.with_suffix(".zh-CN.md")).is_file():
            twin.write_text(rewritten(twin.read_text("utf-8"), steps, outcomes), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
