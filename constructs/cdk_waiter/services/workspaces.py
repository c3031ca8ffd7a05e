"""WorkSpaces: desktops that are started."""

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
    from aws_cdk import aws_workspaces as workspaces
    from constructs import Construct

    from cdk_waiter.waiter_provider import WaiterProvider

WORKSPACE_PHASES: Final = Phases(
    ready=["AVAILABLE"],
    stopped=["STOPPED"],
    starting=[
        *["PENDING", "STARTING", "REBOOTING", "REBUILDING", "RESTORING", "UPDATING"],
        *["MAINTENANCE", "ADMIN_MAINTENANCE"],
        # A health check that fails may pass later.
        *["IMPAIRED", "UNHEALTHY"],
    ],
    stopping=["STOPPING"],
    failed=["ERROR", "SUSPENDED"],
    gone=["TERMINATING", "TERMINATED"],
)
"""The states of a WorkSpace."""

_WORKSPACE: Final = "Workspaces[0]"


class WorkSpaceStarted(Started):
    """A WorkSpace that is available once its stack is deployed.

    AWS starts and stops only WorkSpaces whose running mode is AutoStop or manual.

    Parameters
    ----------
    scope, id
        The place in the construct tree.
    workspace_id
        The WorkSpace's id, or the L1 that creates it. A stack can't start the same one twice.
    on_delete
        What deleting the resource does to the WorkSpace: RETAIN or STOP. Default: nothing.
    timeout
        Maximum time to wait, also for a stop: whole seconds, up to 59 minutes. Default: 30 minutes.
    poll_interval
        Maximum time between two reads: whole seconds, from 1 s to 60 s. Default: 5 s.
    triggers
        Any JSON value. Changing it updates the resource, which starts the WorkSpace again if it was
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

    _resource_type: ClassVar[str] = "Custom::WorkSpaceStarted"

    @rules.validated(
        scope=rules.scope,
        id=rules.construct_id,
        workspace_id=identified_by("ref", example="ws-abc123def"),
        on_delete=STARTED_ON_DELETE,
        **WAIT_RULES,
    )
    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - every construct's name for it
        *,
        workspace_id: str | workspaces.CfnWorkspace,
        on_delete: OnDelete = OnDelete.RETAIN,
        timeout: Duration | None = None,
        poll_interval: Duration | None = None,
        triggers: object = None,
        provider: WaiterProvider | None = None,
    ) -> None:
        requests = [{"WorkspaceId": workspace_id}]
        target = [arn(scope, "workspaces", "workspace", str(workspace_id))]
        super().__init__(
            scope,
            id,
            id_=str(workspace_id),
            read=AwsCall(
                "workspaces",
                "DescribeWorkspaces",
                {"WorkspaceIds": [workspace_id]},
                resources=["*"],
            ),
            state=f"{_WORKSPACE}.State",
            phases=WORKSPACE_PHASES,
            start=AwsCall(
                "workspaces",
                "StartWorkspaces",
                {"StartWorkspaceRequests": requests},
                resources=target,
            ),
            stop=AwsCall(
                "workspaces",
                "StopWorkspaces",
                {"StopWorkspaceRequests": requests},
                resources=target,
            ),
            attributes={
                "ComputerName": f"{_WORKSPACE}.ComputerName",
                "IpAddress": f"{_WORKSPACE}.IpAddress",
            },
            refused="FailedRequests[0].[ErrorCode, ErrorMessage]",
            why=f"{_WORKSPACE}.[ErrorCode, ErrorMessage]",
            noun="WorkSpace",
            on_delete=on_delete,
            timeout=timeout,
            poll_interval=poll_interval,
            triggers=triggers,
            provider=provider,
        )

    @property
    def computer_name(self) -> str:
        """The name of the computer as its operating system shows it (``ComputerName``)."""
        return self.get_att_string("ComputerName")

    @property
    def ip_address(self) -> str:
        """The private IPv4 address (``IpAddress``)."""
        return self.get_att_string("IpAddress")
