"""A function mapped over units of work in forked processes, in order, never far ahead."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from biaoti.catalogue.rows import CatalogueError

_AHEAD = 3
_LOOK_AT_PARENT_SECONDS = 1.0

Done = TypeVar("Done")


@contextmanager
def workers(
    function: Callable[[Any], Done], count: int
) -> Iterator[Callable[[Iterable[Any]], Iterator[Done]]]:
    """Give a function that maps `function` over units in order, in `count` processes.

    They are forked, so that lexicon and data are in memory once, whatever `function` closes over.
    One process, or a system that cannot fork, works here instead.
    """
    if count == 1 or "fork" not in multiprocessing.get_all_start_methods():
        yield lambda units: map(function, units)
        return
    gc.collect()
    gc.freeze()
    pool = ProcessPoolExecutor(
        count,
        mp_context=multiprocessing.get_context("fork"),
        initializer=partial(_begin, function, os.getpid()),
    )
    try:
        # All processes start with the first task: before any thread of ours is there to be forked.
        pool.submit(os.getpid).result()
        yield lambda units: in_order(pool, _call, units, 2 * count + _AHEAD)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


_FUNCTION: list[Callable[[Any], Any]] = []


def _begin(function: Callable[[Any], Any], parent: int) -> None:
    """Make a fresh worker: it knows its function, and ends when its parent is gone."""
    _FUNCTION[:] = [function]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    never = threading.Event()
    while os.getppid() == parent:
        never.wait(_LOOK_AT_PARENT_SECONDS)
    os._exit(1)


def _call(unit: Any) -> Any:  # noqa: ANN401 - whatever the function takes and makes
    return _FUNCTION[0](unit)


def in_order(
    pool: Executor, function: Callable[[Any], Done], units: Iterable[Any], ahead: int
) -> Iterator[Done]:
    """Yield `function` of each unit in the order of `units`, never more than `ahead` under way."""
    waiting: deque[Future[Done]] = deque()
    rest = iter(units)
    try:
        while True:
            room = ahead - len(waiting)
            waiting.extend(pool.submit(function, unit) for unit in islice(rest, room))
            if not waiting:
                return
            yield waiting.popleft().result()
    except BrokenProcessPool as error:
        msg = "a worker process was killed (out of memory?); run the same command again to go on"
        raise CatalogueError(msg) from error
