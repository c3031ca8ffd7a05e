"""Database Migration Service: replication tasks that are started."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from cdk_waiter._private import validation as rules
from cdk_waiter._private.declared.targets import identified_by
from cdk_waiter.call import AwsCall
from cdk_waiter.declared_resource import STARTED_ON_DELETE, WAIT_RULES
from cdk_waiter.on_delete import OnDelete
from cdk_waiter.phases import Phases
from cdk_waiter.started import Started

if TYPE_CHECKING:
    from aws_cdk import Duration
    from aws_cdk import aws_dms as dms
    from constructs import Construct

    from cdk_waiter.waiter_provider import WaiterProvider

# AWS's documents list the states; the service's model doesn't.
TASK_PHASES: Final = Phases(
    ready=["running"],
    stopped=["ready", "stopped"],
    starting=["starting", "testing"],
    stopping=["stopping", "creating", "modifying", "moving"],
    failed=["failed", "failed-move"],
    gone=["deleting"],
)
"""The states of a replication task."""

_TASK: Final = "ReplicationTasks[0]"
_START_TYPES: Final = ("start-replication", "resume-processing", "reload-target")


class DmsTaskStarted(Started):
    """A DMS replication task that is running once its stack is deployed.

    For tasks that replicate ongoing changes. A task that only loads data stops when it's done, and
    would be started again.

    Parameters
    ----------
    scope, id
        The place in the construct tree.
    replication_task_arn
        The task's ARN, or the L1 that creates it. A stack can't start the same task twice.
    start_replication_task_type
        How to start it: ``start-replication``, which AWS accepts only for a task's first start,
        ``resume-processing`` or ``reload-target``. Default: ``start-replication``.
    on_delete
        What deleting the resource does to the replication task: RETAIN or STOP. Default: nothing.
    timeout
        Maximum time to wait, also for a stop: whole seconds, up to 59 minutes. Default: 30 minutes.
    poll_interval
        Maximum time between two reads: whole seconds, from 1 s to 60 s. Default: 5 s.
    triggers
        Any JSON value. Changing it updates the resource, which starts the replication task again if
        it was stopped. Default: none.
    provider
        The function behind the resource. Default: the stack's.

    Raises
    ------
    ValueError
        When an argument is invalid; the error names the argument, the value and the rule.
    TypeError
        When an argument has the wrong type.
    """

    _resource_type: ClassVar[str] = "Custom::DmsTaskStarted"

    @rules.validated(
        scope=rules.scope,
        id=rules.construct_id,
        replication_task_arn=identified_by(
            "ref", example="arn:aws:dms:us-west-2:123456789012:task:ABC"
        ),
        start_replication_task_type=rules.one_of(*_START_TYPES),
        on_delete=STARTED_ON_DELETE,
        **WAIT_RULES,
    )
    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - every construct's name for it
        *,
        replication_task_arn: str | dms.CfnReplicationTask,
        start_replication_task_type: str = "start-replication",
        on_delete: OnDelete = OnDelete.RETAIN,
        timeout: Duration | None = None,
        poll_interval: Duration | None = None,
        triggers: object = None,
        provider: WaiterProvider | None = None,
    ) -> None:
        target = str(replication_task_arn)
        named = {"ReplicationTaskArn": target}
        filters = [{"Name": "replication-task-arn", "Values": [target]}]
        super().__init__(
            scope,
            id,
            id_=target,
            read=AwsCall(
                "dms",
                "DescribeReplicationTasks",
                {"Filters": filters, "WithoutSettings": True},
                resources=["*"],
            ),
            state=f"{_TASK}.Status",
            phases=TASK_PHASES,
            start=AwsCall(
                "dms",
                "StartReplicationTask",
                {**named, "StartReplicationTaskType": start_replication_task_type},
                resources=[target],
            ),
            stop=AwsCall("dms", "StopReplicationTask", named, resources=[target]),
            attributes={"StartDate": f"{_TASK}.ReplicationTaskStartDate"},
            started_at=f"{_TASK}.ReplicationTaskStartDate",
            absent=["ResourceNotFoundFault"],
            busy=["InvalidResourceStateFault"],
            why=f"{_TASK}.LastFailureMessage",
            noun="replication task",
            on_delete=on_delete,
            timeout=timeout,
            poll_interval=poll_interval,
            triggers=triggers,
            provider=provider,
        )

    @property
    def replication_task_start_date(self) -> str:
        """Time of the last start, in ISO 8601 (``ReplicationTaskStartDate``)."""
        return self.get_att_string("StartDate")
