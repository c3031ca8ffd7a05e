"""Make untrusted text safe for a terminal, shorten it for a sentence, and put it into JSON."""

import json
from bisect import bisect_right


def plain(text: str) -> str:
    """Return ``text`` with a space for each character that a terminal might obey."""
    # Terminal escapes, newlines and characters that change the reading direction aren't printable.
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)


def printable(value: object, limit: int = 300) -> str:
    """Return ``value`` as one line of at most ``limit`` printable characters."""
    text = " ".join(plain(str(value)[: limit + 1]).split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def shown(value: object, limit: int = 100) -> str:
    """Return a value's `ascii`, cut in the middle: a blank or a BOM at either end stays visible."""
    text = ascii(value)
    return text if len(text) <= limit else f"{text[: limit - 30]}…{text[-29:]}"


def phrase(value: object) -> str:
    """Return a service's message for use in a sentence: printable, without the full stop."""
    return printable(value).rstrip(". ")


def cut_to_bytes(text: str, limit: int) -> str:
    """Return the longest beginning of ``text`` that takes at most ``limit`` bytes as JSON."""
    lengths = range(1, len(text) + 1)
    return text[: bisect_right(lengths, limit, key=lambda n: json_size(text[:n]))]


def json_size(text: str) -> int:
    """Return the bytes that ``text`` takes inside the quotes of a JSON document in UTF-8."""
    return len(encoded(text)) - 2


def encoded(value: object) -> bytes:
    """Return ``value`` as a JSON document in UTF-8, without spaces."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    # A lone surrogate can't be encoded; the document holds "?" in its place.
    return text.encode("utf-8", "replace")
