"""The function's clients are those of a plain session, and cost less than those of boto3."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.loaders import Loader
from botocore.model import OperationNotFoundError

from cdk_waiter._private.function.asset import asset_folder
from declared import call
from declared.call import Call
from declared.models import Operations

SERVICES = (
    *("acm", "appstream", "bedrock-agent", "cloudfront", "codebuild", "dms", "ec2", "ecs"),
    *("glue", "iam", "medialive", "rds", "redshift", "route53", "sagemaker", "ssm"),
    *("stepfunctions", "workspaces"),
)
REGIONS = ("us-west-2", "cn-north-1", "us-gov-west-1")
LONG = Loader()


def described(loader: Loader, service: str, region: str) -> list[Any]:
    """Return where a client sends its requests, and how it signs them."""
    session = botocore.session.Session()
    session.register_component("data_loader", loader)
    client: Any = session.create_client(service, region)
    sent: list[Any] = []

    def stop(request: Any, **_: object) -> None:
        sent.append((request.url, request.headers.get("Authorization", b"").partition(b",")[0]))
        raise InterruptedError

    client.meta.events.register("before-send", stop)
    model = client.meta.service_model
    reads = [name for name in model.operation_names if name.startswith(("List", "Describe"))]
    shapes = {name: model.operation_model(name).input_shape for name in reads}
    # The certificate manager's ACME operations exist in one partition only.
    (operation, *_) = (
        name
        for name, shape in shapes.items()
        if shape and not shape.required_members and "Acme" not in name
    )
    with suppress(InterruptedError):
        client._make_api_call(operation, {})
    return sent


@pytest.mark.parametrize("service", SERVICES)
def test_a_client_is_that_of_a_plain_session(service: str) -> None:
    ours = Operations()
    for region in REGIONS:
        (request,) = described(ours, service, region)
        assert [request] == described(LONG, service, region)


def test_a_client_has_only_the_operations_of_its_declaration() -> None:
    operations = ("DescribeFleets", "StartFleet")
    made = Call("Read", "appstream", "DescribeFleets", operations=operations)
    assert {*call.client(made).meta.service_model.operation_names} == {*operations}
    with pytest.raises(OperationNotFoundError):
        call.operation(Call("Read", "appstream", "StopFleet", operations=operations))
    assert call.operation(Call("Read", "appstream", "StopFleet")).name == "StopFleet"


PLAIN = """
import time
import boto3
client = boto3.client("ec2")
try:
    client.describe_instances(InstanceIds=["i-1"])
except Exception:
    print(time.process_time())
"""
OURS = """
import time
import handler
from declared import resource
from declared.call import Call, mistakes, perform
from waiter import invocation
both = "DescribeInstances", "StartInstances"
given = {"InstanceIds": ["i-1"]}
read, start = (Call("Read", "ec2", name, given, operations=both) for name in both)
assert not mistakes(read) + mistakes(start)
try:
    perform(read)
except Exception:
    print(time.process_time())
"""


@pytest.mark.slow
def test_a_cold_start_for_ec2_costs_less_than_a_plain_client(tmp_path: Path) -> None:
    """EC2 has the largest model. Each takes the CPU time until its first call is refused."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PYTHON")},
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_MAX_ATTEMPTS": "1",
        # As in Lambda, botocore is compiled. The function's code isn't.
        "PYTHONPYCACHEPREFIX": str(tmp_path),
    }
    asset = asset_folder(("declared", "waiter"))
    seconds: dict[str, list[float]] = {PLAIN: [], OURS: []}
    for _ in range(3):
        for program, taken in seconds.items():
            done = subprocess.run(  # noqa: S603 - this Python
                [sys.executable, "-c", program],
                cwd=asset,
                env=environment,
                capture_output=True,
                text=True,
                check=True,
            )
            taken.append(float(done.stdout))
            compiled = tmp_path / Path(*asset.parts[1:])
            for each in compiled.rglob("*.pyc"):
                each.unlink()
    assert min(seconds[OURS][1:]) < min(seconds[PLAIN][1:])
