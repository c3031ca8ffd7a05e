"""Other statements of docs/emulator.md, and the completeness of its tables."""

from __future__ import annotations

import re
import time
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nimble_local.emulator.backend import Backend
from nimble_local.emulator.faults.kinds import FAILURES, KINDS
from nimble_local.emulator.http.responses import Incoming, respond
from nimble_local.emulator.rules.lifecycle import MESSAGES
from nimble_local.emulator.rules.operations import OPERATIONS
from nimble_local.emulator.seed.default_seed import LAUNCH_PROFILE_ID, SESSION_ID, STUDIO_ID
from nimble_local.emulator.server import application
from nimble_local.emulator.service.exceptions import BY_SHAPE
from nimble_local.emulator.service.model import operations, shape, values
from nimble_local.emulator.state.entities import Session
from nimble_local.emulator.state.journal import Journal
from nimble_local.emulator.state.settings import Settings
from testkit.emulator.in_process import SIGNATURE, ask, incoming
from testkit.emulator.model_requests import inputs

if TYPE_CHECKING:
    from nimble_local.fixture import Nimble

ROOT = Path(__file__).parents[4]
PAGE = (ROOT / "docs" / "emulator.md").read_text(encoding="utf-8")
STUDIO = {"studioId": STUDIO_ID}
IDS = {**STUDIO, "sessionId": SESSION_ID}


def section(name: str) -> str:
    return re.split(r"^##+ ", PAGE.partition(f"# {name}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]


def cells(name: str) -> list[list[str]]:
    """Return the cells of a section's tables, without their heads."""
    rows = [line for line in section(name).splitlines() if line.startswith("|")]
    found = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    rules = [index for index, row in enumerate(found) if set(row[0]) == {"-"}]
    return [row for index, row in enumerate(found) if index not in rules and index + 1 not in rules]


def code(backend: Backend, operation: str, **parameters: Any) -> tuple[str, str]:
    outcome, body = ask(backend, operation, **parameters)
    return outcome, body.get("context", {}).get("reason", "")


def test_the_docs_name_every_operation() -> None:
    told = re.findall(r"\w+", " ".join(row[0] for row in cells("Operations")))
    assert set(told) == set(OPERATIONS)


OTHERS = [operation.name for operation in operations() if operation.name not in OPERATIONS]


@settings(max_examples=2, deadline=None)
@pytest.mark.parametrize("operation", OTHERS)
@given(data=st.data())
def test_the_docs_name_every_operation_that_is_not_emulated(
    operation: str, data: st.DataObject
) -> None:
    backend = Backend()
    outcome, body = ask(backend, operation, **data.draw(inputs(operation)))
    assert (outcome, body["context"]["reason"]) == ("ValidationException", "NOT_EMULATED"), body
    assert body["message"].startswith(f"{operation} is not emulated.")
    assert backend.journal.entries()[-1].operation == operation


@pytest.mark.parametrize("state", values("StreamingSessionState"))
def test_each_state_has_its_code_and_its_message(backend: Backend, state: str) -> None:
    backend.add_seed({"sessions": [{"sessionId": "a", "state": state}]})
    session = ask(backend, "GetStreamingSession", **STUDIO, sessionId="a")[1]["session"]
    failed = state.endswith("_FAILED")
    assert session["statusCode"] == ("INTERNAL_ERROR" if failed else f"STREAMING_SESSION_{state}")
    assert session["statusMessage"] == MESSAGES[state]
    words = {"READY": "ready", "STOPPED": "stopped", "DELETED": "deleted"}
    assert words.get(state, "could not be" if failed else "is being") in MESSAGES[state]


def test_each_act_sets_its_caller_and_time(backend: Backend) -> None:
    def act(verb: str, caller: str, **more: str) -> None:
        backend.perform(f"{verb}StreamingSession", {**IDS, **more}, caller)
        backend.clock.advance(100)
        backend.settle()

    began = backend.clock.now()
    made = backend.perform(
        "CreateStreamingSession", {**STUDIO, "launchProfileId": LAUNCH_PROFILE_ID}, "ann"
    )["session"]
    assert (made["createdBy"], made["ownedBy"], made["updatedBy"]) == ("ann", "ann", "ann")
    assert (made["createdAt"], made["updatedAt"]) == (began, began)
    act("Start", "bob")
    act("Stop", "eve")
    session = backend.world.sessions.find(SESSION_ID).wire()
    assert (session["startedAt"], session["startedBy"]) == (began, "bob")
    assert (session["stoppedAt"], session["stoppedBy"]) == (began + 100, "eve")
    # The end of the stop counts as the act of the caller that requested it.
    assert (session["updatedAt"], session["updatedBy"]) == (began + 105, "eve")
    tags = {"resourceArn": session["arn"], "tags": {"a": "b"}}
    backend.perform("TagResource", tags, "dan")
    session = backend.world.sessions.find(SESSION_ID).wire()
    assert (session["updatedAt"], session["updatedBy"]) == (began + 200, "dan")


def test_a_session_has_the_members_of_the_model(backend: Backend) -> None:
    session = backend.world.sessions.find(SESSION_ID)
    members: Any = shape("StreamingSession")
    assert set(session.wire()) == set(members.members)
    assert len(members.members) == len([f for f in fields(Session) if not f.metadata])


SCOPED = SIGNATURE.partition("Credential=")[2].partition(",")[0]
PRESIGNED = {
    "X-Amz-Algorithm": ["AWS4-HMAC-SHA256"],
    "X-Amz-Credential": [SCOPED],
    "X-Amz-Signature": ["00"],
}


@pytest.mark.parametrize(
    ("authorization", "query", "refused"),
    [
        (SIGNATURE, {}, ""),
        (SIGNATURE.replace("00", "f" * 64), {}, ""),
        (SIGNATURE.replace("HMAC-SHA256", "ECDSA-P256-SHA256").replace("us-west-2/", ""), {}, ""),
        ("", PRESIGNED, ""),
        ("", {}, "MISSING_SIGNATURE"),
        ("Bearer token", {}, "MISSING_SIGNATURE"),
        ("Basic YTpi", {}, "MISSING_SIGNATURE"),
        (SIGNATURE.partition(", Signature")[0], {}, "MISSING_SIGNATURE"),
        ("", {**PRESIGNED, "X-Amz-Signature": [""]}, "MISSING_SIGNATURE"),
        (SIGNATURE.replace("nimble", "s3"), {}, "WRONG_SIGNATURE_SCOPE"),
        (SIGNATURE.replace("/aws4_request", ""), {}, "WRONG_SIGNATURE_SCOPE"),
        (SIGNATURE.replace("AKIACALLER", ""), {}, "WRONG_SIGNATURE_SCOPE"),
    ],
)
def test_a_request_needs_a_signature_for_nimble(
    backend: Backend, authorization: str, query: dict[str, list[str]], refused: str
) -> None:
    made = incoming("StartStreamingSession", IDS)
    headers = {"Authorization": authorization} if authorization else {}
    request = Incoming(made.method, made.raw_path, query, headers, made.body)
    answer = respond(backend, request).answer
    assert answer is not None
    assert answer.status == (403 if refused else 200)
    assert (refused or "session") in answer.body.decode()
    entry = backend.journal.entries()[-1]
    assert entry.caller == (None if refused else "AKIACALLER")
    assert backend.world.sessions.find(SESSION_ID).state == (
        "STOPPED" if refused else "START_IN_PROGRESS"
    )


def test_the_docs_name_every_error_and_code() -> None:
    told = {row[0]: (int(row[1]), set(re.findall(r"`(\w+)`", row[3]))) for row in cells("Errors")}
    sources = [*(ROOT / "local/nimble_local/emulator").rglob("*.py")]
    text = "\n".join(source.read_text(encoding="utf-8") for source in sources)
    known = set(re.findall(r'\breason ?= ?"([A-Z_]+)"', text))
    # Every conflict has its own reason.
    assert set().union(*(codes for _, codes in told.values())) == known - {"CONFLICT"}
    assert {name: status for name, (status, _) in told.items()} == {
        name: shape(name).metadata["error"]["httpStatusCode"] for name in BY_SHAPE
    }


def test_the_docs_name_every_fault_and_its_parameters() -> None:
    told: dict[str, set[str]] = {}
    for kinds, _, parameters in cells("Faults"):
        for kind in re.findall(r"`([\w-]+)`", kinds):
            told[kind] = set(re.findall(r"`([a-z]\w+)`", parameters)) - {"before", "after"}
    assert told == {kind: set(own) for kind, (_, own) in KINDS.items()}


def test_the_docs_name_every_setting() -> None:
    rows = cells("What is inferred")
    told = {name for row in rows for name in re.findall(r"`(\w+)`", row[-1])}
    assert told >= {field.name for field in fields(Settings)}
    assert {name for name in told if "_" in name} == {field.name for field in fields(Settings)}
    assert all(row[1] for row in rows), "a choice without a reason"


def test_the_docs_name_every_route_of_the_control_interface(backend: Backend) -> None:
    told = set()
    for row in cells("The control interface"):
        for method, path in re.findall(r"(GET|POST|DELETE) (/_nimble/[\w/{}]+)", row[0]):
            told.add((method, re.sub(r"\{\w+\}", "{}", path)))
    there = {
        (route.method, re.sub(r"\{\w+\}", "{}", route.resource.canonical))
        for route in application(backend).router.routes()
        if route.resource is not None and route.method in ("GET", "POST", "DELETE")
    }
    own = {("GET", "/"), ("GET", "/_nimble/page/{}"), ("GET", "/_nimble/events")}
    assert told == there - own


def test_the_journal_matches_the_docs_and_is_bounded(backend: Backend) -> None:
    ask(backend, "StartStreamingSession", **IDS, clientToken="once")
    shown = backend.journal.entries()[-1].public()
    assert set(re.findall(r'"(\w+)":', section("The journal"))) == set(shown)
    few = Journal(limit=3)
    for _ in range(10):
        few.add(backend.journal.entries()[-1])
    assert [entry.number for entry in few.entries()] == [8, 9, 10]
    assert (few.total, few.oldest) == (10, 8)


@pytest.mark.parametrize(
    ("changes", "state", "operation", "outcome"),
    [
        ({}, "START_FAILED", "Start", "OK"),
        ({"start_from_failed": False}, "START_FAILED", "Start", "ConflictException"),
        ({}, "STOP_FAILED", "Stop", "OK"),
        ({"stop_from_failed": False}, "STOP_FAILED", "Stop", "ConflictException"),
    ],
)
def test_settings_decide_what_may_follow_a_failure(
    backend: Backend, changes: dict[str, Any], state: str, operation: str, outcome: str
) -> None:
    backend.context.settings = backend.context.settings.changed(changes)
    backend.add_seed({"sessions": [{"sessionId": SESSION_ID, "state": state}]})
    assert ask(backend, f"{operation}StreamingSession", **IDS)[0] == outcome


def test_a_reused_token_is_an_invalid_request(backend: Backend) -> None:
    ask(backend, "StartStreamingSession", **IDS, clientToken="t")
    reused = code(backend, "StartStreamingSession", **IDS, clientToken="t", backupId="b")
    assert reused == ("ValidationException", "CLIENT_TOKEN_REUSED")


def test_a_token_is_forgotten_after_its_lifetime(backend: Backend) -> None:
    backend.context.settings = backend.context.settings.changed({"token_seconds": 60})
    ask(backend, "StartStreamingSession", **IDS, clientToken="t")
    backend.clock.advance(59)
    assert ask(backend, "StartStreamingSession", **IDS, clientToken="t")[0] == "OK"
    backend.clock.advance(1)
    assert ask(backend, "StartStreamingSession", **IDS, clientToken="t")[0] == "ConflictException"


def test_a_refused_request_may_be_retried_with_its_token(backend: Backend) -> None:
    assert ask(backend, "StopStreamingSession", **IDS, clientToken="t")[0] == "ConflictException"
    ask(backend, "StartStreamingSession", **IDS)
    backend.clock.advance(5)
    assert ask(backend, "StopStreamingSession", **IDS, clientToken="t")[0] == "OK"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"start_seconds": -1}, "start_seconds must be from 0 to 31536000 seconds, not -1."),
        ({"start_seconds": "5"}, "start_seconds must be from 0"),
        ({"page_size": 0}, "page_size must be from 1 to 1000, not 0."),
        ({"page_size": True}, "page_size must be a whole number, not True."),
        ({"keep_backups": 1}, "keep_backups must be true or false, not 1."),
        ({"unstoppable_stop": "no"}, "unstoppable_stop must be one of fail, refuse, not 'no'."),
        ({"speed": 1}, "'speed' is not a setting. The settings are: create_seconds"),
    ],
)
def test_an_invalid_setting_is_explained(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=r"\.$") as raised:
        Settings().changed(changes)
    assert words in str(raised.value)


def test_690_minutes_pass_within_a_second(nimble: Nimble) -> None:
    nimble.client.start_streaming_session(**IDS)
    began = time.monotonic()
    nimble.clock.run(60_000)
    while nimble.session(SESSION_ID)["state"] != "STOPPED":
        assert time.monotonic() - began < 10
    states = [moment["state"] for moment in nimble.session(SESSION_ID)["history"]]
    assert states[1:] == ["START_IN_PROGRESS", "READY", "STOP_IN_PROGRESS", "STOPPED"]
    assert time.monotonic() - began > 0.6


def test_the_clock_stops_before_years_that_iso_8601_cannot_express(backend: Backend) -> None:
    ask(backend, "StartStreamingSession", **IDS)
    for _ in range(800):
        backend.set_clock(advance=10 * 365 * 86_400)
    assert ask(backend, "GetStreamingSession", **IDS)[0] == "OK"
    assert backend.journal.entries()[-1].public()["at"] == "9000-01-01T00:00:00.000Z"


def test_failures_have_the_codes_of_the_model() -> None:
    assert set(FAILURES) <= set(values("StreamingSessionStatusCode"))
    well = {name for name in values("StreamingSessionStatusCode") if name.startswith("STREAMING_")}
    assert set(FAILURES) == set(values("StreamingSessionStatusCode")) - well
