"""With `cdk_waiter`."""

from aws_cdk import Stack
from aws_cdk import aws_ssm as ssm

from cdk_waiter import Ec2InstanceStarted


def add(stack: Stack) -> None:
    """Add the resources of the task."""
    desk = Ec2InstanceStarted(stack, "Desk", instance_id="i-0123456789abcdef0")
    ssm.StringParameter(stack, "Address", string_value=desk.private_ip_address)
