"""Deliver the answer. In the engine, only this module sends to the ResponseURL."""

from collections.abc import Callable, Mapping
from typing import Any

import fallback
from outbound import FORBIDDEN, PUT_SECONDS, UNDELIVERED, try_put
from waiter.exceptions import UndeliverableError
from waiter.runtime import log
from waiter.runtime.text import cut_to_bytes, encoded, json_size

from .answer import Answer

MAX_BYTES = 4096
"""CloudFormation's limit for the whole document."""
_LONGEST_DELAY_SECONDS = 15.0
_PASSING = {0, 408, 429}
"""0 means that there was no status."""


def document(event: Mapping[str, Any], answer: Answer, stays_whole: Callable[[str], bool]) -> bytes:
    """Return the answer as CloudFormation expects it.

    If it's too long, fields are cut and the cuts logged: first the tags, then the status message,
    the reason, and the longest others. The ARN, ids, state and status code stay whole.
    """
    data = dict(answer.data)
    values = fallback.document(event, answer.status, answer.reason, answer.physical_id)
    values["Data"] = data
    if len(whole := encoded(values)) <= MAX_BYTES:
        return whole
    # Half a JSON text can't be read, so the tags are dropped entirely.
    cut = ["Tags"] if data.get("Tags") else []
    data.update(dict.fromkeys(cut, ""))
    others = sorted((n for n in data if not stays_whole(n)), key=lambda n: -len(data[n]))
    for holder, name in ((data, "StatusMessage"), (values, "Reason"), *((data, n) for n in others)):
        excess = len(encoded(values)) - MAX_BYTES
        if excess > 0 and (text := holder.get(name)):
            holder[name] = cut_to_bytes(text, max(0, json_size(text) - excess))
            cut.append(name)
    log.line("cut", fields=cut, bytes=len(whole))
    return encoded(values)


def deliver(
    event: Mapping[str, Any],
    answer: Answer,
    stays_whole: Callable[[str], bool],
    put: Callable[[str, bytes, float], int],
    sleep: Callable[[float], None],
    time_left: Callable[[], float],
) -> bool:
    """Send the answer with ``put`` until CloudFormation takes it.

    ``put`` takes the URL, the body and a time limit in seconds, and returns the HTTP status.
    Returns False after a 403: the URL was used before, it expired, or a VPC endpoint's policy
    refuses it. Raises UndeliverableError when time is up or a retry can't help.
    """
    body, delay = document(event, answer, stays_whole), 0.5
    while True:
        status, fault = try_put(put, event["ResponseURL"], body)
        if status // 100 == 2:  # noqa: PLR2004 - HTTP success
            return True
        if status == FORBIDDEN:
            log.line("answer-refused", fault="answered before, expired, or refused by a policy")
            return False
        log.line("answer-not-taken", fault=fault)
        passes = status in _PASSING or status >= 500  # noqa: PLR2004 - server errors
        if not passes or time_left() < delay + PUT_SECONDS:
            raise UndeliverableError(UNDELIVERED + fault)
        sleep(delay)
        delay = min(_LONGEST_DELAY_SECONDS, delay * 2)
