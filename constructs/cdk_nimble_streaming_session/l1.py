"""Ids that may be given as the L1 of ``aws_nimblestudio`` that makes the thing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk

from cdk_nimble_streaming_session.validation import check_id, check_studio_id

if TYPE_CHECKING:
    from aws_cdk.aws_nimblestudio import CfnLaunchProfile, CfnStudio


def studio_id(given: str | CfnStudio) -> str:
    """Return a studio's id; of an L1, the attribute that CloudFormation gets of it.

    Raises
    ------
    ValueError, TypeError
        When it can't be right.
    """
    # A string is not asked: the module of the service is loaded for an L1 only.
    if not isinstance(given, str) and isinstance(given, cdk.aws_nimblestudio.CfnStudio):
        return given.attr_studio_id
    check_studio_id(given)
    return str(given)


def launch_profile_id(given: str | CfnLaunchProfile) -> str:
    """Return a launch profile's id; of an L1, the attribute that CloudFormation gets of it.

    Raises
    ------
    ValueError, TypeError
        When it can't be right.
    """
    if not isinstance(given, str) and isinstance(given, cdk.aws_nimblestudio.CfnLaunchProfile):
        return given.attr_launch_profile_id
    check_id("launch_profile_id", given)
    return str(given)
