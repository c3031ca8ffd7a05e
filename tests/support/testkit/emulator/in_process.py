"""The emulated API without a network, with requests as botocore writes them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botocore.serialize import create_serializer
from multidict import CIMultiDict

from nimble_local.emulator.http.responses import Incoming, respond
from nimble_local.emulator.service.model import service_model
from testkit.emulator import model_answers

if TYPE_CHECKING:
    from nimble_local.emulator.backend import Backend

SIGNATURE = (
    "AWS4-HMAC-SHA256 Credential=AKIACALLER/20261123/us-west-2/nimble/aws4_request, "
    "SignedHeaders=host, Signature=00"
)
_SERIALIZER = create_serializer("rest-json", include_validation=True)


def incoming(operation: str, parameters: dict[str, Any]) -> Incoming:
    """Return a request as botocore writes it."""
    made = _SERIALIZER.serialize_to_request(parameters, service_model().operation_model(operation))
    query = {
        key: value if isinstance(value, list) else [str(value)]
        for key, value in made["query_string"].items()
    }
    return Incoming(
        method=made["method"],
        raw_path=made["url_path"],
        query=query,
        headers=CIMultiDict({**made["headers"], "Authorization": SIGNATURE}),
        body=made["body"] or b"",
    )


def ask(backend: Backend, operation: str, **parameters: Any) -> tuple[str, dict[str, Any]]:
    """Perform an operation; return ``OK`` or the name of the error, and the body."""
    answer = respond(backend, incoming(operation, parameters)).answer
    assert answer is not None
    outcome = model_answers.check(service_model().operation_model(operation), answer)
    content: dict[str, Any] = json.loads(answer.body or b"{}")
    return outcome, content
