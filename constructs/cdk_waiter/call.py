"""A call of an AWS API, as the function will make it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cdk_waiter._private import validation as rules
from cdk_waiter._private.declared import parameters as checked_parameters
from cdk_waiter._private.declared.parameters import mentions
from cdk_waiter._private.tables import (
    has_action,
    iam_prefixes,
    is_unscoped_read,
    returns_secrets,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_cdk import aws_iam as iam

RUN: Final = "$RUN"
"""Stands for the run's id among the parameters of a `Run`'s ``read`` and ``cancel``."""


def _service(argument: str, value: object) -> str:
    rule = "it must be a service's name in boto3, such as 'ec2' or 'stepfunctions'"
    name = rules.text(argument, value, rule)
    if name not in iam_prefixes():
        rules.refuse(ValueError, argument, value, rule)
    return name


class AwsCall:
    """One operation of an AWS API, with its parameters and the permission for it.

    Parameters
    ----------
    service
        The service's name in boto3, such as ``ec2`` or ``stepfunctions``.
    operation
        The operation's name in the API reference, such as ``StartInstances``.
    parameters
        Its parameters, named as in the API reference. Tokens are allowed anywhere. CloudFormation
        turns numbers and booleans into text, and the function restores their types from the
        service's model. ``bytes`` and ``datetime`` are accepted where the API takes them. For JSON
        as text, see `json_text`. A member that is None is left out. Default: none.
    resources
        The ARNs that the permission for this operation is limited to. ``["*"]`` is accepted only if
        the operation reads and AWS offers no narrower permission. An empty list grants nothing;
        then ``extra_statements`` has to. So it must be for operations whose action in IAM has
        another name, such as ``Invoke`` of ``lambda``.
    region
        The region to call. Default: the stack's.
    endpoint
        The URL to call. Default: AWS's endpoint of the service.
    token
        The parameter that takes a client token, such as ``clientToken``. The function fills it in
        with a UUID, the same in every delivery of a request, so that a repeated call has no further
        effect. Default: none.
    extra_statements
        Permissions that the operation needs besides its own, such as ``iam:PassRole``. Default:
        none.

    Raises
    ------
    ValueError
        When an argument is invalid, or the operation returns secrets or presigned URLs; the error
        names the argument, the value and the rule.
    TypeError
        When an argument has the wrong type.
    """

    @rules.validated(
        service=_service,
        operation=rules.matching(
            r"[A-Z][A-Za-z0-9]*", "an operation's name in the API reference, such as StartInstances"
        ),
        parameters=rules.anything,
        resources=rules.sequence(rules.string),
        region=rules.optional(
            rules.matching(r"[a-z]{2,}(-[a-z]+)+-\d+", "a region such as us-east-1")
        ),
        endpoint=rules.optional(rules.endpoint_url),
        token=rules.optional(rules.matching(r"[A-Za-z][A-Za-z0-9]*", "a parameter's name")),
        extra_statements=rules.sequence(
            rules.implementing("aws_iam.PolicyStatement", "to_statement_json")
        ),
    )
    def __init__(
        self,
        service: str,
        operation: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        resources: Sequence[str],
        region: str | None = None,
        endpoint: str | None = None,
        token: str | None = None,
        extra_statements: Sequence[iam.PolicyStatement] = (),
    ) -> None:
        if returns_secrets(service, operation):
            raise ValueError(
                f"operation is {operation!r} of {service}: it returns secrets or presigned URLs, "
                "which a template's attributes would reveal; let the program that needs them call "
                "it"
            )
        self._service = service
        self._operation = operation
        self._parameters = checked_parameters.accept(service, operation, parameters)
        if token is not None and token in self._parameters:
            raise ValueError(
                f"token is {token!r}, and parameters has it, too: the function fills it in; leave "
                "it out of parameters"
            )
        self._resources = tuple(resources)
        self._check_resources(has_more=bool(extra_statements))
        self._region = region
        self._endpoint = endpoint
        self._token = token
        self._extra_statements = tuple(extra_statements)

    def _check_resources(self, *, has_more: bool) -> None:
        if not has_action(self._service, self._operation) and (self._resources or not has_more):
            raise ValueError(
                f"operation is {self._operation!r} of {self._service}: IAM has no action "
                f"{self.action}; pass resources=[], and the permission that AWS's Service "
                "Authorization Reference names for it in extra_statements"
            )
        unscoped = is_unscoped_read(self.action.partition(":")[0], self._operation)
        if not self._resources and not has_more:
            raise ValueError(
                f"resources is []: {self.action} must be allowed on at least one ARN, or by "
                "extra_statements"
            )
        for index, each in enumerate(self._resources):
            argument = f"resources[{index}]"
            if each == "*" and not unscoped:
                raise ValueError(
                    f"{argument} is '*': {self.action} must be limited to ARNs; if it can't be, "
                    "leave resources empty and pass extra_statements"
                )
            if each != "*" and unscoped:
                raise ValueError(
                    f"{argument} is {rules.shown(each)}: {self.action} can't be limited to "
                    "resources, so this must be ['*']"
                )
            if each != "*" and rules.is_literal(each) and not each.startswith("arn:"):
                rules.refuse(
                    ValueError, argument, each, "it must be an ARN such as arn:aws:s3:::bucket"
                )

    @property
    def action(self) -> str:
        """The action in IAM, such as ``ec2:StartInstances``, if it has the operation's name."""
        return f"{iam_prefixes()[self._service]}:{self._operation}"

    @property
    def service(self) -> str:
        """The service's name in boto3."""
        return self._service

    @property
    def operation(self) -> str:
        """The operation's name in the API reference."""
        return self._operation

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters, as they travel in the template."""
        return self._parameters

    @property
    def resources(self) -> tuple[str, ...]:
        """The ARNs that the permission is limited to."""
        return self._resources

    @property
    def token(self) -> str | None:
        """The parameter that takes a client token."""
        return self._token

    @property
    def extra_statements(self) -> tuple[iam.PolicyStatement, ...]:
        """Permissions besides the operation's own."""
        return self._extra_statements

    @property
    def names_the_run(self) -> bool:
        """True if a parameter is `RUN`."""
        return mentions(self._parameters, RUN)

    def to_properties(self) -> dict[str, Any]:
        """Return the property of the custom resource."""
        properties = {
            "Service": self._service,
            "Operation": self._operation,
            "Parameters": self._parameters or None,
            "Region": self._region,
            "Endpoint": self._endpoint,
            "Token": self._token,
        }
        return {name: value for name, value in properties.items() if value is not None}
