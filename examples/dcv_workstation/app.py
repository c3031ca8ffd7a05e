#!/usr/bin/env python3
"""A workstation on EC2 with Amazon DCV, its address in an SSM parameter and in an output."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from cdk_waiter import Ec2InstanceStarted


class DeskStack(cdk.Stack):
    """A stack that is complete when its workstation passes its status checks.

    Parameters
    ----------
    scope, id
        Where it stands in the tree.
    instance_id
        An instance with Amazon DCV.
    day
        Another value starts the instance again if somebody has stopped it.
    """

    def __init__(self, scope: Construct, id: str, *, instance_id: str, day: str | None) -> None:
        super().__init__(scope, id)
        desk = Ec2InstanceStarted(
            self, "Desk", instance_id=instance_id, reachable=True, triggers={"day": day}
        )
        url = f"https://{desk.private_ip_address}:8443"
        ssm.StringParameter(self, "Url", parameter_name="/desk/url", string_value=url)
        cdk.CfnOutput(self, "DeskUrl", value=url)
        cdk.CfnOutput(self, "InstanceType", value=desk.instance_type)


app = cdk.App()
context = app.node.try_get_context
DeskStack(
    app,
    "Desk",
    instance_id=context("instance_id") or "i-0123456789abcdef0",
    day=context("day"),
)
app.synth()
