"""Break the code on purpose, one operator at a time, and see whether its own tests notice.

    python benchmarks/mutation.py text --jobs 2
    python benchmarks/mutation.py rules --sample 100 --seed 1

A mutant is one changed comparison, `and`/`or`, `not`, operator, `min`/`max`, `any`/`all`, or number
of one module. It lives in memory only: a child is forked that loads the changed module in place of
the real one and runs the tests that pass through the changed statement, the quickest first. Killed
when one fails, or takes far longer than it should. Prints the survivors with their place, to be
read by a person, and a table row.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib.abc
import importlib.machinery
import importlib.util
import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import CodeType, ModuleType

import coverage
import pytest

ROOT = Path(__file__).parents[1]
_FORK = multiprocessing.get_context("fork")
# A mutant that runs ten times as long as its tests do, and half a minute, runs for ever.
_PATIENCE, _GRACE = 10, 30.0
# What a child would otherwise load each time anew: not a line of the project.
_HEAVY = ("hypothesis", "jieba", "numpy", "scipy.stats", "highspy")
# What no part below reads in: the tables of words, compiled once for all children.
_KEPT = ("lexicon", "words")
_READS_WORDS = "text"
TESTS = {
    "text": ("test_text.py", "test_mutants.py", "test_segment.py"),
    "assemble": ("test_assemble.py", "test_phrasing.py", "test_mutants.py"),
    "rules": ("test_rules.py", "test_rule_edges.py", "test_mutants.py"),
    "score": (
        "test_score.py",
        "test_rates.py",
        "test_traffic.py",
        "test_training_demand.py",
        "test_mutants.py",
    ),
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
    """One changed place: the first and last line of its statement, and the module as it is now."""

    path: Path
    line: int
    lines: range
    change: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """The tests of a part: the seconds each takes, and which pass through a line of a file."""

    seconds: Mapping[str, float]
    through: Mapping[tuple[Path, int], frozenset[str]]

    def of(self, mutant: Mutant) -> list[str]:
        """Return the tests that pass through `mutant`, the quickest first.

        What runs while a module is loaded (its constants) concerns every test.
        """
        found = {t for n in mutant.lines for t in self.through.get((mutant.path, n), ())}
        ids = {*self.seconds} if found == {""} else found & self.seconds.keys()
        return sorted(ids, key=lambda test: (self.seconds[test], test))


class _Timer:
    """A pytest plugin that notes how long each test that passed takes."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] += report.duration


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, name: str, mutant: Mutant) -> None:
        super().__init__(name, str(mutant.path))
        self._source = mutant.source

    def get_code(self, fullname: str) -> CodeType:
        del fullname
        return compile(self._source, self.path, "exec")


class _Finder(importlib.abc.MetaPathFinder):
    """Finds the mutant for its module; a pytest plugin, to come before pytest's own loader."""

    def __init__(self, mutant: Mutant) -> None:
        place = mutant.path.relative_to(ROOT / "app").with_suffix("")
        self._name = ".".join(place.parts).removesuffix(".__init__")
        self._mutant = mutant

    @pytest.hookimpl(tryfirst=True)
    def pytest_load_initial_conftests(self) -> None:
        sys.meta_path.insert(0, self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        del path, target
        if fullname != self._name:
            return None
        loader = _Loader(fullname, self._mutant)
        return importlib.util.spec_from_file_location(fullname, self._mutant.path, loader=loader)


def main() -> None:
    """Try the mutants of one part, or a seeded sample of them."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("part", choices=sorted(TESTS))
    parser.add_argument("--sample", type=int, help="so many of them; absent: all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    asked = parser.parse_args()
    _load_the_heavy()
    found = [mutant for path in _modules(asked.part) for mutant in mutants(path)]
    sample = len(found) if asked.sample is None else min(asked.sample, len(found))
    chosen = random.Random(asked.seed).sample(found, sample)  # noqa: S311 - repeatable, no secret
    with tempfile.TemporaryDirectory() as folder:
        if asked.part != _READS_WORDS:
            _run(_keep_words, Path(folder))
            os.environ["BIAOTI_SEED_CACHE"] = folder
        suite = _measured(asked.part, Path(folder))
        survivors = 0
        for mutant, is_killed in _verdicts(chosen, suite, asked.jobs):
            if not is_killed:
                survivors += 1
                _tell(mutant, len(suite.of(mutant)))
    killed = len(chosen) - survivors
    print(f"| {asked.part} | {len(found)} | {len(chosen)} | {killed} | {survivors} |")


def _tell(mutant: Mutant, tests: int) -> None:
    place = f"{mutant.path.relative_to(ROOT)}:{mutant.line}"
    print(f"survived {place}: {mutant.change} ({tests} tests)", flush=True)


def _load_the_heavy() -> None:
    sys.path[:0] = [str(ROOT / "app"), str(ROOT / "tests")]
    os.chdir(ROOT)
    for name in _HEAVY:
        importlib.import_module(name)


def _modules(part: str) -> list[Path]:
    place = ROOT / "app" / "biaoti" / part
    return sorted(place.glob("*.py")) if place.is_dir() else [place.with_suffix(".py")]


def mutants(path: Path) -> Iterator[Mutant]:
    """Yield every mutant of the module at `path`."""
    tree = ast.parse(path.read_text("utf-8"))
    lines = dict(_statement_lines(tree))
    for number, node in enumerate(_changeable(tree)):
        changed = copy.deepcopy(tree)
        twin = _changeable(changed)[number]
        before = ast.unparse(twin)
        _change(twin)
        yield Mutant(
            path=path,
            line=getattr(node, "lineno", 0),
            lines=lines[id(node)],
            change=f"{before} -> {ast.unparse(twin)}",
            source=ast.unparse(changed),
        )


def _statement_lines(tree: ast.AST, own: range = range(0)) -> Iterator[tuple[int, range]]:
    """Yield each node with the lines of the innermost statement around it, down to the node."""
    for node in ast.iter_child_nodes(tree):
        last = getattr(node, "end_lineno", None)
        inner = range(node.lineno, last + 1) if isinstance(node, ast.stmt) and last else own
        yield id(node), range(inner.start, (last or inner.stop - 1) + 1)
        yield from _statement_lines(node, inner)


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


def _run(work: Callable[[Path], None], folder: Path) -> None:
    """Do `work` in a child, so that the parent never loads the project."""
    child = _FORK.Process(target=work, args=(folder,))
    child.start()
    child.join()


def _keep_words(folder: Path) -> None:
    engine = importlib.import_module("biaoti.engine")
    engine.build_engine(ROOT / "lexicon", cache=folder, models_dir=ROOT / "models")
    for path in folder.iterdir():
        if not path.name.startswith(_KEPT):
            path.unlink()


def _measured(part: str, cache: Path) -> Suite:
    """Run the tests of `part` once, unbroken, and return what they pass through and how long."""
    told, telling = _FORK.Pipe(duplex=False)
    child = _FORK.Process(target=_measure, args=(part, cache, telling))
    child.start()
    telling.close()
    try:
        return told.recv()  # type: ignore[no-any-return] # what _measure sent
    except EOFError:
        sys.exit(f"the tests of {part} fail or are none: mend them first")


def _measure(part: str, cache: Path, telling: multiprocessing.connection.Connection) -> None:
    timer = _Timer()
    data = cache.parent / f"{cache.name}.coverage"
    files = [str(ROOT / "tests" / name) for name in TESTS[part]]
    modules = [str(path) for path in _modules(part)]
    options = ["--cov=biaoti", "--cov-context=test", "--cov-report=", "--cov-fail-under=0"]
    os.environ["COVERAGE_FILE"] = str(data)
    if _tested([*options, *files, *modules], timer) != pytest.ExitCode.OK:
        os._exit(1)
    kept = coverage.CoverageData(str(data))
    kept.read()
    through = {
        (Path(name), line): frozenset(context.rpartition("|")[0] for context in contexts)
        for name in kept.measured_files()
        if name in modules
        for line, contexts in kept.contexts_by_lineno(name).items()
    }
    data.unlink()
    telling.send(Suite(seconds=dict(timer.seconds), through=through))
    os._exit(0)


def _tested(arguments: Sequence[str], *plugins: object) -> int:
    """Return how pytest ends, in silence."""
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    # Hypothesis is loaded before pytest could rewrite its assertions; it needs none rewritten.
    options = ["-x", "-q", "-p", "no:cacheprovider", "--no-header", "--tb=no", "-m", "not slow"]
    options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    return pytest.main([*options, *arguments], plugins=[*plugins])


def _verdicts(chosen: Sequence[Mutant], suite: Suite, jobs: int) -> Iterator[tuple[Mutant, bool]]:
    """Yield each mutant and whether it is killed, `jobs` at a time."""
    running: dict[BaseProcess, tuple[Mutant, float]] = {}
    waiting = list(reversed(chosen))
    while waiting or running:
        while waiting and len(running) < jobs:
            mutant = waiting.pop()
            tests = suite.of(mutant)
            if not tests:
                yield mutant, False
                continue
            seconds = _GRACE + _PATIENCE * sum(suite.seconds[test] for test in tests)
            child = _FORK.Process(target=_try, args=(mutant, tests))
            child.start()
            running[child] = (mutant, time.monotonic() + seconds)
        soonest = min((end for _, end in running.values()), default=0.0)
        wait([child.sentinel for child in running], max(0.0, soonest - time.monotonic()))
        for child, (mutant, end) in [*running.items()]:
            is_late = child.is_alive() and time.monotonic() > end
            if is_late:
                child.kill()
            if is_late or not child.is_alive():
                child.join()
                del running[child]
                is_killed = child.exitcode != pytest.ExitCode.OK
                print(".x"[is_killed], end="", file=sys.stderr, flush=True)
                yield mutant, is_killed


def _try(mutant: Mutant, tests: Sequence[str]) -> None:
    os._exit(_tested(tests, _Finder(mutant)))


if __name__ == "__main__":
    main()
