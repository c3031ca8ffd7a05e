"""Deploys synthesised templates through the local cloud's CloudFormation API."""

from __future__ import annotations

import io
import json
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from nimble_local.cloud.access import ACCOUNT, REGION
from testkit.cloud.waiting import read_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from nimble_local.testing import LocalCloud
    from testkit.construct.assembly import Assembly, Plan

BUCKET = f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}"
LOOK_SECONDS = 1.0
CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"]


@dataclass(frozen=True)
class StackEvent:
    """An event of a stack, about the stack itself or one of its resources; ``at`` is in UTC."""

    at: str

    resource: str
    kind: str
    status: str
    reason: str


class Deployer:
    """Creates, updates and deletes stacks without the CLI, many at the same time."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.ended = Event()
        self._cloudformation = cloud.client("cloudformation")
        self._lambda = cloud.client("lambda")
        self._logs = cloud.client("logs")
        self._s3 = cloud.client("s3")

    def upload(self, assembly: Assembly) -> None:
        """Upload the code of the functions to the bucket of the templates."""
        for key, folder in assembly.files().items():
            self._s3.put_object(Bucket=BUCKET, Key=key, Body=_zipped(folder))

    def create(self, assembly: Assembly, plan: Plan) -> None:
        """Begin to create a stack."""
        self.put(plan.stack, json.dumps(assembly.template(plan)), exists=False)

    def update(self, assembly: Assembly, plan: Plan) -> None:
        """Begin to update a stack."""
        self.put(plan.stack, json.dumps(assembly.template(plan)), exists=True)

    def put(self, stack: str, template: str, *, exists: bool, **options: object) -> None:
        """Begin to create or update a stack with the given template, and the API's options."""
        begin = self._cloudformation.update_stack if exists else self._cloudformation.create_stack
        begin(StackName=stack, TemplateBody=template, Capabilities=CAPABILITIES, **options)

    def delete(self, stack: str) -> None:
        """Begin to delete a stack."""
        self._cloudformation.delete_stack(StackName=stack)

    def cancel(self, stack: str) -> None:
        """Cancel an update, unless it has just ended."""
        with suppress(ClientError):
            self._cloudformation.cancel_update_stack(StackName=stack)

    def continue_rollback(self, stack: str, *skipped: str) -> None:
        """Continue a failed rollback without the resources of the given logical ids."""
        skip = list(skipped)
        self._cloudformation.continue_update_rollback(StackName=stack, ResourcesToSkip=skip)

    def forget(self, stack: str) -> None:
        """Drop a stack in DELETE_FAILED together with its remaining resources."""
        self._cloudformation.delete_stack(StackName=stack, DeletionMode="FORCE_DELETE_STACK")
        self._wait(stack, 300, lambda status: status == "DELETE_COMPLETE")

    def stack_id(self, stack: str) -> str:
        """Return the id of a stack that exists."""
        found = self._cloudformation.describe_stacks(StackName=stack)["Stacks"]
        return str(found[0]["StackId"])

    def status(self, stack: str) -> str:
        """Return the status of a stack; DELETE_COMPLETE if none has that name."""
        try:
            found = self._cloudformation.describe_stacks(StackName=stack)["Stacks"]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationError":
                return "DELETE_COMPLETE"
            raise
        return str(found[0]["StackStatus"])

    def settled(self, stack: str, within: float = 300.0) -> str:
        """Wait until nothing is in progress, and return the status then."""
        return self._wait(stack, within, lambda status: not status.endswith("_IN_PROGRESS"))

    def _wait(self, stack: str, within: float, is_expected: Callable[[str], bool]) -> str:
        read = partial(self.status, stack)
        what = f"the status of {stack}"
        return read_until(
            is_expected, read, what, ended=self.ended, within=within, every=LOOK_SECONDS
        )

    def outputs(self, stack: str) -> dict[str, str]:
        """Return the outputs of a stack that exists."""
        found = self._cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
        return {each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", [])}

    def function(self, stack: str) -> str:
        """Return the name of a stack's function, even while the stack is being created."""
        (name,) = self.functions(f"{stack}-")
        return name

    def invoke(self, function: str, event: dict[str, Any]) -> bool:
        """Invoke a function asynchronously; return whether there is one."""
        payload = json.dumps(event).encode()
        try:
            self._lambda.invoke(FunctionName=function, InvocationType="Event", Payload=payload)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                return False
            raise
        return True

    def functions(self, prefix: str) -> list[str]:
        """Return the functions whose names have a prefix."""
        pages = self._lambda.get_paginator("list_functions").paginate()
        names = [str(each["FunctionName"]) for page in pages for each in page["Functions"]]
        return [name for name in names if name.startswith(prefix)]

    def log_groups(self, prefix: str) -> dict[str, str]:
        """Return the log groups whose names have a prefix, with the time of their creation."""
        pages = self._logs.get_paginator("describe_log_groups").paginate()
        found = [each for page in pages for each in page["logGroups"]]
        made = {str(each["logGroupName"]): _at(each["creationTime"]) for each in found}
        return {name: at for name, at in made.items() if name.startswith(prefix)}

    def remove(self, functions: Iterable[str], log_groups: Iterable[str]) -> None:
        """Delete functions and log groups that belong to no stack."""
        for name in functions:
            self._lambda.delete_function(FunctionName=name)
        for name in log_groups:
            self._logs.delete_log_group(logGroupName=name)

    def stacks(self) -> set[str]:
        """Return the names of the stacks that exist."""
        pages = self._cloudformation.get_paginator("describe_stacks").paginate()
        found = [stack for page in pages for stack in page["Stacks"]]
        return {s["StackName"] for s in found if s["StackStatus"] != "DELETE_COMPLETE"}

    def log(self, stack: str) -> list[dict[str, Any]]:
        """Return the log of a stack's functions, without Lambda's own lines and metrics.

        Each line has its ``stream`` in addition: MiniStack makes one for each invocation.
        """
        said = [
            {**json.loads(each["message"]), "stream": each["logStreamName"]}
            for each in self._logged(stack)
            if each["message"].startswith("{")
        ]
        return [line for line in said if "event" in line]

    def platform_log(self, stack: str) -> str:
        """Return everything in the log groups of a stack."""
        return "\n".join(each["message"] for each in self._logged(stack))

    def _logged(self, stack: str) -> Iterator[dict[str, str]]:
        for kind, name in self._physical(stack):
            if kind == "AWS::Logs::LogGroup":
                pages = self._logs.get_paginator("filter_log_events").paginate(logGroupName=name)
                yield from (event for page in pages for event in page["events"])

    def _physical(self, stack: str) -> list[tuple[str, str]]:
        found = self._cloudformation.list_stack_resources(StackName=stack)
        listed = found["StackResourceSummaries"]
        return [(each["ResourceType"], each["PhysicalResourceId"]) for each in listed]

    def resources(self, stack: str) -> dict[str, str]:
        """Return the physical ids of a stack's resources by their logical ids."""
        pages = self._cloudformation.get_paginator("list_stack_resources")
        found = [r for p in pages.paginate(StackName=stack) for r in p["StackResourceSummaries"]]
        return {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in found}

    def events(self, stack_id: str) -> list[StackEvent]:
        """Return the events of a stack, deleted or not, the oldest first."""
        pages = self._cloudformation.get_paginator("describe_stack_events")
        found = [e for p in pages.paginate(StackName=stack_id) for e in p["StackEvents"]]
        # MiniStack returns the newest first, and those of the same moment in any order.
        return [
            StackEvent(
                at=_at(each["Timestamp"].timestamp() * 1000),
                resource=each["LogicalResourceId"],
                kind=each["ResourceType"],
                status=each["ResourceStatus"],
                reason=each.get("ResourceStatusReason", ""),
            )
            for each in reversed(found)
        ]


def _at(milliseconds: float) -> str:
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.isoformat(timespec="milliseconds")[:23] + "Z"


def _zipped(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder))
    return buffer.getvalue()
