"""The official service model of Amazon Nimble Studio, as AWS last published it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from botocore.exceptions import DataNotFoundError
from botocore.loaders import Loader
from botocore.model import ServiceModel

if TYPE_CHECKING:
    from botocore.model import OperationModel, Shape

SERVICE = "nimble"
"""The service's name in botocore and in a request's signature."""


@cache
def service_model() -> ServiceModel:
    """Return the service model from the package ``botocore-a-la-carte-nimble``.

    Raises
    ------
    ModuleNotFoundError
        The package is not installed.
    """
    # Only the installed package: a model in the user's ~/.aws/models isn't the official one.
    loader = Loader(
        extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False
    )
    try:
        return ServiceModel(loader.load_service_model(SERVICE, "service-2"), SERVICE)
    except DataNotFoundError as error:
        name = "botocore-a-la-carte-nimble"
        raise ModuleNotFoundError(f"There is no package {name!r}.", name=name) from error


def operations() -> list[OperationModel]:
    """Return all operations of the service model."""
    model = service_model()
    return [model.operation_model(name) for name in model.operation_names]


def shape(name: str) -> Shape:
    """Return a shape of the service model by its name."""
    return service_model().shape_for(name)


def values(name: str) -> list[str]:
    """Return the values of an enum of the service model."""
    return [str(value) for value in shape(name).metadata["enum"]]


def error_status(name: str) -> int:
    """Return the HTTP status that the model gives to an error."""
    return int(shape(name).metadata["error"]["httpStatusCode"])
