"""AppStream 2.0: fleets that are started."""

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
    from aws_cdk import aws_appstream as appstream
    from constructs import Construct

    from cdk_waiter.waiter_provider import WaiterProvider

FLEET_PHASES: Final = Phases(
    ready=["RUNNING"], stopped=["STOPPED"], starting=["STARTING"], stopping=["STOPPING"]
)
"""The states of a fleet."""

_FLEET: Final = "Fleets[0]"


class AppStreamFleetStarted(Started):
    """An AppStream fleet that is running once its stack is deployed.

    Parameters
    ----------
    scope, id
        The place in the construct tree.
    fleet_name
        The fleet's name, or the L1 that creates it. A stack can't start the same fleet twice.
    on_delete
        What deleting the resource does to the fleet: RETAIN or STOP. Default: nothing.
    timeout
        Maximum time to wait, also for a stop: whole seconds, up to 59 minutes. Default: 30 minutes.
    poll_interval
        Maximum time between two reads: whole seconds, from 1 s to 60 s. Default: 5 s.
    triggers
        Any JSON value. Changing it updates the resource, which starts the fleet again if it was
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

    _resource_type: ClassVar[str] = "Custom::AppStreamFleetStarted"

    @rules.validated(
        scope=rules.scope,
        id=rules.construct_id,
        fleet_name=identified_by("ref", example="editors"),
        on_delete=STARTED_ON_DELETE,
        **WAIT_RULES,
    )
    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - every construct's name for it
        *,
        fleet_name: str | appstream.CfnFleet,
        on_delete: OnDelete = OnDelete.RETAIN,
        timeout: Duration | None = None,
        poll_interval: Duration | None = None,
        triggers: object = None,
        provider: WaiterProvider | None = None,
    ) -> None:
        named = {"Name": fleet_name}
        target = [arn(scope, "appstream", "fleet", str(fleet_name))]
        super().__init__(
            scope,
            id,
            id_=str(fleet_name),
            read=AwsCall("appstream", "DescribeFleets", {"Names": [fleet_name]}, resources=["*"]),
            state=f"{_FLEET}.State",
            phases=FLEET_PHASES,
            start=AwsCall("appstream", "StartFleet", named, resources=target),
            stop=AwsCall("appstream", "StopFleet", named, resources=target),
            attributes={
                "Arn": f"{_FLEET}.Arn",
                "RunningInstances": f"{_FLEET}.ComputeCapacityStatus.Running",
            },
            absent=["ResourceNotFoundException"],
            busy=["ConcurrentModificationException"],
            why=f"{_FLEET}.FleetErrors[0].[ErrorCode, ErrorMessage]",
            retry=["ResourceNotAvailableException"],
            noun="fleet",
            on_delete=on_delete,
            timeout=timeout,
            poll_interval=poll_interval,
            triggers=triggers,
            provider=provider,
        )

    @property
    def fleet_arn(self) -> str:
        """The fleet's ARN (``Arn``)."""
        return self.get_att_string("Arn")

    @property
    def running_instances(self) -> str:
        """Number of streaming instances that are running, as digits (``Running``)."""
        return self.get_att_string("RunningInstances")
