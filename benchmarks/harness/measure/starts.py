"""Starts of sessions by every peer: the lag, the requests and the bill."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from harness.environment.publish import filled, publish
from harness.environment.times import entered, seconds_of
from harness.measure import billed_parts
from harness.peers import CRHELPER, FRAMEWORK, OURS, PEERS, Peer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from harness.environment.cloud import BenchCloud
    from harness.progress import Progress

SPREAD_SECONDS: Final = 5.0
"""A start lasts up to this much longer than its nominal length.

Polling every 5 s would always notice the end of a start of exactly 10 s at once, or always as late
as possible. Real starts aren't aligned with polls.
"""
GAP_SECONDS: Final = 1.5
"""The time between the creation of two stacks, so that few processes start at once."""
_LIMIT_SECONDS: Final = 300.0
_POLL_SECONDS: Final = 0.25
_SHORTEST_FAULT_SECONDS: Final = 0.001


@dataclass(slots=True)
class Start:
    """One stack with one session."""

    peer: Peer
    nominal: float
    seconds: float
    number: int
    stretched: bool = False
    limit: float = 0.0

    @property
    def name(self) -> str:
        """The name of the stack, and the id of its session."""
        return f"bench-{self.peer.name.replace('_', '-')}-{self.nominal:g}-{self.number}"


class Starts:
    """Starts of sessions of each length with every peer, in rounds of random order.

    The stacks of a round overlap, since they mostly wait. So other work on the machine affects all
    alike. The ends of the starts are spread evenly over five seconds and also, for a way that reads
    every second, over one. So the mean lag varies little from run to run.

    Parameters
    ----------
    cloud
        Where the stacks are made.
    lengths
        The nominal lengths of the starts, in seconds.
    rounds, rounds_of_others
        The number of starts of each length with this project and the provider framework, whose
        ratio has a target, and with each of the others.
    random
        The source of the order and of the exact lengths.
    """

    def __init__(
        self,
        cloud: BenchCloud,
        lengths: Sequence[float],
        rounds: int,
        rounds_of_others: int,
        random: Random,
    ) -> None:
        self._cloud = cloud
        self._stacks = cloud.client("cloudformation")
        peers = [peer for peer in PEERS if peer.deployed]
        self._templates = publish(cloud, [peer.name for peer in peers])
        self._gap = GAP_SECONDS if rounds > 1 else GAP_SECONDS / 2
        self._waiting: list[Start] = []
        self._under_way: list[Start] = []
        # Each round takes the same lengths for all of its peers.
        parts = {nominal: _parts(rounds, random) for nominal in lengths}
        for number in range(rounds):
            made = []
            for nominal in lengths:
                seconds = nominal + SPREAD_SECONDS * parts[nominal][number]
                made += [
                    Start(peer, nominal, seconds, number)
                    for peer in peers
                    if number < rounds_of_others or peer in (OURS, FRAMEWORK)
                ]
            random.shuffle(made)
            if rounds == 1:
                # In a quick run, whose times don't count, the slowest peer starts first.
                made.sort(key=lambda start: start.peer is not CRHELPER)
            self._waiting += made

    def run(self, progress: Progress) -> list[dict[str, Any]]:
        """Make all stacks; return a record for each start.

        Raises
        ------
        RuntimeError
            When a stack fails.
        """
        records: list[dict[str, Any]] = []
        total = len(self._waiting)
        due = time.monotonic()
        while self._waiting or self._under_way:
            if self._waiting and time.monotonic() >= due:
                self._begin(self._waiting.pop(0))
                due = time.monotonic() + self._gap
            self._stretch()
            for start in self._ended():
                self._under_way.remove(start)
                records.append(self._record(start))
                progress.step(len(records) / total)
            time.sleep(_POLL_SECONDS)
        return records

    def _begin(self, start: Start) -> None:
        self._cloud.control.add_session(sessionId=start.name, state="STOPPED")
        body = filled(self._templates[start.peer.name], start.name, self._cloud.emulator)
        capabilities = ["CAPABILITY_IAM"]
        name = start.name
        self._stacks.create_stack(StackName=name, TemplateBody=body, Capabilities=capabilities)
        start.limit = time.monotonic() + _LIMIT_SECONDS
        self._under_way.append(start)

    def _stretch(self) -> None:
        """Set the length of each start that has begun."""
        if all(start.stretched for start in self._under_way):
            return
        world = self._cloud.control.world()
        sessions = {each["sessionId"]: each for each in world["sessions"]}
        for start in self._under_way:
            begun = entered(sessions[start.name], "START_IN_PROGRESS")
            if begun is not None and not start.stretched:
                start.stretched = True
                left = begun + start.seconds - seconds_of(world["now"])
                stuck = {"kind": "stuck", "state": "START_IN_PROGRESS"}
                # On a slow machine a short start may end before that; it counts with its length.
                if left >= _SHORTEST_FAULT_SECONDS:
                    self._cloud.control.add_fault(**stuck, sessionId=start.name, forSeconds=left)

    def _ended(self) -> list[Start]:
        statuses = {
            each["StackName"]: each["StackStatus"]
            for page in self._stacks.get_paginator("describe_stacks").paginate()
            for each in page["Stacks"]
        }
        ended = []
        for start in self._under_way:
            status = statuses[start.name]
            if status == "CREATE_COMPLETE" and self._ready_at(start) is not None:
                ended.append(start)
            elif not status.startswith("CREATE_") or time.monotonic() > start.limit:
                raise RuntimeError(f"{start.name} is {status}: {self._reason(start)}")
        return ended

    def _reason(self, start: Start) -> str:
        events = self._stacks.describe_stack_events(StackName=start.name)["StackEvents"]
        reasons = [e["ResourceStatusReason"] for e in events if e.get("ResourceStatusReason")]
        return str(reasons[-1]) if reasons else "no reason given"

    def _ready_at(self, start: Start) -> float | None:
        return entered(self._cloud.control.session(start.name), "READY")

    def _record(self, start: Start) -> dict[str, Any]:
        session = self._cloud.control.session(start.name)
        begun, ready = entered(session, "START_IN_PROGRESS"), entered(session, "READY")
        if begun is None or ready is None:
            raise RuntimeError(f"{start.name} was never started")
        asked = self._cloud.control.journal(sessionId=start.name)
        reads = [seconds_of(r["at"]) for r in asked if r["operation"] == "GetStreamingSession"]
        bill = billed_parts.bill(self._cloud, start.name)
        if not bill["invocations"]:
            raise RuntimeError(f"{start.name} has no REPORT line: nothing could be billed")
        billed_parts.forget(self._cloud, start.name)
        return {
            "peer": start.peer.name,
            "nominal": start.nominal,
            "seconds": round(ready - begun, 3),
            "lag": round(self._completed_at(start) - ready, 3),
            "requests": len(asked),
            "reads": [round(at - begun, 3) for at in reads],
            **bill,
        }

    def _completed_at(self, start: Start) -> float:
        events = self._stacks.describe_stack_events(StackName=start.name)["StackEvents"]
        (at,) = (
            event["Timestamp"].timestamp()
            for event in events
            if event["ResourceType"].startswith("Custom::")
            and event["ResourceStatus"] == "CREATE_COMPLETE"
        )
        return float(at)


def _parts(rounds: int, random: Random) -> list[float]:
    """Return parts of the spread, from 0 to 1: evenly over all of it and over each second."""
    per_second = max(1, round(rounds / SPREAD_SECONDS))
    parts = []
    for number in range(rounds):
        # Each of the five seconds has the same slots, and takes another fifth of them.
        fifth = (number // per_second + random.random()) / SPREAD_SECONDS
        parts.append((number + fifth) / rounds)
    # The first half of the rounds, which all peers have, covers the whole spread as well.
    halves = [parts[0::2], parts[1::2]]
    return [part for half in halves for part in random.sample(half, len(half))]
