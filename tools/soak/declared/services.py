"""A relay between functions and the services of MiniStack that declared resources are about.

It records every call of a function: whether the service carried it out, and what the answer showed.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from soak.cloud.invocations import moment
from soak.cloud.relay import pass_on
from soak.declared import shown
from testkit.answer_endpoint import AnswerEndpoint, Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_KEY = re.compile(rb"i-[0-9a-f]{17}|certificate/[0-9a-f-]{36}|story-\d+-d\d+-(?:main|other)")
"""The part of a request that says which thing it's about."""
_READS = ("Describe", "Get")
_LIMIT_SECONDS = 20.0


def key_of(thing: str) -> str:
    """Return the part of a thing's id that its calls have in common."""
    found = _KEY.search(thing.encode())
    return found.group().decode() if found else ""


@dataclass(frozen=True)
class Call:
    """One call of a function.

    Attributes
    ----------
    at
        The time of its arrival, in the format of events. The function may be killed before the
        answer.
    thing, run
        What it was about: a key of the relay, and the execution, if any.
    token
        The client token of a start.
    accepted
        Whether the service carried it out.
    answered
        Whether the function got the service's answer.
    shown
        The state that the answer showed; empty without one.
    since
        The time at which the crawl that it showed began, in seconds since the epoch.
    fault
        The faults that changed it.
    """

    at: str
    operation: str
    thing: str
    run: str = ""
    token: str = ""
    accepted: bool = False
    answered: bool = False
    shown: str = ""
    since: float = 0.0
    fault: str = ""

    @property
    def reads(self) -> bool:
        """True unless it was to change something."""
        return self.operation.startswith(_READS)


@dataclass
class Thing:
    """An instance, a state machine, a crawler or a certificate, with its faults and calls."""

    what: str
    lock: Lock = field(default_factory=Lock)
    faults: list[dict[str, Any]] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    known: dict[str, bytes] = field(default_factory=dict)
    acted_at: dict[str, float] = field(default_factory=dict)
    launched: float = 0.0


class Services(AnswerEndpoint):
    """Passes the calls of functions on to MiniStack, unless their thing has a fault.

    Attributes
    ----------
    ministack_url
        MiniStack's address; set as soon as it is known.
    """

    keep_alive = False

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.ministack_url = ""
        self._now = now
        self._things: dict[str, Thing] = {}
        super().__init__()

    def add(self, key: str, what: str) -> None:
        """Add a thing that calls may be about."""
        self._things[key] = Thing(what)

    def calls(self, key: str) -> list[Call]:
        """Return the calls about a thing so far."""
        thing = self._things[key]
        with thing.lock:
            return list(thing.calls)

    def strike(self, key: str, faults: tuple[dict[str, Any], ...]) -> None:
        """Let faults affect a thing from now on, in place of all earlier ones."""
        thing, now = self._things[key], self._now()
        with thing.lock:
            thing.faults = [{**fault, "began": now} for fault in faults]

    def launch(self, key: str) -> None:
        """Record that somebody else started an instance."""
        self._things[key].launched = time.time()

    def launched(self, key: str) -> float:
        """Return when an instance was last started, in seconds since the epoch; 0 if never."""
        return self._things[key].launched

    def ask(self, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Answer a call."""
        at = moment()
        found = _KEY.search(body)
        thing = self._things.get(found.group().decode() if found else "")
        if found is None or thing is None:
            return 400, shown.error("", "UnknownThing")
        operation = _operation(body, headers)
        fields = {} if thing.what == "instance" else json.loads(body)
        run = str(fields.get("executionArn", ""))
        token = str(fields.get("name", ""))
        made = Call(at, operation, found.group().decode(), run=run, token=token)
        with thing.lock:
            seen, status, content = self._answer(thing, made, path, body, headers)
            thing.calls.append(seen)
        return status, content

    def _answer(
        self, thing: Thing, call: Call, path: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[Call, int, bytes]:
        faults = self._active(thing, call)
        for fault in faults:
            if fault["kind"] == "slow-answer":
                time.sleep(fault["wait"])
        kinds = [fault["kind"] for fault in faults]
        noted = {**vars(call), "fault": ", ".join(kinds)}
        if "unreached" in kinds:
            return Call(**noted), 0, b""
        refusals = shown.refusals(thing.what)
        for kind in kinds:
            if kind in refusals:
                status, code = refusals[kind]
                content = shown.error(thing.what, code)
                return Call(**noted), status, content
        status, content = pass_on(self.ministack_url, "POST", path, body, headers, _LIMIT_SECONDS)
        accepted = status < 300
        noted |= {"accepted": accepted, "answered": "lost" not in kinds}
        if call.reads:
            if accepted:
                status, content = self._shown(thing, call, content, faults)
            noted["shown"], noted["since"] = shown.state(thing.what, content)
        elif accepted:
            self._note_act(thing, call, content, noted)
        return (Call(**noted), 0, b"") if "lost" in kinds else (Call(**noted), status, content)

    def _active(self, thing: Thing, call: Call) -> list[dict[str, Any]]:
        """Return the faults that affect a call, and count it."""
        active = []
        for fault in thing.faults:
            of = fault.get("of", "any")
            fits = of == "any" or (of == "read") is call.reads
            since = fault["began"]
            if fault["kind"] in {"stale-read", "delayed"} and thing.what != "certificate":
                since = thing.acted_at.get("any", float("-inf"))
            if not fits or self._now() >= since + fault.get("seconds", float("inf")):
                continue
            if "count" in fault:
                if not fault["count"]:
                    continue
                fault["count"] -= 1
            active.append(fault)
        return active

    def _shown(
        self, thing: Thing, call: Call, content: bytes, faults: list[dict[str, Any]]
    ) -> tuple[int, bytes]:
        """Return what a read shows in place of the truth."""
        kinds = {fault["kind"] for fault in faults}
        absent = 400, shown.error(thing.what, shown.ABSENT[thing.what])
        if "forgotten" in kinds:
            return absent
        if "stale-read" in kinds and thing.what != "certificate":
            key = call.run or "any"
            # Some services show a new run only after a while.
            return (200, thing.known[key]) if key in thing.known else absent
        thing.known[call.run or "any"] = content
        moving = "delayed" in kinds
        content = shown.launched(thing.what, content, thing.launched)
        if "fails" in kinds:
            content = shown.failed(thing.what, content)
        if "odd-state" in kinds or moving:
            content = shown.replaced(thing.what, content, odd="odd-state" in kinds)
        return 200, content

    def _note_act(self, thing: Thing, call: Call, content: bytes, noted: dict[str, Any]) -> None:
        thing.acted_at["any"] = self._now()
        if call.operation == "StartExecution":
            noted["run"] = str(json.loads(content)["executionArn"])
        if call.operation == "StartInstances":
            thing.launched = time.time()


def _operation(body: bytes, headers: Mapping[str, str]) -> str:
    """Return the name of the operation in a request."""
    if target := headers.get("X-Amz-Target"):
        return target.rpartition(".")[2]
    return parse_qs(body.decode())["Action"][0]
