"""A fixture that keeps the machine's settings away from the function's tests."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from declared import call
from waiter.runtime import clients

if TYPE_CHECKING:
    from collections.abc import Iterator

_AUTHORITIES = {"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"}


def _is_a_setting(name: str) -> bool:
    """Return True if botocore, urllib or OpenSSL read a variable."""
    upper = name.upper()
    return upper.startswith("AWS_") or upper.endswith("_PROXY") or upper in _AUTHORITIES


@pytest.fixture(autouse=True, scope="module")
def _no_settings_of_the_machine() -> Iterator[None]:
    """Remove such variables before any test of a module sets its own.

    At the module's end, forget botocore's session, which keeps settings and the loader of models.
    """
    with pytest.MonkeyPatch.context() as patched:
        for name in filter(_is_a_setting, list(os.environ)):
            patched.delenv(name)
        for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            patched.setenv(name, os.devnull)
        yield
    for cached in (clients._session, call._loader, call.connect):
        cached.cache_clear()
