"""Stacks of one session each, synthesised into one cloud assembly."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from aws_cdk.aws_s3_assets import Asset

from cdk_nimble_streaming_session import StreamingSession
from cdk_nimble_streaming_session.provider import FAMILY
from cdk_waiter._private.function.asset import asset_folder
from nimble_local.emulator.seed.default_seed import STUDIO_ID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from constructs import IConstruct

POLL_SECONDS = 1


@dataclass(frozen=True)
class Plan:
    """One version of a stack.

    Attributes
    ----------
    stack
        The stack's name.
    session_id
        The session that it starts.
    timeout
        The construct's timeout in seconds. No field has a CDK type, because jsii serves one thread.
    options
        Further arguments of the construct.
    function_seconds
        The function's own timeout in place of 15 minutes, so that a wait hands itself over.
    service_seconds
        The resource's ServiceTimeout, in place of the timeout plus a minute.
    broken
        A file of the function's code that is replaced by a syntax error.
    add
        Adds further resources, given the stack and its session.
    construct_id
        The id of the session's construct in the stack.
    version
        Tells the versions of one stack apart.
    """

    stack: str
    session_id: str
    timeout: int = 120
    options: dict[str, Any] = field(default_factory=dict)
    function_seconds: int | None = None
    service_seconds: int | None = None
    broken: str = ""
    add: Callable[[cdk.Stack, StreamingSession], None] | None = None
    construct_id: str = "Workstation"
    version: int = 1

    @property
    def artifact(self) -> str:
        """The CLI's name of this version."""
        return f"{self.stack}-{self.version}"


@dataclass(frozen=True)
class Assembly:
    """A cloud assembly, as ``cdk synth`` would have written it."""

    folder: Path

    def template(self, plan: Plan) -> dict[str, Any]:
        """Return the template of a version of a stack."""
        path = self.folder / f"{plan.artifact}.template.json"
        made: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return made

    def files(self) -> dict[str, Path]:
        """Return the folders to be zipped and uploaded, by their keys in the staging bucket."""
        found = {}
        for manifest in self.folder.glob("*.assets.json"):
            for asset in json.loads(manifest.read_text(encoding="utf-8"))["files"].values():
                if asset["source"]["packaging"] == "zip":
                    (destination,) = asset["destinations"].values()
                    found[destination["objectKey"]] = self.folder / asset["source"]["path"]
        return found


def synthesise(folder: Path, endpoint_url: str, plans: Iterable[Plan]) -> Assembly:
    """Synthesise all versions of all stacks, in this process."""
    app = cdk.App(outdir=str(folder), analytics_reporting=False)
    for plan in plans:
        stack = cdk.Stack(app, plan.artifact, stack_name=plan.stack)
        session = StreamingSession(
            stack,
            plan.construct_id,
            studio_id=STUDIO_ID,
            session_id=plan.session_id,
            endpoint_url=endpoint_url,
            poll_interval=cdk.Duration.seconds(POLL_SECONDS),
            timeout=cdk.Duration.seconds(plan.timeout),
            **plan.options,
        )
        cdk.CfnOutput(stack, "Arn", value=session.streaming_session_arn)
        cdk.CfnOutput(stack, "State", value=session.streaming_session_state)
        cdk.CfnOutput(stack, "Tags", value=session.streaming_session_tags)
        if plan.function_seconds is not None:
            _override(session.provider.function, "Timeout", plan.function_seconds)
        if plan.service_seconds is not None:
            _override(session, "ServiceTimeout", plan.service_seconds)
        if plan.broken:
            code = _broken(folder / f"code-of-{plan.artifact}", plan.broken)
            asset = Asset(stack, "Broken", path=str(code))
            _override(session.provider.function, "Code.S3Key", asset.s3_object_key)
        if plan.add is not None:
            plan.add(stack, session)
    app.synth()
    return Assembly(folder)


def fails_afterwards(stack: cdk.Stack, session: StreamingSession) -> None:
    """Add a resource that can't be created; CloudFormation tries after the session's."""
    missing = stack.format_arn(service="lambda", resource="function:nobody")
    after = cdk.CustomResource(stack, "After", service_token=missing)
    after.node.add_dependency(session)


def _broken(folder: Path, file: str) -> Path:
    shutil.copytree(asset_folder(FAMILY.code), folder)
    (folder / file).write_text("def (:\n", encoding="utf-8")
    return folder


def _override(construct: IConstruct, name: str, value: object) -> None:
    resource = construct.node.default_child
    assert isinstance(resource, cdk.CfnResource)
    resource.add_property_override(name, value)
