"""Settings of hypothesis, xdist and coverage for all tests."""

import gc
import os
import signal
from functools import cache
from pathlib import Path

import pytest
from coverage import Coverage
from hypothesis import HealthCheck, is_hypothesis_test, settings
from xdist.workermanage import NodeManager  # type: ignore[import-untyped]

from testkit.cloud.workers import end_processes_below

# No deadline, since examples can take long on a busy machine. On CI hypothesis would draw the same
# examples each time, regardless of its seed; `make test` names the seed of its run.
settings.register_profile(
    "seeded", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=False
)
# `make unit` checks the same properties with a tenth of the examples.
settings.register_profile("quick", settings.get_profile("seeded"), max_examples=10)
# Not part of `make test`: the function's state machine takes minutes.
settings.register_profile("thorough", settings.get_profile("seeded"), max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "seeded"))

# The CDK's check of templates takes three quarters of a synthesis. Some tests switch it on, and
# cfn-lint checks the construct's templates.
os.environ["CDK_VALIDATION"] = "false"

# Collecting the tests makes millions of objects, and nearly all of them stay: looking for garbage
# among them would take a quarter of the time.
gc.disable()

# A job in a shell's background ignores Ctrl-C, and so would every process that a test starts and
# interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)

# After Ctrl-C, a process of xdist ends its clouds. Killed too early, it would leave them running.
NodeManager.EXIT_TIMEOUT = 60


TESTS = Path(__file__).parent
MEASURED = [TESTS / name for name in ("contract", "unit/declared", "unit/function")]
# Collected before those, it's the first to import modules of `lambda`.
IMPORTING = TESTS / "construct"


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Measure coverage only where tests with fixed examples run `lambda`.

    Measuring makes simulations and random examples three times as long. They aren't needed for it:
    a branch that only a random example reaches would be covered by luck.
    """
    _measure(session.config, wanted=False)


@pytest.hookimpl(tryfirst=True)
def pytest_make_collect_report(collector: pytest.Collector) -> None:
    """Measure the statements that are run by an import from the measured tests."""
    path = collector.path
    _measure(collector.config, wanted=_is_measured(path) or path.is_relative_to(IMPORTING))


# Unlike `pytest_collection_finish`, this also runs in the process that controls xdist's others.
@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop() -> None:
    """Turn garbage collection on again, except for what the collection of the tests has made."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> None:
    """Measure a test with its fixtures, or neither: the threads of a server count, too."""
    is_random = is_hypothesis_test(getattr(item, "obj", None))
    is_slow = item.get_closest_marker("slow") is not None
    _measure(item.config, wanted=_is_measured(item.path) and not is_random and not is_slow)


def _measure(config: pytest.Config, *, wanted: bool) -> None:
    controller = getattr(config.pluginmanager.getplugin("_cov"), "cov_controller", None)
    if controller is None or controller.started == wanted:
        return
    if wanted:
        controller.resume()
        return
    controller.pause()
    # In xdist's processes, pytest-cov has started one more before its own, which would take over.
    while another := Coverage.current():
        another.stop()


@cache
def _is_measured(path: Path) -> bool:
    return any(path.is_relative_to(folder) for folder in MEASURED)


# This runs last, when xdist's processes have ended.
@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """End the clouds that xdist's processes left.

    After Ctrl-C, execnet gives a process 5 s, interrupts it once more, and 10 s later it calls
    `os._exit`, even while a fixture ends its cloud: on a slow machine that isn't enough.
    """
    factory = getattr(config, "_tmp_path_factory", None)
    if factory is not None and not hasattr(config, "workerinput"):
        end_processes_below(factory.getbasetemp())
