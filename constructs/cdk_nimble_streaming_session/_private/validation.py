"""Ids that may be given as the L1 of ``aws_nimblestudio`` that creates the thing."""

from __future__ import annotations

import aws_cdk as cdk

from cdk_waiter._private.validation import identifier, studio_identifier


def studio_id(argument: str, value: object) -> str:
    """Accept a studio's id or its L1; of an L1, return the attribute that CloudFormation reads."""
    # The module of the service is loaded for an L1 only.
    if hasattr(value, "__jsii_ref__") and isinstance(value, cdk.aws_nimblestudio.CfnStudio):
        return value.attr_studio_id
    return studio_identifier(argument, value)


def launch_profile_id(argument: str, value: object) -> str:
    """Accept a launch profile's id or its L1, in the same way."""
    if hasattr(value, "__jsii_ref__") and isinstance(value, cdk.aws_nimblestudio.CfnLaunchProfile):
        return value.attr_launch_profile_id
    return identifier(argument, value)
