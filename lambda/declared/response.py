"""Turn a response into plain values, without what the service's model marks as sensitive."""

from base64 import b64encode
from collections.abc import Container
from datetime import UTC, datetime
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape


def plain(value: Any, shape: Shape | None, reveal: Container[str]) -> Any:
    """Return a response as JSON values that any expression may see.

    Sensitive members are left out unless ``reveal`` names them. Times become ISO 8601 in UTC, and
    bytes become base64. Streams are left out.
    """
    if isinstance(value, datetime):
        return _time(value)
    if isinstance(value, bytes):
        return b64encode(value).decode()
    if isinstance(value, dict) and isinstance(shape, StructureShape) and not shape.is_document_type:
        return _members(value, shape, reveal)
    if isinstance(value, list) and isinstance(shape, ListShape):
        return [plain(each, shape.member, reveal) for each in value]
    if isinstance(value, dict) and isinstance(shape, MapShape):
        return {name: plain(each, shape.value, reveal) for name, each in value.items()}
    return value


def _time(value: datetime) -> str | None:
    try:
        time = value.astimezone(UTC) if value.tzinfo else value
    except OverflowError:
        # In UTC, it's before the year 1 or after 9999.
        return None
    return f"{time.replace(tzinfo=None).isoformat()}Z"


def _members(value: dict[str, Any], shape: StructureShape, reveal: Container[str]) -> Any:
    known = {name: each for name, each in value.items() if name in shape.members}
    return {
        name: plain(each, shape.members[name], reveal)
        for name, each in known.items()
        if (name in reveal or not _is_sensitive(shape.members[name])) and not hasattr(each, "read")
    }


def _is_sensitive(shape: Shape) -> bool:
    """Tell whether a member is sensitive, or a list or map of what is."""
    if shape.metadata.get("sensitive"):
        return True
    if isinstance(shape, ListShape):
        return _is_sensitive(shape.member)
    return isinstance(shape, MapShape) and (_is_sensitive(shape.key) or _is_sensitive(shape.value))
