"""Facts read from a stack's template during synthesis."""
