"""The actions of the control interface, which tests, benchmarks and the command line use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nimble_local.emulator.control import views
from nimble_local.emulator.rules import backups
from nimble_local.emulator.state.clock import iso

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nimble_local.emulator.backend import Backend


def sessions(backend: Backend) -> dict[str, Any]:
    """Return all sessions with their backups and histories."""
    backend.settle()
    taken = backups.by_session(backend.context)
    found = [
        views.session(each, taken.get(each.session_id, ()), iso) for each in backend.world.sessions
    ]
    return {"sessions": found, "now": iso(backend.clock.now())}


def session(backend: Backend, session_id: str) -> dict[str, Any]:
    """Return one session.

    Raises
    ------
    NotFoundError
        No session has this id.
    """
    backend.settle()
    found = backend.world.sessions.find(session_id)
    return views.session(found, backups.of_session(backend.context, session_id), iso)


def add_session(backend: Backend, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Add a session.

    Raises
    ------
    ValueError
        A member is missing, unknown or invalid; the message says which.
    """
    backend.add_seed({"sessions": [wanted]})
    return session(backend, wanted["sessionId"])


def add_seed(backend: Backend, seed: Mapping[str, Any]) -> dict[str, Any]:
    """Put everything in a seed into the world; see docs/emulator.md.

    Raises
    ------
    ValueError
        Something is missing, unknown or wrong; the message says where. The world is unchanged.
    """
    return {"added": backend.add_seed(seed)}


def journal(backend: Backend, query: Mapping[str, str]) -> dict[str, Any]:
    """Return the requests in the journal, oldest first.

    Raises
    ------
    ValueError
        ``after`` or ``limit`` isn't a whole number.
    """
    entries = backend.journal.entries(
        after=_whole(query, "after") or 0,
        operation=query.get("operation"),
        session_id=query.get("sessionId"),
        limit=_whole(query, "limit"),
    )
    return {"requests": [entry.public() for entry in entries], "total": backend.journal.total}


def _whole(query: Mapping[str, str], name: str) -> int | None:
    text = query.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal()):
        raise ValueError(f"{name} must be a whole number, not {text!r}.")
    return int(text)


def reset(backend: Backend) -> None:
    """Restore the initial state and keep it; the clock runs on.

    Raises
    ------
    NotKeptError
        The state couldn't be kept; it's unchanged.
    """
    backend.clear()
    backend.seed()
    backend.commit()
    backend.journal.clear()


def faults(backend: Backend) -> dict[str, Any]:
    """Return the faults that are switched on."""
    backend.settle()
    return {
        "faults": [views.fault(fault) for fault in backend.faults],
        "switchedOff": list(backend.runaway.switched_off),
    }


def clock(backend: Backend) -> dict[str, Any]:
    """Return the time, and the clock's speed."""
    backend.settle()
    return {"now": iso(backend.clock.now()), "factor": backend.clock.factor}


def set_clock(backend: Backend, wanted: Mapping[str, Any]) -> None:
    """Change the clock.

    Raises
    ------
    ValueError, TypeError
        A factor or a step is out of range, or not a number.
    NotKeptError
        The change couldn't be kept; the clock is as it was.
    """
    for name, value in wanted.items():
        if name not in {"factor", "advanceSeconds"}:
            raise ValueError(f"The clock has no {name!r}. It has: factor, advanceSeconds.")
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise TypeError(f"{name} must be a number, not {value!r}.")
    if wanted:
        backend.set_clock(factor=wanted.get("factor"), advance=wanted.get("advanceSeconds", 0.0))
