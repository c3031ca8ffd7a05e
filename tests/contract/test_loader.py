"""The function's loader finds the same endpoints as botocore's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import UnknownServiceError
from botocore.loaders import JSONFileLoader, Loader
from botocore.regions import EndpointResolver

from waiter.runtime import clients, loader

MODELS = Path(clients.__file__).parents[2] / "streaming_session" / "models"
LONG = Loader()
SHORT = loader.Data(extra_search_paths=[str(MODELS)])
REGIONS = [
    region
    for partition in LONG.load_data("partitions")["partitions"]
    for region in partition["regions"]
]


def endpoint(of: Loader, region: str, *, fips: bool = False) -> Any:
    """Return the endpoint of a service for which botocore has no rules."""
    data, path = of.load_data_with_path("endpoints")
    assert of.is_builtin_path(path)
    found = EndpointResolver(data).construct_endpoint("nimble", region, use_fips_endpoint=fips)
    return found and [found[key] for key in ("partition", "hostname", "signatureVersions")]


def test_a_service_without_rules_has_the_same_endpoint_in_every_region() -> None:
    assert len(REGIONS) > 30
    for region in [*REGIONS, "xx-nowhere-1"]:
        assert endpoint(SHORT, region) == endpoint(LONG, region)


def test_variants_are_looked_up_in_the_long_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", "true")
    found = endpoint(loader.Data(), "us-west-2", fips=True)
    assert found == endpoint(LONG, "us-west-2", fips=True)
    assert found[1] == "nimble-fips.us-west-2.amazonaws.com"


@pytest.mark.parametrize("service", ["cloudformation", "lambda", "nimble"])
@pytest.mark.parametrize("region", ["us-west-2", "cn-north-1", "us-gov-west-1", "ap-southeast-2"])
def test_a_client_is_like_that_of_a_plain_session(service: str, region: str) -> None:
    found: list[Any] = []
    for each in (SHORT, Loader(extra_search_paths=[str(MODELS)])):
        session = botocore.session.Session()
        session.register_component("data_loader", each)
        client: Any = session.create_client(service, region)
        signer = client._request_signer
        called = client.meta.endpoint_url, client.meta.service_model.api_version
        found.append((*called, signer.signing_name, client.meta.region_name))
    assert found[0] == found[1]


def test_a_service_without_data_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    # As in Lambda, where botocore has neither a model of the service nor rules for its endpoints.
    exists = JSONFileLoader.exists
    ours = str(MODELS)

    def only_ours(self: JSONFileLoader, path: str) -> bool:
        return bool(exists(self, path)) and ("nimble" not in path or path.startswith(ours))

    monkeypatch.setattr(JSONFileLoader, "exists", only_ours)
    fresh = loader.Data(extra_search_paths=[ours])
    for service in ("cloudformation", "lambda", "nimble"):
        assert fresh.load_service_model(service, "service-2")["operations"]
    assert fresh.load_service_model("lambda", "endpoint-rule-set-1")
    with pytest.raises(UnknownServiceError, match="'nimble'"):
        fresh.load_service_model("nimble", "endpoint-rule-set-1")


def test_unknown_partitions_fall_back_to_the_long_file(monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = loader.Data()
    load = JSONFileLoader.load_file

    def newer(self: JSONFileLoader, path: str) -> Any:
        return (
            {"partitions": [{"name": "aws"}]} if path.endswith("partitions") else load(self, path)
        )

    monkeypatch.setattr(JSONFileLoader, "load_file", newer)
    assert fresh.load_data("endpoints") == LONG.load_data("endpoints")
