"""Responses of the services of declared resources, and ways to show another state in them."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

READY = {
    "instance": "running",
    "execution": "SUCCEEDED",
    "unnamed-execution": "SUCCEEDED",
    "crawl": "SUCCEEDED",
    "certificate": "ISSUED",
}
"""The state in which each thing is what its resource waits for."""
ABSENT = {
    "instance": "InvalidInstanceID.NotFound",
    "execution": "ExecutionDoesNotExist",
    "unnamed-execution": "ExecutionDoesNotExist",
    "crawl": "EntityNotFoundException",
    "certificate": "ResourceNotFoundException",
}
"""The error code for what a service doesn't know."""
IN_FLIGHT = "RUNNING"
"""The state of an execution or a crawl that hasn't ended."""
ODD = "patching"
"""A state that no declaration has."""
_MOVING = {"instance": "pending", "certificate": "PENDING_VALIDATION"}
_STATE = re.compile(rb"(<instanceState>.*?<name>)([a-z-]+)(</name>)", re.DOTALL)
_LAUNCHED = re.compile(rb"(<launchTime>)[^<]*(</launchTime>)")


def refusals(what: str) -> dict[str, tuple[int, str]]:
    """Return the status and the error code of each fault that is a refusal."""
    ec2 = what == "instance"
    return {
        "throttled": (503, "RequestLimitExceeded") if ec2 else (400, "ThrottlingException"),
        "broken": (500, "InternalFailure"),
        "busy": (400, "IncorrectInstanceState" if ec2 else "CrawlerRunningException"),
        "denied": (403, "UnauthorizedOperation") if ec2 else (400, "AccessDeniedException"),
    }


def error(what: str, code: str) -> bytes:
    """Return the body of an error."""
    if what == "instance":
        said = f"<Error><Code>{code}</Code><Message>A fault of the soak.</Message></Error>"
        return f"<Response><Errors>{said}</Errors><RequestID>1</RequestID></Response>".encode()
    return json.dumps({"__type": code, "message": "A fault of the soak."}).encode()


def state(what: str, content: bytes) -> tuple[str, float]:
    """Return the state that an answer shows, and when the crawl that it shows began."""
    if what == "instance":
        found = _STATE.search(content)
        return (found.group(2).decode() if found else ""), 0.0
    answer = json.loads(content)
    if what == "certificate":
        return str(answer.get("Certificate", {}).get("Status", "")), 0.0
    if what == "crawl":
        crawler = answer.get("Crawler", {})
        last = crawler.get("LastCrawl") or {}
        ended = crawler.get("State") == "READY" and "Status" in last
        shown = last["Status"] if ended else crawler.get("State", "")
        return str(shown), float(last.get("StartTime", 0.0))
    return str(answer.get("status", "")), 0.0


def launched(what: str, content: bytes, at: float) -> bytes:
    """Return an answer with the time of the last start, which MiniStack doesn't keep."""
    if what != "instance" or not at:
        return content
    iso = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z").encode()
    return _LAUNCHED.sub(rb"\g<1>" + iso + rb"\g<2>", content)


def failed(what: str, content: bytes) -> bytes:
    """Return an answer that shows a failure in place of a success."""
    answer = json.loads(content)
    if what == "certificate":
        answer["Certificate"] |= {"Status": "FAILED", "FailureReason": "CAA_ERROR"}
    elif answer["Crawler"].get("LastCrawl"):
        answer["Crawler"]["LastCrawl"] |= {"Status": "FAILED", "ErrorMessage": "no access"}
    return json.dumps(answer).encode()


def replaced(what: str, content: bytes, *, odd: bool) -> bytes:
    """Return an answer with an unknown state, or with one on the way to READY."""
    if what == "instance":
        new = (ODD if odd else _MOVING[what]).encode()
        return _STATE.sub(
            lambda found: found.group(1) + _moved(found.group(2), new, odd=odd) + found.group(3),
            content,
        )
    answer: dict[str, Any] = json.loads(content)
    if what == "certificate":
        answer["Certificate"]["Status"] = ODD if odd else _MOVING[what]
    elif what == "crawl":
        answer["Crawler"]["State"] = ODD if odd else IN_FLIGHT
    else:
        answer["status"] = ODD if odd else answer["status"]
    return json.dumps(answer).encode()


def _moved(old: bytes, new: bytes, *, odd: bool) -> bytes:
    return new if odd or old == b"running" else old
