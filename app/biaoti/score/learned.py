"""A trained model of rates <-> plain numbers: what reports of other periods taught of terms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from biaoti.records import Term
from biaoti.score.rates import Effect, RatePrior
from biaoti.score.values import Learned

_RATES = ("click_through_rate", "conversion_rate")
_DIGITS = 5


def learned_from(numbers: Mapping[str, Any], version: str) -> Learned:
    """Return the model in the numbers of a model file. Raises KeyError when one is missing."""
    click, conversion = (_prior(numbers[name]) for name in _RATES)
    return Learned(click_through_rate=click, conversion_rate=conversion, version=version)


def numbers_of(learned: Learned) -> dict[str, Any]:
    """Return the numbers of a model file; `learned_from` reads them back, rounded."""
    return {name: _numbers(getattr(learned, name)) for name in _RATES}


def _prior(numbers: Mapping[str, Any]) -> RatePrior:
    return RatePrior(
        term_spread=float(numbers["term_spread"]),
        keyword_spread=float(numbers["keyword_spread"]),
        evidence=float(numbers["evidence"]),
        slope=float(numbers["slope"]),
        centre=None if numbers["centre"] is None else float(numbers["centre"]),
        effects={
            Term(term): Effect(float(mean), float(variance))
            for term, (mean, variance) in numbers["effects"].items()
        },
    )


def _numbers(prior: RatePrior) -> dict[str, Any]:
    return {
        "term_spread": round(prior.term_spread, _DIGITS),
        "keyword_spread": round(prior.keyword_spread, _DIGITS),
        "evidence": prior.evidence,
        "slope": round(prior.slope, _DIGITS),
        "centre": None if prior.centre is None else round(prior.centre, _DIGITS),
        "effects": {
            term: [round(effect.mean, _DIGITS), round(effect.variance, _DIGITS)]
            for term, effect in sorted(prior.effects.items())
        },
    }
