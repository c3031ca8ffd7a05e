"""Random lives of a studio: the emulator agrees with a simple reference of its rules.

In between, it's killed and restarted from its file.
"""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from nimble_local.emulator.backend import Backend
from nimble_local.emulator.seed.default_seed import SESSION_ID, STUDIO_ID
from nimble_local.emulator.state.clock import EmulatedClock
from nimble_local.emulator.state.file_store import FileStore
from nimble_local.emulator.state.settings import Settings
from testkit.emulator.in_process import ask
from testkit.emulator.reference import FAILED, LONGEST, PROFILES, PROGRESS, Reference

# Groups start before single tests, so that the longest tests don't come last.
pytestmark = pytest.mark.xdist_group("anything")

MEMORY = Path("/dev/shm")  # noqa: S108 - quicker than a disk, where there is one
STUDIO = {"studioId": STUDIO_ID}
SETTINGS = Settings(page_size=3, session_quota=5)
TOKEN_SECONDS = SETTINGS.token_seconds
RULES: dict[str, dict[str, Any]] = {
    "keeping": {},
    "terminating": {
        "automaticTerminationMode": "ACTIVATED",
        "maxStoppedSessionLengthInMinutes": 60,
    },
    "unstoppable": {"automaticTerminationMode": "ACTIVATED"},
}
PROFILE_DOCUMENTS = [
    {
        "launchProfileId": name,
        "streamConfiguration": {
            **RULES[name],
            "sessionBackup": {"mode": "AUTOMATIC", "maxBackupsToRetain": profile.backups},
        },
    }
    for name, profile in PROFILES.items()
]
NEXT = {
    *((state, end) for state, (_, *ends) in PROGRESS.items() for end in ends),
    *((state, "DELETE_IN_PROGRESS") for state in ("READY", "STOPPED", *FAILED)),
    *((state, "START_IN_PROGRESS") for state in ("STOPPED", "START_FAILED")),
    *((state, "STOP_IN_PROGRESS") for state in ("READY", "STOP_FAILED")),
}
"""The states that may follow each state."""

TOKENS = st.sampled_from([None, None, None, "one", "two"])
TAGS = st.dictionaries(st.sampled_from(["a", "b"]), st.text(max_size=3), max_size=2)
THEN = st.sampled_from([5.0, 5.0, 5.0, 0.0])
# Multiples of a quarter have exact sums.
STEPS = st.sampled_from([0.25, 1.0, 2.0, 5.0, 60.0, 3600.0, LONGEST, 90_000.0])


class AnyLife(RuleBasedStateMachine):
    """One studio in the emulator and in the reference."""

    names = Bundle("names")

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory(dir=MEMORY if MEMORY.exists() else None)
        self.file = Path(self.folder.name) / "0"
        self.answers: dict[tuple[str, str], tuple[float, dict[str, Any], dict[str, Any]]] = {}
        self.strangers = 0
        self.real = 1_700_000_000.0
        self.backend = self.started()
        self.backend.set_clock(factor=0)
        self.backend.add_seed({"launchProfiles": PROFILE_DOCUMENTS})
        self.backend.world.remove_session(SESSION_ID)
        self.backend.world.commit()
        self.reference = Reference(self.backend.clock.now(), SETTINGS.session_quota)

    def started(self) -> Backend:
        self.store = FileStore(self.file)
        backend = Backend(SETTINGS, EmulatedClock(lambda: self.real), self.store)
        backend.seed()
        return backend

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    def asked(
        self, operation: str, token: str | None, **parameters: Any
    ) -> tuple[str, dict[str, Any], bool]:
        """Return a request's outcome and answer, and True if it had to be carried out."""
        more = {} if token is None else {"clientToken": token}
        outcome, answer = ask(self.backend, operation, **STUDIO, **parameters, **more)
        known = self.answers.get((operation, token or ""))
        if known is not None and self.reference.now < known[0] + TOKEN_SECONDS:
            if known[1] == parameters:
                assert (outcome, answer) == ("OK", known[2])
            else:
                assert (outcome, answer["context"]["reason"]) == (
                    "ValidationException",
                    "CLIENT_TOKEN_REUSED",
                )
            return outcome, answer, False
        if token is not None and outcome == "OK":
            self.answers[operation, token] = (self.reference.now, parameters, answer)
        return outcome, answer, True

    @initialize(target=names)
    def begin(self) -> Any:
        return self.create("keeping", {}, None, 5.0)

    @rule(
        target=names,
        profile=st.sampled_from(sorted(PROFILES)),
        tags=TAGS,
        token=TOKENS,
        then=THEN,
    )
    def create(self, profile: str, tags: dict[str, str], token: str | None, then: float) -> Any:
        outcome, answer, new = self.asked(
            "CreateStreamingSession", token, launchProfileId=profile, tags=tags
        )
        if not new:
            return multiple()
        expected, modelled = self.reference.create(profile, dict(tags))
        assert outcome == expected
        if outcome != "OK":
            return multiple()
        name = answer["session"]["sessionId"]
        self.reference.sessions[name] = modelled
        self.wait(then)
        return name

    @rule(name=names, token=TOKENS, data=st.data(), then=THEN)
    def start(self, name: str, token: str | None, data: st.DataObject, then: float) -> None:
        sessions = self.reference.sessions
        own = [backup.name for backup in sessions[name].backups] if name in sessions else []
        every = [backup.name for modelled in sessions.values() for backup in modelled.backups]
        backup = data.draw(st.sampled_from([None, *own, *own, *every, "nothing"]))
        more = {} if backup is None else {"backupId": backup}
        outcome, _, new = self.asked("StartStreamingSession", token, sessionId=name, **more)
        if new:
            assert outcome == self.reference.start(name, backup)
        self.wait(then)

    @rule(name=names, mode=st.sampled_from(["RETAIN", "DELETE"]), token=TOKENS, then=THEN)
    def stop(self, name: str, mode: str, token: str | None, then: float) -> None:
        parameters = {"sessionId": name, "volumeRetentionMode": mode}
        outcome, _, new = self.asked("StopStreamingSession", token, **parameters)
        if new:
            assert outcome == self.reference.stop(name, mode)
        self.wait(then)

    @rule(name=names, token=TOKENS)
    def delete(self, name: str, token: str | None) -> None:
        outcome, _, new = self.asked("DeleteStreamingSession", token, sessionId=name)
        if new:
            assert outcome == self.reference.delete(name)

    @rule(name=names)
    def get(self, name: str) -> None:
        outcome, answer = ask(self.backend, "GetStreamingSession", **STUDIO, sessionId=name)
        if name in self.reference.sessions:
            self.is_the_same(name, answer["session"])
        else:
            assert outcome == "ResourceNotFoundException"

    @rule(name=names)
    def stream(self, name: str) -> None:
        outcome, _, _ = self.asked("CreateStreamingSessionStream", None, sessionId=name)
        assert outcome == self.reference.stream(name)

    @rule(name=names, tags=TAGS, gone=st.sets(st.sampled_from(["a", "b"]), min_size=1))
    def tag(self, name: str, tags: dict[str, str], gone: set[str]) -> None:
        arn = {"resourceArn": f"arn:aws:nimble:us-west-2:000000000000:streaming-session/{name}"}
        modelled = self.reference.sessions.get(name)
        expected = "OK" if modelled else "ResourceNotFoundException"
        assert ask(self.backend, "TagResource", **arn, tags=tags)[0] == expected
        assert ask(self.backend, "UntagResource", **arn, tagKeys=sorted(gone))[0] == expected
        if modelled:
            modelled.tags |= tags
            modelled.tags = {key: value for key, value in modelled.tags.items() if key not in gone}

    @rule(verb=st.sampled_from(["create", "start", "stop", "delete"]))
    def let_the_next_fail(self, verb: str) -> None:
        self.backend.add_fault({"kind": f"{verb}-failure", "count": 1})
        self.backend.world.commit()
        self.reference.failures[verb] += 1

    @rule(name=names, act=st.sampled_from(["start", "stop", "delete"]), seconds=st.integers(0, 100))
    def let_somebody_else(self, name: str, act: str, seconds: float) -> None:
        # Each has its own fraction, so that no two things happen at the same time: their order
        # isn't promised.
        self.strangers += 1
        seconds += (2 * self.strangers + 1) / 4096
        at = self.reference.now + seconds
        wanted = {"kind": "external-act", "act": act, "sessionId": name, "seconds": seconds}
        self.backend.add_fault(wanted)
        self.backend.world.commit()
        self.reference.strangers.append((at, act, name))

    @rule(seconds=STEPS)
    def wait(self, seconds: float) -> None:
        self.backend.set_clock(advance=seconds)
        self.backend.world.commit()
        self.reference.advance(seconds)

    @rule()
    def kill_and_start_again(self) -> None:
        # A kill leaves the files as they are, with the newest changes in a second file.
        killed, self.file = self.file, self.file.with_name(f"{int(self.file.name) + 1}")
        for end in ("", "-wal"):
            copyfile(f"{killed}{end}", f"{self.file}{end}")
        self.store.close()
        self.real += 1000
        self.backend = self.started()

    @invariant()
    def both_are_the_same(self) -> None:
        seen: dict[str, Any] = {}
        token: dict[str, str] = {}
        while True:
            outcome, page = ask(self.backend, "ListStreamingSessions", **STUDIO, **token)
            assert outcome == "OK"
            seen |= {session["sessionId"]: session for session in page["sessions"]}
            assert len(page["sessions"]) == SETTINGS.page_size or "nextToken" not in page
            if "nextToken" not in page:
                break
            token = {"nextToken": page["nextToken"]}
        assert set(seen) == set(self.reference.sessions)
        for name, session in seen.items():
            self.is_the_same(name, session)

    def is_the_same(self, name: str, session: dict[str, Any]) -> None:
        modelled = self.reference.sessions[name]
        state = modelled.state
        assert session["state"] == state
        code = "INTERNAL_ERROR" if state in FAILED else f"STREAMING_SESSION_{state}"
        assert session["statusCode"] == code
        assert session["tags"] == modelled.tags
        assert session.get("startedFromBackupId") == modelled.restored
        times = {
            key: datetime.fromisoformat(moment).timestamp()
            for key, moment in session.items()
            if key in ("stopAt", "terminateAt")
        }
        wanted = {}
        if state == "READY":
            wanted = {"stopAt" if modelled.profile.stoppable else "terminateAt": int(modelled.ends)}
        elif state == "STOPPED" and modelled.ends < float("inf"):
            wanted = {"terminateAt": int(modelled.ends)}
        assert times == wanted
        backups = [b for b in self.backend.world.backups if b.session_id == name]
        assert [backup.state for backup in backups] == [backup.state for backup in modelled.backups]
        for ours, theirs in zip(modelled.backups, backups, strict=True):
            ours.name = theirs.backup_id
        history = self.backend.world.sessions.find(name).history
        assert history[-1].state == state
        assert all((a.state, b.state) in NEXT and a.at <= b.at for a, b in pairwise(history))


TestAnyLife = AnyLife.TestCase
TestAnyLife.settings = settings(
    max_examples=30,
    stateful_step_count=40,
    # No explain phase: it takes minutes, and the failing steps say enough.
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
