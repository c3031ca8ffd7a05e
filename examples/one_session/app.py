#!/usr/bin/env python3
"""One session, its ARN in an SSM parameter and in an output."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from cdk_nimble_streaming_session import StreamingSession


class WorkstationStack(cdk.Stack):
    """A stack that is complete when its session is READY.

    Parameters
    ----------
    scope, id
        The place in the construct tree.
    studio_id, session_id
        The studio and the session.
    endpoint_url
        An API-compatible endpoint.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        studio_id: str,
        session_id: str,
        endpoint_url: str | None,
    ) -> None:
        super().__init__(scope, id)
        session = StreamingSession(
            self,
            "Workstation",
            studio_id=studio_id,
            session_id=session_id,
            endpoint_url=endpoint_url,
        )
        parameter = ssm.StringParameter(
            self,
            "Arn",
            parameter_name="/workstation/arn",
            string_value=session.streaming_session_arn,
        )
        cdk.CfnOutput(self, "SessionArn", value=session.streaming_session_arn)
        cdk.CfnOutput(self, "SessionState", value=session.streaming_session_state)
        cdk.CfnOutput(self, "ParameterName", value=parameter.parameter_name)


app = cdk.App()
context = app.node.try_get_context
WorkstationStack(
    app,
    "Workstation",
    studio_id=context("studio_id") or "us-west-2:stid-abc123",
    session_id=context("session_id") or "yeG7lDwNQEiwNTRT7DrV7Q",
    endpoint_url=context("endpoint_url"),
)
app.synth()
