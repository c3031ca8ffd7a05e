"""Edge cases: two studios, a port in use, a rewritten timeline."""

from __future__ import annotations

import json
from typing import Any

import pytest

from nimble_local.emulator.backend import Backend
from nimble_local.emulator.http.responses import Incoming, respond
from nimble_local.emulator.in_process import Served
from nimble_local.emulator.seed.default_seed import LAUNCH_PROFILE_ID, SESSION_ID, STUDIO_ID
from nimble_local.emulator.state.timeline import Timeline
from testkit.emulator.in_process import SIGNATURE, ask

IDS = {"studioId": STUDIO_ID, "sessionId": SESSION_ID}
OTHER = {"studioId": "eu-west-1:stid-other"}


@pytest.fixture
def two_studios(backend: Backend) -> Backend:
    """Return a world with a READY session, a stream and a backup in each of two studios."""
    profile = {"launchProfileId": "theirs", **OTHER}
    ours = {"sessionId": SESSION_ID, "state": "READY"}
    theirs = {"sessionId": "desk", "launchProfileId": "theirs", "state": "READY"}
    backend.add_seed(
        {
            "studios": [OTHER],
            "launchProfiles": [profile],
            "sessions": [ours, theirs],
            "backups": [
                {"backupId": "our-backup", "sessionId": SESSION_ID},
                {"backupId": "their-backup", "sessionId": "desk"},
            ],
        },
    )
    return backend


@pytest.mark.parametrize(
    ("operation", "more"),
    [
        ("GetStreamingSession", {"sessionId": SESSION_ID}),
        ("StopStreamingSession", {"sessionId": SESSION_ID}),
        ("DeleteStreamingSession", {"sessionId": SESSION_ID}),
        ("CreateStreamingSessionStream", {"sessionId": SESSION_ID}),
        ("GetStreamingSessionBackup", {"backupId": "our-backup"}),
        ("GetLaunchProfile", {"launchProfileId": LAUNCH_PROFILE_ID}),
        ("CreateStreamingSession", {"launchProfileId": LAUNCH_PROFILE_ID}),
    ],
)
def test_studios_do_not_see_each_others_sessions(
    two_studios: Backend, operation: str, more: dict[str, str]
) -> None:
    there, _ = ask(two_studios, operation, studioId=STUDIO_ID, **more)
    elsewhere, body = ask(two_studios, operation, **OTHER, **more)
    assert (there, elsewhere) == ("OK", "ResourceNotFoundException")
    assert body["context"]["resourceId"] in more.values()


def test_lists_contain_one_studio_only(two_studios: Backend) -> None:
    for studio, session, backup in (
        ({"studioId": STUDIO_ID}, SESSION_ID, "our-backup"),
        (OTHER, "desk", "their-backup"),
    ):
        _, sessions = ask(two_studios, "ListStreamingSessions", **studio)
        assert [each["sessionId"] for each in sessions["sessions"]] == [session]
        _, backups = ask(two_studios, "ListStreamingSessionBackups", **studio)
        assert [each["backupId"] for each in backups["streamingSessionBackups"]] == [backup]


def test_a_backup_of_another_studio_is_not_found(two_studios: Backend) -> None:
    ask(two_studios, "StopStreamingSession", **IDS)
    two_studios.clock.advance(5)
    outcome, _ = ask(two_studios, "StartStreamingSession", **IDS, backupId="their-backup")
    assert outcome == "ResourceNotFoundException"


def test_a_stream_of_another_session_is_not_found(two_studios: Backend) -> None:
    theirs = {**OTHER, "sessionId": "desk"}
    _, made = ask(two_studios, "CreateStreamingSessionStream", **theirs)
    stream = {"streamId": made["stream"]["streamId"]}
    assert ask(two_studios, "GetStreamingSessionStream", **theirs, **stream)[0] == "OK"
    outcome, _ = ask(two_studios, "GetStreamingSessionStream", **IDS, **stream)
    assert outcome == "ResourceNotFoundException"


def test_everything_with_an_arn_can_be_tagged(two_studios: Backend) -> None:
    world = two_studios.world
    things: list[Any] = [*world.studios, *world.profiles, *world.sessions, *world.backups]
    assert len(things) == 8
    for thing in things:
        arn = {"resourceArn": thing.arn}
        assert ask(two_studios, "TagResource", **arn, tags={"a": "1", "b": "2"})[0] == "OK"
        assert ask(two_studios, "UntagResource", **arn, tagKeys=["a"])[0] == "OK"
        assert ask(two_studios, "ListTagsForResource", **arn)[1] == {"tags": {"b": "2"}}


def test_a_port_in_use_leaves_nothing_behind() -> None:
    first = Served(Backend())
    try:
        with pytest.raises(OSError, match="address already in use"):
            Served(Backend(), port=first.port)
    finally:
        first.end()
    Served(Backend(), port=first.port).end()


def test_a_rewritten_timeline_stays_small_and_in_order() -> None:
    timeline = Timeline()
    for number in range(10_000):
        timeline.plan("session", f"s{number % 5}", float(number))
    assert len(timeline._heap) <= 2 * 5 + 1000
    assert [(due.at, due.key) for due in iter(lambda: timeline.pop(1e9), None)] == [
        (9995.0 + index, f"s{index}") for index in range(5)
    ]


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        (b"", 400, "[Unknown error parsing request body]"),
        (b"null", 200, ""),
        (b"{}", 200, ""),
        (b'{"backupId": null}', 200, ""),
        (b'{"unknown": [1, {}]}', 200, ""),
        (b'{"backupId": NaN}', 400, "is not JSON"),
        (b"\xff", 400, "is not JSON"),
        (b"[]", 400, "is not a JSON object"),
        (b'"text"', 400, "is not a JSON object"),
        (b'{"backupId": {}}', 400, "Value {} at 'backupId' must be a string"),
        (b'{"backupId": "\\ud800"}', 400, "Value at 'backupId' must be valid Unicode"),
    ],
)
def test_invalid_bodies_are_refused_with_the_services_message(
    backend: Backend, content: bytes, status: int, words: str
) -> None:
    path = f"/2020-08-01/studios/{STUDIO_ID}/streaming-sessions/{SESSION_ID}/start"
    request = Incoming("POST", path, {}, {"Authorization": SIGNATURE}, content)
    answer = respond(backend, request).answer
    assert answer is not None
    assert answer.status == status
    assert words in json.loads(answer.body).get("message", "")
