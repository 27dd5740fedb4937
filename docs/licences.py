# noqa: INP001 - a script beside the document it writes
"""Write the table of docs/licences.md from what the installed packages say of themselves.

The packages are those of requirements.runtime.lock; a licence is what the package's own metadata
states: its SPDX expression, else its licence field, else its classifiers.
"""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

DOCS = Path(__file__).parent
LOCK = DOCS.parent / "requirements.runtime.lock"
_LONGEST_NAME = 60
_TABLE = re.compile(r"(?<=\| --- \| --- \| --- \|\n)(?:\|.*\n)*")


def names() -> list[tuple[str, str]]:
    """Return each package of the runtime lock, and for what it is there."""
    text = LOCK.read_text(encoding="utf-8")
    found = re.findall(r"^([\w.-]+)==\S+((?:.*\n)(?:[ ].*\n)*)", text, re.MULTILINE)
    return list({name: (name, _purpose(rest)) for name, rest in found}.values())


def _purpose(rest: str) -> str:
    brought = re.findall(r"#(?: via)? +([\w.-]+)(?: \(|\n|$)", rest)
    others = [name for name in brought if name not in {"biaoti", "via"}]
    only = " (Windows)" if "== 'win32'" in rest else ""
    if "biaoti (pyproject.toml)" in rest:
        return f"biaoti{only}"
    return f"{', '.join(others)}{only}"


def licence(name: str) -> str | None:
    """Return what the metadata of a package states as its licence; None when it is not here."""
    try:
        stated = metadata(name)
    except PackageNotFoundError:
        return None
    short = (stated.get("License") or "").strip()
    classifiers = [
        line.rpartition(" :: ")[2]
        for line in stated.get_all("Classifier") or []
        if line.startswith("License :: ") and line != "License :: OSI Approved"
    ]
    is_name = 0 < len(short) <= _LONGEST_NAME and "\n" not in short
    return stated.get("License-Expression") or (short if is_name else "; ".join(classifiers))


def document(old: str) -> str:
    """Return the document with its table anew; of a package that is not here the row stays."""
    rows = []
    for name, purpose in names():
        kept = re.search(rf"^\| {re.escape(name)} \| (.*?) \|", old, re.MULTILINE)
        shown = licence(name) or (kept[1] if kept else "not installed here")
        rows.append(f"| {name} | {shown} | {purpose} |\n")
    return _TABLE.sub(lambda _: "".join(rows), old)


if __name__ == "__main__":
    path = DOCS / "licences.md"
    path.write_text(document(path.read_text(encoding="utf-8")), encoding="utf-8")
