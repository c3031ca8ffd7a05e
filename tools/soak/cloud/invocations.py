"""The invocations of the functions, as recorded by `soak.cloud.recorded_ministack`."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

Kill = tuple[str, str]
"""The moments before and after the processes of a story were killed."""

RETRY_SECONDS = 10.0
"""The time within which MiniStack retries an asynchronous invocation that failed.

It waits 2 s at most; the rest is for a machine that is busy with other things.
"""


def moment(after: float = 0.0) -> str:
    """Return the time some seconds from now, in the format of events."""
    at = datetime.now(UTC) + timedelta(seconds=after)
    return at.isoformat(timespec="milliseconds")[:23] + "Z"


def age(invocations: Path, stack: str) -> float:
    """Return how old the requests of a stack are when they arrive, in seconds."""
    file = invocations.with_name(f"{stack}.age")
    return float(file.read_text()) if file.exists() else 0.0


def dated_back(event: dict[str, Any], seconds: float) -> dict[str, Any]:
    """Return an event as if CloudFormation had sent it some seconds ago."""
    url = event["ResponseURL"]
    (date,) = parse_qs(urlsplit(url).query)["X-Amz-Date"]
    new = datetime.now(UTC) - timedelta(seconds=seconds)
    return {**event, "ResponseURL": url.replace(date, new.strftime("%Y%m%dT%H%M%SZ"))}


@dataclass(frozen=True)
class Invocation:
    """One invocation of a function, for one request of CloudFormation.

    ``kind`` is the request's type, ``resource`` its logical and ``physical`` its physical id, empty
    on Create; ``onward`` is true if it continues a wait that another invocation began; ``event`` is
    Lambda's, with the ResponseURL. ``began`` and ``ended`` are times in the format of events,
    ``ended`` empty until then; ``error`` is empty unless the invocation failed.
    """

    stack: str
    function: str
    request: str
    kind: str
    resource: str
    session: str
    physical: str = ""
    onward: bool = False
    event: dict[str, Any] = field(default_factory=dict)
    began: str = ""
    ended: str = ""
    error: str = ""
    log: str = ""

    @property
    def thing(self) -> str:
        """The id that a declared resource names, or its run's target."""
        return str(self.event.get("ResourceProperties", {}).get("Id", ""))

    @property
    def deadline(self) -> datetime:
        """The time after which the function starts and stops nothing."""
        (date,) = parse_qs(urlsplit(self.event["ResponseURL"]).query)["X-Amz-Date"]
        seconds = int(self.event["ResourceProperties"]["TimeoutSeconds"])
        return datetime.fromisoformat(date) + timedelta(seconds=seconds)

    @property
    def restores(self) -> bool:
        """True if it asks for another backup than before."""
        new = self.event.get("ResourceProperties", {})
        old = self.event.get("OldResourceProperties", {})
        differs = any(new.get(name) != old.get(name) for name in ("BackupId", "SessionId"))
        return self.kind != "Delete" and bool(new.get("BackupId")) and differs

    def was_killed(self, kills: Iterable[Kill]) -> bool:
        """Return True if one of the kills ended it, not just an idle process."""
        return bool(self.error) and any(self.began <= to and fr <= self.ended for fr, to in kills)


class Invocations:
    """All invocations so far, read from the file as it grows."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._offset = 0
        self._invocations: dict[str, Invocation] = {}
        self._stacks: dict[str, list[str]] = {}

    def date_back(self, stack: str, seconds: float) -> None:
        """Set the age of a stack's requests at their arrival."""
        self._path.with_name(f"{stack}.age").write_text(str(seconds))

    def of(self, stack: str) -> list[Invocation]:
        """Return the invocations for a stack, the oldest first."""
        with self._lock:
            self._read()
            return [self._invocations[number] for number in self._stacks.get(stack, [])]

    def going(self, stack: str) -> list[Invocation]:
        """Return the invocations for a stack that have not ended, or will be retried."""
        invocations = self.of(stack)
        lately = moment(-RETRY_SECONDS)
        return [
            invocation
            for number, invocation in enumerate(invocations)
            if not invocation.ended
            or (
                invocation.onward
                and invocation.error
                and invocation.ended > lately
                and not any(
                    r.onward and r.request == invocation.request for r in invocations[number + 1 :]
                )
            )
        ]

    def _read(self) -> None:
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            file.seek(self._offset)
            # The last line may be incomplete.
            text = file.read().rpartition(b"\n")[0]
        self._offset += len(text) + bool(text)
        for line in text.splitlines():
            self._take(json.loads(line))

    def _take(self, noted: dict[str, Any]) -> None:
        number, at = noted.pop("number"), noted.pop("at")
        if "stack" in noted:
            self._invocations[number] = Invocation(**noted, began=at)
            self._stacks.setdefault(noted["stack"], []).append(number)
        else:
            self._invocations[number] = replace(self._invocations[number], ended=at, **noted)
