"""The rules of sessions, backups and streams, without HTTP."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from nimble_local.emulator.rules import streams, transitions
from nimble_local.emulator.rules.backups import of_session
from nimble_local.emulator.seed.default_seed import (
    LAUNCH_PROFILE_ID,
    SESSION_ID,
    STUDIO_ID,
    add_session,
)
from nimble_local.emulator.service.exceptions import ConflictError, NotFoundError, ValidationError
from nimble_local.emulator.webpage.overview import sessions

if TYPE_CHECKING:
    from nimble_local.emulator.backend import Backend

IDS = {"studioId": STUDIO_ID, "sessionId": SESSION_ID}


def act(backend: Backend, operation: str, **more: Any) -> dict[str, Any]:
    request = {**IDS, **more}
    answer = backend.perform(f"{operation}StreamingSession", request, "tester")
    session: dict[str, Any] = answer["session"]
    return session


def now(backend: Backend) -> dict[str, Any]:
    return act(backend, "Get")


def configure(backend: Backend, **rules: Any) -> None:
    """Change the launch profile's rules."""
    profile = backend.world.profiles.find(LAUNCH_PROFILE_ID)
    changed = {**profile.stream_configuration, **rules}
    document = {**profile.document(), "stream_configuration": changed}
    backend.world.profiles.put(LAUNCH_PROFILE_ID, type(profile).restored(document))


UNSTOPPABLE = {"automaticTerminationMode": "ACTIVATED", "maxStoppedSessionLengthInMinutes": 0}


def test_a_stop_that_the_launch_profile_does_not_allow_fails(backend: Backend) -> None:
    configure(backend, **UNSTOPPABLE)
    act(backend, "Start")
    backend.clock.advance(5)
    ready = now(backend)
    assert (ready["stopAt"], ready["terminateAt"]) == (None, ready["startedAt"] + 5 + 690 * 60)
    act(backend, "Stop")
    backend.clock.advance(5)
    failed = now(backend)
    assert (failed["state"], failed["statusCode"]) == ("STOP_FAILED", "INTERNAL_ERROR")
    assert "can't be stopped" in failed["statusMessage"]
    assert [b.state for b in of_session(backend.context, SESSION_ID)] == ["CREATE_FAILED"]


def test_a_setting_refuses_stops_that_are_not_allowed(backend: Backend) -> None:
    backend.context.settings = backend.context.settings.changed({"unstoppable_stop": "refuse"})
    configure(backend, **UNSTOPPABLE)
    add_session(backend.context, SESSION_ID, "READY")
    with pytest.raises(ConflictError):
        act(backend, "Stop")
    assert now(backend)["state"] == "READY"


def test_a_session_that_cannot_be_stopped_is_terminated_on_time(backend: Backend) -> None:
    configure(backend, **UNSTOPPABLE)
    add_session(backend.context, SESSION_ID, "READY")
    backend.clock.advance(690 * 60)
    assert (now(backend)["state"], now(backend)["updatedBy"]) == (
        "DELETE_IN_PROGRESS",
        "nimble.amazonaws.com",
    )
    backend.clock.advance(2)
    assert now(backend)["state"] == "DELETED"


def test_a_stopped_session_is_terminated_on_time(backend: Backend) -> None:
    configure(backend, automaticTerminationMode="ACTIVATED", maxStoppedSessionLengthInMinutes=5760)
    add_session(backend.context, SESSION_ID, "READY")
    # Ready for 690 minutes, stopped for four days, deleted for an hour, each at its own time.
    backend.clock.advance(690 * 60 + 5 + 5760 * 60 + 2)
    session = now(backend)
    assert session["state"] == "DELETED"
    history = backend.world.sessions.find(SESSION_ID).history
    assert [moment.state for moment in history] == [
        *("READY", "STOP_IN_PROGRESS", "STOPPED"),
        *("DELETE_IN_PROGRESS", "DELETED"),
    ]
    seconds = [later.at - former.at for former, later in pairwise(history)]
    assert seconds == pytest.approx([690 * 60, 5, 5760 * 60, 2])
    backend.clock.advance(3600)
    with pytest.raises(NotFoundError):
        now(backend)


def test_a_volume_that_will_be_deleted_is_not_backed_up(backend: Backend) -> None:
    add_session(backend.context, SESSION_ID, "READY")
    assert act(backend, "Stop", volumeRetentionMode="DELETE")["volumeRetentionMode"] == "DELETE"
    backend.clock.advance(5)
    assert now(backend)["state"] == "STOPPED"
    assert of_session(backend.context, SESSION_ID) == []


def test_a_backup_is_taken_while_the_session_stops(backend: Backend) -> None:
    add_session(backend.context, SESSION_ID, "READY")
    act(backend, "Stop")
    (taken,) = of_session(backend.context, SESSION_ID)
    assert (taken.state, taken.status_code) == (
        "CREATE_IN_PROGRESS",
        "STREAMING_SESSION_CREATE_IN_PROGRESS",
    )
    backend.clock.advance(5)
    backend.settle()
    (taken,) = of_session(backend.context, SESSION_ID)
    assert (taken.state, taken.status_code) == ("READY", "STREAMING_SESSION_READY")


def test_a_backup_of_another_session_is_not_restored(backend: Backend) -> None:
    add_session(backend.context, "another", "READY")
    backend.perform("StopStreamingSession", {**IDS, "sessionId": "another"}, "tester")
    (taken,) = of_session(backend.context, "another")
    with pytest.raises(ValidationError):
        act(backend, "Start", backupId=taken.backup_id)
    request = {**IDS, "sessionId": "another", "backupId": taken.backup_id}
    with pytest.raises(ConflictError):
        backend.perform("StartStreamingSession", request, "tester")


@pytest.mark.parametrize("keep", [True, False])
def test_backups_go_with_their_session_unless_they_are_kept(backend: Backend, keep: bool) -> None:
    backend.context.settings = backend.context.settings.changed({"keep_backups": keep})
    add_session(backend.context, SESSION_ID, "READY")
    act(backend, "Stop")
    backend.clock.advance(5)
    act(backend, "Delete")
    backend.clock.advance(2)
    backend.settle()
    assert bool(of_session(backend.context, SESSION_ID)) is keep


def test_streams_end_with_the_session(backend: Backend) -> None:
    add_session(backend.context, SESSION_ID, "READY")
    stream = backend.perform("CreateStreamingSessionStream", IDS, "tester")["stream"]
    act(backend, "Stop")
    request = {**IDS, "streamId": stream["streamId"]}
    ended = backend.perform("GetStreamingSessionStream", request, "tester")["stream"]
    assert (ended["state"], ended["statusCode"], ended["url"]) == (
        "DELETED",
        "STREAM_DELETED",
        None,
    )


def test_lists_are_as_stale_as_reads(backend: Backend) -> None:
    act(backend, "Start")
    backend.clock.advance(5)
    request = {"studioId": STUDIO_ID}
    (old,) = backend.perform("ListStreamingSessions", request, "tester", stale=60)["sessions"]
    (new,) = backend.perform("ListStreamingSessions", request, "tester")["sessions"]
    assert (old["state"], new["state"]) == ("STOPPED", "READY")


def test_pages_do_not_shift_when_sessions_go(backend: Backend) -> None:
    backend.context.settings = backend.context.settings.changed({"page_size": 2})
    for number in range(4):
        backend.clock.advance(1)
        add_session(backend.context, f"session-{number}", "STOPPED")
    request = {"studioId": STUDIO_ID}
    first = backend.perform("ListStreamingSessions", request, "tester")
    backend.world.remove_session(first["sessions"][0]["sessionId"])
    more = {**request, "nextToken": first["nextToken"]}
    second = backend.perform("ListStreamingSessions", more, "tester")
    assert [s["sessionId"] for s in second["sessions"]] == ["session-1", "session-2"]


def test_external_acts_happen_at_their_own_time(backend: Backend) -> None:
    backend.add_fault({"kind": "external-act", "act": "stop", "state": "READY", "seconds": 7})
    act(backend, "Start")
    backend.clock.advance(1000)
    backend.settle()
    history = backend.world.sessions.find(SESSION_ID).history
    assert [(m.state, m.by) for m in history[1:]] == [
        ("START_IN_PROGRESS", "tester"),
        ("READY", "tester"),
        ("STOP_IN_PROGRESS", "somebody-else"),
        ("STOPPED", "somebody-else"),
    ]
    assert history[3].at - history[2].at == pytest.approx(7)


def test_an_external_act_whose_fault_was_switched_off_does_not_happen(backend: Backend) -> None:
    wanted = {"kind": "external-act", "act": "start", "sessionId": SESSION_ID, "seconds": 7}
    fault = backend.add_fault(wanted)
    backend.remove_fault(fault.fault_id)
    backend.clock.advance(7)
    assert now(backend)["state"] == "STOPPED"


def test_a_stuck_session_continues_when_the_fault_ends(backend: Backend) -> None:
    fault = backend.add_fault({"kind": "stuck", "state": "START_IN_PROGRESS"})
    act(backend, "Start")
    backend.clock.advance(1000)
    assert now(backend)["state"] == "START_IN_PROGRESS"
    backend.remove_fault(fault.fault_id)
    ready = now(backend)
    assert (ready["state"], ready["updatedAt"]) == ("READY", backend.clock.now())


def test_a_reset_leaves_nothing_of_the_earlier_world(backend: Backend) -> None:
    backend.add_fault({"kind": "stuck", "state": "START_IN_PROGRESS"})
    act(backend, "Start")
    backend.clock.advance(1000)
    backend.settle()
    backend.clear()
    fault = backend.add_fault({"kind": "latency", "seconds": 1})
    assert backend.remove_fault(fault.fault_id)
    backend.clock.advance(1000)
    backend.settle()
    assert len(backend.world.sessions) == 0


def test_a_busy_hour_does_not_fill_the_memory(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transitions, "MAX_DELETED", 20)
    monkeypatch.setattr(streams, "MAX_STREAMS", 30)
    backend.context.settings = backend.context.settings.changed({"session_quota": 5})
    request = {"studioId": STUDIO_ID, "launchProfileId": LAUNCH_PROFILE_ID}
    made = []
    for _ in range(60):
        session = backend.perform("CreateStreamingSession", request, "tester")["session"]
        made.append(session["sessionId"])
        backend.clock.advance(5)
        ids = {"studioId": STUDIO_ID, "sessionId": made[-1]}
        backend.perform("CreateStreamingSessionStream", ids, "tester")
        backend.perform("DeleteStreamingSession", ids, "tester")
        backend.clock.advance(2)
        backend.settle()
        assert len(backend.world.sessions) <= 5 + 20
        assert len(backend.world.streams) <= 30
    kept = [session_id for session_id in made if session_id in backend.world.sessions]
    assert kept == made[-len(kept) :]
    assert len(kept) >= 18
    assert SESSION_ID in backend.world.sessions
    # Nothing waits for sessions that were forgotten before their hour.
    backend.clock.advance(4000)
    backend.settle()
    assert list(backend.world.sessions) == [backend.world.sessions.find(SESSION_ID)]
    assert len(backend.world.streams) == 0


@pytest.mark.parametrize(
    ("rules", "kept"),
    [
        ({"mode": "AUTOMATIC"}, 3),
        ({"mode": "AUTOMATIC", "maxBackupsToRetain": 1}, 1),
        ({"mode": "AUTOMATIC", "maxBackupsToRetain": 0}, 0),
        ({"mode": "DEACTIVATED"}, 0),
        ({}, 0),
    ],
)
def test_a_session_keeps_the_backups_that_its_launch_profile_allows(
    backend: Backend, rules: dict[str, Any], kept: int
) -> None:
    configure(backend, sessionBackup=rules)
    add_session(backend.context, SESSION_ID, "READY")
    assert now(backend)["maxBackupsToRetain"] == kept
    for _ in range(5):
        act(backend, "Stop")
        backend.clock.advance(5)
        act(backend, "Start")
        backend.clock.advance(5)
    assert len(of_session(backend.context, SESSION_ID)) == kept


@pytest.mark.parametrize(
    ("state", "stopped", "started"),
    [
        ("STOPPED", True, False),
        ("STOP_FAILED", True, False),
        ("STOP_IN_PROGRESS", True, False),
        ("START_IN_PROGRESS", True, True),
        ("START_FAILED", True, True),
        ("READY", False, False),
        ("CREATE_FAILED", False, False),
    ],
)
def test_a_seeded_session_has_the_times_of_the_states_that_it_has_passed(
    backend: Backend, state: str, stopped: bool, started: bool
) -> None:
    session = add_session(backend.context, SESSION_ID, state).wire()
    at = backend.clock.now()
    assert session["stoppedAt"] == (at if stopped else None)
    assert session["startedAt"] == (at if started else None)
    assert bool(session["stoppedBy"]) is stopped
    assert bool(session["startedBy"]) is started


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        (UNSTOPPABLE, "The launch profile's maxStoppedSessionLengthInMinutes is 0"),
        (
            {"sessionPersistenceMode": "DEACTIVATED"},
            "The launch profile's sessionPersistenceMode is DEACTIVATED",
        ),
    ],
)
def test_a_stop_that_is_not_allowed_names_the_rule(
    backend: Backend, rules: dict[str, Any], reason: str
) -> None:
    configure(backend, **rules)
    add_session(backend.context, SESSION_ID, "READY")
    act(backend, "Stop")
    backend.clock.advance(5)
    session = now(backend)
    assert (session["state"], session["statusCode"]) == ("STOP_FAILED", "INTERNAL_ERROR")
    assert session["statusMessage"] == f"{reason}: its sessions can't be stopped."
    backend.context.settings = backend.context.settings.changed({"unstoppable_stop": "refuse"})
    add_session(backend.context, SESSION_ID, "READY")
    with pytest.raises(ConflictError, match=reason):
        act(backend, "Stop")


def test_the_page_learns_what_the_service_will_do(backend: Backend) -> None:
    add_session(backend.context, "stopped", "STOPPED")
    add_session(backend.context, "stops", "READY")
    configure(backend, **UNSTOPPABLE)
    add_session(backend.context, "deletes", "READY")
    add_session(backend.context, "deleted", "STOPPED")
    add_session(backend.context, "starting", "START_IN_PROGRESS")
    told = {
        each["sessionId"]: each["following"] for each in sessions(backend, backend.world.sessions)
    }
    del told[SESSION_ID]
    assert told == {
        "stopped": "",
        "stops": "stops",
        "deletes": "deletes",
        "deleted": "deletes",
        "starting": "",
    }
