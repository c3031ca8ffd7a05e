"""The pytest plugin: ``nimble``, an emulator for each test, and ``nimble_cloud``, a local cloud.

pytest imports this module wherever the package is installed, so the fixtures import the rest.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from nimble_local import missing_package

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nimble_local.fixture import Nimble
    from nimble_local.testing import LocalCloud


@pytest.fixture
def nimble_settings() -> Mapping[str, Any]:
    """Return settings of the emulator that differ from the defaults; override this fixture.

    The names are those of "What is inferred" in docs/emulator.md, such as ``start_seconds``.
    """
    return {}


@pytest.fixture
def nimble_seed() -> Mapping[str, Any]:
    """Return a seed for the start; override this fixture.

    The lists are those of "The world at the start" in docs/emulator.md, such as ``sessions``.
    """
    return {}


@pytest.fixture
def nimble(nimble_settings: Mapping[str, Any], nimble_seed: Mapping[str, Any]) -> Iterator[Nimble]:
    """Return an emulator of Nimble Studio for this test."""
    try:
        from nimble_local.fixture import emulated  # noqa: PLC0415 - see above
    except ModuleNotFoundError as missing:
        pytest.fail(missing_package(missing), pytrace=False)
    with emulated(nimble_settings, nimble_seed) as made:
        yield made


@pytest.fixture(scope="session")
def nimble_cloud_settings() -> Mapping[str, Any]:
    """Return settings of the local cloud's emulator; override this fixture.

    The names are those of "What is inferred" in docs/emulator.md, such as ``start_seconds``.
    """
    return {}


@pytest.fixture(scope="session")
def _nimble_local_cloud(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    nimble_cloud_settings: Mapping[str, Any],
) -> Iterator[LocalCloud]:
    try:
        from nimble_local.cloud.errors import LocalCloudError  # noqa: PLC0415 - see above
        from nimble_local.testing import local_cloud  # noqa: PLC0415
    except ModuleNotFoundError as missing:
        pytest.fail(missing_package(missing), pytrace=False)
    state = tmp_path_factory.mktemp("nimble-cloud")
    cloud = local_cloud(request.config.rootpath, settings=nimble_cloud_settings, state=state)
    with ExitStack() as stack:
        try:
            made = stack.enter_context(cloud)
        except LocalCloudError as error:
            pytest.fail(str(error), pytrace=False)
        yield made


@pytest.fixture
def nimble_cloud(
    _nimble_local_cloud: LocalCloud, nimble_seed: Mapping[str, Any]
) -> Iterator[LocalCloud]:
    """Return a local cloud to deploy CDK apps to, without stacks at the start of each test."""
    _nimble_local_cloud.nimble.seed(nimble_seed)
    try:
        yield _nimble_local_cloud
    finally:
        _nimble_local_cloud.reset()
