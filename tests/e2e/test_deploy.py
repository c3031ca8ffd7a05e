"""Deployments with the real CLI, from the first to the last."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nimble_local.cloud.environment import ACCOUNT
from nimble_local.emulator.seed import SESSION_ID

if TYPE_CHECKING:
    from pathlib import Path

    from local_cloud import Cloud

# All of them in one process, so that the cloud starts once.
pytestmark = pytest.mark.xdist_group("cloud")

APP = "two_stacks.py"
ARN = f"arn:aws:nimble:us-west-2:{ACCOUNT}:streaming-session/{SESSION_ID}"


def test_a_session_from_create_to_destroy(cloud: Cloud) -> None:
    result, outputs = cloud.deploy(APP, day="1")
    assert result.status == 0, result.output
    assert outputs["Studio"]["Arn"] == ARN
    assert outputs["Studio"]["State"] == "READY"
    assert cloud.parameter("/session/arn") == cloud.parameter("/consumer/arn") == ARN
    assert cloud.states() == ["STOPPED", "START_IN_PROGRESS", "READY"]
    assert "Node" not in result.output
    assert "notice" not in result.output.lower()

    unchanged, _ = cloud.deploy(APP, day="1")
    assert unchanged.status == 0
    assert unchanged.output.count("(no changes)") == 2

    before = len(cloud.control.journal(operation="StartStreamingSession"))
    cloud.control.add_session(sessionId=SESSION_ID, state="STOPPED")
    triggered, outputs = cloud.deploy(APP, day="2")
    assert triggered.status == 0, triggered.output
    assert outputs["Studio"]["State"] == "READY"
    assert len(cloud.control.journal(operation="StartStreamingSession")) == before + 1

    # The function runs under the account's id, everything else under the key of this cloud.
    callers = {request["caller"] for request in cloud.control.journal()}
    assert callers <= {cloud.record.access.credentials.access_key_id, ACCOUNT}

    gone = cloud.destroy(APP, day="2")
    assert gone.status == 0, gone.output
    assert cloud.stacks() == set()
    assert cloud.control.sessions()[SESSION_ID]["state"] == "READY"
    assert not cloud.control.journal(operation="StopStreamingSession")


def test_a_session_that_does_not_exist_fails_the_deploy(cloud: Cloud) -> None:
    result, outputs = cloud.deploy(APP, session_id="missing-session-0000001")
    assert result.status != 0
    assert not outputs
    assert "missing-session-0000001" in result.last_lines
    assert "docs/operations.md#absent" in result.last_lines
    cloud.destroy(APP, session_id="missing-session-0000001")
    assert cloud.stacks() == set()


def test_a_session_that_is_stopped_with_its_stack(cloud: Cloud) -> None:
    result, _ = cloud.deploy(APP, on_delete="STOP")
    assert result.status == 0, result.output
    assert cloud.destroy(APP, on_delete="STOP").status == 0
    assert cloud.states()[-2:] == ["STOP_IN_PROGRESS", "STOPPED"]


def test_capacity_that_comes_back(cloud: Cloud) -> None:
    cloud.control.add_fault(kind="start-failure", code="INSUFFICIENT_CAPACITY", count=1)
    result, outputs = cloud.deploy(APP)
    assert result.status == 0, result.output
    assert outputs["Studio"]["State"] == "READY"
    assert "START_FAILED" in cloud.states()
    assert cloud.destroy(APP).status == 0


def test_a_broken_directory_fails_with_what_to_do(cloud: Cloud) -> None:
    code = "ACTIVE_DIRECTORY_DOMAIN_JOIN_ERROR"
    cloud.control.add_fault(kind="start-failure", code=code, count=1)
    result, _ = cloud.deploy(APP)
    assert result.status != 0
    assert f"START_FAILED ({code})" in result.last_lines
    assert "Check the directory and its DNS" in result.last_lines
    cloud.destroy(APP)
    assert cloud.stacks() == set()


def test_what_ministack_keeps_is_in_the_clouds_folder(cloud: Cloud) -> None:
    assert (cloud.folder.temporary / "ministack" / "cognito-rsa-key.pem").exists()


def test_nothing_of_the_callers_aws_settings_is_used(cloud: Cloud, caller: dict[str, str]) -> None:
    real = caller["AWS_ACCESS_KEY_ID"]
    log: Path
    for log in cloud.folder.logs.iterdir():
        assert real not in log.read_text(errors="replace")
    identity = cloud.client("sts").get_caller_identity()
    assert identity["Account"] == ACCOUNT


def test_a_failed_deploy_tells_of_its_own_failure_alone(cloud: Cloud) -> None:
    assert cloud.deploy(APP, day="1")[0].status == 0
    reasons = (
        "AMI_VALIDATION_ERROR",
        "DECRYPT_STREAMING_IMAGE_ERROR",
        "INITIALIZATION_SCRIPT_ERROR",
    )
    try:
        for day, code in enumerate(reasons, start=2):
            cloud.control.add_session(sessionId=SESSION_ID, state="STOPPED")
            fault = cloud.control.add_fault(kind="start-failure", code=code)
            result, _ = cloud.deploy(APP, day=str(day))
            cloud.control.remove_fault(fault["id"])
            assert result.status != 0
            assert {each for each in reasons if each in result.output} == {code}
    finally:
        cloud.control.add_session(sessionId=SESSION_ID, state="READY")
        assert cloud.destroy(APP, day="1").status == 0
