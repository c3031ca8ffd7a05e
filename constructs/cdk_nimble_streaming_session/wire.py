"""What the function receives: every value is a string."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import aws_cdk as cdk

from cdk_nimble_streaming_session.validation import check_studio_id

if TYPE_CHECKING:
    from aws_cdk.aws_nimblestudio import CfnStudio

RESOURCE_TYPE: Final = "Custom::NimbleStreamingSession"

_GRACE_SECONDS: Final = 60
_MAX_SERVICE_TIMEOUT_SECONDS: Final = 3600


def studio_id(value: str | CfnStudio) -> str:
    """Return a studio's id; of a ``CfnStudio``, what CloudFormation gets of it.

    Raises
    ------
    ValueError, TypeError
        When it can't be right.
    """
    if not isinstance(value, str) and isinstance(value, cdk.aws_nimblestudio.CfnStudio):
        return value.attr_studio_id
    check_studio_id(value)
    return str(value)


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
