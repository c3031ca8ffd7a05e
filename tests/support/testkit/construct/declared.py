"""Every ready-made construct of cdk_waiter, with ids and with all that it can do."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk

import cdk_waiter
from cdk_waiter import OnDelete
from cdk_waiter.declared_resource import DeclaredResource
from testkit.construct.dependencies import check_acyclic

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ACCOUNT = "123456789012"
REGION = "us-west-2"
CERTIFICATE = f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/0a1b2c3d"
MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:Migration"
TASK_DEFINITION = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/migrate:7"
REPLICATION_TASK = f"arn:aws:dms:{REGION}:{ACCOUNT}:task:ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Example:
    """A construct's class by name, and the arguments that it needs."""

    construct: str
    arguments: Mapping[str, Any]

    def create(self, stack: cdk.Stack, id_: str, **more: Any) -> DeclaredResource:
        """Create the construct in a stack."""
        kind = getattr(cdk_waiter, self.construct)
        created = kind(stack, id_, **{**self.arguments, **more})
        assert isinstance(created, DeclaredResource)
        return created

    @property
    def on_delete(self) -> dict[str, OnDelete]:
        """The argument that makes its deletion stop or end something, if there is one."""
        kind = getattr(cdk_waiter, self.construct)
        if issubclass(kind, cdk_waiter.Started):
            return {"on_delete": OnDelete.STOP}
        if issubclass(kind, cdk_waiter.Run) and self.construct != "GlueCrawlerRun":
            return {"on_delete": OnDelete.CANCEL}
        return {}


_EXAMPLES: list[tuple[str, str, dict[str, Any]]] = [
    ("Ec2InstanceStarted", "", {"instance_id": "i-0123456789abcdef0"}),
    (
        "Ec2InstanceStarted",
        "reachable",
        {"instance_id": "i-0123456789abcdef0", "reachable": True},
    ),
    ("RdsInstanceStarted", "", {"instance_identifier": "orders"}),
    ("RdsClusterStarted", "", {"cluster_identifier": "orders"}),
    ("RedshiftClusterResumed", "", {"cluster_identifier": "reports"}),
    ("SageMakerNotebookStarted", "", {"notebook_instance_name": "research"}),
    ("DmsTaskStarted", "", {"replication_task_arn": REPLICATION_TASK}),
    ("MediaLiveChannelStarted", "", {"channel_id": "1234567"}),
    ("AppStreamFleetStarted", "", {"fleet_name": "editors"}),
    ("WorkSpaceStarted", "", {"workspace_id": "ws-abc123def"}),
    ("StateMachineRun", "", {"state_machine": MACHINE, "input": {"day": 1}}),
    (
        "EcsTaskRun",
        "",
        {
            "cluster": "batch",
            "task_definition": TASK_DEFINITION,
            "subnets": ["subnet-0123456789abcdef0"],
            "security_groups": ["sg-0123456789abcdef0"],
            "assign_public_ip": True,
            "container_overrides": [{"name": "app", "command": ["migrate"]}],
            "container_names": ["app", "log"],
        },
    ),
    ("GlueCrawlerRun", "", {"crawler_name": "orders"}),
    ("GlueJobRun", "", {"job_name": "nightly", "arguments": {"--day": "2026-11-26"}}),
    (
        "CodeBuildRun",
        "",
        {
            "project": "images",
            "environment_variables": {"STAGE": "test"},
            "source_version": "main",
        },
    ),
    (
        "SsmAutomationRun",
        "",
        {"document_name": "AWS-RestartEC2Instance", "parameters": {"InstanceId": ["i-1"]}},
    ),
    ("SsmAutomationRun", "own", {"document_name": "Restart"}),
    (
        "BedrockIngestionRun",
        "",
        {"knowledge_base_id": "KB12345678", "data_source_id": "DS12345678"},
    ),
    ("CertificateIssued", "", {"certificate_arn": CERTIFICATE}),
    (
        "VpcAttachmentAvailable",
        "gateway",
        {"transit_gateway_attachment_id": "tgw-attach-0123456789abcdef0"},
    ),
    ("VpcAttachmentAvailable", "vpn", {"vpn_connection_id": "vpn-0123456789abcdef0"}),
]

EXAMPLES = {
    f"{construct}{'-' * bool(variant)}{variant}": Example(construct, arguments)
    for construct, variant, arguments in _EXAMPLES
}
"""Examples by construct and variant."""


@cache
def templates() -> dict[str, dict[str, Any]]:
    """Return a template for each example, whose deletion does something."""
    app = cdk.App()
    for name, example in EXAMPLES.items():
        stack = cdk.Stack(app, name, env=cdk.Environment(account=ACCOUNT, region=REGION))
        created = example.create(stack, "Example", **example.on_delete)
        # Some attributes are declared when they are first used.
        for each in ("output", "outputs"):
            if hasattr(created, each):
                cdk.CfnOutput(stack, each, value=getattr(created, each))
    assembly = app.synth()
    found = {name: dict(assembly.get_stack_by_name(name).template) for name in EXAMPLES}
    for template in found.values():
        check_acyclic(template)
    return found


def properties_of(name: str) -> dict[str, Any]:
    """Return the properties of an example's resource, as the function receives them."""
    template, construct = templates()[name], EXAMPLES[name].construct
    (found,) = [
        each for each in template["Resources"].values() if each["Type"] == f"Custom::{construct}"
    ]
    delivered = as_delivered(found["Properties"])
    assert isinstance(delivered, dict)
    return delivered


def as_delivered(value: Any) -> Any:
    """Return properties as CloudFormation delivers them: numbers and booleans are text."""
    if isinstance(value, dict):
        return {name: as_delivered(each) for name, each in value.items()}
    if isinstance(value, list):
        return [as_delivered(each) for each in value]
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else str(value)


def calls_in(properties: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the calls in a resource's properties with their names: Read, Start and Stop."""
    for name in ("Read", "Start", "Stop"):
        found = properties.get(name, [])
        for each in found if isinstance(found, list) else [found]:
            yield name, each
