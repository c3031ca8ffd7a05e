"""How hypothesis and xdist run, in all tests."""

from hypothesis import HealthCheck, settings
from xdist.workermanage import NodeManager  # type: ignore[import-untyped]

# An example takes as long as a busy machine lets it. On CI hypothesis would by itself draw the same
# examples each time, whatever seed it is given; `make test` names the seed of its run.
settings.register_profile(
    "seeded", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=False
)
settings.load_profile("seeded")

# After Ctrl-C a process of xdist ends its clouds; killed in the middle of that it would leave them.
NodeManager.EXIT_TIMEOUT = 60
