"""A script of its own: a workbook on stdin -> its sheets on stdout, one JSON value a line.

`workbook.py` runs this file in another process, so it must not import anything of ours. It is the
only module that imports python-calamine.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime
from io import BytesIO

# Calamine holds a sheet as a dense grid, so two far corners cost gigabytes (or an abort).
_MAX_MEMORY_BYTES = 2 * 2**30
_MAX_TEXT_CHARACTERS = 512 * 2**20
# What the reader of text tables allows as well. Excel's own cells hold a quarter of it; a packed
# cell of 400 MB made whoever read it hold 8 GB.
_MAX_CELL_CHARACTERS = 131_072


def dump(content: bytes) -> Iterator[str]:
    """Yield a JSON string with the name of each sheet, then a JSON array of texts for each row.

    Raises ValueError for a cell that is longer than any cell may be.
    """
    import python_calamine  # noqa: PLC0415 - the memory limit must stand before it is loaded

    book = python_calamine.load_workbook(BytesIO(content))
    for name in book.sheet_names:
        yield json.dumps(name)
        for cells in book.get_sheet_by_name(name).iter_rows():
            row = texts(cells)
            if max(map(len, row), default=0) > _MAX_CELL_CHARACTERS:
                msg = f"a cell of more than {_MAX_CELL_CHARACTERS:,} characters"
                raise ValueError(msg)
            yield json.dumps(row)


def texts(cells: Iterable[object]) -> list[str]:
    """Return cells as one would type them: whole numbers without a point, days as ISO dates."""
    return [cell if isinstance(cell, str) else _text(cell) for cell in cells]


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat()
    return str(value)


def _limit_memory() -> None:
    try:
        import resource  # noqa: PLC0415 - Unix only
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY_BYTES, _MAX_MEMORY_BYTES))


def main() -> int:
    """Write the dump to stdout; return 0, or 1 when it would be longer than anyone's report."""
    _limit_memory()
    written = 0
    for line in dump(sys.stdin.buffer.read()):
        written += len(line)
        if written > _MAX_TEXT_CHARACTERS:
            return 1
        sys.stdout.write(line + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
