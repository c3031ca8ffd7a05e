"""What Lambda does with the function's role on its own account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

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
_TRACING: Final = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
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
        wanted.append((_TRACING, "*"))
    if dead_letter_queue is not None:
        wanted.append((["sqs:SendMessage"], dead_letter_queue.queue_arn))
        key = dead_letter_queue.encryption_master_key
        if key is not None:
            wanted.append((_ENCRYPTION, key.key_arn))
    statement = cdk.aws_iam.PolicyStatement
    return [statement(actions=actions, resources=[resource]) for actions, resource in wanted]
