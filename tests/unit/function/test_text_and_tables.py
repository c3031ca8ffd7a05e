"""Small parts: properties, attributes, tokens, text, the state of a wait, advice."""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from declared import advice as declared
from streaming_session import lifecycle
from streaming_session.advice import HINTS
from streaming_session.attributes import ATTRIBUTES, from_session, instant, unread
from testkit.function.simulation import ARN, SESSION, STACK, event, parse
from waiter.cloudformation.answer import advise
from waiter.cloudformation.request import sent_at
from waiter.exceptions import InvalidRequestError
from waiter.runtime import log
from waiter.runtime.text import cut_to_bytes, json_size, printable
from waiter.wait.decide import acted
from waiter.wait.model import Act, Do, Phase, Progress, Rule
from waiter.wait.state import WaitState, pack, unpack
from waiter.wait.tokens import MAX_LENGTH, client_token

PAGE = Path(__file__).parents[3] / "docs" / "operations.md"


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("StudioId", "", "1 to 128 letters"),
        ("StudioId", "a b", "with ':' after the region"),
        ("SessionId", ARN, f"its last part, '{SESSION}'"),
        ("SessionId", ["a"], "1 to 128 letters"),
        ("BackupId", "a/b", "1 to 128 letters"),
        ("OnDelete", "KEEP", "RETAIN or STOP"),
        ("AllowRestart", "yes", "false or true"),
        ("TimeoutSeconds", "3541", "from 1 to 3540"),
        ("TimeoutSeconds", "1.5", "from 1 to 3540"),
        ("PollIntervalSeconds", "61", "from 1 to 60"),
        ("PollIntervalSeconds", "-1", "from 1 to 60"),
    ],
)
def test_a_bad_property_is_named_with_its_rule(name: str, value: object, rule: str) -> None:
    made = event()
    made["ResourceProperties"][name] = value
    with pytest.raises(InvalidRequestError, match=re.escape(name)) as raised:
        parse(made)
    assert rule in str(raised.value)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (f"{SESSION}\n", f"'{SESSION}\\n'"),
        (f"{SESSION} ", f"'{SESSION} '"),
        (f"\ufeff{SESSION}", f"'\\ufeff{SESSION}'"),
        (f"{SESSION}\u200b", f"'{SESSION}\\u200b'"),
        ("\u0430bc", "'\\u0430bc'"),
        ("x" * 200 + "\n", f"'{'x' * 69}…{'x' * 26}\\n'"),
        ("arn:aws:nimble:us-west-2:1:streaming-session/a ", "last part, 'a '"),
        ("\x1b[31m", "'\\x1b[31m'"),
        ({"Ref": "é"}, "{'Ref': '\\xe9'}"),
    ],
)
def test_a_value_is_shown_as_ascii_does(value: object, said: str) -> None:
    made = event()
    made["ResourceProperties"]["SessionId"] = value
    with pytest.raises(InvalidRequestError) as raised:
        parse(made)
    assert said in str(raised.value)


def test_defaults_and_booleans() -> None:
    goal = parse(event()).goal
    assert goal is not None
    assert (goal.timeout, goal.interval) == (1800, 5)
    assert parse(event("Delete")).goal is None
    made = event()
    made["ResourceProperties"]["AllowRestart"] = True
    goal = parse(made).goal
    assert goal is not None
    assert goal.may_restart


NOW = datetime(2022, 7, 29, 20, 40, 0, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("query", "age"),
    [
        ("X-Amz-Algorithm=A&X-Amz-Date=20220729T203732Z&X-Amz-Expires=7200&X-Amz-Signature=s", 148),
        (f"AWSAccessKeyId=A&Expires={NOW + 7200 - 90:.0f}&Signature=s", 90),
        ("X-Amz-Date=20220729T203732Z&Expires=1", 148),
        ("X-Amz-Date=20220729T204459Z", 0),
        ("X-Amz-Date=20220729T204501Z", 0),
        (f"Expires={NOW + 7200 + 301:.0f}", 0),
        ("X-Amz-Date=20220729T203732", 148),
        ("X-Amz-Date=today", 0),
        ("X-Amz-Date=", 0),
        ("Expires=soon", 0),
        ("Expires=nan", 0),
        (f"Expires={'9' * 400}", 0),
        ("X-Amz-Signature=secret", 0),
        ("", 0),
    ],
)
def test_the_age_of_a_request(query: str, age: float) -> None:
    assert NOW - sent_at(f"https://cloudformation.example/answer?{query}", NOW) == age


@given(url=st.text() | st.text().map(lambda date: f"https://a/?X-Amz-Date={date}"))
def test_no_url_dates_a_request_in_the_future(url: str) -> None:
    assert sent_at(url, NOW) <= NOW


def test_properties_that_are_not_a_mapping_count_as_none() -> None:
    with pytest.raises(InvalidRequestError, match="StudioId"):
        parse(event() | {"ResourceProperties": "x"})


def test_attributes_are_strings() -> None:
    found = from_session(
        {
            "createdAt": "2026-11-23T11:00:00+02:00",
            "startedAt": 1795424400,
            "stopAt": "2026-11-23T09:00:00",
            "tags": {"b": "ü", "a": "1", "odd": 2},
            "maxBackupsToRetain": 3,
            "volumeConfiguration": {"size": 500},
        }
    )
    assert found["CreatedAt"] == found["StartedAt"] == found["StopAt"] == "2026-11-23T09:00:00Z"
    assert found["Tags"] == '{"a":"1","b":"ü"}'
    assert found["MaxBackupsToRetain"] == "3"
    assert found["VolumeConfiguration.Size"] == "500"
    assert found["VolumeConfiguration.Iops"] == found["Arn"] == ""


@pytest.mark.parametrize(
    "given",
    [
        "",
        "soon",
        "0001-01-01T00:00:00+01:00",
        "2026-11-23T09:00:00+25:00",
        1764148400000,
        1e300,
        float("nan"),
        True,
        [],
        {},
    ],
)
def test_an_impossible_time_is_empty(given: object) -> None:
    assert instant(given) is None
    assert from_session({"stopAt": given})["StopAt"] == ""


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(
    session=st.dictionaries(
        st.sampled_from([path[0] for path in ATTRIBUTES.values() if path[0] != "state"]), JSON
    )
)
def test_no_member_hides_the_state(session: dict[str, object]) -> None:
    seen = lifecycle.snapshot({"session": {**session, "state": "READY"}})
    assert seen.observation.phase is Phase.READY
    assert set(seen.attributes) == set(ATTRIBUTES)
    assert all(text.isprintable() for text in seen.attributes.values())


@pytest.mark.parametrize(
    "backup", ["b1 ", "b1\n", "\ufeffb1", "ü", "x" * 257, ["b1"], {"id": "b1"}, True]
)
def test_an_impossible_id_is_empty(backup: object) -> None:
    seen = lifecycle.snapshot({"session": {"state": "READY", "startedFromBackupId": backup}})
    assert seen.observation.backup == seen.attributes["StartedFromBackupId"] == ""


@pytest.mark.parametrize(
    ("given", "started_at"),
    [
        ("2022-07-29T20:40:00Z", NOW),
        ("2022-07-29T22:40:00.000+02:00", NOW),
        ("2022-07-29T20:40:00", NOW),
        (NOW, NOW),
        (int(NOW), NOW),
        (NOW * 1000, None),
        ("", None),
        (None, None),
        ("2026-11-23T09:00:00+25:00", None),
    ],
)
def test_the_time_of_the_last_start(given: object, started_at: float | None) -> None:
    session = {"arn": ARN, "state": "READY", "startedAt": given}
    assert lifecycle.snapshot({"session": session}).started_at == started_at


def test_an_unread_session_has_its_arn_and_id() -> None:
    assert unread(SESSION, STACK)["Arn"] == ARN


@pytest.mark.parametrize("request_id", ["r" * MAX_LENGTH, "ü", "a\nb", "\ud800"])
def test_a_request_id_that_fits_no_client_token_is_hashed(request_id: str) -> None:
    assert re.fullmatch("[0-9a-f]{64}", client_token(request_id, Act.START, 1))


@given(request_id=st.text(max_size=200), attempt=st.integers(1, 10**6))
def test_client_tokens_are_unique_and_valid(request_id: str, attempt: int) -> None:
    token = client_token(request_id, Act.START, attempt)
    assert 1 <= len(token) <= MAX_LENGTH
    assert token.isascii()
    assert token == client_token(request_id, Act.START, attempt)
    assert token != client_token(request_id, Act.STOP, attempt)
    assert token != client_token(request_id, Act.START, attempt + 1)


@given(st.text(), st.integers(1, 50))
def test_text_is_made_printable(text: str, limit: int) -> None:
    shown = printable(text, limit)
    assert shown.isprintable()
    assert len(shown) <= limit


@given(st.text(), st.integers(0, 50))
def test_text_is_cut_to_a_number_of_bytes(text: str, limit: int) -> None:
    cut = cut_to_bytes(text, limit)
    assert text.startswith(cut)
    assert json_size(cut) <= limit
    if len(cut) < len(text):
        assert json_size(text[: len(cut) + 1]) > limit


def test_the_wait_state_survives_the_hand_over() -> None:
    state = WaitState(5.0, progress=acted(Progress(), Do(Act.START), Phase.STOPPED, 3.0))
    assert unpack(pack(state)) == state
    assert unpack(pack(WaitState(1.0))) == WaitState(1.0)


def test_a_wait_state_of_another_version_is_read() -> None:
    packed = pack(WaitState(1.0)) | {"newer": 1}
    packed["progress"]["newer"] = 1
    assert unpack(packed) == WaitState(1.0)


def test_the_page_and_the_code_name_the_same_entries() -> None:
    entries = re.findall(r"^### (\S+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(entries) == sorted({*HINTS, *declared.HINTS})


def test_every_rule_and_state_has_an_entry() -> None:
    assert {rule.value for rule in Rule} <= set(HINTS)
    assert HINTS.keys() >= lifecycle.TRANSIENT.keys()


def test_unknown_topics_get_general_advice() -> None:
    assert advise(HINTS, "NEVER_HEARD_OF").endswith("#other-failure")


def test_a_broken_log_fails_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log.bind(request=lambda: "1")
    with monkeypatch.context() as patched, open(os.devnull) as unwritable:  # noqa: PTH123 - a stream
        patched.setattr("sys.stdout", unwritable)
        log.line("lost")
    log.line("seen")
    assert json.loads(capsys.readouterr().out) == {
        "event": "seen",
        "request": "1",
        "log_fault": "UnsupportedOperation",
    }
