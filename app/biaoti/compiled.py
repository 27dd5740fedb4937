"""A private, checked, versioned cache of plain data: a cold start need not parse text files."""

from __future__ import annotations

import hashlib
import marshal
import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

_DIGEST = 32


def fingerprint(paths: Iterable[Path], *, salt: str) -> str:
    """Return a key that changes with `salt` and with name, size or time of a file of `paths`."""
    digest = hashlib.sha256(f"{salt} {sys.version_info[:3]} {marshal.version}".encode())
    for path in sorted(paths):
        state = path.stat()
        digest.update(f"{path}\0{state.st_size}\0{state.st_mtime_ns}\0".encode())
    return digest.hexdigest()[:32]


def cached(folder: Path | None, name: str, key: str, build: Callable[[], Any]) -> Any:  # noqa: ANN401 - plain data of any shape
    """Return `build()`, kept in `folder` under `name` and `key`; built anew with no safe folder.

    Only a folder that belongs to this user and that nobody else can write is trusted: marshal runs
    no code, but a forged file could still lie. A damaged or stale file is rebuilt.
    """
    if folder is None or not _is_private(folder):
        return build()
    path = folder / f"{name}-{key}.bin"
    found = _read(path)
    if found is None:
        found = build()
        _write(path, found)
    return found


def pack(table: Mapping[str, str]) -> tuple[str, str]:
    """Return a table of text without line breaks as two texts: its keys and its values."""
    return "\n".join(table), "\n".join(table.values())


def unpack(packed: tuple[str, str]) -> dict[str, str]:
    """Return the table that `pack` packed.

    >>> unpack(pack({"a": "1", "b": ""}))
    {'a': '1', 'b': ''}
    """
    keys, values = packed
    return dict(zip(keys.split("\n"), values.split("\n"), strict=True)) if keys else {}


def _is_private(folder: Path) -> bool:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        state = folder.lstat()
    except OSError:
        return False
    is_ours = not hasattr(os, "getuid") or state.st_uid == os.getuid()
    return stat.S_ISDIR(state.st_mode) and is_ours and not state.st_mode & 0o022


def _read(path: Path) -> Any:  # noqa: ANN401
    try:
        content = path.read_bytes()
    except OSError:
        return None
    body = content[_DIGEST:]
    if hashlib.sha256(body).digest() != content[:_DIGEST]:
        return None
    return marshal.loads(body)  # noqa: S302 - private folder, checked digest


def _write(path: Path, value: Any) -> None:  # noqa: ANN401
    body = marshal.dumps(value)
    try:
        for stale in path.parent.glob(f"{path.name.split('-')[0]}-*.bin"):
            stale.unlink(missing_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as stream:
            stream.write(hashlib.sha256(body).digest() + body)
        Path(temporary).replace(path)
    except OSError:
        return  # a full or read-only disk costs speed, not the answer
