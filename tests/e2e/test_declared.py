"""Declared resources with the real CLI, on services of MiniStack."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testkit.cloud.local_cloud import Cloud

# All in one process, so that the cloud starts once.
pytestmark = pytest.mark.xdist_group("another cloud")


APP = "declared.py"


class World:
    """An instance that is stopped, and what the stack makes of it."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.ec2 = cloud.client("ec2")
        (made,) = self.ec2.run_instances(
            ImageId="ami-12345678", MinCount=1, MaxCount=1, InstanceType="t3.micro"
        )["Instances"]
        self.instance = str(made["InstanceId"])
        self.stop()

    def stop(self) -> None:
        """Stop the instance."""
        self.ec2.stop_instances(InstanceIds=[self.instance])
        assert self.described()["State"]["Name"] == "stopped"

    def described(self) -> dict[str, Any]:
        """Return the instance as EC2 describes it."""
        found = self.ec2.describe_instances(InstanceIds=[self.instance])
        return dict(found["Reservations"][0]["Instances"][0])

    def state(self) -> str:
        """Return the instance's state."""
        return str(self.described()["State"]["Name"])

    def executions(self) -> list[str]:
        """Return the states of the executions of the stack's state machine."""
        states = self.cloud.client("stepfunctions")
        return [
            str(each["status"])
            for found in states.list_state_machines()["stateMachines"]
            for each in states.list_executions(stateMachineArn=found["stateMachineArn"])[
                "executions"
            ]
        ]

    def deploy(self, **context: str) -> tuple[int, str]:
        """Deploy; return the CLI's status and output."""
        result, _ = self.cloud.cdk_deploy(APP, instance_id=self.instance, **context)
        return result.status, result.output


@pytest.fixture(scope="module")
def world(cloud: Cloud) -> Iterator[World]:
    created = World(cloud)
    yield created
    created.ec2.terminate_instances(InstanceIds=[created.instance])


def test_from_create_to_destroy(world: World) -> None:
    cloud = world.cloud
    status, output = world.deploy()
    assert status == 0, output
    assert world.state() == "running"
    address = world.described()["PrivateIpAddress"]
    assert cloud.parameter("/desk/address") == address
    host = cloud.parameter("/orders/host")
    note = 'a "quoted"\ntext'
    result = json.loads(cloud.parameter("/migration/result"))
    assert result == {"host": host, "desk": address, "note": note}
    assert cloud.parameter("/crawl/at").endswith("Z")
    assert world.executions() == ["SUCCEEDED"]

    # An update starts what was stopped, and runs nothing again.
    world.stop()
    status, output = world.deploy(desk="2")
    assert status == 0, output
    assert world.state() == "running"
    assert world.executions() == ["SUCCEEDED"]

    # Changed triggers run it again; a failure shows the service's words and is rolled back.
    world.stop()
    status, output = world.deploy(desk="2", migration="2", fails="yes")
    assert status != 0
    assert "Schema: table orders is missing" in output
    assert "execution" in output
    assert sorted(world.executions()) == ["FAILED", "SUCCEEDED"]
    # A rollback starts nothing.
    assert world.state() == "stopped"

    status, output = world.deploy(desk="3", migration="3")
    assert status == 0, output
    assert world.state() == "running"
    assert sorted(world.executions()) == ["FAILED", "SUCCEEDED", "SUCCEEDED"]

    gone = cloud.cdk_destroy(APP, instance_id=world.instance)
    assert gone.status == 0, gone.output
    assert cloud.stacks() == set()
    assert world.state() == "stopped"


def test_a_run_that_fails_shows_its_cause_in_the_terminal(cloud: Cloud) -> None:
    result, _ = cloud.cdk_deploy("failing_run.py")
    assert result.status != 0
    assert "Schema: table orders is missing" in result.last_lines
    cloud.destroy()
    assert cloud.stacks() == set()


def test_a_deletion_cancels_its_own_run_and_no_other(cloud: Cloud) -> None:
    """A run in flight whose resource is complete, as after a redrive.

    After a Create that failed, MiniStack sends no Delete as CloudFormation does, so such a rollback
    is tested in a simulation.
    """
    states = cloud.client("stepfunctions")
    wait = {"Type": "Wait", "Seconds": 900, "End": True}
    machine = states.create_state_machine(
        name="Long",
        definition=json.dumps({"StartAt": "Wait", "States": {"Wait": wait}}),
        roleArn="arn:aws:iam::000000000000:role/accepts",
    )["stateMachineArn"]
    other = states.start_execution(stateMachineArn=machine)["executionArn"]

    def statuses() -> dict[str, str]:
        found = states.list_executions(stateMachineArn=machine)["executions"]
        return {each["executionArn"]: each["status"] for each in found}

    try:
        result, _ = cloud.cdk_deploy("cancelled_run.py", machine=machine)
        assert result.status == 0, result.output
        (own,) = {*statuses()} - {other}
        assert statuses() == {own: "RUNNING", other: "RUNNING"}
        states.update_state_machine(
            stateMachineArn=machine, roleArn="arn:aws:iam::000000000000:role/states"
        )
        gone = cloud.cdk_destroy("cancelled_run.py", machine=machine)
        assert gone.status == 0, gone.output
        assert statuses() == {own: "ABORTED", other: "RUNNING"}
    finally:
        states.stop_execution(executionArn=other)
        states.delete_state_machine(stateMachineArn=machine)
