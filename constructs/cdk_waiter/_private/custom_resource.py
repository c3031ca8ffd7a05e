"""What the function receives: every value is a string."""

from __future__ import annotations

from typing import Final

import aws_cdk as cdk

RESOURCE_TYPE: Final = "Custom::NimbleStreamingSession"

_GRACE_SECONDS: Final = 60
_MAX_SERVICE_TIMEOUT_SECONDS: Final = 3600


def seconds(duration: cdk.Duration) -> str:
    """Return a number of seconds as text."""
    number = duration.to_seconds()
    if duration.is_unresolved():
        return cdk.Tokenization.stringify_number(number)
    return str(int(number))


def service_timeout(timeout: cdk.Duration) -> cdk.Duration:
    """Return when CloudFormation gives up: a minute later, so that a dead function costs no hour.

    A timeout that is only known at deployment gets CloudFormation's longest.
    """
    if timeout.is_unresolved():
        return cdk.Duration.seconds(_MAX_SERVICE_TIMEOUT_SECONDS)
    return cdk.Duration.seconds(timeout.to_seconds() + _GRACE_SECONDS)
