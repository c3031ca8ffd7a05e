"""The CDK's bootstrap stack of the local account, which every deployment needs."""

from __future__ import annotations

import asyncio
import importlib
from importlib.resources import files
from typing import Any, Final

TOOLKIT: Final = "CDKToolkit"
"""The name of the bootstrap stack."""

# The parameters that `cdk bootstrap` passes by default.
_PARAMETERS: Final = {
    "CloudFormationExecutionPolicies": "arn:aws:iam::aws:policy/AdministratorAccess",
    "FileAssetsBucketKmsKeyId": "AWS_MANAGED_KEY",
    "PublicAccessBlockConfiguration": "true",
}


def template() -> str:
    """Return the template of the bootstrap stack, as the pinned CLI prints it."""
    return files(__package__).joinpath("bootstrap.yaml").read_text(encoding="utf-8")


async def bootstrap() -> None:
    """Create the bootstrap stack in MiniStack's own process, before any request gets in.

    Raises
    ------
    RuntimeError
        The stack couldn't be created; the message says why.
    """
    cloudformation: Any = importlib.import_module("ministack.services.cloudformation")
    create_stack = cloudformation._ACTION_HANDLERS["CreateStack"]  # noqa: SLF001 - as in corrections
    request = {
        "StackName": TOOLKIT,
        "TemplateBody": template(),
        "Capabilities.member.1": "CAPABILITY_NAMED_IAM",
    }
    for number, (name, value) in enumerate(_PARAMETERS.items(), start=1):
        request[f"Parameters.member.{number}.ParameterKey"] = name
        request[f"Parameters.member.{number}.ParameterValue"] = value
    before = asyncio.all_tasks()
    _, _, answer = create_stack(request)
    await asyncio.gather(*asyncio.all_tasks() - before)
    stack = cloudformation._stacks.get(TOOLKIT) or {}  # noqa: SLF001
    if stack.get("StackStatus") != "CREATE_COMPLETE":
        why = stack.get("StackStatusReason") or answer.decode()
        raise RuntimeError(f"The local account couldn't be bootstrapped: {why}")
