"""Systems Manager: automations that are run."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

import aws_cdk as cdk

from cdk_waiter._private import validation as rules
from cdk_waiter._private.declared.targets import ANY_TOKEN, arn, identified_by
from cdk_waiter.call import RUN, AwsCall
from cdk_waiter.declared_resource import RUN_ON_DELETE, WAIT_RULES
from cdk_waiter.on_delete import OnDelete
from cdk_waiter.phases import Phases
from cdk_waiter.run import Run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_cdk import Duration
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_ssm as ssm
    from constructs import Construct

    from cdk_waiter.waiter_provider import WaiterProvider

AUTOMATION_PHASES: Final = Phases(
    ready=["Success", "CompletedWithSuccess"],
    starting=[
        *["Pending", "InProgress", "Waiting", "Cancelling", "Scheduled", "RunbookInProgress"],
        *["PendingApproval", "Approved", "PendingChangeCalendarOverride"],
        *["ChangeCalendarOverrideApproved"],
    ],
    failed=[
        *["Failed", "TimedOut", "Cancelled", "Rejected", "ChangeCalendarOverrideRejected"],
        *["CompletedWithFailure", "Exited"],
    ],
)
"""The states of an automation."""

_EXECUTION: Final = "AutomationExecution"


class SsmAutomationRun(Run):
    """An automation of Systems Manager that has to succeed when its stack is deployed.

    ``ref`` is the execution's id.

    Parameters
    ----------
    scope, id
        The place in the construct tree.
    document_name
        The runbook's name, or the L1 that creates it. A runbook of AWS begins with ``AWS``.
    parameters
        Parameters of the runbook, each a list of strings. Default: none.
    document_version
        The runbook's version. Default: its default version.
    assume_role
        The role that the runbook assumes, passed as its parameter ``AutomationAssumeRole``; the
        function may then pass the role to Systems Manager. Default: the runbook's own, or the
        function's permissions.
    on_delete
        What deleting the resource does to its run: NOTHING or CANCEL. Default: nothing.
    timeout
        Maximum time to wait: whole seconds, up to 59 minutes. Default: 30 minutes.
    poll_interval
        Maximum time between two reads: whole seconds, from 1 s to 60 s. Default: 5 s.
    triggers
        Any JSON value. Changing it starts another run. Default: none.
    provider
        The function behind the resource. Default: the stack's.

    Raises
    ------
    ValueError
        When an argument is invalid; the error names the argument, the value and the rule.
    TypeError
        When an argument has the wrong type.
    """

    _resource_type: ClassVar[str] = "Custom::SsmAutomationRun"

    @rules.validated(
        scope=rules.scope,
        id=rules.construct_id,
        document_name=identified_by("ref", example="AWS-RestartEC2Instance"),
        parameters=rules.optional(rules.mapping(rules.sequence(rules.string))),
        document_version=rules.string,
        assume_role=rules.optional(rules.implementing("aws_iam.IRole", "role_arn")),
        on_delete=RUN_ON_DELETE,
        **WAIT_RULES,
    )
    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - every construct's name for it
        *,
        document_name: str | ssm.CfnDocument,
        parameters: Mapping[str, Sequence[str]] | None = None,
        document_version: str = "$DEFAULT",
        assume_role: iam.IRole | None = None,
        on_delete: OnDelete = OnDelete.NOTHING,
        timeout: Duration | None = None,
        poll_interval: Duration | None = None,
        triggers: object = None,
        provider: WaiterProvider | None = None,
    ) -> None:
        name = str(document_name)
        given = {each: list(values) for each, values in (parameters or {}).items()}
        if assume_role is not None:
            given["AutomationAssumeRole"] = [assume_role.role_arn]
        start = {
            "DocumentName": name,
            "DocumentVersion": document_version,
            "Parameters": given or None,
        }
        definition = _definition(scope, name, document_version)
        execution = [arn(scope, "ssm", "automation-execution", ANY_TOKEN)]
        super().__init__(
            scope,
            id,
            id_=name,
            start=AwsCall(
                "ssm",
                "StartAutomationExecution",
                start,
                resources=[definition],
                token="ClientToken",  # noqa: S106 - the name of a parameter
                extra_statements=[] if assume_role is None else [_pass(assume_role)],
            ),
            read=AwsCall(
                "ssm",
                "GetAutomationExecution",
                {"AutomationExecutionId": RUN},
                resources=execution,
            ),
            cancel=AwsCall(
                "ssm",
                "StopAutomationExecution",
                {"AutomationExecutionId": RUN, "Type": "Cancel"},
                resources=execution,
            ),
            run="AutomationExecutionId",
            state=f"{_EXECUTION}.AutomationExecutionStatus",
            phases=AUTOMATION_PHASES,
            attributes={
                "EndTime": f"{_EXECUTION}.ExecutionEndTime",
                "StartTime": f"{_EXECUTION}.ExecutionStartTime",
            },
            absent=["AutomationExecutionNotFoundException"],
            busy=["AutomationExecutionLimitExceededException"],
            why=f"{_EXECUTION}.FailureMessage",
            noun="automation",
            on_delete=on_delete,
            timeout=timeout,
            poll_interval=poll_interval,
            triggers=triggers,
            provider=provider,
        )

    @property
    def end_time(self) -> str:
        """Time of the end, in ISO 8601 (``AutomationExecution.ExecutionEndTime``)."""
        return self.get_att_string("EndTime")

    @property
    def start_time(self) -> str:
        """Time of the start, in ISO 8601 (``AutomationExecution.ExecutionStartTime``)."""
        return self.get_att_string("StartTime")

    @property
    def outputs(self) -> str:
        """The ``Outputs`` as JSON, lists of strings by name; they must fit into 4,096 bytes."""
        return self._get_unbounded("Outputs", f"{_EXECUTION}.Outputs")


def _definition(scope: Construct, name: str, version: str) -> str:
    """Return the ARN of a runbook's version."""
    if not (rules.is_literal(name) and name.startswith("AWS")):
        return arn(scope, "ssm", "automation-definition", f"{name}:{version}")
    # A runbook of AWS belongs to no account.
    return cdk.Stack.of(scope).format_arn(
        service="ssm",
        account="",
        resource="automation-definition",
        resource_name=f"{name}:{version}",
    )


def _pass(role: iam.IRole) -> iam.PolicyStatement:
    """Return the statement that passes a role to Systems Manager."""
    return cdk.aws_iam.PolicyStatement(
        actions=["iam:PassRole"],
        resources=[role.role_arn],
        conditions={"StringEquals": {"iam:PassedToService": "ssm.amazonaws.com"}},
    )
