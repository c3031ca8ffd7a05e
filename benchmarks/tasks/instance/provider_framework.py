"""With the provider framework, and handlers of your own."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_ssm as ssm
from aws_cdk import custom_resources as cr


def add(stack: cdk.Stack) -> None:
    """Add the resources of the task."""
    arn = stack.format_arn(service="ec2", resource="instance", resource_name="i-0123456789abcdef0")
    provider = cr.Provider(
        stack,
        "Provider",
        on_event_handler=lambda_.Function(
            stack,
            "OnEvent",
            runtime=lambda_.Runtime.PYTHON_3_14,
            code=lambda_.Code.from_asset("functions"),
            handler="instance.on_event",
            initial_policy=[
                iam.PolicyStatement(actions=["ec2:StartInstances"], resources=[arn]),
            ],
        ),
        is_complete_handler=lambda_.Function(
            stack,
            "IsComplete",
            runtime=lambda_.Runtime.PYTHON_3_14,
            code=lambda_.Code.from_asset("functions"),
            handler="instance.is_complete",
            initial_policy=[
                iam.PolicyStatement(actions=["ec2:DescribeInstances"], resources=["*"]),
            ],
        ),
        query_interval=cdk.Duration.seconds(5),
    )
    desk = cdk.CustomResource(
        stack,
        "Desk",
        service_token=provider.service_token,
        properties={"Instance": "i-0123456789abcdef0"},
    )
    ssm.StringParameter(stack, "Address", string_value=desk.get_att_string("Address"))
