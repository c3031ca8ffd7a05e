"""Metrics of a function: their options, and the metric itself."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar, Final, TypedDict, Unpack

import aws_cdk as cdk

from cdk_waiter._private import validation as rules

if TYPE_CHECKING:
    from aws_cdk import aws_cloudwatch as cloudwatch
    from constructs import IConstruct


class MetricChanges(TypedDict, total=False):
    """Options of a metric; see ``aws_cdk.aws_cloudwatch.MetricOptions``."""

    statistic: str
    period: cdk.Duration
    label: str
    color: str
    unit: cloudwatch.Unit
    visible: bool
    id: str
    account: str
    region: str
    stack_account: str
    stack_region: str


CHANGES: Final = rules.options(
    {
        "statistic": rules.string,
        "period": rules.any_duration,
        "label": rules.string,
        "color": rules.string,
        "unit": rules.member("aws_cloudwatch.Unit"),
        "visible": rules.boolean,
        "id": rules.string,
        "account": rules.string,
        "region": rules.string,
        "stack_account": rules.string,
        "stack_region": rules.string,
    }
)
"""The rule for `MetricChanges`."""


STATISTICS: Final = {
    "TimeToReady": "Maximum",
    "Attempts": "Sum",
    "Polls": "Sum",
    "Failures": "Sum",
    "Answers": "Sum",
}
"""Every metric that a function emits, by its name, with its default statistic."""


class FunctionMetrics:
    """Metrics of one function, shared by all resources that it serves.

    Each answer to CloudFormation adds one value with the dimension ``FunctionName``.
    """

    _namespace: ClassVar[str]

    @rules.validated(metric_name=rules.one_of(*STATISTICS), changes=CHANGES)
    def metric(self, metric_name: str, **changes: Unpack[MetricChanges]) -> cloudwatch.Metric:
        """Return a metric of the function by its name.

        Parameters
        ----------
        metric_name
            ``TimeToReady``, ``Attempts``, ``Polls``, ``Failures`` or ``Answers``.
        changes
            Options that differ from the defaults: ``statistic``, ``period`` and others.

        Raises
        ------
        ValueError
            When the function emits no such metric.
        """
        return self._metric(metric_name, {}, changes)

    @rules.validated(changes=CHANGES)
    def metric_failures(self, **changes: Unpack[MetricChanges]) -> cloudwatch.Metric:
        """Return the number of requests answered with FAILED, except cancelled ones."""
        return self.metric("Failures", **changes)

    @abstractmethod
    def _metered(self) -> tuple[IConstruct, str]:
        """Return the construct that the metric belongs to, and the function's name."""

    def _metric(self, name: str, more: dict[str, str], changes: MetricChanges) -> cloudwatch.Metric:
        """Return a metric.

        Parameters
        ----------
        name
            Its name.
        more
            Dimensions besides ``FunctionName``.
        changes
            Options that differ from the defaults.
        """
        scope, function_name = self._metered()
        options: MetricChanges = {"statistic": STATISTICS[name], **changes}
        metric = cdk.aws_cloudwatch.Metric(
            namespace=self._namespace,
            metric_name=name,
            dimensions_map={"FunctionName": function_name, **more},
            **options,
        )
        return metric.attach_to(scope)
