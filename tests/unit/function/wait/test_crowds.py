"""Many sessions and invocations at once: the real function's requests in virtual time."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from harness.virtual.account import Account
from harness.virtual.clock import VirtualTime
from harness.virtual.rate_limit import RateLimit
from testkit.function.simulation import (
    SESSION,
    TYPE,
    CloudFormation,
    Simulation,
    dated,
    event,
    refusal,
)

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.slow

SESSIONS = 200
THROTTLED = refusal("Throttling", 400, "Rate exceeded")


@dataclass
class LimitedStack(CloudFormation):
    """One stack for all sessions, behind the limit, with a hundred resources a page."""

    limit: RateLimit | None = None
    pages: int = 3
    calls: Counter[str] = field(default_factory=Counter)

    def list_stack_resources(self, StackName: str, NextToken: str = "") -> dict[str, Any]:  # noqa: N803 - the API's names
        """Answer with one page."""
        self._enter(f"ListStackResources {StackName}")
        page = int(NextToken or 0) + 1
        return {
            "StackResourceSummaries": [],
            **({"NextToken": str(page)} if page < self.pages else {}),
        }

    def _enter(self, query: str) -> None:
        self.calls[query.partition(" ")[0]] += 1
        if self.limit is not None and not self.limit.admits():
            raise THROTTLED


def crowd(
    made: Callable[[], dict[str, Any]], prepare: Callable[[Simulation], None], stack: LimitedStack
) -> Counter[str]:
    """Send a request for each session at the same time; count answers, starts and stops."""
    assert stack.limit is not None
    time, random = stack.limit.time, Random(1)  # noqa: S311 - no secret
    assert isinstance(time, VirtualTime)
    played = [
        Simulation(clock=time, stack=stack, random=random.random, sessions=SESSIONS)
        for _ in range(SESSIONS)
    ]

    def run(each: Simulation, request: dict[str, Any]) -> None:
        each.invoke_once(request)
        while each.handed:
            each.invoke_once(each.handed.popleft())

    for number, each in enumerate(played):
        prepare(each)
        request = {**dated(made(), time.now), "RequestId": f"request-{number}"}
        time.plan(time.now, partial(time.begin, partial(run, each, request)))
    time.run()
    counts: Counter[str] = Counter()
    for each in played:
        counts[each.answers[0]["Status"]] += 1
        counts.update(name for name, _ in each.service.calls if name != "get")
    return counts


def stack_at(per_second: float, status: str) -> LimitedStack:
    time = VirtualTime()
    return LimitedStack(status=status, limit=RateLimit(time, per_second))


def runs_from_another_backup(world: Simulation) -> None:
    world.service.state, world.service.backup = "READY", "b0"


@pytest.mark.parametrize("per_second", [2, 5, 10, 20])
@pytest.mark.parametrize("restart", ["true", "false"])
def test_a_rollback_touches_none_of_200_sessions(per_second: float, restart: str) -> None:
    stack = stack_at(per_second, "UPDATE_ROLLBACK_IN_PROGRESS")
    made = partial(event, "Update", old={"BackupId": "b2"}, BackupId="b1", AllowRestart=restart)
    assert crowd(made, runs_from_another_backup, stack) == {"SUCCESS": SESSIONS}


def is_ready(world: Simulation) -> None:
    world.service.state = "READY"


@pytest.mark.parametrize("per_second", [2, 5, 10, 20])
def test_200_sessions_are_stopped_with_their_stack_without_a_list_call(per_second: float) -> None:
    stack = stack_at(per_second, "DELETE_IN_PROGRESS")
    found = crowd(partial(event, "Delete", OnDelete="STOP"), is_ready, stack)
    assert found == {"SUCCESS": SESSIONS, "stop": SESSIONS}
    assert stack.calls["ListStackResources"] == 0


def test_200_sessions_removed_by_an_update_read_each_page_once() -> None:
    stack = stack_at(10, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    found = crowd(partial(event, "Delete", OnDelete="STOP"), is_ready, stack)
    assert found == {"SUCCESS": SESSIONS, "stop": SESSIONS}
    # Each page is read once for each session; the rest are refusals.
    assert stack.calls["ListStackResources"] < 4_000


@pytest.mark.parametrize("per_second", [5, 10])
def test_200_sessions_removed_by_an_update_are_stopped_within_five_minutes(
    per_second: float,
) -> None:
    """Each session needs two answers and three pages: at 5 calls a second, at least 200 s for all.

    If a refused page also cost another answer about the status, 197 of them would fail.
    """
    stack = stack_at(per_second, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    made = partial(event, "Delete", OnDelete="STOP", TimeoutSeconds="300")
    assert crowd(made, is_ready, stack) == {"SUCCESS": SESSIONS, "stop": SESSIONS}


def test_a_streak_of_faults_is_outlasted_a_thousand_times() -> None:
    failed = 0
    for seed in range(1000):
        world = Simulation(random=Random(seed).random)  # noqa: S311 - no secret
        world.service.state = "READY"
        world.service.faults["get"] = deque([refusal("InternalServerErrorException", 500)] * 6)
        answer = world.run(event(PollIntervalSeconds="1", TimeoutSeconds="40"))
        failed += answer["Status"] == "FAILED"
    assert failed == 0


@pytest.mark.parametrize("backs_off", [True, False])
@pytest.mark.parametrize("timeout", [1800, 3540])
def test_an_account_with_ten_executions_starts_nothing_too_late(
    timeout: int, *, backs_off: bool
) -> None:
    """Sixty sessions that take fifteen minutes each; CloudFormation waits a minute longer."""
    time, random = VirtualTime(), Random(1)  # noqa: S311 - no secret
    account = Account(time, random, backs_off=backs_off)
    played = [Simulation(clock=time, random=random.random) for _ in range(60)]
    for number, each in enumerate(played):
        each.service.start_seconds = 900
        request = dated(event(TimeoutSeconds=str(timeout)), time.now)
        request["RequestId"] = f"request-{number}"
        time.plan(time.now, partial(account.invoke, each, request))
    time.run()
    started = [each.service.past[1][0] for each in played if each.service.tokens]
    assert max(started) < timeout
    well = [each for each in played if each.answers[0]["Status"] == "SUCCESS"]
    # docs/operations.md gives these numbers.
    assert sum(each.sent_at[0] <= timeout + 60 for each in well) == {1800: 10, 3540: 30}[timeout]
    # A session that wasn't started is reported as late, and its Delete touches nothing.
    for each in played:
        if not each.service.tokens:
            assert each.answers[0]["Reason"].endswith("#late")
            assert each.answers[0]["PhysicalResourceId"] == f"{SESSION}:not-started"


def test_a_held_session_is_found_on_a_later_page() -> None:
    stack = stack_at(1000, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    real = stack.list_stack_resources

    def holding(StackName: str, NextToken: str = "") -> dict[str, Any]:  # noqa: N803 - the API's names
        page = real(StackName, NextToken)
        if "NextToken" not in page:
            page["StackResourceSummaries"] = [
                {
                    "LogicalResourceId": "Renamed",
                    "ResourceType": TYPE,
                    "PhysicalResourceId": SESSION,
                    "ResourceStatus": "CREATE_COMPLETE",
                }
            ]
        return page

    stack.list_stack_resources = holding  # type: ignore[method-assign]
    found = crowd(partial(event, "Delete", OnDelete="STOP"), is_ready, stack)
    assert found == {"SUCCESS": SESSIONS}
