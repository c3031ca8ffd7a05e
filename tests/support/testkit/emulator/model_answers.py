"""A check of answers against the official model, independent of the emulator's own checks."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, cast

from botocore.parsers import create_parser
from multidict import CIMultiDict

from nimble_local.emulator.service.model import shape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

    from nimble_local.emulator.service.protocol import Answer

_PYTHON: dict[str, type] = {
    "string": str,
    "integer": int,
    "long": int,
    "float": float,
    "double": float,
    "boolean": bool,
    "timestamp": str,
    "list": list,
    "map": dict,
    "structure": dict,
}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def check(operation: OperationModel | None, answer: Answer) -> str:
    """Return ``OK`` or the name of an error; fail if the model doesn't allow the answer."""
    expected = 200 if operation is None else int(operation.http.get("responseCode", 200))
    error = answer.headers.get("x-amzn-ErrorType")
    if error is None:
        assert operation is not None
        assert answer.status == expected
        content = json.loads(answer.body) if answer.body else {}
        assert list(_wrong(operation.output_shape, content, operation.name)) == []
        parsed = _parsed(answer, operation.output_shape)
        assert "Error" not in parsed
        return "OK"
    assert answer.status == shape(error).metadata["error"]["httpStatusCode"]
    if operation is not None:
        assert error in {possible.name for possible in operation.error_shapes}
    content = json.loads(answer.body)
    # Not in the model: SDKs of several languages choose the type of an error by the body.
    assert content.pop("__type") == error
    assert list(_wrong(shape(error), content, error)) == []
    assert {"code", "message", "context"} == set(content)
    assert content["code"] == error
    assert content["context"]["reason"]
    parsed = _parsed(answer, None if operation is None else operation.output_shape)
    assert parsed["Error"]["Code"] == error
    assert parsed["Error"]["Message"] == content["message"]
    assert "Traceback" not in content["message"]
    return error


def _parsed(answer: Answer, wanted: Shape | None) -> dict[str, Any]:
    headers = CIMultiDict(answer.headers)
    response = {"status_code": answer.status, "headers": headers, "body": answer.body}
    # An answer without content has no shape; botocore's type stubs don't know that.
    shape_or_none: Any = wanted
    parsed: dict[str, Any] = create_parser("rest-json").parse(response, shape_or_none)
    return parsed


def _wrong(wanted: Shape | None, value: Any, path: str) -> Iterator[str]:
    """Yield the deviations from the model."""
    if wanted is None:
        if value != {}:
            yield f"{path}: {value!r}, but the operation has no output"
        return
    kind = wanted.type_name
    if not _is(kind, value):
        yield f"{path}: {value!r} is no {kind}"
        return
    yield from _rules(wanted, value, path)
    match kind:
        case "list":
            for item in value:
                yield from _wrong(cast("ListShape", wanted).member, item, f"{path}[]")
        case "map":
            for key, item in value.items():
                yield from _wrong(cast("MapShape", wanted).key, key, f"{path} key")
                yield from _wrong(cast("MapShape", wanted).value, item, f"{path}.{key}")
        case "structure":
            yield from _members(cast("StructureShape", wanted), value, path)


def _is(kind: str, value: object) -> bool:
    return isinstance(value, _PYTHON[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _rules(wanted: Shape, value: Any, path: str) -> Iterator[str]:
    kind, rules = wanted.type_name, wanted.metadata
    if kind == "timestamp":
        if not _MOMENT.fullmatch(value):
            yield f"{path}: {value!r} is no time"
        return
    if kind in ("structure", "boolean"):
        return
    size = len(value) if kind in ("string", "list", "map") else value
    if size < rules.get("min", size) or size > rules.get("max", size):
        yield f"{path}: {value!r} breaks {rules}"
    if value not in rules.get("enum", [value]):
        yield f"{path}: {value!r} is not in the enum"
    if "pattern" in rules and not re.search(rules["pattern"].replace("$", r"\Z"), value):
        yield f"{path}: {value!r} breaks {rules['pattern']}"


def _members(wanted: StructureShape, value: dict[str, Any], path: str) -> Iterator[str]:
    names = {each.serialization.get("name", name): each for name, each in wanted.members.items()}
    missing = set(wanted.required_members) - set(value)
    if missing:
        yield f"{path}: lacks {missing}"
    for name, item in value.items():
        if name not in names:
            yield f"{path}: has the unknown {name}"
        else:
            yield from _wrong(names[name], item, f"{path}.{name}")
