"""Random stacks in random worlds, each to its end, against what must always hold."""
