"""A simulation whose function is killed at a call to the outside, and run again by Lambda."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from streaming_session import resource
from testkit.function.simulation import Simulation, with_lifecycle
from waiter.cloudformation.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Callable

    from waiter.invocation import Dependencies


class Killed(BaseException):
    """The end of the function's process."""


@dataclass
class Tripwire:
    """Ends the process at the n-th call to the outside, before the call or after it."""

    at: int
    after: bool
    calls: int = 0

    def guard(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return ``call`` so that it trips the wire."""

        def guarded(*values: Any, **named: Any) -> Any:
            self.calls += 1
            trips = self.calls == self.at
            if trips and not self.after:
                raise Killed
            result = call(*values, **named)
            if trips:
                raise Killed
            return result

        return guarded


@dataclass
class Guarded:
    """A client whose methods all trip the wire."""

    client: Any
    wire: Tripwire

    def __getattr__(self, name: str) -> Any:
        """Return a method of the client."""
        return self.wire.guard(getattr(self.client, name))


class Killable(Simulation):
    """Runs a request that ends at the wire."""

    wire: Tripwire

    def dependencies(self) -> Dependencies:
        """Return everything outside the function, where each call trips the wire."""
        dependencies, service = super().dependencies(), Guarded(self.service, self.wire)
        stack = Guarded(self.stack, self.wire)
        return replace(
            dependencies,
            resource=with_lifecycle(lambda request: resource.lifecycle(request, service)),
            stack=lambda r: Stack(r, stack),
            invoke=self.wire.guard(dependencies.invoke),
            put=self.wire.guard(dependencies.put),
        )

    def run_to_the_end(self, first: dict[str, Any]) -> list[dict[str, Any]]:
        """Run a request, run killed invocations again after a minute, and return the answers."""
        waiting = [first]
        while waiting:
            invocation = waiting.pop()
            try:
                self.invoke_once(invocation)
            except Killed:
                self.clock.sleep(60)
                waiting.append(invocation)
            # A hand-over that reached Lambda runs as well as the retried invocation.
            waiting[:0] = self.handed
            self.handed.clear()
        return self.answers
