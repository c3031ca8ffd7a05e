"""The function with declared resources, in virtual time."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from declared import resource
from testkit.declared.services import Services
from testkit.function.simulation import Simulation

if TYPE_CHECKING:
    from waiter.invocation import Dependencies


@dataclass
class DeclaredWorld(Simulation):
    """Runs the function on events for declared resources.

    `declared.call.connect` has to be replaced by the services' `client`.
    """

    services: Services = field(init=False)

    def __post_init__(self) -> None:
        """Make the services."""
        super().__post_init__()
        self.services = Services(self.clock)

    def dependencies(self) -> Dependencies:
        """Return simulations of everything outside the function."""
        kind: Any = resource
        return replace(super().dependencies(), resource=kind)
