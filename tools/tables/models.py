"""botocore's service models, and the members of their shapes."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import botocore

if TYPE_CHECKING:
    from collections.abc import Iterator

_MODELS: Final = Path(botocore.__file__).parent / "data"


@cache
def models() -> dict[str, dict[str, Any]]:
    """Return the newest model of each service by its name in boto3."""
    files = {each.parts[-3]: each for each in sorted(_MODELS.glob("*/*/service-2.json.gz"))}
    return {name: json.loads(gzip.decompress(path.read_bytes())) for name, path in files.items()}


def members(
    model: dict[str, Any],
    name: str,
    path: tuple[str, ...] = (),
    above: frozenset[str] = frozenset(),
) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Yield each member of a shape with the names that lead to it; lists add none."""
    shape = model["shapes"][name]
    yield path, shape
    if name in above:
        return
    above |= {name}
    for member, target in shape.get("members", {}).items():
        yield from members(model, target["shape"], (*path, member), above)
    if shape["type"] == "list":
        yield from members(model, shape["member"]["shape"], path, above)
    if shape["type"] == "map":
        yield from members(model, shape["value"]["shape"], (*path, "{}"), above)
