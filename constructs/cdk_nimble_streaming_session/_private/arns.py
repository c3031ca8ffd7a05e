"""ARNs of the service, in the forms given in its service authorization reference."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from aws_cdk import Arn, ArnComponents, ArnFormat, Stack

from cdk_waiter._private.tokens import is_token
from cdk_waiter._private.validation import shown

if TYPE_CHECKING:
    from aws_cdk.interfaces import ResourceEnvironment

SESSION: Final = "streaming-session"
BACKUP: Final = "streaming-session-backup"

_SESSION_ARN: Final = re.compile(f"arn:[^:]+:nimble:[^:]+:[^:]+:{SESSION}/(.+)")

# Launch profile ids have 22 characters. A session's profile isn't known at synthesis.
ANY_LAUNCH_PROFILE: Final = "?" * 22


def components(resource: str, name: str, env: ResourceEnvironment | None = None) -> ArnComponents:
    """Return the parts of an ARN of the service; region and account default to the stack's."""
    return ArnComponents(
        service="nimble",
        resource=resource,
        resource_name=name,
        arn_format=ArnFormat.SLASH_RESOURCE_NAME,
        region=env.region if env else None,
        account=env.account if env else None,
    )


def arn(stack: Stack, resource: str, name: str, env: ResourceEnvironment | None = None) -> str:
    """Return an ARN of the service in the partition of a stack."""
    return Arn.format(components(resource, name, env), stack)


def session_id(stack: Stack, session_arn: str) -> str:
    """Return the id in a session's ARN; for a token, CloudFormation extracts it.

    Raises
    ------
    ValueError
        If it isn't the ARN of a streaming session.
    """
    if not is_token(session_arn):
        found = _SESSION_ARN.fullmatch(session_arn)
        if not found:
            raise ValueError(
                f"streaming_session_arn is {shown(session_arn)}: it must be the ARN of a session, "
                f"arn:aws:nimble:<region>:<account>:{SESSION}/<session id>"
            )
        return found[1]
    name = stack.split_arn(session_arn, ArnFormat.SLASH_RESOURCE_NAME).resource_name
    return str(name)
