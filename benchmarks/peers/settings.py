"""The settings of every app here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import aws_cdk as cdk

if TYPE_CHECKING:
    from constructs import Construct

POLL_SECONDS: Final = 5
"""The default of the provider framework and of the construct; used by every peer that can."""

MEMORY_MIB: Final = 128
"""Memory of every function whose size can be set."""

START: Final = "nimble:StartStreamingSession"
GET: Final = "nimble:GetStreamingSession"
LAUNCH_PROFILE: Final = ("nimble:GetLaunchProfile", "nimble:GetLaunchProfileMember")
"""The actions that the service requires of a caller who starts a session."""


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
        The folder with the asset of each peer's function.
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
        """Return a function in Python with the common settings."""
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
    """Allow a function some actions on a resource."""
    statement = cdk.aws_iam.PolicyStatement(actions=actions, resources=[resource])
    function.add_to_role_policy(statement)


def allow_start(function: Any, settings: Settings) -> None:
    """Allow a function to start the session, with the actions that this requires."""
    stack = cdk.Stack.of(function)
    allow(function, [START], settings.session_arn(stack))
    allow(function, list(LAUNCH_PROFILE), any_launch_profile(stack))


def any_launch_profile(stack: cdk.Stack) -> str:
    """Return the ARN of launch profiles, as narrow as in the project's own policy."""
    return stack.format_arn(service="nimble", resource="launch-profile", resource_name="?" * 22)
