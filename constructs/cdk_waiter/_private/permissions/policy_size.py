"""The size of a policy, as IAM counts it."""

from __future__ import annotations

import json
from typing import Any, Final

_PSEUDO_PARAMETERS: Final = {
    "AWS::Partition": len("aws-us-gov"),
    "AWS::Region": len("ap-southeast-2"),
    "AWS::AccountId": len("123456789012"),
    "AWS::URLSuffix": len("amazonaws.com.cn"),
}
_PART: Final = 64
"""Characters of a value that is known only at deployment and is part of an ARN."""
_WHOLE: Final = 140
"""Characters of an ARN that is known only at deployment; a stack's has up to this many."""


def policy_size(document: Any) -> int:
    """Return the number of characters of a policy; unknown values count as long ones.

    Parameters
    ----------
    document
        The policy, with intrinsic functions; None for an empty one.
    """
    return len(json.dumps(_filled(document), separators=(",", ":"))) if document else 0


def _filled(value: Any, unknown: int = _WHOLE) -> Any:
    match value:
        case {"Ref": str(name), **rest} if not rest:
            return "x" * _PSEUDO_PARAMETERS.get(name, unknown)
        case {"Fn::Join": [str(separator), list(parts)]}:
            return separator.join(str(_filled(each, _PART)) for each in parts)
        case {"Fn::Select": _}:
            return "x" * _PART
        case dict() if len(value) == 1 and next(iter(value)).startswith("Fn::"):
            return "x" * unknown
        case dict():
            return {name: _filled(each, unknown) for name, each in value.items()}
        case list():
            return [_filled(each, unknown) for each in value]
    return value
