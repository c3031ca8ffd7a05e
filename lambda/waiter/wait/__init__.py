"""Decide and wait."""
