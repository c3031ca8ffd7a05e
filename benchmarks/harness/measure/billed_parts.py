"""The billed parts of one stack's start: REPORT lines and state transitions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.environment.cloud import BenchCloud

_REPORT: Final = re.compile(r"Billed Duration: (\d+) ms\s+Memory Size: (\d+) MB")

# Step Functions bills each state transition, retries included. The peer's state machine has one
# state, so each run of its task is a transition.
_RUN: Final = ("LambdaFunctionScheduled", "TaskScheduled")


def bill(cloud: BenchCloud, stack: str) -> dict[str, Any]:
    """Return the invocations of a stack's functions, and the transitions of its state machines.

    Returns
    -------
    dict
        ``invocations``, lists of a function, billed milliseconds and memory in MB, in order within
        a function; ``transitions``, their number.
    """
    transitions = sum(
        1
        for machine in _physical(cloud, stack, "AWS::StepFunctions::StateMachine")
        for kind in _events(cloud, machine[1])
        if kind in _RUN
    )
    return {"invocations": list(_invocations(cloud, stack)), "transitions": transitions}


def forget(cloud: BenchCloud, stack: str) -> None:
    """Delete a stack's functions: MiniStack would keep their processes running."""
    for _, name in _physical(cloud, stack, "AWS::Lambda::Function"):
        cloud.client("lambda").delete_function(FunctionName=name)


def _physical(cloud: BenchCloud, stack: str, kind: str) -> list[tuple[str, str]]:
    found = cloud.client("cloudformation").describe_stack_resources(StackName=stack)
    return [
        (each["LogicalResourceId"], each["PhysicalResourceId"])
        for each in found["StackResources"]
        if each["ResourceType"] == kind
    ]


def _invocations(cloud: BenchCloud, stack: str) -> Iterator[list[Any]]:
    functions, logs = cloud.client("lambda"), cloud.client("logs")
    for logical, name in _physical(cloud, stack, "AWS::Lambda::Function"):
        configured = functions.get_function_configuration(FunctionName=name)
        group = configured.get("LoggingConfig", {}).get("LogGroup") or f"/aws/lambda/{name}"
        for _, milliseconds, memory in sorted(_reports(logs, group)):
            yield [logical, milliseconds, memory]


def _reports(logs: Any, group: str) -> Iterator[tuple[int, int, int]]:
    """Yield when each invocation ended, its billed milliseconds and its memory."""
    named = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    if group not in {each["logGroupName"] for each in named}:
        # A function that was never called has no log group.
        return
    for page in logs.get_paginator("describe_log_streams").paginate(logGroupName=group):
        for stream in page["logStreams"]:
            name = stream["logStreamName"]
            for event in logs.get_log_events(logGroupName=group, logStreamName=name)["events"]:
                if found := _REPORT.search(event["message"]):
                    yield event["timestamp"], int(found[1]), int(found[2])


def _events(cloud: BenchCloud, machine: str) -> Iterator[str]:
    client = cloud.client("stepfunctions")
    for execution in client.list_executions(stateMachineArn=machine)["executions"]:
        arn = execution["executionArn"]
        for page in client.get_paginator("get_execution_history").paginate(executionArn=arn):
            yield from (event["type"] for event in page["events"])
