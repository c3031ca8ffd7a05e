"""ECS: tasks that are run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Final

import aws_cdk as cdk

from cdk_waiter._private import validation as rules
from cdk_waiter._private.declared.targets import arn, identified_by
from cdk_waiter.call import RUN, AwsCall
from cdk_waiter.declared_resource import RUN_ON_DELETE, WAIT_RULES
from cdk_waiter.on_delete import OnDelete
from cdk_waiter.phases import Phases
from cdk_waiter.run import Run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from aws_cdk import Duration
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_ecs as ecs
    from aws_cdk import aws_iam as iam
    from constructs import Construct

    from cdk_waiter.waiter_provider import WaiterProvider

# AWS's documents list the states; the service's model doesn't.
TASK_PHASES: Final = Phases(
    ready=["SUCCEEDED"],
    starting=[
        *["PROVISIONING", "PENDING", "ACTIVATING", "RUNNING"],
        *["DEACTIVATING", "STOPPING", "DEPROVISIONING"],
    ],
    failed=["FAILED"],
)
"""The states of a task that hasn't stopped, or else what its exit codes mean."""

_TASK: Final = "tasks[0]"
_EXAMPLE: Final = "arn:aws:ecs:us-west-2:123456789012:task-definition/migrate:7"
# ECS assigns these ids.
_ANY_TASK: Final = "?" * 32
_ROLES: Final = rules.optional(rules.sequence(rules.implementing("aws_iam.IRole", "role_arn")))
_CONTAINER: Final = rules.matching(r"[A-Za-z0-9_-]+", "a container's name")


def _task_definition(argument: str, value: object) -> object:
    """Accept a task definition, or the ARN of a revision."""
    if hasattr(value, "__jsii_ref__"):
        return value
    plain = rules.text(argument, value, f"it must be an ARN such as {_EXAMPLE}")
    if rules.is_literal(plain) and not re.fullmatch(
        r"arn:[^:]+:ecs:.+:task-definition/.+:\d+", plain
    ):
        rules.refuse(ValueError, argument, value, f"it must be an ARN such as {_EXAMPLE}")
    return plain


class EcsTaskRun(Run):
    """A task of ECS whose containers have to exit with 0 when its stack is deployed.

    ``ref`` is the task's ARN. ECS forgets a stopped task after an hour; an update then leaves the
    attributes empty.

    Parameters
    ----------
    scope, id
        The place in the construct tree.
    cluster
        The cluster, or its name.
    task_definition
        The task definition, or the ARN of one of its revisions.
    pass_roles
        The task role and the execution role, which the function has to pass to ECS. Default: those
        of ``task_definition`` if it's a construct.
    launch_type
        Where the task runs: FARGATE, EC2 or EXTERNAL. Default: FARGATE.
    subnets
        The subnets of the task's network interface; needed for the network mode ``awsvpc``, which
        Fargate demands. Default: none.
    security_groups
        Its security groups. Default: the VPC's default group.
    assign_public_ip
        Whether it gets a public address. Default: no.
    container_overrides
        Overrides of containers, as in the API: ``{'name': 'app', 'command': ['migrate']}``.
        Default: none.
    container_names
        The containers whose exit codes count. Default: all.
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

    _resource_type: ClassVar[str] = "Custom::EcsTaskRun"

    @rules.validated(
        scope=rules.scope,
        id=rules.construct_id,
        cluster=identified_by("cluster_name", "ref", example="batch"),
        task_definition=_task_definition,
        pass_roles=_ROLES,
        launch_type=rules.one_of("FARGATE", "EC2", "EXTERNAL"),
        subnets=rules.sequence(
            identified_by("subnet_id", "ref", example="subnet-0123456789abcdef0")
        ),
        security_groups=rules.sequence(
            identified_by("security_group_id", "ref", example="sg-0123456789abcdef0")
        ),
        assign_public_ip=rules.boolean,
        container_overrides=rules.sequence(rules.anything),
        container_names=rules.sequence(_CONTAINER),
        on_delete=RUN_ON_DELETE,
        **WAIT_RULES,
    )
    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - every construct's name for it
        *,
        cluster: str | ecs.ICluster | ecs.CfnCluster,
        task_definition: str | ecs.ITaskDefinition | ecs.CfnTaskDefinition,
        pass_roles: Sequence[iam.IRole] | None = None,
        launch_type: str = "FARGATE",
        subnets: Sequence[ec2.ISubnet | str] = (),
        security_groups: Sequence[ec2.ISecurityGroup | str] = (),
        assign_public_ip: bool = False,
        container_overrides: Sequence[Mapping[str, Any]] = (),
        container_names: Sequence[str] = (),
        on_delete: OnDelete = OnDelete.NOTHING,
        timeout: Duration | None = None,
        poll_interval: Duration | None = None,
        triggers: object = None,
        provider: WaiterProvider | None = None,
    ) -> None:
        name, definition = str(cluster), _arn_of(task_definition)
        roles = _roles_of(task_definition) if pass_roles is None else list(pass_roles)
        if not subnets and (security_groups or assign_public_ip or launch_type == "FARGATE"):
            raise ValueError(
                "subnets is []: a task on Fargate, or with security groups or a public address, "
                "needs at least one subnet"
            )
        network = {
            "awsvpcConfiguration": {
                "subnets": list(subnets),
                "securityGroups": list(security_groups) or None,
                "assignPublicIp": "ENABLED" if assign_public_ip else "DISABLED",
            }
        }
        start = {
            "cluster": name,
            "taskDefinition": definition,
            "launchType": launch_type,
            "networkConfiguration": network if subnets else None,
            "overrides": {"containerOverrides": list(container_overrides)}
            if container_overrides
            else None,
        }
        tasks = {"cluster": name, "tasks": [RUN]}
        task = [arn(scope, "ecs", "task", f"{name}/{_ANY_TASK}")]
        super().__init__(
            scope,
            id,
            id_=definition,
            start=AwsCall(
                "ecs",
                "RunTask",
                start,
                resources=[definition],
                token="clientToken",  # noqa: S106 - the name of a parameter
                extra_statements=[_pass(roles)] if roles else [],
            ),
            read=AwsCall("ecs", "DescribeTasks", tasks, resources=task),
            cancel=AwsCall("ecs", "StopTask", {"cluster": name, "task": RUN}, resources=task),
            run=f"{_TASK}.taskArn",
            state=_state(container_names),
            phases=TASK_PHASES,
            attributes={
                "ExitCodes": f"{_TASK}.containers[].exitCode",
                "StartedAt": f"{_TASK}.startedAt",
                "StoppedAt": f"{_TASK}.stoppedAt",
                "StoppedReason": f"{_TASK}.stoppedReason",
            },
            refused="failures[0].[reason, detail]",
            why=f"{_TASK}.[stopCode, stoppedReason, join('; ', containers[].reason || `[]`)]",
            noun="task",
            on_delete=on_delete,
            timeout=timeout,
            poll_interval=poll_interval,
            triggers=triggers,
            provider=provider,
        )

    @property
    def exit_codes(self) -> str:
        """The containers' exit codes, as a JSON list (``exitCode``)."""
        return self.get_att_string("ExitCodes")

    @property
    def started_at(self) -> str:
        """Time of the start, in ISO 8601 (``startedAt``)."""
        return self.get_att_string("StartedAt")

    @property
    def stopped_at(self) -> str:
        """Time of the end, in ISO 8601 (``stoppedAt``)."""
        return self.get_att_string("StoppedAt")

    @property
    def stopped_reason(self) -> str:
        """Why the task stopped, in ECS's words (``stoppedReason``)."""
        return self.get_att_string("StoppedReason")


def _arn_of(task_definition: object) -> str:
    found: str = identified_by("task_definition_arn", "ref", example=_EXAMPLE)(
        "task_definition", task_definition
    )
    return found


def _roles_of(task_definition: object) -> list[iam.IRole]:
    """Return the roles of a task definition that this app creates."""
    found = [getattr(task_definition, each, None) for each in ("task_role", "execution_role")]
    return [each for each in found if each is not None]


def _state(containers: Sequence[str]) -> str:
    """Return the expression of a task's state, with the result of its containers at the end."""
    chosen = " || ".join(f"name == '{each}'" for each in containers)
    failed = "exitCode != `0`" if not chosen else f"({chosen}) && exitCode != `0`"
    # A container that never ran has no exit code.
    return (
        f"{_TASK}.lastStatus != 'STOPPED' && {_TASK}.lastStatus"
        f" || {_TASK} && ({_TASK}.containers[?{failed}] && 'FAILED' || 'SUCCEEDED')"
    )


def _pass(roles: Sequence[iam.IRole]) -> iam.PolicyStatement:
    """Return the statement that passes roles to ECS."""
    return cdk.aws_iam.PolicyStatement(
        actions=["iam:PassRole"],
        resources=[each.role_arn for each in roles],
        conditions={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
    )
