"""The databases that the tests of the store run on: SQLite, and a PostgreSQL server of our own."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A private PostgreSQL in a folder of its own, which may be stopped and started again."""

    folder: Path
    control: Path
    user: str | None

    @property
    def url(self) -> str:
        """Return its URL, the name of the database left open."""
        return f"postgresql+psycopg://{USER}@/{{name}}?host={self.folder}"

    def start(self) -> None:
        """Start it; this returns when it answers."""
        settings = f"-k {self.folder} -c listen_addresses='' -c max_connections=50"
        self._control("start", "-l", self.folder / "log", "-o", settings)

    def stop(self) -> None:
        """Stop it as a power failure would: nothing under way is finished."""
        self._control("stop", "-m", "immediate")

    def _control(self, *arguments: str | Path) -> None:
        common = ("-w", "-t", _SECONDS, "-D", self.folder / "data")
        _run(self.user, self.control, arguments[0], *common, *arguments[1:])


@contextlib.contextmanager
def server() -> Iterator[Server]:
    """Run a private PostgreSQL on a socket in a folder of its own.

    It refuses to run as root: then it runs as `postgres` or `nobody`. Without one that can be
    started the tests that ask for it are skipped, except on CI, where they fail.
    """
    initdb, control = binary("initdb"), binary("pg_ctl")
    if initdb is None or control is None:
        _give_up("no PostgreSQL programs (initdb, pg_ctl) on this machine")
    # Not below pytest's folder: a path of a socket may have 107 bytes, and its user must reach it.
    folder = Path(tempfile.mkdtemp(prefix="biaoti-pg-", dir="/tmp"))
    try:
        found = Server(folder=folder, control=control, user=_hand_over(folder))
        data = ("-D", folder / "data")
        _run(found.user, initdb, *data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C")
        found.start()
        try:
            yield found
        finally:
            if (folder / "data" / "postmaster.pid").exists():
                found.stop()
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
