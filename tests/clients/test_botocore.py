"""The botocore client of the official model: a whole life, its waiters, each error by its type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import WaiterError

from nimble_local.emulator.exceptions import BY_SHAPE
from nimble_local.emulator.seed import LAUNCH_PROFILE_ID, SESSION_ID, STUDIO_ID

if TYPE_CHECKING:
    from collections.abc import Callable

    from nimble_local.fixture import Nimble

STUDIO = {"studioId": STUDIO_ID}
IDS = {**STUDIO, "sessionId": SESSION_ID}
PROFILE = {**STUDIO, "launchProfileId": LAUNCH_PROFILE_ID}


def wait(nimble: Nimble, name: str, **ids: str) -> None:
    """Wait as botocore does, on a clock on which five seconds take a twentieth."""
    nimble.clock.run(100)
    nimble.client.get_waiter(name).wait(**ids, WaiterConfig={"Delay": 0, "MaxAttempts": 10_000})
    nimble.clock.stop()


def test_a_whole_life(nimble: Nimble) -> None:
    client = nimble.client
    wait(nimble, "studio_ready", **STUDIO)
    wait(nimble, "launch_profile_ready", **PROFILE)
    made = client.create_streaming_session(**PROFILE, tags={"Name": "Comp 12"})["session"]
    ids = {**STUDIO, "sessionId": made["sessionId"]}
    assert made["state"] == "CREATE_IN_PROGRESS"
    wait(nimble, "streaming_session_ready", **ids)

    stream = client.create_streaming_session_stream(**ids, expirationInSeconds=60)["stream"]
    wait(nimble, "streaming_session_stream_ready", **ids, streamId=stream["streamId"])
    shown = client.get_streaming_session_stream(**ids, streamId=stream["streamId"])["stream"]
    assert shown["url"].startswith("https://")

    client.stop_streaming_session(**ids)
    wait(nimble, "streaming_session_stopped", **ids)
    pages = client.get_paginator("list_streaming_session_backups").paginate(**STUDIO)
    (backup,) = pages.build_full_result()["streamingSessionBackups"]
    one = client.get_streaming_session_backup(**STUDIO, backupId=backup["backupId"])
    assert one["streamingSessionBackup"] == backup
    started = client.start_streaming_session(**ids, backupId=backup["backupId"])["session"]
    assert started["state"] == "START_IN_PROGRESS"
    wait(nimble, "streaming_session_ready", **ids)
    ready = client.get_streaming_session(**ids)["session"]
    assert ready["startedFromBackupId"] == backup["backupId"]
    assert ready["stopAt"] > ready["startedAt"] > ready["stoppedAt"] > ready["createdAt"]

    tagged = {"resourceArn": ready["arn"]}
    client.tag_resource(**tagged, tags={"Show": "Heron"})
    client.untag_resource(**tagged, tagKeys=["Name"])
    assert client.list_tags_for_resource(**tagged)["tags"] == {"Show": "Heron"}

    client.delete_streaming_session(**ids)
    wait(nimble, "streaming_session_deleted", **ids)
    assert client.get_streaming_session(**ids)["session"]["state"] == "DELETED"
    nimble.clock.forward(3600)
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_streaming_session(**ids)


def test_pages_and_filters(nimble: Nimble) -> None:
    client = nimble.client
    made = [client.create_streaming_session(**PROFILE)["session"] for _ in range(3)]
    other = client.create_streaming_session(**PROFILE, ownedBy="somebody")["session"]
    paginator = client.get_paginator("list_streaming_sessions")
    pages = list(paginator.paginate(**STUDIO))
    assert [len(page["sessions"]) for page in pages] == [2, 2, 1]
    ids = [session["sessionId"] for page in pages for session in page["sessions"]]
    assert set(ids) == {SESSION_ID, other["sessionId"], *(each["sessionId"] for each in made)}
    owned = paginator.paginate(**STUDIO, ownedBy="somebody").build_full_result()["sessions"]
    assert owned == [other]
    own = paginator.paginate(**STUDIO, createdBy=made[0]["createdBy"]).build_full_result()
    assert len(own["sessions"]) == 4
    few = client.list_streaming_sessions(**STUDIO, sessionIds=f"{ids[0]},{ids[1]}")
    assert [session["sessionId"] for session in few["sessions"]] == ids[:2]
    assert "nextToken" not in few


@pytest.mark.parametrize(
    ("verb", "state", "waiter"),
    [
        ("start", "STOPPED", "streaming_session_ready"),
        ("stop", "READY", "streaming_session_stopped"),
        ("delete", "STOPPED", "streaming_session_deleted"),
    ],
)
def test_waiters_see_what_failed(nimble: Nimble, verb: str, state: str, waiter: str) -> None:
    nimble.seed({"sessions": [{"sessionId": SESSION_ID, "state": state}]})
    nimble.faults.add(f"{verb}-failure", code="INSUFFICIENT_CAPACITY")
    getattr(nimble.client, f"{verb}_streaming_session")(**IDS)
    with pytest.raises(WaiterError, match="terminal failure state") as raised:
        wait(nimble, waiter, **IDS)
    last: Any = raised.value.last_response
    seen = last["session"]
    assert (seen["state"], seen["statusCode"]) == (
        f"{verb.upper()}_FAILED",
        "INSUFFICIENT_CAPACITY",
    )


def too_many(client: Any) -> None:
    for _ in range(5):
        client.create_streaming_session(**PROFILE)


ELSEWHERE = f"arn:aws:nimble:us-west-2:123456789012:streaming-session/{SESSION_ID}"
CAUSES: dict[str, tuple[Callable[[Any], object], int, str]] = {
    "ValidationException": (
        lambda c: c.create_streaming_session_stream(**IDS, expirationInSeconds=3601),
        400,
        "INVALID_REQUEST",
    ),
    "ServiceQuotaExceededException": (too_many, 402, "QUOTA_EXCEEDED"),
    "AccessDeniedException": (
        lambda c: c.list_tags_for_resource(resourceArn=ELSEWHERE),
        403,
        "ACCESS_DENIED",
    ),
    "ResourceNotFoundException": (
        lambda c: c.get_streaming_session(**STUDIO, sessionId="nobody"),
        404,
        "NOT_FOUND",
    ),
    "ConflictException": (lambda c: c.stop_streaming_session(**IDS), 409, "INVALID_STATE"),
    "ThrottlingException": (
        lambda c: [c.get_studio(**STUDIO) for _ in range(2)],
        429,
        "THROTTLED",
    ),
    "InternalServerErrorException": (
        lambda c: c.get_launch_profile(**PROFILE),
        500,
        "INTERNAL_ERROR",
    ),
}
"""Each exception of the API: its cause, its HTTP status, and the reason in its context."""


@pytest.mark.parametrize("name", BY_SHAPE)
def test_each_exception_by_its_type(nimble: Nimble, name: str) -> None:
    nimble.faults.add("rate-limit", per_second=0.001, operation="GetStudio")
    nimble.faults.add("error", operation="GetLaunchProfile")
    cause, status, reason = CAUSES[name]
    with pytest.raises(getattr(nimble.client.exceptions, name)) as raised:
        cause(nimble.client)
    answer = raised.value.response
    assert answer["Error"]["Code"] == name
    assert answer["Error"]["Message"] == answer["message"]
    assert len(answer["message"]) > 20
    assert answer["code"] == name
    assert answer["context"]["reason"] == reason
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == status
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-amzn-errortype"] == name


def test_a_token_repeated_is_answered_again_and_another_request_is_refused(nimble: Nimble) -> None:
    client = nimble.client
    first = client.create_streaming_session(**PROFILE, clientToken="t")["session"]
    again = client.create_streaming_session(**PROFILE, clientToken="t")["session"]
    assert again == first
    assert [entry["replayed"] for entry in nimble.journal.entries()] == [False, True]
    with pytest.raises(client.exceptions.ValidationException) as raised:
        client.create_streaming_session(**PROFILE, clientToken="t", ownedBy="somebody")
    assert raised.value.response["context"]["reason"] == "CLIENT_TOKEN_REUSED"
    # Each operation has tokens of its own.
    assert client.start_streaming_session(**IDS, clientToken="t")["session"]["startedAt"]


def test_what_is_not_emulated_names_the_operation(nimble: Nimble) -> None:
    with pytest.raises(nimble.client.exceptions.ValidationException) as raised:
        nimble.client.list_studio_members(**STUDIO)
    assert raised.value.response["context"]["reason"] == "NOT_EMULATED"
    assert raised.value.response["message"].startswith("ListStudioMembers is not emulated.")
