"""Grants on a resource: the rules for their arguments, and the grant itself."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

import aws_cdk as cdk

from cdk_waiter._private import validation as rules
from cdk_waiter._private.tokens import is_token

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_cdk import aws_iam as iam

GRANTEE: Final = rules.implementing("aws_iam.IGrantable", "grant_principal")
"""The rule for a grantee."""


def actions_of(service: str, examples: Sequence[str]) -> rules.Rule:
    """Return a rule that accepts one or more actions of a service, or patterns for them.

    Parameters
    ----------
    service
        The service's prefix in IAM, such as ``nimble``.
    examples
        Two patterns and an action, to quote in errors.
    """
    first, second, action = (f"{service}:{each}" for each in examples)
    rule = f"it must name at least one action, as in grant(role, '{first}', '{second}')"

    def check(argument: str, value: object) -> list[str]:
        if not isinstance(value, tuple) or not value:
            raise ValueError(f"{argument} is empty: {rule}")
        checked = [rules.string(f"{argument}[{index}]", each) for index, each in enumerate(value)]
        for each in checked:
            if not is_token(each) and not each.startswith(f"{service}:"):
                raise ValueError(
                    f"{argument} has {rules.shown(each)}: it must start with '{service}:', as in "
                    f"'{action}'"
                )
        return checked

    return check


def dependent_actions(granted: Sequence[str], table: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the actions that the granted ones depend on, sorted.

    Parameters
    ----------
    granted
        Actions, or patterns for them.
    table
        Dependent actions by action.
    """
    # IAM treats an action as a pattern, and ignores case.
    return sorted(
        {
            needed
            for pattern in granted
            for action, dependent in table.items()
            if fnmatchcase(action.lower(), pattern.lower())
            for needed in dependent
        }
    )


def grant(grantee: iam.IGrantable, actions: Sequence[str], resource: str) -> iam.Grant:
    """Grant actions on a resource, by its ARN."""
    return cdk.aws_iam.Grant.add_to_principal(
        grantee=grantee, actions=list(actions), resource_arns=[resource]
    )
