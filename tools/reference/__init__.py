"""Writes docs/reference.md from the code: ``make reference``."""
