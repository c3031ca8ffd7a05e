"""Declared resources with services that others wrote, behind a proxy that makes them unsteady."""

from __future__ import annotations

import http.client
import json
from collections import deque
from contextlib import closing
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from testkit.declared.declarations import aws_call, declared_event
from testkit.declared.moto_services import ROLE, STARTED, MotoService

if TYPE_CHECKING:
    from testkit.declared.unsteady import Unsteady
    from testkit.declared.world import DeclaredWorld

# They share a server.
pytestmark = [pytest.mark.xdist_group("moto"), pytest.mark.slow]

SLOW_DOWN = 400, "RequestLimitExceeded"
BY_NAME = pytest.mark.parametrize("of", STARTED, ids=[of.name for of in STARTED])


def client(moto: int, name: str) -> Any:
    """Return boto3's client, past the proxy, on a server without anything."""
    made: Any = boto3.client
    return made(name, region_name="us-west-2", endpoint_url=f"http://127.0.0.1:{moto}")


def set_up(moto: int, path: str, body: object = None) -> None:
    """Call moto's own API."""
    with closing(http.client.HTTPConnection("127.0.0.1", moto)) as connection:
        connection.request("POST", f"/moto-api/{path}", json.dumps(body))
        assert connection.getresponse().status < 300


@pytest.fixture(autouse=True)
def _nothing_there(moto: int) -> None:
    set_up(moto, "reset")


def starts(service: Unsteady, of: MotoService) -> int:
    return service.asked.count(of.start)


@BY_NAME
def test_a_start_of_twenty_minutes(
    world: DeclaredWorld, service: Unsteady, moto: int, of: MotoService
) -> None:
    """It takes longer than one invocation may."""
    thing = of.make(client(moto, of.name))
    service.delay(of.start, of.read, 1200, of.moving)
    made = of.declare(thing) | {"PollIntervalSeconds": "60"}
    answer = world.run(declared_event("Create", made))
    assert answer["Status"] == "SUCCESS", answer["Reason"]
    assert answer["PhysicalResourceId"] == thing
    assert of.attribute[1] in answer["Data"][of.attribute[0]]
    assert starts(service, of) == 1
    assert world.clock.now >= 1_001_200
    assert world.invocations > 1
    world.stack.status = "DELETE_IN_PROGRESS"
    assert world.again(declared_event("Delete", made, physical_id=thing))["Status"] == "SUCCESS"
    world.stack.status = "CREATE_IN_PROGRESS"
    assert world.again(declared_event("Create", made))["Status"] == "SUCCESS"
    # The Delete had stopped it.
    assert starts(service, of) == 2


@BY_NAME
def test_old_reads_faults_and_conflicts(
    world: DeclaredWorld, service: Unsteady, moto: int, of: MotoService
) -> None:
    thing = of.make(client(moto, of.name))
    service.repeat(of.start, of.read, 20)
    service.faults[of.read] = deque(
        [
            (400, "ThrottlingException"),
            None,
            (503, "ServiceUnavailable"),
            (400, "RequestLimitExceeded"),
        ]
    )
    service.faults[of.start] = deque([(400, of.busy), (500, "InternalFailure"), None])
    answer = world.run(declared_event("Create", of.declare(thing)))
    assert answer["Status"] == "SUCCESS", answer["Reason"]
    assert starts(service, of) == 3


@BY_NAME
def test_what_is_not_there_is_absent(
    world: DeclaredWorld, service: Unsteady, of: MotoService
) -> None:
    missing = "i-0123456789abcdef0" if of.name == "ec2" else "missing"
    # moto's MediaLive fails.
    service.faults["GET /prod/channels/missing"] = deque([(404, "NotFoundException")])
    answer = world.run(declared_event("Create", of.declare(missing)))
    assert answer["Reason"].endswith("#absent"), answer["Reason"]
    assert not starts(service, of)


def test_a_certificate(world: DeclaredWorld, service: Unsteady, moto: int) -> None:
    acm = client(moto, "acm")
    arn = acm.request_certificate(DomainName="studio.example")["CertificateArn"]
    pending = {'"ISSUED"': '"PENDING_VALIDATION"'}
    service.replaced["DescribeCertificate"] = world.clock.now + 1500, pending
    made = {
        "Kind": "Awaited",
        "Noun": "certificate",
        "Id": arn,
        "Read": aws_call("acm", "DescribeCertificate", {"CertificateArn": arn}, Region="us-east-1"),
        "State": "Certificate.Status",
        "Phases": {"Ready": ["ISSUED"], "Starting": ["PENDING_VALIDATION"], "Failed": ["FAILED"]},
        "Absent": ["ResourceNotFoundException"],
        "Attributes": {"Domain": "Certificate.DomainName", "When": "Certificate.CreatedAt"},
        "PollIntervalSeconds": "60",
    }
    made["Read"]["Region"] = "us-west-2"
    answer = world.run(declared_event("Create", made))
    assert answer["Status"] == "SUCCESS", answer["Reason"]
    assert answer["Data"]["Domain"] == "studio.example"
    assert answer["Data"]["When"].endswith("Z")
    assert world.clock.now >= 1_001_500
    made["Read"]["Region"] = "us-east-1"
    assert world.again(declared_event("Create", made))["Reason"].endswith("#absent")


def test_a_job(world: DeclaredWorld, service: Unsteady, moto: int) -> None:
    glue = client(moto, "glue")
    glue.create_job(Name="convert", Role=ROLE, Command={"Name": "glueetl"})
    made = {
        "Kind": "Run",
        "Noun": "job",
        "Id": "convert",
        "Start": aws_call("glue", "StartJobRun", {"JobName": "convert", "Timeout": "5"}),
        "Run": "JobRunId",
        "Read": aws_call("glue", "GetJobRun", {"JobName": "convert", "RunId": "$RUN"}),
        "State": "JobRun.JobRunState",
        "Phases": {
            "Ready": ["SUCCEEDED"],
            "Starting": ["STARTING", "RUNNING"],
            "Failed": ["FAILED"],
        },
        "Absent": ["EntityNotFoundException"],
        "Attributes": {"Run": "JobRun.Id", "Minutes": "JobRun.Timeout"},
        "PollIntervalSeconds": "60",
    }
    service.delay("StartJobRun", "GetJobRun", 1200, {'"SUCCEEDED"': '"RUNNING"'})
    answer = world.run(declared_event("Create", made))
    assert answer["Status"] == "SUCCESS", answer["Reason"]
    assert answer["Data"]["Run"] == answer["PhysicalResourceId"]
    assert service.asked.count("StartJobRun") == 1
    service.delay("StartJobRun", "GetJobRun", 1e9, {'"SUCCEEDED"': '"FAILED"'})
    world.stack.status = "UPDATE_IN_PROGRESS"
    run = answer["PhysicalResourceId"]
    again = declared_event(
        "Update", made | {"Triggers": "2"}, old=made, physical_id=run, request_id="2"
    )
    answer = world.again(again)
    assert answer["Reason"].endswith("#run-failed")
    assert answer["PhysicalResourceId"] != run


def test_a_crawl(world: DeclaredWorld, service: Unsteady, moto: int) -> None:
    glue = client(moto, "glue")
    glue.create_database(DatabaseInput={"Name": "lake"})
    glue.create_crawler(
        Name="nightly", Role=ROLE, DatabaseName="lake", Targets={"S3Targets": [{"Path": "s3://a"}]}
    )
    made = {
        "Kind": "Run",
        "Noun": "crawler",
        "Id": "nightly",
        "Start": aws_call("glue", "StartCrawler", {"Name": "nightly"}),
        "Read": aws_call("glue", "GetCrawler", {"Name": "nightly"}),
        "State": "Crawler.State == 'READY' && Crawler.LastCrawl.Status || Crawler.State",
        # moto's word isn't AWS's.
        "Phases": {"Ready": ["COMPLETED"], "Starting": ["RUNNING"], "Stopped": ["READY"]},
        "Marker": "Crawler.LastCrawl.StartTime",
        "Busy": ["CrawlerRunningException"],
        "Attributes": {"Started": "Crawler.LastCrawl.StartTime"},
    }
    at_once = {"progression": "immediate"}
    transition = {"model_name": "glue::crawl", "transition": at_once}
    set_up(moto, "state-manager/set-transition", transition)
    service.delay("StartCrawler", "GetCrawler", 300, {'"READY"': '"RUNNING"'})
    answer = world.run(declared_event("Create", made))
    assert answer["Status"] == "SUCCESS", answer["Reason"]
    assert answer["PhysicalResourceId"] == "nightly"
    assert answer["Data"]["Started"]
    assert service.asked.count("StartCrawler") == 1
    assert world.clock.now >= 1_000_300
    # Now the service shows the previous crawl for a while, and it is no result of the new one.
    service.repeat("StartCrawler", "GetCrawler", 100)
    world.stack.status = "UPDATE_IN_PROGRESS"
    before, began = answer["Data"]["Started"], world.clock.now
    made["Triggers"] = "2"
    old = {**made, "Triggers": "1"}
    answer = world.again(declared_event("Update", made, old=old, request_id="2"))
    assert answer["Data"]["Started"] > before
    assert world.clock.now >= began + 100
