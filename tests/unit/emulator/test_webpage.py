"""The page's events and files."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from nimble_local.emulator.seed.default_seed import (
    LAUNCH_PROFILE_ID,
    SESSION_ID,
    STUDIO_ID,
    add_session,
)
from nimble_local.emulator.webpage.events import REQUESTS_SHOWN, Follower
from nimble_local.emulator.webpage.routes import STATIC

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nimble_local.emulator.backend import Backend


@pytest.fixture
def connection(url: str) -> Iterator[http.client.HTTPConnection]:
    made = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    yield made
    made.close()


def get(connection: http.client.HTTPConnection, path: str) -> tuple[Any, bytes]:
    connection.request("GET", path)
    with connection.getresponse() as answer:
        return answer, answer.read()


@pytest.fixture
def follower(backend: Backend) -> Follower:
    # Real time stands still as well.
    return Follower(backend, lambda: 0.0)


def start(backend: Backend) -> None:
    request = {"studioId": STUDIO_ID, "sessionId": SESSION_ID}
    backend.perform("StartStreamingSession", request, "somebody")


def test_the_first_event_has_the_complete_state(follower: Follower, backend: Backend) -> None:
    told = json.loads(json.dumps(follower.everything()))
    assert told["whole"] is True
    assert told["clock"] == {"now": backend.clock.now(), "factor": 0}
    session = told["sessions"][0]
    assert (session["sessionId"], session["state"], session["next"]) == (
        SESSION_ID,
        "STOPPED",
        None,
    )
    assert told["profiles"][0]["launchProfileId"] == LAUNCH_PROFILE_ID
    assert told["requests"] == []
    kinds = {kind["kind"]: kind for kind in told["kinds"]}
    assert kinds["rate-limit"]["parameters"][0] == {
        "name": "perSecond",
        "form": "number",
        "low": 0.001,
        "high": 100_000,
        "default": None,
        "required": True,
        "whole": False,
    }
    assert "operation" in [limit["name"] for limit in kinds["latency"]["limits"]]
    assert "operation" not in [limit["name"] for limit in kinds["start-failure"]["limits"]]


def test_later_events_have_only_the_changes(follower: Follower, backend: Backend) -> None:
    add_session(backend.context, "another", "STOPPED")
    follower.everything()
    assert follower.changes() == {}
    start(backend)
    told = follower.changes()
    assert [session["sessionId"] for session in told["sessions"]] == [SESSION_ID]
    assert told["sessions"][0]["state"] == "START_IN_PROGRESS"
    assert told["sessions"][0]["next"] == backend.clock.now() + 5
    assert set(told) == {"sessions", "gone", "clock"}
    assert follower.changes() == {}


def test_a_clock_change_is_an_event(follower: Follower, backend: Backend) -> None:
    follower.everything()
    backend.clock.advance(60)
    assert follower.changes() == {"clock": {"now": backend.clock.now(), "factor": 0}}
    assert follower.changes() == {}
    backend.clock.run(60)
    assert follower.changes()["clock"]["factor"] == 60


def test_changes_without_a_request_are_events(follower: Follower, backend: Backend) -> None:
    start(backend)
    follower.everything()
    backend.clock.advance(10)
    assert follower.changes()["sessions"][0]["state"] == "READY"


def test_each_hit_of_a_fault_is_an_event(follower: Follower, backend: Backend) -> None:
    follower.everything()
    fault = backend.add_fault({"kind": "start-failure", "count": 1})
    told = follower.changes()["faults"][0]
    assert (told["id"], told["left"], told["hits"]) == (fault.fault_id, 1, 0)
    start(backend)
    assert follower.changes()["faults"] == []


def test_removed_sessions_are_events(follower: Follower, backend: Backend) -> None:
    follower.everything()
    backend.world.remove_session(SESSION_ID)
    assert follower.changes()["gone"] == [SESSION_ID]


def test_the_complete_state_is_sent_again_when_too_much_has_changed(
    follower: Follower, backend: Backend
) -> None:
    follower.everything()
    for number in range(1200):
        add_session(backend.context, f"s{number}", "STOPPED")
        backend.world.remove_session(f"s{number}")
    assert follower.changes()["whole"] is True


def test_new_sessions_are_sent_in_order_of_creation(follower: Follower, backend: Backend) -> None:
    follower.everything()
    for name in ("first", "second", "third"):
        add_session(backend.context, name, "STOPPED")
    told = [session["sessionId"] for session in follower.changes()["sessions"]]
    assert told == ["first", "second", "third"]


def test_each_request_is_sent_once_and_only_the_newest(
    follower: Follower, backend: Backend, client: Any
) -> None:
    follower.everything()
    client.get_streaming_session(studioId=STUDIO_ID, sessionId=SESSION_ID)
    told = follower.changes()
    assert [request["number"] for request in told["requests"]] == [1]
    entry = backend.journal.entries()[0]
    for _ in range(REQUESTS_SHOWN + 10):
        backend.journal.add(entry)
    told = follower.changes()
    assert len(told["requests"]) == REQUESTS_SHOWN
    assert told["requests"][-1]["number"] == told["total"] == REQUESTS_SHOWN + 11
    backend.journal.clear()
    assert follower.changes()["oldest"] == REQUESTS_SHOWN + 12


def test_the_events_are_streamed_as_json(connection: http.client.HTTPConnection) -> None:
    connection.request("GET", "/_nimble/events")
    with connection.getresponse() as answer:
        assert answer.headers["Content-Type"] == "text/event-stream"
        line = answer.readline()
    assert line.startswith(b"data: {")
    assert json.loads(line.removeprefix(b"data: "))["whole"] is True


@pytest.mark.parametrize(
    "path",
    ["/", *(f"/_nimble/page/{f.relative_to(STATIC).as_posix()}" for f in STATIC.rglob("*.*"))],
)
def test_each_file_has_the_strict_policy(connection: http.client.HTTPConnection, path: str) -> None:
    answer, body = get(connection, path)
    assert answer.status == 200
    assert body
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Type"].split(";")[0] in {
        "text/html",
        "text/css",
        "text/javascript",
        "image/svg+xml",
    }


def test_other_files_are_not_served(connection: http.client.HTTPConnection) -> None:
    for name in ("no.js", "..%2froutes.py", "%2e%2e%2froutes.py", "__init__.py"):
        answer, _ = get(connection, f"/_nimble/page/{name}")
        assert answer.status == 404


@pytest.mark.parametrize("file", sorted(STATIC.rglob("*.js")), ids=lambda file: file.name)
def test_no_script_can_write_markup(file: Any) -> None:
    source = file.read_text()
    sinks = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(")
    for sink in (*sinks, "DOMParser", "createContextualFragment", "srcdoc", "//cdn"):
        assert sink not in source
