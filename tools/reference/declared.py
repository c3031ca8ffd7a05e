"""The part of the reference about cdk_waiter."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import aws_cdk as cdk

import cdk_waiter
from cdk_waiter import (
    Awaited,
    AwsCall,
    OnDelete,
    Phases,
    Run,
    Started,
    WaiterProvider,
    json_text,
)
from cdk_waiter.declared_resource import WAIT_RULES
from reference import docstrings
from reference.markdown import code, table
from testkit.construct.declared import EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk_waiter.declared_resource import DeclaredResource

_SOURCE = re.compile(r" \(`[\w.]+`\)")
COMMON = {*WAIT_RULES, "on_delete"}
KINDS = {"Started": Started, "Run": Run, "Awaited": Awaited}


def constructs() -> str:
    """Return a section for each ready-made construct."""
    return "\n".join(each for kind in KINDS for each in _of_kind(kind))


def _of_kind(kind: str) -> Iterator[str]:
    app = cdk.App()
    for name, example in EXAMPLES.items():
        documented = getattr(cdk_waiter, example.construct)
        variant = name.partition("-")[2]
        if not issubclass(documented, KINDS[kind]) or variant in {"reachable", "own", "vpn"}:
            continue
        created = example.create(cdk.Stack(app, name), "Example")
        yield f"### {example.construct}\n\n{docstrings.summary(documented)}\n"
        yield _arguments(documented)
        yield _attributes(documented, created)


def _arguments(documented: type) -> str:
    rows = [row for row in docstrings.arguments(documented) if row[0] not in COMMON]
    return table(["argument", "type", "meaning"], ((code(n), code(k), t) for n, k, t in rows))


def _attributes(documented: type, created: DeclaredResource) -> str:
    rows = []
    for name, getter in docstrings.public(documented):
        attribute = cdk.Stack.of(created).resolve(getattr(created, name))["Fn::GetAtt"][1]
        source = created.attribute_expressions[attribute]
        # The last column has the source.
        meaning = _SOURCE.sub("", docstrings.summary(getter))
        rows.append([code(attribute), code(name), meaning, code(source)])
    return table(["`Fn::GetAtt`", "property", "meaning", "source in the response"], rows)


def common() -> str:
    """Return the arguments that all of them have."""
    rows = [row for row in docstrings.arguments(Started) if row[0] in COMMON]
    return table(["argument", "type", "meaning"], ((code(n), code(k), t) for n, k, t in rows))


def on_delete() -> str:
    """Return the effects of a deletion."""
    rows = docstrings.choices(OnDelete)
    return table(["`OnDelete`", "effect"], ((code(f"OnDelete.{n}"), t) for n, t in rows))


def declarative() -> str:
    """Return a section for each class of the declarative API."""
    parts = []
    for documented in (Started, Run, Awaited, AwsCall, Phases):
        parts.append(f"### {documented.__name__}\n\n{docstrings.summary(documented)}\n")
        parts.append(_arguments(documented))
    parts.append(f"### json_text\n\n{docstrings.summary(json_text)}\n")
    return "\n".join(parts)


def provider() -> str:
    """Return the arguments of the provider."""
    return _arguments(WaiterProvider)
