"""RDS: instances and clusters of databases that are started."""

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
    from aws_cdk import aws_rds as rds
    from constructs import Construct

    from cdk_waiter.waiter_provider import WaiterProvider

# AWS's documents list the states; the service's model doesn't.
INSTANCE_PHASES: Final = Phases(
    ready=["available", "backing-up", "storage-initialization", "storage-optimization"],
    stopped=["stopped"],
    starting=[
        *["starting", "creating", "rebooting", "modifying", "upgrading", "maintenance", "renaming"],
        *["configuring-enhanced-monitoring", "configuring-iam-database-auth"],
        *["configuring-log-exports", "converting-to-vpc", "moving-to-vpc"],
        *["resetting-master-credentials", "storage-config-upgrade"],
    ],
    stopping=["stopping"],
    failed=[
        *["failed", "inaccessible-encryption-credentials"],
        *["inaccessible-encryption-credentials-recoverable", "incompatible-network"],
        *["incompatible-option-group", "incompatible-parameters", "incompatible-restore"],
        *["insufficient-capacity", "restore-error", "storage-full"],
    ],
    gone=["deleting"],
)
"""The states of an instance."""

CLUSTER_PHASES: Final = Phases(
    ready=["available", "backing-up", "storage-optimization"],
    stopped=["stopped"],
    starting=[
        *["starting", "creating", "modifying", "upgrading", "maintenance", "renaming"],
        *["backtracking", "failing-over", "migrating", "preparing-data-migration", "promoting"],
        *["resetting-master-credentials", "update-iam-db-auth"],
    ],
    stopping=["stopping"],
    failed=[
        *["cloning-failed", "inaccessible-encryption-credentials"],
        *["inaccessible-encryption-credentials-recoverable", "migration-failed"],
    ],
    gone=["deleting"],
)
"""The states of a cluster."""

_INSTANCE: Final = "DBInstances[0]"
_CLUSTER: Final = "DBClusters[0]"


class RdsInstanceStarted(Started):
    """An RDS database instance that is available once its stack is deployed.

    AWS starts a stopped instance again after seven days. An instance of an Aurora cluster is
    started with its cluster: `RdsClusterStarted`.

    Parameters
    ----------
    scope, id
        The place in the construct tree.
    instance_identifier
        The instance's identifier, or the instance. A stack can't start the same instance twice.
    on_delete
        What deleting the resource does to the database: RETAIN or STOP. Default: nothing.
    timeout
        Maximum time to wait, also for a stop: whole seconds, up to 59 minutes. Default: 30 minutes.
    poll_interval
        Maximum time between two reads: whole seconds, from 1 s to 60 s. Default: 5 s.
    triggers
        Any JSON value. Changing it updates the resource, which starts the database again if it was
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

    _resource_type: ClassVar[str] = "Custom::RdsInstanceStarted"

    @rules.validated(
        scope=rules.scope,
        id=rules.construct_id,
        instance_identifier=identified_by("instance_identifier", "ref", example="orders"),
        on_delete=STARTED_ON_DELETE,
        **WAIT_RULES,
    )
    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - every construct's name for it
        *,
        instance_identifier: str | rds.IDatabaseInstance | rds.CfnDBInstance,
        on_delete: OnDelete = OnDelete.RETAIN,
        timeout: Duration | None = None,
        poll_interval: Duration | None = None,
        triggers: object = None,
        provider: WaiterProvider | None = None,
    ) -> None:
        name = {"DBInstanceIdentifier": instance_identifier}
        target = [arn(scope, "rds", "db", str(instance_identifier), ":")]
        super().__init__(
            scope,
            id,
            id_=str(instance_identifier),
            read=AwsCall("rds", "DescribeDBInstances", name, resources=target),
            state=f"{_INSTANCE}.DBInstanceStatus",
            phases=INSTANCE_PHASES,
            start=AwsCall("rds", "StartDBInstance", name, resources=target),
            stop=AwsCall("rds", "StopDBInstance", name, resources=target),
            attributes={
                "EndpointAddress": f"{_INSTANCE}.Endpoint.Address",
                "EndpointPort": f"{_INSTANCE}.Endpoint.Port",
                "EngineVersion": f"{_INSTANCE}.EngineVersion",
            },
            absent=["DBInstanceNotFound"],
            busy=["InvalidDBInstanceState"],
            retry=["InsufficientDBInstanceCapacity"],
            noun="database",
            on_delete=on_delete,
            timeout=timeout,
            poll_interval=poll_interval,
            triggers=triggers,
            provider=provider,
        )

    @property
    def db_instance_endpoint_address(self) -> str:
        """The host name of the endpoint (``Endpoint.Address``)."""
        return self.get_att_string("EndpointAddress")

    @property
    def db_instance_endpoint_port(self) -> str:
        """The endpoint's port, as digits (``Endpoint.Port``)."""
        return self.get_att_string("EndpointPort")

    @property
    def engine_version(self) -> str:
        """The version of the database engine, such as ``16.4`` (``EngineVersion``)."""
        return self.get_att_string("EngineVersion")


class RdsClusterStarted(Started):
    """An Aurora or Multi-AZ cluster that is available once its stack is deployed.

    AWS starts a stopped cluster again after seven days.

    Parameters
    ----------
    scope, id
        The place in the construct tree.
    cluster_identifier
        The cluster's identifier, or the cluster. A stack can't start the same cluster twice.
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

    _resource_type: ClassVar[str] = "Custom::RdsClusterStarted"

    @rules.validated(
        scope=rules.scope,
        id=rules.construct_id,
        cluster_identifier=identified_by("cluster_identifier", "ref", example="orders"),
        on_delete=STARTED_ON_DELETE,
        **WAIT_RULES,
    )
    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - every construct's name for it
        *,
        cluster_identifier: str | rds.IDatabaseCluster | rds.CfnDBCluster,
        on_delete: OnDelete = OnDelete.RETAIN,
        timeout: Duration | None = None,
        poll_interval: Duration | None = None,
        triggers: object = None,
        provider: WaiterProvider | None = None,
    ) -> None:
        name = {"DBClusterIdentifier": cluster_identifier}
        target = [arn(scope, "rds", "cluster", str(cluster_identifier), ":")]
        super().__init__(
            scope,
            id,
            id_=str(cluster_identifier),
            read=AwsCall("rds", "DescribeDBClusters", name, resources=target),
            state=f"{_CLUSTER}.Status",
            phases=CLUSTER_PHASES,
            start=AwsCall("rds", "StartDBCluster", name, resources=target),
            stop=AwsCall("rds", "StopDBCluster", name, resources=target),
            attributes={
                "Endpoint": f"{_CLUSTER}.Endpoint",
                "ReaderEndpoint": f"{_CLUSTER}.ReaderEndpoint",
                "Port": f"{_CLUSTER}.Port",
            },
            absent=["DBClusterNotFoundFault"],
            busy=["InvalidDBClusterStateFault", "InvalidDBInstanceState"],
            noun="cluster",
            on_delete=on_delete,
            timeout=timeout,
            poll_interval=poll_interval,
            triggers=triggers,
            provider=provider,
        )

    @property
    def cluster_endpoint_address(self) -> str:
        """The host name of the writer's endpoint (``Endpoint``)."""
        return self.get_att_string("Endpoint")

    @property
    def cluster_read_endpoint_address(self) -> str:
        """The host name of the readers' endpoint (``ReaderEndpoint``); empty without one."""
        return self.get_att_string("ReaderEndpoint")

    @property
    def cluster_endpoint_port(self) -> str:
        """The port of both endpoints, as digits (``Port``)."""
        return self.get_att_string("Port")
