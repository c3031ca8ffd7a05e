"""A declaration as the properties of its custom resource."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from cdk_waiter._private import validation as rules
from cdk_waiter.call import AwsCall

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cdk_waiter.on_delete import OnDelete
    from cdk_waiter.phases import Phases

CALL: Final = rules.member("AwsCall", AwsCall)
EXPRESSION: Final = rules.optional(rules.literal)
"""The rule for a JMESPath expression, or none."""
TEXTS: Final = rules.sequence(rules.literal)
"""The rule for a list of names."""

_NAME: Final = rules.matching(r"[A-Za-z][A-Za-z0-9]*", "letters and digits, such as PrivateIp")


def attributes(argument: str, value: object) -> dict[str, str]:
    """Accept JMESPath expressions by the names of attributes; a rule."""
    if not isinstance(value, dict):
        rules.refuse(TypeError, argument, value, "it must be a dictionary")
    return {
        _NAME(f"a name in {argument}", name): rules.literal(f"{argument}[{name!r}]", each)
        for name, each in value.items()
    }


def one_or_more(rule: rules.Rule) -> rules.Rule:
    """Return a rule that accepts one value or a list of them, as a list."""
    several = rules.sequence(rule)

    def check(argument: str, value: object) -> list[object]:
        if isinstance(value, list | tuple):
            return list(several(argument, value)) or rules.refuse(
                ValueError, argument, value, "it must not be empty"
            )
        return [rule(argument, value)]

    return check


def listed(calls: AwsCall | Sequence[AwsCall]) -> list[AwsCall]:
    """Return one call or several as a list, as the rule `one_or_more` has made it."""
    return [calls] if isinstance(calls, AwsCall) else list(calls)


def refuse_run(calls: Iterable[AwsCall]) -> None:
    """Raise ValueError for a call with the parameter `RUN`, in a resource that has no runs."""
    for each in calls:
        if each.names_the_run:
            raise ValueError(
                f"{each.action} has the parameter RUN: only a Run has runs; pass the id"
            )


@dataclass(frozen=True)
class Declaration:
    """The instructions for the function; ``Started`` and ``Run`` describe the fields."""

    kind: Literal["Started", "Run", "Awaited"]
    noun: str
    id: str
    read: Sequence[AwsCall]
    state: str
    phases: Phases
    on_delete: OnDelete | None = None
    start: AwsCall | None = None
    stop: AwsCall | None = None
    run: str | None = None
    existing: str | None = None
    marker: str | None = None
    started_at: str | None = None
    token_seconds: int | None = None
    refused: str | None = None
    why: str | None = None
    absent: Sequence[str] = ()
    busy: Sequence[str] = ()
    exists: Sequence[str] = ()
    retry: Sequence[str] = ()
    reveal: Sequence[str] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def calls(self) -> list[AwsCall]:
        """The calls that the function may make."""
        return [*self.read, *[each for each in (self.start, self.stop) if each is not None]]

    def to_properties(self) -> dict[str, Any]:
        """Return the resource's properties besides its attributes, without those that are empty."""
        read = [each.to_properties() for each in self.read]
        start = None if self.start is None else self.start.to_properties()
        if start is not None and self.token_seconds is not None:
            start["TokenSeconds"] = self.token_seconds
        properties = {
            "Kind": self.kind,
            "Noun": self.noun,
            "Id": self.id,
            "Read": read[0] if len(read) == 1 else read,
            "Start": start,
            "Stop": None if self.stop is None else self.stop.to_properties(),
            "Run": self.run,
            "Existing": self.existing,
            "Refused": self.refused,
            "State": self.state,
            "Phases": self.phases.to_properties(),
            "StartedAt": self.started_at,
            "Absent": list(self.absent),
            "Busy": list(self.busy),
            "Exists": list(self.exists),
            "Marker": self.marker,
            "Why": self.why,
            "Retry": list(self.retry),
            "Reveal": list(self.reveal),
            "OnDelete": None if self.on_delete is None else self.on_delete.value,
        }
        return {name: each for name, each in properties.items() if each not in (None, [], {})}
