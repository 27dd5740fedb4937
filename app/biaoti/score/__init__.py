"""Keyword statistics -> value with named parts -> demand for the assembler."""

from biaoti.score.demand import (
    expected_demand,
    listed_demand,
    new_word_demand,
    own_word_demand,
    prior_demand,
)
from biaoti.score.kept import kept_fit
from biaoti.score.learned import learned_from, numbers_of
from biaoti.score.market import Keyword, Market, Wording, build_market
from biaoti.score.rates import (
    Effect,
    Estimate,
    RateModel,
    RatePrior,
    RateReading,
    effective_trials,
    estimate,
    fit_rates,
    model_of,
)
from biaoti.score.traffic import traffic_demand
from biaoti.score.values import (
    Appraisal,
    Baseline,
    Learned,
    appraise,
    baseline_of,
    policy_priors,
    rate_readings,
    score_of,
    win,
)

__all__ = [
    "Appraisal",
    "Baseline",
    "Effect",
    "Estimate",
    "Keyword",
    "Learned",
    "Market",
    "RateModel",
    "RatePrior",
    "RateReading",
    "Wording",
    "appraise",
    "baseline_of",
    "build_market",
    "effective_trials",
    "estimate",
    "expected_demand",
    "fit_rates",
    "kept_fit",
    "learned_from",
    "listed_demand",
    "model_of",
    "new_word_demand",
    "numbers_of",
    "own_word_demand",
    "policy_priors",
    "prior_demand",
    "rate_readings",
    "score_of",
    "traffic_demand",
    "win",
]
