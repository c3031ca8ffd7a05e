"""Dependencies between the resources of a template, as CloudFormation derives them."""

from __future__ import annotations

import json
import re
from graphlib import TopologicalSorter
from typing import Any

_SUBSTITUTED = re.compile(r"\$\{([A-Za-z0-9]+)[.}]")


def dependencies(template: dict[str, Any]) -> dict[str, set[str]]:
    """Return the resources that each resource refers to or names in its DependsOn."""
    resources = template["Resources"]
    return {
        name: {found for found in _names(resource) if found in resources and found != name}
        for name, resource in resources.items()
    }


def closure(template: dict[str, Any], start: str) -> set[str]:
    """Return the direct and indirect dependencies of a resource."""
    edges, reached, todo = dependencies(template), set[str](), [start]
    while todo:
        new = edges[todo.pop()] - reached
        reached |= new
        todo += new
    return reached


def check_acyclic(template: dict[str, Any]) -> None:
    """Refuse a template whose resources wait for each other, as CloudFormation does.

    Raises
    ------
    graphlib.CycleError
        With the logical ids of the cycle.
    """
    TopologicalSorter(dependencies(template)).prepare()


def _names(value: Any) -> set[str]:
    match value:
        case {"Ref": str(name)}:
            return {name}
        case {"Fn::GetAtt": [str(name), *_]}:
            return {name}
        case {"Fn::GetAtt": str(name)}:
            return {name.partition(".")[0]}
        case {"Fn::Sub": text}:
            return set(_SUBSTITUTED.findall(json.dumps(text))) | _names(text)
        case {"Type": str(), "DependsOn": waits, **others}:
            return {waits} | _names(others) if isinstance(waits, str) else {*waits, *_names(others)}
        case dict():
            return {name for each in value.values() for name in _names(each)}
        case list():
            return {name for each in value for name in _names(each)}
    return set()
