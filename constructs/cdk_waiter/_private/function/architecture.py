"""The default processor of the function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import aws_cdk as cdk

from cdk_waiter._private.tokens import is_token

if TYPE_CHECKING:
    from aws_cdk import aws_lambda as lambda_

ARM64_REGIONS: Final = frozenset(
    {
        "ap-northeast-1",
        "ap-southeast-1",
        "ap-southeast-2",
        "ca-central-1",
        "eu-central-1",
        "eu-north-1",
        "eu-west-1",
        "eu-west-2",
        "us-east-1",
        "us-east-2",
        "us-west-2",
    }
)
"""The regions that Nimble Studio was in. Lambda offers arm64 in all of them."""


def default_architecture(stack: cdk.Stack) -> lambda_.Architecture:
    """Return arm64, which is cheaper, unless the region may lack it.

    A region that is unknown at synthesis counts as one that has it.
    """
    architecture = cdk.aws_lambda.Architecture
    region = stack.region
    known = is_token(region) or region in ARM64_REGIONS
    return architecture.ARM_64 if known else architecture.X86_64
