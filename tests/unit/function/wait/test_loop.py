"""The wait of the whole function: starts that fail, intervals, deadlines, hand-overs, tokens."""

from __future__ import annotations

import json
from collections import deque
from typing import Any

import pytest

from outbound import put_once
from streaming_session import resource
from testkit.function.simulation import SESSION, Simulation, dated, denied_invoke, event, refusal
from waiter.invocation import Dependencies

NOT_STARTED = f"{SESSION}:not-started"

# Starting again.


def test_a_transient_failure_is_started_again(world: Simulation) -> None:
    world.service.ends.extend([("START_FAILED", "INSUFFICIENT_CAPACITY")] * 2)
    answer = world.run(event())
    assert answer["Status"] == "SUCCESS"
    assert len(world.service.named("start")) == 3


def test_a_lasting_failure_is_named_with_the_number_of_attempts(world: Simulation) -> None:
    world.service.ends.extend([("START_FAILED", "INSUFFICIENT_CAPACITY")])
    world.service.ends.extend([("START_FAILED", "INTERNAL_ERROR")] * 1000)
    answer = world.run(event(TimeoutSeconds="600"))
    assert "START_FAILED (INSUFFICIENT_CAPACITY)" in answer["Reason"]
    starts = len(world.service.named("start"))
    assert starts > 2
    assert f"after {starts} attempts" in answer["Reason"]
    assert answer["PhysicalResourceId"] == SESSION


@pytest.mark.parametrize(("chance", "delay"), [(0.1, 0.5), (0.5, 2.5), (1.0, 5.0)])
def test_the_delay_before_starting_again_has_full_jitter(
    world: Simulation, chance: float, delay: float
) -> None:
    world.random = lambda: chance
    world.service.ends = deque([("START_FAILED", "INSUFFICIENT_CAPACITY")])
    starts: list[float] = []
    real = world.service.start_streaming_session

    def start(**parameters: Any) -> dict[str, Any]:
        starts.append(world.clock.now)
        return real(**parameters)

    world.service.start_streaming_session = start  # type: ignore[method-assign]
    world.run(event())
    failed = next(at for at in accumulated(world) if at >= starts[0] + 60)
    assert starts[1] - failed == pytest.approx(delay)


def accumulated(world: Simulation) -> list[float]:
    """Return the times at which the function woke."""
    began = world.clock.now - sum(world.clock.slept)
    return [began + sum(world.clock.slept[:count]) for count in range(len(world.clock.slept) + 1)]


def test_a_conflict_stretches_no_interval(world: Simulation) -> None:
    world.service.faults["start"] = deque([refusal("ConflictException", 409)])
    world.run(event())
    assert world.clock.slept[:20] == [1.0] * 20


def test_a_conflict_that_has_passed_is_not_the_reason(world: Simulation) -> None:
    world.service.faults["start"] = deque([refusal("ConflictException", 409)])
    world.service.start_seconds = 1000
    reason = world.run(event(TimeoutSeconds="100"))["Reason"]
    assert "was not READY within 100 s; it was last seen START_IN_PROGRESS. Deploy" in reason


def test_a_refused_second_start_is_an_observation(world: Simulation) -> None:
    world.service.ends.extend([("START_FAILED", "INTERNAL_ERROR")])
    world.service.faults["start"] = deque([None, refusal("ConflictException", 409)])
    assert world.run(event())["Status"] == "SUCCESS"


@pytest.mark.parametrize("kind", ["Create", "Delete"])
def test_a_failed_stop_gets_advice_about_stops(world: Simulation, kind: str) -> None:
    # A launch profile that allows no stop ends it with this code.
    world.service.state, world.service.code = "STOP_FAILED", "INTERNAL_ERROR"
    reason = world.run(event(kind, OnDelete="STOP"))["Reason"]
    assert "STOP_FAILED (INTERNAL_ERROR)" in reason
    assert "Delete it in the studio and use another one. See docs/operations.md#stop-fail" in reason


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_the_advice_after_a_configuration_fault_can_be_followed(
    world: Simulation, kind: str
) -> None:
    """After a fix in the studio and a new deployment, the session is still START_FAILED."""
    world.service.ends.append(("START_FAILED", "ACTIVE_DIRECTORY_DOMAIN_JOIN_ERROR"))
    reason = world.run(event(kind))["Reason"]
    assert "Fix it, then deploy again." in reason
    assert world.service.state == "START_FAILED"
    again = event(kind) | {"RequestId": "another"}
    assert world.again(again)["Status"] == "SUCCESS"
    assert len(world.service.named("start")) == 2


def test_a_session_that_keeps_failing_is_started_once_by_each_request(world: Simulation) -> None:
    world.service.state, world.service.code = "START_FAILED", "AMI_VALIDATION_ERROR"
    world.service.ends = deque([("START_FAILED", "AMI_VALIDATION_ERROR")] * 9)
    answer = world.run(event())
    assert answer["Reason"].endswith("#ami_validation_error")
    assert len(world.service.named("start")) == 1
    assert answer["PhysicalResourceId"] == SESSION


def test_a_configuration_fault_fails_at_once(world: Simulation) -> None:
    world.service.ends.append(("START_FAILED", "ACTIVE_DIRECTORY_DOMAIN_JOIN_ERROR"))
    answer = world.run(event())
    assert "#active_directory_domain_join_error" in answer["Reason"]
    assert len(world.service.named("start")) == 1


# Waiting.


def test_the_interval_is_a_twentieth_of_the_time_since_the_first_read(world: Simulation) -> None:
    world.service.start_seconds, began = 1000, world.clock.now
    world.run(event(PollIntervalSeconds="10"))
    now = began
    for slept in world.clock.slept:
        # A hand-over makes no difference.
        assert slept == pytest.approx(min(10.0, max(1.0, (now - began) / 20)))
        now += slept
    assert slept == 10.0
    assert world.invocations == 2


def test_time_in_the_queue_does_not_affect_the_pace(world: Simulation) -> None:
    world.run(dated(event(), world.clock.now - 600))
    assert world.clock.slept[:20] == [1.0] * 20


@pytest.mark.parametrize(("sessions", "interval"), [(0, 1), (1, 1), (30, 3), (50, 5), (200, 20)])
def test_the_sessions_of_a_stack_share_ten_reads_a_second(
    world: Simulation, sessions: int, interval: float
) -> None:
    world.sessions, world.service.start_seconds = sessions, 400
    world.run(event())
    assert world.clock.slept[0] == interval
    assert world.clock.slept[-1] == max(5, interval)


@pytest.mark.parametrize(("given", "sessions"), [(None, 1), ("200", 200), ("", 1), ("many", 1)])
def test_the_environment_contains_the_number_of_sessions(
    monkeypatch: pytest.MonkeyPatch, given: str | None, sessions: int
) -> None:
    monkeypatch.delenv("SESSIONS", raising=False)
    if given is not None:
        monkeypatch.setenv("SESSIONS", given)
    assert Dependencies(put_once, resource).sessions == sessions


@pytest.mark.parametrize(("chance", "interval"), [(0.0, 0.9), (0.5, 1.0), (1.0, 1.1)])
def test_the_jitter_is_a_tenth(world: Simulation, chance: float, interval: float) -> None:
    world.random = lambda: chance
    world.run(event())
    assert world.clock.slept[0] == pytest.approx(interval)


OUTAGE = refusal("InternalServerErrorException", 500)
THROTTLING = refusal("ThrottlingException", 429)


@pytest.mark.parametrize(
    ("faults", "longest"),
    [
        ([OUTAGE] * 4, [40, 60, 60, 60, 40, 20, 20]),
        # A third of the interval at first, then eighths of a doubling.
        ([THROTTLING] * 16, [20 * 2 ** ((n - 12.8) / 8) for n in range(16)]),
        ([THROTTLING, OUTAGE, THROTTLING], [20 * 2**-1.6, 40, 40 * 2**0.125, 20 * 2**0.125, 20]),
    ],
)
def test_faults_stretch_the_interval_and_it_shrinks_back(
    world: Simulation, faults: list[Exception], longest: list[float]
) -> None:
    world.random, world.sessions = lambda: 1.0, 200
    world.service.faults["get"] = deque(faults)
    world.service.start_seconds = 400
    assert world.run(event())["Status"] == "SUCCESS"
    slept = world.clock.slept[: len(longest)]
    assert slept == [pytest.approx(seconds * 1.1) for seconds in longest]


@pytest.mark.parametrize(
    ("sessions", "chance", "first"),
    [(1, 0.0, 1.0), (1, 1.0, 2.0), (200, 0.0, 1.0), (200, 1.0, 22 * 2**-1.6)],
)
def test_a_throttled_call_comes_again_after_a_second_at_the_earliest(
    world: Simulation, sessions: int, chance: float, first: float
) -> None:
    world.random, world.sessions = lambda: chance, sessions
    world.service.faults["get"] = deque([THROTTLING] * 6)
    assert world.run(event())["Status"] == "SUCCESS"
    assert world.clock.slept[0] == pytest.approx(first)
    assert min(world.clock.slept[:6]) == world.clock.slept[0]


def test_a_stretched_interval_is_random_from_the_plain_one_up(world: Simulation) -> None:
    world.random, world.sessions = lambda: 0.0, 200
    world.service.faults["get"] = deque([refusal("InternalServerErrorException", 500)] * 4)
    world.run(event())
    assert set(world.clock.slept) == {18.0}


@pytest.mark.parametrize(
    "fault",
    [
        refusal("ThrottlingException", 429),
        refusal("InternalServerErrorException", 500),
        ConnectionResetError("cut"),
        ValueError("half a body"),
    ],
)
def test_an_outage_ends_the_wait_only_at_the_deadline(world: Simulation, fault: Exception) -> None:
    world.service.faults["get"] = deque([fault] * 1000)
    began = world.clock.now
    answer = world.run(event(TimeoutSeconds="300"))
    assert "no read succeeded within 300 s" in answer["Reason"]
    assert world.clock.now - began == pytest.approx(300)


@pytest.mark.parametrize("kind", ["Create", "Update", "Delete"])
@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
def test_without_an_endpoint_silence_ends_the_wait_after_a_minute(
    world: Simulation, monkeypatch: pytest.MonkeyPatch, kind: str, chance: float
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL_NIMBLE")
    world.random = lambda: chance
    world.service.faults["get"] = deque([ConnectionResetError("cut")] * 1000)
    began = world.clock.now
    answer = world.run(event(kind, OnDelete="STOP"))
    assert answer["Status"] == "FAILED"
    assert "nothing has answered for 60 s" in answer["Reason"]
    assert "AWS has closed Nimble Studio: set endpoint_url" in answer["Reason"]
    assert answer["Reason"].endswith("#no-endpoint")
    assert 60 <= world.clock.now - began <= 126


def test_without_an_endpoint_the_wait_goes_on_if_the_service_answers(
    world: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL_NIMBLE")
    broken = refusal("InternalServerErrorException", 500)
    world.service.faults["get"] = deque([broken, *[ConnectionResetError("cut")] * 20])
    assert world.run(event())["Status"] == "SUCCESS"


def test_access_that_is_denied_for_a_while_is_waited_for(world: Simulation) -> None:
    world.service.faults["get"] = deque([refusal("AccessDeniedException", 403)] * 10)
    assert world.run(event())["Status"] == "SUCCESS"


@pytest.mark.parametrize("method", ["get", "start"])
def test_access_that_stays_denied_names_action_and_resource(world: Simulation, method: str) -> None:
    world.service.faults[method] = deque([refusal("AccessDeniedException", 403)] * 1000)
    began = world.clock.now
    answer = world.run(event())
    action = {"get": "GetStreamingSession", "start": "StartStreamingSession"}[method]
    assert f"nimble:{action} on streaming-session/{SESSION}" in answer["Reason"]
    assert 60 <= world.clock.now - began < 75


@pytest.mark.parametrize("code", ["ValidationException", "ServiceQuotaExceededException"])
def test_a_refusal_fails_with_the_services_message(world: Simulation, code: str) -> None:
    world.service.faults["start"] = deque([refusal(code, 400, "the quota is 3")])
    answer = world.run(event())
    assert f"{code}: the quota is 3" in answer["Reason"]
    assert answer["PhysicalResourceId"] == NOT_STARTED


def test_a_start_without_effect_fails_after_a_second_one(world: Simulation) -> None:
    world.service.faults["start"] = deque()
    world.service.tokens = {f"start-{n}-5f0c5e3f-7f2b-4f3a-9c57-0a9f6f1d0e11": True for n in (1, 2)}
    answer = world.run(event())
    assert "accepted it twice" in answer["Reason"]
    assert len(world.service.named("start")) == 2


def test_a_stuck_session_fails_at_the_deadline(world: Simulation) -> None:
    world.service.state = "START_IN_PROGRESS"
    answer = world.run(event(TimeoutSeconds="3540"))
    assert "not READY within 3540 s; it was last seen START_IN_PROGRESS" in answer["Reason"]
    assert world.invocations == 5


@pytest.mark.parametrize("chance", [0.0, 0.3, 0.7, 1.0])
def test_the_wait_does_not_lose_to_its_own_backoff(world: Simulation, chance: float) -> None:
    world.random = lambda: chance
    broken = [refusal("InternalServerErrorException", 500)] * 6
    world.service.state, world.service.faults["get"] = "READY", deque(broken)
    answer = world.run(event(PollIntervalSeconds="1", TimeoutSeconds="40"))
    assert answer["Status"] == "SUCCESS"


@pytest.mark.parametrize("interval", ["2", "5", "60"])
@pytest.mark.parametrize(("code", "status"), [("Internal", 500), ("ThrottlingException", 429)])
@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
def test_a_streak_of_faults_costs_at_most_a_quarter_of_the_time_left(
    world: Simulation, chance: float, code: str, status: int, interval: str
) -> None:
    world.random = lambda: chance
    world.service.state = "START_IN_PROGRESS"
    world.service.faults["get"] = deque([None] * 60 + [refusal(code, status)] * 999)
    world.run(event(PollIntervalSeconds=interval, TimeoutSeconds="300"))
    assert len(world.clock.slept) > 60
    left = 300.0
    for number, slept in enumerate(world.clock.slept):
        assert number < 60 or slept <= max(1.0, left / 4) + 1e-6
        left -= slept


def test_a_wait_ends_at_its_deadline(world: Simulation) -> None:
    world.service.state = "START_IN_PROGRESS"
    began = world.clock.now
    world.run(event(TimeoutSeconds="6"))
    assert world.clock.now - began == 6


def test_nothing_is_started_at_the_deadline(world: Simulation) -> None:
    world.service.state, world.service.due = "STOP_IN_PROGRESS", world.clock.now + 9.5
    world.service.following = ("STOPPED", "")
    answer = world.run(event(TimeoutSeconds="10"))
    assert "not READY within 10 s; it was last seen STOPPED" in answer["Reason"]
    assert not world.service.named("start")


# Handing over.


def test_a_long_wait_goes_through_several_invocations(world: Simulation) -> None:
    world.service.start_seconds = 2000
    answer = world.run(event(TimeoutSeconds="3000"))
    assert answer["Status"] == "SUCCESS"
    assert world.invocations == 3
    assert len(world.service.named("start")) == 1


def test_a_refused_hand_over_is_tried_again(world: Simulation) -> None:
    world.service.start_seconds = 1000
    world.invoke_faults.extend([denied_invoke()] * 2)
    assert world.run(event())["Status"] == "SUCCESS"


def test_a_hand_over_that_cannot_be_made_fails(world: Simulation) -> None:
    world.service.start_seconds = 1000
    world.invoke_faults.extend([denied_invoke()] * 100)
    answer = world.run(event())
    assert "could not be handed over" in answer["Reason"]
    assert answer["PhysicalResourceId"] == SESSION


def test_a_chain_of_invocations_is_limited(world: Simulation) -> None:
    world.service.start_seconds = 10_000
    world.invocation_seconds = 60
    answer = world.run(event(TimeoutSeconds="3540"))
    assert (
        "Lambda ends the function after 60 s, and 12 invocations were not enough"
        in answer["Reason"]
    )
    assert "Leave the function's timeout at 15 minutes." in answer["Reason"]
    assert answer["Reason"].endswith("#function-timeout")
    assert world.invocations == 12


def test_a_hand_over_contains_only_the_event_and_the_progress(world: Simulation) -> None:
    world.service.start_seconds = 1000
    first = event()
    world.invoke_once(first)
    handed = dict(world.handed[0])
    state = json.dumps(handed.pop("Continuation"))
    assert handed == first
    assert first["ResponseURL"] not in state


# Tokens and repetition.


def test_the_same_event_run_twice_starts_once(world: Simulation) -> None:
    first = world.run(event())
    second = world.again(event())
    assert second["Status"] == first["Status"] == "SUCCESS"
    assert len(world.service.named("start")) == 1


@pytest.mark.parametrize("method", ["get", "start"])
@pytest.mark.parametrize("after", [False, True])
def test_a_killed_function_that_is_run_again_starts_once(
    world: Simulation, method: str, after: bool
) -> None:
    class Killed(BaseException):
        """The end of the process."""

    real = getattr(world.service, f"{method}_streaming_session")

    def dying(**parameters: str) -> object:
        if after:
            real(**parameters)
        raise Killed

    setattr(world.service, f"{method}_streaming_session", dying)
    with pytest.raises(Killed):
        world.invoke_once(event())
    setattr(world.service, f"{method}_streaming_session", real)
    answer = world.run(event())
    assert answer["Status"] == "SUCCESS"
    assert len({start["clientToken"] for start in world.service.named("start")}) == 1
    assert sum(world.service.tokens.values()) == 1


def test_a_function_killed_before_its_answer_gives_the_same_answer(world: Simulation) -> None:
    class Killed(BaseException):
        """The end of the process."""

    world.statuses.append(Killed())
    with pytest.raises(Killed):
        world.invoke_once(event())
    assert world.run(event())["Status"] == "SUCCESS"
    assert len(world.service.named("start")) == 1
