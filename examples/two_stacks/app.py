#!/usr/bin/env python3
"""An app of two stacks: the studio's session, and a portal that may use it and watch another."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from cdk_nimble_streaming_session import IStreamingSession, StreamingSession


class StudioStack(cdk.Stack):
    """The stack that starts the session.

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
        self.session = StreamingSession(
            self,
            "Workstation",
            studio_id=studio_id,
            session_id=session_id,
            endpoint_url=endpoint_url,
        )


class PortalStack(cdk.Stack):
    """The stack of a web portal, whose role connects artists to their sessions.

    Parameters
    ----------
    scope, id
        The place in the construct tree.
    session
        The session that the portal opens streams of.
    watched_id
        A session that it may only read.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        session: IStreamingSession,
        watched_id: str,
    ) -> None:
        super().__init__(scope, id)
        watched = StreamingSession.from_streaming_session_id(self, "Watched", watched_id)
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))
        session.grant_read(role)
        session.grant_connect(role)
        watched.grant_read(role)
        for name, each in {"session": session, "watched": watched}.items():
            ssm.StringParameter(
                self,
                f"{name.capitalize()}Arn",
                parameter_name=f"/portal/{name}/arn",
                string_value=each.streaming_session_arn,
            )
        cdk.CfnOutput(self, "RoleArn", value=role.role_arn)


app = cdk.App()
context = app.node.try_get_context
studio = StudioStack(
    app,
    "Studio",
    studio_id=context("studio_id") or "us-west-2:stid-abc123",
    session_id=context("session_id") or "yeG7lDwNQEiwNTRT7DrV7Q",
    endpoint_url=context("endpoint_url"),
)
PortalStack(
    app,
    "Portal",
    session=studio.session,
    watched_id=context("watched_id") or "bm90LXN0YXJ0ZWQtaGVyZQ",
)
app.synth()
