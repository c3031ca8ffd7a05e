"""The examples, deployed as their READMEs say, and deleted through the API."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from nimble_local.cloud.access import ACCOUNT, REGION
from nimble_local.cloud.servers.definitions import EMULATOR
from nimble_local.emulator.seed.default_seed import SESSION_ID, STUDIO_ID

if TYPE_CHECKING:
    from testkit.cloud.local_cloud import Cloud

# All in one process, so that the cloud starts once.
pytestmark = pytest.mark.xdist_group("another cloud")

EXAMPLES = Path(__file__).parents[2] / "examples"
ARN = f"arn:aws:nimble:{REGION}:{ACCOUNT}:streaming-session/{SESSION_ID}"


def path(name: str) -> str:
    return str(EXAMPLES / name / "app.py")


def test_the_example_with_one_session(cloud: Cloud) -> None:
    result, outputs = cloud.cdk_deploy(path("one_session"))
    assert result.status == 0, result.output
    found = outputs["Workstation"]
    assert (found["SessionArn"], found["SessionState"]) == (ARN, "READY")
    assert cloud.parameter(found["ParameterName"]) == ARN
    cloud.destroy()
    assert cloud.states()[-1] == "READY"


def test_the_example_with_two_stacks(cloud: Cloud) -> None:
    settings = json.loads((EXAMPLES / "two_stacks" / "cdk.json").read_text(encoding="utf-8"))
    flags = {name: each for name, each in settings["context"].items() if isinstance(each, str)}
    assert flags == {"@aws-cdk/core:defaultCrossStackReferences": "weak"}
    result, outputs = cloud.cdk_deploy(path("two_stacks"), watched_id="not-started-here", **flags)
    assert result.status == 0, result.output
    assert cloud.parameter("/portal/session/arn") == ARN
    assert cloud.parameter("/portal/watched/arn").endswith("/not-started-here")
    role = outputs["Portal"]["RoleArn"].rpartition("/")[2]
    iam = cloud.client("iam")
    (policy,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
    assert ARN in json.dumps(document)
    cloud.destroy()
    assert cloud.stacks() == set()


def stopped_overnight(cloud: Cloud, session_id: str) -> str:
    """Stop a running session, and return the backup that this makes."""
    nimble: Any = boto3.client(
        "nimble",  # type: ignore[call-overload]
        **{**cloud.record.access.client_arguments(), "endpoint_url": cloud.record.url(EMULATOR)},
    )
    cloud.control.add_session(sessionId=session_id, state="READY")
    nimble.stop_streaming_session(studioId=STUDIO_ID, sessionId=session_id)
    while cloud.control.sessions()[session_id]["state"] != "STOPPED":
        time.sleep(0.1)
    backups = nimble.list_streaming_session_backups(studioId=STUDIO_ID)["streamingSessionBackups"]
    found = [each for each in backups if each["sessionId"] == session_id]
    return str(max(found, key=lambda each: each["createdAt"])["backupId"])


def test_a_morning_in_the_classroom(cloud: Cloud, tmp_path: Path) -> None:
    seats = json.loads((EXAMPLES / "classroom" / "seats.json").read_text(encoding="utf-8"))
    assert len(seats) == 20
    stopped, running = seats[:2], seats[2:]
    for seat in running:
        yesterday = {"startedFromBackupId": seat["backup_id"]}
        cloud.control.add_session(sessionId=seat["session_id"], state="READY", **yesterday)
    for seat in stopped:
        seat["backup_id"] = stopped_overnight(cloud, seat["session_id"])
    file = tmp_path / "seats.json"
    file.write_text(json.dumps(seats), encoding="utf-8")

    result, outputs = cloud.cdk_deploy(path("classroom"), seats=str(file), day="1")
    assert result.status == 0, result.output
    assert outputs["Classroom"]["Seats"] == "20"
    found = cloud.control.sessions()
    for seat in stopped:
        session = found[seat["session_id"]]
        assert session["state"] == "READY"
        assert session["startedFromBackupId"] == seat["backup_id"]

    # The next morning, one seat has a new backup. The other only stopped on its own.
    renewed, kept = stopped
    renewed["backup_id"] = stopped_overnight(cloud, renewed["session_id"])
    cloud.control.add_session(sessionId=kept["session_id"], state="STOPPED")
    file.write_text(json.dumps(seats), encoding="utf-8")
    result, _ = cloud.cdk_deploy(path("classroom"), seats=str(file), day="2")
    assert result.status == 0, result.output
    found = cloud.control.sessions()
    assert found[renewed["session_id"]]["startedFromBackupId"] == renewed["backup_id"]
    assert found[kept["session_id"]]["state"] == "READY"
    assert not found[kept["session_id"]]["startedFromBackupId"]

    # In the evening, most people have stopped their own sessions.
    for seat in running[2:]:
        cloud.control.add_session(sessionId=seat["session_id"], state="STOPPED")
    cloud.destroy()
    assert cloud.stacks() == set()
    states = {cloud.control.sessions()[seat["session_id"]]["state"] for seat in seats}
    assert states == {"STOPPED"}


def test_a_workstation_with_dcv(cloud: Cloud) -> None:
    ec2 = cloud.client("ec2")
    (made,) = ec2.run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1)["Instances"]
    ec2.stop_instances(InstanceIds=[made["InstanceId"]])
    context = {"instance_id": str(made["InstanceId"]), "day": "monday"}
    result, outputs = cloud.cdk_deploy(path("dcv_workstation"), **context)
    assert result.status == 0, result.output
    found = ec2.describe_instances(InstanceIds=[made["InstanceId"]])["Reservations"][0]
    address = found["Instances"][0]["PrivateIpAddress"]
    assert outputs["Desk"]["DeskUrl"] == cloud.parameter("/desk/url") == f"https://{address}:8443"
    cloud.destroy()
    found = ec2.describe_instances(InstanceIds=[made["InstanceId"]])["Reservations"][0]
    assert found["Instances"][0]["State"]["Name"] == "running"


def test_a_migration(cloud: Cloud) -> None:
    for version in ("1", "2"):
        result, outputs = cloud.cdk_deploy(path("migration"), version=version)
        assert result.status == 0, result.output
        assert json.loads(cloud.parameter("/orders/schema")) == {"version": version}
        assert ":execution:" in outputs["Migration"]["Execution"]
    cloud.destroy()
