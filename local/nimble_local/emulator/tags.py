"""Tags of everything that has an ARN."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nimble_local.emulator.entities import Session
from nimble_local.emulator.exceptions import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nimble_local.emulator.entities import Backup, LaunchProfile, Studio
    from nimble_local.emulator.models import Backend, Call
    from nimble_local.emulator.world import Table


def tag(backend: Backend, call: Call) -> dict[str, Any]:
    """Add tags, or replace their values."""
    found = _find(backend, call.request["resourceArn"])
    _put(backend, found, {**found.tags, **(call.request.get("tags") or {})})
    return {}


def untag(backend: Backend, call: Call) -> dict[str, Any]:
    """Remove tags; one that is not there is no error."""
    found = _find(backend, call.request["resourceArn"])
    gone = set(call.request["tagKeys"])
    _put(backend, found, {key: value for key, value in found.tags.items() if key not in gone})
    return {}


def list_all(backend: Backend, call: Call) -> dict[str, Any]:
    """Return the tags of a thing."""
    return {"tags": dict(_find(backend, call.request["resourceArn"]).tags)}


def _find(backend: Backend, arn: str) -> Studio | LaunchProfile | Session | Backup:
    world = backend.world
    for table in (world.sessions, world.backups, world.profiles, world.studios):
        for row in table:
            if row.arn == arn:
                return row
    raise NotFoundError.of("resource", arn)


def _put(
    backend: Backend, found: Studio | LaunchProfile | Session | Backup, tags: Mapping[str, str]
) -> None:
    changed = replace(found, tags=dict(tags))
    if isinstance(changed, Session):
        backend.put(changed, backend.clock.now())
        return
    world = backend.world
    tables: tuple[Table[Any], ...] = (world.backups, world.profiles, world.studios)
    for table in tables:
        for row_id in [key for key, row in table.items() if row.arn == found.arn]:
            table.put(row_id, changed)
