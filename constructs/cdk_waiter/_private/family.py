"""The properties in which families of waiting resources differ."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Family:
    """Waiting resources that share one function per stack, such as Nimble Studio's sessions."""

    provider: str
    """The class that creates the function, as messages name it."""
    noun: str
    """One resource, as messages name it."""
    code: tuple[str, ...]
    """The folders of ``lambda/`` that the function needs besides ``handler.py``."""
    resource_types: frozenset[str]
    """The CloudFormation types of the custom resources."""
    function_description: str
    """The function's description in the console."""
    role_description: str
    """The role's description in the console."""
