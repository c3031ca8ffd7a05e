"""External acts that keep causing each other are switched off, and requests are still answered."""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from nimble_local.control_client import Control, RefusedError, UnreachableError
from nimble_local.emulator.backend import Backend
from nimble_local.emulator.control.routes import EVENTS_AT_ONCE, catch_up
from nimble_local.emulator.faults.runaway import MAX_ACTS
from nimble_local.emulator.seed.default_seed import SESSION_ID, STUDIO_ID
from nimble_local.emulator.state.settings import Settings
from testkit.emulator.in_process import ask

if TYPE_CHECKING:
    from collections.abc import Iterator

IDS = {"studioId": STUDIO_ID, "sessionId": SESSION_ID}
STOP: dict[str, Any] = {"kind": "external-act", "act": "stop", "state": "READY", "count": 1_000_000}
START: dict[str, Any] = {
    "kind": "external-act",
    "act": "start",
    "state": "STOPPED",
    "count": 1_000_000,
}


@pytest.fixture
def instant() -> Backend:
    """Return a world where starts and stops take no time."""
    backend = Backend(Settings(start_seconds=0, stop_seconds=0))
    backend.clock.run(0)
    backend.seed()
    return backend


def test_two_faults_that_follow_each_other_are_switched_off_by_name(
    instant: Backend, caplog: pytest.LogCaptureFixture
) -> None:
    instant.add_seed({"sessions": [{"sessionId": "other", "state": "START_IN_PROGRESS"}]})
    stop, start = instant.add_fault(STOP), instant.add_fault(START)
    innocent = instant.add_fault({**STOP, "sessionId": "other"})
    assert ask(instant, "StartStreamingSession", **IDS)[0] == "OK"
    assert instant.settle()
    assert [fault.fault_id for fault in instant.faults] == [innocent.fault_id]
    sentence = (
        f"The external-act faults {stop.fault_id} (stop after READY) and {start.fault_id} (start "
        f"after STOPPED) planned {MAX_ACTS} acts in one step of the clock and were switched off. "
        "Give them seconds, or a lower count."
    )
    assert [record.getMessage() for record in caplog.records] == [sentence]
    assert list(instant.runaway.switched_off) == [sentence]
    # The world continues as usual.
    state = instant.world.sessions.find(SESSION_ID).state
    assert ask(instant, "GetStreamingSession", **IDS)[1]["session"]["state"] == state


@pytest.mark.parametrize("seconds", [0, 60])
def test_acts_that_end_by_themselves_are_left_alone(instant: Backend, seconds: int) -> None:
    count = MAX_ACTS // 3
    instant.add_fault({**STOP, "count": count, "seconds": seconds})
    instant.add_fault({**START, "count": count, "seconds": seconds})
    ask(instant, "StartStreamingSession", **IDS)
    instant.set_clock(advance=2 * count * seconds)
    instant.settle()
    assert not len(instant.world.faults)
    assert instant.runaway.total == 0
    assert instant.world.sessions.find(SESSION_ID).state == "READY"


def test_each_step_is_counted_by_itself(instant: Backend) -> None:
    instant.add_fault({**STOP, "seconds": 60})
    instant.add_fault({**START, "seconds": 60})
    ask(instant, "StartStreamingSession", **IDS)
    for _ in range(5):
        instant.set_clock(advance=60 * MAX_ACTS / 2)
        instant.settle()
    assert len(instant.world.faults) == 2


def test_other_requests_get_a_turn_meanwhile(instant: Backend) -> None:
    instant.add_fault(STOP)
    instant.add_fault(START)
    instant.perform("StartStreamingSession", IDS, "somebody")
    turns = 0

    async def settle_and_count() -> None:
        nonlocal turns
        settling = asyncio.ensure_future(catch_up(instant))
        while not settling.done():
            await asyncio.sleep(0)
            turns += 1

    asyncio.run(settle_and_count())
    assert turns >= MAX_ACTS // EVENTS_AT_ONCE


@pytest.fixture
def server() -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = (sys.executable, "-m", "nimble_local", "serve", "--port", "0")
    with subprocess.Popen(  # noqa: S603 - this Python
        [*command, "--start-seconds", "0", "--stop-seconds", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found is not None
        try:
            yield process, found[0]
        finally:
            process.kill()


def test_the_clock_says_which_faults_were_switched_off(
    server: tuple[subprocess.Popen[str], str],
) -> None:
    process, url = server
    control = Control(url)
    ids = [control.add_fault(**fault)["id"] for fault in ({**STOP, "seconds": 1}, START)]
    control.add_session(sessionId="desk", state="START_IN_PROGRESS")
    with pytest.raises(
        RefusedError, match=r"The clock was set\. The external-act faults "
    ) as raised:
        control.set_clock(advanceSeconds=10 * MAX_ACTS)
    assert raised.value.status == 409
    assert all(fault_id in str(raised.value) for fault_id in ids)
    assert control.faults() == []
    process.terminate()
    _, complaints = process.communicate(timeout=60)
    assert process.returncode == 0
    assert [each in complaints for each in ids] == [True, True]
    assert complaints.count("\n") == 1


def test_a_runaway_emulator_still_answers_and_can_be_ended(
    server: tuple[subprocess.Popen[str], str],
) -> None:
    process, url = server
    control = Control(url)
    for fault in ({**STOP, "seconds": 1}, {**START, "seconds": 1}):
        control.add_fault(**fault)
    control.add_session(sessionId="desk", state="START_IN_PROGRESS")
    with ThreadPoolExecutor(1) as pool:
        # At this speed, the world never catches up with its clock on its own.
        busy = pool.submit(control.set_clock, factor=1_000_000)
        assert control.session("desk")["sessionId"] == "desk"
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        assert isinstance(busy.exception(), RefusedError | UnreachableError)
