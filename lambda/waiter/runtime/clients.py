"""botocore clients, with limits in place of its patience."""

import io
from functools import cache
from http.client import HTTPException
from pathlib import Path
from typing import Any

import botocore.session
from botocore import xform_name
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.retries.standard import RetryContext, ThrottledRetryableChecker

from outbound import send
from waiter.exceptions import Kind, ServiceError

from .loader import Data
from .text import phrase, printable

CALL_SECONDS = 10.0
QUESTION_SECONDS = 5.0
"""For the questions about the stack: an answer helps, waiting for it does not."""

_PASSING = {408, 425}


@cache
def _session() -> botocore.session.Session:
    session = botocore.session.Session()
    # The models that packages of this function bring come first: botocore may have dropped them.
    models = list(Path(__file__).parents[2].glob("*/models/*"))
    loader = Data(extra_search_paths=[str(path.parent) for path in models])
    loader.services += tuple(path.name for path in models)
    session.register_component("data_loader", loader)
    return session


class _Body(io.BytesIO):
    """A body as botocore reads it."""

    def stream(self) -> list[bytes]:
        return [self.read()]


def client(service: str, seconds: float = CALL_SECONDS) -> Any:
    """Make a botocore client that tries once, and whose calls take at most some seconds each.

    The wait repeats what fails; botocore's own patience would hold one poll for minutes: its limits
    begin anew with each address and each byte. So it makes and reads the requests, and the
    function's own way out sends them. Raises ServiceError, REFUSED, with settings that no client
    can be made of.
    """

    def sent(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        parts = request.method, request.url, request.body, dict(request.headers.items())
        status, headers, body = send(*parts, seconds)
        return AWSResponse(request.url, status, headers, _Body(body))

    config = Config(
        retries={"total_max_attempts": 1, "mode": "standard"}, parameter_validation=False
    )
    try:
        made: Any = _session().create_client(service, config=config)
    except Exception as error:
        # What botocore raises for an endpoint that is no URL, a profile that is missing, and so on.
        name = type(error).__name__
        what = f"making a client of {service}"
        raise ServiceError(Kind.REFUSED, name, phrase(error), what, "no-client") from error
    made.meta.events.register("before-send", sent)
    return made


def call(made: Any, operation: str, **parameters: object) -> dict[str, Any]:
    """Call an operation by its name in the API; raise ServiceError for all but an answer."""
    method = getattr(made, xform_name(operation))
    try:
        answer: dict[str, Any] = method(**parameters)
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        said = error.response.get("Error", {})
        code, message = printable(said.get("Code", ""), 100), phrase(said.get("Message", ""))
        kind = _kind(status, code, error.response)
        raise ServiceError(kind, code, message, operation) from error
    except Exception as error:
        # Cut connections, no JSON, JSON of another shape or depth, times that no calendar has:
        # botocore has no error in common for what it can't read.
        name = type(error).__name__
        fault = ServiceError(Kind.TRANSIENT, name, phrase(error), operation)
        fault.answered = not isinstance(error, OSError | HTTPException)
        raise fault from error
    return answer


def _kind(status: int, code: str, response: Any) -> Kind:
    if status == 409:  # noqa: PLR2004 - Conflict
        return Kind.CONFLICT
    if code.startswith("AccessDenied"):
        return Kind.DENIED
    throttled = ThrottledRetryableChecker().is_retryable(RetryContext(1, parsed_response=response))
    # Codes such as Throttling.User are in no list.
    if throttled or status == 429 or "Throttl" in code:  # noqa: PLR2004 - Too Many Requests
        return Kind.THROTTLED
    fails = status >= 500 or status in _PASSING  # noqa: PLR2004 - faults of the server
    if fails or code.startswith("RequestTimeout"):
        return Kind.TRANSIENT
    if status == 404 and code == "ResourceNotFoundException":  # noqa: PLR2004 - Not Found
        return Kind.ABSENT
    # What a signature with a fresh credential may get.
    return Kind.DENIED if status == 403 else Kind.REFUSED  # noqa: PLR2004 - Forbidden
