"""What the function may do: only what the properties in use need, on the sessions of the stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam

if TYPE_CHECKING:
    from aws_cdk import aws_lambda, aws_logs

# Ids of launch profiles have 22 characters. The profile of a session is not known at synthesis.
_ANY_LAUNCH_PROFILE: Final = "?" * 22


class Permissions:
    """The function's one inline policy, which grows with the sessions.

    Dependent actions and resource types are those of the service authorization reference.

    Parameters
    ----------
    policy
        The policy to fill.
    """

    def __init__(self, policy: iam.Policy) -> None:
        self._policy = policy
        self._statements: dict[str, iam.PolicyStatement] = {}
        self._granted: set[tuple[str, str]] = set()

    def allow_itself(self, function: aws_lambda.Function, log_group: aws_logs.ILogGroup) -> None:
        """Allow writing the log, handing a wait over, and reading the state of its own stack."""
        self._allow("Log", ["logs:CreateLogStream", "logs:PutLogEvents"], log_group.log_group_arn)
        self._allow("HandOver", ["lambda:InvokeFunction"], function.function_arn)
        self._allow("Stack", ["cloudformation:DescribeStacks"], Stack.of(self._policy).stack_id)

    def allow_session(self, session_id: str, backup_id: str | None, *, stop: bool) -> None:
        """Allow reading and starting a session, and stopping it only if ``stop`` says so."""
        session = self._arn("streaming-session", session_id)
        start = ["nimble:GetStreamingSession", "nimble:StartStreamingSession"]
        self._allow("Start", start, session)
        profile = self._arn("launch-profile", _ANY_LAUNCH_PROFILE)
        dependent = ["nimble:GetLaunchProfile", "nimble:GetLaunchProfileMember"]
        self._allow("LaunchProfile", dependent, profile)
        if backup_id is not None:
            backup = self._arn("streaming-session-backup", backup_id)
            self._allow("Restore", ["nimble:StartStreamingSession"], backup)
        if stop:
            self._allow("Stop", ["nimble:StopStreamingSession"], session)

    def allow_listing_the_stack(self) -> None:
        """Allow finding out whether another resource of the stack holds a session."""
        action = "cloudformation:ListStackResources"
        self._allow("Holders", [action], Stack.of(self._policy).stack_id)

    def _arn(self, resource: str, name: str) -> str:
        return Stack.of(self._policy).format_arn(
            service="nimble",
            resource=resource,
            resource_name=name,
            arn_format=ArnFormat.SLASH_RESOURCE_NAME,
        )

    def _allow(self, sid: str, actions: list[str], resource: str) -> None:
        if (sid, resource) in self._granted:
            return
        self._granted.add((sid, resource))
        if sid in self._statements:
            self._statements[sid].add_resources(resource)
            return
        statement = iam.PolicyStatement(sid=sid, actions=actions, resources=[resource])
        self._statements[sid] = statement
        self._policy.add_statements(statement)
