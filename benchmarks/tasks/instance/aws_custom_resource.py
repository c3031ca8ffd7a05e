"""With `AwsCustomResource`: one resource starts the instance, another reads its address."""

from aws_cdk import Stack
from aws_cdk import aws_ssm as ssm
from aws_cdk import custom_resources as cr


def add(stack: Stack) -> None:
    """Add the resources of the task."""
    ids = {"InstanceIds": ["i-0123456789abcdef0"]}
    arn = stack.format_arn(service="ec2", resource="instance", resource_name="i-0123456789abcdef0")
    start = cr.AwsCustomResource(
        stack,
        "Start",
        on_update=cr.AwsSdkCall(
            service="EC2",
            action="startInstances",
            parameters=ids,
            physical_resource_id=cr.PhysicalResourceId.of("i-0123456789abcdef0"),
        ),
        policy=cr.AwsCustomResourcePolicy.from_sdk_calls(resources=[arn]),
    )
    # Nothing waits here.
    read = cr.AwsCustomResource(
        stack,
        "Read",
        on_update=cr.AwsSdkCall(
            service="EC2",
            action="describeInstances",
            parameters=ids,
            output_paths=["Reservations.0.Instances.0.PrivateIpAddress"],
            physical_resource_id=cr.PhysicalResourceId.of("i-0123456789abcdef0-read"),
        ),
        policy=cr.AwsCustomResourcePolicy.from_sdk_calls(resources=["*"]),
    )
    read.node.add_dependency(start)
    ssm.StringParameter(
        stack,
        "Address",
        string_value=read.get_response_field("Reservations.0.Instances.0.PrivateIpAddress"),
    )
