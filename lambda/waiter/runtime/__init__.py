"""The function's runtime."""
