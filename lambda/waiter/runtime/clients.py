"""botocore clients with strict time limits."""

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
QUERY_SECONDS = 5.0
"""Time limit for queries about the stack. An answer helps, but isn't worth a long wait."""


@cache
def _session() -> botocore.session.Session:
    session = botocore.session.Session()
    # Models in this function's packages come first: botocore may have dropped them.
    models = list(Path(__file__).parents[2].glob("*/models/*"))
    loader = Data(extra_search_paths=[str(path.parent) for path in models])
    session.register_component("data_loader", loader)
    return session


class _Body(io.BytesIO):
    """A response body that botocore can read."""

    def stream(self) -> list[bytes]:
        return [self.read()]


def client(service: str, seconds: float = CALL_SECONDS, **where: Any) -> Any:
    """Make a botocore client that tries each call once, for at most ``seconds``.

    The wait does the retries. botocore's own patience would hold up one poll for minutes, because
    its limits start over with each address and each byte. So botocore only builds requests and
    parses responses, and `outbound` does the sending. Raises a REFUSED ServiceError if no client
    can be made with the settings. ``where`` may name a region and an endpoint, as botocore does.
    """

    def sent(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        parts = request.method, request.url, request.body, dict(request.headers.items())
        status, headers, body = send(*parts, seconds)
        return AWSResponse(request.url, status, headers, _Body(body))

    config = Config(
        retries={"total_max_attempts": 1, "mode": "standard"}, parameter_validation=False
    )
    try:
        made: Any = _session().create_client(service, config=config, **where)
    except Exception as error:
        # botocore raises this for an invalid endpoint URL, a missing profile, and so on.
        name = type(error).__name__
        what = f"making a client of {service}"
        raise ServiceError(Kind.REFUSED, name, phrase(error), what, "no-client") from error
    made.meta.events.register("before-send", sent)
    return made


def call(made: Any, operation: str, /, **parameters: object) -> dict[str, Any]:
    """Call an operation by its name in the API; raise ServiceError if there is no answer."""
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
        # Cut connections, invalid JSON, JSON of the wrong shape or depth, impossible dates:
        # botocore has no common error for answers that it can't read.
        name = type(error).__name__
        fault = ServiceError(Kind.UNAVAILABLE, name, phrase(error), operation)
        fault.answered = not isinstance(error, OSError | HTTPException)
        raise fault from error
    return answer


def _kind(status: int, code: str, response: Any) -> Kind:
    if status == 409:  # noqa: PLR2004 - Conflict
        return Kind.CONFLICT
    if code.startswith("AccessDenied"):
        return Kind.DENIED
    throttled = ThrottledRetryableChecker().is_retryable(RetryContext(1, parsed_response=response))
    # botocore's lists lack codes such as Throttling.User.
    if throttled or status == 429 or "Throttl" in code:  # noqa: PLR2004 - Too Many Requests
        return Kind.THROTTLED
    # Request Timeout, Too Early, and all server errors.
    fails = status in {408, 425} or status >= 500  # noqa: PLR2004
    if fails or code.startswith("RequestTimeout"):
        return Kind.UNAVAILABLE
    if status == 404 and code == "ResourceNotFoundException":  # noqa: PLR2004 - Not Found
        return Kind.ABSENT
    # A signature with new credentials may get a 403.
    return Kind.DENIED if status == 403 else Kind.REFUSED  # noqa: PLR2004 - Forbidden
