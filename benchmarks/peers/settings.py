"""The settings of every app here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import aws_cdk as cdk

if TYPE_CHECKING:
    from constructs import Construct

POLL_SECONDS: Final = 5
"""The provider framework's default, and the construct's. Every peer that can poll so does."""

MEMORY_MIB: Final = 128
"""Of every function whose size an app chooses."""

START: Final = "nimble:StartStreamingSession"
GET: Final = "nimble:GetStreamingSession"
LAUNCH_PROFILE: Final = ("nimble:GetLaunchProfile", "nimble:GetLaunchProfileMember")
"""What the service needs of the caller to start a session."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The ids and places of one app.

    Attributes
    ----------
    studio_id, session_id
        The session to start.
    endpoint_url
        The emulator.
    functions
        The folder that holds each peer's function, made ready as an asset.
    """

    studio_id: str
    session_id: str
    endpoint_url: str
    functions: str

    @property
    def properties(self) -> dict[str, str]:
        """The properties of the custom resource."""
        return {"StudioId": self.studio_id, "SessionId": self.session_id}

    def session_arn(self, stack: cdk.Stack) -> str:
        """Return the ARN that a policy names."""
        return stack.format_arn(
            service="nimble", resource="streaming-session", resource_name=self.session_id
        )

    def function(self, scope: Construct, name: str, code: str, **more: Any) -> Any:
        """Return a function in Python with what all of them share."""
        return cdk.aws_lambda.Function(
            scope,
            name,
            runtime=cdk.aws_lambda.Runtime.PYTHON_3_14,
            architecture=cdk.aws_lambda.Architecture.ARM_64,
            code=cdk.aws_lambda.Code.from_asset(f"{self.functions}/{code}"),
            memory_size=MEMORY_MIB,
            environment={"AWS_ENDPOINT_URL_NIMBLE": self.endpoint_url},
            **more,
        )


def allow(function: Any, actions: list[str], resource: str) -> None:
    """Let a function do something."""
    statement = cdk.aws_iam.PolicyStatement(actions=actions, resources=[resource])
    function.add_to_role_policy(statement)


def allow_start(function: Any, settings: Settings) -> None:
    """Let a function start the session, and all that the service wants for it."""
    stack = cdk.Stack.of(function)
    allow(function, [START], settings.session_arn(stack))
    allow(function, list(LAUNCH_PROFILE), any_launch_profile(stack))


def any_launch_profile(stack: cdk.Stack) -> str:
    """Return the ARN of launch profiles, as narrow as the project's own policy has it."""
    return stack.format_arn(service="nimble", resource="launch-profile", resource_name="?" * 22)
