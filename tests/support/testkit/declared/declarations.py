"""Declarations as they arrive in an event: everything is text, a list or a map."""

from __future__ import annotations

from typing import Any

from testkit import events
from testkit.function.simulation import STACK, URL

FLEET = "studio"
CRAWLER = "nightly"
JOB = "convert"
MACHINE = "arn:aws:states:us-west-2:111122223333:stateMachine:Index"
CERTIFICATE = "arn:aws:acm:us-west-2:111122223333:certificate/1"
REQUEST = "5f0c5e3f-7f2b-4f3a-9c57-0a9f6f1d0e11"


def aws_call(service: str, operation: str, parameters: Any = None, **more: str) -> dict[str, Any]:
    """Return a call as it travels in a template."""
    return {
        "Service": service,
        "Operation": operation,
        "Parameters": {} if parameters is None else parameters,
        **more,
    }


def fleet(**more: Any) -> dict[str, Any]:
    """Return an AppStream fleet that is started."""
    return {
        "Kind": "Started",
        "Noun": "fleet",
        "Id": FLEET,
        "Read": aws_call("appstream", "DescribeFleets", {"Names": [FLEET]}),
        "Start": aws_call("appstream", "StartFleet", {"Name": FLEET}),
        "Stop": aws_call("appstream", "StopFleet", {"Name": FLEET}),
        "State": "Fleets[0].State",
        "Phases": {
            "Ready": ["RUNNING"],
            "Stopped": ["STOPPED"],
            "Starting": ["STARTING"],
            "Stopping": ["STOPPING"],
            "Failed": ["BROKEN"],
            "Gone": ["DELETED"],
        },
        "Absent": ["ResourceNotFoundException"],
        "Busy": ["OperationNotPermittedException"],
        "StartedAt": "Fleets[0].CreatedTime",
        "Why": "Fleets[0].FleetErrors[0].[ErrorCode, ErrorMessage]",
        "Attributes": {"Arn": "Fleets[0].Arn", "Users": "Fleets[0].ComputeCapacityStatus.InUse"},
        **more,
    }


def execution(text: str = "{}", **more: Any) -> dict[str, Any]:
    """Return an execution of a state machine: a run with a token that doesn't expire."""
    return {
        "Kind": "Run",
        "Noun": "execution",
        "Id": MACHINE,
        "Start": aws_call(
            "stepfunctions",
            "StartExecution",
            {"stateMachineArn": MACHINE, "input": text},
            Token="name",
        ),
        "Run": "executionArn",
        "Read": aws_call("stepfunctions", "DescribeExecution", {"executionArn": "$RUN"}),
        "Stop": aws_call("stepfunctions", "StopExecution", {"executionArn": "$RUN"}),
        "State": "status",
        "Phases": {
            "Ready": ["SUCCEEDED"],
            "Starting": ["RUNNING", "PENDING_REDRIVE"],
            "Failed": ["FAILED", "TIMED_OUT", "ABORTED"],
        },
        "Absent": ["ExecutionDoesNotExist"],
        "Exists": ["ExecutionAlreadyExists"],
        "Existing": f"{MACHINE.replace('stateMachine', 'execution')}:$TOKEN",
        "Why": "[error, cause]",
        "Reveal": ["output", "error", "cause"],
        "Attributes": {"Output": "output", "Stopped": "stopDate"},
        **more,
    }


def job(argument: str = "1", **more: Any) -> dict[str, Any]:
    """Return a run of a Glue job: it has an id, but the start takes no token."""
    run = {"JobName": JOB, "RunId": "$RUN"}
    return {
        "Kind": "Run",
        "Noun": "job",
        "Id": JOB,
        "Start": aws_call(
            "glue", "StartJobRun", {"JobName": JOB, "Arguments": {"--day": argument}}
        ),
        "Run": "JobRunId",
        "Read": aws_call("glue", "GetJobRun", run),
        "Stop": aws_call("glue", "BatchStopJobRun", {"JobName": JOB, "JobRunIds": ["$RUN"]}),
        "State": "JobRun.JobRunState",
        "Phases": {
            "Ready": ["SUCCEEDED"],
            "Starting": ["STARTING", "RUNNING", "WAITING"],
            "Stopping": ["STOPPING"],
            "Failed": ["FAILED", "TIMEOUT", "ERROR", "STOPPED"],
        },
        "Absent": ["EntityNotFoundException"],
        "Busy": ["ConcurrentRunsExceededException"],
        "Why": "JobRun.ErrorMessage",
        "Attributes": {"Seconds": "JobRun.ExecutionTime"},
        **more,
    }


def crawler(**more: Any) -> dict[str, Any]:
    """Return a run of a Glue crawler: it has no id, and only a marker tells its result."""
    return {
        "Kind": "Run",
        "Noun": "crawler",
        "Id": CRAWLER,
        "Start": aws_call("glue", "StartCrawler", {"Name": CRAWLER}),
        "Read": aws_call("glue", "GetCrawler", {"Name": CRAWLER}),
        "State": "Crawler.State == 'READY' && Crawler.LastCrawl.Status || Crawler.State",
        "Phases": {
            "Ready": ["SUCCEEDED"],
            "Stopped": ["READY"],
            "Starting": ["RUNNING", "STOPPING"],
            "Failed": ["FAILED", "CANCELLED"],
        },
        "Marker": "Crawler.LastCrawl.StartTime",
        "Absent": ["EntityNotFoundException"],
        "Busy": ["CrawlerRunningException"],
        "Why": "Crawler.LastCrawl.ErrorMessage",
        "Attributes": {"Crawled": "Crawler.LastCrawl.StartTime"},
        **more,
    }


def certificate(**more: Any) -> dict[str, Any]:
    """Return a certificate that somebody else validates."""
    return {
        "Kind": "Awaited",
        "Noun": "certificate",
        "Id": CERTIFICATE,
        "Read": aws_call("acm", "DescribeCertificate", {"CertificateArn": CERTIFICATE}),
        "State": "Certificate.Status",
        "Phases": {
            "Ready": ["ISSUED"],
            "Starting": ["PENDING_VALIDATION"],
            "Failed": ["FAILED", "VALIDATION_TIMED_OUT"],
            "Gone": ["REVOKED"],
        },
        "Absent": ["ResourceNotFoundException"],
        "Why": "Certificate.FailureReason",
        "Attributes": {"Domain": "Certificate.DomainName"},
        **more,
    }


def declared_event(
    kind: str,
    properties: dict[str, Any],
    *,
    old: dict[str, Any] | None = None,
    physical_id: str = "",
    request_id: str = REQUEST,
) -> dict[str, Any]:
    """Return an event for a declared resource."""
    return events.build_event(
        kind,
        request_id=request_id,
        stack_id=STACK,
        response_url=URL,
        properties=properties,
        old_properties=old,
        physical_id=physical_id or properties["Id"],
        logical_id="Thing",
        resource_type="Custom::CdkWaiter",
    )
