"""Checks of a whole story after its end."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from soak.cloud.invocations import Invocation, Kill

CREDENTIAL = ("ResponseURL", "_ministack/cfn-response")
"""Text that a log with a ResponseURL would contain."""


def answers(
    invocations: list[Invocation], taken: list[dict[str, Any]], kills: list[Kill]
) -> Iterator[str]:
    """Yield the requests that weren't answered exactly once.

    ``taken`` are the answers. MiniStack doesn't retry the first invocation of a request. It does
    retry a killed one that continues a wait, so that one may answer twice, as may a request that
    the soak delivers again.
    """
    made = {invocation.request for invocation in invocations}
    counts = Counter(answer["RequestId"] for answer in taken)
    killed = [invocation for invocation in invocations if invocation.was_killed(kills)]
    again = Counter(invocation.request for invocation in killed if invocation.onward)
    first = Counter(invocation.request for invocation in invocations if not invocation.onward)
    silenced = {invocation.request for invocation in killed if not invocation.onward}
    for request in made | set(counts):
        count = counts[request]
        if request not in made:
            yield f"request {request} was never made, and has {count} answers"
        elif count > max(1, first[request]) + again[request]:
            yield f"request {request} has {count} answers"
        elif not count and request not in silenced:
            yield f"request {request} was never answered"


def secrets(invocations: list[Invocation], paths: Collection[str]) -> Iterator[str]:
    """Yield a violation if an invocation's log has a ResponseURL, or the last part of its path."""
    words = (*CREDENTIAL, *(path.rpartition("/")[2] for path in paths))
    if any(word in invocation.log for invocation in invocations for word in words):
        yield "a secret is in the function's log"


def causes(
    invocations: list[Invocation], taken: list[dict[str, Any]], secret: str
) -> Iterator[str]:
    """Yield a violation if what a service marks as sensitive is in a log or an answer."""
    if any(secret in invocation.log for invocation in invocations):
        yield "a sensitive member of an answer is in the function's log"
    if any(secret in str(answer) for answer in taken):
        yield "a sensitive member of an answer is in an answer"
