"""A loader of service models with only the operations that a declaration calls."""

from collections.abc import Container, Iterator
from contextlib import contextmanager
from typing import Any

from waiter.runtime.loader import Data


class Operations(Data):
    """A loader whose clients have only some operations.

    botocore makes a method for each operation. EC2 has more than 700, which takes a fifth of the
    time until its first call.
    """

    _kept: Container[str] | None = None

    @contextmanager
    def only(self, operations: Container[str]) -> Iterator[None]:
        """Keep only these operations of models that are loaded meanwhile."""
        self._kept = operations
        try:
            yield
        finally:
            self._kept = None

    def load_service_model(self, service_name: str, *more: Any, **named: Any) -> Any:
        """Load a model of one service."""
        model = super().load_service_model(service_name, *more, **named)
        kept = self._kept
        if kept is None or "operations" not in model:
            return model
        operations = {name: each for name, each in model["operations"].items() if name in kept}
        return {**model, "operations": operations}
