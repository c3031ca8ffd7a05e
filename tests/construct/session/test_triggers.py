"""Triggers as CloudFormation compares them."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import jsii
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cdk_waiter._private.json_text import json_value
from cdk_waiter._private.triggers import canonical
from testkit.construct import policies

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdk_nimble_streaming_session import StreamingSession

TYPE = "Custom::NimbleStreamingSession"

DIFFERENT: list[object] = [
    {},
    {"until": None},
    {"until": "null"},
    {"until": []},
    [1, None, 2],
    [1, 2],
    [[1], 2],
    [None],
    [],
    2**53,
    2**53 + 1,
    1_790_000_000_123_456_789,
    1_790_000_000_123_456_790,
    10**400,
    1.5,
    1e-7,
    5e-324,
    True,
    1,
    "1",
    "true",
    "a\ud800",
    "a\ud801",
    "a\\ud800",
    "ä",
    '"',
]


def text(value: object) -> str:
    stack = cdk.Stack()
    made = canonical(stack, json_value("triggers", value))
    assert isinstance(made, str)
    return made


def test_different_content_gives_different_text() -> None:
    texts = [text(value) for value in DIFFERENT]
    assert len(set(texts)) == len(DIFFERENT)
    assert [json.loads(each) for each in texts] == DIFFERENT
    for each in texts:
        each.encode()


def test_jsii_and_the_cdk_do_not_change_the_text(
    stack: cdk.Stack, session: Callable[..., StreamingSession]
) -> None:
    for index, value in enumerate(DIFFERENT):
        session(f"S{index}", session_id=f"s{index}", triggers=value)
    for resource in policies.of_type(policies.template(stack), TYPE):
        index = int(resource["Properties"]["SessionId"][1:])
        assert resource["Properties"]["Triggers"] == text(DIFFERENT[index])


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    # Without anything that looks like a token, which would ask jsii.
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="${#")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc"), inner, max_size=4),
    max_leaves=8,
)


def key(value: object) -> object:
    """Return a key that distinguishes JSON values: True isn't 1, but 1.0 is."""
    match value:
        case dict():
            return ("{", *sorted((name, key(each)) for name, each in value.items()))
        case list():
            return ("[", *(key(each) for each in value))
        case bool() | None | str():
            return (type(value).__name__, value)
    return ("number", value)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(JSON, JSON)
def test_equal_content_gives_equal_text(one: object, other: object) -> None:
    stack = cdk.Stack.of(STACK)
    first, second = (canonical(stack, each) for each in (one, other))
    assert (first == second) is (repr(key(one)) == repr(key(other)) or one_number(one, other))
    assert json.loads(str(first)) == one


def one_number(one: object, other: object) -> bool:
    return repr(key(json.loads(json.dumps(one)))) == repr(key(json.loads(json.dumps(other))))


STACK = cdk.Stack(cdk.App(), "Triggers")


@pytest.fixture
def parameters(stack: cdk.Stack) -> dict[str, Any]:
    made = {
        name: cdk.CfnParameter(stack, name, type=kind)
        for name, kind in {"Day": "String", "Count": "Number", "Seats": "List<String>"}.items()
    }
    return {
        "string": made["Day"].value_as_string,
        "number": made["Count"].value_as_number,
        "list": made["Seats"].value_as_list,
        "object": cdk.Fn.get_att("Day", "Any"),
    }


def test_tokens_become_part_of_the_text(
    stack: cdk.Stack, session: Callable[..., StreamingSession], parameters: dict[str, Any]
) -> None:
    day = parameters["string"]
    shapes: list[object] = [
        {"a": day},
        {day: "a"},
        {"a": {"b": [day, None]}},
        {"a": f"{day}-x"},
        [2**53 + 1, day],
        [2**53, day],
        {"a": parameters["number"]},
        {"a": [parameters["number"]]},
        {"a": parameters["list"]},
        {"b": parameters["list"]},
        [parameters["list"], parameters["list"]],
        {"a": parameters["object"]},
        {"a": cdk.Lazy.any(Five())},
    ]
    for number, shape in enumerate(shapes):
        session(f"S{number}", session_id=f"s{number}", triggers=shape)
    made = policies.template(stack)
    by_id = {
        each["Properties"]["SessionId"]: each["Properties"]["Triggers"]
        for each in policies.of_type(made, TYPE)
    }
    texts = [by_id[f"s{number}"] for number in range(len(shapes))]
    for one, other in itertools.combinations(texts, 2):
        assert one != other
    assert texts[0] == {"Fn::Join": ["", ['{"a":"', {"Ref": "Day"}, '"}']]}
    assert texts[1] == {"Fn::Join": ["", ['{"', {"Ref": "Day"}, '":"a"}']]}
    assert texts[4]["Fn::Join"][1][0] == '[9007199254740993,"'
    assert texts[6] == {"Fn::Join": ["", ['{"a":', {"Ref": "Count"}, "}"]]}
    assert texts[8] == ['{"a":<1>}', {"Ref": "Seats"}]
    assert texts[10] == ["[<1>,<2>]", {"Ref": "Seats"}, {"Ref": "Seats"}]
    assert texts[11] == ['{"a":<1>}', {"Fn::GetAtt": ["Day", "Any"]}]
    assert texts[12] == ['{"a":<1>}', 5]


@jsii.implements(cdk.IStableAnyProducer)
class Five:
    def produce(self) -> int:
        return 5


def test_the_order_of_keys_does_not_depend_on_the_numbers_of_tokens(
    session: Callable[..., StreamingSession],
) -> None:
    del session

    def made(*names: str) -> object:
        stack = cdk.Stack(cdk.App(), "Studio")
        values = {name: cdk.CfnParameter(stack, name).value_as_string for name in names}
        return stack.resolve(canonical(stack, {values[each]: each for each in ("A", "B")}))

    assert made("A", "B") == made("B", "A")
