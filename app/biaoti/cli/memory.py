"""Making many lasting objects without the cycle collector walking them again and again."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_YOUNG_OBJECTS = 100_000


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """Keep the cycle collector off while many lasting objects are made, then spare them.

    What a request makes holds no cycles and goes by itself, so the collector may look more rarely:
    at its usual pace it takes a fifth of the time of a check.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(_YOUNG_OBJECTS)
        gc.enable()
