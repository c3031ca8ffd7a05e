"""Writes docs/reference.md from the code: ``python docs/reference.py``, or ``make reference``."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import botocore
from aws_cdk import assertions
from aws_cdk import aws_iam as iam

import docstrings
from cdk_nimble_streaming_session import (
    IStreamingSession,
    OnDelete,
    StreamingSession,
    StreamingSessionProvider,
    metrics,
    validation,
)
from cdk_nimble_streaming_session.attributes import SessionAttributes
from cdk_nimble_streaming_session.metrics import FunctionMetrics
from streaming_session.attributes import ATTRIBUTES
from streaming_session.topics import HINTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

DOCS = Path(__file__).parent
PACKAGE = Path(validation.__file__).parent
MODEL: dict[str, Any] = json.loads(
    (Path(botocore.__file__).parent / "data/nimble/2020-08-01/service-2.json").read_text()
)["shapes"]

ANSWERS = {
    "CloudWatchLogGroupEncrypted": "log_encryption_key",
    "IAMNoInlinePolicy": "role",
    "LambdaConcurrency": "reserved_concurrent_executions",
    "LambdaDLQ": "dead_letter_queue",
    "LambdaInsideVPC": "vpc",
}
"""Each rule of cdk-nag that a stack with every default breaks, and the setting that answers it."""

IDS: dict[str, Any] = {"studio_id": "us-west-2:stid-abc123", "session_id": "SESSION"}
OPTIONS: dict[str, dict[str, Any]] = {
    "always": {},
    "`backup_id`": {"backup_id": "BACKUP"},
    "`allow_restart`": {"backup_id": "BACKUP", "allow_restart": True},
    "`OnDelete.STOP`": {"on_delete": OnDelete.STOP},
}


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines
    )


def code(text: object) -> str:
    """Return text as code in Markdown."""
    return f"`{text}`"


def arguments(documented: type) -> str:
    """Return the arguments of a class."""
    rows = docstrings.arguments(documented)
    return table(["argument", "type", "what it is"], ((code(n), code(k), t) for n, k, t in rows))


def members(documented: type) -> str:
    """Return the methods and properties of a class."""
    rows = docstrings.public(documented)
    return table(["member", "what it is"], ((code(n), docstrings.summary(m)) for n, m in rows))


class _Names(SessionAttributes):
    """Answers with the name of the attribute that a property stands for."""

    def _attribute(self, name: str) -> str:
        return name


def attributes() -> str:
    """Return the attributes with the type that the service's model gives each."""
    rows = []
    for name, getter in docstrings.public(SessionAttributes):
        attribute = getattr(_Names(), name)
        shape = "StreamingSession"
        for member in ATTRIBUTES[attribute]:
            shape = MODEL[shape]["members"][member]["shape"]
        kind = "JSON" if MODEL[shape]["type"] == "map" else MODEL[shape]["type"]
        source = "StreamingSession." + ".".join(ATTRIBUTES[attribute])
        rows.append([code(attribute), code(name), kind, docstrings.summary(getter), code(source)])
    head = ["`Fn::GetAtt`", "property", "type of the service", "what it is", "source"]
    return table(head, rows)


def statements(template: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Return each action of the policies of a template, with the kind of its resource."""
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::IAM::Policy":
            for each in resource["Properties"]["PolicyDocument"]["Statement"]:
                actions = each["Action"] if isinstance(each["Action"], list) else [each["Action"]]
                for action in actions:
                    yield action, kind(json.dumps(each["Resource"]))


def kind(resource: str) -> str:
    """Return what a resource is to a reader."""
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
    raise ValueError(f"{resource} is of no known kind: add it to docs/reference.py")


def synthesised(**options: Any) -> tuple[cdk.Stack, StreamingSession]:
    """Return a stack with one session."""
    stack = cdk.Stack(cdk.App(), "Studio")
    return stack, StreamingSession(stack, "Workstation", **IDS, **options)


def of(stack: cdk.Stack) -> dict[tuple[str, str], None]:
    """Return what the policies of a stack allow, in order."""
    return dict.fromkeys(statements(dict(assertions.Template.from_stack(stack).to_json())))


def permissions() -> str:
    """Return what the function may do, and for the sake of which option."""
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
    """Return what each grant allows."""
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


def measured() -> str:
    """Return the metrics."""
    rows = []
    for name, statistic in metrics.STATISTICS.items():
        method = "metric_" + "".join(f"_{c.lower()}" if c.isupper() else c for c in name)[1:]
        unit = "seconds" if name == "TimeToReady" else "count"
        text = docstrings.summary(getattr(FunctionMetrics, method))
        rows.append([code(name), code(method), unit, statistic, text])
    return table(["metric", "method", "unit", "statistic", "what it is"], rows)


def errors() -> str:
    """Return what the construct refuses, in its words; a name in angle brackets is filled in."""
    found = set()
    for path in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                (message,) = node.exc.args
                found.add((getattr(node.exc.func, "id", ""), text_of(message)))
    return table(["error", "sentence"], ([code(e), code(t)] for e, t in sorted(found)))


def text_of(message: ast.expr) -> str:
    """Return a string of the code with what it fills in between angle brackets."""
    if isinstance(message, ast.Constant):
        return str(message.value)
    if isinstance(message, ast.FormattedValue):
        return f"<{ast.unparse(message.value)}>"
    return "".join(text_of(part) for part in getattr(message, "values", []))


def page() -> str:
    """Return the whole page."""
    nag = ([code(rule), code(setting)] for rule, setting in ANSWERS.items())
    failures = ", ".join(f"[{name}](operations.md#{name.lower()})" for name in HINTS)
    return (
        (DOCS / "reference.template.md")
        .read_text(encoding="utf-8")
        .format(
            session=arguments(StreamingSession),
            provider=arguments(StreamingSessionProvider),
            provider_members=members(StreamingSessionProvider),
            imports=members(StreamingSession),
            attributes=attributes(),
            grants=grants(),
            permissions=permissions(),
            metrics=measured(),
            errors=errors(),
            failures=failures,
            nag=table(["rule", "setting"], nag),
        )
    )


if __name__ == "__main__":
    (DOCS / "reference.md").write_text(page(), encoding="utf-8")
