"""The databases that the tests of the store run on: SQLite, and a PostgreSQL server of our own."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

USER = "biaoti"
_BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
_SECONDS = "60"


def binary(name: str) -> Path | None:
    """Return where a program of PostgreSQL is, Debian's own folders first."""
    found = next((folder / name for folder in _BINARIES if (folder / name).is_file()), None)
    other = shutil.which(name)
    return found or (Path(other) if other else None)


@contextlib.contextmanager
def cluster() -> Iterator[str]:
    """Run a private PostgreSQL on a socket in a folder of its own; give the URL of its server.

    The server refuses to run as root: then it runs as `postgres` or `nobody`. Without one that
    can be started the tests that ask for it are skipped, except on CI, where they fail.
    """
    initdb, control = binary("initdb"), binary("pg_ctl")
    if initdb is None or control is None:
        _give_up("no PostgreSQL programs (initdb, pg_ctl) on this machine")
    # Not below pytest's folder: a path of a socket may have 107 bytes, and its user must reach it.
    folder = Path(tempfile.mkdtemp(prefix="biaoti-pg-", dir="/tmp"))
    try:
        user = _hand_over(folder)
        data, log = folder / "data", folder / "log"
        _run(user, initdb, "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C")
        settings = f"-k {folder} -c listen_addresses='' -c max_connections=50"
        _run(user, control, "start", "-w", "-t", _SECONDS, "-D", data, "-l", log, "-o", settings)
        try:
            yield f"postgresql+psycopg://{USER}@/{{name}}?host={folder}"
        finally:
            _run(user, control, "stop", "-w", "-t", _SECONDS, "-m", "immediate", "-D", data)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def new_database(server: str) -> str:
    """Return the URL of a new, empty database of `server`."""
    psycopg = pytest.importorskip("psycopg")
    name = f"t{uuid.uuid4().hex}"
    address = server.format(name="postgres").replace("+psycopg", "")
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    return server.format(name=name)


def _hand_over(folder: Path) -> str | None:
    if os.geteuid() != 0:
        return None
    user = next((name for name in ("postgres", "nobody") if _exists(name)), None)
    if user is None:
        _give_up("this is root, and there is no user postgres or nobody to run the server")
    shutil.chown(folder, user)
    return user


def _exists(user: str) -> bool:
    import pwd  # noqa: PLC0415 - not on every platform

    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True


def _run(user: str | None, *command: str | Path) -> None:
    # The server must not keep a pipe of ours open, or we would wait for it to end.
    with tempfile.TemporaryFile() as said:
        done = subprocess.run(  # noqa: S603 - programs of the system, our own arguments
            [str(part) for part in command],
            user=user,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            check=False,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
            start_new_session=True,
        )
        if done.returncode:
            said.seek(0)
            _give_up(f"{command[0]} failed: {said.read().decode(errors='replace')[-400:]}")


def _give_up(reason: str) -> NoReturn:
    if os.environ.get("BIAOTI_CI"):
        pytest.fail(f"CI needs PostgreSQL: {reason}")
    pytest.skip(f"needs PostgreSQL: {reason}")
