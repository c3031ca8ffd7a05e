"""What cdk-nag finds."""

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
