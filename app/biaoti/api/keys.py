"""API keys: made at random, kept as digests in one small file that every worker watches."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TextIO

from biaoti.api.logs import logger
from biaoti.errors import BiaotiError

_MARK = "bt"
_SECRET_BYTES = 32
_OTHERS_WRITE = 0o022
_NOBODY = "0" * 64
_LOG = logger("biaoti.api.keys")


class Scope(StrEnum):
    """What a key may do: ask, or also import reports into the store."""

    READ = "read"
    WRITE = "write"


class KeyFileError(BiaotiError):
    """A file of keys that cannot be read, or that others may write."""

    code = "bad-keys"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key as it is kept: the digest of the secret, never the secret. Dates are ISO days."""

    key_id: str
    name: str
    scopes: tuple[Scope, ...]
    sha256: str
    created: str
    revoked: str | None = None


def create_key(path: Path, name: str, scopes: tuple[Scope, ...], today: str) -> tuple[Key, str]:
    """Add a key to the file at `path`; return it with its secret, which is not kept anywhere."""
    key_id, secret = secrets.token_hex(4), secrets.token_urlsafe(_SECRET_BYTES)
    token = f"{_MARK}_{key_id}_{secret}"
    key = Key(key_id=key_id, name=name, scopes=scopes, sha256=_digest(token), created=today)
    with _locked(path):
        _write(path, (*read_keys(path), key))
    return key, token


def revoke_key(path: Path, key_id: str, today: str) -> Key:
    """Mark a key as revoked; KeyFileError when there is none of that id."""
    with _locked(path):
        keys = read_keys(path)
        found = next((key for key in keys if key.key_id == key_id), None)
        if found is None:
            msg = f"{path}: has no key {key_id!r}"
            raise KeyFileError(msg)
        gone = found if found.revoked else replace(found, revoked=today)
        _write(path, tuple(gone if key is found else key for key in keys))
    return gone


def read_keys(path: Path) -> tuple[Key, ...]:
    """Return the keys in the file at `path`, none when there is no file."""
    try:
        mode = path.stat().st_mode
        content = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path}: cannot be read: {error}"
        raise KeyFileError(msg) from error
    # Elsewhere the mode says nothing of who may write.
    if os.name == "posix" and mode & _OTHERS_WRITE:
        msg = f"{path}: others may write it, expected mode 0600"
        raise KeyFileError(msg)
    try:
        return tuple(_key(entry) for entry in json.loads(content)["keys"])
    except (ValueError, KeyError, TypeError) as error:
        msg = f"{path}: is not a file of keys: {error!r}"
        raise KeyFileError(msg) from error


class KeyRing:
    """The keys of a file, read again when it changes; a broken file leaves the last good ones.

    What is wrong with it is logged once for each change of the file.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._seen: tuple[int, ...] | None = ()
        self._keys: dict[str, Key] = {}

    def find(self, token: str) -> Key | None:
        """Return the living key whose secret `token` is; equally slow for near and far misses."""
        self._refresh()
        key = self._keys.get(_id_of(token))
        is_right = hmac.compare_digest(_digest(token), key.sha256 if key else _NOBODY)
        return key if key and is_right and not key.revoked else None

    def _refresh(self) -> None:
        state = _state(self.path)
        if self.path is None or state == self._seen:
            return
        self._seen = state
        try:
            self._keys = {key.key_id: key for key in read_keys(self.path)}
        except KeyFileError as error:
            _LOG.error("keys-refused", detail=str(error)[:500])


def _id_of(token: str) -> str:
    """Return the id in a token of the form mark_id_secret, nothing in a text of another form."""
    _, _, rest = token.partition("_")
    key_id, _, secret = rest.partition("_")
    return key_id if secret else ""


def _state(path: Path | None) -> tuple[int, ...] | None:
    try:
        found = os.stat(path) if path else None  # noqa: PTH116 - asked at every request
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino, found.st_mode) if found else None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _key(entry: dict[str, object]) -> Key:
    revoked = entry.get("revoked")
    scopes = entry["scopes"]
    if not isinstance(scopes, list):
        raise TypeError("scopes")
    return Key(
        key_id=str(entry["key_id"]),
        name=str(entry["name"]),
        scopes=tuple(Scope(scope) for scope in scopes),
        sha256=str(entry["sha256"]),
        created=str(entry["created"]),
        revoked=str(revoked) if revoked else None,
    )


def _write(path: Path, keys: tuple[Key, ...]) -> None:
    """Put the new file in the place of the old one, so that a reader sees one or the other."""
    content = json.dumps({"keys": [asdict(key) for key in keys]}, ensure_ascii=False, indent=1)
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(content + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    Path(temporary).replace(path)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the folder's lock while a key is added or revoked: two commands may run at once."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with path.with_suffix(".lock").open("w") as stream:
            _lock(stream)
            yield
    except OSError as error:
        msg = f"{path}: cannot be written: {error.strerror or error}"
        raise KeyFileError(msg) from error


def _lock(stream: TextIO) -> None:
    try:
        import fcntl  # noqa: PLC0415 - Unix only
    except ImportError:
        return
    fcntl.flock(stream, fcntl.LOCK_EX)
