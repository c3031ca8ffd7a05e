"""Deployments of one stack with the real CLI, from the first deploy to the destroy."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from nimble_local.cloud.access import ACCOUNT
from nimble_local.cloud.deployment.cdk import deploy_options
from nimble_local.emulator.seed.default_seed import SESSION_ID

if TYPE_CHECKING:
    from testkit.cloud.local_cloud import Cloud

# All in one process, so that the cloud starts once.
pytestmark = pytest.mark.xdist_group("cloud")

APP = "two_stacks.py"
ROOT = Path(__file__).parents[2]
ARN = f"arn:aws:nimble:us-west-2:{ACCOUNT}:streaming-session/{SESSION_ID}"


# docs/operations.md, "How the CDK's own tools treat a session".
MAY_BE_REPLACED = re.compile(
    r"\[~\] Custom::NimbleStreamingSession .* may be replaced\n.*\[~\] Triggers"
)


def starts(cloud: Cloud) -> list[dict[str, Any]]:
    return cloud.control.journal(operation="StartStreamingSession")


def code_of_function(cloud: Cloud) -> str:
    """Return the digest of the function's code."""
    functions = cloud.client("lambda").list_functions()["Functions"]
    (found,) = [each for each in functions if each["FunctionName"].startswith("Studio-")]
    return str(found["CodeSha256"])


def test_a_session_from_create_to_destroy(cloud: Cloud, tmp_path: Path) -> None:
    result, outputs = cloud.cdk_deploy(APP, day="1")
    assert result.status == 0, result.output
    assert outputs["Studio"]["Arn"] == ARN
    assert outputs["Studio"]["State"] == "READY"
    assert cloud.parameter("/session/arn") == cloud.parameter("/consumer/arn") == ARN
    assert cloud.states() == ["STOPPED", "START_IN_PROGRESS", "READY"]
    assert "Node" not in result.output
    assert "notice" not in result.output.lower()

    before = len(starts(cloud))
    cloud.control.add_session(sessionId=SESSION_ID, state="STOPPED")
    unchanged, outputs = cloud.cdk_deploy(APP, day="1")
    assert unchanged.status == 0
    assert unchanged.output.count("(no changes)") == 2
    # A snapshot from the time of the deployment.
    assert outputs["Studio"]["State"] == "READY"

    assert MAY_BE_REPLACED.search(cloud.cdk_diff(APP, day="2"))
    shutil.copytree(ROOT / "lambda", tmp_path / "code")
    (tmp_path / "code" / "new.py").touch()
    changed = {"day": "2", "code": str(tmp_path / "code")}
    code = code_of_function(cloud)
    hotswapped, outputs = cloud.cdk_deploy(APP, "--hotswap", **changed)
    assert hotswapped.status == 0, hotswapped.output
    assert code_of_function(cloud) != code
    assert "Custom::NimbleStreamingSession" not in hotswapped.output
    # The CLI considers the skipped resource deployed.
    fallback, outputs = cloud.cdk_deploy(APP, "--hotswap-fallback", **changed)
    assert fallback.output.count("(no changes)") == 2, fallback.output
    assert outputs["Studio"]["State"] == "READY"
    assert len(starts(cloud)) == before
    assert cloud.states() == ["STOPPED"]

    triggered, outputs = cloud.cdk_deploy(APP, **changed)
    assert triggered.status == 0, triggered.output
    assert outputs["Studio"]["State"] == "READY"
    assert len(starts(cloud)) == before + 1

    # The function runs under the account's id, and everything else under this cloud's key.
    callers = {request["caller"] for request in cloud.control.journal()}
    assert callers <= {cloud.record.access.credentials.access_key_id, ACCOUNT}

    gone = cloud.cdk_destroy(APP, **changed)
    assert gone.status == 0, gone.output
    assert cloud.stacks() == set()
    assert cloud.control.sessions()[SESSION_ID]["state"] == "READY"
    assert not cloud.control.journal(operation="StopStreamingSession")


def test_ministacks_data_stays_in_the_folder_of_the_cloud(cloud: Cloud) -> None:
    assert (cloud.folder.temporary / "ministack" / "cognito-rsa-key.pem").exists()


def test_the_aws_settings_of_the_caller_are_ignored(cloud: Cloud, caller: dict[str, str]) -> None:
    real = caller["AWS_ACCESS_KEY_ID"]
    log: Path
    for log in cloud.folder.logs.iterdir():
        assert real not in log.read_text(errors="replace")
    identity = cloud.client("sts").get_caller_identity()
    assert identity["Account"] == ACCOUNT


FAILS = """
import json, urllib.request

def handler(event, context):
    why = event["ResourceProperties"].get("Why", "")
    failed = why and event["RequestType"] != "Delete"
    keys = ("StackId", "RequestId", "LogicalResourceId")
    answer = {
        "Status": "FAILED" if failed else "SUCCESS",
        "Reason": why,
        "PhysicalResourceId": "one",
        **{key: event[key] for key in keys},
    }
    body = json.dumps(answer).encode()
    urllib.request.urlopen(urllib.request.Request(event["ResponseURL"], body, method="PUT"))
"""


def failing(folder: Path, why: str) -> str:
    """Write a synthesised app whose resource can fail for a reason; return its folder."""
    function = {
        "Code": {"ZipFile": FAILS},
        "Handler": "index.handler",
        "Runtime": "python3.13",
        "Role": f"arn:aws:iam::{ACCOUNT}:role/any",
    }
    resource = {
        "ServiceToken": {"Fn::GetAtt": ["Function", "Arn"]},
        **({"Why": why} if why else {}),
    }
    template = {
        "Resources": {
            "Function": {"Type": "AWS::Lambda::Function", "Properties": function},
            "Fails": {"Type": "Custom::Fails", "Properties": resource},
        }
    }
    stack = {
        "type": "aws:cloudformation:stack",
        "environment": f"aws://{ACCOUNT}/us-west-2",
        "properties": {"templateFile": "Fails.template.json"},
        "displayName": "Fails",
    }
    folder.mkdir(exist_ok=True)
    (folder / "Fails.template.json").write_text(json.dumps(template))
    (folder / "manifest.json").write_text(
        json.dumps({"version": "38.0.0", "artifacts": {"Fails": stack}})
    )
    return str(folder)


def test_only_the_failures_of_the_last_deployment_are_reported(
    cloud: Cloud, tmp_path: Path
) -> None:
    whys = ("the first reason", "the second reason")

    def told(output: str) -> list[str]:
        return [why for why in whys if why in output]

    for why in ("", *whys):
        app = failing(tmp_path / "app", why)
        result = cloud.cdk.run("deploy", "Fails", *deploy_options(()), app=app)
        assert told(result.output) == ([why] if why else []), result.output
        assert bool(result.status) == bool(why)
    # One deployment's events in their order, although MiniStack takes only milliseconds.
    columns = [line.split("|") for line in result.output.splitlines() if "Custom::Fails" in line]
    statuses = [each[3].strip() for each in columns if len(each) == 6]
    assert statuses == [
        *("UPDATE_IN_PROGRESS", "UPDATE_FAILED"),
        *("UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"),
    ]
    # If the CLI hasn't watched before, it begins here, with all events of the stack.
    diagnosis = cloud.cdk.run("diagnose", "Fails", "--unstable=diagnose", app=app)
    assert told(diagnosis.output) == ["the second reason"], diagnosis.output
    cloud.destroy()
