"""ARNs that are exact as long as one policy holds them all."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Final

import jsii
from aws_cdk import IStableAnyProducer, Lazy, Token

from cdk_nimble_streaming_session._private import arns

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_cdk import Stack
    from constructs import Construct

    from cdk_waiter._private.served import ServedSessions

INLINE: Final = 7200
"""Characters that these ARNs may take of the 10,240 that IAM allows a role's inline policies.

The rest is for the fixed statements, whose ARNs hold names that CloudFormation makes up, and for
what Lambda itself needs.
"""

MANAGED: Final = 3900
"""Characters that these ARNs may take of the 6,144 that IAM allows a managed policy."""

PREFIX_LENGTH: Final = len("arn:aws:nimble:ap-southeast-2:123456789012:")
"""Characters of an ARN before the resource, at most."""

_QUOTES_AND_COMMA: Final = 3
_REAL_ID: Final = 22
_PATTERN_POLICY: Final = 250
"""Characters of the policy that takes the place of the sessions' own."""


def digest(stack: Stack, text: str) -> str:
    """Return eight hexadecimal digits that differ between texts and stay for each."""
    if Token.is_unresolved(text):
        # A token prints a number that depends on the order of construction; its value doesn't.
        text = json.dumps(stack.resolve(text), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def name_length(name: str) -> int:
    """Return the characters of a name; a token's value is as long as a real id, as far as known."""
    return _REAL_ID if Token.is_unresolved(name) else len(name)


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
    sessions
        The sessions that use the resources.

    Attributes
    ----------
    reserved
        Returns the characters to keep for something more precious than any list, as long as that
        alone fits.
    """

    def __init__(self, stack: Stack, budget: int, sessions: ServedSessions) -> None:
        self._stack = stack
        self._budget = budget
        self._sessions = sessions
        self._lists: list[ResourceList] = []
        self.reserved: Callable[[], int] = lambda: 0

    def make(self, resource: str) -> ResourceList:
        """Return a new list for a type of resource, such as ``streaming-session``."""
        made = ResourceList(self, self._stack, resource, self._sessions)
        self._lists.append(made)
        return made

    def leave(self, characters: int) -> None:
        """Leave room in the policy for something else."""
        self._budget -= characters

    def fits_reserved(self) -> bool:
        """Tell whether there is room for everything that was reserved."""
        return self.reserved() <= self._budget

    def is_given_up(self, one: ResourceList) -> bool:
        """Tell whether a list has to be a pattern for all to keep within the budget."""
        reserved = self.reserved() if self.fits_reserved() else _PATTERN_POLICY
        before = self._lists.index(one)
        return sum(each.size() for each in self._lists[before:]) + reserved > self._budget


@jsii.implements(IStableAnyProducer)
class ResourceList:
    """The resources of one statement; made by `ResourceLists`."""

    def __init__(
        self, owner: ResourceLists, stack: Stack, resource: str, sessions: ServedSessions
    ) -> None:
        self._owner = owner
        self._stack = stack
        self._resource = resource
        self._sessions = sessions
        self._arns: dict[str, str] = {}
        self._users: dict[str, list[Construct]] = {}

    def add(self, name: str, user: Construct) -> str:
        """Add a resource by its name for a session that uses it; return its ARN."""
        self._users.setdefault(name, []).append(user)
        if name not in self._arns:
            self._arns[name] = arns.arn(self._stack, self._resource, name)
        return self._arns[name]

    def size(self) -> int:
        """Return the characters that the ARNs take."""
        each = PREFIX_LENGTH + len(self._resource) + 1 + _QUOTES_AND_COMMA
        return sum(each + name_length(name) for name in self._names())

    def token(self) -> str:
        """Return what becomes the list at synthesis."""
        return Token.as_string(Lazy.any(self))

    def produce(self) -> object:
        """Return the ARNs; part of jsii's ``IStableAnyProducer``."""
        if self._owner.is_given_up(self):
            return arns.arn(self._stack, self._resource, "*")
        # IAM accepts no statement without a resource. Without a name this ARN is nobody's.
        made = [self._arns[name] for name in self._names()]
        made = made or [arns.arn(self._stack, self._resource, "")]
        return made if len(made) > 1 else made[0]

    def _names(self) -> list[str]:
        return [name for name, users in self._users.items() if self._sessions.has_any(users)]
