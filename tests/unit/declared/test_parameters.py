"""Parameters get their types back from the service's model, and every mistake is named."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import botocore
import pytest
from botocore.model import ShapeResolver
from hypothesis import given
from hypothesis import strategies as st

from declared import call, restore
from declared.call import Call
from testkit.declared.declarations import (
    MACHINE,
    aws_call,
    certificate,
    declared_event,
    execution,
    fleet,
    job,
)
from testkit.declared.services import EXECUTION
from waiter.exceptions import Kind, ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.model import Shape

    from testkit.declared.world import DeclaredWorld

VERSION = f"botocore {botocore.__version__}, which the function's runtime has"
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)

SHAPES: dict[str, Any] = {
    "Everything": {
        "type": "structure",
        "members": {
            "Text": {"shape": "Text"},
            "Number": {"shape": "Number"},
            "Long": {"shape": "Long"},
            "Ratio": {"shape": "Ratio"},
            "Flag": {"shape": "Flag"},
            "Time": {"shape": "Time"},
            "Bytes": {"shape": "Bytes"},
            "Numbers": {"shape": "Numbers"},
            "Ratios": {"shape": "Ratios"},
            "Inner": {"shape": "Everything"},
            "Free": {"shape": "Free"},
            "Secret": {"shape": "Secret"},
        },
    },
    "Text": {"type": "string"},
    "Number": {"type": "integer"},
    "Long": {"type": "long"},
    "Ratio": {"type": "double"},
    "Flag": {"type": "boolean"},
    "Time": {"type": "timestamp"},
    "Bytes": {"type": "blob"},
    "Numbers": {"type": "list", "member": {"shape": "Number"}},
    "Ratios": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Ratio"}},
    "Free": {"type": "structure", "members": {}, "document": True},
    "Secret": {"type": "integer", "sensitive": True},
}


def shape() -> Shape:
    return ShapeResolver(SHAPES).get_shape_by_name("Everything")


def restored(value: Any) -> tuple[Any, list[str]]:
    wrong: list[str] = []
    return restore.restored(value, shape(), "Start", wrong, "botocore 1"), wrong


@pytest.mark.parametrize(
    ("name", "value", "type_restored"),
    [
        ("Text", "5", "5"),
        ("Text", "true", "true"),
        ("Text", True, "true"),
        ("Text", 5, "5"),
        ("Text", 'a\n"b"\'', 'a\n"b"\''),
        (
            "Text",
            {
                "$JSON": [
                    *('{"days":', {"Number": "-7.5"}, ',"list":', {"Value": ["b", "c\\"]}),
                    *(',"name":', {"Value": 'a "quoted"\nü'}, "}"),
                ]
            },
            '{"days":-7.5,"list":["b","c\\\\"],"name":"a \\"quoted\\"\\nü"}',
        ),
        ("Number", "5", 5),
        ("Number", "-5", -5),
        ("Number", 5, 5),
        ("Long", "1e+21", 10**21),
        ("Long", "1.5e+1", 15),
        ("Long", "5.0", 5),
        ("Long", "9007199254740993", 9007199254740993),
        ("Ratio", "1.5", 1.5),
        ("Ratio", "2", 2.0),
        ("Ratio", "1e-7", 1e-7),
        ("Flag", "true", True),
        ("Flag", "false", False),
        ("Flag", False, False),
        ("Time", "2026-11-26T12:00:00Z", NOON),
        ("Time", "2026-11-26T13:00:00+01:00", NOON),
        ("Time", "2026-11-26T12:00:00", NOON),
        ("Time", str(int(NOON.timestamp())), NOON),
        ("Bytes", "aGVsbG8=", b"hello"),
        ("Numbers", ["1", "2"], [1, 2]),
        ("Numbers", [], []),
        ("Ratios", {"a": "0.5"}, {"a": 0.5}),
        ("Inner", {"Inner": {"Flag": "true"}}, {"Inner": {"Flag": True}}),
        ("Free", {"a": ["1", {"b": "true"}]}, {"a": ["1", {"b": "true"}]}),
    ],
)
def test_a_type_is_restored(name: str, value: Any, type_restored: Any) -> None:
    found, wrong = restored({name: value})
    assert found == {name: type_restored}
    assert type(found[name]) is type(type_restored)
    assert not wrong


@pytest.mark.parametrize(
    ("name", "value", "mistake"),
    [
        ("Number", "five", "Start.Number is 'five': it must be a whole number"),
        ("Number", "5.5", "Start.Number is '5.5': it must be a whole number"),
        ("Number", True, "Start.Number is True: it must be a whole number"),
        ("Number", ["5"], "Start.Number is ['5']: it must be a whole number"),
        ("Long", "1e+999999999", "Start.Long is '1e+999999999': it must be a whole number"),
        ("Long", "NaN", "Start.Long is 'NaN': it must be a whole number"),
        ("Ratio", "half", "Start.Ratio is 'half': it must be a number"),
        ("Ratio", "1e999", "Start.Ratio is '1e999': it must be a number"),
        ("Flag", "yes", "Start.Flag is 'yes': it must be true or false"),
        ("Time", "soon", "Start.Time is 'soon': it must be a time in ISO 8601, or seconds since"),
        ("Time", "1e30", "Start.Time is '1e30': it must be a time in ISO 8601, or seconds"),
        ("Time", True, "Start.Time is True: it must be a time in ISO 8601, or seconds"),
        ("Bytes", "h!", "Start.Bytes is 'h!': it must be base64"),
        ("Text", ["a"], "Start.Text is ['a']: it must be text"),
        (
            "Text",
            {"$JSON": [{"Number": "1_0"}]},
            "Start.Text is {'$JSON': [{'Number': '1_0'}]}: it",
        ),
        (
            "Text",
            {"$JSON": [{"Number": "NaN"}]},
            "Start.Text is {'$JSON': [{'Number': 'NaN'}]}: it",
        ),
        ("Text", {"$JSON": [{}]}, "Start.Text is {'$JSON': [{}]}: it must be text"),
        ("Text", {"$JSON": 5}, "Start.Text is {'$JSON': 5}: it must be text"),
        ("Numbers", "1", "Start.Numbers is '1': it must be a list"),
        ("Numbers", ["1", "b"], "Start.Numbers[1] is 'b': it must be a whole number"),
        ("Ratios", "1", "Start.Ratios is '1': it must be a map"),
        ("Ratios", {"a": "b"}, "Start.Ratios.a is 'b': it must be a number"),
        ("Inner", "1", "Start.Inner is '1': it must have members"),
        ("Inner", {"Nope": "1"}, "Start.Inner.Nope is no member of Everything: botocore 1, knows"),
        ("Secret", "planted", "Start.Secret is a sensitive value: it must be a whole number"),
    ],
)
def test_a_mistake_has_its_member_its_value_and_the_rule(
    name: str, value: Any, mistake: str
) -> None:
    _, (wrong,) = restored({name: value})
    assert wrong.startswith(mistake)


JSON = st.recursive(
    st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(value=st.dictionaries(st.sampled_from(sorted(SHAPES["Everything"]["members"])), JSON))
def test_any_value_is_restored_or_named(value: dict[str, Any]) -> None:
    found, wrong = restored(value)
    for name, each in value.items():
        assert name in found
        told = any(mistake.startswith(f"Start.{name}") for mistake in wrong)
        assert told or found[name] is not None or each is None


def without(properties: dict[str, Any], call_name: str, member: str) -> dict[str, Any]:
    del properties[call_name]["Parameters"][member]
    return properties


def with_parameter(properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    properties["Start"]["Parameters"].update(more)
    return properties


MISTAKES: list[tuple[Callable[[], dict[str, Any]], str]] = [
    (
        lambda: without(fleet(), "Start", "Name"),
        'Start: Missing required parameter in input: "Name"',
    ),
    (
        lambda: with_parameter(fleet(), Colour="red"),
        f"Start.Colour is no member of StartFleetRequest: {VERSION}, knows only Name",
    ),
    (
        lambda: with_parameter(fleet(), Name=""),
        "Start: Invalid length for parameter Name, value: 0, valid min length: 1",
    ),
    (
        lambda: with_parameter(job(), WorkerType=["a"], Timeout="soon"),
        "Start.WorkerType is ['a']: it must be text (json_text makes it from JSON); Start.Timeout",
    ),
    (
        lambda: fleet(Start=aws_call("appstream", "LaunchFleet")),
        f"Start.Operation is 'LaunchFleet': {VERSION}, knows no such operation of appstream",
    ),
    (lambda: fleet(Kind="Paused"), "Kind is 'Paused': it must be Started, Run or Awaited"),
    (lambda: fleet(Noun=""), "Noun is '': it must be text"),
    (lambda: fleet(Id="x" * 1000), "Id is 'xxx"),
    (lambda: fleet(State="Fleets[0"), "State is 'Fleets[0': it must be JMESPath: "),
    (lambda: fleet(State=""), "State is '': it must be an expression"),
    (lambda: fleet(Attributes={"A": "]"}), "attribute A is ']': it must be JMESPath: "),
    (lambda: fleet(Attributes={"A": ["b"]}), "Attributes is {'A': ['b']}: it must be a map of"),
    (lambda: fleet(Attributes="a"), "Attributes is 'a': it must be a map"),
    (lambda: fleet(Phases={"Ready": "RUNNING"}), "Phases.Ready is 'RUNNING': it must be a list"),
    (lambda: fleet(Phases={"Steady": ["A"]}), "Phases is 'Steady': a phase must be one of Absent"),
    (lambda: fleet(Phases={"Failed": ["A"]}), "Phases is {'Failed': ['A']}: Ready must list at"),
    (lambda: fleet(Busy="Busy"), "Busy is 'Busy': it must be a list of texts"),
    (lambda: {**fleet(), "Start": "no"}, "Start.Service is None: it must be text"),
    (lambda: fleet(OnDelete="KEEP"), "OnDelete is 'KEEP': it must be RETAIN or STOP"),
    (lambda: job(OnDelete="STOP"), "OnDelete is 'STOP': it must be NOTHING or CANCEL"),
    (lambda: fleet(TimeoutSeconds="soon"), "TimeoutSeconds is 'soon': it must be a whole number"),
    (lambda: fleet(PollIntervalSeconds="0"), "PollIntervalSeconds is '0': it must be a whole"),
    (lambda: job(Run=""), "Run is None: Read names $RUN, so it must be an expression"),
    (
        lambda: job(Start=job()["Start"] | {"TokenSeconds": "long"}),
        "Start.TokenSeconds is 'long': it must be a number of seconds",
    ),
]


@pytest.mark.parametrize("kind", ["Create", "Update"])
@pytest.mark.parametrize(("make", "said"), MISTAKES)
def test_a_mistake_ends_a_request_before_any_call(
    world: DeclaredWorld, make: Callable[[], dict[str, Any]], said: str, kind: str
) -> None:
    answer = world.run(declared_event(kind, make()))
    assert answer["Status"] == "FAILED"
    assert said in answer["Reason"]
    assert answer["Reason"].endswith("#invalid-property")
    assert not world.services.calls


def test_a_start_and_a_stop_have_to_be_declared(world: DeclaredWorld) -> None:
    made = fleet()
    del made["Start"]
    answer = world.run(declared_event("Create", made))
    assert "Start is None: a resource of kind Started needs it" in answer["Reason"]
    made = execution(OnDelete="CANCEL")
    del made["Stop"]
    answer = world.again(declared_event("Create", made))
    assert "Stop is None: OnDelete 'CANCEL' needs it" in answer["Reason"]


def test_all_mistakes_are_reported_at_once(world: DeclaredWorld) -> None:
    made = fleet(Read=aws_call("appstream", "DescribeFleets", {"Names": "a", "NextToken": ["b"]}))
    made["Start"]["Parameters"] = {"Title": "a"}
    reason = world.run(declared_event("Create", made))["Reason"]
    for place in ("Read.Names", "Read.NextToken", "Start.Title"):
        assert place in reason


@pytest.mark.parametrize(("make", "said"), MISTAKES)
def test_a_delete_never_fails_for_a_mistake(
    world: DeclaredWorld, make: Callable[[], dict[str, Any]], said: str
) -> None:
    del said
    made = {"OnDelete": "STOP", **make()}
    answer = world.run(declared_event("Delete", made, physical_id="jr_0"))
    assert answer["Status"] == "SUCCESS"
    assert not world.services.acts()


@pytest.mark.parametrize(("make", "said"), MISTAKES)
def test_a_rollback_never_fails_for_a_mistake(
    world: DeclaredWorld, make: Callable[[], dict[str, Any]], said: str
) -> None:
    """All attributes are there, since Fn::GetAtt of one that is missing fails the stack."""
    del said
    made, world.stack.status = make(), "UPDATE_ROLLBACK_IN_PROGRESS"
    answer = world.run(declared_event("Update", made, physical_id="jr_0"))
    assert answer["Status"] == "SUCCESS"
    if isinstance(made["Attributes"], dict) and isinstance(made["Attributes"].get("A", ""), str):
        assert {*answer["Data"]} == {*made["Attributes"]}


def test_a_service_that_botocore_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    call.connect.cache_clear()
    (mistake,) = call.mistakes(Call("Read", "ec3", "DescribeInstances"))
    assert mistake == f"Read.Service is 'ec3': {VERSION}, knows no such service"


@pytest.mark.parametrize("kind", ["Create", "Delete"])
def test_a_client_that_can_not_be_made(
    world: DeclaredWorld, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    def refuse(*_: str) -> Any:
        raise ServiceError(
            Kind.REFUSED, "ValueError", "Invalid endpoint", "making a client of acm", "no-client"
        )

    monkeypatch.setattr(call, "connect", refuse)
    world.stack.status = f"{kind.upper()}_IN_PROGRESS"
    answer = world.run(declared_event(kind, fleet(OnDelete="STOP")))
    assert answer["Status"] == "FAILED"
    assert (
        "making a client of acm was refused with ValueError: Invalid endpoint" in (answer["Reason"])
    )
    assert answer["Reason"].endswith("#no-client")


def test_the_parameters_that_are_sent(world: DeclaredWorld) -> None:
    text = "quotes \" and ' and\nnewlines, ${AWS::Region}"
    world.run(declared_event("Create", execution(text)))
    (sent,) = world.services.named("StartExecution")
    assert (sent["input"], sent["stateMachineArn"]) == (text, MACHINE)
    assert len(sent["name"]) == 36
    read = world.services.named("DescribeExecution")[0]
    assert read == {"executionArn": f"{EXECUTION}:{sent['name']}"}


def test_several_reads_are_merged(world: DeclaredWorld) -> None:
    both = [fleet()["Read"], certificate()["Read"]]
    made = certificate(Read=both, State="[Fleets[0].State, Certificate.Status]")
    made["Phases"]["Ready"] = ["ISSUED", "RUNNING"]
    world.services.certificate.state = "ISSUED"
    world.services.fleet.state = "RUNNING"
    assert world.run(declared_event("Create", made))["Status"] == "SUCCESS"


def test_an_operation_without_input() -> None:
    """Such an operation has no shape for its parameters."""
    assert restore.restored({}, None, "Read", []) == {}
