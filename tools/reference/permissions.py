"""Permissions of the function and of grants, read from templates."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from aws_cdk import assertions
from aws_cdk import aws_iam as iam

from cdk_nimble_streaming_session import IStreamingSession, OnDelete, StreamingSession
from reference.markdown import code, table

if TYPE_CHECKING:
    from collections.abc import Iterator

IDS: dict[str, Any] = {"studio_id": "us-west-2:stid-abc123", "session_id": "SESSION"}
OPTIONS: dict[str, dict[str, Any]] = {
    "always": {},
    "`backup_id`": {"backup_id": "BACKUP"},
    "`allow_restart`": {"backup_id": "BACKUP", "allow_restart": True},
    "`OnDelete.STOP`": {"on_delete": OnDelete.STOP},
}


def statements(template: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Return each action of the policies of a template, with the kind of its resource."""
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::IAM::Policy":
            for each in resource["Properties"]["PolicyDocument"]["Statement"]:
                actions = each["Action"] if isinstance(each["Action"], list) else [each["Action"]]
                for action in actions:
                    yield action, kind(json.dumps(each["Resource"]))


def kind(resource: str) -> str:
    """Return a resource's name for readers."""
    for sign, text in {
        "AWS::StackId": "its own stack",
        ":streaming-session-backup/": "the backup",
        ":streaming-session/": "the session",
        ":launch-profile/": "launch profiles (`" + "?" * 22 + "`)",
        "Workstation": "the session",
        "Log": "its own log group",
        "Function": "itself",
    }.items():
        if sign in resource:
            return text
    raise ValueError(f"{resource} is of no known kind: add it to tools/reference/permissions.py")


def synthesised(**options: Any) -> tuple[cdk.Stack, StreamingSession]:
    """Return a stack with one session."""
    stack = cdk.Stack(cdk.App(), "Studio")
    return stack, StreamingSession(stack, "Workstation", **IDS, **options)


def of(stack: cdk.Stack) -> dict[tuple[str, str], None]:
    """Return the permissions in a stack's policies, in order."""
    return dict.fromkeys(statements(dict(assertions.Template.from_stack(stack).to_json())))


def permissions() -> str:
    """Return the function's permissions, with the option that needs each."""
    why: dict[tuple[str, str], list[str]] = {}
    for option, arguments_ in OPTIONS.items():
        for allowed in of(synthesised(**arguments_)[0]):
            why.setdefault(allowed, []).append(option)
    rows = []
    for (action, resource), options in why.items():
        when = "always" if "always" in options else ", ".join(options)
        rows.append([code(action), resource, when])
    return table(["action", "on", "when"], rows)


def grants() -> str:
    """Return the permissions of each grant."""
    rows = []
    for name in vars(IStreamingSession):
        if name.startswith("grant_"):
            stack, session = synthesised()
            role = iam.Role(stack, "Reader", assumed_by=iam.AccountRootPrincipal())
            getattr(session, name)(role)
            policy = role.node.find_child("DefaultPolicy")
            document = stack.resolve(policy.document)  # type: ignore[attr-defined]
            resource = {"Type": "AWS::IAM::Policy", "Properties": {"PolicyDocument": document}}
            found = statements({"Resources": {"Policy": resource}})
            text = ", ".join(f"{code(action)} on {on}" for action, on in found)
            rows.append([code(name), text])
    return table(["grant", "allows"], rows)
