"""How hypothesis runs, in all tests."""

from hypothesis import HealthCheck, settings

# An example takes as long as a busy machine lets it. On CI hypothesis would by itself draw the same
# examples each time, whatever seed it is given; `make test` names the seed of its run.
settings.register_profile(
    "seeded", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=False
)
settings.load_profile("seeded")
