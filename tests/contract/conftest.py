"""Checks on everything that the tests logged, and no settings from outside."""

from testkit.function.secrecy import _nothing_secret_is_logged
from testkit.function.settings import _no_settings_of_the_machine

__all__ = ["_no_settings_of_the_machine", "_nothing_secret_is_logged"]
