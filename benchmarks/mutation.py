"""Break the code on purpose, one operator at a time, and see whether its own tests notice.

    python benchmarks/mutation.py text --sample 100 --seed 1

Works on a copy of the checkout. A mutant is one changed comparison, `and`/`or`, `+`/`-`, `min`/
`max`, `not`, or number of one module; killed when a test of that module fails or takes far longer
than it should. Prints the survivors with their place, to be read by a person, and a table row.
"""

from __future__ import annotations

import argparse
import ast
import copy
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
_SECONDS = 180
_ALL_PASSED, _NONE_FOUND = 0, 5
TESTS = {
    "text": ("test_text.py", "test_mutants.py"),
    "assemble": ("test_assemble.py", "test_phrasing.py", "test_mutants.py"),
    "rules": ("test_rules.py", "test_mutants.py"),
    "score": ("test_score.py", "test_rates.py", "test_traffic.py", "test_mutants.py"),
}
_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_COUNTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.FloorDiv: ast.Div,
}
_NAMED = {"min": "max", "max": "min", "any": "all", "all": "any"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One changed place: the `number`-th node of its module, and what it says now."""

    path: Path
    line: int
    change: str
    source: str


def main() -> None:
    """Try a seeded sample of the mutants of one part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=sorted(TESTS))
    parser.add_argument("--sample", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    found = [mutant for path in _modules(asked.part) for mutant in mutants(path)]
    chosen = random.Random(asked.seed).sample(found, min(asked.sample, len(found)))  # noqa: S311 - repeatable, no secret
    with tempfile.TemporaryDirectory() as folder:
        copied = _copied(Path(folder))
        survivors = [mutant for mutant in chosen if not _is_killed(mutant, asked.part, copied)]
    for mutant in survivors:
        print(f"survived {mutant.path.relative_to(ROOT)}:{mutant.line}: {mutant.change}")
    killed = len(chosen) - len(survivors)
    print(f"| {asked.part} | {len(found)} | {len(chosen)} | {killed} | {len(survivors)} |")


def _modules(part: str) -> list[Path]:
    place = ROOT / "app" / "biaoti" / part
    return sorted(place.glob("*.py")) if place.is_dir() else [place.with_suffix(".py")]


def mutants(path: Path) -> Iterator[Mutant]:
    """Yield every mutant of the module at `path`."""
    tree = ast.parse(path.read_text("utf-8"))
    for number, node in enumerate(_changeable(tree)):
        changed = copy.deepcopy(tree)
        twin = _changeable(changed)[number]
        before = ast.unparse(twin)
        _change(twin)
        yield Mutant(
            path=path,
            line=getattr(node, "lineno", 0),
            change=f"{before} -> {ast.unparse(twin)}",
            source=ast.unparse(changed),
        )


def _changeable(tree: ast.Module) -> list[ast.AST]:
    """Return the nodes that we change; decorators and what the type checker reads stay."""
    spared = {
        id(inner) for node in ast.walk(tree) for outer in _spared(node) for inner in ast.walk(outer)
    }
    return [n for n in ast.walk(tree) if id(n) not in spared and _is_changeable(n)]


def _spared(node: ast.AST) -> list[ast.AST]:
    if isinstance(node, ast.AnnAssign | ast.arg):
        return [node.annotation] if node.annotation else []
    if isinstance(node, ast.FunctionDef):
        return [*node.decorator_list, *([node.returns] if node.returns else [])]
    if isinstance(node, ast.ClassDef):
        return [*node.decorator_list]
    if isinstance(node, ast.Assign) and "functools" in ast.unparse(node.value):
        return [node]  # the size of a memory
    if isinstance(node, ast.Assign) and all(
        isinstance(t, ast.Name) and t.id[:1].isupper() for t in node.targets
    ):
        return [node]  # the alias of a type
    return []


def _is_changeable(node: ast.AST) -> bool:
    match node:
        case ast.Compare(ops=[operator]):
            return type(operator) in _COMPARED
        case ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
            return True
        case ast.BinOp():
            return type(node.op) in _COUNTED
        case ast.Call(func=ast.Name(id=name)):
            return name in _NAMED
        case ast.Constant(value=int() | float()):
            return True
    return False


def _change(node: ast.AST) -> None:
    match node:
        case ast.Compare(ops=[operator]):
            node.ops = [_COMPARED[type(operator)]()]
        case ast.BoolOp():
            node.op = ast.And() if isinstance(node.op, ast.Or) else ast.Or()
        case ast.UnaryOp():
            node.operand = ast.UnaryOp(op=ast.Not(), operand=node.operand)
        case ast.BinOp():
            node.op = _COUNTED[type(node.op)]()
        case ast.Call(func=ast.Name(id=name) as called):
            called.id = _NAMED[name]
        case ast.Constant(value=value):
            assert isinstance(value, int | float)  # noqa: S101 - _is_changeable said so
            node.value = (not value) if isinstance(value, bool) else value + 1


def _copied(folder: Path) -> Path:
    """Return a copy of the checkout in `folder`; what no test of a part writes is the real one."""
    for name in ("app", "tests"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "pyproject.toml", folder)
    for name in ("lexicon", "models", "examples"):
        (folder / name).symlink_to(ROOT / name)
    return folder


def _is_killed(mutant: Mutant, part: str, copied: Path) -> bool:
    broken = copied / mutant.path.relative_to(ROOT)
    tests = [str(broken), *(str(copied / "tests" / name) for name in TESTS[part])]
    options = ["-x", "-q", "-p", "no:cacheprovider", "--no-header", "--tb=no", "-m", "not slow"]
    environment = {**os.environ, "PYTHONPATH": str(copied / "app"), "PYTHONDONTWRITEBYTECODE": "1"}
    broken.write_text(mutant.source, "utf-8")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *options, *tests],
            cwd=copied,
            env=environment,
            capture_output=True,
            check=False,
            timeout=_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return True
    finally:
        broken.write_bytes(mutant.path.read_bytes())
    if done.returncode == _NONE_FOUND:
        sys.exit(f"no tests in {tests}")
    is_killed = done.returncode != _ALL_PASSED
    print(".x"[is_killed], end="", file=sys.stderr, flush=True)
    return is_killed


if __name__ == "__main__":
    main()
