"""Nested stacks, stages, pipelines, regions and partitions; the same output on every machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_codecommit as codecommit
from aws_cdk import pipelines

from cdk_nimble_streaming_session import OnDelete, StreamingSession
from testkit.construct import examples, policies
from testkit.packaging.fresh_python import run

ROOT = Path(__file__).parents[2]
CLI = ROOT / "node_modules" / "aws-cdk" / "lib"
IDS = {"studio_id": "us-west-2:stid-abc123", "session_id": "yeG7lDwNQEiwNTRT7DrV7Q"}
TYPE = "Custom::NimbleStreamingSession"
FUNCTION = "AWS::Lambda::Function"


def session(stack: cdk.Stack, session_id: str = IDS["session_id"]) -> StreamingSession:
    return StreamingSession(stack, "Workstation", studio_id=IDS["studio_id"], session_id=session_id)


def test_a_nested_stack_has_its_own_function(stack: cdk.Stack) -> None:
    session(stack, "outer")
    nested = cdk.NestedStack(stack, "Nested")
    inner = session(nested, "inner")
    cdk.CfnOutput(stack, "Arn", value=inner.streaming_session_arn)
    template = policies.template(nested)
    assert len(policies.of_type(template, TYPE)) == len(policies.of_type(template, FUNCTION)) == 1
    # The parent reads the attribute as the nested stack's output.
    (output,) = template["Outputs"].values()
    assert output["Value"]["Fn::GetAtt"][1] == "Arn"


class Classroom(cdk.Stage):
    """A stage of two stacks, one of which reads the other's session."""

    def __init__(self, scope: Any, name: str, region: str) -> None:
        env = cdk.Environment(account="111122223333", region=region)
        super().__init__(scope, name, env=env)
        made = session(cdk.Stack(self, "Studio"))
        reader = cdk.Stack(self, "Reader")
        cdk.CfnOutput(reader, "Arn", value=made.streaming_session_arn)
        # A stack without resources can't be deployed.
        cdk.CfnWaitConditionHandle(reader, "Handle")


def test_stages_may_be_in_several_regions_and_partitions() -> None:
    app = cdk.App()
    architectures = {}
    for region in ("us-west-2", "eu-west-1", "cn-north-1"):
        stage = Classroom(app, f"In-{region}", region)
        template = stage.synth().get_stack_by_name(f"In-{region}-Studio").template
        (function,) = policies.of_type(template, FUNCTION)
        architectures[region] = function["Properties"]["Architectures"]
        arns = json.dumps(policies.of_type(template, "AWS::IAM::Policy"))
        assert f":nimble:{region}:111122223333:streaming-session/" in arns
        assert '{"Ref": "AWS::Partition"}' in arns
        assert "arn:aws:" not in arns
    assert architectures == {
        "us-west-2": ["arm64"],
        "eu-west-1": ["arm64"],
        "cn-north-1": ["x86_64"],
    }


def test_a_pipeline_publishes_the_function_once() -> None:
    env = cdk.Environment(account="111122223333", region="us-west-2")
    stack = cdk.Stack(cdk.App(), "Pipeline", env=env)
    repository = codecommit.Repository.from_repository_name(stack, "Repository", "app")
    source = pipelines.CodePipelineSource.code_commit(repository, "main")
    synth = pipelines.ShellStep("Synth", input=source, commands=["cdk synth"])
    pipeline = pipelines.CodePipeline(stack, "Pipeline", synth=synth)
    for region in ("us-west-2", "us-east-1"):
        pipeline.add_stage(Classroom(stack, f"In-{region}", region))
    pipeline.build_pipeline()
    (made,) = policies.of_type(policies.template(stack), "AWS::CodePipeline::Pipeline")
    actions = {
        each["Name"]: [action["Name"] for action in each["Actions"]]
        for each in made["Properties"]["Stages"]
    }
    # The asset is the same in both regions.
    assert actions["Assets"] == ["NimbleStreamingSessionProvider_Function_Code"]
    assert actions["In-us-east-1"].index("Studio.Deploy") < actions["In-us-east-1"].index(
        "Reader.Deploy"
    )


def test_the_flags_of_cdk_init_change_nothing() -> None:
    # A new app has this in its cdk.json; older apps have nothing.
    flags = json.loads((CLI / "init-templates" / ".recommended-feature-flags.json").read_text())
    assert "@aws-cdk/aws-iam:minimizePolicies" in flags
    old, new = everything(cdk.App()), everything(cdk.App(context=flags))
    assert new.keys() == old.keys()
    for name, resource in new.items():
        if resource["Type"] == "AWS::IAM::Policy":
            document, expected = (
                each.pop("PolicyDocument")
                for each in (resource["Properties"], old[name]["Properties"])
            )
            assert allowed(document) == allowed(expected)
        assert resource == old[name]


def everything(app: cdk.App) -> dict[str, Any]:
    """Return the resources of a stack whose sessions have every option."""
    stack = cdk.Stack(app, "Studio")
    for session_id, on_delete in (
        ("a", OnDelete.STOP),
        ("b", OnDelete.STOP),
        ("c", OnDelete.RETAIN),
    ):
        StreamingSession(
            stack,
            session_id,
            studio_id=IDS["studio_id"],
            session_id=session_id,
            backup_id=f"backup-of-{session_id}",
            allow_restart=True,
            on_delete=on_delete,
            endpoint_url="https://nimble.example.com",
        )
    return dict(policies.template(stack)["Resources"])


def allowed(document: dict[str, Any]) -> list[tuple[str, str]]:
    """Return each action with each of its resources, regardless of order."""
    found = policies.pairs(document["Statement"])
    return sorted((action, json.dumps(resource)) for action, resource in found)


def test_synthesising_the_same_app_twice_gives_the_same_text() -> None:
    name = "two_stacks"
    first, second = (
        {stack: json.dumps(t) for stack, t in examples.templates(examples.app(name))}
        for _ in range(2)
    )
    assert first == second


def test_another_folder_and_another_process_synthesise_the_same(tmp_path: Path) -> None:
    app = ROOT / "examples" / "one_session" / "app.py"
    run(str(app), cwd=tmp_path, CDK_OUTDIR=str(tmp_path / "out"), PYTHONHASHSEED="7")
    text = (tmp_path / "out" / "Workstation.template.json").read_text()
    ((_, here),) = examples.templates(examples.app("one_session"))
    assert json.loads(text) == here
