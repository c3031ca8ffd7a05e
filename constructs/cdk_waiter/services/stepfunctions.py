"""Step Functions: state machines that are run."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

import aws_cdk as cdk

from cdk_waiter._private import validation as rules
from cdk_waiter._private.declared.json_parameter import json_parameter
from cdk_waiter._private.declared.targets import ANY_TOKEN, arn, identified_by
from cdk_waiter._private.json_text import json_value
from cdk_waiter.call import RUN, AwsCall
from cdk_waiter.declared_resource import RUN_ON_DELETE, WAIT_RULES
from cdk_waiter.on_delete import OnDelete
from cdk_waiter.phases import Phases
from cdk_waiter.run import Run

if TYPE_CHECKING:
    from aws_cdk import Duration
    from aws_cdk import aws_stepfunctions as sfn
    from constructs import Construct

    from cdk_waiter.waiter_provider import WaiterProvider

EXECUTION_PHASES: Final = Phases(
    ready=["SUCCEEDED"],
    starting=["RUNNING", "PENDING_REDRIVE"],
    failed=["FAILED", "TIMED_OUT", "ABORTED"],
)
"""The states of an execution."""

# The position of the name in a state machine's ARN.
_NAME: Final = 6
_EXAMPLE: Final = "arn:aws:states:us-west-2:123456789012:stateMachine:Migration"


def _state_machine(argument: str, value: object) -> str:
    """Accept a standard state machine, or its ARN."""
    if getattr(value, "state_machine_type", None) is cdk.aws_stepfunctions.StateMachineType.EXPRESS:
        raise ValueError(
            f"{argument} is {rules.shown(value)}: it must be a standard state machine, since AWS "
            "keeps no record of an express execution"
        )
    found: str = identified_by("state_machine_arn", "attr_arn", example=_EXAMPLE)(argument, value)
    if rules.is_literal(found) and ":stateMachine:" not in found:
        rules.refuse(ValueError, argument, value, f"it must be an ARN such as {_EXAMPLE}")
    return found


class StateMachineRun(Run):
    """An execution of a state machine that has to succeed when its stack is deployed.

    Only standard state machines: AWS keeps no record of an express execution. The function reads
    the execution's ``output``, ``error`` and ``cause``, which AWS marks as sensitive: the output
    becomes an attribute if the app uses it, and the others are in the reason of a failure. ``ref``
    is the execution's ARN. AWS forgets executions after 90 days.

    Parameters
    ----------
    scope, id
        The place in the construct tree.
    state_machine
        The state machine, or its ARN.
    input
        The execution's input, any JSON value with tokens in it. Default: an empty object.
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

    _resource_type: ClassVar[str] = "Custom::StateMachineRun"

    @rules.validated(
        scope=rules.scope,
        id=rules.construct_id,
        state_machine=_state_machine,
        input=json_value,
        on_delete=RUN_ON_DELETE,
        **WAIT_RULES,
    )
    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - every construct's name for it
        *,
        state_machine: str | sfn.IStateMachine | sfn.CfnStateMachine,
        input: object = None,  # noqa: A002 - the API's name for it
        on_delete: OnDelete = OnDelete.NOTHING,
        timeout: Duration | None = None,
        poll_interval: Duration | None = None,
        triggers: object = None,
        provider: WaiterProvider | None = None,
    ) -> None:
        machine = str(state_machine)
        # The execution's name is the client token.
        executions = _executions(scope, machine)
        execution = [f"{executions}:{ANY_TOKEN}"]
        start: dict[str, object] = {"stateMachineArn": machine}
        if input is not None:
            start["input"] = json_parameter(cdk.Stack.of(scope), input)
        super().__init__(
            scope,
            id,
            id_=machine,
            start=AwsCall(
                "stepfunctions",
                "StartExecution",
                start,
                resources=[machine],
                token="name",  # noqa: S106 - the name of a parameter
            ),
            read=AwsCall(
                "stepfunctions", "DescribeExecution", {"executionArn": RUN}, resources=execution
            ),
            cancel=AwsCall(
                "stepfunctions", "StopExecution", {"executionArn": RUN}, resources=execution
            ),
            run="executionArn",
            state="status",
            phases=EXECUTION_PHASES,
            attributes={"StartDate": "startDate", "StopDate": "stopDate"},
            exists=["ExecutionAlreadyExists"],
            existing=f"{executions}:$TOKEN",
            absent=["ExecutionDoesNotExist"],
            why="[error, cause]",
            reveal=["output", "error", "cause"],
            noun="execution",
            on_delete=on_delete,
            timeout=timeout,
            poll_interval=poll_interval,
            triggers=triggers,
            provider=provider,
        )

    @property
    def start_date(self) -> str:
        """Time of the start, in ISO 8601 (``startDate``)."""
        return self.get_att_string("StartDate")

    @property
    def stop_date(self) -> str:
        """Time of the end, in ISO 8601 (``stopDate``)."""
        return self.get_att_string("StopDate")

    @property
    def output(self) -> str:
        """The ``output``, as JSON text; the deployment fails if it exceeds 4,096 bytes."""
        return self._get_unbounded("Output", "output")


def _executions(scope: Construct, state_machine_arn: str) -> str:
    """Return what the ARNs of a state machine's executions begin with, without the last colon."""
    separator = ":stateMachine:"
    if rules.is_literal(state_machine_arn):
        return state_machine_arn.replace(separator, ":execution:")
    name = cdk.Fn.select(_NAME, cdk.Fn.split(":", state_machine_arn))
    return arn(scope, "states", "execution", name, ":")
