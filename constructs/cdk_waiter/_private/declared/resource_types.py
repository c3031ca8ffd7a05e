"""The CloudFormation types of the declared resources."""

from __future__ import annotations

from typing import Final

_CONSTRUCTS: Final = (
    *["CdkWaiterStarted", "CdkWaiterRun", "CdkWaiterAwaited"],
    *["Ec2InstanceStarted", "RdsInstanceStarted", "RdsClusterStarted", "RedshiftClusterResumed"],
    *["SageMakerNotebookStarted", "DmsTaskStarted", "MediaLiveChannelStarted"],
    *["AppStreamFleetStarted", "WorkSpaceStarted"],
    *["StateMachineRun", "EcsTaskRun", "GlueCrawlerRun", "GlueJobRun", "CodeBuildRun"],
    *["SsmAutomationRun", "BedrockIngestionRun"],
    *["CertificateIssued", "VpcAttachmentAvailable"],
)

RESOURCE_TYPES: Final = frozenset(f"Custom::{name}" for name in _CONSTRUCTS)
"""Each construct has its own, since only a resource of the same type may hold the same thing."""
