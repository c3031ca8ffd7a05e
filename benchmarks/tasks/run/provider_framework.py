"""With the provider framework, and handlers of your own."""

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_ssm as ssm
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import custom_resources as cr


def add(stack: cdk.Stack, machine: sfn.IStateMachine) -> None:
    """Add the resources of the task."""
    on_event = lambda_.Function(
        stack,
        "OnEvent",
        runtime=lambda_.Runtime.PYTHON_3_14,
        code=lambda_.Code.from_asset("functions"),
        handler="run.on_event",
    )
    is_complete = lambda_.Function(
        stack,
        "IsComplete",
        runtime=lambda_.Runtime.PYTHON_3_14,
        code=lambda_.Code.from_asset("functions"),
        handler="run.is_complete",
    )
    machine.grant_start_execution(on_event)
    machine.grant_execution(is_complete, "states:DescribeExecution")
    provider = cr.Provider(
        stack,
        "Provider",
        on_event_handler=on_event,
        is_complete_handler=is_complete,
        query_interval=cdk.Duration.seconds(5),
    )
    migration = cdk.CustomResource(
        stack,
        "Migration",
        service_token=provider.service_token,
        properties={
            "Machine": machine.state_machine_arn,
            "Input": stack.to_json_string({"schema": "orders"}),
            "Version": "7",
        },
    )
    ssm.StringParameter(stack, "Result", string_value=migration.get_att_string("Output"))
