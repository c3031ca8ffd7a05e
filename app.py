#!/usr/bin/env python3
"""The deployable app: one stack with one streaming session, its ARN and state as outputs.

Which session is read from the context: ``cdk deploy -c studio_id=… -c session_id=…``, with
``-c backup_id=…`` to restore a backup, ``-c endpoint_url=…`` for an API-compatible endpoint, and
``-c triggers=…``, any text, whose change starts a session that was stopped meanwhile.
"""

from __future__ import annotations

import os
import sys

import aws_cdk as cdk

from cdk_nimble_streaming_session import StreamingSession

EXAMPLES = {"studio_id": "us-west-2:stid-abc123", "session_id": "yeG7lDwNQEiwNTRT7DrV7Q"}


def required(app: cdk.App, name: str) -> str:
    """Return a value of the context.

    Raises
    ------
    ValueError
        When it is missing or empty.
    """
    value = app.node.try_get_context(name)
    if not value:
        raise ValueError(f"{name} is missing")
    return str(value)


def optional(app: cdk.App, name: str) -> str | None:
    """Return a value of the context, None where there is none."""
    value = app.node.try_get_context(name)
    return str(value) if value else None


def build(context: dict[str, str] | None = None) -> cdk.App:
    """Return the app with its stack.

    Parameters
    ----------
    context
        What is added to the context that the CLI gives.

    Raises
    ------
    ValueError
        When an argument is missing or can't be right.
    """
    app = cdk.App(context=context)
    studio_id, session_id = required(app, "studio_id"), required(app, "session_id")
    environment = cdk.Environment(
        account=os.environ.get("CDK_DEFAULT_ACCOUNT"), region=os.environ.get("CDK_DEFAULT_REGION")
    )
    stack = cdk.Stack(app, "NimbleStreamingSession", env=environment)
    session = StreamingSession(
        stack,
        "Workstation",
        studio_id=studio_id,
        session_id=session_id,
        backup_id=optional(app, "backup_id"),
        endpoint_url=optional(app, "endpoint_url"),
        triggers=optional(app, "triggers"),
    )
    cdk.CfnOutput(stack, "SessionArn", value=session.streaming_session_arn)
    cdk.CfnOutput(stack, "SessionState", value=session.streaming_session_state)
    return app


def main(arguments: list[str]) -> None:
    """Synthesise, or say in one line what is wrong with the arguments.

    With ``--check -c name=value ...`` nothing is synthesised: make asks so before it runs the CLI.
    """
    check = arguments[:1] == ["--check"]
    pairs = [text.partition("=") for text in arguments[1:] if text != "-c"]
    try:
        app = build({name: value for name, _, value in pairs})
    except ValueError as error:
        example = " ".join(f"-c {name}={value}" for name, value in EXAMPLES.items())
        made = " ".join(f"{name.upper()}={value}" for name, value in EXAMPLES.items())
        usage = f"For example: cdk deploy {example}, or make deploy TARGET=aws {made}"
        raise SystemExit(f"{error}. {usage}") from None
    if not check:
        app.synth()


if __name__ == "__main__":
    main(sys.argv[1:])
