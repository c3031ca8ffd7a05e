"""The metrics that the function emits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, Unpack

from cdk_waiter._private import validation as rules
from cdk_waiter._private.metrics import CHANGES, FunctionMetrics, MetricChanges

if TYPE_CHECKING:
    from aws_cdk import aws_cloudwatch as cloudwatch

NAMESPACE: Final = "NimbleStreamingSession"


class SessionMetrics(FunctionMetrics):
    """Metrics of one function, shared by all sessions that it serves.

    Each answer to CloudFormation adds one value, with the dimension ``FunctionName``.
    """

    _namespace = NAMESPACE

    @rules.validated(changes=CHANGES)
    def metric_time_to_ready(self, **changes: Unpack[MetricChanges]) -> cloudwatch.Metric:
        """Return the time from a request to READY, in seconds; the longest by default."""
        return self.metric("TimeToReady", **changes)

    @rules.validated(changes=CHANGES)
    def metric_attempts(self, **changes: Unpack[MetricChanges]) -> cloudwatch.Metric:
        """Return the number of starts and stops, whether accepted or refused as conflicts."""
        return self.metric("Attempts", **changes)

    @rules.validated(changes=CHANGES)
    def metric_polls(self, **changes: Unpack[MetricChanges]) -> cloudwatch.Metric:
        """Return the number of reads of a session."""
        return self.metric("Polls", **changes)

    @rules.validated(
        outcome=rules.optional(rules.one_of("SUCCESS", "FAILED", "CANCELLED")), changes=CHANGES
    )
    def metric_answers(
        self,
        outcome: Literal["SUCCESS", "FAILED", "CANCELLED"] | None = None,
        **changes: Unpack[MetricChanges],
    ) -> cloudwatch.Metric:
        """Return the number of answers with an outcome.

        Parameters
        ----------
        outcome
            The outcome; CANCELLED means that a rollback made the request void. Default: any.
        changes
            Options that differ from the defaults.
        """
        return self._metric("Answers", {"Outcome": outcome} if outcome else {}, changes)
