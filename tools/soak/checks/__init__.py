"""Checks for what a step, a story or the whole soak must never do."""
