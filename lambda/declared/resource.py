"""Declared resources as a `Resource` for the engine."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from fallback import NOT_STARTED
from waiter.cloudformation.request import (
    POLL_INTERVAL,
    TIMEOUT,
    Request,
    choice,
    seconds,
)
from waiter.exceptions import InvalidRequestError, ServiceError
from waiter.wait.model import Goal, Phase, RequestType, Target

from . import advice, decide, declaration
from .decide import Wanted
from .declaration import Declaration, Kind, require
from .lifecycle import Declared
from .run import Run

NOUN = "id"
NAMESPACE = "CdkWaiter"
HINTS = advice.HINTS
_CALL = "Service", "Operation", "Parameters", "Region", "Endpoint"
_END = Wanted("finished", "run-timeout")
_VERBS = {Kind.STARTED: "Starting", Kind.RUN: "Running", Kind.AWAITED: "Waiting for"}


def read_properties(request: Request, new: Mapping[str, Any], old: Mapping[str, Any]) -> Request:
    """See `Resource.read_properties`.

    Except on Delete, invalid properties are refused at the first read. An Update needs the names of
    its attributes even then: it may be a rollback, which must not fail.
    """
    declared, wrong = declaration.read(new)
    timeout = _seconds(new, "TimeoutSeconds", TIMEOUT, wrong)
    interval = _seconds(new, "PollIntervalSeconds", POLL_INTERVAL, wrong)
    if declared.kind is Kind.RUN:
        request, goal = _run(request, declared, new, old, wrong)
    else:
        request, goal = _thing(request, declared, new, wrong)
    values = {**request.values, "declaration": declared, "wrong": wrong}
    title = f"{_verb(request, declared.kind)} {declared.noun} {_named(request, declared)}"
    if goal and request.type is RequestType.DELETE:
        require(wrong)
        # Without a client, the wait fails and says why.
        with suppress(ServiceError):
            require(declared.mistakes())
    goal = goal and replace(goal, timeout=timeout, interval=interval)
    return replace(request, title=title, goal=goal, values=values)


def lifecycle(request: Request) -> Declared:
    """See `Resource.lifecycle`."""
    declared, wrong = request.values["declaration"], request.values["wrong"]
    kind = Run if declared.kind is Kind.RUN else Declared
    return kind(declared, request, wrong)


def unread(request: Request) -> dict[str, str]:
    """See `Resource.unread`."""
    return dict.fromkeys(request.values["declaration"].attributes, "")


def stays_whole(_name: str) -> bool:
    """See `Resource.stays_whole`: declared attributes are never cut."""
    return True


def _thing(
    request: Request, declared: Declaration, given: Mapping[str, Any], wrong: list[str]
) -> tuple[Request, Goal | None]:
    request = replace(request, resource_id=declared.id)
    if declared.kind is Kind.AWAITED:
        # Nothing is ever started, so the id is the same from the beginning.
        request = replace(request, physical_id=request.physical_id or declared.id)
        ready = (state for state, phase in declared.phases.items() if phase is Phase.READY)
        goal = Goal(Wanted(" or ".join(ready)), rules=decide.awaited)
        return request, None if request.type is RequestType.DELETE else goal
    stops = _acts(given, "RETAIN", "STOP", wrong)
    if request.type is not RequestType.DELETE:
        return request, Goal(Target.READY)
    found = stops and not request.physical_id.endswith(NOT_STARTED)
    return request, Goal(Target.STOPPED) if found else None


def _run(
    request: Request,
    declared: Declaration,
    new: Mapping[str, Any],
    old: Mapping[str, Any],
    wrong: list[str],
) -> tuple[Request, Goal | None]:
    cancels = _acts(new, "NOTHING", "CANCEL", wrong)
    if request.type is RequestType.CREATE:
        made = replace(request, resource_id=declared.id, values={"runs": True})
        return made, Goal(_END, rules=decide.run)
    no_run = _is_no_run(request, declared)
    request = replace(request, resource_id=request.physical_id, values={"no_run": no_run})
    if request.type is RequestType.DELETE:
        found = cancels and not no_run and declared.expressions["Run"]
        return request, Goal(Wanted("ended"), rules=decide.cancelled_run) if found else None
    if old and _changes(new, old):
        again = replace(request, values={"runs": True, "no_run": no_run})
        return again, Goal(_END, rules=decide.run_again)
    return request, Goal(_END, rules=decide.given_run)


def _is_no_run(request: Request, declared: Declaration) -> bool:
    """Tell whether a PhysicalResourceId isn't that of a run.

    CloudFormation makes up an id if it never got an answer to the Create.
    """
    given, stack = request.physical_id, request.stack_id.split("/")
    made_up = f"{stack[1] if len(stack) > 1 else ''}-{request.logical_id}-"
    if given.endswith(NOT_STARTED) or given.startswith(made_up):
        return True
    return bool(declared.expressions["Run"]) and given == declared.id


def _changes(new: Mapping[str, Any], old: Mapping[str, Any]) -> bool:
    """Tell whether an Update must run: its call or its triggers have changed."""
    starts = [given.get("Start") for given in (new, old)]
    calls = [
        {key: start.get(key) for key in _CALL} if isinstance(start, dict) else start
        for start in starts
    ]
    return calls[0] != calls[1] or new.get("Triggers") != old.get("Triggers")


def _acts(given: Mapping[str, Any], default: str, other: str, wrong: list[str]) -> bool:
    try:
        return choice(given, "OnDelete", default, other)
    except InvalidRequestError as error:
        wrong.append(str(error))
        return False


def _seconds(given: Mapping[str, Any], name: str, limits: tuple[int, int], wrong: list[str]) -> int:
    try:
        return seconds(given, name, *limits)
    except InvalidRequestError as error:
        wrong.append(str(error))
        return limits[0]


def _verb(request: Request, kind: Kind) -> str:
    if request.type is RequestType.DELETE:
        return "Cancelling" if kind is Kind.RUN else "Stopping"
    return _VERBS[kind]


def _named(request: Request, declared: Declaration) -> str:
    return request.resource_id if request.type is RequestType.DELETE else declared.id
