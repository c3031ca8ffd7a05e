"""Warnings about valid settings of a function that don't do what their author expects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import aws_cdk as cdk
import jsii

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_cdk import aws_lambda, aws_logs
    from constructs import Construct, IConstruct

    from cdk_waiter._private.family import Family
    from cdk_waiter._private.served_resources import ServedResources

_DISTRIBUTION: Final = "cdk-nimble-streaming-session"


def warn(construct: IConstruct, name: str, message: str) -> None:
    """Add a warning that is acknowledged as ``cdk-nimble-streaming-session:`` and its name."""
    cdk.Annotations.of(construct).add_warning_v2(f"{_DISTRIBUTION}:{name}", message)


@jsii.implements(cdk.IAspect)
class SettingWarnings:
    """Warns about a provider's settings at synthesis.

    Parameters
    ----------
    provider
        The provider.
    family
        The resources that it serves.
    function, log_group
        Its function and log group.
    served
        The resources that the function serves.
    also
        Adds the family's own warnings.
    """

    def __init__(
        self,
        provider: Construct,
        family: Family,
        function: aws_lambda.Function,
        log_group: aws_logs.ILogGroup,
        served: ServedResources,
        also: Callable[[], None],
    ) -> None:
        self._provider = provider
        self._family = family
        self._function = function
        self._log_group = log_group
        self._served = served
        self._also = also

    def visit(self, node: IConstruct) -> None:
        """Annotate the provider; part of ``IAspect``."""
        if node is not self._provider:
            return
        # This is the first step of synthesis that reaches the provider.
        self._served.refresh()
        self._also()
        if self._served.any_stops() and cdk.Stack.of(node).nested:
            self._warn_of_stop_in_nested_stack()
        function = self._function.node.default_child
        if isinstance(function, cdk.aws_lambda.CfnFunction):
            self._check_concurrency(function.reserved_concurrent_executions)
        group = self._log_group.node.default_child
        infrequent = cdk.aws_logs.LogGroupClass.INFREQUENT_ACCESS.value
        if isinstance(group, cdk.aws_logs.CfnLogGroup) and group.log_group_class == infrequent:
            warn(
                self._provider,
                "infrequentAccess",
                f"log_group {self._log_group.node.path} is of class INFREQUENT_ACCESS, from which "
                "CloudWatch extracts no metrics: metric_failures and the others stay empty, and "
                "an alarm on them never goes off. Use the class STANDARD",
            )

    def _warn_of_stop_in_nested_stack(self) -> None:
        noun = self._family.noun
        warn(
            self._provider,
            "stopInNestedStack",
            "on_delete is OnDelete.STOP in a nested stack. CloudFormation deletes a nested stack "
            f"also when its parent's update fails or drops it, so a {noun} may be stopped although "
            f"it is still wanted. Put the {noun} into the parent stack, or use OnDelete.RETAIN; if "
            "this is intended, acknowledge this warning",
        )

    def _check_concurrency(self, limit: object) -> None:
        needed = len(self._served.all())
        if isinstance(limit, int | float) and limit < needed:
            warn(
                self._provider,
                "concurrency",
                f"reserved_concurrent_executions is {int(limit)}, and {needed} "
                f"{self._family.noun}s use the function. A deployment of them all handles "
                f"{int(limit)} at a time; the others wait in Lambda's queue while their timeout "
                "runs, and those whose turn comes after it fail without being started. Reserve "
                f"{needed}, deploy fewer {self._family.noun}s at a time, or raise timeout",
            )
