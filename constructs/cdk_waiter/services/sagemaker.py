"""SageMaker: notebook instances that are started."""

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
    from aws_cdk import aws_sagemaker as sagemaker
    from constructs import Construct

    from cdk_waiter.waiter_provider import WaiterProvider

NOTEBOOK_PHASES: Final = Phases(
    ready=["InService"],
    stopped=["Stopped"],
    starting=["Pending", "PendingMaintenance", "InMaintenance"],
    # A notebook is updated only while it's stopped.
    stopping=["Stopping", "Updating"],
    failed=["Failed"],
    gone=["Deleting"],
)
"""The states of a notebook instance."""


class SageMakerNotebookStarted(Started):
    """A SageMaker notebook instance that is in service once its stack is deployed.

    Parameters
    ----------
    scope, id
        The place in the construct tree.
    notebook_instance_name
        The notebook's name, or the L1 that creates it. A stack can't start the same notebook twice.
    on_delete
        What deleting the resource does to the notebook: RETAIN or STOP. Default: nothing.
    timeout
        Maximum time to wait, also for a stop: whole seconds, up to 59 minutes. Default: 30 minutes.
    poll_interval
        Maximum time between two reads: whole seconds, from 1 s to 60 s. Default: 5 s.
    triggers
        Any JSON value. Changing it updates the resource, which starts the notebook again if it was
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

    _resource_type: ClassVar[str] = "Custom::SageMakerNotebookStarted"

    @rules.validated(
        scope=rules.scope,
        id=rules.construct_id,
        notebook_instance_name=identified_by("attr_notebook_instance_name", example="research"),
        on_delete=STARTED_ON_DELETE,
        **WAIT_RULES,
    )
    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - every construct's name for it
        *,
        notebook_instance_name: str | sagemaker.CfnNotebookInstance,
        on_delete: OnDelete = OnDelete.RETAIN,
        timeout: Duration | None = None,
        poll_interval: Duration | None = None,
        triggers: object = None,
        provider: WaiterProvider | None = None,
    ) -> None:
        name = {"NotebookInstanceName": notebook_instance_name}
        target = [arn(scope, "sagemaker", "notebook-instance", str(notebook_instance_name))]
        super().__init__(
            scope,
            id,
            id_=str(notebook_instance_name),
            read=AwsCall("sagemaker", "DescribeNotebookInstance", name, resources=target),
            state="NotebookInstanceStatus",
            phases=NOTEBOOK_PHASES,
            start=AwsCall("sagemaker", "StartNotebookInstance", name, resources=target),
            stop=AwsCall("sagemaker", "StopNotebookInstance", name, resources=target),
            attributes={"InstanceType": "InstanceType", "Url": "Url"},
            # Also the service's code for a notebook that doesn't exist.
            absent=["ValidationException"],
            why="FailureReason",
            noun="notebook",
            on_delete=on_delete,
            timeout=timeout,
            poll_interval=poll_interval,
            triggers=triggers,
            provider=provider,
        )

    @property
    def notebook_instance_type(self) -> str:
        """The instance type, such as ``ml.t3.medium`` (``InstanceType``)."""
        return self.get_att_string("InstanceType")

    @property
    def notebook_instance_url(self) -> str:
        """The host name of Jupyter (``Url``); opening it needs a sign-in."""
        return self.get_att_string("Url")
