"""A session's whole lifecycle with each client: all of them must see the same.

Each client goes through the same lifecycle with its own emulator. Its results, its error types and
the journal are recorded, with ids and times by their order, and compared.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from nimble_local.emulator.seed.default_seed import LAUNCH_PROFILE_ID, SESSION_ID, STUDIO_ID
from nimble_local.emulator.service.exceptions import BY_SHAPE
from nimble_local.fixture import emulated
from testkit.packaging.sdk_clients import INTERPRETERS, client

if TYPE_CHECKING:
    from pathlib import Path

    from nimble_local.fixture import Nimble
    from testkit.packaging.sdk_clients import Client

# All in one process, so that each environment is made once.
pytestmark = pytest.mark.xdist_group("clients")

SETTINGS = {"page_size": 2, "session_quota": 5}
STUDIO = {"studioId": STUDIO_ID}
IDS = {**STUDIO, "sessionId": SESSION_ID}
PROFILE = {**STUDIO, "launchProfileId": LAUNCH_PROFILE_ID}
ELSEWHERE = f"arn:aws:nimble:us-west-2:123456789012:streaming-session/{SESSION_ID}"

_ID = re.compile(r'"(?:sessionId|backupId|streamId)": "([^"]+)"')
_TIME = re.compile(r'"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))"')


class Life:
    """The calls of one client, and their results."""

    def __init__(self, client: Client, nimble: Nimble) -> None:
        self._client = client
        self.nimble = nimble
        self.seen: list[Any] = []

    def call(self, name: str, **given: Any) -> dict[str, Any]:
        """Call an operation, and compare its request id with the journal's."""
        answer = self._client.ask("call", name, given)
        entry = self.nimble.journal.entries()[-1]
        # The CLI shows only the message of an error.
        reason = answer.pop("reason", None)
        assert reason or "error" not in answer or "requestId" not in answer
        assert answer.pop("requestId", entry["requestId"]) == entry["requestId"]
        assert answer.pop("status", entry["status"]) == entry["status"]
        assert entry["operation"] == name
        assert answer.get("error", "OK") == entry["outcome"]
        # A token leads to the next page, and the CLI follows it automatically.
        answer.get("output", {}).pop("nextToken", None)
        self.seen.append((name, answer, entry["replayed"], entry["status"]))
        output: dict[str, Any] = answer.get("output", {})
        return output

    def refused(self, error: str, name: str, **given: Any) -> None:
        """Call an operation that fails."""
        self.call(name, **given)
        assert self.seen[-1][1]["error"] == error
        assert len(self.seen[-1][1]["message"]) > 20

    def wait(self, name: str, **given: Any) -> None:
        """Use a waiter of the client after some time has passed."""
        self.nimble.clock.forward(5)
        assert self._client.ask("wait", name, given).get("error") is None
        self.seen.append((name, "seen"))

    def wait_in_vain(self, name: str, **given: Any) -> None:
        """Use a waiter of the client, and expect it to see a failure."""
        self.nimble.clock.forward(5)
        assert self._client.ask("wait", name, given)["error"] == "Waiter"
        self.seen.append((name, "failed"))

    def pages(self, name: str, member: str, **given: Any) -> list[Any]:
        """Use a paginator of the client; the CLI's operations are paginators."""
        answer = self._client.ask("pages", name, given)
        found: list[Any] = answer["output"][member]
        self.seen.append((name, found, self.nimble.journal.operations()[-3:]))
        return found

    def fault(self, kind: str, **limits: Any) -> None:
        """Cause one fault."""
        self.nimble.faults.add(kind, count=1, **limits)

    def transcript(self) -> str:
        """Return the results, with ids by their order and times relative to the first."""
        text = json.dumps(self.seen, indent=1, sort_keys=True)
        for number, each in enumerate(dict.fromkeys(_ID.findall(text))):
            text = text.replace(each, f"id-{number}")
        zero = min(datetime.fromisoformat(each) for each in _TIME.findall(text))

        def since(found: re.Match[str]) -> str:
            return f'"{(datetime.fromisoformat(found[1]) - zero).total_seconds():g}"'

        return _TIME.sub(since, text)


def live(life: Life) -> None:
    """Go through everything that a session can do, and each error."""
    starts_and_stops(life)
    backups_and_tags(life)
    is_created_and_deleted(life)
    many(life)
    fails(life)


def starts_and_stops(life: Life) -> None:
    life.wait("StudioReady", **STUDIO)
    life.wait("LaunchProfileReady", **PROFILE)
    assert life.call("GetStreamingSession", **IDS)["session"]["state"] == "STOPPED"
    once = life.call("StartStreamingSession", **IDS, clientToken="once")
    assert once["session"]["state"] == "START_IN_PROGRESS"
    assert life.call("StartStreamingSession", **IDS, clientToken="once") == once
    life.refused(
        "ValidationException", "StartStreamingSession", **IDS, clientToken="once", backupId="b"
    )
    life.refused("ConflictException", "StartStreamingSession", **IDS)
    life.wait("StreamingSessionReady", **IDS)
    stopped = life.call("StopStreamingSession", **IDS, volumeRetentionMode="RETAIN")
    assert stopped["session"]["state"] == "STOP_IN_PROGRESS"
    life.wait("StreamingSessionStopped", **IDS)


def backups_and_tags(life: Life) -> None:
    (backup,) = life.call("ListStreamingSessionBackups", **STUDIO)["streamingSessionBackups"]
    backup_id = backup["backupId"]
    one = life.call("GetStreamingSessionBackup", **STUDIO, backupId=backup_id)
    assert one["streamingSessionBackup"] == backup
    life.call("StartStreamingSession", **IDS, backupId=backup_id)
    life.wait("StreamingSessionReady", **IDS)
    session = life.call("GetStreamingSession", **IDS)["session"]
    assert session["startedFromBackupId"] == backup_id
    assert session["volumeConfiguration"]["size"] == 500
    arn = {"resourceArn": session["arn"]}
    life.call("TagResource", **arn, tags={"Show": "Heron"})
    life.call("UntagResource", **arn, tagKeys=["Name"])
    assert life.call("ListTagsForResource", **arn)["tags"] == {"Show": "Heron"}


def is_created_and_deleted(life: Life) -> None:
    made = life.call("CreateStreamingSession", **PROFILE, tags={"Name": "Comp 12"})["session"]
    ids = {**STUDIO, "sessionId": made["sessionId"]}
    life.wait("StreamingSessionReady", **ids)
    stream = life.call("CreateStreamingSessionStream", **ids, expirationInSeconds=60)["stream"]
    life.wait("StreamingSessionStreamReady", **ids, streamId=stream["streamId"])
    shown = life.call("GetStreamingSessionStream", **ids, streamId=stream["streamId"])["stream"]
    assert shown["url"].startswith("https://")
    life.call("DeleteStreamingSession", **ids)
    life.wait("StreamingSessionDeleted", **ids)
    assert life.call("GetStreamingSession", **ids)["session"]["state"] == "DELETED"
    life.nimble.clock.forward(3600)
    life.refused("ResourceNotFoundException", "GetStreamingSession", **ids)


def many(life: Life) -> None:
    owned = {}
    for number in range(4):
        life.nimble.clock.forward(1)
        owned = life.call("CreateStreamingSession", **PROFILE, ownedBy=f"artist-{number}")
    life.refused("ServiceQuotaExceededException", "CreateStreamingSession", **PROFILE)
    every = life.pages("ListStreamingSessions", "sessions", **STUDIO)
    assert len({each["sessionId"] for each in every}) == 5
    mine = life.pages("ListStreamingSessions", "sessions", **STUDIO, ownedBy="artist-3")
    assert [each["sessionId"] for each in mine] == [owned["session"]["sessionId"]]
    few = ",".join(each["sessionId"] for each in every[:2])
    found = life.call("ListStreamingSessions", **STUDIO, sessionIds=few)["sessions"]
    assert [each["sessionId"] for each in found] == few.split(",")


def fails(life: Life) -> None:
    life.nimble.reset()
    for verb, waiter in (("start", "Ready"), ("stop", "Stopped"), ("delete", "Deleted")):
        life.nimble.seed({"sessions": [{"sessionId": SESSION_ID, "state": BEFORE[verb]}]})
        life.fault(f"{verb}-failure", code="INSUFFICIENT_CAPACITY")
        life.call(f"{verb.title()}StreamingSession", **IDS)
        life.wait_in_vain(f"StreamingSession{waiter}", **IDS)
        session = life.call("GetStreamingSession", **IDS)["session"]
        assert (session["state"], session["statusCode"]) == (
            f"{verb.upper()}_FAILED",
            "INSUFFICIENT_CAPACITY",
        )
    life.refused("AccessDeniedException", "ListTagsForResource", resourceArn=ELSEWHERE)
    life.refused("ValidationException", "ListStudioMembers", **STUDIO)
    for error in BY_SHAPE:
        life.fault("error", error=error)
        life.refused(error, "GetStudio", **STUDIO)


BEFORE = {"start": "STOPPED", "stop": "READY", "delete": "STOPPED"}


@pytest.fixture(scope="module")
def transcripts() -> dict[str, str]:
    """Return the transcript of each client that has run."""
    return {}


@pytest.mark.parametrize("name", INTERPRETERS)
def test_every_client_sees_the_same_lifecycle(
    name: str, transcripts: dict[str, str], tmp_path: Path
) -> None:
    with emulated(SETTINGS, {}) as nimble, client(name, nimble, tmp_path) as running:
        # The emulated state begins at the time at which the clock stands still.
        nimble.clock.stop()
        nimble.reset()
        life = Life(running, nimble)
        live(life)
    transcripts[name] = life.transcript()
    first, *_ = transcripts.values()
    assert transcripts[name].splitlines() == first.splitlines()
