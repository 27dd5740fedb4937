"""Fit models from what the project or the seller owns. The only user of scikit-learn."""

from biaoti.training.demand import Reading, train_demand
from biaoti.training.words import train_category, train_tagger

__all__ = ["Reading", "train_category", "train_demand", "train_tagger"]
