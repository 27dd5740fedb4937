"""A measured figure and how far it would move with another draw of as many rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

RESAMPLES = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """A figure with the interval that holds it in 95 of 100 new draws of as many rows."""

    mean: float
    low: float
    high: float


def interval(count: int, figure: Callable[[np.ndarray], float]) -> Range:
    """Return `figure` of all of `count` rows, with the middle 95 % of it over draws of as many."""
    chance = np.random.default_rng(1)
    drawn = [figure(chance.integers(0, count, count)) for _ in range(RESAMPLES)]
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Range(mean=figure(np.arange(count)), low=float(low), high=float(high))


def share(part: np.ndarray, whole: np.ndarray) -> Range:
    """Return the sum of `part` over the sum of `whole`, row by row the same; 0 of nothing."""
    return interval(len(part), lambda rows: float(part[rows].sum() / max(1, whole[rows].sum())))
