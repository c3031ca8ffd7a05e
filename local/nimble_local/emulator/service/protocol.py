"""The server side of the rest-json protocol: parses requests, and serialises answers.

Everything specific to Nimble Studio comes from the service model.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from botocore.model import ListShape, MapShape, StructureShape

from nimble_local.emulator.service.exceptions import NimbleError, ValidationError
from nimble_local.emulator.service.model import error_status, shape
from nimble_local.emulator.service.shapes import problems

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from botocore.model import OperationModel, Shape

MAX_BODY_BYTES = 1024 * 1024
"""The largest body; a larger one causes a ValidationException (inferred)."""

MAX_PROBLEMS = 10
"""The number of problems that a ValidationException lists."""

NO_BODY = "[Unknown error parsing request body] The body is empty: send {} when no member is set."
"""The service's own message to a request without a body (boto3 issue 3367), and a hint."""

_INTEGER = re.compile(r"-?[0-9]{1,18}")


class Answer(NamedTuple):
    """An HTTP answer of the API."""

    status: int
    headers: dict[str, str]
    body: bytes


def parse(
    operation: OperationModel,
    labels: Mapping[str, str],
    query: Mapping[str, Sequence[str]],
    headers: Mapping[str, str],
    body: bytes,
) -> dict[str, Any]:
    """Return the input of an operation from the parts of an HTTP request.

    Parameters
    ----------
    operation
        The operation of the method and path.
    labels
        The decoded labels of the path.
    query
        The parameters of the query, each with all its values.
    headers
        The headers; looked up in any case when the mapping does so.
    body
        The complete body.

    Raises
    ------
    ValidationError
        The body is missing or not JSON, or the input breaks a rule of the model; the message says
        which.
    """
    wanted = operation.input_shape
    if wanted is None:
        return {}
    if not body and any("location" not in m.serialization for m in wanted.members.values()):
        raise ValidationError(NO_BODY)
    content = _json_object(body)
    found: dict[str, Any] = {}
    for name, member in wanted.members.items():
        key = member.serialization.get("name", name)
        match member.serialization.get("location"):
            case "uri":
                value: object = labels[key] or None
            case "querystring":
                value = _from_query(member, query.get(key, ()))
            case "header":
                value = headers.get(key)
            case _:
                value = content.get(key)
        if value is not None:
            found[name] = value
    check(wanted, found)
    return found


def _from_query(member: Shape, texts: Sequence[str]) -> object:
    # In a query, an empty list looks the same as none.
    if not texts:
        return None
    if isinstance(member, ListShape):
        return list(texts)
    # Text that isn't a number stays text, which the model's check refuses.
    number = member.type_name == "integer" and _INTEGER.fullmatch(texts[0])
    return int(texts[0]) if number else texts[0]


def check(wanted: Shape, value: object) -> None:
    """Check a value against its shape.

    Raises
    ------
    ValidationError
        The value breaks a rule; the message lists the problems in the API's own format.
    """
    wrong = []
    for problem in problems(wanted, value):
        wrong.append(problem)
        if len(wrong) == MAX_PROBLEMS:
            break
    if wrong:
        count = f"{len(wrong)} validation error{'s' if len(wrong) > 1 else ''} detected"
        raise ValidationError(f"{count}: {'; '.join(wrong)}")


def _json_object(body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    try:
        content = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    # Thousands of opening brackets cause a RecursionError.
    except (ValueError, RecursionError) as error:
        raise ValidationError("The body of the request is not JSON.") from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ValidationError("The body of the request is not a JSON object.")
    return content


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def answer(operation: OperationModel, output: Mapping[str, Any]) -> Answer:
    """Return the answer of an operation that succeeded.

    Parameters
    ----------
    operation
        The operation.
    output
        The members of its output shape; timestamps in seconds since 1970. None means absent.
    """
    content = serialise(operation.output_shape, output) if operation.output_shape else {}
    status = int(operation.http.get("responseCode", 200))
    body = b"" if status == HTTPStatus.NO_CONTENT else _dump(content)
    return Answer(status, {"Content-Type": "application/json"}, body)


def error_answer(error: NimbleError) -> Answer:
    """Return the answer that carries an error: its name in a header and in the body."""
    content = serialise(shape(error.shape), error.body())
    return Answer(
        error_status(error.shape),
        {"Content-Type": "application/json", "x-amzn-ErrorType": error.shape},
        _dump({"__type": error.shape, **content}),
    )


def serialise(wanted: Shape, value: object) -> Any:
    """Return a value in the JSON form that its shape requires.

    Raises
    ------
    KeyError
        A structure has a member that its shape lacks, which is a bug of the emulator.
    """
    if isinstance(wanted, StructureShape):
        members = cast("Mapping[str, Any]", value)
        return {
            wanted.members[name].serialization.get("name", name): serialise(
                wanted.members[name], item
            )
            for name, item in members.items()
            if item is not None
        }
    if isinstance(wanted, ListShape):
        return [serialise(wanted.member, item) for item in cast("Sequence[Any]", value)]
    if isinstance(wanted, MapShape):
        return dict(cast("Mapping[str, str]", value))
    if wanted.type_name == "timestamp":
        # "The ISO timestamp in seconds", say the model's members.
        moment = datetime.fromtimestamp(int(cast("float", value)), UTC)
        return moment.isoformat().replace("+00:00", "Z")
    return value


def _dump(content: object) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode("ascii")
