"""Something that others bring about, and that a stack has to wait for."""

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
from cdk_waiter.declared_resource import WAIT_RULES, DeclaredResource
from cdk_waiter.phases import Phases

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_cdk import Duration
    from constructs import Construct

    from cdk_waiter.call import AwsCall
    from cdk_waiter.waiter_provider import WaiterProvider


class Awaited(DeclaredResource):
    """A thing that is ready once its stack is deployed, such as a certificate that others validate.

    Creating or updating the resource waits until the thing is ready. A rollback reads it once.
    Deleting the resource does nothing. ``ref`` is the thing's id.

    Parameters
    ----------
    scope, id
        The place in the construct tree.
    id_
        The thing's id. Changing it replaces the resource.
    read
        The call, or calls, that read the thing. The members of several responses are merged.
    state
        The JMESPath expression of its state in the response. If it gives a list, all elements must
        be ready. Nothing, or an empty list, means that the thing doesn't exist.
    phases
        What the states mean. ``stopped`` means that something else has to happen first.
    attributes
        JMESPath expressions in the response, by the names of the resource's attributes. Numbers and
        booleans become JSON, timestamps ISO 8601 in UTC, and what is absent an empty string.
        Default: none.
    absent
        Error codes that mean that the thing doesn't exist.
    why
        The JMESPath expression of the service's explanation of a failure: a text, or a list of
        them. Default: none.
    reveal
        Members that the model marks as sensitive and that attributes may contain. Default: none.
    noun
        What messages call the thing, such as ``certificate``.
    timeout
        Maximum time to wait: whole seconds, up to 59 minutes. Default: 30 minutes.
    poll_interval
        Maximum time between two reads: whole seconds, from 1 s to 60 s. Default: 5 s.
    triggers
        Any JSON value. Changing it updates the resource, which waits again. Default: none.
    provider
        The function behind the resource. Default: the stack's.

    Raises
    ------
    ValueError
        When an argument is invalid; the error names the argument, the value and the rule.
    TypeError
        When an argument has the wrong type.
    """

    _resource_type: ClassVar[str] = "Custom::CdkWaiterAwaited"

    @rules.validated(
        scope=rules.scope,
        id=rules.construct_id,
        id_=rules.string,
        read=one_or_more(CALL),
        state=rules.literal,
        phases=rules.member("Phases", Phases),
        attributes=rules.optional(attributes),
        absent=TEXTS,
        why=EXPRESSION,
        reveal=TEXTS,
        noun=rules.literal,
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
        attributes: Mapping[str, str] | None = None,
        absent: Sequence[str] = (),
        why: str | None = None,
        reveal: Sequence[str] = (),
        noun: str = "resource",
        timeout: Duration | None = None,
        poll_interval: Duration | None = None,
        triggers: object = None,
        provider: WaiterProvider | None = None,
    ) -> None:
        reads = listed(read)
        refuse_run(reads)
        declaration = Declaration(
            kind="Awaited",
            noun=noun,
            id=id_,
            read=reads,
            state=state,
            phases=phases,
            why=why,
            absent=absent,
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
