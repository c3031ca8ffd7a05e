"""A state machine that fails."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_stepfunctions as sfn

from cdk_waiter import StateMachineRun

app = cdk.App()
stack = cdk.Stack(app, "Failing")
fail = sfn.Fail(stack, "Fail", error="Schema", cause="table orders is missing")
machine = sfn.StateMachine(
    stack, "Machine", definition_body=sfn.DefinitionBody.from_chainable(fail)
)
StateMachineRun(stack, "Migration", state_machine=machine, poll_interval=cdk.Duration.seconds(1))
app.synth()
