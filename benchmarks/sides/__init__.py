"""Ours beside what else a seller could use: titles, checkers, word cutters, in one run."""
