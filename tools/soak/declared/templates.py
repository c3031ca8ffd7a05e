"""The templates of the stacks of declared resources."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk

from cdk_waiter import (
    CertificateIssued,
    Ec2InstanceStarted,
    GlueCrawlerRun,
    OnDelete,
    StateMachineRun,
)
from nimble_local.cloud.access import ACCOUNT, REGION
from soak.cloud.ministack import SERVICE_SECONDS
from testkit.construct.assembly import Assembly

if TYPE_CHECKING:
    from pathlib import Path

    from soak.declared.story import DeclaredStep, DeclaredStory

INSTANCE, SECOND, CRAWLER = "i-0123456789abcdef0", "i-0123456789abcdef1", "soak-crawler"
MACHINE_ARN = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:"
CERTIFICATE = f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/0a1b2c3d"
"""The ids in the synthesised template, and the beginning of a state machine's."""
SECRET = "the-cause-is-a-secret"
"""In the cause of failed executions, which only `StateMachineRun` may show."""
MACHINE = {
    "StartAt": "Work",
    "States": {
        "Work": {"Type": "Wait", "SecondsPath": "$.seconds", "Next": "End"},
        "End": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.fails", "BooleanEquals": True, "Next": "Fails"}],
            "Default": "Succeeds",
        },
        "Fails": {"Type": "Fail", "Error": "Broken", "Cause": SECRET},
        "Succeeds": {"Type": "Succeed"},
    },
}
"""The definition of the state machines: it works for a while, then fails or not."""
_OUTPUTS = {
    "instance": "PrivateIpAddress",
    "execution": "StopDate",
    "unnamed-execution": "StopDate",
    "crawl": "StartTime",
    "certificate": "DomainName",
}
_CONSTRUCTS = ("Instance", "Second", "Execution", "Crawl", "Certificate")


class Templates:
    """One synthesised template with every construct, of which each story takes its own."""

    def __init__(self, folder: Path, endpoint_url: str) -> None:
        self._endpoint_url = endpoint_url
        app = cdk.App(outdir=str(folder), analytics_reporting=False)
        stack = cdk.Stack(app, "Declared", env=cdk.Environment(account=ACCOUNT, region=REGION))
        self._ids = _declare(stack)
        app.synth()
        self.assembly = Assembly(folder)
        path = folder / "Declared.template.json"
        self._template: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))

    def text(self, story: DeclaredStory, step: DeclaredStep, thing: str) -> str:
        """Return the template of a step about a thing."""
        template = copy.deepcopy(self._template)
        resources = template["Resources"]
        for each in resources.values():
            if each["Type"] == "AWS::Lambda::Function":
                each["Properties"]["Timeout"] = story.function_seconds
        made = {name: resources.pop(id_) for name, id_ in self._ids.items()}
        name = "Execution" if story.what == "unnamed-execution" else story.what.capitalize()
        logical = f"{name}{'Moved' * step.moved}"
        own = self._ids[name]
        resources[logical] = _prepared(story, step, made[name], self._endpoint_url)
        last = logical
        if step.pair:
            second = resources["Second"] = _prepared(
                story, step, made["Second"], self._endpoint_url
            )
            second["DependsOn"] = [*second["DependsOn"], logical]
            last = "Second"
        if step.after:
            missing = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:missing"
            resources["After"] = {
                "Type": "AWS::CloudFormation::CustomResource",
                "Properties": {"ServiceToken": missing},
                "DependsOn": [last],
            }
        attribute = {"Fn::GetAtt": [logical, _OUTPUTS[story.what]]}
        template["Outputs"] = {"Id": {"Value": {"Ref": logical}}, "Value": {"Value": attribute}}
        text = json.dumps(template).replace(f'"{own}"', f'"{logical}"')
        for placeholder in (INSTANCE, SECOND, CERTIFICATE):
            text = text.replace(placeholder, thing)
        return text.replace(CRAWLER, thing).replace("soak-machine", thing)


def _declare(stack: cdk.Stack) -> dict[str, str]:
    """Add every construct, and return their logical ids."""
    options: dict[str, Any] = {"poll_interval": cdk.Duration.seconds(1), "triggers": "0"}
    stop = {**options, "on_delete": OnDelete.STOP}
    made = [
        Ec2InstanceStarted(stack, "Instance", instance_id=INSTANCE, **stop),
        Ec2InstanceStarted(stack, "Second", instance_id=SECOND, **stop),
        StateMachineRun(
            stack,
            "Execution",
            state_machine=f"{MACHINE_ARN}soak-machine",
            input={},
            on_delete=OnDelete.CANCEL,
            **options,
        ),
        GlueCrawlerRun(stack, "Crawl", crawler_name=CRAWLER, **options),
        CertificateIssued(stack, "Certificate", certificate_arn=CERTIFICATE, **options),
    ]
    ids = [stack.get_logical_id(each.node.default_child) for each in made]  # type: ignore[arg-type]
    return dict(zip(_CONSTRUCTS, ids, strict=True))


def _prepared(
    story: DeclaredStory, step: DeclaredStep, resource: dict[str, Any], endpoint_url: str
) -> dict[str, Any]:
    """Return a resource with the properties of a step."""
    made = copy.deepcopy(resource)
    properties = made["Properties"]
    properties |= {
        "TimeoutSeconds": step.timeout,
        "ServiceTimeout": step.timeout + SERVICE_SECONDS,
        "Triggers": str(step.trigger),
    }
    if not step.ends and "Stop" in properties:
        properties["OnDelete"] = "NOTHING" if story.runs else "RETAIN"
        del properties["Stop"]
    reads = properties["Read"] if isinstance(properties["Read"], list) else [properties["Read"]]
    for call in (*reads, properties.get("Start"), properties.get("Stop")):
        if call:
            call["Endpoint"] = endpoint_url
    if story.what in {"execution", "unnamed-execution"}:
        given = {"seconds": step.seconds, "fails": step.fails}
        properties["Start"]["Parameters"]["input"] = json.dumps(given)
    if story.what == "unnamed-execution":
        del properties["Start"]["Token"]
        for name in ("Exists", "Existing", "Reveal"):
            properties.pop(name, None)
    return made
