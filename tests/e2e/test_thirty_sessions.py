"""Thirty sessions in one stack, and a service that accepts few requests.

MiniStack creates the resources of a stack one after the other, where CloudFormation has them all in
progress at the same time. So the test sends thirty Updates to the stack's function at once.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest

from cdk_nimble_streaming_session import StreamingSession
from nimble_local.emulator.seed.default_seed import STUDIO_ID
from testkit.cloud.driver import Driver
from testkit.construct.assembly import POLL_SECONDS, Plan, synthesise

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from nimble_local.fixture import Nimble
    from testkit.cloud.local_cloud import Cloud

pytestmark = pytest.mark.xdist_group("many")

SEATS = [f"seat-{number:02}" for number in range(30)]
PER_SECOND = 10
MANY = Plan("Many", SEATS[0], options={"triggers": "1"})


@pytest.fixture
def nimble_settings() -> dict[str, Any]:
    return {"start_seconds": 0.5}


@pytest.fixture
def nimble_seed() -> dict[str, Any]:
    # READY, since MiniStack would wait for the sessions one after the other.
    return {"sessions": [{"sessionId": seat, "state": "READY"} for seat in SEATS]}


@pytest.fixture
def driver(cloud: Cloud, nimble: Nimble, tmp_path: Path) -> Iterator[Driver]:
    def others(stack: cdk.Stack, _first: StreamingSession) -> None:
        for seat in SEATS[1:]:
            StreamingSession(
                stack,
                seat,
                studio_id=STUDIO_ID,
                session_id=seat,
                endpoint_url=nimble.endpoint,
                poll_interval=cdk.Duration.seconds(POLL_SECONDS),
            )

    plan = replace(MANY, add=others)
    changed = replace(plan, options={"triggers": "2"}, version=2)
    assembly = synthesise(tmp_path / "many", nimble.endpoint, [plan, changed])
    with closing(Driver(cloud, assembly)) as made:
        made.deployer.create(assembly, plan)
        assert made.deployer.settled("Many") == "CREATE_COMPLETE"
        yield made


def intervals(journal: list[dict[str, Any]], *, throttled: bool) -> list[float]:
    """Return the seconds from each read to the next one of the same session.

    ``throttled`` chooses the reads that were refused themselves, or whose start was.
    """
    rounds: dict[str, list[tuple[datetime, bool]]] = defaultdict(list)
    for request in journal:
        read = request["operation"] == "GetStreamingSession"
        refused = request["outcome"] == "ThrottlingException"
        own = rounds[request["sessionId"]]
        if read:
            own.append((datetime.fromisoformat(request["at"]), refused))
        elif own:
            own[-1] = own[-1][0], own[-1][1] or refused
    assert rounds.keys() == set(SEATS)
    return [
        (after - before).total_seconds()
        for moments in rounds.values()
        for (before, refused), (after, _) in pairwise(moments)
        if refused is throttled
    ]


def test_thirty_sessions_under_a_rate_limit(driver: Driver, nimble: Nimble) -> None:
    assert {nimble.session(seat)["state"] for seat in SEATS} == {"READY"}

    nimble.seed({"sessions": [{"sessionId": seat} for seat in SEATS]})
    # A long update, since requests of a finished stack are void.
    held = nimble.faults.add("stuck", session_id=SEATS[0], state="START_IN_PROGRESS")
    driver.deployer.update(driver.assembly, replace(MANY, version=2))
    driver.wait("the update", lambda: nimble.session(SEATS[0])["state"] == "START_IN_PROGRESS")
    known = len(nimble.journal.entries())
    nimble.faults.add("rate-limit", per_second=PER_SECOND)
    function, stack_id = driver.deployer.function("Many"), driver.deployer.stack_id("Many")
    updates = [
        driver.sender.event("Update", stack_id, seat, old={"Triggers": "1"}, Triggers="2")
        for seat in SEATS[1:]
    ]
    for update in updates:
        driver.sender.send(function, update)
    answers = [driver.sender.answer(update) for update in updates]
    assert {answer["Status"] for answer in answers} == {"SUCCESS"}
    assert {answer["Data"]["State"] for answer in answers} == {"READY"}
    nimble.faults.remove(held)
    assert driver.deployer.settled("Many") == "UPDATE_COMPLETE"

    journal = nimble.journal.entries()[known:]
    # Ten reads a second, plus a tenth for the jitter and a little for the way to the emulator.
    assert min(intervals(journal, throttled=False)) > len(SEATS) / 10 * 0.85
    # What was refused used little of the limit, so it comes again after a second at the earliest.
    assert min(intervals(journal, throttled=True)) > 0.85
    starts = [r for r in journal if r["operation"] == "StartStreamingSession"]
    assert sum(start["outcome"] == "OK" for start in starts) == len(SEATS) - 1
    # Delete it here, not in a clean-up: after a failure or an interrupt, the cloud ends anyway.
    assert driver.delete(MANY) == "DELETE_COMPLETE"
