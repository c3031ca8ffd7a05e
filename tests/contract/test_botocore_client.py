"""The real botocore client over HTTP against a scripted server."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from botocore.retries.standard import ThrottledRetryableChecker

from outbound import PUT_SECONDS, put_once
from streaming_session import resource
from streaming_session.advice import HINTS
from streaming_session.lifecycle import StreamingSession
from testkit.function.simulation import (
    ARN,
    SESSION,
    STACK,
    STUDIO,
    TYPE,
    LambdaContext,
    SimulatedClock,
    Simulation,
    event,
    parse,
    with_lifecycle,
)
from testkit.scripted_server import Reply, Reset, Script, Silence, reply, scripted_server
from waiter.cloudformation.answer import advise
from waiter.cloudformation.stack import Stack
from waiter.exceptions import Kind, ServiceError
from waiter.invocation import Dependencies, handle
from waiter.runtime import clients
from waiter.wait.model import Act, Do, Phase
from waiter.wait.permission import Standing

if TYPE_CHECKING:
    from collections.abc import Iterator

PATH = f"/2020-08-01/studios/{STUDIO}/streaming-sessions/{SESSION}"
HTML = "<html><body><h1>502 Bad Gateway</h1></body></html>"
PATIENCE_SECONDS = 0.3
THROTTLING: list[str] = vars(ThrottledRetryableChecker)["_THROTTLED_ERROR_CODES"]


def session(state: str, **members: object) -> bytes:
    made = {"arn": ARN, "sessionId": SESSION, "state": state, **members}
    return reply(200, json.dumps({"session": made}), Content_Type="application/json")


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Iterator[Script]:
    with scripted_server() as served:
        for name in ("NIMBLE", "CLOUDFORMATION", "LAMBDA"):
            monkeypatch.setenv(f"AWS_ENDPOINT_URL_{name}", served.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAWIRE")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
        # botocore's session serves all tests of this module: each client reads the endpoint itself.
        yield served


@pytest.fixture
def nimble(script: Script) -> StreamingSession:
    assert script.url
    return StreamingSession(STUDIO, SESSION, clients.client("nimble", PATIENCE_SECONDS), STACK)


def test_a_read_and_a_start_over_http(script: Script, nimble: StreamingSession) -> None:
    script.replies += [session("STOPPED"), reply(200, "{}")]
    assert nimble.read().observation.phase is Phase.STOPPED
    nimble.perform(Do(Act.START, "b1"), "token-1")
    read, start = script.requests
    assert read.startswith(f"GET {PATH} ".replace(":", "%3A").encode())
    assert start.startswith(f"POST {PATH}/start ".replace(":", "%3A").encode())
    assert b"/nimble/aws4_request" in start
    assert b"X-Amz-Client-Token: token-1" in start
    assert start.endswith(b'{"backupId": "b1"}')


FAULTS: dict[str, tuple[Reply, Kind, str]] = {
    "type in the header": (
        reply(409, '{"message": "m"}', X_Amzn_ErrorType="ConflictException"),
        Kind.CONFLICT,
        "ConflictException: m",
    ),
    "type in the header, with an address": (
        reply(409, '{"message": "m"}', X_Amzn_ErrorType="ConflictException:http://x.example/y"),
        Kind.CONFLICT,
        "ConflictException: m",
    ),
    "code in the body": (
        reply(409, '{"code": "ConflictException", "message": "m"}'),
        Kind.CONFLICT,
        "ConflictException: m",
    ),
    "type in the body, with a namespace": (
        reply(400, '{"__type": "com.amazonaws.nimble#ThrottlingException", "Message": "m"}'),
        Kind.THROTTLED,
        "ThrottlingException: m",
    ),
    "429 without a body": (reply(429), Kind.THROTTLED, "429"),
    "503 without a body": (reply(503), Kind.UNAVAILABLE, "503"),
    "502 in HTML": (reply(502, HTML, Content_Type="text/html"), Kind.UNAVAILABLE, "502"),
    "504, cut": (reply(504, '{"mess', promised=80), Kind.UNAVAILABLE, ""),
    "403 of a signature": (
        reply(403, '{"message": "m"}', X_Amzn_ErrorType="UnrecognizedClientException"),
        Kind.DENIED,
        "UnrecognizedClientException: m",
    ),
    "403 in HTML": (reply(403, HTML), Kind.DENIED, "403"),
    "400 of a rule": (
        reply(400, '{"message": "m"}', X_Amzn_ErrorType="ValidationException"),
        Kind.REFUSED,
        "ValidationException: m",
    ),
    "200 in HTML": (reply(200, HTML), Kind.UNAVAILABLE, ""),
    "200 with nothing": (reply(200), Kind.UNAVAILABLE, "unreadable answer"),
    "200 with half a body": (reply(200, '{"session": {"arn"'), Kind.UNAVAILABLE, ""),
    "200, cut": (reply(200, '{"session"', promised=500), Kind.UNAVAILABLE, ""),
    "200 with a list": (reply(200, "[]"), Kind.UNAVAILABLE, ""),
    "200 with a session that is a list": (reply(200, '{"session": []}'), Kind.UNAVAILABLE, ""),
    "200 with a state that is a list": (
        reply(200, '{"session": {"arn": "a", "state": ["READY"]}}'),
        Kind.UNAVAILABLE,
        "",
    ),
    "200 for another session": (
        session("READY", arn=ARN[:-1] + "X", sessionId=SESSION[:-1] + "X"),
        Kind.UNAVAILABLE,
        "arn is 'arn:aws:nimble",
    ),
    "200 with the id of another session": (
        session("READY", sessionId="another"),
        Kind.UNAVAILABLE,
        "sessionId is 'another'",
    ),
    "200 with the ARN of all": (session("READY", arn="*"), Kind.UNAVAILABLE, "arn is '*'"),
    "200 with an ARN with a wildcard": (
        session("READY", arn=ARN.replace("111122223333", "*")),
        Kind.UNAVAILABLE,
        "arn is 'arn:aws:nimble:us-west-2:*",
    ),
    "200 with text after the ARN": (
        session("READY", arn=f"{ARN}/*"),
        Kind.UNAVAILABLE,
        "arn is 'arn:aws:nimble",
    ),
    "200 with the ARN of something else": (
        session("READY", arn=ARN.replace("streaming-session", "streaming-image")),
        Kind.UNAVAILABLE,
        "streaming-image",
    ),
    "200 with an ARN that is a list": (
        session("READY", arn=[ARN]),
        Kind.UNAVAILABLE,
        "arn is ['arn:aws:nimble",
    ),
    "409 without a name": (reply(409, "{}"), Kind.CONFLICT, "409"),
    "409 of another name": (
        reply(409, "{}", X_Amzn_ErrorType="ResourceInUseException"),
        Kind.CONFLICT,
        "ResourceInUseException",
    ),
    "409 in HTML": (reply(409, HTML, Content_Type="text/html"), Kind.CONFLICT, "409"),
    "500 that says not found": (
        reply(500, "{}", X_Amzn_ErrorType="ResourceNotFoundException"),
        Kind.UNAVAILABLE,
        "ResourceNotFoundException",
    ),
    "400 that says not found": (
        reply(400, "{}", X_Amzn_ErrorType="ResourceNotFoundException"),
        Kind.REFUSED,
        "ResourceNotFoundException",
    ),
    "404 of no service": (reply(404, HTML, Content_Type="text/html"), Kind.REFUSED, "404"),
    **{
        f"{status} that denies access": (
            reply(status, "{}", X_Amzn_ErrorType="AccessDeniedException"),
            Kind.DENIED,
            "AccessDeniedException",
        )
        for status in (400, 401, 403, 500)
    },
    "200 with endless nesting": (reply(200, '{"a":' * 100_000), Kind.UNAVAILABLE, ""),
    "400 with endless nesting": (reply(400, '{"a":' * 100_000), Kind.UNAVAILABLE, ""),
    "408": (reply(408), Kind.UNAVAILABLE, "408"),
    "400 of a time limit": (
        reply(400, "{}", X_Amzn_ErrorType="RequestTimeoutException"),
        Kind.UNAVAILABLE,
        "RequestTimeoutException",
    ),
    "200 with an unknown state": (session("SLEEPING"), Kind.UNAVAILABLE, "'SLEEPING'"),
    "200 that is not UTF-8": (
        reply(200).replace(b"Content-Length: 0", b"Content-Length: 2") + b"\xff\xfe",
        Kind.UNAVAILABLE,
        "",
    ),
    "no HTTP": (b"SSH-2.0-OpenSSH_9.2\r\n", Kind.UNAVAILABLE, ""),
    "a connection that is closed": (b"", Kind.UNAVAILABLE, ""),
    "a connection that is reset": (Reset(), Kind.UNAVAILABLE, ""),
    "a connection that is reset in the body": (
        Reset(reply(200, '{"session"', promised=500)),
        Kind.UNAVAILABLE,
        "",
    ),
    "silence": (Silence(), Kind.UNAVAILABLE, "TimeoutError: 127.0.0.1: timed out"),
}


NO_RESPONSE = {
    "504, cut",
    "200, cut",
    "no HTTP",
    "a connection that is closed",
    "a connection that is reset",
    "a connection that is reset in the body",
    "silence",
}


@pytest.mark.parametrize("code", [*THROTTLING, "Throttling.User"])
@pytest.mark.parametrize("status", [400, 503])
def test_each_throttling_code_of_botocore_is_throttling(
    script: Script, nimble: StreamingSession, code: str, status: int
) -> None:
    script.replies.append(reply(status, "{}", X_Amzn_ErrorType=code))
    with pytest.raises(ServiceError) as raised:
        nimble.read()
    assert raised.value.kind is Kind.THROTTLED


ODD: dict[str, dict[str, object]] = {
    "an empty time": {"stoppedAt": ""},
    "a time in milliseconds": {"startedAt": 1764148400000},
    "an impossible time": {"createdAt": 1e300},
    "a time that is a list": {"createdAt": [1764148400]},
    "a time that is a word": {"updatedAt": "yesterday"},
    "tags in a list": {"tags": []},
    "tags as text": {"tags": "a=b"},
    "tags that are not text": {"tags": {"a": 5, "b": None, "c": ["x"]}},
    "a volume in a list": {"volumeConfiguration": []},
    "a volume as text": {"volumeConfiguration": "large"},
    "a number that is a word": {"maxBackupsToRetain": "many"},
    "a number that is a map": {"volumeConfiguration": {"size": {"gib": 500}}},
    "text that is a map": {"ownedBy": {"name": "x"}, "statusMessage": {"en": "x"}},
    "a code that is a list": {"statusCode": ["STREAMING_SESSION_READY"]},
    "an id that is a list": {"launchProfileId": ["x"]},
    "an id that is too long": {"streamingImageId": "x" * 5000},
    "no session id": {"sessionId": None},
    "an empty session id": {"sessionId": ""},
    "no ARN": {"arn": None},
    "an empty ARN": {"arn": ""},
    "unknown members": {"": {}, "__class__": "x", "tokens": [[[]]]},
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_member_does_not_hide_the_others(
    script: Script, nimble: StreamingSession, name: str
) -> None:
    script.replies.append(session("READY", **ODD[name]))
    seen = nimble.read()
    assert seen.observation.phase is Phase.READY
    assert (seen.attributes["Arn"], seen.attributes["SessionId"]) == (ARN, SESSION)
    for member in ODD[name]:
        shown = seen.attributes.get(member[:1].upper() + member[1:], "")
        assert shown in ("", "{}", ARN, SESSION)


def test_a_start_with_odd_members_in_its_answer_is_accepted(
    script: Script, nimble: StreamingSession
) -> None:
    script.replies.append(session("START_IN_PROGRESS", stoppedAt="", tags=[]))
    nimble.perform(Do(Act.START), "token-1")


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_has_its_kind(script: Script, nimble: StreamingSession, name: str) -> None:
    answer, kind, said = FAULTS[name]
    script.replies.append(answer)
    with pytest.raises(ServiceError) as raised:
        nimble.read()
    assert raised.value.kind is kind
    assert said in raised.value.said
    assert raised.value.answered is (name not in NO_RESPONSE)
    # One call is one request, since botocore doesn't retry.
    assert len(script.requests) == 1


def test_a_closed_port_is_an_unanswered_call(
    monkeypatch: pytest.MonkeyPatch, script: Script
) -> None:
    assert script.url
    monkeypatch.setenv("AWS_ENDPOINT_URL_NIMBLE", "http://127.0.0.1:1")
    with pytest.raises(ServiceError) as raised:
        StreamingSession(STUDIO, SESSION).read()
    assert raised.value.kind is Kind.UNAVAILABLE


def test_every_call_has_a_limit_of_a_few_seconds() -> None:
    assert (clients.CALL_SECONDS, clients.QUERY_SECONDS) == (10, 5)
    assert PUT_SECONDS == 10


def test_a_put_keeps_to_its_time_limit(script: Script) -> None:
    script.replies.append(Silence())
    with pytest.raises(TimeoutError):
        put_once(f"{script.url}/answer", b"{}", PATIENCE_SECONDS)


@pytest.mark.parametrize("url", ["nonsense", "http://"])
def test_an_invalid_endpoint_is_named(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    for name in ("NIMBLE", "CLOUDFORMATION"):
        monkeypatch.setenv(f"AWS_ENDPOINT_URL_{name}", url)
    clients._session.cache_clear()
    answer = _run(StreamingSession(STUDIO, SESSION)).answers[0]
    assert f"Invalid endpoint: {url}" in answer["Reason"]
    with pytest.raises(ServiceError, match=f"Invalid endpoint: {url}"):
        Stack(parse(event("Update"))).read()
    clients._session.cache_clear()


@pytest.mark.parametrize("status", [400, 404, 409, 500])
def test_a_stop_that_finds_no_session_reads_again_only_after_a_404(
    script: Script, nimble: StreamingSession, status: int
) -> None:
    kinds = {400: Kind.REFUSED, 404: Kind.CONFLICT, 409: Kind.CONFLICT, 500: Kind.UNAVAILABLE}
    script.replies.append(reply(status, "{}", X_Amzn_ErrorType="ResourceNotFoundException"))
    with pytest.raises(ServiceError) as raised:
        nimble.perform(Do(Act.STOP), "token-1")
    assert raised.value.kind is kinds[status]


def test_a_start_of_a_missing_session_is_refused(script: Script, nimble: StreamingSession) -> None:
    script.replies.append(reply(404, "{}", X_Amzn_ErrorType="ResourceNotFoundException"))
    with pytest.raises(ServiceError) as raised:
        nimble.perform(Do(Act.START, "b1"), "token-1")
    assert raised.value.kind is Kind.REFUSED


def test_a_missing_session_is_an_observation(script: Script, nimble: StreamingSession) -> None:
    script.replies.append(reply(404, "{}", X_Amzn_ErrorType="ResourceNotFoundException"))
    assert nimble.read().observation.phase is Phase.ABSENT


RETRIED = [name for name, (_, kind, _) in FAULTS.items() if kind is not Kind.REFUSED]


@pytest.mark.parametrize("name", RETRIED)
def test_a_request_survives_a_fault_at_its_read(
    script: Script, nimble: StreamingSession, name: str
) -> None:
    script.replies += [session("STOPPED"), reply(200, "{}"), FAULTS[name][0], session("READY")]
    world = _run(nimble)
    assert world.answers[0]["Status"] == "SUCCESS"
    assert len(script.requests) == 4


@pytest.mark.parametrize("name", RETRIED)
def test_a_request_survives_a_fault_at_its_start(
    script: Script, nimble: StreamingSession, name: str
) -> None:
    """A start whose answer is lost may have worked; the next read shows it."""
    script.replies += [session("STOPPED"), FAULTS[name][0], session("READY")]
    world = _run(nimble)
    assert world.answers[0]["Status"] == "SUCCESS"
    assert len(script.requests) == 3


def _run(lifecycle: StreamingSession) -> Simulation:
    world = Simulation()
    handle(
        event(),
        world.context(),
        replace(world.dependencies(), resource=with_lifecycle(lambda _: lifecycle)),
    )
    return world


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("AWS_ENDPOINT_URL_NIMBLE", "nimble.example.com"),
        ("AWS_ENDPOINT_URL_NIMBLE", "http://nimble_local:4700"),
        ("AWS_ENDPOINT_URL_NIMBLE", f"http://{64 * 'n'}.example.com"),
        ("AWS_PROFILE", "studio"),
        ("AWS_DEFAULTS_MODE", "brisk"),
    ],
)
def test_settings_that_allow_no_client_are_named(
    script: Script, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    world = _run(StreamingSession(STUDIO, SESSION))
    (answer,) = world.answers
    assert answer["Status"] == "FAILED"
    assert "making a client of nimble was refused with " in answer["Reason"]
    assert value in answer["Reason"]
    assert advise(HINTS, "no-client") in answer["Reason"]
    assert script.requests == []


DENIED = reply(403, "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>")


def test_a_whole_request_without_simulations(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wait that begins with little time left is handed over, continues and is answered."""
    # The next read is due only after that time is over.
    monkeypatch.setenv("SESSIONS", "200")
    first = event() | {"ResponseURL": f"{script.url}/answer?Signature=secret"}
    short = LambdaContext(SimulatedClock(), SimulatedClock().now + 3)
    script.replies += [session("START_IN_PROGRESS"), DENIED, reply(202)]
    handle(first, short, Dependencies(put_once, resource))
    read, _stack, invoke = script.requests
    assert read.startswith(b"GET /2020-08-01/studios/")
    assert b"X-Amz-Invocation-Type: Event" in invoke
    onward = json.loads(invoke.partition(b"\r\n\r\n")[2])
    script.replies += [session("READY"), reply(200)]
    handle(onward, short, Dependencies(put_once, resource))
    answer = script.requests[-1]
    assert answer.startswith(b"PUT /answer?Signature=secret ")
    assert b'"Status":"SUCCESS"' in answer


ROOT = "arn:aws:cloudformation:us-west-2:111122223333:stack/Root/1"
XML = "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackStatus>"
STACK_ANSWERS: dict[str, Reply] = {
    "half a document": reply(200, XML),
    "HTML": reply(200, HTML),
    "nothing": reply(200),
    "no stack": reply(200, "<DescribeStacksResponse/>"),
    "500 in HTML": reply(500, HTML),
    "403": DENIED,
    "a cut connection": reply(200, XML, promised=900),
    "503": reply(503),
    "a reset": Reset(),
    "silence": Silence(),
}


KINDS = {"403": Kind.DENIED}
UNANSWERED = {"a cut connection", "a reset", "silence"}


@pytest.mark.parametrize("name", STACK_ANSWERS)
def test_an_unreadable_stack_gives_no_answer(
    script: Script, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients, "QUERY_SECONDS", PATIENCE_SECONDS)
    stack = Stack(parse(event("Delete")))
    for query in (stack.read, stack.is_held_elsewhere):
        script.replies.append(STACK_ANSWERS[name])
        with pytest.raises(ServiceError, match="cloudformation:") as raised:
            query()
        assert raised.value.kind is KINDS.get(name, Kind.UNAVAILABLE)
        assert raised.value.answered is (name not in UNANSWERED)
    assert len(script.requests) == 2


def test_a_readable_stack_gives_its_status(script: Script) -> None:
    stack = Stack(parse(event("Delete")))
    closing = "</member></Stacks></DescribeStacksResult></DescribeStacksResponse>"
    times = "<CreationTime>2026-11-23T09:00:00.000Z</CreationTime>"
    times += "<LastUpdatedTime>2026-11-23T09:00:01Z</LastUpdatedTime>"
    nested = f"<ParentId>{ROOT}</ParentId><RootId>{ROOT}</RootId>"
    status = "DELETE_IN_PROGRESS</StackStatus>"
    script.replies.append(reply(200, f"{XML}{status}{times}{nested}{closing}"))
    script.replies.append(reply(200, f"{XML}UPDATE_IN_PROGRESS</StackStatus>{times}{closing}"))
    changed_at = datetime(2026, 11, 23, 9, 0, 1, tzinfo=UTC).timestamp()
    assert stack.read() == Standing("DELETE_IN_PROGRESS", changed_at, "UPDATE_IN_PROGRESS")
    assert STACK.rpartition(":")[2].encode() in script.requests[0].replace(b"%2F", b"/")
    members = "".join(
        f"<{name}>{value}</{name}>"
        for name, value in {
            "LogicalResourceId": "Renamed",
            "ResourceType": TYPE,
            "PhysicalResourceId": SESSION,
            "ResourceStatus": "CREATE_COMPLETE",
        }.items()
    )
    listed = f"<StackResourceSummaries><member>{members}</member></StackResourceSummaries>"
    root = "ListStackResourcesRe"
    script.replies.append(
        reply(200, f"<{root}sponse><{root}sult>{listed}</{root}sult></{root}sponse>")
    )
    assert stack.is_held_elsewhere()


@pytest.mark.parametrize("act", [Act.START, Act.STOP])
def test_an_act_sends_a_body_even_without_parameters(
    script: Script, nimble: StreamingSession, act: Act
) -> None:
    """The service rejected a start and a stop without a body (boto3 issue 3367).

    botocore sends a body only if the operation's model has a member for it.
    """
    script.replies += [reply(200, "{}")]
    nimble.perform(Do(act), "token-1")
    (request,) = script.requests
    assert request.endswith(b"\r\n\r\n{}")
