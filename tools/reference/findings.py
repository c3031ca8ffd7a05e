"""Findings of cdk-nag and other tools."""

from __future__ import annotations

from typing import Final

ANSWERS: Final = {
    "CloudWatchLogGroupEncrypted": "log_encryption_key",
    "IAMNoInlinePolicy": "role",
    "LambdaConcurrency": "reserved_concurrent_executions",
    "LambdaDLQ": "dead_letter_queue",
    "LambdaInsideVPC": "vpc",
}
"""Each rule of cdk-nag that a stack with every default breaks, and the setting that answers it."""

OTHERS: Final = [
    ("checkov 3.3.30", "CKV_AWS_115", "reserved_concurrent_executions"),
    ("checkov 3.3.30", "CKV_AWS_116", "dead_letter_queue"),
    ("checkov 3.3.30", "CKV_AWS_117", "vpc"),
    ("checkov 3.3.30", "CKV_AWS_158", "log_encryption_key"),
    ("checkov 3.3.30", "CKV_AWS_173", "environment_encryption"),
    ("Control Tower", "CT.CLOUDWATCH.PR.2", "log_retention"),
    ("Control Tower", "CT.CLOUDWATCH.PR.3", "log_encryption_key"),
    ("Control Tower", "CT.LAMBDA.PR.3", "vpc"),
]
"""Findings of other tools in a stack with an ``endpoint_url`` and every other default.

Measured on the template with checkov, and with cfn-guard 3.1.1 and the Control Tower rules of
@cdklabs/cdk-validator-cfnguard 0.0.62; with these settings, neither finds anything in what the
construct creates. ``log_retention`` has to be a year or more.
"""
