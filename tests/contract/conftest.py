"""A look at everything that the tests logged."""

from secrecy import _nothing_secret_is_logged

__all__ = ["_nothing_secret_is_logged"]
