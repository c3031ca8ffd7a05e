"""Many sessions in one stack: one invocation for each, all at once as under CloudFormation.

MiniStack deploys one resource after another, so the functions are driven here without it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from harness.environment.functions import Surroundings, surroundings
from harness.environment.times import entered, seconds_of
from harness.places import BENCHMARKS, FUNCTIONS
from harness.virtual.crowds import LIMIT, START_SECONDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.progress import Progress

_PATH: Final = {"PYTHONPATH": str(BENCHMARKS)}


def run(sizes: Sequence[int], rounds: int, progress: Progress) -> dict[str, Any]:
    """Start many sessions at once, with and without the limit.

    The pauses after refused calls are random, so with the limit the median of the rounds counts.

    Returns
    -------
    dict
        ``runs``: the results for each size and limit; see `median_round`.
    """
    runs = []
    for limit, times in ((None, 1), (LIMIT, rounds)):
        for size in sizes:
            made = [_round(size, limit) for _ in range(times)]
            runs.append({"sessions": size, "limit": limit, **median_round(made)})
            progress.step(len(runs) / (2 * len(sizes)))
    return {"runs": runs}


def median_round(made: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the round of median length, and in ``rounds`` the length of each in seconds."""
    rounds = sorted(made, key=itemgetter("seconds_to_answered"))
    lengths = [each["seconds_to_answered"] for each in rounds]
    return {**rounds[len(rounds) // 2], "rounds": lengths}


def _round(size: int, limit: int | None) -> dict[str, Any]:
    with surroundings(START_SECONDS) as around:
        return _crowd(around, size, limit)


def _crowd(around: Surroundings, size: int, limit: int | None) -> dict[str, Any]:
    names = [f"seat-{number:017}" for number in range(size)]
    for name in names:
        around.put_session(name, "STOPPED")
    if limit is not None:
        around.control.add_fault(kind="rate-limit", perSecond=limit, burst=limit)
    command = [sys.executable, "-m", "harness.environment.concurrent", str(FUNCTIONS / "ours")]
    text = json.dumps([around.event(session_id=name) for name in names])
    done = subprocess.run(  # noqa: S603 - this Python
        command,
        input=text,
        # The construct gives the function the number of the stack's sessions.
        env={**around.variables(), **_PATH, "SESSIONS": str(size)},
        capture_output=True,
        text=True,
        check=False,
    )
    ended = time.time()
    if done.returncode:
        raise RuntimeError(f"{done.returncode} of {size} invocations failed:\n{done.stderr[-500:]}")
    answers = [json.loads(body) for body in around.endpoint.answers]
    asked = around.control.journal()
    sessions = around.control.sessions()
    ready = [entered(sessions[name], "READY") for name in names]
    began = min(seconds_of(each["at"]) for each in asked)
    last = max((at for at in ready if at is not None), default=ended)
    return {
        "ready": sum(at is not None for at in ready),
        "succeeded": sum(answer["Status"] == "SUCCESS" for answer in answers),
        "seconds_to_ready": round(last - began, 2),
        "seconds_to_answered": round(ended - began, 2),
        "requests": len(asked),
        "outcomes": dict(Counter(f"{each['operation']} {each['outcome']}" for each in asked)),
    }
