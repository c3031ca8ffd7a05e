"""Rules for Nimble Studio's ids. Some also accept the L1 that creates the resource."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import aws_cdk as cdk

from cdk_waiter._private import validation as rules
from cdk_waiter._private.setting_warnings import warn
from cdk_waiter._private.tokens import is_token

if TYPE_CHECKING:
    from constructs import Construct

MAX_ID_LENGTH: Final = 128
_ID: Final = re.compile(r"[A-Za-z0-9_-]+")
_STUDIO_ID: Final = re.compile(r"[A-Za-z0-9_:-]+")
_STUDIO_ARN: Final = re.compile(r"arn:[^:]+:nimble:([^:]+):[^:]*:studio/")


def identifier(argument: str, value: object) -> str:
    """Accept the id of a session, a backup or a launch profile."""
    return _identifier(argument, value, _ID, "")


def studio_id(argument: str, value: object) -> str:
    """Accept a studio's id such as ``us-west-2:stid-abc123``, or its L1.

    For an L1, return the attribute that holds the id at deployment.
    """
    # Load the service's module only for an L1.
    if hasattr(value, "__jsii_ref__") and isinstance(value, cdk.aws_nimblestudio.CfnStudio):
        return value.attr_studio_id
    return _identifier(argument, value, _STUDIO_ID, ", with ':' after the region")


def launch_profile_id(argument: str, value: object) -> str:
    """Accept a launch profile's id or its L1, as `studio_id` does."""
    if hasattr(value, "__jsii_ref__") and isinstance(value, cdk.aws_nimblestudio.CfnLaunchProfile):
        return value.attr_launch_profile_id
    return identifier(argument, value)


def check_studio(session: Construct, stack: cdk.Stack, studio: str) -> None:
    """Warn about a studio that the function can't find in the stack's region."""
    if not rules.is_literal(studio):
        return
    region, separator, _ = studio.partition(":")
    own = stack.region
    if not separator:
        warn(
            session,
            "studioWithoutRegion",
            f"studio_id is '{studio}', without a region. The service's ids begin with it, as in "
            f"us-west-2:{studio}; without it the service answers ResourceNotFoundException",
        )
    elif region != own and not is_token(own):
        warn(
            session,
            "studioInOtherRegion",
            f"studio_id is '{studio}', and the stack is in {own}. The function calls the "
            "service in the stack's own region and doesn't find a studio of another one there. "
            f"Deploy the stack to {region}",
        )


def _identifier(argument: str, value: object, pattern: re.Pattern[str], also: str) -> str:
    signs = f"letters, digits, '_' and '-'{also}"
    rule = f"it must be 1 to {MAX_ID_LENGTH} {signs}"
    plain = rules.text(argument, value, rule)
    if not rules.is_literal(plain):
        return plain
    if plain.startswith("arn:"):
        raise ValueError(
            f"{argument} is {rules.shown(plain)}: it is an ARN; the id is {_id_in(plain)}"
        )
    if not pattern.fullmatch(plain) or len(plain) > MAX_ID_LENGTH:
        rules.refuse(ValueError, argument, value, rule)
    return plain


def _id_in(arn: str) -> str:
    """Describe where the id is in an ARN, and quote it."""
    last = arn.rsplit("/", 1)[-1]
    studio = _STUDIO_ARN.match(arn)
    # A studio's id begins with the region, which is elsewhere in its ARN.
    return (
        f"its region and last part, '{studio[1]}:{last}'" if studio else f"its last part, {last!r}"
    )
