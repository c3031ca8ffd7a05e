"""The function's service model agrees with the official one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore
import pytest
from botocore.model import ServiceModel
from botocore.serialize import create_serializer

from cdk_nimble_streaming_session.attributes import SessionAttributes
from streaming_session import lifecycle
from streaming_session.advice import HINTS
from streaming_session.attributes import ATTRIBUTES, from_session
from waiter.runtime import clients

if TYPE_CHECKING:
    from botocore.loaders import Loader

ROOT = Path(__file__).parents[2]
OURS: dict[str, Any] = json.loads(
    (ROOT / "lambda/streaming_session/models/nimble/2020-08-01/service-2.json").read_text()
)
OFFICIAL: dict[str, Any] = json.loads(
    (Path(botocore.__file__).parent / "data/nimble/2020-08-01/service-2.json").read_text()
)


def is_part(ours: Any, official: Any) -> bool:
    """Tell whether a model contains only what is in the official one."""
    if isinstance(ours, dict):
        return all(name in official and is_part(ours[name], official[name]) for name in ours)
    return bool(ours == official)


def test_the_metadata_matches_the_official_model() -> None:
    assert is_part(OURS["metadata"], OFFICIAL["metadata"])
    assert OURS["version"] == OFFICIAL["version"]


@pytest.mark.parametrize("name", sorted(OURS["operations"]))
def test_each_operation_matches_the_official_model(name: str) -> None:
    """The function uses the codes of errors, so it doesn't need their shapes."""
    ours, official = OURS["operations"][name], OFFICIAL["operations"][name]
    if name == "StopStreamingSession":
        # A start and a stop are written alike, so one shape does for both: see the requests below.
        official = {**official, "input": OFFICIAL["operations"]["StartStreamingSession"]["input"]}
    assert is_part(ours, official)


@pytest.mark.parametrize("name", sorted({*OURS["shapes"]} - {"StreamingSession"}))
def test_each_shape_matches_the_official_model(name: str) -> None:
    assert is_part(OURS["shapes"][name], OFFICIAL["shapes"][name])


REQUESTS = {
    "GetStreamingSession": {},
    "StartStreamingSession": {"clientToken": "t", "backupId": "b1"},
    "StopStreamingSession": {"clientToken": "t"},
}


@pytest.mark.parametrize("name", sorted(REQUESTS))
def test_requests_are_serialised_as_with_the_official_model(name: str) -> None:
    """The service rejects a start or a stop without a body, even an empty one."""
    ids = {"studioId": "us-west-2:stid-abc123", "sessionId": "s1"}
    written = [
        create_serializer("rest-json").serialize_to_request(
            {**ids, **REQUESTS[name]}, ServiceModel(model, "nimble").operation_model(name)
        )
        for model in (OURS, OFFICIAL)
    ]
    assert written[0] == written[1]


def test_the_session_is_read_as_plain_json() -> None:
    """botocore rejects a whole answer if one member doesn't match its shape."""
    assert OURS["shapes"]["StreamingSession"] == {
        "type": "structure",
        "members": {},
        "document": True,
    }


def test_the_model_contains_only_what_is_called() -> None:
    assert set(OURS["operations"]) == {
        "GetStreamingSession",
        "StartStreamingSession",
        "StopStreamingSession",
    }


def test_the_functions_model_is_found_before_any_other() -> None:
    loader: Loader = clients._session().get_component("data_loader")
    _, path = loader.load_data_with_path("nimble/2020-08-01/service-2")
    assert Path(path).is_relative_to(ROOT / "lambda")


def test_every_state_of_the_model_has_a_phase() -> None:
    assert set(lifecycle.PHASES) == set(OFFICIAL["shapes"]["StreamingSessionState"]["enum"])


def test_transient_codes_are_codes_of_the_model() -> None:
    codes = OFFICIAL["shapes"]["StreamingSessionStatusCode"]["enum"]
    assert lifecycle.TRANSIENT.keys() <= {*codes}


def test_every_code_and_error_of_the_model_has_advice() -> None:
    """Codes that `docs/operations.md` explains; it has an entry for each piece of advice."""
    codes = OFFICIAL["shapes"]["StreamingSessionStatusCode"]["enum"]
    errors = {
        error["shape"]
        for name in OURS["operations"]
        for error in OFFICIAL["operations"][name]["errors"]
    }
    assert {*codes, *errors} <= set(HINTS)


def members(shape: str, prefix: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    """Return the paths of all members of a shape, including those of nested structures."""
    found: set[tuple[str, ...]] = set()
    for name, member in OFFICIAL["shapes"][shape]["members"].items():
        if OFFICIAL["shapes"][member["shape"]]["type"] == "structure":
            found |= members(member["shape"], (*prefix, name))
        else:
            found.add((*prefix, name))
    return found


def test_every_field_of_the_session_is_an_attribute() -> None:
    assert set(ATTRIBUTES.values()) == members("StreamingSession")
    for name, path in ATTRIBUTES.items():
        assert name == ".".join(part[0].upper() + part[1:] for part in path)


TYPES = {"timestamp": "2026-11-23T09:00:00Z", "map": {"a": "b"}, "integer": 3, "string": "text"}
READ = {"timestamp": "2026-11-23T09:00:00Z", "map": '{"a":"b"}', "integer": "3", "string": "text"}


def test_every_member_is_converted_by_its_type() -> None:
    for name, path in ATTRIBUTES.items():
        shape = OFFICIAL["shapes"]["StreamingSession"]
        for part in path:
            shape = OFFICIAL["shapes"][shape["members"][part]["shape"]]
        session: Any = TYPES[shape["type"]]
        for part in reversed(path):
            session = {part: session}
        assert from_session(session)[name] == READ[shape["type"]], name


class Asked(SessionAttributes):
    """Records its requests."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def _attribute(self, name: str) -> str:
        self.names.append(name)
        return name


def test_every_attribute_is_a_property_of_the_construct() -> None:
    asked = Asked()
    for name in vars(SessionAttributes):
        if name.startswith("streaming_session_"):
            getattr(asked, name)
    assert sorted(asked.names) == sorted(ATTRIBUTES)
