"""Checks of what a step, a story and the whole soak must never do."""
