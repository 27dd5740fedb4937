"""The keyword-misuse checker."""
