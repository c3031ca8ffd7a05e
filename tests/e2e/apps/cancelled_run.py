"""A run that counts as ready while it's still in flight, until the machine has another role."""

from __future__ import annotations

import aws_cdk as cdk

from cdk_waiter import RUN, AwsCall, OnDelete, Phases, Run

app = cdk.App()
machine = app.node.get_context("machine")
execution = [machine.replace("stateMachine", "execution") + ":" + "?" * 36]
stack = cdk.Stack(app, "Cancelled")
Run(
    stack,
    "Migration",
    start=AwsCall(
        "stepfunctions",
        "StartExecution",
        {"stateMachineArn": machine},
        resources=[machine],
        token="name",
    ),
    run="executionArn",
    read=[
        AwsCall(
            "stepfunctions",
            "DescribeStateMachine",
            {"stateMachineArn": machine},
            resources=[machine],
        ),
        AwsCall("stepfunctions", "DescribeExecution", {"executionArn": RUN}, resources=execution),
    ],
    state="ends_with(roleArn, 'accepts') && 'ACCEPTED' || status",
    phases=Phases(
        ready=["ACCEPTED", "SUCCEEDED"], starting=["RUNNING"], failed=["FAILED", "ABORTED"]
    ),
    cancel=AwsCall("stepfunctions", "StopExecution", {"executionArn": RUN}, resources=execution),
    on_delete=OnDelete.CANCEL,
    poll_interval=cdk.Duration.seconds(1),
    timeout=cdk.Duration.minutes(2),
)
app.synth()
