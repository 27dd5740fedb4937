"""Titles that say the same: the only code that knows rapidfuzz."""
