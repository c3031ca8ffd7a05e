"""Tables of AWS's services, written by ``make tables`` from AWS's own data."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any


@cache
def _table(name: str) -> dict[str, Any]:
    text = (resources.files(__package__) / name).read_text(encoding="utf-8")
    return dict(json.loads(text))


def iam_prefixes() -> dict[str, str]:
    """Return each service's prefix in IAM, by the service's name in boto3."""
    return _table("prefixes.json")


def is_unscoped_read(prefix: str, operation: str) -> bool:
    """Tell whether an action only reads and can't be limited to resources."""
    return operation in _table("unscoped_reads.json").get(prefix, [])


def has_action(service: str, operation: str) -> bool:
    """Tell whether IAM has an action with the name of an operation."""
    return operation not in _table("without_actions.json").get(service, [])


def returns_secrets(service: str, operation: str) -> bool:
    """Tell whether an operation's response holds secrets or presigned URLs."""
    return operation in _table("secrets.json").get(service, [])


def document_members(service: str, operation: str) -> frozenset[str]:
    """Return the members of a call that take any JSON value, each as ``holder.member``.

    The holder of a top-level member is empty; ``{}`` stands for the values of a map.
    """
    return frozenset(_table("documents.json").get(service, {}).get(operation, []))
