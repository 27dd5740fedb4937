"""biaoti (标题): truthful, provably best, explained titles for Taobao and Tmall listings."""

__version__ = "0.1.0"
