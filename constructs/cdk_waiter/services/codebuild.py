"""CodeBuild: builds that are run."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from cdk_waiter._private import validation as rules
from cdk_waiter._private.declared.targets import arn, identified_by
from cdk_waiter.call import RUN, AwsCall
from cdk_waiter.declared_resource import RUN_ON_DELETE, WAIT_RULES
from cdk_waiter.on_delete import OnDelete
from cdk_waiter.phases import Phases
from cdk_waiter.run import Run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import Duration
    from aws_cdk import aws_codebuild as codebuild
    from constructs import Construct

    from cdk_waiter.waiter_provider import WaiterProvider

BUILD_PHASES: Final = Phases(
    ready=["SUCCEEDED"],
    starting=["IN_PROGRESS"],
    failed=["FAILED", "FAULT", "TIMED_OUT", "STOPPED"],
)
"""The states of a build."""

_BUILD: Final = "builds[0]"
# CodeBuild's documents: it honours a token for five minutes.
_TOKEN_SECONDS: Final = 300


class CodeBuildRun(Run):
    """A build that has to succeed when its stack is deployed.

    ``ref`` is the build's id.

    Parameters
    ----------
    scope, id
        The place in the construct tree.
    project
        The project, or its name.
    environment_variables
        Environment variables of this build, in plain text. Default: the project's.
    source_version
        The version of the source, such as a commit. Default: the project's.
    on_delete
        What deleting the resource does to its run: NOTHING or CANCEL. Default: nothing.
    timeout
        Maximum time to wait: whole seconds, up to 59 minutes. Default: 30 minutes.
    poll_interval
        Maximum time between two reads: whole seconds, from 1 s to 60 s. Default: 5 s.
    triggers
        Any JSON value. Changing it starts another run. Default: none.
    provider
        The function behind the resource. Default: the stack's.

    Raises
    ------
    ValueError
        When an argument is invalid; the error names the argument, the value and the rule.
    TypeError
        When an argument has the wrong type.
    """

    _resource_type: ClassVar[str] = "Custom::CodeBuildRun"

    @rules.validated(
        scope=rules.scope,
        id=rules.construct_id,
        project=identified_by("project_name", "ref", example="images"),
        environment_variables=rules.optional(rules.mapping(rules.string)),
        source_version=rules.optional(rules.string),
        on_delete=RUN_ON_DELETE,
        **WAIT_RULES,
    )
    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - every construct's name for it
        *,
        project: str | codebuild.IProject | codebuild.CfnProject,
        environment_variables: Mapping[str, str] | None = None,
        source_version: str | None = None,
        on_delete: OnDelete = OnDelete.NOTHING,
        timeout: Duration | None = None,
        poll_interval: Duration | None = None,
        triggers: object = None,
        provider: WaiterProvider | None = None,
    ) -> None:
        name = str(project)
        start = {
            "projectName": name,
            "sourceVersion": source_version,
            "environmentVariablesOverride": [
                {"name": each, "value": value, "type": "PLAINTEXT"}
                for each, value in (environment_variables or {}).items()
            ]
            or None,
        }
        target = [arn(scope, "codebuild", "project", name)]
        super().__init__(
            scope,
            id,
            id_=name,
            start=AwsCall(
                "codebuild",
                "StartBuild",
                start,
                resources=target,
                token="idempotencyToken",  # noqa: S106 - the name of a parameter
            ),
            read=AwsCall("codebuild", "BatchGetBuilds", {"ids": [RUN]}, resources=target),
            cancel=AwsCall("codebuild", "StopBuild", {"id": RUN}, resources=target),
            run="build.id",
            state=f"{_BUILD}.buildStatus",
            phases=BUILD_PHASES,
            attributes={
                "BuildNumber": f"{_BUILD}.buildNumber",
                "LogsUrl": f"{_BUILD}.logs.deepLink",
                "ResolvedSourceVersion": f"{_BUILD}.resolvedSourceVersion",
            },
            token_seconds=_TOKEN_SECONDS,
            why=f"{_BUILD}.phases[].contexts[].message",
            noun="build",
            on_delete=on_delete,
            timeout=timeout,
            poll_interval=poll_interval,
            triggers=triggers,
            provider=provider,
        )

    @property
    def build_number(self) -> str:
        """The build's number in its project, as digits (``buildNumber``)."""
        return self.get_att_string("BuildNumber")

    @property
    def logs_url(self) -> str:
        """The address of the build's log in the console (``logs.deepLink``); it needs a sign-in."""
        return self.get_att_string("LogsUrl")

    @property
    def resolved_source_version(self) -> str:
        """The version that was built, such as a commit (``resolvedSourceVersion``)."""
        return self.get_att_string("ResolvedSourceVersion")
