"""Synthesis and deployment with the real CLI, from nothing and unchanged, interleaved."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any, Final

from harness.environment.cloud import app_command
from harness.peers import FRAMEWORK, OURS
from harness.places import FUNCTIONS
from nimble_local.emulator.seed.default_seed import SESSION_ID, STUDIO_ID
from peers.app import stack_name

if TYPE_CHECKING:
    from random import Random

    from harness.environment.cloud import BenchCloud
    from harness.progress import Progress

PEERS: Final = (OURS, FRAMEWORK)

_DEPLOY: Final = ("deploy", "--require-approval", "never", "--progress", "events")
STEPS: Final = {
    "synth": ("synth", "--quiet"),
    "deploy": _DEPLOY,
    "unchanged": _DEPLOY,
}
"""The steps that are timed, in order."""


def run(cloud: BenchCloud, rounds: int, random: Random, progress: Progress) -> dict[str, Any]:
    """Time every step of each peer, in rounds of random order.

    Returns
    -------
    dict
        The seconds of each round and those of a processor, by peer and step.
    """
    taken: dict[str, dict[str, list[list[float]]]] = {
        peer.name: {step: [] for step in STEPS} for peer in PEERS
    }
    assembly = cloud.folder.assembly
    for peer in PEERS if rounds > 1 else ():
        # jsii unpacks itself once per machine.
        _timed(cloud, peer.name, STEPS["synth"], app_command())
    for number in range(rounds):
        for index, peer in enumerate(random.sample(PEERS, len(PEERS))):
            cloud.control.add_session(sessionId=SESSION_ID, state="STOPPED")
            for step, command in STEPS.items():
                # In a quick run, whose times don't count, only the first step synthesises.
                app = app_command() if rounds > 1 or step == "synth" else str(assembly)
                taken[peer.name][step].append(_timed(cloud, peer.name, command, app))
            if number + 1 < rounds:
                _delete(cloud, peer.name)
            progress.step((number + (index + 1) / len(PEERS)) / rounds)
    return {"taken": taken}


def _delete(cloud: BenchCloud, peer: str) -> None:
    """Delete a peer's stack, as ``cdk destroy`` does, but without another start of the CLI."""
    stacks, name = cloud.client("cloudformation"), stack_name(peer)
    stacks.delete_stack(StackName=name)
    stacks.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig={"Delay": 1})


def _timed(cloud: BenchCloud, peer: str, command: tuple[str, ...], app: str) -> list[float]:
    context = {
        "peer": peer,
        "studio_id": STUDIO_ID,
        "session_id": SESSION_ID,
        "endpoint_url": cloud.emulator,
        "functions": str(FUNCTIONS),
    }
    began, before = time.monotonic(), os.times()
    result = cloud.cdk.run(*command, app=app, context=context)
    if result.status:
        raise RuntimeError(f"cdk {command[0]} of {peer} failed:\n{result.last_lines}")
    after = os.times()
    # The time of the CLI and the app, since no other child process ends meanwhile.
    worked = sum(after[2:4]) - sum(before[2:4])
    return [round(time.monotonic() - began, 2), round(worked, 2)]
