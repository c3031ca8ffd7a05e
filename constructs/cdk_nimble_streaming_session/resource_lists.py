"""ARNs that are exact as long as one policy holds them all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import jsii
from aws_cdk import IStableAnyProducer, Lazy, Token

from cdk_nimble_streaming_session import arns

if TYPE_CHECKING:
    from aws_cdk import Stack

INLINE: Final = 7200
"""Characters that these ARNs may take of the 10,240 that IAM allows a role's inline policies.

The rest is for the fixed statements, whose ARNs hold names that CloudFormation makes up, and for
what Lambda itself needs.
"""

MANAGED: Final = 3900
"""Characters that these ARNs may take of the 6,144 that IAM allows a managed policy."""

_PREFIX: Final = len("arn:aws:nimble:ap-southeast-2:123456789012:")
_QUOTES_AND_COMMA: Final = 3
_REAL_ID: Final = 22


class ResourceLists:
    """The lists that share a budget.

    Those that pass it become one pattern each, in the order in which they were made: so the first
    one made should be the one whose precision matters least.

    Parameters
    ----------
    stack
        The stack whose partition, region and account the ARNs have.
    budget
        Characters that all lists may take together.
    """

    def __init__(self, stack: Stack, budget: int) -> None:
        self._stack = stack
        self._budget = budget
        self._lists: list[ResourceList] = []

    def make(self, resource: str) -> ResourceList:
        """Return a new list for a type of resource, such as ``streaming-session``."""
        made = ResourceList(self, self._stack, resource)
        self._lists.append(made)
        return made

    def leave(self, characters: int) -> None:
        """Leave room in the policy for something else."""
        self._budget -= characters

    def is_given_up(self, one: ResourceList) -> bool:
        """Tell whether a list has to be a pattern for all to keep within the budget."""
        before = self._lists.index(one)
        return sum(each.size for each in self._lists[before:]) > self._budget


@jsii.implements(IStableAnyProducer)
class ResourceList:
    """The resources of one statement; made by `ResourceLists`."""

    def __init__(self, owner: ResourceLists, stack: Stack, resource: str) -> None:
        self._owner = owner
        self._stack = stack
        self._resource = resource
        self._arns: list[str] = []
        self.size = 0

    def add(self, name: str) -> str:
        """Add a resource by its name; return its ARN."""
        arn = arns.arn(self._stack, self._resource, name)
        # What a token stands for is as long as a real id, for all that is known here.
        length = _REAL_ID if Token.is_unresolved(name) else len(name)
        self.size += _PREFIX + len(self._resource) + 1 + length + _QUOTES_AND_COMMA
        self._arns.append(arn)
        return arn

    def token(self) -> str:
        """Return what becomes the list at synthesis."""
        return Token.as_string(Lazy.any(self))

    def produce(self) -> object:
        """Return the ARNs; part of jsii's ``IStableAnyProducer``."""
        if self._owner.is_given_up(self):
            return arns.arn(self._stack, self._resource, "*")
        return self._arns if len(self._arns) > 1 else self._arns[0]
