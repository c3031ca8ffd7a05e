"""What Lambda does with the function's role on its own account."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import aws_cdk as cdk

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_sqs as sqs

# Lambda's guide lists these for functions in a VPC; EC2 lets them be scoped only in part.
NETWORK: Final = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
]
# X-Ray has no resources that these could be scoped to.
TRACING: Final = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
# SQS's guide lists these for who sends to a queue with a key of its own.
_ENCRYPTION: Final = ["kms:Decrypt", "kms:GenerateDataKey"]


def statements(
    *, vpc: bool, tracing: bool, dead_letter_queue: sqs.IQueue | None
) -> list[iam.PolicyStatement]:
    """Return what a function's role has to allow for its settings.

    Lambda checks it when the function is made, so it can't be in the policy that names the
    function.
    """
    wanted: list[tuple[list[str], str]] = []
    if vpc:
        wanted.append((NETWORK, "*"))
    if tracing:
        wanted.append((TRACING, "*"))
    if dead_letter_queue is not None:
        wanted.append((["sqs:SendMessage"], dead_letter_queue.queue_arn))
        key = dead_letter_queue.encryption_master_key
        if key is not None:
            wanted.append((_ENCRYPTION, key.key_arn))
    statement = cdk.aws_iam.PolicyStatement
    return [statement(actions=actions, resources=[resource]) for actions, resource in wanted]


def derived(
    stack: cdk.Stack, settings: dict[str, Any]
) -> tuple[list[iam.PolicyStatement], list[str]]:
    """Return what a function's role has to allow for the settings that the function has.

    Parameters
    ----------
    stack
        The function's stack.
    settings
        The properties of its L1.

    Returns
    -------
    tuple
        The statements, and the settings for which they can't be known.
    """
    wanted: list[tuple[list[str], str]] = []
    unknown: list[str] = []
    if settings.get("vpcConfig"):
        wanted.append((NETWORK, "*"))
    tracing = stack.resolve(settings.get("tracingConfig")) or {}
    if tracing.get("mode", "Disabled") != "Disabled":
        wanted.append((TRACING, "*"))
    target = (stack.resolve(settings.get("deadLetterConfig")) or {}).get("targetArn")
    if target is not None:
        arn = settings["deadLetterConfig"]["targetArn"]
        action = _sending(stack, arn)
        if action is None:
            unknown.append("DeadLetterConfig")
        else:
            wanted.append(([action], arn))
    statement = cdk.aws_iam.PolicyStatement
    made = [statement(actions=actions, resources=[resource]) for actions, resource in wanted]
    return made, unknown


def _sending(stack: cdk.Stack, arn: str) -> str | None:
    """Return the action that sends to a queue or a topic; None if it can't be told which it is."""
    token = cdk.Tokenization.reverse(arn, fail_concat=False)
    target: object = token.target if isinstance(token, cdk.Reference) else None
    if isinstance(target, cdk.aws_sqs.CfnQueue):
        return "sqs:SendMessage"
    if isinstance(target, cdk.aws_sns.CfnTopic):
        return "sns:Publish"
    # Of an ARN that is put together at deployment, the service is a part as well.
    text = json.dumps(stack.resolve(arn))
    for service, action in (("sqs", "sqs:SendMessage"), ("sns", "sns:Publish")):
        if f":{service}:" in text:
            return action
    return None
