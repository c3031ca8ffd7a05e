"""A fixture that searches everything the function logs in a test for secrets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from testkit.function.simulation import URL
from waiter.runtime import log

if TYPE_CHECKING:
    from collections.abc import Iterator

CREDENTIALS = {
    "AWS_SECRET_ACCESS_KEY": "planted-secret-key",
    "AWS_SESSION_TOKEN": "planted-session-token",
}
SECRETS = (URL, "X-Amz-Signature", "ResponseURL", *CREDENTIALS.values())


def leaks(text: str) -> list[str]:
    """Return the secrets that a text holds."""
    return [secret for secret in SECRETS if secret in text]


@pytest.fixture(autouse=True)
def _nothing_secret_is_logged(
    request: pytest.FixtureRequest,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[None]:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    written: list[str] = []
    write = log.write

    def tee(record: dict[str, Any]) -> None:
        written.append(json.dumps(record, default=str, ensure_ascii=False))
        write(record)

    monkeypatch.setattr(log, "write", tee)
    yield
    out, err = capsys.readouterr()
    found = leaks("".join(written) + out + err)
    if request.node.get_closest_marker("plants_a_secret"):
        assert found
    else:
        assert not found
