"""Random requests of every operation of the official model, valid and broken."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from hypothesis import strategies as st

from nimble_local.emulator.http.responses import Incoming
from nimble_local.emulator.seed.default_seed import LAUNCH_PROFILE_ID, SESSION_ID, STUDIO_ID
from nimble_local.emulator.service.model import operations
from testkit.emulator.in_process import SIGNATURE, incoming

if TYPE_CHECKING:
    from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

KNOWN = {
    "studioId": [STUDIO_ID],
    "sessionId": [SESSION_ID, "ready", "failed"],
    "launchProfileId": [LAUNCH_PROFILE_ID],
    "backupId": ["backup"],
    "ec2InstanceType": ["g5.2xlarge", "g5.4xlarge"],
    "streamingImageId": ["bG9jYWwtaW1hZ2UtMDAwMA"],
    "resourceArn": [
        f"arn:aws:nimble:us-west-2:000000000000:{thing}"
        for thing in (
            *(f"streaming-session/{SESSION_ID}", "streaming-session/ready"),
            *("studio/stid-local0000000000000001", f"launch-profile/{LAUNCH_PROFILE_ID}"),
            "streaming-session-backup/backup",
        )
    ],
}
"""Names in `WORLD`: a request without one of them is refused at once."""

WORLD = {
    "sessions": [
        {"sessionId": "ready", "state": "READY"},
        {"sessionId": "failed", "state": "STOP_FAILED"},
    ],
    "backups": [{"backupId": "backup", "sessionId": SESSION_ID}],
}
EMULATED = [name for name in (o.name for o in operations()) if "Session" in name or "Tag" in name]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def _strings(shape: Shape, name: str, place: str | None) -> st.SearchStrategy[str]:
    rules = shape.metadata
    low, high = rules.get("min", 0), rules.get("max")
    made: st.SearchStrategy[str]
    if "enum" in rules:
        made = st.sampled_from(rules["enum"])
    elif "pattern" in rules:
        made = st.from_regex(rules["pattern"].replace("$", r"\Z"))
        made = made.filter(lambda text: low <= len(text) <= (high or len(text)))
    elif place in ("header", "uri"):
        # A header can't contain other characters, and a path without a label is another path.
        printable = st.characters(min_codepoint=33, max_codepoint=126)
        made = st.text(printable, min_size=max(low, 1), max_size=high)
    else:
        made = st.text(min_size=low, max_size=high)
    known = KNOWN.get(name)
    if known is None or place == "header":
        return made
    return st.one_of(st.sampled_from(known), st.sampled_from(known), st.sampled_from(known), made)


def valid(shape: Shape, name: str = "") -> st.SearchStrategy[Any]:
    """Return the values of a shape, mostly ones with which a request succeeds."""
    rules = shape.metadata
    low, high = rules.get("min", 0), rules.get("max")
    match shape.type_name:
        case "string":
            return _strings(shape, name, shape.serialization.get("location"))
        case "integer" | "long":
            return st.integers(low, high)
        case "float" | "double":
            return st.floats(low, high, allow_nan=False)
        case "boolean":
            return st.booleans()
        case "timestamp":
            return st.datetimes()
        case "list":
            member = cast("ListShape", shape).member
            # A query can't carry an empty list.
            low = max(low, shape.serialization.get("location") == "querystring")
            return st.lists(valid(member), min_size=low, max_size=min(high or 3, low + 3))
        case "map":
            entries = cast("MapShape", shape)
            return st.dictionaries(valid(entries.key), valid(entries.value), max_size=3)
    members = cast("StructureShape", shape).members
    if cast("StructureShape", shape).is_tagged_union:
        one = [st.fixed_dictionaries({key: valid(each, key)}) for key, each in members.items()]
        return st.one_of(one)
    required = set(cast("StructureShape", shape).required_members)
    return st.fixed_dictionaries(
        {key: valid(member, key) for key, member in members.items() if key in required},
        optional={
            key: valid(member, key) for key, member in members.items() if key not in required
        },
    )


@cache
def inputs(operation_name: str) -> st.SearchStrategy[dict[str, Any]]:
    """Return the valid inputs of an operation."""
    operation = _operation(operation_name)
    return valid(operation.input_shape) if operation.input_shape else st.just({})


def _operation(name: str) -> OperationModel:
    return next(operation for operation in operations() if operation.name == name)


@st.composite
def valid_requests(draw: st.DrawFn) -> Incoming:
    """Draw a request as botocore writes it, nine times out of ten of an emulated operation."""
    names = st.sampled_from(EMULATED)
    every = st.sampled_from([operation.name for operation in operations()])
    name = draw(every if draw(st.integers(0, 9)) == 0 else names)
    return incoming(name, draw(inputs(name)))


@st.composite
def broken_requests(draw: st.DrawFn) -> Incoming:
    """Draw a request with one or several defects."""
    request = draw(valid_requests())
    for _ in range(draw(st.integers(1, 3))):
        request = draw(st.sampled_from(MUTATIONS))(draw, request)
    return request


def _changed(request: Incoming, **changes: Any) -> Incoming:
    return Incoming(
        **{
            "method": request.method,
            "raw_path": request.raw_path,
            "query": request.query,
            "headers": request.headers,
            "body": request.body,
            **changes,
        }
    )


def _content(request: Incoming) -> dict[str, Any]:
    try:
        content = json.loads(request.body or b"{}")
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _member(draw: st.DrawFn, request: Incoming) -> Incoming:
    content = _content(request)
    usual = ["tags", "backupId", "ownedBy", "launchProfileId", "expirationInSeconds"]
    content[draw(st.sampled_from([*content, *usual]) | st.text())] = draw(JSON)
    return _changed(request, body=json.dumps(content).encode())


def _missing(draw: st.DrawFn, request: Incoming) -> Incoming:
    content = _content(request)
    if content:
        del content[draw(st.sampled_from(sorted(content)))]
    return _changed(request, body=json.dumps(content).encode())


def _body(draw: st.DrawFn, request: Incoming) -> Incoming:
    deep = st.integers(1, 100_000).map(lambda depth: b"[" * depth)
    surrogate = st.just(b'{"tags": {"a": "\\ud800"}, "ownedBy": "\\udfff", "launchProfileId": "x"}')
    any_json = JSON.map(lambda value: json.dumps(value).encode())
    digits = st.just(b'{"expirationInSeconds": 1' + b"0" * 5000 + b"}")
    return _changed(
        request, body=draw(st.none() | st.binary() | deep | surrogate | any_json | digits)
    )


def _path(draw: st.DrawFn, request: Incoming) -> Incoming:
    parts = request.raw_path.split("/")
    index = draw(st.integers(0, len(parts) - 1))
    escaped = st.text().map(lambda text: quote(text, safe=""))
    parts[index] = draw(
        escaped | st.sampled_from(["", "%", "%ff", "%2F", "%00", "..", "%ED%A0%80"])
    )
    return _changed(request, raw_path="/".join(parts))


def _method(draw: st.DrawFn, request: Incoming) -> Incoming:
    known = ["GET", "PUT", "POST", "DELETE", "PATCH", "HEAD", "OPTIONS"]
    return _changed(request, method=draw(st.sampled_from(known) | st.text(min_size=1)))


def _headers(draw: st.DrawFn, request: Incoming) -> Incoming:
    headers = request.headers.copy()  # type: ignore[attr-defined]
    names = ["Authorization", "X-Amz-Client-Token", "Origin", "Host", "Content-Type"]
    name = draw(st.sampled_from(names))
    # Bytes of a header that aren't UTF-8 arrive as lone surrogates.
    text = st.text(st.characters(exclude_categories=[]), max_size=100)
    near = st.sampled_from(
        [SIGNATURE.replace("nimble", "s3"), SIGNATURE[:40], "AWS4-HMAC-SHA256 Credential=\udcff"]
    )
    headers[name] = draw(text | near)
    return _changed(request, headers=headers)


def _query(draw: st.DrawFn, request: Incoming) -> Incoming:
    names = ["nextToken", "sessionIds", "ownedBy", "createdBy", "tagKeys", "X-Amz-Algorithm"]
    text = st.text(st.characters(exclude_categories=[]))
    pairs = st.dictionaries(st.sampled_from(names) | text, st.lists(text, max_size=3), max_size=3)
    return _changed(request, query={**request.query, **draw(pairs)})


MUTATIONS = (_member, _missing, _body, _path, _method, _headers, _query)
