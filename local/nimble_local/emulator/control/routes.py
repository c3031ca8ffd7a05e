"""The control interface over HTTP, under ``/_nimble/``."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from aiohttp import web

from nimble_local.emulator.backend import Backend
from nimble_local.emulator.control import actions, views
from nimble_local.emulator.http import connections
from nimble_local.emulator.seed.schema import parse_json
from nimble_local.emulator.service import protocol
from nimble_local.emulator.service.exceptions import NotFoundError
from nimble_local.emulator.state.store import NotKeptError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

BACKEND = web.AppKey("BACKEND", Backend)
"""The application's key for its backend."""


EVENTS_AT_ONCE = 200
"""The number of emulated events after which other requests get a turn."""


def add_to(app: web.Application) -> None:
    """Add the routes of the control interface to an application."""
    app.router.add_get("/_nimble/health", _health)
    app.router.add_get("/_nimble/sessions", _sessions)
    app.router.add_post("/_nimble/sessions", _add_session)
    app.router.add_get("/_nimble/sessions/{session_id}", _session)
    app.router.add_post("/_nimble/seed", _add_seed)
    app.router.add_get("/_nimble/journal", _journal)
    app.router.add_post("/_nimble/reset", _reset)
    app.router.add_get("/_nimble/faults", _faults)
    app.router.add_post("/_nimble/faults", _add_fault)
    app.router.add_delete("/_nimble/faults/{fault_id}", _remove_fault)
    app.router.add_get("/_nimble/clock", _clock)
    app.router.add_post("/_nimble/clock", _set_clock)


async def unknown(request: web.Request) -> web.Response:
    """Answer a request that the control interface doesn't know."""
    return _refused(f"The control interface has no {request.method} {request.path}.", 404)


async def _health(_request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


async def catch_up(backend: Backend) -> None:
    """Carry out everything that is due, in parts, so that other requests get a turn."""
    while not backend.settle(EVENTS_AT_ONCE):  # noqa: ASYNC110 - there is nothing to wait for
        await asyncio.sleep(0)


async def _shown(request: web.Request, show: Callable[[Backend], dict[str, Any]]) -> web.Response:
    """Answer with a view of the state, after keeping that state."""
    backend = request.app[BACKEND]
    await catch_up(backend)
    try:
        shown = show(backend)
        backend.commit()
    except NotFoundError as error:
        return _refused(str(error), 404)
    except NotKeptError as error:
        return _refused(str(error), 500)
    return web.json_response(shown)


async def _sessions(request: web.Request) -> web.Response:
    return await _shown(request, actions.sessions)


async def _add_session(request: web.Request) -> web.Response:
    return await _changed(request, actions.add_session)


async def _session(request: web.Request) -> web.Response:
    session_id = request.match_info["session_id"]
    return await _shown(request, lambda backend: actions.session(backend, session_id))


async def _add_seed(request: web.Request) -> web.Response:
    return await _changed(request, actions.add_seed)


async def _journal(request: web.Request) -> web.Response:
    try:
        return web.json_response(actions.journal(request.app[BACKEND], request.query))
    except ValueError as error:
        return _refused(str(error))


async def _reset(request: web.Request) -> web.Response:
    def reset(backend: Backend, _wanted: Mapping[str, Any]) -> dict[str, Any]:
        actions.reset(backend)
        return actions.sessions(backend)

    return await _changed(request, reset)


async def _faults(request: web.Request) -> web.Response:
    return await _shown(request, actions.faults)


async def _add_fault(request: web.Request) -> web.Response:
    def add(backend: Backend, wanted: Mapping[str, Any]) -> dict[str, Any]:
        return views.fault(backend.add_fault(wanted))

    return await _changed(request, add)


async def _remove_fault(request: web.Request) -> web.Response:
    fault_id = request.match_info["fault_id"]

    def remove(backend: Backend) -> dict[str, Any]:
        if not backend.remove_fault(fault_id):
            raise NotFoundError("No fault that is switched on has this id.")
        return {}

    return await _shown(request, remove)


async def _clock(request: web.Request) -> web.Response:
    return await _shown(request, actions.clock)


async def _set_clock(request: web.Request) -> web.Response:
    backend = request.app[BACKEND]
    runaways = backend.runaway.total

    def change(backend: Backend, wanted: Mapping[str, Any]) -> dict[str, Any]:
        actions.set_clock(backend, wanted)
        return {}

    response = await _changed(request, change)
    if response.status != HTTPStatus.OK:
        return response
    # The clock is kept; the events that are due now can take many turns, and can fail.
    response = await _shown(request, actions.clock)
    if response.status != HTTPStatus.OK:
        return _refused(
            "The clock was set, but what was due then can't be kept: it's due again.", 500
        )
    if backend.runaway.total > runaways:
        return _refused(f"The clock was set. {backend.runaway.switched_off[-1]}", 409)
    return response


async def _changed(
    request: web.Request, change: Callable[[Backend, Mapping[str, Any]], dict[str, Any]]
) -> web.Response:
    """Carry out a change, and answer with its result."""
    # Second defence: any page can send a form or plain text, but JSON needs permission (CORS).
    if request.content_type != "application/json":
        return _refused("The content type must be application/json.", 415)
    try:
        wanted = parse_json(await connections.body(request) or b"{}")
    except web.HTTPRequestEntityTooLarge:
        return _refused(f"The body has more than {protocol.MAX_BODY_BYTES} bytes.", 413)
    except (ValueError, RecursionError) as error:
        return _refused(f"The body must be JSON: {error}.")
    if not isinstance(wanted, dict):
        return _refused("The body must be a JSON object.")
    try:
        return await _shown(request, lambda backend: change(backend, wanted))
    except (ValueError, TypeError) as error:
        return _refused(str(error))


def _refused(why: str, status: int = 400) -> web.Response:
    return web.json_response({"error": why}, status=status)
