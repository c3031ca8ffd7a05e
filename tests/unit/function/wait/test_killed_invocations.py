"""The function is killed before and after each outgoing call, and run again.

If a cancelled Create is killed after its answer was accepted, it answers again and no longer knows
that it started the session itself. CloudFormation uses the first answer.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

import pytest

from testkit.function.killable import Killable, Tripwire
from testkit.function.simulation import event, refusal

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.slow


def create(_world: Killable) -> dict[str, Any]:
    return event()


def create_that_fails_once(world: Killable) -> dict[str, Any]:
    world.service.ends = deque([("START_FAILED", "INSUFFICIENT_CAPACITY")])
    return event(BackupId="b1")


def create_over_three_invocations(world: Killable) -> dict[str, Any]:
    world.invocation_seconds, world.service.start_seconds = 60.0, 100.0
    return event(TimeoutSeconds="3540", PollIntervalSeconds="60")


def update_with_a_restart(world: Killable) -> dict[str, Any]:
    world.service.state, world.service.backup = "READY", "b0"
    world.stack.status = "UPDATE_IN_PROGRESS"
    return event("Update", old={}, BackupId="b1", AllowRestart="true")


def delete_that_stops(world: Killable) -> dict[str, Any]:
    world.service.state = "READY"
    world.stack.status = "DELETE_IN_PROGRESS"
    return event("Delete", OnDelete="STOP")


def create_whose_start_is_not_answered(world: Killable) -> dict[str, Any]:
    """Start the session, but lose the answer."""
    lost = refusal("InternalServerErrorException", 500)
    start, left = world.service.start_streaming_session, iter([lost])

    def unanswered(**parameters: Any) -> dict[str, Any]:
        start(**parameters)
        if fault := next(left, None):
            raise fault
        return {}

    world.service.start_streaming_session = unanswered  # type: ignore[method-assign]
    return event()


def update_that_is_rolled_back(world: Killable) -> dict[str, Any]:
    world.stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    return event("Update", old={"BackupId": "b1"})


def create_that_is_cancelled(world: Killable) -> dict[str, Any]:
    world.invocation_seconds, world.service.start_seconds = 60.0, 200.0
    world.stack.status = "ROLLBACK_IN_PROGRESS"
    return event(TimeoutSeconds="3540", PollIntervalSeconds="60")


REQUESTS: list[tuple[Callable[[Killable], dict[str, Any]], str, int, int]] = [
    # The request, its answer, and the starts and stops that the service carries out.
    (create, "SUCCESS", 1, 0),
    (create_that_fails_once, "SUCCESS", 2, 0),
    (create_over_three_invocations, "SUCCESS", 1, 0),
    (create_whose_start_is_not_answered, "SUCCESS", 1, 0),
    (create_that_is_cancelled, "FAILED", 1, 0),
    (update_with_a_restart, "SUCCESS", 1, 1),
    (update_that_is_rolled_back, "SUCCESS", 0, 0),
    (delete_that_stops, "SUCCESS", 0, 1),
]


def outside_calls(prepare: Callable[[Killable], dict[str, Any]]) -> int:
    world = Killable()
    world.wire = Tripwire(0, after=False)
    world.run_to_the_end(prepare(world))
    return world.wire.calls


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("prepare", "status", "starts", "stops"), REQUESTS)
def test_a_kill_at_any_call(
    prepare: Callable[[Killable], dict[str, Any]],
    status: str,
    starts: int,
    stops: int,
    *,
    after: bool,
) -> None:
    calls = outside_calls(prepare)
    assert calls > 2
    for at in range(1, calls + 1):
        world = Killable()
        world.wire = Tripwire(at, after)
        answers = world.run_to_the_end(prepare(world))
        assert answers, at
        assert {answer["Status"] for answer in answers} == {status}, (at, answers)
        if status == "SUCCESS":
            assert all(answer == answers[0] for answer in answers), at
        done = [token for token, accepted in world.service.tokens.items() if accepted]
        assert len([token for token in done if token.startswith("start")]) == starts, at
        assert len([token for token in done if token.startswith("stop")]) == stops, at
