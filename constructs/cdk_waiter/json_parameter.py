"""JSON text for parameters of calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import IResolvable, Stack

from cdk_waiter._private import validation as rules
from cdk_waiter._private.declared.json_parameter import json_parameter
from cdk_waiter._private.json_text import json_value

if TYPE_CHECKING:
    from constructs import Construct


@rules.validated(scope=rules.scope, value=json_value)
def json_text(scope: Construct, value: object) -> IResolvable:
    """Return a JSON value for a parameter that takes JSON as text, such as a payload.

    If the value has tokens in it, the function writes the text during the deployment. So quotes and
    newlines in their values do no harm. Its objects have sorted keys.

    Parameters
    ----------
    scope
        A construct of the stack that makes the call.
    value
        Any JSON value, with tokens anywhere in it.

    Raises
    ------
    ValueError
        When the value isn't JSON; the error names the place, the value and the rule.
    """
    return json_parameter(Stack.of(scope), value)
