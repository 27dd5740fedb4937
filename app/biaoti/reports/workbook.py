"""Bytes of an .xls or .xlsx -> the rows of its sheets, whatever the file does to its reader."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

from biaoti.errors import ReportError

MAX_UNPACKED_BYTES = 512 * 2**20
_MAX_MEMBERS = 10_000
_MEMBERS_TO_SHOW = 5
_SECONDS = 120
_XLSX_MEMBER = "xl/workbook.xml"
_ZIP_ERRORS = (zipfile.BadZipFile, LookupError, NotImplementedError, OSError, ValueError)
_READER = Path(__file__).with_name("sheet_dump.py")

Sheet = tuple[str, list[list[str]]]


def read_sheets(name: str, content: bytes) -> list[Sheet]:
    """Return each sheet's name and rows of texts, from its first row; ReportError if unreadable.

    The workbook is opened in a process with limits on memory and time: a damaged .xls of 5 kB can
    make the reader allocate 136 GB and abort, which no exception handler survives.
    """
    command = [sys.executable, "-P", "-X", "utf8", str(_READER)]
    try:
        done = subprocess.run(  # noqa: S603 - our own script, no shell, the file goes to stdin
            command, input=content, capture_output=True, check=True, timeout=_SECONDS
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        msg = f"{name}: a damaged, protected or oversized workbook; save it as CSV and try again"
        raise ReportError(msg) from error
    return _sheets(done.stdout.splitlines())


def check_archive(name: str, content: bytes) -> None:
    """Raise ReportError unless a zip archive is an .xlsx that unpacks to a bearable size."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
    except _ZIP_ERRORS as error:
        msg = f"{name}: a damaged archive, not an .xlsx workbook ({error})"
        raise ReportError(msg) from error
    names = [member.filename for member in members]
    unpacked = sum(member.file_size for member in members)
    if _XLSX_MEMBER not in names or len(names) > _MAX_MEMBERS:
        shown = ", ".join(names[:_MEMBERS_TO_SHOW])
        msg = f"{name}: an archive, not an .xlsx workbook; it holds {shown or 'nothing'}"
        raise ReportError(msg)
    if unpacked > MAX_UNPACKED_BYTES:
        msg = f"{name}: unpacks to {unpacked:,} bytes, at most {MAX_UNPACKED_BYTES:,} are read"
        raise ReportError(msg)


def _sheets(lines: Iterable[bytes]) -> list[Sheet]:
    sheets: list[Sheet] = []
    for line in lines:
        value = json.loads(line)
        if isinstance(value, str):
            sheets.append((value, []))
        else:
            sheets[-1][1].append(value)
    return sheets
