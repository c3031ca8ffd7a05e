"""Calls of a declaration: clients, parameters, and mistakes in the parameters."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from math import inf
from typing import Any

import botocore
from botocore.model import OperationModel, OperationNotFoundError
from botocore.validate import ParamValidator

from waiter.exceptions import ServiceError
from waiter.runtime import clients
from waiter.runtime.text import printable, shown

from . import errors
from .models import Operations
from .parsers import Parsers
from .restore import restored

RUN = "$RUN"
"""A parameter with this value gets the run's id."""
_ANY_RUN = RUN * 16
"""Stands for a run's id while none is known. Some models demand up to 36 characters."""


@dataclass(frozen=True)
class Call:
    """One call: a service and an operation of botocore, and parameters as the template has them.

    ``name`` is its property. ``token`` names the parameter for a client token, which the service
    honours for ``token_seconds``. Without ``region`` or ``endpoint``, the function's own apply.
    The client also has the ``operations`` of the declaration's other calls.
    """

    name: str
    service: str
    operation: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    region: str = ""
    endpoint: str = ""
    token: str = ""
    token_seconds: float = inf
    operations: tuple[str, ...] = ()

    def with_run(self, run: str) -> "Call":
        """Return the call about a run."""
        return replace(self, parameters=_with_run(self.parameters, run))

    def with_token(self, token: str) -> "Call":
        """Return the call with a client token."""
        named = {self.token: token} if self.token else {}
        return replace(self, parameters={**self.parameters, **named})

    def names_a_run(self) -> bool:
        """Tell whether the call is about a run."""
        return bool(_with_run(self.parameters, "") != self.parameters)


@cache
def connect(service: str, region: str, endpoint: str, *operations: str) -> Any:
    """Return a client with some operations of a service.

    Raises a REFUSED ServiceError if there can be none.
    """
    session = clients._session()  # noqa: SLF001 - the only session of the function
    with _loader(session).only(operations):
        return clients.client(service, region_name=region or None, endpoint_url=endpoint or None)


@cache
def _loader(session: Any) -> Operations:
    loader = Operations()
    session.register_component("data_loader", loader)
    session.register_component("response_parser_factory", Parsers())
    return loader


def client(call: Call) -> Any:
    """Return the client for a call."""
    return connect(
        call.service, call.region, call.endpoint, *(call.operations or (call.operation,))
    )


def operation(call: Call) -> OperationModel:
    """Return the model of a call; raise OperationNotFoundError for an unknown operation."""
    found: OperationModel = client(call).meta.service_model.operation_model(call.operation)
    return found


def mistakes(call: Call) -> list[str]:
    """Return everything that is wrong with a call, by the service's model. Makes no call."""
    version = f"botocore {botocore.__version__}, which the function's runtime has"
    try:
        model = operation(call)
    except OperationNotFoundError:
        rule = f"{version}, knows no such operation of {call.service}"
        return [f"{call.name}.Operation is {shown(call.operation)}: {rule}"]
    except ServiceError as error:
        if errors.code(error) != "UnknownServiceError":
            raise
        return [f"{call.name}.Service is {shown(call.service)}: {version}, knows no such service"]
    wrong: list[str] = []
    call = call.with_run(_ANY_RUN).with_token(_ANY_RUN[:36])
    parameters = restored(call.parameters, model.input_shape, call.name, wrong, version)
    if model.input_shape is not None and not wrong:
        report = ParamValidator().validate(parameters, model.input_shape)
        if report.has_errors():
            lines = report.generate_report().splitlines()
            wrong.extend(f"{call.name}: {printable(line)}" for line in lines)
    return wrong


def perform(call: Call) -> dict[str, Any]:
    """Make a call and return its response; raise ServiceError if there is none."""
    model = operation(call)
    parameters = restored(call.parameters, model.input_shape, call.name, [])
    try:
        return clients.call(client(call), call.operation, **parameters)
    except ServiceError as error:
        error.operation = f"{model.service_model.signing_name}:{call.operation}"
        raise


def _with_run(value: Any, run: str) -> Any:
    if isinstance(value, Mapping):
        return {name: _with_run(each, run) for name, each in value.items()}
    if isinstance(value, list):
        return [_with_run(each, run) for each in value]
    return run if value == RUN else value
