"""EC2: instances that are started, and attachments of networks that are awaited."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from cdk_waiter._private import validation as rules
from cdk_waiter._private.declared.targets import arn, identified_by
from cdk_waiter.awaited import Awaited
from cdk_waiter.call import AwsCall
from cdk_waiter.declared_resource import STARTED_ON_DELETE, WAIT_RULES
from cdk_waiter.on_delete import OnDelete
from cdk_waiter.phases import Phases
from cdk_waiter.started import Started

if TYPE_CHECKING:
    from aws_cdk import Duration
    from aws_cdk import aws_ec2 as ec2
    from constructs import Construct

    from cdk_waiter.waiter_provider import WaiterProvider

INSTANCE_PHASES: Final = Phases(
    ready=["running"],
    stopped=["stopped"],
    starting=["pending"],
    stopping=["stopping"],
    gone=["shutting-down", "terminated"],
)
"""The states of an instance."""

REACHABLE_PHASES: Final = Phases(
    ready=["ok"],
    stopped=["stopped"],
    # A check that fails may pass later.
    starting=["pending", "initializing", "insufficient-data", "not-applicable", "impaired"],
    stopping=["stopping"],
    gone=["shutting-down", "terminated"],
)
"""The states of an instance that isn't running, or else of its status checks."""

TRANSIT_GATEWAY_PHASES: Final = Phases(
    ready=["available"],
    starting=["initiating", "initiatingRequest", "pendingAcceptance", "pending", "modifying"],
    failed=["failing", "failed", "rejecting", "rejected", "rollingBack"],
    gone=["deleting", "deleted"],
)
"""The states of an attachment to a transit gateway."""

VPN_PHASES: Final = Phases(ready=["available"], starting=["pending"], gone=["deleting", "deleted"])
"""The states of a VPN connection."""

_INSTANCE: Final = "Reservations[0].Instances[0]"
_CHECKS: Final = "InstanceStatuses[0]"
_STATE: Final = f"{_INSTANCE}.State.Name"
_REACHABLE: Final = (
    f"{_STATE} != 'running' && {_STATE}"
    f" || {_CHECKS}.SystemStatus.Status != 'ok' && {_CHECKS}.SystemStatus.Status"
    f" || {_CHECKS}.InstanceStatus.Status || 'initializing'"
)
_ATTACHMENT: Final = "TransitGatewayAttachments[0]"
_CONNECTION: Final = "VpnConnections[0]"
_NO_CAPACITY: Final = ("InsufficientInstanceCapacity", "Server.InsufficientInstanceCapacity")


class Ec2InstanceStarted(Started):
    """An EC2 instance that is running once its stack is deployed.

    A running instance may still be booting: ``reachable`` waits for its status checks, too.

    Parameters
    ----------
    scope, id
        The place in the construct tree.
    instance_id
        The instance's id, or the instance. A stack can't start the same instance twice.
    reachable
        Whether to wait until both status checks have passed. Default: no, only until the state is
        ``running``.
    on_delete
        What deleting the resource does to the instance: RETAIN or STOP. Default: nothing.
    timeout
        Maximum time to wait, also for a stop: whole seconds, up to 59 minutes. Default: 30 minutes.
    poll_interval
        Maximum time between two reads: whole seconds, from 1 s to 60 s. Default: 5 s.
    triggers
        Any JSON value. Changing it updates the resource, which starts the instance again if it was
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

    _resource_type: ClassVar[str] = "Custom::Ec2InstanceStarted"

    @rules.validated(
        scope=rules.scope,
        id=rules.construct_id,
        instance_id=identified_by("instance_id", "ref", example="i-0123456789abcdef0"),
        reachable=rules.boolean,
        on_delete=STARTED_ON_DELETE,
        **WAIT_RULES,
    )
    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - every construct's name for it
        *,
        instance_id: str | ec2.IInstance | ec2.CfnInstance,
        reachable: bool = False,
        on_delete: OnDelete = OnDelete.RETAIN,
        timeout: Duration | None = None,
        poll_interval: Duration | None = None,
        triggers: object = None,
        provider: WaiterProvider | None = None,
    ) -> None:
        ids = {"InstanceIds": [instance_id]}
        read = [AwsCall("ec2", "DescribeInstances", ids, resources=["*"])]
        if reachable:
            read.append(AwsCall("ec2", "DescribeInstanceStatus", ids, resources=["*"]))
        instance = [arn(scope, "ec2", "instance", str(instance_id))]
        super().__init__(
            scope,
            id,
            id_=str(instance_id),
            read=read,
            state=_REACHABLE if reachable else _STATE,
            phases=REACHABLE_PHASES if reachable else INSTANCE_PHASES,
            start=AwsCall("ec2", "StartInstances", ids, resources=instance),
            stop=AwsCall("ec2", "StopInstances", ids, resources=instance),
            attributes={
                "AvailabilityZone": f"{_INSTANCE}.Placement.AvailabilityZone",
                "InstanceType": f"{_INSTANCE}.InstanceType",
                "LaunchTime": f"{_INSTANCE}.LaunchTime",
                "PrivateDnsName": f"{_INSTANCE}.PrivateDnsName",
                "PrivateIpAddress": f"{_INSTANCE}.PrivateIpAddress",
                "PublicDnsName": f"{_INSTANCE}.PublicDnsName",
                "PublicIpAddress": f"{_INSTANCE}.PublicIpAddress",
            },
            started_at=f"{_INSTANCE}.LaunchTime",
            absent=["InvalidInstanceID.NotFound"],
            busy=["IncorrectInstanceState"],
            why=f"{_INSTANCE}.StateReason.[Code, Message]",
            retry=_NO_CAPACITY,
            noun="instance",
            on_delete=on_delete,
            timeout=timeout,
            poll_interval=poll_interval,
            triggers=triggers,
            provider=provider,
        )

    @property
    def availability_zone(self) -> str:
        """The Availability Zone, such as ``us-west-2a`` (``Placement.AvailabilityZone``)."""
        return self.get_att_string("AvailabilityZone")

    @property
    def instance_type(self) -> str:
        """The instance type, such as ``g5.2xlarge`` (``InstanceType``)."""
        return self.get_att_string("InstanceType")

    @property
    def launch_time(self) -> str:
        """Time of the last start, in ISO 8601 (``LaunchTime``)."""
        return self.get_att_string("LaunchTime")

    @property
    def private_dns_name(self) -> str:
        """The private DNS name (``PrivateDnsName``)."""
        return self.get_att_string("PrivateDnsName")

    @property
    def private_ip_address(self) -> str:
        """The private IPv4 address (``PrivateIpAddress``)."""
        return self.get_att_string("PrivateIpAddress")

    @property
    def public_dns_name(self) -> str:
        """The public DNS name (``PublicDnsName``); empty without a public address."""
        return self.get_att_string("PublicDnsName")

    @property
    def public_ip_address(self) -> str:
        """The public IPv4 address (``PublicIpAddress``), if any; each start changes it."""
        return self.get_att_string("PublicIpAddress")


class VpcAttachmentAvailable(Awaited):
    """A VPN connection or a transit gateway's attachment that is available.

    Somebody else may have to accept the attachment. Exactly one of the ids must be given.

    Parameters
    ----------
    scope, id
        The place in the construct tree.
    transit_gateway_attachment_id
        The id of the attachment of a VPC, a VPN or a peer to a transit gateway, or the L1 that
        creates it.
    vpn_connection_id
        The id of a VPN connection, or the connection.
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

    _resource_type: ClassVar[str] = "Custom::VpcAttachmentAvailable"

    @rules.validated(
        scope=rules.scope,
        id=rules.construct_id,
        transit_gateway_attachment_id=rules.optional(
            identified_by("attr_id", "ref", example="tgw-attach-0123456789abcdef0")
        ),
        vpn_connection_id=rules.optional(
            identified_by("vpn_id", "ref", example="vpn-0123456789abcdef0")
        ),
        **WAIT_RULES,
    )
    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - every construct's name for it
        *,
        transit_gateway_attachment_id: str | None = None,
        vpn_connection_id: str | ec2.IVpnConnection | None = None,
        timeout: Duration | None = None,
        poll_interval: Duration | None = None,
        triggers: object = None,
        provider: WaiterProvider | None = None,
    ) -> None:
        if (transit_gateway_attachment_id is None) == (vpn_connection_id is None):
            raise ValueError(
                "transit_gateway_attachment_id is "
                f"{rules.shown(transit_gateway_attachment_id)} and "
                f"vpn_connection_id is {rules.shown(vpn_connection_id)}: exactly one must be given"
            )
        gateway = transit_gateway_attachment_id is not None
        target = str(transit_gateway_attachment_id if gateway else vpn_connection_id)
        operation, member, of = (
            ("DescribeTransitGatewayAttachments", "TransitGatewayAttachmentIds", _ATTACHMENT)
            if gateway
            else ("DescribeVpnConnections", "VpnConnectionIds", _CONNECTION)
        )
        super().__init__(
            scope,
            id,
            id_=target,
            read=AwsCall("ec2", operation, {member: [target]}, resources=["*"]),
            state=f"{of}.State",
            phases=TRANSIT_GATEWAY_PHASES if gateway else VPN_PHASES,
            attributes={"TransitGatewayId": f"{of}.TransitGatewayId"},
            absent=[
                "InvalidTransitGatewayAttachmentID.NotFound"
                if gateway
                else "InvalidVpnConnectionID.NotFound"
            ],
            noun="attachment" if gateway else "VPN connection",
            timeout=timeout,
            poll_interval=poll_interval,
            triggers=triggers,
            provider=provider,
        )

    @property
    def transit_gateway_id(self) -> str:
        """The transit gateway's id (``TransitGatewayId``); empty for a VPN without one."""
        return self.get_att_string("TransitGatewayId")
