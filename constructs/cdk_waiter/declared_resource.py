"""The base class of the three kinds of declared resources."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

import jsii
from aws_cdk import IAnyProducer, IResolveContext, Lazy, Stack
from constructs import Construct

from cdk_waiter._private import validation as rules
from cdk_waiter._private.custom_resource import custom_resource, digits, seconds
from cdk_waiter._private.declared import registry
from cdk_waiter._private.json_text import json_value
from cdk_waiter._private.triggers import canonical
from cdk_waiter.on_delete import OnDelete
from cdk_waiter.waiter_provider import WaiterProvider

if TYPE_CHECKING:
    from aws_cdk import Duration

    from cdk_waiter._private.declared.declaration import Declaration

MAX_TIMEOUT_SECONDS: Final = 59 * 60
MAX_POLL_INTERVAL_SECONDS: Final = 60
_TIMEOUT_SECONDS: Final = 30 * 60
_POLL_INTERVAL_SECONDS: Final = 5

WAIT_RULES: Final[dict[str, rules.Rule]] = {
    "timeout": rules.optional(rules.duration(1, MAX_TIMEOUT_SECONDS, "Duration.minutes(30)")),
    "poll_interval": rules.optional(
        rules.duration(1, MAX_POLL_INTERVAL_SECONDS, "Duration.seconds(5)")
    ),
    "triggers": json_value,
    "provider": rules.optional(rules.member("WaiterProvider", WaiterProvider)),
}
"""The rules for the arguments that every declared resource has."""

STARTED_ON_DELETE: Final = rules.member(
    "OnDelete", OnDelete, among=(OnDelete.RETAIN, OnDelete.STOP)
)
"""The rule for the effect of deleting what is started."""

RUN_ON_DELETE: Final = rules.member("OnDelete", OnDelete, among=(OnDelete.NOTHING, OnDelete.CANCEL))
"""The rule for the effect of deleting a run."""


class DeclaredResource(Construct):
    """A custom resource that is complete once something has been started, run or awaited.

    Create one of its kinds: `Started`, `Run`, `Awaited`, or a construct for one service.
    """

    _resource_type: ClassVar[str]

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - every construct's name for it
        declaration: Declaration,
        *,
        timeout: Duration | None,
        poll_interval: Duration | None,
        triggers: object,
        provider: WaiterProvider | None,
    ) -> None:
        stack = Stack.of(scope)

        def path() -> str:
            return f"{scope.node.path}/{id}"

        # Every mistake is found before the construct exists: a half-built one would stay.
        provider = registry.find_provider(stack, path, provider)
        key = (self._resource_type, declaration.read[0].service, declaration.id)
        if declaration.kind == "Started":
            registry.check_started(stack, path, key)
        text = None if triggers is None else canonical(stack, triggers)
        super().__init__(scope, id)
        self._attributes = dict(declaration.attributes)
        self._provider = provider or registry.create_provider(stack)
        if declaration.kind == "Started":
            registry.register_started(stack, self, key)
        policies = self._provider.serve(
            self,
            declaration.calls,
            stops=declaration.on_delete is OnDelete.STOP,
            cancels=declaration.on_delete is OnDelete.CANCEL,
        )
        limit = seconds(timeout, _TIMEOUT_SECONDS)
        properties = {
            **declaration.to_properties(),
            "Attributes": Lazy.uncached_any(_Attributes(self._attributes)),
            "TimeoutSeconds": digits(limit),
            "PollIntervalSeconds": digits(seconds(poll_interval, _POLL_INTERVAL_SECONDS)),
            "Triggers": text,
        }
        self._resource = custom_resource(
            self, self._resource_type, self._provider.function, limit, properties, policies
        )

    @property
    def provider(self) -> WaiterProvider:
        """The function behind the resource."""
        return self._provider

    @property
    def ref(self) -> str:
        """The resource's physical id: the id of the thing, or of the run."""
        return self._resource.ref

    @property
    def attribute_expressions(self) -> dict[str, str]:
        """The JMESPath expressions of the attributes, by their names."""
        return dict(self._attributes)

    def get_att_string(self, attribute_name: str) -> str:
        """Return a declared attribute, as a token that is resolved during deployment.

        Parameters
        ----------
        attribute_name
            One of the names in ``attributes``.

        Raises
        ------
        ValueError
            When no such attribute is declared.
        """
        if not self._attributes:
            raise ValueError(
                f"attribute_name is {rules.shown(attribute_name)}: the resource declares no "
                "attributes; pass attributes={...} when you create it"
            )
        name = rules.one_of(*self._attributes)("attribute_name", attribute_name)
        return self._resource.get_att_string(name)

    def _get_unbounded(self, name: str, expression: str) -> str:
        """Return an attribute that may exceed the answer's 4,096 bytes, and is declared if used."""
        self._attributes[name] = expression
        return self._resource.get_att_string(name)


@jsii.implements(IAnyProducer)
class _Attributes:
    """The attributes' expressions, with those that are declared when they are first used."""

    def __init__(self, expressions: dict[str, str]) -> None:
        self._expressions = expressions

    def produce(self, context: IResolveContext) -> object:
        """Return the expressions; part of ``IAnyProducer``."""
        del context
        return self._expressions or None
