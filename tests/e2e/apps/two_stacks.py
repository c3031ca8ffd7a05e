"""A session whose ARN goes into a parameter, an output, and another stack."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3_assets as assets
from aws_cdk import aws_ssm as ssm

from cdk_nimble_streaming_session import OnDelete, StreamingSession

app = cdk.App()
context = app.node.try_get_context
studio = cdk.Stack(app, "Studio")
session = StreamingSession(
    studio,
    "Workstation",
    studio_id=context("studio_id"),
    session_id=context("session_id"),
    endpoint_url=context("endpoint_url"),
    on_delete=OnDelete[context("on_delete") or "RETAIN"],
    poll_interval=cdk.Duration.seconds(1),
    triggers={"day": context("day")},
)
if context("code"):
    asset = assets.Asset(studio, "Code", path=context("code"))
    function = session.provider.function.node.default_child
    assert isinstance(function, lambda_.CfnFunction)
    function.code = lambda_.CfnFunction.CodeProperty(
        s3_bucket=asset.s3_bucket_name, s3_key=asset.s3_object_key
    )
arn = session.streaming_session_arn
cdk.CfnOutput(studio, "Arn", value=arn)
cdk.CfnOutput(studio, "State", value=session.streaming_session_state)
ssm.StringParameter(studio, "Parameter", parameter_name="/session/arn", string_value=arn)

consumer = cdk.Stack(app, "Consumer")
ssm.StringParameter(consumer, "Parameter", parameter_name="/consumer/arn", string_value=arn)
app.synth()
