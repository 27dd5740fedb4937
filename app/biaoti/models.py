"""Learned models as plain numbers.

Read only when the file is the one the manifest names, written all at once.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from biaoti.errors import ModelError

MANIFEST = "manifest.toml"


def load_model(folder: Path, name: str) -> tuple[dict[str, Any], str] | None:
    """Return the numbers of model `name` and its version, or None when `folder` has no such model.

    Raises ModelError when the file is missing, differs from the manifest's digest or is not what it
    says.
    """
    try:
        manifest = tomllib.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ModelError(f"{MANIFEST}: {error}") from error
    entry = manifest.get(name)
    if entry is None:
        return None
    try:
        content = (folder / entry["file"]).read_bytes()
    except (OSError, KeyError) as error:
        raise ModelError(f"{MANIFEST}: {name}: {error}") from error
    digest = hashlib.sha256(content).hexdigest()
    if digest != entry.get("sha256"):
        raise ModelError(
            f"{entry['file']}: found sha256 {digest[:12]}…, expected {entry.get('sha256')}"
        )
    return json.loads(content), digest[:12]


def save_model(
    folder: Path,
    name: str,
    numbers: Mapping[str, Any],
    card: Mapping[str, str],
    *,
    keeps_last: bool = False,
) -> str:
    """Write model `name` and its manifest entry atomically; return its version.

    The other models of the manifest stay. `card` says what it was made of: data, library, metric.
    With `keeps_last` the file is named by its digest and the model it replaces stays beside it: the
    manifest, replaced last and at once, is what makes the new one count, so that a crash at any
    moment leaves the old one in force.
    """
    folder.mkdir(parents=True, exist_ok=True)
    content = (json.dumps(numbers, ensure_ascii=False, sort_keys=True) + "\n").encode()
    digest = hashlib.sha256(content).hexdigest()
    path = folder / MANIFEST
    manifest = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    entry = {"file": f"{name}.json", "sha256": digest, **card}
    if keeps_last:
        last = manifest.get(name, {})
        entry["file"] = f"{name}-{digest[:12]}.json"
        if last and last["file"] != entry["file"]:
            entry |= {"last_file": last["file"], "last_sha256": last["sha256"]}
        elif last:
            entry |= {key: last[key] for key in ("last_file", "last_sha256") if key in last}
    manifest[name] = entry
    _replace(folder / entry["file"], content)
    _replace(path, _toml(manifest).encode(errors="replace"))
    if keeps_last:
        _clear(folder, name, {entry["file"], entry.get("last_file", "")})
    return digest[:12]


def _clear(folder: Path, name: str, kept: set[str]) -> None:
    """Remove the files of `name` that were replaced more than once."""
    for path in folder.glob(f"{name}-*.json"):
        if path.name not in kept:
            path.unlink(missing_ok=True)


def _toml(manifest: Mapping[str, Mapping[str, str]]) -> str:
    lines = ["# Written by `biaoti train`: what each model is made of. Any other file is refused."]
    for name, entry in sorted(manifest.items()):
        lines += ["", f"[{name}]", *(f"{key} = {_toml_text(v)}" for key, v in entry.items())]
    return "\n".join(lines) + "\n"


def _toml_text(text: str) -> str:
    """Return `text` quoted as TOML has it: as JSON does, but with DEL written out."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _replace(path: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
    Path(temporary).chmod(0o644)
    Path(temporary).replace(path)
