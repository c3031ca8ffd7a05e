"""With `cdk_waiter`."""

from aws_cdk import Stack
from aws_cdk import aws_ssm as ssm
from aws_cdk import aws_stepfunctions as sfn

from cdk_waiter import StateMachineRun


def add(stack: Stack, machine: sfn.IStateMachine) -> None:
    """Add the resources of the task."""
    migration = StateMachineRun(
        stack,
        "Migration",
        state_machine=machine,
        input={"schema": "orders"},
        triggers={"version": "7"},
    )
    ssm.StringParameter(stack, "Result", string_value=migration.output)
