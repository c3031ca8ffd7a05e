"""Bedrock: data sources that are ingested into a knowledge base."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from cdk_waiter._private import validation as rules
from cdk_waiter._private.declared.targets import arn, identified_by
from cdk_waiter.call import RUN, AwsCall
from cdk_waiter.declared_resource import RUN_ON_DELETE, WAIT_RULES
from cdk_waiter.on_delete import OnDelete
from cdk_waiter.phases import Phases
from cdk_waiter.run import Run

if TYPE_CHECKING:
    from aws_cdk import Duration
    from aws_cdk import aws_bedrock as bedrock
    from constructs import Construct

    from cdk_waiter.waiter_provider import WaiterProvider

INGESTION_PHASES: Final = Phases(
    ready=["COMPLETE"],
    starting=["STARTING", "IN_PROGRESS", "STOPPING"],
    failed=["FAILED", "STOPPED"],
)
"""The states of an ingestion job."""

_JOB: Final = "ingestionJob"


class BedrockIngestionRun(Run):
    """An ingestion into a knowledge base that has to succeed when its stack is deployed.

    A job that succeeds may still have failed for some documents: see ``documents_failed``. ``ref``
    is the job's id.

    Parameters
    ----------
    scope, id
        The place in the construct tree.
    knowledge_base_id
        The knowledge base's id, or the L1 that creates it.
    data_source_id
        The id of one of its data sources, or the L1 that creates it.
    on_delete
        What deleting the resource does to its run: NOTHING or CANCEL. Default: nothing.
    timeout
        Maximum time to wait: whole seconds, up to 59 minutes. Default: 30 minutes.
    poll_interval
        Maximum time between two reads: whole seconds, from 1 s to 60 s. Default: 5 s.
    triggers
        Any JSON value. Changing it starts another run. Default: none.
    provider
        The function behind the resource. Default: the stack's.

    Raises
    ------
    ValueError
        When an argument is invalid; the error names the argument, the value and the rule.
    TypeError
        When an argument has the wrong type.
    """

    _resource_type: ClassVar[str] = "Custom::BedrockIngestionRun"

    @rules.validated(
        scope=rules.scope,
        id=rules.construct_id,
        knowledge_base_id=identified_by("attr_knowledge_base_id", example="KB12345678"),
        data_source_id=identified_by("attr_data_source_id", example="DS12345678"),
        on_delete=RUN_ON_DELETE,
        **WAIT_RULES,
    )
    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - every construct's name for it
        *,
        knowledge_base_id: str | bedrock.CfnKnowledgeBase,
        data_source_id: str | bedrock.CfnDataSource,
        on_delete: OnDelete = OnDelete.NOTHING,
        timeout: Duration | None = None,
        poll_interval: Duration | None = None,
        triggers: object = None,
        provider: WaiterProvider | None = None,
    ) -> None:
        ids = {"knowledgeBaseId": knowledge_base_id, "dataSourceId": data_source_id}
        job = {**ids, "ingestionJobId": RUN}
        target = [arn(scope, "bedrock", "knowledge-base", str(knowledge_base_id))]
        super().__init__(
            scope,
            id,
            id_=str(data_source_id),
            start=AwsCall(
                "bedrock-agent",
                "StartIngestionJob",
                ids,
                resources=target,
                token="clientToken",  # noqa: S106 - the name of a parameter
            ),
            read=AwsCall("bedrock-agent", "GetIngestionJob", job, resources=target),
            cancel=AwsCall("bedrock-agent", "StopIngestionJob", job, resources=target),
            run=f"{_JOB}.ingestionJobId",
            state=f"{_JOB}.status",
            phases=INGESTION_PHASES,
            attributes={
                "DocumentsFailed": f"{_JOB}.statistics.numberOfDocumentsFailed",
                "DocumentsScanned": f"{_JOB}.statistics.numberOfDocumentsScanned",
            },
            absent=["ResourceNotFoundException"],
            busy=["ConflictException"],
            why=f"{_JOB}.failureReasons",
            noun="ingestion job",
            on_delete=on_delete,
            timeout=timeout,
            poll_interval=poll_interval,
            triggers=triggers,
            provider=provider,
        )

    @property
    def documents_failed(self) -> str:
        """Number of documents that failed, as digits (``numberOfDocumentsFailed``)."""
        return self.get_att_string("DocumentsFailed")

    @property
    def documents_scanned(self) -> str:
        """Number of documents that were read, as digits (``numberOfDocumentsScanned``)."""
        return self.get_att_string("DocumentsScanned")
