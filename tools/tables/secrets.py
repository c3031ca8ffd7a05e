"""The operations whose responses hold secrets or presigned URLs.

An operation is one of them if its response has a secret, which its name or, for a presigned URL,
its documentation shows. What the model marks as sensitive counts only near the top, where it is
what the operation is for: the function removes it from every response.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tables.models import models

if TYPE_CHECKING:
    from collections.abc import Iterator

# The names of members, in lower case, that let their holder act as somebody or read something.
_CREDENTIALS: Final = re.compile(
    r"\w*secretaccesskey|secretstring|secretbinary|secretcode|secret|\w*sharedsecret|secrettoken"
    r"|secrettoauthenticate\w*|\w*clientsecret(value)?|\w*password|passworddata|\w*passphrase"
    r"|\w*privatekey(plaintext|base64)?|keymaterial|base32stringseed|qrcodepng|certificatewallet"
    r"|sessiontoken|\w*authorizationtoken|\w*accesstoken|refreshtoken|idtoken|bearertoken|jwttoken"
    r"|\w*authtoken(value)?|tokenvalue|jointoken|participanttoken|connectiontoken|webidentitytoken"
    r"|webtoken|clitoken|securitytoken|signedtoken|signintoken|hectoken|grafanatoken|billingtoken"
    r"|playergatewaytoken|apikey|authkey|personalpin|paymentcredential|signedconnectionstring"
)
_URLS: Final = re.compile(
    r"\w*pre_?signed\w*ur[li]|\w*signedur[li]|\w*streaming(session)?url|embedurl|\w*uploadurl"
    r"|\w*download(ur[li]|link)"
)
_A_URL: Final = re.compile(r"(?i)\w*(ur[li]|link|location)")
_PRESIGNED: Final = re.compile(r"(?i)pre-?\s?signed")
_OPERATIONS: Final = re.compile(
    r"(Create|Get|Generate|Request|Rotate)\w*(Presigned|SignedUrl|StreamingUrl|StreamingURL|EmbedUrl"
    r"|UploadUrl|DownloadUrl|LoginUrl|AuthToken|Credentials)\w*"
)
_ALWAYS: Final = {"secretaccesskey", "sessiontoken"}
"""Members that make an operation one of these however deep they are: credentials of AWS."""
_IF_MARKED: Final = {"token"}
"""Names of secrets and of much else, so that only the model tells."""
_NEAR: Final = 2
"""The levels, from the top, at which a marked member is what the operation is for."""
_MAX_DEPTH: Final = 8

# By service, operations as a pattern: what looks like a secret in their responses isn't one.
HARMLESS: Final = {
    # The path of a file.
    "appmesh": r"\w+",
    # A default that AWS's documentation gives.
    "cloudhsmv2": r"\w+",
    # Masked, like the pending password of a database.
    "docdb": r"\w+",
    "emr": r"DescribeCluster",
    "neptune": r"\w+",
    "lightsail": r"GetRelationalDatabases?",
    "elbv2": r"\w+",
    "glue": r"(Get|BatchGet)Jobs?",
    # Anybody can read it in the DNS.
    "ec2": r"\w+IpamExternalResourceVerificationTokens?",
    # The URL in its response is one that the start was given.
    "ssm": r"GetAutomationExecution|DescribeAutomationExecutions",
}

# Neither a name nor the documentation of a member shows these secrets.
OTHERS: Final = {
    "apigateway": [
        *("CreateApiKey", "CreateUsagePlanKey", "GetApiKey", "GetApiKeys", "GetUsagePlanKey"),
        *("GetUsagePlanKeys", "UpdateApiKey"),
    ],
    "bedrock-agentcore": ["GetResourcePaymentToken", "ProcessPayment"],
    "appsync": ["CreateApiKey", "ListApiKeys", "UpdateApiKey"],
    "eks": ["RegisterCluster"],
    "evs": ["GetDepotUrl"],
    "glue": ["GetConnection", "GetConnections"],
    "grafana": ["CreateWorkspaceApiKey", "CreateWorkspaceServiceAccountToken"],
    "iot": ["GetTopicRule"],
    "iotwireless": ["GetWirelessDevice"],
    "ivs": ["BatchGetStreamKey", "CreateChannel", "CreateStreamKey", "GetStreamKey"],
    "kms": ["Decrypt", "GenerateDataKey", "GenerateRandom"],
    "lambda": ["GetLayerVersion", "GetLayerVersionByArn"],
    "license-manager": ["CreateToken"],
    "location": ["CreateKey", "DescribeKey"],
    "payment-cryptography-data": ["DecryptData"],
    "pinpoint": [
        *("DeleteBaiduChannel", "DeleteGcmChannel", "GetBaiduChannel", "GetGcmChannel"),
        *("UpdateBaiduChannel", "UpdateGcmChannel"),
    ],
    "ssm": [
        *("CreateActivation", "GetParameter", "GetParameterHistory", "GetParameters"),
        "GetParametersByPath",
    ],
    "workmail": ["AssumeImpersonationRole"],
}


class _Member(NamedTuple):
    """A string or bytes in a response: the names that lead to it, and what the model says."""

    path: tuple[str, ...]
    marked: bool
    documentation: str


def secret_operations() -> dict[str, list[str]]:
    """Return the operations whose responses hold secrets or presigned URLs, by service."""
    found = {
        name: sorted(
            {
                each
                for each in model["operations"]
                if returns_secrets(model, each) and not re.fullmatch(HARMLESS.get(name, ""), each)
            }
            | set(OTHERS.get(name, []))
        )
        for name, model in models().items()
    }
    return {name: operations for name, operations in found.items() if operations}


def returns_secrets(model: dict[str, Any], operation: str) -> bool:
    """Tell whether an operation's name or its response shows a secret."""
    output = model["operations"][operation].get("output")
    if output is None:
        return False
    if _OPERATIONS.fullmatch(operation):
        return True
    return any(map(_is_secret, _members(model, output["shape"])))


def _is_secret(member: _Member) -> bool:
    name = member.path[-1].lower()
    if name in _ALWAYS:
        return True
    if member.marked and len(member.path) > _NEAR:
        return False
    documented = _A_URL.fullmatch(name) and _PRESIGNED.search(member.documentation)
    named = _CREDENTIALS.fullmatch(name) or _URLS.fullmatch(name)
    return bool(named or documented or (member.marked and name in _IF_MARKED))


def _members(
    model: dict[str, Any],
    name: str,
    above: frozenset[str] = frozenset(),
    at: _Member = _Member((), marked=False, documentation=""),  # noqa: B008 - it's immutable
) -> Iterator[_Member]:
    shape = model["shapes"][name]
    at = at._replace(marked=at.marked or bool(shape.get("sensitive")))
    if shape["type"] in {"string", "blob"} and at.path:
        text = shape.get("documentation", "")
        yield at._replace(documentation=f"{at.documentation} {text}")
    if name in above or len(at.path) == _MAX_DEPTH:
        return
    above |= {name}
    for member, target in shape.get("members", {}).items():
        below = _Member((*at.path, member), at.marked, target.get("documentation", ""))
        yield from _members(model, target["shape"], above, below)
    for inner in ("member", "value"):
        if inner in shape:
            yield from _members(model, shape[inner]["shape"], above, at)
