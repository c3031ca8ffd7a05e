"""Custom resources for any AWS API whose effect takes time: started, run or awaited."""

from cdk_waiter.awaited import Awaited
from cdk_waiter.call import RUN, AwsCall
from cdk_waiter.json_parameter import json_text
from cdk_waiter.on_delete import OnDelete
from cdk_waiter.phases import Phases
from cdk_waiter.run import Run
from cdk_waiter.services.acm import CertificateIssued
from cdk_waiter.services.appstream import AppStreamFleetStarted
from cdk_waiter.services.bedrock import BedrockIngestionRun
from cdk_waiter.services.codebuild import CodeBuildRun
from cdk_waiter.services.dms import DmsTaskStarted
from cdk_waiter.services.ec2 import Ec2InstanceStarted, VpcAttachmentAvailable
from cdk_waiter.services.ecs import EcsTaskRun
from cdk_waiter.services.glue import GlueCrawlerRun, GlueJobRun
from cdk_waiter.services.medialive import MediaLiveChannelStarted
from cdk_waiter.services.rds import RdsClusterStarted, RdsInstanceStarted
from cdk_waiter.services.redshift import RedshiftClusterResumed
from cdk_waiter.services.sagemaker import SageMakerNotebookStarted
from cdk_waiter.services.ssm import SsmAutomationRun
from cdk_waiter.services.stepfunctions import StateMachineRun
from cdk_waiter.services.workspaces import WorkSpaceStarted
from cdk_waiter.started import Started
from cdk_waiter.waiter_provider import WaiterProvider

__all__ = [
    "RUN",
    "AppStreamFleetStarted",
    "Awaited",
    "AwsCall",
    "BedrockIngestionRun",
    "CertificateIssued",
    "CodeBuildRun",
    "DmsTaskStarted",
    "Ec2InstanceStarted",
    "EcsTaskRun",
    "GlueCrawlerRun",
    "GlueJobRun",
    "MediaLiveChannelStarted",
    "OnDelete",
    "Phases",
    "RdsClusterStarted",
    "RdsInstanceStarted",
    "RedshiftClusterResumed",
    "Run",
    "SageMakerNotebookStarted",
    "SsmAutomationRun",
    "Started",
    "StateMachineRun",
    "VpcAttachmentAvailable",
    "WaiterProvider",
    "WorkSpaceStarted",
    "json_text",
]
