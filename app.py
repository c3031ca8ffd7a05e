#!/usr/bin/env python3
"""The deployable app: a stack with one streaming session, and its ARN and state as outputs.

The context names the session: ``cdk deploy -c studio_id=… -c session_id=…``. ``-c backup_id=…``
restores a backup, and ``-c endpoint_url=…`` sets an API-compatible endpoint. A new text in
``-c triggers=…`` starts a session that was stopped since the last deploy.
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
    """Return a value of the context; None if there is none."""
    value = app.node.try_get_context(name)
    return str(value) if value else None


def build(context: dict[str, str] | None = None) -> cdk.App:
    """Return the app with its stack.

    Parameters
    ----------
    context
        Values to add to the context from the CLI.

    Raises
    ------
    ValueError
        When an argument is missing or invalid.
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
    """Synthesise, or report a mistake in the arguments in one line.

    With ``--check -c name=value ...`` it only checks the arguments, as make does before the CLI
    runs.
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
