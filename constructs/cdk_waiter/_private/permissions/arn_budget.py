"""Lists of ARNs that are exact as long as one policy holds them all."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import jsii
from aws_cdk import IStableAnyProducer, Lazy, Token

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_cdk import Stack
    from constructs import Construct

    from cdk_waiter._private.served_resources import ServedResources

INLINE: Final = 7200
"""Characters for these ARNs, of the 10,240 that IAM allows a role's inline policies.

The rest is for the fixed statements, whose ARNs hold names that CloudFormation generates, and for
the permissions that Lambda itself needs.
"""

MANAGED: Final = 3900
"""Characters for these ARNs, of the 6,144 that IAM allows a managed policy."""

_QUOTES_AND_COMMA: Final = 3
_PATTERN_POLICY: Final = 250
"""Characters of the policy that replaces the resources' own."""


def digest(stack: Stack, text: str) -> str:
    """Return eight hexadecimal digits that identify a text."""
    if Token.is_unresolved(text):
        # A token prints a number that depends on the order of construction; its value doesn't.
        text = json.dumps(stack.resolve(text), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


@dataclass(frozen=True)
class ArnForm:
    """The ARNs of one type of resource."""

    arn: Callable[[str], str]
    """Returns the ARN of a name."""
    prefix_length: int
    """Maximum number of characters before the name."""
    token_length: int
    """Number of characters of a name that is known only at deployment."""

    def length(self, name: str) -> int:
        """Return the number of characters of an ARN, by its name."""
        return self.prefix_length + (self.token_length if Token.is_unresolved(name) else len(name))


class ArnBudget:
    """The room that several lists of ARNs share.

    Lists that exceed it become one pattern each, in the order of their creation. So create the list
    whose precision matters least first.

    Parameters
    ----------
    characters
        Characters that all lists may take together.
    served
        The constructs that use the ARNs.

    Attributes
    ----------
    reserved
        Returns the number of characters to keep for something more precious than any list, as long
        as that alone fits.
    on_shrink
        Called after the budget has shrunk.
    """

    def __init__(self, characters: int, served: ServedResources) -> None:
        self._characters = characters
        self._served = served
        self._lists: list[ArnList] = []
        self.reserved: Callable[[], int] = lambda: 0
        self.on_shrink: Callable[[], None] = lambda: None

    def create_list(self, form: ArnForm) -> ArnList:
        """Return a new list for one type of resource."""
        created = ArnList(self, form, self._served)
        self._lists.append(created)
        return created

    def shrink(self, characters: int) -> None:
        """Give room in the policy to something else."""
        self._characters -= characters
        self.on_shrink()

    def fits_reserved(self) -> bool:
        """Tell whether there is room for everything that was reserved."""
        return self.reserved() <= self._characters

    def is_exceeded_by(self, one: ArnList) -> bool:
        """Tell whether a list must become a pattern to keep all lists within the budget."""
        reserved = self.reserved() if self.fits_reserved() else _PATTERN_POLICY
        before = self._lists.index(one)
        return sum(each.size() for each in self._lists[before:]) + reserved > self._characters


@jsii.implements(IStableAnyProducer)
class ArnList:
    """The resources of one statement; created by `ArnBudget`."""

    def __init__(self, budget: ArnBudget, form: ArnForm, served: ServedResources) -> None:
        self._budget = budget
        self._form = form
        self._served = served
        self._arns: dict[str, str] = {}
        self._users: dict[str, list[Construct]] = {}

    def add(self, name: str, user: Construct) -> str:
        """Add a resource for a construct that uses it; return the resource's ARN."""
        self._users.setdefault(name, []).append(user)
        if name not in self._arns:
            self._arns[name] = self._form.arn(name)
        return self._arns[name]

    def size(self) -> int:
        """Return the number of characters that the ARNs take."""
        return sum(self._form.length(name) + _QUOTES_AND_COMMA for name in self._names())

    def token(self) -> str:
        """Return a token that resolves to the list."""
        return Token.as_string(Lazy.any(self))

    def produce(self) -> object:
        """Return the ARNs; part of ``IStableAnyProducer``."""
        if self._budget.is_exceeded_by(self):
            return self._form.arn("*")
        # IAM accepts no statement without a resource. Nothing has the ARN with an empty name.
        arns = [self._arns[name] for name in self._names()] or [self._form.arn("")]
        return arns if len(arns) > 1 else arns[0]

    def _names(self) -> list[str]:
        return [name for name, users in self._users.items() if self._served.has_any(users)]
