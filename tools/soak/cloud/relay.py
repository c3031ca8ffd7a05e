"""A relay between functions and CloudFormation, for their answers and their queries."""

from __future__ import annotations

import http.client
import json
import re
import time
from collections import defaultdict
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from soak.cloud.invocations import moment
from testkit.answer_endpoint import AnswerEndpoint, Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

REFUSALS = {
    "throttled": (400, "Throttling"),
    "failing": (503, "ServiceUnavailable"),
    "forbidden": (403, "AccessDenied"),
}
STACK_FAULTS = (*REFUSALS, "silent", "stale")
"""Faults of queries: an error, a cut connection, or an answer with an old status."""
STALE_SECONDS = 2.0
"""Shorter than the time between two answers that must agree: load delays the recording."""
SOAK_PATH = "/soak/"
"""The path of answers to requests that the soak sends in CloudFormation's place."""
_STATUS = re.compile(rb"(?<=<StackStatus>)[A-Z_]+(?=</StackStatus>)")


class Relay(AnswerEndpoint):
    """Passes answers and queries on to MiniStack, unless their stack has a fault.

    Attributes
    ----------
    ministack_url
        MiniStack's address; set as soon as it is known.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.ministack_url = ""
        self._now = now
        self._lock = Lock()
        self._answers: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._queries: dict[str, list[dict[str, str]]] = defaultdict(list)
        self._statuses: dict[str, list[tuple[float, str]]] = defaultdict(list)
        self._paths: dict[str, set[str]] = defaultdict(set)
        self._signed: dict[str, str] = {}
        self._shown: dict[str, str] = {}
        self._unavailable_until: dict[str, float] = {}
        self._faults: dict[str, tuple[str, float]] = {}
        super().__init__()

    def make_unavailable(self, stack: str, seconds: float) -> None:
        """Refuse the answers of a stack with a 503 for a while."""
        with self._lock:
            self._unavailable_until[stack] = self._now() + seconds

    def add_fault(self, stack: str, kind: str, seconds: float) -> None:
        """Let one of `STACK_FAULTS` affect the queries about a stack for a while."""
        with self._lock:
            self._faults[stack] = kind, self._now() + seconds

    def keep(self, response_url: str) -> None:
        """Pass an answer on with this URL's signature, even if it comes with another query."""
        parts = urlsplit(response_url)
        with self._lock:
            self._signed[parts.path] = f"{parts.path}?{parts.query}"

    def show(self, stack: str, status: str) -> None:
        """Let queries show a status that MiniStack doesn't have; empty for the true one."""
        with self._lock:
            self._shown[stack] = status

    def note(self, stack: str, status: str) -> None:
        """Record the status of a stack, for later answers with an old status."""
        with self._lock:
            self._statuses[stack].append((self._now(), status))

    def answers(self, stack: str) -> list[dict[str, Any]]:
        """Return the answers of a stack that CloudFormation took.

        Each also has its ``Size`` in bytes; ``At``, its time of arrival in the format of events;
        and ``Again``, true if the request had been answered before.
        """
        with self._lock:
            return list(self._answers[stack])

    def queries(self, stack: str) -> list[dict[str, str]]:
        """Return the queries about a stack: ``Action``, ``Fault`` (empty for none) and ``At``."""
        with self._lock:
            return list(self._queries[stack])

    def paths(self, stack: str | None = None) -> set[str]:
        """Return the paths of the answers of a stack, or of all; on AWS they are credentials."""
        with self._lock:
            if stack is not None:
                return set(self._paths[stack])
            return {path for paths in self._paths.values() for path in paths}

    def take(self, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Pass an answer on, unless CloudFormation is unavailable to its stack."""
        answer = json.loads(body)
        at, request = moment(), answer["RequestId"]
        stack = answer["StackId"].split("/")[1]
        with self._lock:
            # The signature after it is useless without it.
            self._paths[stack].add(path.partition("?")[0])
            if self._now() < self._unavailable_until.get(stack, 0):
                return 503, b""
            path = self._signed.get(path.partition("?")[0], path)
            again = any(taken["RequestId"] == request for taken in self._answers[stack])
        # A presigned URL covers no other header.
        host = {"Host": headers["Host"]}
        # S3 takes a second answer as well, and CloudFormation doesn't look at it.
        ends_here = again or path.startswith(SOAK_PATH)
        status, content = (
            (200, b"") if ends_here else pass_on(self.ministack_url, "PUT", path, body, host)
        )
        with self._lock:
            size = len(body)
            self._answers[stack].append({**answer, "Size": size, "At": at, "Again": again})
        return status, content

    def ask(self, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Pass a query on, unless a fault affects its stack."""
        asked = parse_qs(body.decode())
        (action,), (stack_id,) = asked["Action"], asked["StackName"]
        stack = stack_id.split("/")[1]
        with self._lock:
            fault, until = self._faults.get(stack, ("", 0.0))
            fault = fault if self._now() < until else ""
        status, content = 0, b""
        if fault in REFUSALS:
            status, code = REFUSALS[fault]
            error = f"<Code>{code}</Code><Message>A fault of the soak.</Message>"
            content = f"<ErrorResponse><Error>{error}</Error></ErrorResponse>".encode()
        elif fault != "silent":
            status, content = pass_on(self.ministack_url, "POST", path, body, headers)
        with self._lock:
            if fault == "stale":
                known = [s for at, s in self._statuses[stack] if at <= self._now() - STALE_SECONDS]
                old = known[-1].encode() if known else b""
                content = _STATUS.sub(old, content) if old else content
            if shown := self._shown.get(stack):
                content = _STATUS.sub(shown.encode(), content)
            self._queries[stack].append({"Action": action, "Fault": fault, "At": moment()})
        return status, content


def pass_on(
    ministack_url: str,
    method: str,
    path: str,
    body: bytes,
    headers: Mapping[str, str],
    seconds: float = 10.0,
) -> Reply:
    """Send a function's request on to MiniStack, with a limit in seconds, and return the reply."""
    connection = http.client.HTTPConnection(urlsplit(ministack_url).netloc, timeout=seconds)
    try:
        # The signature covers the host that the function called.
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()
