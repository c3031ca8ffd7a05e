"""The emulated API through the botocore client of the official model."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from nimble_local.emulator.seed.default_seed import LAUNCH_PROFILE_ID, SESSION_ID, STUDIO_ID
from nimble_local.emulator.service.model import values
from nimble_local.emulator.state.ids import new_id

if TYPE_CHECKING:
    from nimble_local.control_client import Control
    from nimble_local.emulator.backend import Backend

IDS = {"studioId": STUDIO_ID, "sessionId": SESSION_ID}


def state(client: Any) -> str:
    return str(client.get_streaming_session(**IDS)["session"]["state"])


def refused(code: str, call: Any, **parameters: Any) -> ClientError:
    with pytest.raises(ClientError) as raised:
        call(**parameters)
    assert raised.value.response["Error"]["Code"] == code
    return raised.value


def test_a_start_takes_the_configured_time(client: Any, backend: Backend) -> None:
    assert state(client) == "STOPPED"
    started = client.start_streaming_session(**IDS)["session"]
    assert started["state"] == "START_IN_PROGRESS"
    assert started["statusCode"] == "STREAMING_SESSION_START_IN_PROGRESS"
    assert started["startedBy"] == "AKIACALLER"
    backend.clock.advance(4.9)
    assert state(client) == "START_IN_PROGRESS"
    backend.clock.advance(0.1)
    ready = client.get_streaming_session(**IDS)["session"]
    assert ready["state"] == "READY"
    assert (ready["stopAt"] - ready["startedAt"]).total_seconds() == 690 * 60 + 5


def test_a_stop_takes_a_backup_and_a_start_restores_it(client: Any, backend: Backend) -> None:
    for _ in range(5):
        client.start_streaming_session(**IDS)
        backend.clock.advance(10)
        client.stop_streaming_session(**IDS)
        backend.clock.advance(10)
    found = client.list_streaming_session_backups(studioId=STUDIO_ID)["streamingSessionBackups"]
    assert len(found) == 3
    backup = found[-1]["backupId"]
    one = client.get_streaming_session_backup(studioId=STUDIO_ID, backupId=backup)
    assert one["streamingSessionBackup"]["sessionId"] == SESSION_ID
    started = client.start_streaming_session(**IDS, backupId=backup)["session"]
    assert started["startedFromBackupId"] == backup
    missing = new_id()
    backend.clock.advance(10)
    client.stop_streaming_session(**IDS)
    backend.clock.advance(10)
    refused("ResourceNotFoundException", client.start_streaming_session, **IDS, backupId=missing)


def test_the_service_stops_and_terminates_sessions_on_its_own(
    client: Any, backend: Backend
) -> None:
    client.start_streaming_session(**IDS)
    backend.clock.advance(690 * 60 + 4)
    assert state(client) == "READY"
    backend.clock.advance(60)
    session = client.get_streaming_session(**IDS)["session"]
    assert session["state"] == "STOPPED"
    assert session["stoppedBy"] == "nimble.amazonaws.com"


def test_sessions_are_created_listed_and_deleted(client: Any, backend: Backend) -> None:
    made = client.create_streaming_session(
        studioId=STUDIO_ID, launchProfileId=LAUNCH_PROFILE_ID, tags={"a": "b"}
    )["session"]
    assert made["state"] == "CREATE_IN_PROGRESS"
    assert len(made["sessionId"]) == 22
    backend.clock.advance(5)
    found = client.list_streaming_sessions(studioId=STUDIO_ID)["sessions"]
    assert {s["sessionId"]: s["state"] for s in found}[made["sessionId"]] == "READY"
    ids = {"studioId": STUDIO_ID, "sessionId": made["sessionId"]}
    client.delete_streaming_session(**ids)
    backend.clock.advance(10)
    assert client.get_streaming_session(**ids)["session"]["state"] == "DELETED"
    backend.clock.advance(3600)
    refused("ResourceNotFoundException", client.get_streaming_session, **ids)


def test_lists_come_in_pages(client: Any, backend: Backend, control: Control) -> None:
    backend.context.settings = backend.context.settings.changed({"page_size": 2})
    for number in range(4):
        control.add_session(sessionId=f"session-{number}")
    pages = list(client.get_paginator("list_streaming_sessions").paginate(studioId=STUDIO_ID))
    assert [len(page["sessions"]) for page in pages] == [2, 2, 1]
    refused(
        "ValidationException",
        client.list_streaming_sessions,
        studioId=STUDIO_ID,
        nextToken="never given out",
    )


def test_streams_are_created_and_read(client: Any, backend: Backend) -> None:
    refused("ConflictException", client.create_streaming_session_stream, **IDS)
    client.start_streaming_session(**IDS)
    backend.clock.advance(5)
    stream = client.create_streaming_session_stream(**IDS)["stream"]
    backend.clock.advance(1)
    ids = {**IDS, "streamId": stream["streamId"]}
    assert client.get_streaming_session_stream(**ids)["stream"]["state"] == "READY"
    backend.clock.advance(200)
    assert client.get_streaming_session_stream(**ids)["stream"]["state"] == "DELETED"
    backend.clock.advance(3600)
    refused("ResourceNotFoundException", client.get_streaming_session_stream, **ids)


def test_tags_are_added_listed_and_removed(client: Any) -> None:
    arn = client.get_streaming_session(**IDS)["session"]["arn"]
    client.tag_resource(resourceArn=arn, tags={"a": "1", "b": "2"})
    client.untag_resource(resourceArn=arn, tagKeys=["a", "Name"])
    assert client.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "2"}
    studio = client.get_studio(studioId=STUDIO_ID)["studio"]["arn"]
    assert studio.endswith(":studio/stid-local0000000000000001")
    client.tag_resource(resourceArn=studio, tags={"a": "1"})
    assert client.get_studio(studioId=STUDIO_ID)["studio"]["tags"] == {"a": "1"}
    profile = client.get_launch_profile(studioId=STUDIO_ID, launchProfileId=LAUNCH_PROFILE_ID)
    assert profile["launchProfile"]["name"] == "Workstation"


def test_a_repeated_token_has_no_further_effect(client: Any, backend: Backend) -> None:
    first = client.start_streaming_session(**IDS, clientToken="t")["session"]
    backend.clock.advance(100)
    assert client.start_streaming_session(**IDS, clientToken="t")["session"] == first
    assert state(client) == "READY"
    refused(
        "ValidationException", client.start_streaming_session, **IDS, clientToken="t", backupId="b"
    )


@pytest.mark.parametrize("wrong", sorted(set(values("StreamingSessionState")) - {"STOPPED"}))
def test_only_stopped_sessions_and_failed_starts_can_be_started(
    client: Any, control: Control, wrong: str
) -> None:
    control.add_session(sessionId=SESSION_ID, state=wrong)
    if wrong == "START_FAILED":
        client.start_streaming_session(**IDS)
    else:
        refused("ConflictException", client.start_streaming_session, **IDS)


def test_operations_that_are_not_emulated_say_so(client: Any) -> None:
    error = refused("ValidationException", client.list_studios)
    assert "ListStudios is not emulated" in str(error)


def test_unknown_resources_are_not_found(client: Any) -> None:
    unknown = {"studioId": "us-west-2:other", "sessionId": SESSION_ID}
    refused("ResourceNotFoundException", client.get_streaming_session, **unknown)
    arn = f"arn:aws:nimble:us-west-2:000000000000:streaming-session/{SESSION_ID}"
    for wrong, code in (
        (f"{arn}x", "ResourceNotFoundException"),
        (arn.replace("us-west-2", "eu-west-1"), "ResourceNotFoundException"),
        (arn.replace("000000000000", "123456789012"), "AccessDeniedException"),
        ("arn:x", "ValidationException"),
    ):
        refused(code, client.list_tags_for_resource, resourceArn=wrong)


def raw(url: str, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, str]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


SIGNED = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=k/20261123/us-west-2/nimble/aws4_request, "
    "SignedHeaders=host, Signature=00"
}
PATH = "/2020-08-01/studios/us-west-2%3Astid-local0000000000000001/streaming-sessions"
START = f"{PATH}/{SESSION_ID}/start"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (START, b"{", 400),
        (START, b"[]", 400),
        (START, b"[" * 100_000, 400),
        (START, b'{"backupId": 5}', 400),
        (START, b'{"backupId": "' + b"x" * 5_000_000 + b'"}', 400),
        ("/nothing", b"", 400),
        ("/2020-08-01/studios/%ff/streaming-sessions/a/start", b"", 400),
    ],
)
def test_broken_requests_are_refused(url: str, path: str, body: bytes, status: int) -> None:
    answered, text = raw(url, "POST", path, body, **SIGNED)
    assert answered == status
    assert "Traceback" not in text


def test_a_request_without_a_signature_is_refused(url: str) -> None:
    assert raw(url, "POST", START)[0] == 403


def test_faults_of_requests_take_effect(client: Any, control: Control, backend: Backend) -> None:
    control.add_fault(kind="error", error="ThrottlingException", count=1)
    refused("ThrottlingException", client.get_streaming_session, **IDS)
    control.add_fault(kind="access-denied", forSeconds=20)
    refused("AccessDeniedException", client.get_streaming_session, **IDS)
    backend.clock.advance(20)
    control.add_fault(kind="drop", moment="after", count=1, operation="StartStreamingSession")
    with pytest.raises((ConnectionClosedError, ReadTimeoutError)):
        client.start_streaming_session(**IDS)
    assert state(client) == "START_IN_PROGRESS"
    control.add_fault(kind="half-answer", count=1)
    with pytest.raises(Exception, match=r"(?i)incomplete|connection|read"):
        state(client)
    control.add_fault(kind="stale-read", seconds=60, count=1)
    backend.clock.advance(10)
    assert state(client) == "STOPPED"
    assert state(client) == "READY"


def test_faults_of_sessions_take_effect(client: Any, control: Control, backend: Backend) -> None:
    control.add_fault(kind="start-failure", code="INSUFFICIENT_CAPACITY", count=1)
    client.start_streaming_session(**IDS)
    backend.clock.advance(5)
    session = client.get_streaming_session(**IDS)["session"]
    assert (session["state"], session["statusCode"]) == ("START_FAILED", "INSUFFICIENT_CAPACITY")
    control.add_fault(kind="stuck", state="START_IN_PROGRESS", forSeconds=100)
    client.start_streaming_session(**IDS)
    backend.clock.advance(99)
    assert state(client) == "START_IN_PROGRESS"
    backend.clock.advance(1)
    assert state(client) == "READY"
    control.add_fault(kind="external-act", act="stop", sessionId=SESSION_ID, seconds=30)
    backend.clock.advance(36)
    assert state(client) == "STOPPED"
    assert control.sessions()[SESSION_ID]["history"][-2]["by"] == "somebody-else"


def test_a_rate_limit_throttles(client: Any, control: Control) -> None:
    control.add_fault(kind="rate-limit", perSecond=0.001)
    state(client)
    refused("ThrottlingException", client.get_streaming_session, **IDS)


def test_the_journal_records_requests(client: Any, control: Control) -> None:
    client.start_streaming_session(**IDS, clientToken="t")
    refused("ConflictException", client.start_streaming_session, **IDS)
    first, second = control.journal(operation="StartStreamingSession")
    assert (first["clientToken"], first["outcome"], first["caller"]) == ("t", "OK", "AKIACALLER")
    assert (second["status"], second["outcome"]) == (409, "ConflictException")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content-Type": "application/json", "Origin": "https://evil.example"}, 403),
        ({"Content-Type": "application/json"}, 200),
    ],
)
def test_other_web_pages_change_nothing(url: str, headers: dict[str, str], status: int) -> None:
    assert raw(url, "POST", "/_nimble/reset", b"{}", **headers)[0] == status


@pytest.mark.parametrize(
    "wanted", [{}, {"sessionId": ""}, {"sessionId": "a", "state": "x"}, {"sessionId": "a", "b": 1}]
)
def test_a_bad_session_is_refused(control: Control, wanted: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"sessions\[0\]"):
        control.add_session(**wanted)
