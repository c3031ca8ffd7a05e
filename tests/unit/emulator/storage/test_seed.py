"""Seeds: the entities that they add, and errors that change nothing."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from nimble_local.emulator.control import actions
from nimble_local.emulator.seed import seed_file
from nimble_local.emulator.seed.default_seed import LAUNCH_PROFILE_ID, SESSION_ID, STUDIO_ID
from nimble_local.emulator.seed.schema import SECTIONS
from nimble_local.emulator.state.ids import new_id

if TYPE_CHECKING:
    from nimble_local.emulator.backend import Backend

STUDIO = "eu-west-1:stid-abc123"
DOCUMENT: dict[str, Any] = {
    "studios": [{"studioId": STUDIO, "displayName": "Heron"}],
    "launchProfiles": [
        {
            "launchProfileId": "artists",
            "studioId": STUDIO,
            "streamConfiguration": {
                "automaticTerminationMode": "ACTIVATED",
                "maxStoppedSessionLengthInMinutes": 60,
            },
        }
    ],
    "sessions": [
        {
            "sessionId": "desk-12",
            "launchProfileId": "artists",
            "state": "STOPPED",
            "tags": {"Name": "Comp 12"},
        },
        {"sessionId": "failed", "state": "START_FAILED", "statusCode": "INSUFFICIENT_CAPACITY"},
    ],
    "backups": [{"backupId": "friday", "sessionId": "desk-12"}],
}


def test_a_whole_seed_is_added_and_works(client: Any, backend: Backend) -> None:
    counts = backend.add_seed(DOCUMENT)
    assert counts == {"studios": 1, "launchProfiles": 1, "sessions": 2, "backups": 1}
    assert client.get_studio(studioId=STUDIO)["studio"]["displayName"] == "Heron"
    (backup,) = client.list_streaming_session_backups(studioId=STUDIO)["streamingSessionBackups"]
    ids = {"studioId": STUDIO, "sessionId": "desk-12"}
    started = client.start_streaming_session(**ids, backupId=backup["backupId"])["session"]
    assert started["startedFromBackupId"] == "friday"
    assert started["tags"] == {"Name": "Comp 12"}
    assert started["arn"] == "arn:aws:nimble:eu-west-1:000000000000:streaming-session/desk-12"
    failed = client.get_streaming_session(studioId=STUDIO_ID, sessionId="failed")["session"]
    assert (failed["state"], failed["statusCode"]) == ("START_FAILED", "INSUFFICIENT_CAPACITY")
    # Its launch profile has these rules: an hour STOPPED, then it's deleted.
    client.get_launch_profile(studioId=STUDIO, launchProfileId="artists")
    backend.clock.advance(5 + 690 * 60 + 5 + 3600)
    gone = client.get_streaming_session(**ids)["session"]
    assert gone["state"] == "DELETE_IN_PROGRESS"


def rules(**given: object) -> dict[str, Any]:
    """Return a document that has a launch profile with these rules."""
    return {"launchProfiles": [{"launchProfileId": "a", "streamConfiguration": given}]}


@pytest.mark.parametrize("state", ["CREATE_IN_PROGRESS", "STOP_IN_PROGRESS", "DELETED", "READY"])
def test_a_seeded_session_continues_from_its_state(backend: Backend, state: str) -> None:
    backend.add_seed({"sessions": [{"sessionId": "a", "state": state}]})
    ends = {"CREATE_IN_PROGRESS": "READY", "STOP_IN_PROGRESS": "STOPPED"}
    assert actions.session(backend, "a")["state"] == state
    backend.clock.advance(5)
    assert actions.session(backend, "a")["state"] == ends.get(state, state)
    assert len(actions.session(backend, "a")["history"]) == 1 + (state in ends)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ([], "The seed must be an object with studios, launchProfiles, sessions, backups"),
        ({"session": []}, "Unknown key 'session'; allowed: studios"),
        ({"sessions": [{"id": "a"}]}, "sessions[0]: unknown key 'id'; allowed: sessionId, launchP"),
        ({"sessions": {}}, "sessions must be a list"),
        ({"sessions": ["a"]}, "sessions[0] must be an object"),
        ({"sessions": [{"state": "READY"}]}, "sessions[0] needs a sessionId"),
        ({"sessions": [{"sessionId": ""}]}, "sessions[0] needs a sessionId"),
        ({"sessions": [{"sessionId": 5}]}, "'sessions[0].sessionId' must be a string"),
        (
            {"sessions": [{"sessionId": "a", "sate": "READY"}]},
            "sessions[0]: unknown key 'sate'; allowed: ",
        ),
        ({"sessions": [{"sessionId": "a", "state": "UP"}]}, "enum value set: [CREATE_IN_PROGRESS"),
        ({"sessions": [{"sessionId": "a", "tags": {"Day": 5}}]}, "'sessions[0].tags.Day' must"),
        ({"sessions": [{"sessionId": "a"}] * 2}, "sessions[1] has the sessionId of another"),
        ({"sessions": [{"sessionId": "a", "launchProfileId": "b"}]}, "which does not exist"),
        ({"sessions": [{"sessionId": "a", "ec2InstanceType": "g3s"}]}, "allows g5.2xlarge"),
        (
            {"studios": [{"studioId": "a", "displayName": "x" * 65}]},
            "length less than or equal to 64",
        ),
        (
            {"launchProfiles": [{"launchProfileId": "a", "name": "x" * 65}]},
            "less than or equal to 64",
        ),
        (rules(maxSessionLengthInMinutes=690.5), "must be a integer"),
        (
            rules(sessionBackup={"mode": "AUTOMATIC", "maxBackupsToRetain": 1.5}),
            "must be a integer",
        ),
        (
            {"backups": [{"backupId": f"b{n}", "sessionId": SESSION_ID} for n in range(4)]},
            f"backups[3] is one backup too many: the session '{SESSION_ID}' keeps 3 (sessionBackup",
        ),
        ({"backups": [{"backupId": "a"}]}, "backups[0] needs a sessionId"),
        ({"backups": [{"backupId": "a", "sessionId": "b"}]}, "session 'b', which does not exist"),
        ({"launchProfiles": [{"launchProfileId": "a b"}]}, "regular expression pattern"),
        ({"launchProfiles": [{"launchProfileId": "a", "studioId": "b"}]}, "studio 'b', which does"),
        ({"launchProfiles": [{"launchProfileId": "a", "studioId": 5}]}, "studioId must be a text"),
        (
            {"launchProfiles": [{"launchProfileId": "a", "streamConfiguration": []}]},
            "must be a structure",
        ),
        (
            {
                "launchProfiles": [
                    {
                        "launchProfileId": "a",
                        "streamConfiguration": {"maxStoppedSessionLengthInMinutes": 5},
                    }
                ]
            },
            "maxStoppedSessionLengthInMinutes is allowed only when",
        ),
        (
            {
                "launchProfiles": [
                    {
                        "launchProfileId": "a",
                        "streamConfiguration": {
                            "sessionPersistenceMode": "DEACTIVATED",
                            "volumeConfiguration": {"size": 200},
                        },
                    }
                ]
            },
            "volumeConfiguration is allowed only when sessionPersistenceMode is ACTIVATED",
        ),
    ],
)
def test_an_invalid_seed_changes_nothing(backend: Backend, document: Any, words: str) -> None:
    before = [row.document() for row in backend.world.sessions]
    good: Any = {"studios": [{"studioId": "good"}]}
    wrong = {**good, **document} if isinstance(document, dict) else document
    with pytest.raises(ValueError, match=r"\.$") as raised:
        backend.add_seed(wrong)
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)
    assert [row.document() for row in backend.world.sessions] == before
    assert len(backend.world.studios) == len(backend.world.profiles) == 1


def test_existing_backups_count_towards_the_limit(backend: Backend) -> None:
    taken = [{"backupId": f"b{n}", "sessionId": SESSION_ID} for n in range(4)]
    backend.add_seed({"backups": taken[:3]})
    # Replacing the same backups doesn't increase their number.
    backend.add_seed({"backups": taken[:3]})
    with pytest.raises(ValueError, match=r"^backups\[0\] is one backup too many"):
        backend.add_seed({"backups": taken[3:]})
    assert len(backend.world.backups) == 3


def test_the_name_of_a_studio_with_a_long_id_fits_the_model(client: Any, backend: Backend) -> None:
    studio_id = "a" * 100
    backend.add_seed({"studios": [{"studioId": studio_id}]})
    assert client.get_studio(studioId=studio_id)["studio"]["displayName"] == "a" * 64


def test_a_launch_profile_without_storage_needs_no_further_rules(backend: Backend) -> None:
    rules = {"sessionPersistenceMode": "DEACTIVATED"}
    entry = {"launchProfileId": "plain", "streamConfiguration": rules}
    backend.add_seed({"launchProfiles": [entry]})
    made = backend.world.profiles.find("plain").stream_configuration
    assert {"volumeConfiguration", "automaticTerminationMode"}.isdisjoint(made)
    assert backend.world.profiles.find(LAUNCH_PROFILE_ID).stream_configuration != made


def test_a_session_is_replaced_and_keeps_its_backups(backend: Backend) -> None:
    backend.add_seed({"backups": [{"backupId": "friday", "sessionId": SESSION_ID}]})
    backend.add_seed({"sessions": [{"sessionId": SESSION_ID, "state": "READY"}]})
    shown = actions.session(backend, SESSION_ID)
    assert (shown["state"], shown["tags"]) == ("READY", {})
    assert [backup["backupId"] for backup in shown["backups"]] == ["friday"]


YAML = """
sessions:
  - sessionId: desk-12     # a comment
    tags: {Day: 2026-11-23, Name: Käthe}
"""
JSON = '{"sessions": [{"sessionId": "desk-12", "tags": {"Day": "2026-11-23", "Name": "Käthe"}}]}'


@pytest.mark.parametrize(
    ("name", "text"), [("a.yaml", YAML), ("a.yml", YAML), ("a.json", JSON), ("a", JSON)]
)
def test_seed_files_are_yaml_or_json(tmp_path: Path, name: str, text: str) -> None:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    tags = {"Day": "2026-11-23", "Name": "Käthe"}
    assert seed_file.load(file) == {"sessions": [{"sessionId": "desk-12", "tags": tags}]}


BOMB = b"a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"a%d: &a%d [%s]\n" % (n, n, b",".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, 10)
)
"""A billion values through aliases."""
MERGES = b"m0: &m0 {a: x, b: x}\n" + b"".join(
    b"m%d: &m%d {<<: [%s]}\n" % (n, n, b",".join([b"*m%d" % (n - 1)] * 9)) for n in range(1, 10)
)
"""As many through merges."""
LONG = b"a: &a " + b"x" * 100_000 + b"\nb: [" + b",".join([b"*a"] * 20) + b"]"
"""A few aliases of a long value."""
ANCHORS = """
base: &base {state: READY, tags: &tags {Team: Comp}}
sessions:
  - {<<: *base, sessionId: desk-1}
  - {<<: *base, sessionId: desk-2, state: STOPPED}
  - {sessionId: desk-3, tags: *tags}
"""


def test_anchors_and_merges_are_allowed(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(ANCHORS)
    tags = {"Team": "Comp"}
    assert seed_file.load(file)["sessions"] == [
        {"sessionId": "desk-1", "state": "READY", "tags": tags},
        {"sessionId": "desk-2", "state": "STOPPED", "tags": tags},
        {"sessionId": "desk-3", "tags": tags},
    ]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.json", b'{"a":\n}', "line 2 is not JSON"),
        ("a.json", b"[" * 100_000, "maximum recursion depth exceeded"),
        ("a.yaml", b"a: [", "line 1 is not YAML"),
        ("a.yaml", b"a: !!python/object:os.system {}", "could not determine a constructor"),
        ("a.yaml", b"a: \x07", "special characters are not allowed"),
        ("a.yaml", b"a: &a [*a]", "Circular reference"),
        ("a.yaml", b"a: 1\nb: 2\na: 3", "line 3: the key 'a' is in line 1 as well"),
        ("a.yaml", b"a: [{b: {c: 1, c: 1}}]", "line 1: the key 'c' is in line 1 as well"),
        ("a.yaml", b"a: 1\n'a': 2", "line 2: the key 'a' is in line 1 as well"),
        ("a.yaml", b"1: 1\n'1': 2", "the key '1' appears twice"),
        ("a.yaml", b"? {b: 1, b: 2}\n: 1", "line 1: the key 'b' is in line 1 as well"),
        ("a.json", b'{"a": {"b": 1, "c": 2, "b": 3}}', "the key 'b' appears twice"),
        ("a.json", b'{"sessions": [1], "sessions": []}', "the key 'sessions' appears twice"),
        ("a.yaml", BOMB, "line 6: aliases repeat more than 1000000 characters"),
        ("a.yaml", MERGES, "aliases repeat more than 1000000 characters"),
        ("a.yaml", LONG, "aliases repeat more than 1000000 characters"),
        ("a.yaml", b"a: 0x\xff", "not a text in UTF-8"),
        ("a.yaml", b"- a", "it isn't an object"),
        ("a.yaml", b"", "it isn't an object"),
    ],
)
def test_invalid_files_are_explained_in_one_line(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(seed_file.SeedFileError) as raised:
        seed_file.load(file)
    assert words in str(raised.value)
    assert str(raised.value).startswith(f"{file}: ")
    assert "\n" not in str(raised.value)
    assert str(raised.value).endswith(".")


def test_a_path_without_a_file_is_explained(tmp_path: Path) -> None:
    for path, words in ((tmp_path / "no", "No such file"), (tmp_path, "Is a directory")):
        with pytest.raises(seed_file.SeedFileError, match=words):
            seed_file.load(path)


def test_the_seed_file_in_the_docs_works(backend: Backend, tmp_path: Path) -> None:
    page = (Path(__file__).parents[4] / "docs" / "emulator.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    file = tmp_path / "studio.yaml"
    file.write_text(block, encoding="utf-8")
    counts = backend.add_seed(seed_file.load(file))
    assert counts == {"studios": 1, "launchProfiles": 1, "sessions": 1, "backups": 1}
    for name, section in SECTIONS.items():
        row = next(line for line in page.splitlines() if line.startswith(f"| `{name}` | **"))
        assert set(re.findall(r"`(\w+)`", row)) == {name, *section.required, *section.optional}


def test_ids_are_uuids_in_the_services_format() -> None:
    hyphen, plain = UUID(bytes=b"\xfb" + bytes(15)), UUID(bytes=bytes(16))
    drawn = iter([hyphen, plain])
    assert new_id(lambda: next(drawn)) == "A" * 22
    made = {new_id() for _ in range(1000)}
    assert len(made) == 1000
    assert all(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]{21}", each) for each in made)
    assert {UUID(bytes=urlsafe_b64decode(f"{each}==")).version for each in made} == {4}
