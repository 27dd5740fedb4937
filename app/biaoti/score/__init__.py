"""Keyword statistics -> value with named parts -> demand for the assembler."""

from biaoti.score.demand import expected_demand, listed_demand, prior_demand
from biaoti.score.market import Keyword, Market, build_market
from biaoti.score.values import Baseline, baseline_of, score_keyword, smoothed_rate

__all__ = [
    "Baseline",
    "Keyword",
    "Market",
    "baseline_of",
    "build_market",
    "expected_demand",
    "listed_demand",
    "prior_demand",
    "score_keyword",
    "smoothed_rate",
]
