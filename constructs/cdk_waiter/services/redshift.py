"""Redshift: clusters that are resumed."""

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
    from aws_cdk import aws_redshift as redshift
    from constructs import Construct

    from cdk_waiter.waiter_provider import WaiterProvider

# AWS's documents list the states; the service's model doesn't.
CLUSTER_PHASES: Final = Phases(
    ready=["available", "available, prep-for-resize", "available, resize-cleanup"],
    stopped=["paused"],
    starting=[
        *["resuming", "creating", "modifying", "rebooting", "renaming", "resizing"],
        *["cancelling-resize", "rotating-keys", "updating-hsm"],
    ],
    stopping=["pausing"],
    failed=[
        *["hardware-failure", "incompatible-hsm", "incompatible-network"],
        *["incompatible-parameters", "incompatible-restore", "storage-full"],
    ],
    gone=["deleting", "final-snapshot"],
)
"""The states of a cluster."""

_CLUSTER: Final = "Clusters[0]"


class RedshiftClusterResumed(Started):
    """A Redshift cluster that is available once its stack is deployed.

    ``OnDelete.STOP`` pauses it.

    Parameters
    ----------
    scope, id
        The place in the construct tree.
    cluster_identifier
        The cluster's identifier, or the cluster. A stack can't resume the same cluster twice.
    on_delete
        What deleting the resource does to the cluster: RETAIN or STOP. Default: nothing.
    timeout
        Maximum time to wait, also for a stop: whole seconds, up to 59 minutes. Default: 30 minutes.
    poll_interval
        Maximum time between two reads: whole seconds, from 1 s to 60 s. Default: 5 s.
    triggers
        Any JSON value. Changing it updates the resource, which starts the cluster again if it was
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

    _resource_type: ClassVar[str] = "Custom::RedshiftClusterResumed"

    @rules.validated(
        scope=rules.scope,
        id=rules.construct_id,
        cluster_identifier=identified_by("cluster_name", "ref", example="reports"),
        on_delete=STARTED_ON_DELETE,
        **WAIT_RULES,
    )
    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - every construct's name for it
        *,
        cluster_identifier: str | redshift.CfnCluster,
        on_delete: OnDelete = OnDelete.RETAIN,
        timeout: Duration | None = None,
        poll_interval: Duration | None = None,
        triggers: object = None,
        provider: WaiterProvider | None = None,
    ) -> None:
        name = {"ClusterIdentifier": cluster_identifier}
        target = [arn(scope, "redshift", "cluster", str(cluster_identifier), ":")]
        super().__init__(
            scope,
            id,
            id_=str(cluster_identifier),
            read=AwsCall("redshift", "DescribeClusters", name, resources=target),
            state=f"{_CLUSTER}.ClusterStatus",
            phases=CLUSTER_PHASES,
            start=AwsCall("redshift", "ResumeCluster", name, resources=target),
            stop=AwsCall("redshift", "PauseCluster", name, resources=target),
            attributes={
                "EndpointAddress": f"{_CLUSTER}.Endpoint.Address",
                "EndpointPort": f"{_CLUSTER}.Endpoint.Port",
            },
            absent=["ClusterNotFound"],
            busy=["InvalidClusterState"],
            retry=["InsufficientClusterCapacity"],
            noun="cluster",
            on_delete=on_delete,
            timeout=timeout,
            poll_interval=poll_interval,
            triggers=triggers,
            provider=provider,
        )

    @property
    def cluster_endpoint_address(self) -> str:
        """The host name of the endpoint (``Endpoint.Address``)."""
        return self.get_att_string("EndpointAddress")

    @property
    def cluster_endpoint_port(self) -> str:
        """The endpoint's port, as digits (``Endpoint.Port``)."""
        return self.get_att_string("EndpointPort")
