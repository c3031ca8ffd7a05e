"""A loader of botocore's data that skips what a function for a few services doesn't need."""

import os
from contextlib import suppress
from typing import Any

from botocore.exceptions import DataNotFoundError
from botocore.loaders import Loader

_VARIANTS = {"AWS_USE_DUALSTACK_ENDPOINT", "AWS_USE_FIPS_ENDPOINT"}


class Data(Loader):
    """A loader that looks only for the service at hand, and reads endpoints from a short file."""

    _service = ""

    def load_service_model(self, service_name: str, *more: Any, **named: Any) -> Any:
        """Load a model of one service; botocore's own loader scans them all."""
        self._service = service_name
        return super().load_service_model(service_name, *more, **named)

    def list_available_services(self, type_name: str) -> list[str]:
        """Return the service that is being loaded if it has data of a type."""
        with suppress(DataNotFoundError):
            self.list_api_versions(self._service, type_name)
            return [self._service]
        return []

    def load_data_with_path(self, name: str) -> Any:
        """Return a file's data and its path.

        Parsing `endpoints` takes half the time of making a client. Apart from variants,
        `partitions` says the same about these services in a hundredth of the size.
        """
        if name == "endpoints" and not _VARIANTS & os.environ.keys():
            data, path = super().load_data_with_path("partitions")
            with suppress(KeyError):
                return {"partitions": [_endpoints(each) for each in data["partitions"]]}, path
        return super().load_data_with_path(name)


def _endpoints(partition: dict[str, Any]) -> dict[str, Any]:
    host = "{service}.{region}.{dnsSuffix}"
    return {
        **partition,
        "partition": partition["id"],
        "dnsSuffix": partition["outputs"]["dnsSuffix"],
        "regions": {},
        "services": {},
        "defaults": {"hostname": host, "protocols": ["https"], "signatureVersions": ["v4"]},
    }
