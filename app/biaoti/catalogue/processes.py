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
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import chain, islice
from typing import Any, TypeVar

from biaoti.catalogue.rows import CatalogueError

_AHEAD = 3
_LOOK_AT_PARENT_SECONDS = 1.0

Done = TypeVar("Done")


@contextmanager
def workers(
    function: Callable[[Any], Done], count: int, *, shift: int | None = None
) -> Iterator[Callable[[Iterable[Any]], Iterator[Done]]]:
    """Give a function that maps `function` over units in order, in `count` processes.

    They are forked, so that lexicon and data are in memory once, whatever `function` closes over.
    After `shift` units fresh ones take their place, so that what they remember does not pile up.
    One process, or a system that cannot fork, works here instead.
    """
    if count == 1 or "fork" not in multiprocessing.get_all_start_methods():
        yield lambda units: map(function, units)
        return
    gc.collect()
    gc.freeze()
    with ExitStack() as running:
        # The first start with the first task: before any thread of ours is there to be forked.
        first = running.enter_context(_pool(function, count))
        first.submit(os.getpid).result()

        def work(units: Iterable[Any]) -> Iterator[Done]:
            rest, pool, ahead = iter(units), first, 2 * count + _AHEAD
            for unit in rest:
                turn = chain([unit], islice(rest, shift - 1 if shift else None))
                yield from in_order(pool, _call, turn, ahead)
                if shift:
                    running.close()
                    pool = running.enter_context(_pool(function, count))

        yield work


@contextmanager
def _pool(function: Callable[[Any], Any], count: int) -> Iterator[ProcessPoolExecutor]:
    pool = ProcessPoolExecutor(
        count,
        mp_context=multiprocessing.get_context("fork"),
        initializer=partial(_begin, function, os.getpid()),
    )
    try:
        yield pool
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
