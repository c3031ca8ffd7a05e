"""With `AwsCustomResource`: one resource starts the run, another reads its result."""

from aws_cdk import Stack
from aws_cdk import aws_ssm as ssm
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import custom_resources as cr


def add(stack: Stack, machine: sfn.IStateMachine) -> None:
    """Add the resources of the task."""
    executions = machine.state_machine_arn.replace(":stateMachine:", ":execution:")
    start = cr.AwsCustomResource(
        stack,
        "Start",
        on_update=cr.AwsSdkCall(
            service="SFN",
            action="startExecution",
            parameters={
                "stateMachineArn": machine.state_machine_arn,
                "input": stack.to_json_string({"schema": "orders", "version": "7"}),
            },
            physical_resource_id=cr.PhysicalResourceId.from_response("executionArn"),
        ),
        policy=cr.AwsCustomResourcePolicy.from_sdk_calls(resources=[machine.state_machine_arn]),
    )
    # Nothing waits here. A run that is still going on has no output yet, so the deployment fails.
    read = cr.AwsCustomResource(
        stack,
        "Read",
        on_update=cr.AwsSdkCall(
            service="SFN",
            action="describeExecution",
            parameters={"executionArn": start.get_response_field("executionArn")},
            output_paths=["output"],
            physical_resource_id=cr.PhysicalResourceId.of("result"),
        ),
        policy=cr.AwsCustomResourcePolicy.from_sdk_calls(resources=[f"{executions}:*"]),
    )
    ssm.StringParameter(stack, "Result", string_value=read.get_response_field("output"))
