"""Hostile values for every argument that the package takes.

Introspection finds the arguments, so a new one without a rule fails here.
"""

from __future__ import annotations

import inspect
import itertools
import re
from decimal import Decimal
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

import cdk_nimble_streaming_session as package
from cdk_nimble_streaming_session import OnDelete, StreamingSession, StreamingSessionProvider
from cdk_nimble_streaming_session.imported import ImportedStreamingSession
from cdk_waiter._private import validation
from cdk_waiter._private.metrics import MetricChanges
from cdk_waiter._private.validation import shown

# All in one process, so that the caller is made once.
pytestmark = pytest.mark.xdist_group("signatures")


class Size(IntEnum):
    SMALL = 128


class Name(StrEnum):
    SESSION = "abc"


class Text(str):
    """A string for Python, but an unknown object for code that checks the exact type."""

    __slots__ = ()


class Url:
    def __str__(self) -> str:
        return "https://nimble.example.com"


class Mute:
    def __repr__(self) -> str:
        raise RuntimeError("no text")


SELF: list[object] = []
SELF.append(SELF)
PLAIN: dict[str, object] = {
    "text": "vpc-123",
    "text of another type": Text("abc"),
    "empty text": "",
    "surrogate": "a\ud800",
    "StrEnum": Name.SESSION,
    "IntEnum": Size.SMALL,
    "Decimal": Decimal(5),
    "bytes": b"https://nimble.example.com",
    "URL": Url(),
    "parsed URL": urlsplit("https://nimble.example.com"),
    "Path": Path("abc"),
    "list": ["nimble:Get*", "nimble:List*"],
    "list of None": [None],
    "list in itself": SELF,
    "dictionary": {"subnet_type": "private"},
    "dictionary of None": {"availability_zones": [None]},
    "dictionary by number": {1: "a"},
    "set": {"a"},
    "class": cdk.Stack,
    "True": True,
    "None": None,
    "nan": float("nan"),
    "infinity": float("inf"),
    "fraction": 1.5,
    "negative": -1,
    "beyond a float": 2**53 + 1,
    "beyond print": 2**50_000,
    "object": object(),
    "without text": Mute(),
}

_TEXT = {"text", "text of another type"}
_JSON = {"empty text", "surrogate", "parsed URL", "list", "list of None", "dictionary", "True"}
FINE: dict[str, set[str]] = {
    "scope": {"Function"},
    "session": {"Function"},
    "id": _TEXT,
    "grantee": {"Function"},
    "period": {"Duration"},
    "allow_restart": {"True"},
    "visible": {"True"},
    "triggers": _TEXT
    | _JSON
    | {"dictionary of None", "None", "fraction", "negative", "beyond a float"},
    "reserved_concurrent_executions": set(),
}
"""Hostile values that an argument accepts for good reasons; a new argument accepts none."""
FINE |= dict.fromkeys(
    ["studio_id", "session_id", "backup_id", "streaming_session_id", "launch_profile_id"], _TEXT
)
FINE |= dict.fromkeys(
    ["statistic", "label", "color", "account", "region", "stack_account", "stack_region"], _TEXT
)

TARGETS: dict[str, tuple[type, str]] = {
    f"{kind.__name__}.{name}": (kind, name)
    for kind in (StreamingSession, StreamingSessionProvider, ImportedStreamingSession)
    for name, member in inspect.getmembers(kind, inspect.isfunction)
    if member.__module__.startswith(package.__name__)
    and (name == "__init__" or not name.startswith("_"))
    and (kind, name) != (ImportedStreamingSession, "__init__")
}
"""Everything callable: the package's classes, and those of others that it returns."""


def parameters(target: str) -> list[inspect.Parameter]:
    """Return a target's parameters, with each option that is passed on listed separately."""
    kind, name = TARGETS[target]
    signature = inspect.signature(getattr(kind, name))
    found = [each for each in signature.parameters.values() if each.name != "self"]
    if found[-1:] and found[-1].kind is inspect.Parameter.VAR_KEYWORD:
        only = inspect.Parameter.KEYWORD_ONLY
        options = MetricChanges.__annotations__
        found[-1:] = [inspect.Parameter(option, only, default=None) for option in options]
    return found


class Caller:
    """Calls a target with valid values for its required arguments, and one other value."""

    def __init__(self) -> None:
        self.stack = cdk.Stack(cdk.App(), "Studio")
        self.function = lambda_.Function(
            self.stack,
            "Function",
            runtime=lambda_.Runtime.PYTHON_3_14,
            handler="index.handler",
            code=lambda_.Code.from_inline("pass"),
        )
        provider = StreamingSessionProvider(self.stack, "NimbleStreamingSessionProvider")
        session = StreamingSession(
            self.stack, "Session", studio_id="us-west-2:s", session_id="s", provider=provider
        )
        imported = StreamingSession.from_streaming_session_id(self.stack, "Imported", "i")
        self._made = {type(each): each for each in (provider, session, imported)}
        self._number = itertools.count()
        self._scope = Construct(self.stack, "None")
        self.hostile = PLAIN | {
            "Function": self.function,
            "App": cdk.App(),
            "Duration": cdk.Duration.hours(2),
        }

    def left_behind(self) -> list[str]:
        """Return the constructs that the last call made."""
        return [each.node.path for each in self._scope.node.children]

    def call(self, target: str, argument: str, value: object) -> None:
        kind, name = TARGETS[target]
        called = kind if name == "__init__" else getattr(self._made[kind], name)
        self._scope = Construct(self.stack, f"Scope{next(self._number)}")
        options: dict[str, Any] = {}
        items: list[Any] = []
        for each in parameters(target):
            given = each.name == argument
            if given or each.default is inspect.Parameter.empty:
                one = value if given else self._valid(each.name)
                if each.kind is inspect.Parameter.VAR_POSITIONAL:
                    items = [options.pop("grantee"), one]
                else:
                    options[each.name] = one
        if name.endswith("_attributes") and not argument.startswith("streaming_session"):
            options["streaming_session_id"] = "abc"
        if kind is StreamingSession and name == "__init__":
            options.setdefault("provider", self._made[StreamingSessionProvider])
            options.setdefault("backup_id", "b1")
        called(*items, **options)

    def _valid(self, name: str) -> object:
        number = next(self._number)
        return {
            "scope": self._scope,
            "session": self._scope,
            "id": f"Id{number}",
            "studio_id": "us-west-2:stid-abc123",
            "session_id": f"session{number}",
            "streaming_session_id": "abc",
            "streaming_session_arn": "arn:aws:nimble:us-west-2:111122223333:streaming-session/abc",
            "grantee": self.function,
            "actions": "nimble:GetStreamingSession",
            "metric_name": "Polls",
            "backup_id": "b1",
            "on_delete": OnDelete.RETAIN,
            "allow_restart": False,
        }[name]


@pytest.fixture(scope="module")
def caller() -> Caller:
    return Caller()


@pytest.mark.parametrize("target", TARGETS)
def test_each_error_names_argument_value_and_rule(caller: Caller, target: str) -> None:
    for each in parameters(target):
        fine = FINE.get(each.name, set())
        optional = each.default is None or "None" in str(each.annotation)
        # One of the two ids is required.
        if optional and ("attributes" not in target or "launch" in each.name):
            fine = fine | {"None"}
        for kind, value in caller.hostile.items():
            case = f"{target}, {each.name}, {kind}"
            if kind in fine:
                caller.call(target, each.name, value)
                continue
            with pytest.raises((TypeError, ValueError)) as raised:
                caller.call(target, each.name, value)
            message = str(raised.value)
            assert each.name in message, (case, message)
            assert "jsii" not in message, (case, message)
            assert re.search(": it |JSON|at most|exactly one", message), (
                case,
                message,
            )
            assert named(value, message), (case, message)
            assert caller.left_behind() == [], case


def named(value: object, message: str) -> bool:
    """Tell whether a message quotes a value, or the item in it that is wrong."""
    texts = [shown(value)[:30]]
    if isinstance(value, cdk.Duration):
        texts.append(value.to_human_string())
    if isinstance(value, list | tuple | dict):
        texts += [shown(item) for item in value]
    return any(text in message for text in texts) or "levels" in message or "bits" in message


@pytest.mark.parametrize("value", ["stop", None, 7, Text("s")], ids=str)
def test_an_invalid_enum_value_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"OnDelete is .*: it must be 'RETAIN' or 'STOP'"):
        OnDelete(value)


def test_every_accepted_value_is_synthesised() -> None:
    caller = Caller()
    for target in TARGETS:
        for each in parameters(target):
            for kind in FINE.get(each.name, set()):
                caller.call(target, each.name, caller.hostile[kind])
    root = caller.stack.node.root
    assert isinstance(root, cdk.App)
    assert root.synth().get_stack_by_name("Studio").template["Resources"]


def test_an_argument_without_a_rule_is_noticed_where_it_is_defined() -> None:
    with pytest.raises(TypeError, match=r"takes \['a', 'b'\], with rules for \['a'\]"):

        @validation.validated(a=validation.anything)
        def forgotten(a: object, b: object) -> None:
            del a, b


def test_every_kind_of_principal_may_be_granted_to(caller: Caller) -> None:
    stack = caller.stack
    session = StreamingSession.from_streaming_session_id(stack, "Other", "o")
    own = iam.Role(stack, "Own", assumed_by=iam.AccountRootPrincipal())
    arn = "arn:aws:iam::111122223333:role/r"
    imported = iam.Role.from_role_arn(stack, "ImportedRole", arn)
    for each in (own, own.without_policy_updates(), imported, iam.AccountRootPrincipal()):
        assert isinstance(session.grant_read(each), iam.Grant)
