"""The reference page: fills the template from the code's docstrings and tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore

from cdk_nimble_streaming_session import (
    OnDelete,
    StreamingSession,
    StreamingSessionProvider,
)
from cdk_nimble_streaming_session.attributes import SessionAttributes
from cdk_nimble_streaming_session.metrics import SessionMetrics
from cdk_waiter._private.metrics import STATISTICS, FunctionMetrics
from cdk_waiter.provider import Provider
from cdk_waiter.waiter_provider import WaiterProvider
from reference import declared, docstrings
from reference.errors import errors
from reference.findings import ANSWERS, OTHERS
from reference.markdown import code, table
from reference.permissions import grants, permissions
from streaming_session.advice import HINTS
from streaming_session.attributes import ATTRIBUTES

if TYPE_CHECKING:
    from enum import Enum

TEMPLATE = Path(__file__).with_name("template.md")
REFERENCE = Path(__file__).parents[2] / "docs" / "reference.md"
MODEL: dict[str, Any] = json.loads(
    (Path(botocore.__file__).parent / "data/nimble/2020-08-01/service-2.json").read_text()
)["shapes"]


def arguments(documented: type) -> str:
    """Return the arguments of a class."""
    rows = docstrings.arguments(documented)
    return table(["argument", "type", "meaning"], ((code(n), code(k), t) for n, k, t in rows))


def members(*documented: type, prefix: str = "") -> str:
    """Return the methods and properties of some classes whose names have a prefix."""
    public = [pair for each in documented for pair in docstrings.public(each)]
    rows = [pair for pair in public if pair[0].startswith(prefix)]
    return table(["member", "meaning"], ((code(n), docstrings.summary(m)) for n, m in rows))


def choices(documented: type[Enum]) -> str:
    """Return the members of an enum."""
    rows = docstrings.choices(documented)
    name = documented.__name__
    return table([code(name), "effect"], ((code(f"{name}.{n}"), t) for n, t in rows))


class _Names(SessionAttributes):
    """Returns the name of the attribute behind a property."""

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
    head = ["`Fn::GetAtt`", "property", "type of the service", "meaning", "source"]
    return table(head, rows)


def measured() -> str:
    """Return the metrics."""
    rows = []
    for name, statistic in STATISTICS.items():
        method = "metric_" + "".join(f"_{c.lower()}" if c.isupper() else c for c in name)[1:]
        unit = "seconds" if name == "TimeToReady" else "count"
        text = docstrings.summary(getattr(SessionMetrics, method)).removeprefix("Return ")
        rows.append([code(name), code(method), unit, statistic, text[0].upper() + text[1:]])
    return table(["metric", "method", "unit", "statistic", "meaning"], rows)


def page() -> str:
    """Return the whole page."""
    packs = "cdk-nag: HIPAA Security, NIST 800-53 rev 5"
    found = [(packs, rule, setting) for rule, setting in ANSWERS.items()] + OTHERS
    rules = ([tool, code(rule), code(setting)] for tool, rule, setting in found)
    failures = ", ".join(f"[{name}](operations.md#{name.lower()})" for name in HINTS)
    return TEMPLATE.read_text(encoding="utf-8").format(
        session=arguments(StreamingSession),
        provider=arguments(StreamingSessionProvider),
        provider_members=members(Provider, StreamingSessionProvider),
        on_delete=choices(OnDelete),
        imports=members(StreamingSession, prefix="from_"),
        attributes=attributes(),
        grants=grants(),
        permissions=permissions(),
        metrics=measured(),
        errors=errors(),
        failures=failures,
        waiter_common=declared.common(),
        waiter_constructs=declared.constructs(),
        waiter_declarative=declared.declarative(),
        waiter_on_delete=declared.on_delete(),
        waiter_provider=declared.provider(),
        waiter_provider_members=members(FunctionMetrics, WaiterProvider, prefix="metric"),
        findings=table(["tool", "rule", "setting that resolves it"], rules),
    )
