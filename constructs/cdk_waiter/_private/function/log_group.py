"""The function's log group."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_logs as logs
    from constructs import Construct


def check(
    given: logs.ILogGroup | None,
    retention: logs.RetentionDays | None,
    removal_policy: cdk.RemovalPolicy | None,
    encryption_key: kms.IKey | None,
) -> None:
    """Refuse settings of a new log group together with an existing one."""
    settings = {
        "log_retention": retention,
        "log_removal_policy": removal_policy,
        "log_encryption_key": encryption_key,
    }
    for name, value in settings.items():
        if given is not None and value is not None:
            raise ValueError(
                f"{name} is {value} and log_group is {given.node.path}: {name} is for a log "
                "group that is made here; set it on log_group"
            )


def log_group(
    scope: Construct,
    given: logs.ILogGroup | None,
    retention: logs.RetentionDays | None,
    removal_policy: cdk.RemovalPolicy | None,
    encryption_key: kms.IKey | None,
) -> logs.ILogGroup:
    """Return the given log group, or create one."""
    if given is not None:
        return given
    created = cdk.aws_logs.LogGroup(
        scope,
        "Log",
        retention=retention or cdk.aws_logs.RetentionDays.ONE_MONTH,
        removal_policy=removal_policy or cdk.RemovalPolicy.DESTROY,
        encryption_key=encryption_key,
    )
    if encryption_key is not None:
        _let_logs_use(encryption_key, cdk.Stack.of(scope))
    return created


def _let_logs_use(key: kms.IKey, stack: cdk.Stack) -> None:
    """Allow CloudWatch Logs to use a key, as its guide says; an imported key stays unchanged."""
    # The log group names the key, so the key's policy can't name the log group.
    groups = stack.format_arn(service="logs", resource="log-group:*")
    principal = cdk.aws_iam.ServicePrincipal("logs.amazonaws.com")
    actions = ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*"]
    key.add_to_resource_policy(
        cdk.aws_iam.PolicyStatement(
            principals=[principal],
            actions=[*actions, "kms:Describe*"],
            resources=["*"],
            conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
        )
    )
