"""Parsers of responses that leave out what they can't read."""

from collections.abc import Callable
from typing import Any

from botocore.parsers import ResponseParserFactory


class Parsers(ResponseParserFactory):
    """A factory of parsers for which one unreadable member doesn't hide the others.

    For botocore's own, an impossible date or number makes the whole response unreadable, and with
    it the state. Here such a member is None.
    """

    def create_parser(self, protocol_name: str) -> Any:
        """Return a parser for a protocol."""
        parser: Any = super().create_parser(protocol_name)
        parser._parse_shape = _lenient(parser._parse_shape)  # noqa: SLF001 - it has no other way in
        return parser


def _lenient(parse: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    depth = 0

    def parsed(shape: Any, node: Any) -> Any:
        nonlocal depth
        depth += 1
        try:
            return parse(shape, node)
        except Exception:
            if depth == 1:
                # The response itself makes no sense.
                raise
            return None
        finally:
            depth -= 1

    return parsed
