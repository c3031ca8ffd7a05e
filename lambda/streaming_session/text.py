"""Text of strangers, made safe for a terminal and short enough for a sentence."""

from __future__ import annotations


def printable(value: object, limit: int = 300) -> str:
    """Return ``value`` as one line without control characters.

    Parameters
    ----------
    value
        Anything; a service's message, a property of the template.
    limit
        Longest result, in characters; a longer one is cut and ends in an ellipsis.
    """
    # Terminal escapes, newlines and characters that turn the reading direction are not printable.
    text = "".join(c if c.isprintable() else " " for c in str(value)[: limit + 1])
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def cut_to_bytes(text: str, limit: int) -> str:
    """Return the longest beginning of ``text`` that takes at most ``limit`` bytes as JSON.

    JSON escapes a quote, a backslash and control characters, so what counts is what is sent.
    """
    size = 0
    for index, character in enumerate(text):
        size += json_size(character)
        if size > limit:
            return text[:index]
    return text


def json_size(text: str) -> int:
    """Return the bytes that ``text`` takes inside the quotes of a JSON document in UTF-8."""
    size = 0
    for character in text:
        if character in '"\\\n\r\t\b\f':
            size += 2
        elif character < " ":
            size += 6
        else:
            # A lone surrogate can't be encoded; the document holds "?" in its place.
            size += len(character.encode("utf-8", errors="replace"))
    return size
