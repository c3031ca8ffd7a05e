"""Patches for MiniStack where it differs from AWS, or would answer anyone; see docs/decisions.md.

They patch a pinned version. A version that has moved a patched name fails at its first request.
"""

from __future__ import annotations

import hashlib
import hmac
import importlib
import re
import secrets
from datetime import UTC, datetime, timedelta
from threading import Lock, local
from typing import TYPE_CHECKING, Any, Final

from nimble_local.cloud.gate.signature import presign, utc_now
from nimble_local.cloud.servers.ports import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from nimble_local.cloud.access import Credentials

ANSWER_SECONDS: Final = 7_200
"""The time for which CloudFormation accepts the answer of a custom resource."""
SIGNAL_SECONDS: Final = 86_400
"""The time for which CloudFormation accepts a signal to a wait condition."""
CODE_SECONDS: Final = 600
"""The time for which Lambda's URL of a function's or layer's code is valid."""

_STACK: Final = "AWS::CloudFormation::Stack"
_BEGINS: Final = frozenset(
    {
        "REVIEW_IN_PROGRESS",
        "CREATE_IN_PROGRESS",
        "ROLLBACK_IN_PROGRESS",
        "UPDATE_IN_PROGRESS",
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "DELETE_IN_PROGRESS",
        "IMPORT_IN_PROGRESS",
        "IMPORT_ROLLBACK_IN_PROGRESS",
    }
)
_EVENT_ID: Final = re.compile(rb"<EventId>([^<]*)</EventId>")


def apply(credentials: Credentials) -> None:
    """Patch MiniStack; this imports the modules that it would import for the first stack.

    Parameters
    ----------
    credentials
        The cloud's credentials.
    """
    cloudformation = _service("cloudformation")
    _sign_urls(credentials)
    _tell_operations(cloudformation)
    stacks = _service("cloudformation.stacks")
    stacks.now_iso = distinct_times(stacks.now_iso)
    _close_runtime_api()
    _hide_role_secrets(credentials)


def _service(name: str) -> Any:
    return importlib.import_module(f"ministack.services.{name}")


def _sign_urls(credentials: Credentials) -> None:
    """Sign the URLs that AWS signs, which allow one request without credentials for some time."""

    def signed(made: Callable[..., str], method: str, seconds: int) -> Callable[..., str]:
        def made_and_signed(*arguments: Any) -> str:
            url = made(*arguments).partition("?")[0]
            return presign(method, url, credentials, seconds, utc_now())

        return made_and_signed

    answers = _service("cloudformation.custom_resource")
    # If localhost resolves to ::1 first, another program may be listening there.
    answers._HOST = LOOPBACK  # noqa: SLF001
    for module, name, method, seconds in (
        (answers, "_response_url", "PUT", ANSWER_SECONDS),
        (_service("cloudformation.wait_conditions"), "handle_url", "PUT", SIGNAL_SECONDS),
        (_service("lambda_svc"), "_presigned_code_url", "GET", CODE_SECONDS),
        (_service("lambda_svc"), "_layer_content_url", "GET", CODE_SECONDS),
    ):
        setattr(module, name, signed(getattr(module, name), method, seconds))


def operation_ids(events: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Return the operation id of each event id.

    A rollback is a separate operation, as in CloudFormation. Without operations, the CDK CLI
    attributes all earlier failures of a stack to the last deployment.

    Parameters
    ----------
    events
        All events of one stack as MiniStack keeps them, oldest first.
    """
    found: dict[str, str] = {}
    operation = ""
    for event in events:
        is_own = event["ResourceType"] == _STACK and event["PhysicalResourceId"] == event["StackId"]
        if not operation or (is_own and event["ResourceStatus"] in _BEGINS):
            operation = event["EventId"]
        found[event["EventId"]] = operation
    return found


def distinct_times(now: Callable[[], str]) -> Callable[[], str]:
    """Return a clock that never returns the same time twice, so that events can be sorted.

    MiniStack completes in one millisecond what takes seconds on AWS, so the CDK CLI could print the
    end of a resource before its beginning.

    Parameters
    ----------
    now
        Returns the time in ISO 8601 with milliseconds.
    """
    last = datetime.min.replace(tzinfo=UTC)
    lock = Lock()

    def later() -> str:
        nonlocal last
        with lock:
            last = max(datetime.fromisoformat(now()), last + timedelta(milliseconds=1))
            return last.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"

    return later


def _tell_operations(cloudformation: Any) -> None:
    """Add ``OperationId`` to the events of stacks."""
    actions = _service("cloudformation.handlers")._ACTION_HANDLERS  # noqa: SLF001
    describe = actions["DescribeStackEvents"]

    def described(parameters: Any) -> tuple[int, dict[str, str], bytes]:
        status, headers, body = describe(parameters)
        operations: dict[str, str] = {}
        for events in cloudformation._stack_events.values():  # noqa: SLF001
            operations |= operation_ids(events)

        def with_operation(found: re.Match[bytes]) -> bytes:
            operation = operations[found[1].decode()].encode()
            return found[0] + b"<OperationId>" + operation + b"</OperationId>"

        return status, headers, _EVENT_ID.sub(with_operation, body)

    actions["DescribeStackEvents"] = described


def _close_runtime_api() -> None:
    """Give the runtime API of ``provided`` runtimes, which has its own port, a secret path."""
    token = secrets.token_hex(20)
    functions = _service("lambda_svc")
    runtime: Any = importlib.import_module("ministack.core.lambda_runtime")
    environment = functions._provided_worker_env  # noqa: SLF001
    worker = runtime.ProvidedWorker
    handler_class = worker._build_handler_class  # noqa: SLF001

    def with_secret_path(*arguments: Any) -> dict[str, str]:
        made: dict[str, str] = environment(*arguments)
        made["AWS_LAMBDA_RUNTIME_API"] += f"/{token}"
        return made

    def closed(*arguments: Any) -> Any:
        handler = handler_class(*arguments)

        def parse_request(self: Any) -> bool:
            if not handler.parse_request(self):
                return False
            # MiniStack finds its own part of the path after any prefix.
            if hmac.compare_digest(self.path.split("/")[1].encode(), token.encode()):
                return True
            self.send_error(403)
            return False

        return type("Closed", (handler,), {"parse_request": parse_request})

    def refused(*_arguments: Any) -> dict[str, Any]:
        why = "The local cloud doesn't support durable functions of provided runtimes."
        return {"body": {"errorType": "Runtime.Unsupported", "errorMessage": why}, "error": True}

    # It starts its own server, which can't be protected.
    functions._execute_function_provided = refused  # noqa: SLF001
    functions._provided_worker_env = with_secret_path  # noqa: SLF001
    worker._build_handler_class = closed  # noqa: SLF001


def _hide_role_secrets(credentials: Credentials) -> None:
    """Mix the cloud's secret into the secrets of roles, which MiniStack derives from ARNs."""
    functions, sts = _service("lambda_svc"), _service("sts")
    runtime: Any = importlib.import_module("ministack.core.lambda_runtime")
    original, register = runtime.execution_credentials, sts.register_session
    role_session = local()

    def mixed(secret: str) -> str:
        own = credentials.secret_access_key.encode()
        return hmac.new(own, secret.encode(), hashlib.sha256).hexdigest()

    def register_session(access_key_id: str, session: dict[str, Any]) -> None:
        if getattr(role_session, "begins", False):
            session["SecretAccessKey"] = mixed(session["SecretAccessKey"])
        register(access_key_id, session)

    def execution_credentials(config: Any) -> dict[str, str]:
        role_session.begins = True
        try:
            made: dict[str, str] = original(config)
        finally:
            role_session.begins = False
        if made["AWS_ACCESS_KEY_ID"] in sts._sessions:  # noqa: SLF001
            made["AWS_SECRET_ACCESS_KEY"] = mixed(made["AWS_SECRET_ACCESS_KEY"])
        return made

    sts.register_session = register_session
    runtime.execution_credentials = functions.execution_credentials = execution_credentials
