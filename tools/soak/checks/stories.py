"""Checks of a whole story after its end."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from soak.cloud.invocations import Kill, Run

CREDENTIAL = ("ResponseURL", "_ministack/cfn-response")
"""Text that a log with a ResponseURL would contain."""


def answers(runs: list[Run], taken: list[dict[str, Any]], kills: list[Kill]) -> Iterator[str]:
    """Yield the requests that weren't answered exactly once.

    ``taken`` are the answers. MiniStack runs the first run of a request once; one that goes on is
    run again after it was killed, and may answer again. So does a request that the soak delivers
    again.
    """
    made = {run.request for run in runs}
    counts = Counter(answer["RequestId"] for answer in taken)
    killed = [run for run in runs if run.was_killed(kills)]
    again = Counter(run.request for run in killed if run.onward)
    first = Counter(run.request for run in runs if not run.onward)
    silenced = {run.request for run in killed if not run.onward}
    for request in made | set(counts):
        count = counts[request]
        if request not in made:
            yield f"request {request} was never made, and has {count} answers"
        elif count > max(1, first[request]) + again[request]:
            yield f"request {request} has {count} answers"
        elif not count and request not in silenced:
            yield f"request {request} was never answered"


def secrets(runs: list[Run], paths: Collection[str]) -> Iterator[str]:
    """Yield a violation if a run's log has a ResponseURL, or the last part of its path."""
    words = (*CREDENTIAL, *(path.rpartition("/")[2] for path in paths))
    if any(word in run.log for run in runs for word in words):
        yield "a secret is in the function's log"
