"""Rules for arguments: each error names the argument, the value and the rule.

A rule takes an argument's name and value, and returns the value to use. Tokens pass, and so do the
values that a context lookup returns before the CLI has looked them up. Rules run before jsii sees
the values, since its own errors name neither argument nor value. The function applies the same
rules to values that are known only at deployment.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from math import inf
from typing import TYPE_CHECKING, Any, Final, Never, ParamSpec, TypeVar, cast
from urllib.parse import urlsplit

import aws_cdk as cdk
from constructs import Construct

from cdk_waiter._private.tokens import is_token

if TYPE_CHECKING:
    from aws_cdk import aws_sqs as sqs

P = ParamSpec("P")
R = TypeVar("R")
Rule = Callable[[str, object], Any]

# The host names that botocore accepts; it creates no client for others.
_LABEL: Final = r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)"
_HOST: Final = re.compile(rf"{_LABEL}(\.{_LABEL})*\.?")
_MAX_HOST_LENGTH: Final = 255
# ``StringParameter.value_from_lookup`` returns this until the CLI has asked. The first synthesis
# mustn't fail, or the CLI never gets to ask (aws-cdk issue 8604).
_NOT_LOOKED_UP: Final = "dummy-value-for-"
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_SHOWN: Final = 120
_FEW: Final = 4


def validated(**rules: Rule) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Return a decorator that applies a rule to each argument of a function except ``self``.

    Raises
    ------
    TypeError
        When the function is defined, if an argument has no rule.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        signature = inspect.signature(function)
        named = [name for name in signature.parameters if name != "self"]
        if named != list(rules):
            raise TypeError(f"{function.__qualname__} takes {named}, with rules for {list(rules)}")

        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            for name, value in bound.arguments.items():
                if name in rules:
                    bound.arguments[name] = rules[name](name, value)
            return function(*bound.args, **bound.kwargs)

        return call

    return decorate


def shown(value: object) -> str:
    """Return a value as an error shows it: in ASCII, truncated if it's long."""
    text = _ascii(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "..."


def _ascii(value: object) -> str:
    try:
        return ascii(value)
    except Exception:  # noqa: BLE001 - don't report a fault in the value's own code
        return f"<{type(value).__name__}>"


def is_literal(value: str) -> bool:
    """Tell whether a string is known at synthesis: neither a token nor waiting for a lookup."""
    return not (is_token(value) or awaits_lookup(value))


def awaits_lookup(value: str) -> bool:
    """Tell whether a string contains a value that the CLI has yet to look up."""
    return _NOT_LOOKED_UP in value


def optional(rule: Rule) -> Rule:
    """Return a rule that also accepts None."""
    return lambda argument, value: None if value is None else rule(argument, value)


def scope(argument: str, value: object) -> Construct:
    """Accept a construct within a stack."""
    rule = "it must be a construct within a Stack"
    if not isinstance(value, Construct):
        refuse(TypeError, argument, value, rule)
    try:
        cdk.Stack.of(value)
    except RuntimeError:
        refuse(ValueError, argument, value, rule)
    return value


def construct_id(argument: str, value: object) -> str:
    """Accept the id of a construct in its scope."""
    return literal(argument, value)


def string(argument: str, value: object) -> str:
    """Accept a string that isn't empty."""
    rule = "it must be a string that isn't empty"
    return text(argument, value, rule) or refuse(ValueError, argument, value, rule)


def literal(argument: str, value: object) -> str:
    """Accept a string that isn't empty and has no tokens."""
    rule = "it must be a string that isn't empty, without tokens"
    plain = text(argument, value, rule)
    if not plain or is_token(plain):
        refuse(ValueError, argument, value, rule)
    return plain


def matching(pattern: str, what: str) -> Rule:
    """Return a rule that accepts strings of a pattern, as described."""
    expression = re.compile(pattern)
    rule = f"it must be {what}"

    def check(argument: str, value: object) -> str:
        plain = text(argument, value, rule)
        if is_literal(plain) and not expression.fullmatch(plain):
            refuse(ValueError, argument, value, rule)
        return plain

    return check


def duration(smallest: int, largest: int, example: str) -> Rule:
    """Return a rule that accepts a whole number of seconds in a range, as a Duration."""
    longest = f"{largest // 60} minutes" if largest > 60 else f"{largest} seconds"  # noqa: PLR2004
    rule = f"it must be a whole number of seconds, at least {smallest} second and at most {longest}"

    def check(argument: str, value: object) -> cdk.Duration:
        if not isinstance(value, cdk.Duration):
            refuse(TypeError, argument, value, f"{rule}, as a Duration such as {example}")
        if not value.is_unresolved():
            milliseconds = value.to_milliseconds()
            if milliseconds % 1000 or not smallest <= milliseconds / 1000 <= largest:
                raise ValueError(f"{argument} is {value.to_human_string()}: {rule}")
        return value

    return check


def any_duration(argument: str, value: object) -> cdk.Duration:
    """Accept a Duration."""
    rule = "it must be a Duration such as Duration.minutes(5)"
    return value if isinstance(value, cdk.Duration) else refuse(TypeError, argument, value, rule)


def number(smallest: int, largest: float = inf) -> Rule:
    """Return a rule that accepts a whole number in a range."""
    bounds = f"from {smallest} to {largest}" if largest < inf else f"from {smallest}"
    rule = f"it must be a whole number {bounds}"

    def check(argument: str, value: object) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool | Enum):
            refuse(TypeError, argument, value, rule)
        if isinstance(value, float) and is_token(value):
            return value
        if value % 1 or not smallest <= value <= largest:
            refuse(ValueError, argument, value, rule)
        return int(value)

    return check


def boolean(argument: str, value: object) -> bool:
    """Accept True or False."""
    rule = "it must be True or False"
    return value if isinstance(value, bool) else refuse(TypeError, argument, value, rule)


def member(name: str, kind: type | None = None, *, among: Sequence[Enum] = ()) -> Rule:
    """Return a rule that accepts a member of an enum, or an instance of a class.

    Parameters
    ----------
    name
        The class's name. Without ``kind``, the class is one of aws_cdk such as
        ``aws_lambda.Tracing``, and its module is loaded only when there is a value to check.
    kind
        The class.
    among
        The members of the enum that are accepted. Default: all.
    """

    def check(argument: str, value: object) -> object:
        known = kind or cast("type", functools.reduce(getattr, name.split("."), cast("Any", cdk)))
        if isinstance(value, known):
            if among and value not in among:
                raise ValueError(f"{argument} is {value}: it must be {_any_of(name, among)}")
            return value
        members = among or list(getattr(known, "__members__", {}).values())
        if isinstance(value, Enum) and type(value).__name__ == known.__name__:
            # Only the package tells the two enums apart.
            rule = _any_of(f"{_package(known)}.{name}", members)
            raise TypeError(f"{argument} is {_package(type(value))}.{value}: it must be {rule}")
        refuse(TypeError, argument, value, f"it must be {_any_of(name, members)}")

    return check


def _any_of(name: str, members: Sequence[Enum]) -> str:
    names = [f"{name}.{each.name}" for each in members]
    return " or ".join(names) if 0 < len(names) <= _FEW else f"of type {name}"


def _package(kind: type) -> str:
    return kind.__module__.partition(".")[0]


def one_of(*values: str) -> Rule:
    """Return a rule that accepts one of the given strings."""
    rule = f"it must be one of {', '.join(values)}"

    def check(argument: str, value: object) -> str:
        if (plain := text(argument, value, rule)) not in values:
            refuse(ValueError, argument, value, rule)
        return plain

    return check


def implementing(interface: str, attribute: str) -> Rule:
    """Return a rule that accepts an object with a jsii interface, known by an attribute of it."""

    def check(argument: str, value: object) -> object:
        known = hasattr(value, "__jsii_ref__") or hasattr(type(value), "__jsii_ifaces__")
        if isinstance(value, type) or not known or not hasattr(value, attribute):
            refuse(TypeError, argument, value, f"it must be an {interface}")
        return value

    return check


def sequence(each: Rule) -> Rule:
    """Return a rule that accepts a list or a tuple, and applies another rule to its items."""

    def check(argument: str, value: object) -> list[object]:
        if not isinstance(value, list | tuple):
            refuse(TypeError, argument, value, "it must be a list")
        return [each(f"{argument}[{index}]", item) for index, item in enumerate(value)]

    return check


def mapping(each: Rule) -> Rule:
    """Return a rule that accepts a dictionary by strings, and applies a rule to its values."""

    def check(argument: str, value: object) -> dict[str, object]:
        if not isinstance(value, Mapping):
            refuse(TypeError, argument, value, "it must be a dictionary")
        return {
            literal(f"a name in {argument}", name): each(f"{argument}[{name!r}]", item)
            for name, item in value.items()
        }

    return check


def options(rules: Mapping[str, Rule]) -> Rule:
    """Return a rule for forwarded keyword arguments, each with its own rule."""

    def check(argument: str, value: object) -> dict[str, object]:
        given: dict[str, object] = dict(value) if isinstance(value, Mapping) else {}
        for name in given:
            if name not in rules:
                known = ", ".join(rules)
                raise TypeError(f"{argument} has {name!r}: it must be one of {known}")
        return {name: rules[name](name, each) for name, each in given.items() if each is not None}

    return check


def anything(argument: str, value: object) -> object:
    """Accept any value, for an argument that is checked together with others."""
    del argument
    return value


def standard_queue(argument: str, value: object) -> sqs.IQueue:
    """Accept a queue that isn't FIFO."""
    queue: sqs.IQueue = implementing("aws_sqs.IQueue", "queue_arn")(argument, value)
    if queue.fifo:
        raise ValueError(
            f"{argument} is {queue.node.path}: it must be a standard queue, since Lambda can't "
            "send lost requests to a FIFO queue"
        )
    return queue


def endpoint_url(argument: str, value: object) -> str:
    """Accept an http or https URL whose host botocore accepts."""
    rule = "it must be a URL such as https://nimble.example.com"
    if "@" in _ascii(value):
        # Don't repeat the value: it may contain a credential.
        raise ValueError(f"{argument} has an '@': it must have no user name and no password")
    plain = text(argument, value, rule)
    if not is_literal(plain):
        return plain
    try:
        parts = urlsplit(plain)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ValueError(f"{argument} is {shown(value)}: {rule}") from error
    if parts.scheme not in {"http", "https"} or port == 0 or re.search(r"[^!-~]", plain):
        refuse(ValueError, argument, value, rule)
    if not (":" in host or (_HOST.fullmatch(host) and len(host) <= _MAX_HOST_LENGTH)):
        labels = "parts of 1 to 63 letters, digits and '-', and 255 characters at most"
        refuse(ValueError, argument, value, f"{rule}, whose host has {labels}")
    return plain


def text(argument: str, value: object, rule: str) -> str:
    """Return a plain string, because jsii doesn't know subclasses."""
    if not isinstance(value, str) or isinstance(value, Enum):
        refuse(TypeError, argument, value, rule)
    if _SURROGATE.search(value):
        refuse(ValueError, argument, value, f"{rule}; a lone surrogate isn't a character")
    return str.__str__(value)


def refuse(kind: type[Exception], argument: str, value: object, rule: str) -> Never:
    """Raise an error that names an argument, its value and the rule."""
    raise kind(f"{argument} is {shown(value)}: {rule}")
