"""Run the measuring scripts against the command and write the table in benchmarks/README.md.

The scripts and their data are not part of the project: the data has no licence. They are looked
for beside the checkout; without them this script says so and changes nothing.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "benchmarks" / "README.md"
BEGIN, END = "<!-- results -->", "<!-- end of results -->"
# Scripts that print a line per slot or rule: what of it the table shows.
IN_TABLE = {"tagging": " (product|brand|mean) |FAILED", "rules": "^rules|FAILED"}
NOT_THERE = """evaluate: {} has no {}.
The measuring scripts and their data are not part of the project; say where they are with --from.
Nothing was changed."""
SCRIPTS = ("coverage", "tagging", "relevance", "consistency", "rules", "speed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one script printed and how long it took."""

    script: str
    output: str
    seconds: float


def run(script: Path, command: str) -> Result:
    """Return what `script` prints about `command`; a failure is a result too, marked as such."""
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, script.name],
        cwd=script.parent,
        env={**os.environ, "BIAOTI": command, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    output = done.stdout.strip()
    if done.returncode:
        last = (done.stderr.strip() or "no message").splitlines()[-1]
        output = f"{output}\nFAILED: {last}".strip()
    return Result(script=script.stem, output=output, seconds=time.perf_counter() - started)


def commit() -> str:
    """Return the commit of the checkout, marked when the working tree differs from it.

    What runs write themselves, the tables and drawings of benchmarks/, is no difference.
    """
    git = shutil.which("git")
    if git is None:
        return "unknown commit"
    written = [f":(exclude)benchmarks/{name}" for name in ("README.md", "*.svg")]
    name = _output(git, "describe", "--always")
    is_changed = _output(git, "status", "--porcelain", "--", ".", *written)
    return (name + (", with changes not committed" if is_changed else "")) or "unknown commit"


def _output(git: str, *arguments: str) -> str:
    done = subprocess.run([git, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def table(results: list[Result], head: str) -> str:
    """Return the results as a table under one line that says what they belong to."""
    rows = [f"| {r.script} | {'<br>'.join(shown(r))} | {r.seconds:.0f} |" for r in results]
    return "\n".join([head, "", "| script | printed | seconds |", "|---|---|---|", *rows])


def shown(result: Result) -> list[str]:
    """Return the lines of a result that the table has room for, each with single spaces."""
    lines = (" ".join(line.split()) for line in result.output.replace("|", "/").splitlines())
    return [line for line in lines if re.search(IN_TABLE.get(result.script, "."), line)]


def with_table(text: str, new: str, begin: str = BEGIN, end: str = END) -> str:
    """Return the README's `text` with what stands between two marks replaced by `new`."""
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n{new}\n{end}{after}"


def main() -> int:
    """Run the scripts asked for; return 1 when there is nothing to run or a script failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scripts", nargs="*", metavar="SCRIPT", help=", ".join(SCRIPTS))
    parser.add_argument("--from", dest="folder", type=Path, default=ROOT.parent / "shared" / "eval")
    options = parser.parse_args()
    names = options.scripts or list(SCRIPTS)
    missing = [name for name in names if not (options.folder / f"{name}.py").is_file()]
    if missing:
        print(NOT_THERE.format(options.folder, ", ".join(missing)), file=sys.stderr)
        return 1
    command = shlex.join([sys.executable, "-m", "biaoti"])
    results = []
    for name in names:
        results.append(run(options.folder / f"{name}.py", command))
        print(f"{name} ({results[-1].seconds:.0f} s)\n{results[-1].output}\n", flush=True)
    if names == list(SCRIPTS):
        today = datetime.now().astimezone().date().isoformat()
        new = table(results, f"Commit {commit()}; {today}; Python {sys.version.split()[0]}.")
        README.write_text(with_table(README.read_text(encoding="utf-8"), new), encoding="utf-8")
    return int(any("FAILED: " in result.output for result in results))


if __name__ == "__main__":
    sys.exit(main())
