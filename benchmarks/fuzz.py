"""Fuzz one target of tests/fuzzing.py by coverage, with atheris (libFuzzer), from the kept corpus.

    python benchmarks/fuzz.py reports --seconds 600 --folder build/fuzz
    python benchmarks/fuzz.py reports --keep --folder build/fuzz

The first finds inputs (and stops at a fault, which it leaves in the folder as crash-… or slow-…);
the second writes the smallest set of those that reach as much to tests/corpus. Needs atheris, which
is no dependency of the project: `pip install atheris` beside the development packages.
"""

from __future__ import annotations

import argparse
import base64
import math
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
CORPUS = ROOT / "tests" / "corpus"
sys.path[:0] = [str(ROOT / "app"), str(ROOT / "tests")]
EXAMPLES = ROOT / "examples"
_MOST_BYTES = 1_024
_SECONDS_FOR_ONE = 10
_LISTING = (
    '{"listing_id":1,"title":"连衣裙","类目":"女装>裙","price":9.9,"stage":"成熟期","siblings":'
    '[{"title":"裙"}],"attributes":{"领型":"圆领","颜色":["红",1,true]},"traffic_terms":{"裙":3}}'
)


def main() -> None:
    """Fuzz, or keep what was found."""
    asked = _asked()
    found = asked.folder / asked.target
    if asked.keep:
        keep(asked.target, sorted(found.iterdir()), asked.most)
        return
    found.mkdir(parents=True, exist_ok=True)
    for number, content in enumerate([*kept(asked.target), *seeds(asked.target)]):
        (found / f"seed-{number:04}").write_bytes(content)
    _fuzz(asked, found)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target")
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "fuzz")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--merge", type=Path, help="keep only what reaches more, in this folder")
    parser.add_argument("--most", type=int, default=150, help="how many inputs --keep takes")
    return parser.parse_args()


def _fuzz(asked: argparse.Namespace, found: Path) -> None:
    import atheris  # noqa: PLC0415 - what fuzzes is not needed to keep

    with atheris.instrument_imports(include=["biaoti"]):
        import fuzzing  # noqa: PLC0415 - after the hook that instruments it

        fuzzing.session()
        for part in ("optimize", "matching", "similarity", "consistency"):
            __import__(f"biaoti.{part}")
    folders = [str(asked.merge), str(found)] if asked.merge else [str(found)]
    flags = [
        f"-max_total_time={asked.seconds}",
        f"-timeout={_SECONDS_FOR_ONE}",
        f"-max_len={_MOST_BYTES}",
        f"-dict={_dictionary(asked.folder)}",
        f"-artifact_prefix={asked.folder}/{asked.target}-",
        "-rss_limit_mb=3000",
        "-print_final_stats=1",
        *(["-merge=1"] if asked.merge else []),
    ]
    atheris.Setup([sys.argv[0], *flags, *folders], fuzzing.TARGETS[asked.target])
    atheris.Fuzz()


def seeds(target: str) -> list[bytes]:
    """Return what to begin with: the beginnings of the examples, where the target reads files."""
    patterns = {"reports": "*_*.?sv", "catalogues": "*.csv"}.get(target)
    files = [p.read_bytes()[:_MOST_BYTES] for p in EXAMPLES.glob(patterns)] if patterns else []
    return files + ([_LISTING.encode()] if target in {"listings", "catalogues"} else [])


def _dictionary(folder: Path) -> Path:
    """Write the names that readers know as a dictionary of libFuzzer; return where it is."""
    names = {"attributes", "{", "5000 ~ 1万", "2.5%", "统计时间", "\ufeff", "\x00", '"'}
    for table in ("report_headers.tsv", "listing_aliases.tsv"):
        rows = (ROOT / "lexicon" / table).read_text("utf-8").splitlines()[1:]
        names |= {name for row in rows for name in row.split("\t")[:2]}
    path = folder / "names.dict"
    written = (
        "".join(f"\\x{byte:02x}" for byte in name.encode()) for name in sorted(names) if name
    )
    path.write_text("".join(f'"{name}"\n' for name in written), "ascii")
    return path


def kept(target: str) -> list[bytes]:
    """Return the inputs kept for `target`."""
    path = CORPUS / f"{target}.txt"
    lines = path.read_text("ascii").split() if path.exists() else []
    return [base64.b64decode(line) for line in lines]


def keep(target: str, paths: list[Path], most: int) -> None:
    """Write the inputs in `paths`, `most` of them evenly chosen, as the corpus of `target`."""
    chosen = paths[:: max(1, math.ceil(len(paths) / most))]
    lines = sorted({base64.b64encode(path.read_bytes()).decode("ascii") for path in chosen})
    (CORPUS / f"{target}.txt").write_text("\n".join([*lines, ""]), "ascii")


if __name__ == "__main__":
    main()
