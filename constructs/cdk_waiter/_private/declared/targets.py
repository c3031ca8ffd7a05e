"""The targets of ready-made constructs: rules for their ids, and their ARNs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import aws_cdk as cdk

from cdk_waiter._private import validation as rules

if TYPE_CHECKING:
    from constructs import Construct

ANY_TOKEN: Final = "?" * 36
"""Matches the client tokens, which are UUIDs, and the ids that services assign in this form."""


def identified_by(*attributes: str, example: str) -> rules.Rule:
    """Return a rule that accepts an id, or a construct of aws-cdk as its id.

    Parameters
    ----------
    attributes
        The construct's attributes that may hold the id, the best first.
    example
        An id, for errors.
    """
    rule = f"it must be a string such as {example}, or a construct with {attributes[0]}"

    def check(argument: str, value: object) -> str:
        if hasattr(value, "__jsii_ref__"):
            for each in attributes:
                if hasattr(value, each):
                    return str(getattr(value, each))
        return rules.text(argument, value, rule) or rules.refuse(ValueError, argument, value, rule)

    return check


def arn(scope: Construct, service: str, resource: str, name: str, separator: str = "/") -> str:
    """Return an ARN in the stack's partition, region and account."""
    slash = cdk.ArnFormat.SLASH_RESOURCE_NAME
    form = slash if separator == "/" else cdk.ArnFormat.COLON_RESOURCE_NAME
    return cdk.Stack.of(scope).format_arn(
        service=service, resource=resource, resource_name=name, arn_format=form
    )


def region_of(arn_: str) -> str:
    """Return the region in an ARN; for a token, CloudFormation extracts it."""
    if rules.is_literal(arn_):
        return arn_.split(":")[3]
    return cdk.Fn.select(3, cdk.Fn.split(":", arn_))


def arn_of(service: str, example: str) -> rules.Rule:
    """Return a rule that accepts an ARN of a service."""
    rule = f"it must be an ARN such as {example}"

    def check(argument: str, value: object) -> str:
        plain = rules.text(argument, value, rule)
        parts = plain.split(":")
        literal = rules.is_literal(plain)
        if literal and (len(parts) < 6 or parts[0] != "arn" or parts[2] != service):  # noqa: PLR2004
            rules.refuse(ValueError, argument, value, rule)
        return plain

    return check
