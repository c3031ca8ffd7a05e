"""MediaLive: channels that are started."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from cdk_waiter._private import validation as rules
from cdk_waiter._private.declared.targets import arn, identified_by
from cdk_waiter.call import AwsCall
from cdk_waiter.declared_resource import STARTED_ON_DELETE, WAIT_RULES
from cdk_waiter.on_delete import OnDelete
from cdk_waiter.phases import Phases
from cdk_waiter.started import Started

if TYPE_CHECKING:
    from aws_cdk import Duration
    from aws_cdk import aws_medialive as medialive
    from constructs import Construct

    from cdk_waiter.waiter_provider import WaiterProvider

CHANNEL_PHASES: Final = Phases(
    ready=["RUNNING"],
    stopped=["IDLE"],
    starting=["STARTING", "RECOVERING"],
    stopping=["STOPPING", "CREATING", "UPDATING"],
    failed=["CREATE_FAILED", "UPDATE_FAILED"],
    gone=["DELETING", "DELETED"],
)
"""The states of a channel."""


class MediaLiveChannelStarted(Started):
    """A MediaLive channel that is running once its stack is deployed.

    AWS charges for a running channel even if it has no viewers.

    Parameters
    ----------
    scope, id
        The place in the construct tree.
    channel_id
        The channel's id, or the L1 that creates it. A stack can't start the same channel twice.
    on_delete
        What deleting the resource does to the channel: RETAIN or STOP. Default: nothing.
    timeout
        Maximum time to wait, also for a stop: whole seconds, up to 59 minutes. Default: 30 minutes.
    poll_interval
        Maximum time between two reads: whole seconds, from 1 s to 60 s. Default: 5 s.
    triggers
        Any JSON value. Changing it updates the resource, which starts the channel again if it was
        stopped. Default: none.
    provider
        The function behind the resource. Default: the stack's.

    Raises
    ------
    ValueError
        When an argument is invalid; the error names the argument, the value and the rule.
    TypeError
        When an argument has the wrong type.
    """

    _resource_type: ClassVar[str] = "Custom::MediaLiveChannelStarted"

    @rules.validated(
        scope=rules.scope,
        id=rules.construct_id,
        channel_id=identified_by("ref", example="1234567"),
        on_delete=STARTED_ON_DELETE,
        **WAIT_RULES,
    )
    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - every construct's name for it
        *,
        channel_id: str | medialive.CfnChannel,
        on_delete: OnDelete = OnDelete.RETAIN,
        timeout: Duration | None = None,
        poll_interval: Duration | None = None,
        triggers: object = None,
        provider: WaiterProvider | None = None,
    ) -> None:
        named = {"ChannelId": channel_id}
        target = [arn(scope, "medialive", "channel", str(channel_id), ":")]
        super().__init__(
            scope,
            id,
            id_=str(channel_id),
            read=AwsCall("medialive", "DescribeChannel", named, resources=target),
            state="State",
            phases=CHANNEL_PHASES,
            start=AwsCall("medialive", "StartChannel", named, resources=target),
            stop=AwsCall("medialive", "StopChannel", named, resources=target),
            attributes={"PipelinesRunningCount": "PipelinesRunningCount"},
            absent=["NotFoundException"],
            busy=["ConflictException"],
            noun="channel",
            on_delete=on_delete,
            timeout=timeout,
            poll_interval=poll_interval,
            triggers=triggers,
            provider=provider,
        )

    @property
    def pipelines_running_count(self) -> str:
        """Number of pipelines that are running (``PipelinesRunningCount``): ``1`` or ``2``."""
        return self.get_att_string("PipelinesRunningCount")
