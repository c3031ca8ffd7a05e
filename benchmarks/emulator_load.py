"""The emulator under load: the rate limit, requests per second, and memory.

``python benchmarks/emulator_load.py`` prints it; ``--quick`` is a test that it runs.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from contextlib import contextmanager
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any, Final

from emulator_clients import Clients, Server

if TYPE_CHECKING:
    from collections.abc import Iterator

CLIENTS: Final = 50
LIMIT_PER_SECOND: Final = 10.0
PAUSE_SECONDS: Final = 0.05
"""The mean time that a client waits after it was throttled.

It is so short that a client always tries when the limit admits the next request.
"""


def main(quick: bool) -> dict[str, Any]:  # noqa: FBT001 - called by name or position
    """Measure the emulator.

    Parameters
    ----------
    quick
        True for 100 sessions and 2,000 requests in place of 1,000 and 100,000.

    Returns
    -------
    dict[str, Any]
        The measured values by their names: numbers, and lists of rows.

    Raises
    ------
    RuntimeError
        If a request has no entry in the journal, a start was answered but didn't happen, or an
        answer came without a request.
    """
    sessions, rounds, each = (100, 2, 1_000) if quick else (1_000, 10, 10_000)
    found: dict[str, Any] = {"sessions": sessions, "clients at once": CLIENTS}
    with Server() as server, Server.bare() as bare:
        found["memory at first, MiB"] = server.mebibytes()
        server.control.seed(
            {"sessions": [{"sessionId": f"desk-{number}"} for number in range(sessions)]}
        )
        found[f"memory with {sessions:,} sessions, MiB"] = server.mebibytes()
        # Half a minute of starts at the limit; more than one session per client is left at the end.
        starts = 15 if quick else 300
        found |= asyncio.run(_limited(server, sessions, starts))
        found |= asyncio.run(_unlimited(server, bare, rounds, each))
    return found


async def _limited(server: Server, sessions: int, starts: int) -> dict[str, Any]:
    """Start most sessions under a rate limit, each once, and load the page meanwhile."""
    server.control.add_fault(kind="rate-limit", perSecond=LIMIT_PER_SECOND)
    left = [f"desk-{number}" for number in range(sessions)]
    passed: list[float] = []
    async with Clients(server.url, CLIENTS) as clients:

        async def start_some() -> None:
            while len(passed) < starts:
                session_id = left.pop()
                outcome = await clients.act("start", session_id)
                if outcome == "ThrottlingException":
                    left.append(session_id)
                    await asyncio.sleep(random.uniform(0, 2 * PAUSE_SECONDS))  # noqa: S311
                else:
                    passed.append(time.perf_counter())

        async with clients.watching() as seen:
            await asyncio.gather(*(start_some() for _ in range(CLIENTS)))
    for fault in server.control.faults():
        server.control.remove_fault(fault["id"])
    rate = (len(passed) - 1) / (max(passed) - min(passed))
    lost = _lost(server, clients, len(passed))
    return {
        "rate limit, requests a second": LIMIT_PER_SECOND,
        "let through, requests a second": round(rate, 2),
        "off the limit, %": round(100 * abs(rate / LIMIT_PER_SECOND - 1), 1),
        "tried, requests a second": round(clients.sent / (max(passed) - min(passed))),
        "requests lost": lost,
        "page meanwhile, ms at the median": round(1000 * median(seen.loads), 1),
        "page meanwhile, ms at most": round(1000 * max(seen.loads), 1),
        "longest silence of the page's events, s": round(max(seen.silences), 2),
    }


def _lost(server: Server, clients: Clients, starts: int) -> int:
    """Compare the answers with the journal and the sessions; return the number of lost requests."""
    lost = clients.sent - server.total()
    if lost:
        raise RuntimeError(f"{clients.sent} requests were sent, the journal lacks {lost}.")
    strange = set(clients.outcomes) - {"OK", "ThrottlingException"}
    if strange:
        raise RuntimeError(f"Unexpected outcomes: {', '.join(sorted(strange))}.")
    histories = (session["history"] for session in server.control.sessions().values())
    begun = [sum(m["state"] == "START_IN_PROGRESS" for m in history) for history in histories]
    if clients.outcomes["OK"] != starts or sum(begun) != starts or max(begun) != 1:
        answered = clients.outcomes["OK"]
        raise RuntimeError(f"{starts} starts, {answered} answered, {sum(begun)} begun.")
    return lost


async def _unlimited(server: Server, bare: Server, rounds: int, each: int) -> dict[str, Any]:
    """Send requests as fast as possible; each client stops, starts and reads its own session.

    The bare server gets as many reads, in turn with the emulator.
    """
    desks = [{"sessionId": f"busy-{index}", "state": "READY"} for index in range(CLIENTS)]
    server.control.seed({"sessions": desks})
    times: dict[str, list[float]] = {"get": [], "list": [], "stop and start": []}
    shares = {"get": 0.3, "list": 0.05, "stop and start": 0.65}
    took = dict.fromkeys(times, 0.0)
    used = dict.fromkeys(times, 0.0)
    memory: list[dict[str, float]] = []
    used_bare = 0.0
    for number in range(1, rounds + 1):
        for kind, share in shares.items():
            before = server.processor_seconds()
            with _timed(took, kind):
                times[kind] += await _together(server, kind, int(each * share) // CLIENTS)
            used[kind] += server.processor_seconds() - before
        before = bare.processor_seconds()
        await _together(bare, "get", int(each * shares["get"]) // CLIENTS)
        used_bare += bare.processor_seconds() - before
        memory.append({"requests": number * each, "memory, MiB": server.mebibytes()})
    rows = [
        {
            "without a limit": kind,
            "requests": len(seconds),
            "a second": round(len(seconds) / took[kind]),
            "ms of a processor each": round(1000 * used[kind] / len(seconds), 3),
            "ms at the median": round(1000 * median(seconds), 1),
            "ms for 99 of 100": round(1000 * quantiles(seconds, n=100)[-1], 1),
        }
        for kind, seconds in times.items()
    ]
    # From the second round on, the journal and the client tokens have their full size.
    settled, last = memory[1], memory[-1]
    grown = f"memory grown from {settled['requests']:,} to {last['requests']:,} requests, MiB"
    return {
        grown: round(last["memory, MiB"] - settled["memory, MiB"], 1),
        "ms of a processor for a bare answer": round(1000 * used_bare / len(times["get"]), 3),
        "throughput": rows,
        "memory": memory,
    }


async def _together(server: Server, kind: str, count: int) -> list[float]:
    """Let each client send a number of requests; return the seconds of all."""
    async with Clients(server.url, CLIENTS) as clients:
        await asyncio.gather(*(_busy(clients, kind, index, count) for index in range(CLIENTS)))
        if set(clients.outcomes) != {"OK"}:
            raise RuntimeError(f"{kind}: {dict(clients.outcomes)}")
        return clients.seconds


async def _busy(clients: Clients, kind: str, index: int, count: int) -> None:
    session_id = f"busy-{index}"
    for number in range(count):
        if kind == "get":
            await clients.get(session_id)
        elif kind == "list":
            await clients.list_page()
        else:
            await clients.act(("stop", "start")[number % 2], session_id)
    if kind == "stop and start" and count % 2:
        await clients.act("start", session_id)


@contextmanager
def _timed(took: dict[str, float], kind: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    took[kind] += time.perf_counter() - began


if __name__ == "__main__":
    print(json.dumps(main("--quick" in sys.argv[1:]), indent=2))
