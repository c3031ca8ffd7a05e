"""The function's role, its policies and their size."""
