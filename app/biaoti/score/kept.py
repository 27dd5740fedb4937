"""The fit of a report's rates, kept in the cache: sellers ask again and again, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from biaoti.compiled import cached, fingerprint
from biaoti.records import Term
from biaoti.score.rates import Effect, RateModel, RatePrior, RateReading, fit_rates

Fit = Callable[[str, Sequence[RateReading], RatePrior], RateModel | None]
"""Return the model of the rate of this name, as `fit_rates` does."""

_CODE = tuple(Path(__file__).with_name(f"{name}.py") for name in ("figures", "rates", "values"))
_SCALARS = ("intercept", "slope", "term_variance", "keyword_variance", "intercept_variance")


def fit_anew(_name: str, readings: Sequence[RateReading], prior: RatePrior) -> RateModel | None:
    """Return the model of a rate, fitted now."""
    return fit_rates(readings, prior)


def kept_fit(folder: Path | None, version: str, code: Sequence[Path]) -> Fit:
    """Return a way to fit that looks in `folder` first.

    `version` names the data that the readings come of (rows, lexicon, policy), `code` the files
    that make them of it. The newest report alone is kept; with no safe folder
    every fit is made anew.
    """
    key = fingerprint((*_CODE, *code), salt=version)

    def fit(name: str, readings: Sequence[RateReading], prior: RatePrior) -> RateModel | None:
        return _read(cached(folder, name, key, lambda: _plain(fit_rates(readings, prior))))

    return fit


def _plain(model: RateModel | None) -> tuple[Any, ...]:
    if model is None:
        return ()
    effects = [(str(term), *effect) for term, effect in model.effects.items()]
    return *(getattr(model, name) for name in _SCALARS), effects


def _read(plain: tuple[Any, ...]) -> RateModel | None:
    if not plain:
        return None
    effects = {Term(term): Effect(mean, variance) for term, mean, variance in plain[-1]}
    return RateModel(**dict(zip(_SCALARS, plain, strict=False)), effects=effects)
