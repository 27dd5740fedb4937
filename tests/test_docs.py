"""What a user can meet is documented: commands, lexicon files and columns, rules, links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from biaoti.cli import app
from biaoti.records import Slot

ROOT = Path(__file__).parents[1]
LEXICON = ROOT / "lexicon"
READMES = ("README.md", "README.zh-CN.md")
DOCUMENTS = sorted(
    path for pattern in ("*.md", "docs/**/*.md", "*/README.md") for path in ROOT.glob(pattern)
)


def read(name: str) -> str:
    """Return the text of a file of the project."""
    return (ROOT / name).read_text(encoding="utf-8")


def commands(command: object, words: tuple[str, ...]) -> Iterator[str]:
    """Yield each command as one types it, those of groups included."""
    children: dict[str, object] = getattr(command, "commands", {})
    for name, child in sorted(children.items()):
        yield from commands(child, (*words, name))
    if not children:
        yield " ".join(words)


def sections(text: str) -> dict[str, str]:
    """Return the text under each heading, by the heading's first word."""
    pieces = re.split(r"^#+ (\S+).*$", text, flags=re.MULTILINE)
    return {name.rstrip(":"): body for name, body in zip(pieces[1::2], pieces[2::2], strict=True)}


def columns(path: Path) -> list[str]:
    """Return the header of a table of ours."""
    return path.read_text(encoding="utf-8").split("\n", 1)[0].split("\t")


@pytest.mark.parametrize("readme", READMES)
@pytest.mark.parametrize("command", list(commands(typer.main.get_command(app), ("biaoti",))))
def test_every_command_is_in_the_readme(readme: str, command: str) -> None:
    assert f"`{command}" in read(readme)


@pytest.mark.parametrize("path", sorted(LEXICON.glob("*.tsv")), ids=lambda path: path.name)
def test_every_lexicon_column_is_explained(path: Path) -> None:
    section = sections(read("lexicon/README.md"))[path.name]
    missing = [column for column in columns(path) if f"`{column}`" not in section]
    assert not missing


@pytest.mark.parametrize("path", sorted(LEXICON.glob("terms/*.tsv")), ids=lambda path: path.name)
def test_every_term_file_has_its_slot_and_columns_explained(path: Path) -> None:
    section = sections(read("lexicon/README.md"))["terms/"]
    assert re.search(rf"\b{path.stem}\b", section)
    assert not [column for column in columns(path) if f"`{column}`" not in section]


@pytest.mark.parametrize(
    "rule", [line.split("\t")[0] for line in read("lexicon/rules.tsv").split("\n")[1:] if line]
)
def test_every_rule_is_explained(rule: str) -> None:
    assert f"| `{rule}` |" in sections(read("lexicon/README.md"))["The"]


def test_no_rule_is_explained_that_does_not_exist() -> None:
    documented = re.findall(
        r"^\| `([\w-]+)` \|", sections(read("lexicon/README.md"))["The"], re.MULTILINE
    )
    assert documented == sorted(documented)
    assert set(documented) == {line.split("\t")[0] for line in _rows("rules.tsv")}


def _rows(name: str) -> list[str]:
    return [line for line in read(f"lexicon/{name}").split("\n")[1:] if line]


@pytest.mark.parametrize("slot", list(Slot))
def test_every_slot_is_in_the_glossary(slot: Slot) -> None:
    assert f"| `{slot.value}` |" in read("docs/glossary.md")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", path.read_text(encoding="utf-8"))
    assert not [target for target in targets if not (path.parent / target).exists()]
