"""The answer as the document that CloudFormation expects."""

from collections.abc import Callable, Mapping
from typing import Any

import fallback
from waiter.runtime import log
from waiter.runtime.text import cut_to_bytes, encoded, json_size

from .answer import Answer

MAX_BYTES = 4096
"""CloudFormation's limit for the whole document."""


def document(event: Mapping[str, Any], answer: Answer, stays_whole: Callable[[str], bool]) -> bytes:
    """Return the answer as CloudFormation expects it.

    If it's too long, fields are cut and the cuts logged, except those that stay whole: first the
    tags, then the status message, the longest others, and the reason.
    """
    data = dict(answer.data)
    values = fallback.document(event, answer.status, answer.reason, answer.physical_id)
    values["Data"] = data
    if len(whole := encoded(values)) <= MAX_BYTES:
        return whole
    names = [n for n in data if not stays_whole(n)]
    names.sort(key=lambda n: (n != "StatusMessage", -len(data[n])))
    # Half a JSON text can't be read, so the tags are dropped entirely.
    cut = [n for n in names if n == "Tags"]
    data.update(dict.fromkeys(cut, ""))
    for holder, name in (*((data, n) for n in names), (values, "Reason")):
        excess = len(encoded(values)) - MAX_BYTES
        if excess > 0 and (text := holder.get(name)):
            holder[name] = cut_to_bytes(text, max(0, json_size(text) - excess))
            cut.append(name)
    log.line("cut", fields=cut, bytes=len(whole))
    return encoded(values)
