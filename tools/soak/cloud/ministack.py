"""The cloud of the stories: MiniStack between the relay and a record of its invocations."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from nimble_local.cloud.servers.definitions import Launch, MiniStack
from nimble_local.cloud.servers.ports import LOOPBACK

SERVICE_SECONDS = 30
"""The time that CloudFormation waits beyond the function's own timeout."""

TOOLS = Path(__file__).parents[2]


@dataclass(frozen=True)
class RelayedMiniStack(MiniStack):
    """MiniStack that records invocations, and whose functions use the relay at ``port``."""

    app: str = "soak.cloud.recorded_ministack:app"
    port: int = 0
    invocations: Path = Path()

    def launch(self) -> Launch:
        """See `MiniStack.launch`."""
        made = super().launch()
        more = {
            "GATEWAY_PORT": str(self.port),
            "AWS_ENDPOINT_URL_CLOUDFORMATION": f"http://{LOOPBACK}:{self.port}",
            "SOAK_INVOCATIONS": str(self.invocations),
            "PYTHONPATH": str(TOOLS),
        }
        return replace(made, variables={**made.variables, **more})
