"""The commands on the lexicon: is a folder or file of words sound, and what does ours hold."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from biaoti.cli import options, streams
from biaoti.cli.running import guarded
from biaoti.cli.setup import Setup
from biaoti.cli.start import (
    lexicon_engine,
    load_alias_names,
    read_settings,
    report_headers,
)
from biaoti.cli.streams import BAD_INPUT, FINE
from biaoti.errors import DataFileError, Fault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from biaoti.engine import Engine
    from biaoti.settings import Settings

# The file that makes a folder a lexicon of its own, not one that adds to ours.
WHOLE = "rules.tsv"
_TERMS = "terms"
_LARGEST = 10
_EXTRA = (
    *("brands.tsv", "closed.tsv", "attributes.tsv", "fibres.tsv", "units.tsv", "domains.tsv"),
    *("policy.toml", "rule_words.tsv", "rule_silence.tsv"),
)

lexicon = typer.Typer(help="词库:检查自己的词库文件,看看里面有什么。", no_args_is_help=True)


@lexicon.command(help="检查词库目录或单个文件,列出每个错误的位置。")
def lint(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="词库目录,或其中一个文件")],
    *,
    json: options.Json = False,
) -> None:
    """Check a lexicon folder or file; every fault is told with its place."""
    guarded(lambda: _lint(path, is_json=json), is_json=json)


def _lint(path: Path, *, is_json: bool) -> int:
    version, faults = lint_path(path, read_settings())
    if is_json:
        streams.write_line({"version": version, "faults": [asdict(fault) for fault in faults]})
    if faults:
        streams.say(streams.failure(DataFileError(faults)))
        return BAD_INPUT
    if not is_json:
        streams.say(f"没有错误,词库版本 {version}")
    return FINE


def lint_path(path: Path, settings: Settings) -> tuple[str | None, tuple[Fault, ...]]:
    """Return the version of the lexicon with what is at `path`, and every fault of it.

    A folder that holds rules.tsv is a lexicon of its own and is read alone, also when one of its
    files is named; any other folder or file is added to ours. No cache is touched.
    """
    if path.is_dir():
        return _lint_folder(path, settings)
    home = path.parent.parent if path.parent.name == _TERMS else path.parent
    if (home / WHOLE).is_file():
        return _lint_folder(home, settings)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        place = folder / _TERMS / path.name if _is_terms_file(path) else folder / path.name
        place.parent.mkdir(exist_ok=True)
        _copy(path, place)
        return _lint_folder(folder, settings)


def _copy(path: Path, place: Path) -> None:
    try:
        shutil.copyfile(path, place)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        fault = Fault(str(path), 0, "path", reason, "a readable lexicon file or folder")
        raise DataFileError((fault,)) from error


def _is_terms_file(path: Path) -> bool:
    from biaoti.records import Slot  # noqa: PLC0415 - start-up

    return path.parent.name == _TERMS or path.stem in set(Slot)


def _lint_folder(folder: Path, settings: Settings) -> tuple[str | None, tuple[Fault, ...]]:
    from biaoti.lexicon import load_lexicon  # noqa: PLC0415 - start-up
    from biaoti.rules.book import load_rulebook  # noqa: PLC0415 - start-up

    is_whole = (folder / WHOLE).is_file()
    ours, extra = (folder, None) if is_whole else (settings.lexicon_dir, folder)
    found: list[Fault] = [] if is_whole else list(_strangers(folder))
    versions: list[str] = []
    readers: list[Callable[[], object]] = [
        lambda: versions.append(load_lexicon(ours, extra=extra).version),
        lambda: load_rulebook(ours, extra),
    ]
    if is_whole:
        readers += [lambda: load_alias_names(folder), lambda: report_headers(folder)]
    for read in readers:
        try:
            read()
        except DataFileError as error:
            found.extend(error.faults)
    return (versions[0] if versions and not found else None), tuple(dict.fromkeys(found))


def _strangers(folder: Path) -> Iterator[Fault]:
    """Yield a fault for each file of an extra folder that nothing reads; notes (.md) may lie there.

    A misnamed file of terms is told of by the lexicon itself.
    """
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder)
        is_note = path.suffix == ".md" or any(part.startswith(".") for part in place.parts)
        is_terms = place.parent.name == _TERMS and len(place.parts) > 1 and path.suffix == ".tsv"
        if path.is_file() and not is_note and not is_terms and str(place) not in _EXTRA:
            expected = f"one of terms/*.tsv, {', '.join(_EXTRA)}"
            yield Fault(place.as_posix(), 0, "file", path.name, expected)


# ---- what it holds -----------------------------------------------------------------------------


@lexicon.command(help="词库里有什么:每个词槽多少词、多少品牌、多少封闭属性。")
def stats(*, json: options.Json = False, lexicon: options.Lexicon = None) -> None:
    """Print how much of what the lexicon holds."""
    guarded(lambda: _stats(Setup(lexicon=lexicon), is_json=json), is_json=json)


def _stats(setup: Setup, *, is_json: bool) -> int:
    counts = count_lexicon(lexicon_engine(setup, read_settings()))
    if is_json:
        streams.write_line(counts)
    else:
        _show(counts)
    return FINE


def count_lexicon(engine: Engine) -> dict[str, Any]:
    """Return the numbers of terms by slot, brands, closed values and rules; a term may count twice.

    Once in each slot it has a reading of; `terms` counts it once.
    """
    from biaoti.records import Slot  # noqa: PLC0415 - start-up

    lexicon, book = engine.lexicon, engine.rulebook
    readings = Counter(
        slot for e in lexicon.entries.values() for slot in {r.slot for r in e.readings}
    )
    return {
        "version": lexicon.version,
        "terms": len(lexicon.entries),
        "slots": {slot.value: readings[slot] for slot in Slot},
        "brands": len(lexicon.brands),
        "closed_sets": {name: len(values) for name, values in sorted(lexicon.closed.items())},
        "attribute_names": len(lexicon.attribute_uses),
        "fibres": len(lexicon.fibres),
        "units": len(lexicon.units),
        "rules": len(book.rules),
    }


def _show(counts: dict[str, Any]) -> None:
    from biaoti.cli.tables import SLOT_NAMES, line, print_part, table  # noqa: PLC0415 - start-up

    slots = sorted(counts["slots"].items(), key=lambda item: (-item[1], item[0]))
    closed = counts["closed_sets"]
    print_part(line("词库", f"版本 {counts['version']},词 {counts['terms']:,} 个"))
    rows = ((SLOT_NAMES[name], name, f"{count:,}") for name, count in slots)
    print_part(table("", ("词槽", "slot", ">词数"), rows))
    others = (
        ("品牌名", counts["brands"]),
        ("封闭属性", len(closed)),
        ("封闭属性的值", sum(closed.values())),
        ("属性名", counts["attribute_names"]),
        ("材质词", counts["fibres"]),
        ("单位", counts["units"]),
        ("规则", counts["rules"]),
    )
    print_part(table("", ("其他", ">数量"), ((name, f"{n:,}") for name, n in others)))
    largest = sorted(closed.items(), key=lambda item: (-item[1], item[0]))[:_LARGEST]
    print_part(table("", ("最大的封闭属性", ">值"), ((name, str(n)) for name, n in largest)))
