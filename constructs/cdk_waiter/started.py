"""A thing that a service starts and stops, and that stays started."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from cdk_waiter._private import validation as rules
from cdk_waiter._private.declared.declaration import (
    CALL,
    EXPRESSION,
    TEXTS,
    Declaration,
    attributes,
    listed,
    one_or_more,
    refuse_run,
)
from cdk_waiter.declared_resource import STARTED_ON_DELETE, WAIT_RULES, DeclaredResource
from cdk_waiter.on_delete import OnDelete
from cdk_waiter.phases import Phases

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_cdk import Duration
    from constructs import Construct

    from cdk_waiter.call import AwsCall
    from cdk_waiter.waiter_provider import WaiterProvider


class Started(DeclaredResource):
    """A thing that is started when its stack is deployed, such as an instance or a fleet.

    The thing must already exist. Creating or updating the resource starts it if it is stopped, and
    waits until it is ready. ``ref`` is its id.

    Parameters
    ----------
    scope, id
        The place in the construct tree.
    id_
        The thing's id. Changing it replaces the resource. A stack can't start the same thing twice.
    read
        The call, or calls, that read the thing. The members of several responses are merged.
    state
        The JMESPath expression of its state in the response. If it gives a list, all elements must
        be ready. Nothing, or an empty list, means that the thing doesn't exist.
    phases
        What the states mean. ``stopped`` must name at least one state, unless ``retry`` repeats
        the start after a state in ``failed``.
    start
        The call that starts the thing.
    stop
        The call that stops it; needed for ``OnDelete.STOP``. Default: none.
    attributes
        JMESPath expressions in the response, by the names of the resource's attributes. Numbers and
        booleans become JSON, timestamps ISO 8601 in UTC, and what is absent an empty string.
        Default: none.
    started_at
        The JMESPath expression of the time of the last start. Without it, the rollback of a
        creation never stops the thing. Default: none.
    absent
        Error codes that mean that the thing doesn't exist.
    busy
        Error codes that mean that the thing is changing, and that it has to be read again.
    refused
        The JMESPath expression of a failure in the response to a start or a stop, for services that
        report it in a successful one: its code, or a list of its code and message. Default: none.
    why
        The JMESPath expression of the service's explanation of a failure: a text, or a list of
        them. Default: none.
    retry
        States, error codes and first texts of ``why`` after which the start is repeated until the
        deadline. Default: none.
    reveal
        Members that the model marks as sensitive and that attributes may contain. Default: none.
    noun
        What messages call the thing, such as ``instance``.
    on_delete
        What deleting the resource does to the thing: RETAIN or STOP. Default: nothing.
    timeout
        Maximum time to wait, also for a stop: whole seconds, up to 59 minutes. Default: 30 minutes.
    poll_interval
        Maximum time between two reads: whole seconds, from 1 s to 60 s. Default: 5 s.
    triggers
        Any JSON value. Changing it updates the resource, which starts the thing again if it has
        been stopped in the meantime. Default: none.
    provider
        The function behind the resource. Default: the stack's.

    Raises
    ------
    ValueError
        When an argument is invalid; the error names the argument, the value and the rule.
    TypeError
        When an argument has the wrong type.
    """

    _resource_type: ClassVar[str] = "Custom::CdkWaiterStarted"

    @rules.validated(
        scope=rules.scope,
        id=rules.construct_id,
        id_=rules.string,
        read=one_or_more(CALL),
        state=rules.literal,
        phases=rules.member("Phases", Phases),
        start=CALL,
        stop=rules.optional(CALL),
        attributes=rules.optional(attributes),
        started_at=EXPRESSION,
        absent=TEXTS,
        busy=TEXTS,
        refused=EXPRESSION,
        why=EXPRESSION,
        retry=TEXTS,
        reveal=TEXTS,
        noun=rules.literal,
        on_delete=STARTED_ON_DELETE,
        **WAIT_RULES,
    )
    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - every construct's name for it
        *,
        id_: str,
        read: AwsCall | Sequence[AwsCall],
        state: str,
        phases: Phases,
        start: AwsCall,
        stop: AwsCall | None = None,
        attributes: Mapping[str, str] | None = None,
        started_at: str | None = None,
        absent: Sequence[str] = (),
        busy: Sequence[str] = (),
        refused: str | None = None,
        why: str | None = None,
        retry: Sequence[str] = (),
        reveal: Sequence[str] = (),
        noun: str = "resource",
        on_delete: OnDelete = OnDelete.RETAIN,
        timeout: Duration | None = None,
        poll_interval: Duration | None = None,
        triggers: object = None,
        provider: WaiterProvider | None = None,
    ) -> None:
        reads = listed(read)
        _check_phases(phases, retry)
        stops = on_delete is OnDelete.STOP
        if stops and stop is None:
            raise ValueError(
                "on_delete is OnDelete.STOP without stop: pass the call that stops the thing"
            )
        refuse_run([*reads, start, *([] if stop is None else [stop])])
        declaration = Declaration(
            kind="Started",
            noun=noun,
            id=id_,
            read=reads,
            state=state,
            phases=phases,
            on_delete=on_delete,
            start=start,
            stop=stop if stops else None,
            refused=refused,
            started_at=started_at,
            why=why,
            absent=absent,
            busy=busy,
            retry=retry,
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


def _check_phases(phases: Phases, retry: Sequence[str]) -> None:
    named = phases.states.values()
    if "stopped" not in named and not (retry and "failed" in named):
        raise ValueError(
            "phases.stopped is []: it must name at least one state, or nothing could ever be "
            "started; without it, only a retry after a state in phases.failed starts anything"
        )
