"""Synthesised apps and their templates, read back."""
