"""Updates and their rollbacks: nothing is done twice, and nothing gets stuck.

Every stack is created through CloudFormation's API while everything works; then things change. The
real CLI deploys one update that the function fails, and must say why: it shows all reasons in the
same way. The others go through the API. A rollback must never end in UPDATE_ROLLBACK_FAILED.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from cdk_nimble_streaming_session import OnDelete, StreamingSession
from nimble_local.emulator.seed.default_seed import STUDIO_ID
from testkit.cloud.driver import PATIENCE, STACK, STARTING, DeployResult, Driver, same_words
from testkit.construct.assembly import Plan, fails_afterwards
from testkit.events import TYPE

if TYPE_CHECKING:
    from collections.abc import Callable

    import aws_cdk as cdk

    from testkit.cloud.deployer import StackEvent

pytestmark = pytest.mark.xdist_group("failures")

STOPPED = {"state": "STOPPED"}
STARTS = ("STOPPED", "START_IN_PROGRESS", "READY")
RESTARTS = ("READY", "STOP_IN_PROGRESS", *STARTS)


@dataclass(frozen=True)
class Case:
    """A stack before and after an update, the change in between, and the expected results.

    ``before`` and ``after`` are options of the construct, ``patience`` and ``timeout`` its timeouts
    before and after. ``meanwhile`` replaces the session, which is otherwise READY. ``states`` lists
    the session's states during the update, and ``other_states`` those of the session that replaces
    it. ``says`` has parts of the reason, and is empty if everything must succeed. With ``cli``, the
    CLI deploys the update, and the terminal has to show the reason. ``from_backup`` is the backup
    that the session runs from in the end.
    """

    name: str
    states: tuple[str, ...] | None = ("READY",)
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    meanwhile: dict[str, Any] | None = None
    faults: tuple[dict[str, Any], ...] = ()
    says: tuple[str, ...] = ()
    cli: bool = False
    other: str = ""
    other_states: tuple[str, ...] = ()
    add: Callable[[cdk.Stack, StreamingSession], None] | None = None
    from_backup: str | None = None
    patience: int = 120
    timeout: int = 120

    @property
    def plans(self) -> tuple[Plan, Plan]:
        session_id = f"session-of-{self.name}"
        after = Plan(
            self.name, self.other or session_id, self.timeout, self.after, add=self.add, version=2
        )
        return Plan(self.name, session_id, self.patience, self.before), after


NEW_TRIGGER = {"triggers": "2"}
STOP = {"on_delete": OnDelete.STOP}
ANOTHER_FAILS = ("Custom resource ServiceToken",)
CAPACITY = {"kind": "start-failure", "code": "INSUFFICIENT_CAPACITY"}

CASES = [
    Case("Trigger", STARTS, after=NEW_TRIGGER, meanwhile=STOPPED),
    Case("TriggerWhileReady", after=NEW_TRIGGER),
    Case("OptionsAlone", after=STOP),
    Case(
        "BackupWithLeave",
        RESTARTS,
        before={"backup_id": "first-of-BackupWithLeave"},
        after={"backup_id": "second-of-BackupWithLeave", "allow_restart": True},
        from_backup="second-of-BackupWithLeave",
    ),
    Case(
        "BackupWithoutLeave",
        before={"backup_id": "first-of-BackupWithoutLeave"},
        after={"backup_id": "second-of-BackupWithoutLeave"},
        says=("must not be restarted", "set allow_restart", "#other-backup"),
        cli=True,
        from_backup="first-of-BackupWithoutLeave",
    ),
    Case(
        "WorkSinceTheBackup",
        STARTS,
        before={"backup_id": "first-of-WorkSinceTheBackup"},
        after={"backup_id": "first-of-WorkSinceTheBackup", **NEW_TRIGGER},
        meanwhile=STOPPED,
    ),
    Case("AnotherSession", other="other-of-AnotherSession", other_states=STARTS),
    Case(
        "AnotherSessionWithStop",
        RESTARTS[:3],
        before=STOP,
        after=STOP,
        other="other-of-AnotherSessionWithStop",
        other_states=STARTS,
    ),
    Case(
        "CapacityGone",
        None,
        after=NEW_TRIGGER,
        meanwhile=STOPPED,
        faults=(CAPACITY,),
        says=("START_FAILED (INSUFFICIENT_CAPACITY)", "Deploy again later", f"within {PATIENCE} s"),
        timeout=PATIENCE,
    ),
    Case(
        "AnotherFailsAfterwards",
        STARTS,
        after=NEW_TRIGGER,
        meanwhile=STOPPED,
        add=fails_afterwards,
        says=ANOTHER_FAILS,
    ),
    Case(
        "BackupRolledBack",
        RESTARTS,
        before={"backup_id": "first-of-BackupRolledBack"},
        after={"backup_id": "second-of-BackupRolledBack", "allow_restart": True},
        add=fails_afterwards,
        says=ANOTHER_FAILS,
        from_backup="second-of-BackupRolledBack",
    ),
    Case(
        "ReplacementRolledBack",
        other="other-of-ReplacementRolledBack",
        other_states=STARTS,
        add=fails_afterwards,
        says=ANOTHER_FAILS,
    ),
    Case(
        "ReplacementRolledBackWithStop",
        before=STOP,
        after=STOP,
        other="other-of-ReplacementRolledBackWithStop",
        # Within a minute after the update began, somebody else may have started it.
        other_states=STARTS,
        add=fails_afterwards,
        says=ANOTHER_FAILS,
    ),
    Case(
        "ReplacementMissing",
        before=STOP,
        after=STOP,
        other="nobody-of-ReplacementMissing",
        says=("ResourceNotFoundException", "Check studio_id and session_id."),
    ),
    Case(
        "ServiceDown",
        STARTS[:1],
        after=NEW_TRIGGER,
        meanwhile=STOPPED,
        faults=({"kind": "error"},),
        says=(f"no read succeeded within {PATIENCE} s", "#internalservererrorexception"),
        # The rollback keeps asking for this long.
        patience=PATIENCE,
        timeout=PATIENCE,
    ),
]
BY_NAME = {case.name: case for case in CASES}


@dataclass(frozen=True)
class Seen:
    """An update, the states of the earlier session, and the backup that it runs from."""

    outcome: DeployResult
    states: tuple[str, ...]
    from_backup: str | None


def run_scenario(driver: Driver, *, case: Case) -> Seen:
    """Create the stack while everything works, make the change, then update and delete it."""
    before, after = case.plans
    others = [case.other] if case.other_states else []
    backups = [f"{nth}-of-{case.name}" for nth in ("first", "second")]
    world = {
        "sessions": [{"sessionId": each} for each in (before.session_id, *others)],
        "backups": [{"backupId": each, "sessionId": before.session_id} for each in backups],
    }
    driver.control.seed(world)
    created = driver.deploy(before)
    assert created.status == "CREATE_COMPLETE", created.failure
    if case.meanwhile:
        driver.control.add_session(sessionId=before.session_id, **case.meanwhile)
    driver.faults(before, case.faults)
    known = len(driver.states(before)) - 1
    outcome = driver.deploy(after, cli=case.cli)
    session = driver.control.session(before.session_id)
    states = tuple(driver.states(before)[known:])
    assert driver.delete(before) == "DELETE_COMPLETE"
    return Seen(outcome, states, session["startedFromBackupId"])


PLANS = [plan for case in CASES for plan in case.plans]
SCENARIOS: dict[str, Callable[[Driver], Any]] = {
    case.name: partial(run_scenario, case=case) for case in CASES
}


@pytest.mark.parametrize("name", [case.name for case in CASES if not case.says])
def test_the_deployment_succeeds(result_of: Callable[[str], Seen], name: str) -> None:
    case, found = BY_NAME[name], result_of(name)
    assert found.outcome.status == "UPDATE_COMPLETE", found.outcome.failure
    assert found.outcome.outputs["State"] == "READY"
    assert found.outcome.outputs["Arn"].endswith(f"/{case.plans[1].session_id}")
    assert found.states == case.states
    assert found.from_backup == case.from_backup
    if case.other:
        assert found.outcome.states == case.other_states
    elif case.states == ("READY",):
        # The Update only read the session.
        assert {r["operation"] for r in found.outcome.requests} == {"GetStreamingSession"}


@pytest.mark.parametrize("name", [case.name for case in CASES if case.says])
def test_the_update_fails_says_why_and_is_rolled_back(
    result_of: Callable[[str], Seen], name: str
) -> None:
    case, found = BY_NAME[name], result_of(name)
    outcome = found.outcome
    assert outcome.status == "UPDATE_ROLLBACK_COMPLETE"
    assert "UPDATE_ROLLBACK_FAILED" not in outcome.statuses
    for words in case.says:
        assert words in outcome.failure
    if case.cli:
        assert outcome.exit_status != 0
        assert same_words(outcome.failure) in same_words(outcome.terminal), outcome.terminal
    assert case.states in (None, found.states)
    assert found.from_backup == case.from_backup
    if case.other:
        assert outcome.states == case.other_states


@pytest.mark.parametrize("name", [case.name for case in CASES if case.says and not case.other])
def test_the_request_of_the_rollback_starts_and_stops_nothing(
    result_of: Callable[[str], Seen], name: str
) -> None:
    # The stack's status shows that the request succeeded.
    outcome = result_of(name).outcome
    rolls_back = (STACK, "UPDATE_ROLLBACK_IN_PROGRESS")
    (began,) = [e.at for e in outcome.events if (e.kind, e.status) == rolls_back]
    asked = {request["operation"] for request in outcome.requests if request["at"] >= began}
    assert asked == {"GetStreamingSession"}


# A rollback that can't succeed, and how to recover from it.

GONE = "session-of-Gone"
GATE = "gate-of-Gone"


def second(stack: cdk.Stack, session: StreamingSession) -> None:
    """Add another session, to be started after the first."""
    other = StreamingSession(
        stack, "Second", studio_id=STUDIO_ID, session_id=GATE, provider=session.provider
    )
    other.node.add_dependency(session)


@dataclass(frozen=True)
class WayOut:
    """An update whose rollback fails, the failing resources, and the later stack statuses."""

    outcome: DeployResult
    failed: list[StackEvent]
    statuses: list[str]


def gone_meanwhile(driver: Driver) -> WayOut:
    """Delete a session between its Update and the rollback's."""
    before, after = GONE_PLANS
    driver.seed(before.session_id, GATE)
    driver.deploy(before)
    broken = {"kind": "start-failure", "code": "ACTIVE_DIRECTORY_DOMAIN_JOIN_ERROR"}
    driver.hold(GATE, broken)
    held = driver.hold(GATE, STARTING)

    def meanwhile() -> None:
        driver.wait_for_state(GATE, "START_IN_PROGRESS")
        driver.control.add_session(sessionId=before.session_id, state="DELETED")
        driver.control.remove_fault(held)

    outcome = driver.deploy(after, meanwhile=meanwhile)
    known = len(driver.events(after))
    rolls_back = [e.status for e in outcome.events].index("UPDATE_ROLLBACK_IN_PROGRESS")
    failures = [e for e in outcome.events[rolls_back:] if e.status.endswith("_FAILED")]
    failed = [e for e in failures if e.kind == TYPE]
    driver.deployer.continue_rollback(after.stack, *(e.resource for e in failed))
    driver.deployer.settled(after.stack)
    statuses = [e.status for e in driver.events(after)[known:] if e.kind == STACK]
    assert driver.delete(before) == "DELETE_COMPLETE"
    return WayOut(outcome, failed, statuses)


GONE_PLANS = (
    Plan("Gone", GONE),
    Plan("Gone", GONE, options=NEW_TRIGGER, add=second, version=2),
)
PLANS += GONE_PLANS
SCENARIOS["Gone"] = gone_meanwhile


def test_a_missing_session_fails_the_rollback_until_its_resource_is_skipped(
    result_of: Callable[[str], WayOut],
) -> None:
    """Follow docs/operations.md for `absent` and `gone`."""
    found = result_of("Gone")
    assert found.outcome.status == "UPDATE_ROLLBACK_FAILED"
    (failed,) = found.failed
    assert failed.status == "UPDATE_FAILED"
    assert GONE in failed.reason
    assert "#gone" in failed.reason
    assert found.statuses == ["UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE"]
