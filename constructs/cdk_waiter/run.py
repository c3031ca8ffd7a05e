"""A run that a service carries out from beginning to end."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from cdk_waiter._private import validation as rules
from cdk_waiter._private.declared.declaration import (
    CALL,
    EXPRESSION,
    TEXTS,
    Declaration,
    attributes,
    listed,
    one_or_more,
)
from cdk_waiter.declared_resource import RUN_ON_DELETE, WAIT_RULES, DeclaredResource
from cdk_waiter.on_delete import OnDelete
from cdk_waiter.phases import Phases

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_cdk import Duration
    from constructs import Construct

    from cdk_waiter.call import AwsCall
    from cdk_waiter.waiter_provider import WaiterProvider

_MAX_TOKEN_SECONDS: Final = 86_400


class Run(DeclaredResource):
    """A run that is started once when its stack is deployed, and has to succeed.

    Creating the resource starts a run and waits for its end. An update starts another one only if
    the call or ``triggers`` has changed. A rollback never starts one. A run that failed isn't
    repeated: change ``triggers`` and deploy again. ``ref`` is the run's id, or ``id_`` where runs
    have none.

    Parameters
    ----------
    scope, id
        The place in the construct tree.
    start
        The call that starts the run. With ``AwsCall(token=...)``, a repeated delivery of the
        request finds the run again. Without it, a delivery more than a minute after the request
        fails instead of starting a second run; two deliveries within that minute may start two.
    read
        The call, or calls, that read the run, with `RUN` as the parameter for its id.
    state
        The JMESPath expression of its state in the response.
    phases
        What the states mean: ``ready`` is success, ``starting`` is in flight.
    run
        The JMESPath expression of the run's id in the start's response. Default: runs have none.
    id_
        The name of what runs, for messages, and the resource's id where runs have none. Default:
        the construct's id.
    cancel
        The call that ends the run; needed for ``OnDelete.CANCEL``. Default: none.
    attributes
        JMESPath expressions in the response of ``read``, by the names of the resource's attributes.
        Numbers and booleans become JSON, timestamps ISO 8601 in UTC, and what is absent an empty
        string, as is everything once the service has forgotten the run. Default: none.
    marker
        The JMESPath expression of a value that must have changed since before the start for a state
        to count as this run's. Needed where runs have no id. Default: none.
    existing
        The id of the run that an error code in ``exists`` means; ``$TOKEN`` in it stands for the
        client token. Default: none.
    exists
        Error codes that mean that this client token has already started a run.
    token_seconds
        How long the service honours a client token, in seconds. Default: for ever.
    absent
        Error codes that mean that the service has forgotten the run.
    busy
        Error codes that mean that the start has to wait for something else to end.
    refused
        The JMESPath expression of a failure in the response to a start or a cancellation, for
        services that report it in a successful one: its code, or a list of its code and message.
        Default: none.
    why
        The JMESPath expression of the service's explanation of a failure: a text, or a list of
        them. Default: none.
    reveal
        Members that the model marks as sensitive and that attributes and messages may contain.
        Default: none.
    noun
        What messages call the run, such as ``execution``.
    on_delete
        What deleting the resource does to its run: NOTHING or CANCEL. Default: nothing.
    timeout
        Maximum time to wait: whole seconds, up to 59 minutes. The run itself goes on. Default: 30
        minutes.
    poll_interval
        Maximum time between two reads: whole seconds, from 1 s to 60 s. Default: 5 s.
    triggers
        Any JSON value. Changing it starts another run. Default: none.
    provider
        The function behind the resource. Default: the stack's.

    Raises
    ------
    ValueError
        When an argument is invalid; the error names the argument, the value and the rule.
    TypeError
        When an argument has the wrong type.
    """

    _resource_type: ClassVar[str] = "Custom::CdkWaiterRun"

    @rules.validated(
        scope=rules.scope,
        id=rules.construct_id,
        start=CALL,
        read=one_or_more(CALL),
        state=rules.literal,
        phases=rules.member("Phases", Phases),
        run=EXPRESSION,
        id_=rules.optional(rules.string),
        cancel=rules.optional(CALL),
        attributes=rules.optional(attributes),
        marker=EXPRESSION,
        existing=rules.optional(rules.string),
        exists=TEXTS,
        token_seconds=rules.optional(rules.number(1, _MAX_TOKEN_SECONDS)),
        absent=TEXTS,
        busy=TEXTS,
        refused=EXPRESSION,
        why=EXPRESSION,
        reveal=TEXTS,
        noun=rules.literal,
        on_delete=RUN_ON_DELETE,
        **WAIT_RULES,
    )
    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - every construct's name for it
        *,
        start: AwsCall,
        read: AwsCall | Sequence[AwsCall],
        state: str,
        phases: Phases,
        run: str | None = None,
        id_: str | None = None,
        cancel: AwsCall | None = None,
        attributes: Mapping[str, str] | None = None,
        marker: str | None = None,
        existing: str | None = None,
        exists: Sequence[str] = (),
        token_seconds: int | None = None,
        absent: Sequence[str] = (),
        busy: Sequence[str] = (),
        refused: str | None = None,
        why: str | None = None,
        reveal: Sequence[str] = (),
        noun: str = "run",
        on_delete: OnDelete = OnDelete.NOTHING,
        timeout: Duration | None = None,
        poll_interval: Duration | None = None,
        triggers: object = None,
        provider: WaiterProvider | None = None,
    ) -> None:
        reads = listed(read)
        cancels = on_delete is OnDelete.CANCEL
        _check_ids(start, reads, run, marker)
        _check_end(on_delete, cancel, run)
        _check_token(start, exists, existing, token_seconds)
        declaration = Declaration(
            kind="Run",
            noun=noun,
            id=id if id_ is None else id_,
            read=reads,
            state=state,
            phases=phases,
            on_delete=on_delete,
            start=start,
            stop=cancel if cancels else None,
            run=run,
            existing=existing,
            marker=marker,
            refused=refused,
            token_seconds=token_seconds,
            why=why,
            absent=absent,
            busy=busy,
            exists=exists,
            reveal=reveal,
            attributes=attributes or {},
        )
        super().__init__(
            scope,
            id,
            declaration,
            timeout=timeout,
            poll_interval=poll_interval,
            triggers=triggers,
            provider=provider,
        )


def _check_ids(
    start: AwsCall, reads: Sequence[AwsCall], run: str | None, marker: str | None
) -> None:
    if start.names_the_run:
        raise ValueError("start has the parameter RUN: there is no run before the start")
    named = any(each.names_the_run for each in reads)
    if run is None and named:
        raise ValueError("read has the parameter RUN without run: say where the start returns it")
    if run is not None and not named:
        raise ValueError(
            "run is given, and read has no parameter RUN: it couldn't tell the runs apart"
        )
    if run is None and marker is None:
        raise ValueError(
            "run and marker are both missing: without an id, a value that changes must show that "
            "the result is this run's"
        )


def _check_end(on_delete: OnDelete, cancel: AwsCall | None, run: str | None) -> None:
    if on_delete is OnDelete.CANCEL:
        if cancel is None:
            raise ValueError(
                "on_delete is OnDelete.CANCEL without cancel: pass the call that ends the run"
            )
        if run is None or not cancel.names_the_run:
            raise ValueError(
                "on_delete is OnDelete.CANCEL, and cancel has no parameter RUN: it could end "
                "somebody else's run"
            )


def _check_token(
    start: AwsCall, exists: Sequence[str], existing: str | None, token_seconds: int | None
) -> None:
    if bool(exists) != (existing is not None):
        raise ValueError(
            f"exists is {list(exists)} and existing is {rules.shown(existing)}: give both, or none"
        )
    if start.token is None and (exists or token_seconds is not None):
        raise ValueError(
            "exists or token_seconds is given without a client token: pass AwsCall(token=...)"
        )
