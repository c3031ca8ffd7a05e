"""The CDK's bootstrap stack for the local account, created without the CLI."""

from __future__ import annotations

import time
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from nimble_local.cloud.deployment.stacks import TOOLKIT, cloudformation
from nimble_local.cloud.errors import LocalCloudError

if TYPE_CHECKING:
    from nimble_local.cloud.access import Access

# The parameters that `cdk bootstrap` passes by default.
_PARAMETERS: Final = {
    "CloudFormationExecutionPolicies": "arn:aws:iam::aws:policy/AdministratorAccess",
    "FileAssetsBucketKmsKeyId": "AWS_MANAGED_KEY",
    "PublicAccessBlockConfiguration": "true",
}
_LIMIT_SECONDS: Final = 120.0
_LOOK_EVERY_SECONDS: Final = 0.05


def template() -> str:
    """Return the template of the bootstrap stack, as the pinned CLI prints it."""
    return files(__package__).joinpath("bootstrap.yaml").read_text(encoding="utf-8")


def bootstrap(access: Access) -> None:
    """Create the bootstrap stack, which every deploy needs.

    Raises
    ------
    LocalCloudError
        The stack couldn't be created; the message says why.
    """
    client = cloudformation(access)
    client.create_stack(
        StackName=TOOLKIT,
        TemplateBody=template(),
        Capabilities=["CAPABILITY_NAMED_IAM"],
        Parameters=[
            {"ParameterKey": name, "ParameterValue": value} for name, value in _PARAMETERS.items()
        ],
    )
    deadline = time.monotonic() + _LIMIT_SECONDS
    while (stack := _stack(client))["StackStatus"] == "CREATE_IN_PROGRESS":
        if time.monotonic() > deadline:
            break
        time.sleep(_LOOK_EVERY_SECONDS)
    client.close()
    if stack["StackStatus"] != "CREATE_COMPLETE":
        raise LocalCloudError(
            f"The local account couldn't be bootstrapped: {TOOLKIT} is {stack['StackStatus']}: "
            f"{stack.get('StackStatusReason', 'CloudFormation gives no reason')}."
        )


def _stack(client: Any) -> dict[str, Any]:
    found: dict[str, Any] = client.describe_stacks(StackName=TOOLKIT)["Stacks"][0]
    return found
