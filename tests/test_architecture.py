"""Who may import whom, and how large a file may grow (docs/adr/0001); a change needs an ADR."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "app" / "biaoti"

# A module imports only from lower rows; modules of one row are strangers to one another.
ROWS = (
    ("records", "errors"),
    ("text", "tables", "compiled", "models", "observations", "policies", "shapes"),
    (
        *("lexicon", "reports", "store", "segment", "tagging", "facts", "score", "assemble"),
        *("rules", "similarity", "consistency", "guessing"),
    ),
    ("gate",),
    ("engine",),
    ("phrasing", "own_words"),
    ("brief",),
    ("titles",),
    ("ledger", "robustness"),
    ("optimize", "matching", "training"),
    ("listings", "encode", "decode", "settings", "schemas"),
    ("answers",),
    ("catalogue", "keywords"),
    ("spark",),
    ("api",),
    ("cli",),
    ("__main__",),
)
# The joining stage knows these two and nothing else of its neighbours' row.
NARROWED = {"gate": {"records", "facts", "score"}}

# Each third-party library enters by its doors only.
DOORS = {
    "jieba": {"segment"},
    "rapidfuzz": {"similarity"},
    "highspy": {"assemble"},
    "numpy": {"assemble"},
    "python_calamine": {"reports"},
    "xlsxwriter": {"catalogue"},
    "sqlalchemy": {"store"},
    "alembic": {"store"},
    "sklearn": {"training"},
    "pyarrow": {"catalogue", "spark"},
    "pyspark": {"spark"},
    "fastapi": {"api"},
    "starlette": {"api"},
    "pydantic": {"api", "schemas"},
    "uvicorn": {"api", "cli"},
    "jinja2": {"api", "catalogue"},
    "prometheus_client": {"api"},
    "structlog": {"api"},
    "redis": {"api"},
    "dotenv": {"cli"},
    "typer": {"cli"},
    "rich": {"cli"},
}
FACES = {"cli", "api", "__main__"}
# Training shuffles its examples, with a fixed seed.
SEEDED = {"training": {"random"}}
MOST_FILE_LINES = 400
MOST_FUNCTION_LINES = 50

Function = ast.FunctionDef | ast.AsyncFunctionDef


def sources() -> list[Path]:
    """Return every source file of the package."""
    return sorted(PACKAGE.rglob("*.py"))


def module_of(path: Path) -> str:
    """Return the row entry a file belongs to: the module, or the folder that holds it."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def tree_of(path: Path) -> ast.Module:
    """Return the syntax tree of `path`."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the line and dotted name of every import of `path`, those inside functions included."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, "." * node.level + (node.module or "")
            if node.module == "biaoti":
                yield from (
                    (node.lineno, f"biaoti.{a.name}") for a in node.names if is_module(a.name)
                )
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            yield node.lineno, ast.literal_eval(node.args[0])


def is_module(name: str) -> bool:
    """Tell whether `name` is a module of the package, and not a name in its `__init__`."""
    return (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").is_file()


def row_of(module: str) -> int:
    """Return the number of the row that `module` stands in."""
    return next(number for number, row in enumerate(ROWS) if module in row)


def place(path: Path, line: int) -> str:
    """Return where a finding stands, as editors read it."""
    return f"{path.relative_to(ROOT)}:{line}"


BY_FILE = pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(PACKAGE)))


@BY_FILE
def test_every_module_stands_in_the_table(path: Path) -> None:
    assert module_of(path) in {"__init__", *(name for row in ROWS for name in row)}


@BY_FILE
def test_modules_import_from_lower_rows_only(path: Path) -> None:
    importer = module_of(path)
    wrong = [
        f"{place(path, line)}: {importer} imports {target}"
        for line, name in imported(path)
        if name.startswith("biaoti.")
        if (target := name.split(".")[1]) != importer
        if not may_import(importer, target)
    ]
    assert not wrong, "\n".join(wrong)


def may_import(importer: str, target: str) -> bool:
    """Tell whether the table lets `importer` import `target`."""
    if importer in NARROWED:
        return target in NARROWED[importer]
    return row_of(target) < row_of(importer)


@BY_FILE
def test_no_import_is_relative(path: Path) -> None:
    assert not [place(path, line) for line, name in imported(path) if name.startswith(".")]


@BY_FILE
def test_libraries_enter_by_their_doors(path: Path) -> None:
    module = module_of(path)
    wrong = [
        f"{place(path, line)}: {module} imports {name}"
        for line, name in imported(path)
        if (root := name.split(".")[0]) not in sys.stdlib_module_names | {"biaoti"}
        if module not in DOORS.get(root, set())
    ]
    assert not wrong, "\n".join(wrong)


@BY_FILE
def test_environment_clock_and_chance_stay_in_the_faces(path: Path) -> None:
    if module_of(path) in FACES:
        return
    wrong = [
        f"{place(path, line)}: import {name}"
        for line, name in imported(path)
        if name in {"random", "secrets", "time"} - SEEDED.get(module_of(path), set())
    ]
    wrong += [
        f"{place(path, node.lineno)}: {ast.unparse(node)}"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute)
        if ast.unparse(node) in {"os.environ", "os.getenv"}
        or node.attr in {"now", "utcnow", "today"}
        if ast.unparse(node.value)
        in {"os", "date", "datetime", "datetime.date", "datetime.datetime"}
    ]
    assert not wrong, "\n".join(wrong)


@BY_FILE
def test_files_and_functions_stay_small(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    large = [f"{place(path, 1)}: {lines} lines"] if lines > MOST_FILE_LINES else []
    large += [
        f"{place(path, node.lineno)}: {node.name} has {size} lines"
        for node in ast.walk(tree_of(path))
        if isinstance(node, Function)
        if (size := (node.end_lineno or node.lineno) - node.lineno + 1) > MOST_FUNCTION_LINES
    ]
    assert not large, "\n".join(large)


def test_the_table_names_each_module_once() -> None:
    names = [name for row in ROWS for name in row]
    assert len(names) == len(set(names))


def test_runtime_dependencies_are_what_the_package_imports() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = {_import_name(requirement) for requirement in project["dependencies"]}
    extras = {
        _import_name(requirement)
        for requirements in project.get("optional-dependencies", {}).values()
        for requirement in requirements
    }
    used = {name.split(".")[0] for path in sources() for _, name in imported(path)}
    foreign = used - sys.stdlib_module_names - {"biaoti"}
    # FastAPI is made of Starlette, which comes with it.
    assert foreign - {"starlette"} - extras == named


def _import_name(requirement: str) -> str:
    name = re.split(r"[^\w.-]", requirement, maxsplit=1)[0].lower()
    known = {"scikit-learn": "sklearn", "python-dotenv": "dotenv"}
    return known.get(name, name.replace("-", "_"))


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        pytest.param("biaoti.engine", {"highspy", "fastapi", "pydantic", "typer"}, id="engine"),
        pytest.param("biaoti.reports", {"python_calamine", "jieba"}, id="reports"),
        pytest.param("biaoti.cli", {"highspy", "fastapi", "uvicorn", "pydantic"}, id="command"),
        pytest.param("biaoti.cli", {"biaoti.engine", "biaoti.rules", "biaoti.score"}, id="start"),
        pytest.param("biaoti.cli.stored", {"sqlalchemy", "alembic", "psycopg"}, id="store"),
    ],
)
def test_heavy_libraries_are_loaded_where_they_are_used(module: str, unwanted: set[str]) -> None:
    program = f"import sys, {module}; print(*(sys.modules.keys() & {unwanted!r}))"
    done = subprocess.run(  # noqa: S603 - our own interpreter and program
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(ROOT / "app")},
    )
    assert done.stdout.split() == []
