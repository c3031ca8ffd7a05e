"""Glue: crawlers and jobs that are run."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from cdk_waiter._private import validation as rules
from cdk_waiter._private.declared.targets import arn, identified_by
from cdk_waiter.call import RUN, AwsCall
from cdk_waiter.declared_resource import RUN_ON_DELETE, WAIT_RULES
from cdk_waiter.on_delete import OnDelete
from cdk_waiter.phases import Phases
from cdk_waiter.run import Run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import Duration
    from aws_cdk import aws_glue as glue
    from constructs import Construct

    from cdk_waiter.waiter_provider import WaiterProvider

CRAWLER_PHASES: Final = Phases(
    ready=["SUCCEEDED"], starting=["RUNNING", "STOPPING"], failed=["FAILED", "CANCELLED"]
)
"""The states of a crawler that is at work, or else of its last crawl."""

JOB_PHASES: Final = Phases(
    ready=["SUCCEEDED"],
    starting=["STARTING", "RUNNING", "STOPPING", "WAITING"],
    failed=["FAILED", "ERROR", "TIMEOUT", "STOPPED", "EXPIRED"],
)
"""The states of a job's run."""

_LAST: Final = "Crawler.LastCrawl"


class GlueCrawlerRun(Run):
    """A crawl that has to succeed when its stack is deployed.

    A crawler has no runs of its own, so the result counts once the time of the last crawl has
    changed. A crawl that is under way delays the start. Deleting the resource does nothing, since
    it couldn't tell its crawl from another one. ``ref`` is the crawler's name.

    Parameters
    ----------
    scope, id
        The place in the construct tree.
    crawler_name
        The crawler's name, or the L1 that creates it.
    timeout
        Maximum time to wait: whole seconds, up to 59 minutes. Default: 30 minutes.
    poll_interval
        Maximum time between two reads: whole seconds, from 1 s to 60 s. Default: 5 s.
    triggers
        Any JSON value. Changing it starts another run. Default: none.
    provider
        The function behind the resource. Default: the stack's.

    Raises
    ------
    ValueError
        When an argument is invalid; the error names the argument, the value and the rule.
    TypeError
        When an argument has the wrong type.
    """

    _resource_type: ClassVar[str] = "Custom::GlueCrawlerRun"

    @rules.validated(
        scope=rules.scope,
        id=rules.construct_id,
        crawler_name=identified_by("ref", example="orders"),
        **WAIT_RULES,
    )
    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - every construct's name for it
        *,
        crawler_name: str | glue.CfnCrawler,
        timeout: Duration | None = None,
        poll_interval: Duration | None = None,
        triggers: object = None,
        provider: WaiterProvider | None = None,
    ) -> None:
        name = {"Name": crawler_name}
        target = [arn(scope, "glue", "crawler", str(crawler_name))]
        super().__init__(
            scope,
            id,
            id_=str(crawler_name),
            start=AwsCall("glue", "StartCrawler", name, resources=target),
            read=AwsCall("glue", "GetCrawler", name, resources=target),
            state=f"Crawler.State != 'READY' && Crawler.State || {_LAST}.Status",
            phases=CRAWLER_PHASES,
            marker=f"{_LAST}.StartTime",
            attributes={
                "LogGroup": f"{_LAST}.LogGroup",
                "LogStream": f"{_LAST}.LogStream",
                "StartTime": f"{_LAST}.StartTime",
            },
            absent=["EntityNotFoundException"],
            busy=["CrawlerRunningException"],
            why=f"{_LAST}.ErrorMessage",
            noun="crawler",
            timeout=timeout,
            poll_interval=poll_interval,
            triggers=triggers,
            provider=provider,
        )

    @property
    def log_group(self) -> str:
        """The log group of the crawl (``Crawler.LastCrawl.LogGroup``)."""
        return self.get_att_string("LogGroup")

    @property
    def log_stream(self) -> str:
        """The log stream of the crawl (``Crawler.LastCrawl.LogStream``)."""
        return self.get_att_string("LogStream")

    @property
    def start_time(self) -> str:
        """Time at which the crawl started, in ISO 8601 (``Crawler.LastCrawl.StartTime``)."""
        return self.get_att_string("StartTime")


class GlueJobRun(Run):
    """A run of a Glue job that has to succeed when its stack is deployed.

    Glue has no client token: a request that is delivered again without knowing its run fails
    instead of starting a second one. ``ref`` is the run's id.

    Parameters
    ----------
    scope, id
        The place in the construct tree.
    job_name
        The job's name, or the L1 that creates it.
    arguments
        Arguments of this run, such as ``{'--day': '2026-11-26'}``; they override the job's own.
        Default: none.
    on_delete
        What deleting the resource does to its run: NOTHING or CANCEL. Default: nothing.
    timeout
        Maximum time to wait: whole seconds, up to 59 minutes. Default: 30 minutes.
    poll_interval
        Maximum time between two reads: whole seconds, from 1 s to 60 s. Default: 5 s.
    triggers
        Any JSON value. Changing it starts another run. Default: none.
    provider
        The function behind the resource. Default: the stack's.

    Raises
    ------
    ValueError
        When an argument is invalid; the error names the argument, the value and the rule.
    TypeError
        When an argument has the wrong type.
    """

    _resource_type: ClassVar[str] = "Custom::GlueJobRun"

    @rules.validated(
        scope=rules.scope,
        id=rules.construct_id,
        job_name=identified_by("ref", example="nightly"),
        arguments=rules.optional(rules.mapping(rules.string)),
        on_delete=RUN_ON_DELETE,
        **WAIT_RULES,
    )
    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - every construct's name for it
        *,
        job_name: str | glue.CfnJob,
        arguments: Mapping[str, str] | None = None,
        on_delete: OnDelete = OnDelete.NOTHING,
        timeout: Duration | None = None,
        poll_interval: Duration | None = None,
        triggers: object = None,
        provider: WaiterProvider | None = None,
    ) -> None:
        name = {"JobName": job_name}
        start = name if arguments is None else {**name, "Arguments": dict(arguments)}
        target = [arn(scope, "glue", "job", str(job_name))]
        super().__init__(
            scope,
            id,
            id_=str(job_name),
            start=AwsCall("glue", "StartJobRun", start, resources=target),
            read=AwsCall("glue", "GetJobRun", {**name, "RunId": RUN}, resources=target),
            cancel=AwsCall(
                "glue", "BatchStopJobRun", {**name, "JobRunIds": [RUN]}, resources=target
            ),
            run="JobRunId",
            state="JobRun.JobRunState",
            phases=JOB_PHASES,
            attributes={
                "CompletedOn": "JobRun.CompletedOn",
                "ExecutionTime": "JobRun.ExecutionTime",
                "LogGroupName": "JobRun.LogGroupName",
                "StartedOn": "JobRun.StartedOn",
            },
            absent=["EntityNotFoundException"],
            busy=["ConcurrentRunsExceededException"],
            refused="Errors[0].ErrorDetail.[ErrorCode, ErrorMessage]",
            why="JobRun.ErrorMessage",
            noun="job run",
            on_delete=on_delete,
            timeout=timeout,
            poll_interval=poll_interval,
            triggers=triggers,
            provider=provider,
        )

    @property
    def completed_on(self) -> str:
        """Time of the end, in ISO 8601 (``JobRun.CompletedOn``)."""
        return self.get_att_string("CompletedOn")

    @property
    def execution_time(self) -> str:
        """Time for which the run used resources, in seconds, as digits (``ExecutionTime``)."""
        return self.get_att_string("ExecutionTime")

    @property
    def log_group_name(self) -> str:
        """The log group of the run (``JobRun.LogGroupName``)."""
        return self.get_att_string("LogGroupName")

    @property
    def started_on(self) -> str:
        """Time of the start, in ISO 8601 (``JobRun.StartedOn``)."""
        return self.get_att_string("StartedOn")
