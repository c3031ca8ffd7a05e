"""botocore clients, with limits in place of its patience."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.loaders import Loader
from botocore.parsers import ResponseParserError

from streaming_session.exceptions import Kind, ServiceError
from streaming_session.text import printable

if TYPE_CHECKING:
    from botocore.client import BaseClient

_MODELS = Path(__file__).parent / "models"

CONNECT_SECONDS = 3
READ_SECONDS = 10
QUESTION_SECONDS = 3
"""Limit for the questions about the stack: an answer helps, waiting for it does not."""

_THROTTLING = frozenset(
    {
        "ThrottlingException",
        "Throttling",
        "ThrottledException",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "SlowDown",
    }
)
_TOO_MANY_REQUESTS = 429
_FORBIDDEN = 403
_SERVER_ERROR = 500


@cache
def _session() -> botocore.session.Session:
    session = botocore.session.Session()
    # The runtime's botocore has no model of Nimble Studio any more: ours is looked up first, the
    # runtime's own data after it.
    loader = Loader(extra_search_paths=[str(_MODELS)])
    session.register_component("data_loader", loader)
    return session


def client(service: str, read_seconds: float = READ_SECONDS) -> BaseClient:
    """Make a client that tries once and gives up early.

    The wait repeats what fails, with its own interval and deadline; botocore's retries would only
    hide the first fault and, with its time limits of a minute each, hold one poll for minutes.
    """
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=read_seconds,
        retries={"total_max_attempts": 1, "mode": "standard"},
        parameter_validation=False,
    )
    made: BaseClient = _session().create_client(service, config=config)
    return made


def call(made: BaseClient, operation: str, method: str, **parameters: object) -> dict[str, Any]:
    """Call an operation.

    Parameters
    ----------
    made
        A client of `client`.
    operation
        The operation's name in the API, for the error.
    method
        Its name in botocore.
    **parameters
        Its parameters.

    Raises
    ------
    ServiceError
        Whatever happened instead of an answer, sorted by what it means to the wait.
    """
    try:
        answer: dict[str, Any] = getattr(made, method)(**parameters)
    except ClientError as error:
        raise _from_answer(error, operation) from error
    except (BotoCoreError, ResponseParserError, ValueError, OSError) as error:
        # ValueError: a body that is no JSON, or half of it; OSError: a connection cut while read.
        name = type(error).__name__
        raise ServiceError(Kind.TRANSIENT, name, printable(error), operation) from error
    return answer


def _from_answer(error: ClientError, operation: str) -> ServiceError:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    code = printable(error.response.get("Error", {}).get("Code", ""), 100)
    message = printable(error.response.get("Error", {}).get("Message", ""))
    return ServiceError(_kind(status, code), code, message, operation)


def _kind(status: int, code: str) -> Kind:
    if status == _TOO_MANY_REQUESTS or code in _THROTTLING:
        return Kind.THROTTLED
    if status >= _SERVER_ERROR:
        return Kind.TRANSIENT
    if code == "ConflictException":
        return Kind.CONFLICT
    if status == _FORBIDDEN:
        # AccessDeniedException, and what a signature with a fresh credential may get.
        return Kind.DENIED
    return Kind.REFUSED
