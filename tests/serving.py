"""A real service in its own processes, and real servers beside it, for the tests that need them."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
TODAY = "2026-06-01"
# How long a test waits for what must come: seconds on an idle machine, minutes on a busy one.
PATIENCE = 180.0


def needed(program: str) -> str:
    """Return the path of `program`; without it the test is skipped, in CI it fails."""
    found = shutil.which(program)
    if found is None:
        tell = pytest.fail if os.environ.get("BIAOTI_CI") else pytest.skip
        tell(f"{program} is not installed")
    return found


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@dataclass(frozen=True, slots=True)
class Served:
    """A running service: where it is, its process, what it logs."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def workers(self) -> list[int]:
        """Return the ids of its worker processes."""
        text = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text("ascii")
        return [pid for pid in map(int, text.split()) if _is_worker(pid)]

    def client(self, timeout: float = PATIENCE) -> httpx.Client:
        """Return a client of this service."""
        return httpx.Client(base_url=self.url, timeout=timeout)


def _is_worker(pid: int) -> bool:
    try:
        return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


@contextmanager
def served(folder: Path, *arguments: str | Path, **env: str) -> Iterator[Served]:
    """Run `biaoti serve` with `arguments` until the block ends; it is ready when this gives it."""
    port, log = free_port(), folder / "serve.log"
    own = {
        **{name: value for name, value in os.environ.items() if name in {"PATH", "TMPDIR", "HOME"}},
        "PYTHONPATH": str(ROOT / "app"),
        "BIAOTI_CACHE_DIR": os.environ.get("BIAOTI_CACHE_DIR", str(folder / "cache")),
        "BIAOTI_KEYS_FILE": str(folder / "keys.json"),
        "BIAOTI_TODAY": TODAY,
        "BIAOTI_DRAIN_MS": "200",
        "BIAOTI_WATCH_MS": "200",
        "BIAOTI_SOLVE_MS": "0",  # the same answers however busy the machine
        "XDG_DATA_HOME": str(folder / "data"),
        **env,
    }
    command = [sys.executable, "-m", "biaoti", "serve", "--port", str(port), *map(str, arguments)]
    with log.open("wb") as stream:
        process = subprocess.Popen(command, cwd=folder, env=own, stderr=stream)  # noqa: S603 - ours
    found = Served(f"http://127.0.0.1:{port}", process, log)
    try:
        _await_ready(found)
        yield found
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)


def _await_ready(found: Served) -> None:
    def is_settled() -> bool:
        return found.process.poll() is not None or is_ready(found.url)

    if not (eventually(is_settled) and found.process.poll() is None):
        pytest.fail(f"the service did not start: {found.log.read_text('utf-8')[-2000:]}")


def is_ready(url: str) -> bool:
    """Tell whether the service at `url` says that it should get requests."""
    try:
        return httpx.get(f"{url}/readyz", timeout=PATIENCE).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def eventually(is_so: object, seconds: float = PATIENCE) -> bool:
    """Tell whether `is_so()` comes true in time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if is_so():  # type: ignore[operator] # a function without arguments
            return True
        time.sleep(0.05)
    return False


@contextmanager
def redis_server(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run a Redis server of our own; give its address and its process."""
    port = free_port()
    command = [needed("redis-server"), "--port", str(port), "--save", "", "--bind", "127.0.0.1"]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)  # noqa: S603 - ours
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"redis://127.0.0.1:{port}/0", process
    finally:
        process.kill()
        process.wait(10)
