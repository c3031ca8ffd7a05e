"""The construct's error messages: makes each mistake, and shows its message."""

from __future__ import annotations

import inspect
from functools import partial
from math import nan
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs

from cdk_nimble_streaming_session import StreamingSession, StreamingSessionProvider
from reference.markdown import code, table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from constructs import Construct

SESSION: dict[str, Any] = {"studio_id": "us-west-2:stid-abc123", "session_id": "one"}
ARN = "arn:aws:nimble:us-west-2:111122223333:streaming-session/one"


def errors() -> str:
    """Return the construct's error messages as a table."""
    rows = [*_wrong_arguments(), *_wrong_apps()]
    return table(
        ["where", "error", "message"],
        ([code(where), code(type(error).__name__), code(error)] for where, error in rows),
    )


def _wrong_arguments() -> Iterator[tuple[str, Exception]]:
    """Yield each checked argument's message for a value that fits no argument."""
    for kind, usual in ((StreamingSession, SESSION), (StreamingSessionProvider, {})):
        for name in list(inspect.signature(kind.__init__).parameters)[3:]:
            error = _raised(partial(kind, id="A", **{**usual, name: 0.5}))
            # This error is jsii's, which names neither the value nor the rule.
            if str(error).startswith(f"{name} is "):
                yield kind.__name__, error


def _wrong_apps() -> Iterator[tuple[str, Exception]]:
    for where, mistakes in _MISTAKES.items():
        for mistake in mistakes:
            error = _raised(mistake)
            if type(error) not in (TypeError, ValueError):
                raise LookupError(
                    f"The construct does not refuse this: {inspect.getsource(mistake)}"
                )
            yield where, error


def _raised(mistake: Callable[[cdk.Stack], object]) -> Exception:
    """Make a mistake in a new app, and return the exception; LookupError if there is none."""
    try:
        mistake(cdk.Stack(cdk.App(), "Studio"))
    except Exception as error:  # noqa: BLE001 - who asks decides what is a refusal
        return error
    return LookupError("nothing")


def _session(stack: Construct, id: str = "A", **changes: Any) -> StreamingSession:  # noqa: A002 - as every construct names it
    return StreamingSession(stack, id, **{**SESSION, **changes})


def _provider(stack: Construct, **settings: Any) -> StreamingSessionProvider:
    return StreamingSessionProvider(stack, "Provider", **settings)


def _two(stack: Construct, first: dict[str, Any], second: dict[str, Any]) -> None:
    _session(stack, "A", **first)
    _session(stack, "B", **{"session_id": "two", **second})


_MISTAKES: dict[str, list[Callable[[cdk.Stack], object]]] = {
    "StreamingSession": [
        lambda stack: _session(stack, session_id="a/b"),
        lambda stack: _session(stack, session_id=ARN),
        lambda stack: _session(stack, timeout=cdk.Duration.hours(1)),
        lambda stack: _session(stack, poll_interval=cdk.Duration.millis(1500)),
        lambda stack: _session(stack, allow_restart=True),
        lambda stack: _session(stack, endpoint_url="nimble.example.com"),
        lambda stack: _session(stack, endpoint_url="https://me:secret@nimble.example.com"),
        lambda stack: _session(stack, triggers={"day": {1}}),
        lambda stack: _session(stack, triggers=[nan]),
        lambda stack: _session(stack, triggers={1: "day"}),
        lambda stack: _two(stack, {}, {"session_id": "one"}),
        lambda stack: _two(stack, {"provider": _provider(stack)}, {}),
        lambda stack: _two(stack, {}, {"provider": _provider(stack)}),
        lambda stack: _session(stack, provider=_provider(cdk.Stack(stack.node.root, "Other"))),  # type: ignore[arg-type]
        lambda stack: _session(
            stack,
            provider=_provider(stack, endpoint_url="https://one.example"),
            endpoint_url="https://two.example",
        ),
    ],
    "StreamingSessionProvider": [
        lambda stack: _provider(stack, memory_size=64),
        lambda stack: _provider(stack, reserved_concurrent_executions=0),
        lambda stack: _provider(stack, dead_letter_queue=sqs.Queue(stack, "Lost", fifo=True)),
        lambda stack: _provider(
            stack, log_group=logs.LogGroup(stack, "Log"), log_retention=logs.RetentionDays.ONE_DAY
        ),
        lambda stack: _provider(
            stack,
            role=iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com")),
            permissions_boundary=iam.ManagedPolicy.from_aws_managed_policy_name("PowerUserAccess"),
        ),
    ],
    "grant": [
        lambda stack: _session(stack).grant(iam.User(stack, "User")),
        lambda stack: _session(stack).grant(iam.User(stack, "User"), "s3:GetObject"),
    ],
    "metric": [lambda stack: _session(stack).metric("Retries")],
    "from_streaming_session_attributes": [
        lambda stack: StreamingSession.from_streaming_session_attributes(stack, "A"),
        lambda stack: StreamingSession.from_streaming_session_arn(stack, "A", "arn:aws:s3:::one"),
        # Type checkers report that such a session has no state.
        lambda stack: attrgetter("streaming_session_state")(
            StreamingSession.from_streaming_session_id(stack, "A", "one")
        ),
    ],
}
"""Mistakes other than a value of the wrong type, by the place where they are made."""
