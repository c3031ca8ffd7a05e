"""Expressions on a response give phases, attributes and reasons, and never see secrets."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from botocore.model import ShapeResolver
from hypothesis import given
from hypothesis import strategies as st

from declared import expressions, phases
from declared.parsers import Parsers
from declared.response import plain
from testkit.declared.declarations import declared_event, execution, fleet
from waiter.exceptions import ServiceError
from waiter.wait.model import Phase

if TYPE_CHECKING:
    from testkit.declared.world import DeclaredWorld

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
SHAPES: dict[str, Any] = {
    "Response": {
        "type": "structure",
        "members": {
            "Name": {"shape": "Text"},
            "When": {"shape": "Time"},
            "Bytes": {"shape": "Bytes"},
            "Stream": {"shape": "Bytes"},
            "Password": {"shape": "Secret"},
            "Passwords": {"shape": "Secrets"},
            "ByName": {"shape": "SecretsByName"},
            "ByPassword": {"shape": "NamesBySecret"},
            "Login": {"shape": "Login"},
            "Inner": {"shape": "Response"},
            "Several": {"shape": "Responses"},
            "Map": {"shape": "ResponseMap"},
            "Free": {"shape": "Free"},
        },
    },
    "Text": {"type": "string"},
    "Time": {"type": "timestamp"},
    "Bytes": {"type": "blob"},
    "Secret": {"type": "string", "sensitive": True},
    "Secrets": {"type": "list", "member": {"shape": "Secret"}},
    "SecretsByName": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Secret"}},
    "NamesBySecret": {"type": "map", "key": {"shape": "Secret"}, "value": {"shape": "Text"}},
    "Login": {"type": "structure", "sensitive": True, "members": {"Name": {"shape": "Text"}}},
    "Responses": {"type": "list", "member": {"shape": "Response"}},
    "ResponseMap": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Response"}},
    "Free": {"type": "structure", "members": {}, "document": True},
}
SHAPE = ShapeResolver(SHAPES).get_shape_by_name("Response")
SECRETS = {
    "Password": "planted",
    "Passwords": ["planted"],
    "ByName": {"a": "planted"},
    "ByPassword": {"planted": "a"},
    "Login": {"Name": "planted"},
}


@pytest.mark.parametrize("name", SECRETS)
def test_what_the_model_marks_as_sensitive_is_left_out(name: str) -> None:
    value = {name: SECRETS[name], "Name": "a"}
    nested = {
        **value,
        "Inner": value,
        "Several": [value, {"Map": {"b": value}}],
        "ResponseMetadata": {"RequestId": "1"},
    }
    found = plain(nested, SHAPE, ())
    assert "planted" not in str(found)
    assert found["Several"][1]["Map"]["b"] == {"Name": "a"}
    assert "ResponseMetadata" not in found
    assert plain(value, SHAPE, {name}) == value


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        ({"When": NOON}, {"When": "2026-11-26T12:00:00Z"}),
        (
            {"When": datetime(2026, 11, 26, 12, 0, 0, 250000, timezone(timedelta(hours=1)))},
            {"When": "2026-11-26T11:00:00.250000Z"},
        ),
        ({"When": datetime(2026, 11, 26, 12)}, {"When": "2026-11-26T12:00:00Z"}),  # noqa: DTZ001
        ({"Bytes": b"hello"}, {"Bytes": "aGVsbG8="}),
        ({"Stream": io.BytesIO(b"hello")}, {}),
        ({"Free": {"a": [1, None]}}, {"Free": {"a": [1, None]}}),
        ({"Inner": None}, {"Inner": None}),
        ({"When": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1)))}, {"When": None}),
    ],
)
def test_values_are_json(value: Any, seen: Any) -> None:
    assert plain(value, SHAPE, ()) == seen


XML = """<Response><Result>
    <Name>a</Name><When>soon</When><Bytes>a</Bytes><Count/><Ratio>half</Ratio>
    <Inner><Name>b</Name><When>2026-11-26T12:00:00Z</When></Inner>
</Result></Response>"""
HALF_READABLE = {
    "json": {
        "Name": "a",
        "When": "soon",
        "Bytes": "a",
        "Inner": {"Name": "b", "When": NOON.timestamp()},
        "Several": 5,
        "Map": ["b"],
    },
    "query": XML,
}


@pytest.mark.parametrize("protocol", HALF_READABLE)
def test_an_unreadable_member_does_not_hide_the_others(protocol: str) -> None:
    given = HALF_READABLE[protocol]
    body = (given if isinstance(given, str) else json.dumps(given)).encode()
    numbers = {"Count": {"shape": "Count"}, "Ratio": {"shape": "Ratio"}}
    members = {**SHAPES["Response"]["members"], **numbers}
    shapes = {
        **SHAPES,
        "Response": {"type": "structure", "members": members, "resultWrapper": "Result"},
        "Count": {"type": "integer"},
        "Ratio": {"type": "double"},
    }
    shape = ShapeResolver(shapes).get_shape_by_name(
        "Response", {"resultWrapper": "Result"} if protocol == "query" else None
    )
    parser = Parsers().create_parser(protocol)
    found = plain(parser.parse({"status_code": 200, "headers": {}, "body": body}, shape), shape, ())
    readable = {name: each for name, each in found.items() if each is not None}
    assert readable == {"Name": "a", "Inner": {"Name": "b", "When": "2026-11-26T12:00:00Z"}}


def test_a_response_that_is_unreadable_as_a_whole() -> None:
    parser = Parsers().create_parser("json")
    with pytest.raises(Exception, match="'str' object"):
        parser.parse({"status_code": 200, "headers": {}, "body": b'"text"'}, SHAPE)


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (None, ""),
        ("", ""),
        ("as it is\n\t", "as it is\n\t"),
        ("a\x1b[31m\x00", "a [31m "),
        (5, "5"),
        (1.5, "1.5"),
        (True, "true"),
        (["a", 1], '["a",1]'),
        ({"ü": None}, '{"ü":null}'),
    ],
)
def test_an_attribute_is_text(found: Any, text: str) -> None:
    assert expressions.text(found) == text


TABLE = {
    "on": Phase.READY,
    "off": Phase.STOPPED,
    "rising": Phase.STARTING,
    "falling": Phase.STOPPING,
    "broken": Phase.FAILED,
    "gone": Phase.GONE,
}


@pytest.mark.parametrize(
    ("states", "phase", "stopping"),
    [
        ([], Phase.ABSENT, Phase.ABSENT),
        (["on"], Phase.READY, Phase.READY),
        (["on", "on"], Phase.READY, Phase.READY),
        (["on", "off"], Phase.STOPPED, Phase.READY),
        (["on", "rising"], Phase.STARTING, Phase.STARTING),
        (["off", "rising"], Phase.STARTING, Phase.STARTING),
        (["falling", "rising"], Phase.STOPPING, Phase.STOPPING),
        (["on", "broken"], Phase.FAILED, Phase.READY),
        (["rising", "broken"], Phase.STARTING, Phase.STARTING),
        (["gone", "on"], Phase.GONE, Phase.READY),
        (["odd"], Phase.STOPPING, Phase.STOPPING),
        (["odd", "on"], Phase.STOPPING, Phase.STOPPING),
    ],
)
def test_the_phase_of_several_states(states: list[str], phase: Phase, stopping: Phase) -> None:
    assert phases.phase_of(states, TABLE)[0] is phase
    assert phases.phase_of(states, TABLE, stops=True)[0] is stopping


@given(states=st.lists(st.sampled_from([*TABLE, "odd"]), min_size=1, max_size=4))
def test_every_state_is_named(states: list[str]) -> None:
    _, label = phases.phase_of(states, TABLE)
    assert all(state in label for state in states)
    assert ("without a phase" in label) is ("odd" in states)


@pytest.mark.parametrize("expression", ["max(Name)", "sort_by(Several, &Name)", "join(Name, Name)"])
def test_an_expression_that_makes_no_sense_of_a_response(expression: str) -> None:
    with pytest.raises(ServiceError, match="State can't be found"):
        expressions.find(expression, {"Several": "a"}, "State", "a:B")


def test_an_attribute_that_makes_no_sense_does_not_hide_the_state(world: DeclaredWorld) -> None:
    made = fleet(Attributes={"A": "max(Fleets[0].Name)", "B": "Fleets[0].Name"})
    assert world.run(declared_event("Create", made))["Data"] == {"A": "", "B": "studio"}


def test_a_state_that_makes_no_sense_is_read_again(world: DeclaredWorld) -> None:
    made = fleet(State="max(Fleets[0].State)", TimeoutSeconds="30")
    reason = world.run(declared_event("Create", made))["Reason"]
    assert "no read succeeded within 30 s: appstream:DescribeFleets: unreadable answer" in reason


@pytest.mark.parametrize("length", [3000, 3700, 3900, 4097, 9999])
def test_an_attribute_is_never_cut(world: DeclaredWorld, length: int) -> None:
    world.services.output = "ü" * (length // 2)
    answer = world.run(declared_event("Create", execution()))
    if answer["Status"] == "SUCCESS":
        assert answer["Data"]["Output"] == world.services.output
        assert length <= 3700
    else:
        said = f"it is SUCCEEDED, but its attribute Output has {length // 2 * 2:,} bytes, and a"
        assert said in answer["Reason"]
        assert answer["Reason"].endswith("#attributes-too-large")
        assert length >= 3900
    assert len(world.services.acts()) == 1


def test_a_rollback_to_an_attribute_that_is_too_large(world: DeclaredWorld) -> None:
    world.run(declared_event("Create", execution()))
    (run,) = world.services.runs
    world.services.output = "x" * 5000
    world.stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    made = declared_event("Update", execution(), old=execution("2"), physical_id=run)
    answer = world.again(made)
    assert (answer["Status"], answer["Data"]) == ("SUCCESS", {"Output": "", "Stopped": ""})


@pytest.mark.parametrize("name", ["Tags", "StatusMessage", "Output"])
def test_the_answer_to_a_rollback_keeps_attributes_whole(world: DeclaredWorld, name: str) -> None:
    """Its reason doesn't fit beside them, and is cut instead."""
    made = execution(Attributes={name: "output"})
    world.run(declared_event("Create", made))
    (run,) = world.services.runs
    world.services.output = "x" * 3725
    world.stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    old = execution("2", Attributes={name: "output"})
    answer = world.again(declared_event("Update", made, old=old, physical_id=run))
    assert answer["Data"] == {name: world.services.output}
    assert answer["Reason"] in "The stack is rolling back, or no longer waits; the execution was"


def test_an_update_of_a_run_with_an_attribute_that_is_too_large(world: DeclaredWorld) -> None:
    """The attribute may be new, so it mustn't be silently empty."""
    world.run(declared_event("Create", execution(Attributes={})))
    (run,) = world.services.runs
    world.services.output = "x" * 5000
    world.stack.status = "UPDATE_IN_PROGRESS"
    made = declared_event("Update", execution(), old=execution(Attributes={}), physical_id=run)
    answer = world.again(made)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", run)
    assert "its attribute Output has 5,000 bytes" in answer["Reason"]
    assert len(world.services.acts()) == 1


def test_a_failure_with_an_attribute_that_is_too_large(world: DeclaredWorld) -> None:
    world.services.ends.append("FAILED")
    world.services.why = "x" * 5000
    answer = world.run(declared_event("Create", execution(Attributes={"Cause": "cause"})))
    assert "failed: FAILED: Boom: xxx" in answer["Reason"]
    assert answer["Reason"].endswith("#run-failed")
