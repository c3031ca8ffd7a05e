"""The quick check for tokens gives the CDK's own answer."""

from __future__ import annotations

import math
import struct

import aws_cdk as cdk
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdk_waiter._private.tokens import is_token

PIECES = ("$", "#", "{", "Token[", "a.1", "]", "}", "-1.888154589708", "e+289", "é", "-")
# The first and the last double that encodes a token.
FIRST, LAST = (struct.unpack(">d", bytes.fromhex(f"fbff{each * 12}"))[0] for each in "0f")


def test_tokens_of_every_kind(stack: cdk.Stack) -> None:
    text = cdk.CfnParameter(stack, "Text").value_as_string
    listed = cdk.CfnParameter(stack, "List", type="List<String>").value_as_list
    number = cdk.CfnParameter(stack, "Number", type="Number").value_as_number
    tokens = [
        text,
        f"arn:{text}:é",
        listed,
        number,
        cdk.CfnParameter(stack, "Object").value,
        cdk.Aws.REGION,
        cdk.Token.as_string({"Ref": "Thing"}),
        cdk.Tokenization.stringify_number(number),
        cdk.Duration.seconds(number).to_seconds(),
        cdk.Size.mebibytes(number).to_mebibytes(),
    ]
    assert all(cdk.Token.is_unresolved(each) and is_token(each) for each in tokens)
    similar = [text[:-1], [*listed, "b"], [text], str(number), f"{number:.13g}", number * 2]
    for each in similar:
        assert is_token(each) is cdk.Token.is_unresolved(each), each


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=7).map("".join))
def test_strings(text: str) -> None:
    assert is_token(text) is cdk.Token.is_unresolved(text)
    assert is_token([text]) is cdk.Token.is_unresolved([text])


@given(
    st.floats(allow_nan=False, allow_infinity=False)
    | st.floats(LAST, FIRST)
    | st.integers(-(2**53), 2**53)
    | st.booleans()
)
def test_numbers(number: float) -> None:
    assert is_token(number) is cdk.Token.is_unresolved(number)


def test_the_first_and_the_last_number_of_a_token() -> None:
    beyond = math.nextafter(FIRST, 0), math.nextafter(LAST, -math.inf)
    assert [is_token(each) for each in (FIRST, LAST, *beyond)] == [True, True, False, False]


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, 10**400, -(10**400)])
def test_numbers_that_json_cannot_express_are_no_tokens(number: float) -> None:
    assert not is_token(number)


def test_plain_values_stay_in_python(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> bool:
        raise AssertionError("jsii was asked")

    monkeypatch.setattr(cdk.Token, "is_unresolved", refuse)
    plain = ("", "us-west-2:stid-abc123", "${AWS::Region}", 5, 1.5, True, ["text"])
    assert not any(is_token(each) for each in plain)
