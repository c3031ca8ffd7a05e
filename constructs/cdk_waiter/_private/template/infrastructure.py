"""Permissions that Lambda itself needs from the function's role, by the function's settings."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

import aws_cdk as cdk

from cdk_waiter._private.template.stack_graph import names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_sqs as sqs

# Lambda's guide lists these for functions in a VPC; EC2 allows scoping only some of them.
NETWORK: Final = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
]
# X-Ray has no resources that these could be scoped to.
TRACING: Final = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
# SQS's guide lists these for senders to a queue with a customer-managed key.
_ENCRYPTION: Final = ["kms:Decrypt", "kms:GenerateDataKey"]
_WRITE_LOG: Final = ("logs:CreateLogStream", "logs:PutLogEvents")
# Lambda's guide lists these for file systems, and those below for destinations.
_MOUNT: Final = ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]
_MOUNT_S3: Final = ["s3files:ClientMount", "s3files:ClientWrite"]
_SENDING: Final = {
    "sqs": ("sqs:SendMessage",),
    "sns": ("sns:Publish",),
    "lambda": ("lambda:InvokeFunction",),
    "events": ("events:PutEvents",),
    "s3": ("s3:ListBucket", "s3:PutObject"),
}
_DEAD_LETTERS: Final = ("sqs", "sns")
_DESTINATIONS: Final = tuple(_SENDING)
_TO_ANY: Final = tuple(action for each in _DESTINATIONS for action in _SENDING[each])
_TYPES: Final = {
    "AWS::SQS::Queue": "sqs",
    "AWS::SNS::Topic": "sns",
    "AWS::Lambda::Function": "lambda",
    "AWS::Lambda::Alias": "lambda",
    "AWS::Lambda::Version": "lambda",
    "AWS::Events::EventBus": "events",
    "AWS::S3::Bucket": "s3",
    "AWS::EFS::AccessPoint": "elasticfilesystem",
    "AWS::S3Files::AccessPoint": "s3files",
}
"""The services of resources that a setting may name."""
_CONFIG: Final = "AWS::Lambda::EventInvokeConfig"
_DERIVED: Final = {
    *["DeadLetterConfig", "FileSystemConfigs", "LoggingConfig", "TracingConfig", "VpcConfig"],
}
_NEED_NOTHING: Final = {
    *["Architectures", "Code", "CodeSigningConfigArn", "Description", "Environment"],
    *["EphemeralStorage", "FunctionName", "Handler", "ImageConfig", "KmsKeyArn", "Layers"],
    *["MemorySize", "PackageType", "PublishToLatestPublished", "RecursiveLoop"],
    *["ReservedConcurrentExecutions", "Role", "Runtime", "RuntimeManagementConfig", "SnapStart"],
    *["Tags", "TenancyConfig", "Timeout"],
}
"""Properties of a function for which Lambda doesn't use the function's role."""
_ACTIONS_OF_SETTINGS: Final = {
    "DurableConfig": ("lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState")
}


def statements(
    *, vpc: bool, tracing: bool, dead_letter_queue: sqs.IQueue | None
) -> list[iam.PolicyStatement]:
    """Return the statements that a function's role needs for its settings.

    Lambda checks them when the function is created, so they can't be in the policy that names the
    function.
    """
    wanted: list[tuple[list[str], str]] = []
    if vpc:
        wanted.append((NETWORK, "*"))
    if tracing:
        wanted.append((TRACING, "*"))
    if dead_letter_queue is not None:
        wanted.append((["sqs:SendMessage"], dead_letter_queue.queue_arn))
        key = dead_letter_queue.encryption_master_key
        if key is not None:
            wanted.append((_ENCRYPTION, key.key_arn))
    statement = cdk.aws_iam.PolicyStatement
    return [statement(actions=actions, resources=[resource]) for actions, resource in wanted]


@dataclass(frozen=True)
class Unknown:
    """A setting whose permissions synthesis can't fully derive."""

    setting: str
    """The property of the function, or the resource that sets it."""
    actions: tuple[str, ...]
    """The actions that the role needs, as far as they are known."""
    on: str
    """The resource of these actions."""


@dataclass
class Needs:
    """Permissions that a function's final settings need."""

    before_function: list[iam.PolicyStatement] = field(default_factory=list)
    """Statements that Lambda checks when it creates the function."""
    log: iam.PolicyStatement | None = None
    """The statement for writing to a log group other than the provider's."""
    destinations: list[iam.PolicyStatement] = field(default_factory=list)
    """The statements for sending to the destinations of asynchronous invocations."""
    configs: list[str] = field(default_factory=list)
    """The resources that set these destinations; Lambda checks the statements for them."""
    unknown: list[Unknown] = field(default_factory=list)


def in_network(settings: dict[str, Any]) -> bool:
    """Tell whether a function is in a VPC, by the properties in its template."""
    config = settings.get("VpcConfig") or {"SubnetIds": []}
    # An intrinsic may resolve to subnets at deployment.
    return bool(config.get("SubnetIds") != [])


def derived(stack: cdk.Stack, template: dict[str, Any], function: str, log_group: str) -> Needs:
    """Return the permissions that a function's settings need.

    Parameters
    ----------
    stack
        The function's stack.
    template
        Its template, including the effects of injectors, aspects and overrides.
    function
        The function's logical id.
    log_group
        The name of the provider's log group.
    """
    settings = template["Resources"][function]["Properties"]
    needs = Needs()
    log = _member(settings.get("LoggingConfig"), "LogGroup")
    if log is not None and log is settings["LoggingConfig"]:
        needs.unknown.append(Unknown("LoggingConfig", _WRITE_LOG, json.dumps(log)))
    elif log != stack.resolve(log_group):
        needs.log = _write_log(stack, log, function)
    if in_network(settings):
        needs.before_function.append(_statement(NETWORK, "*"))
    if _member(settings.get("TracingConfig"), "Mode") not in (None, "Disabled"):
        needs.before_function.append(_statement(TRACING, "*"))
    targets = _Targets(stack, template)
    dead_letters = _member(settings.get("DeadLetterConfig"), "TargetArn")
    found = targets.sending("DeadLetterConfig", dead_letters, _DEAD_LETTERS)
    needs.before_function.extend(found[0])
    needs.unknown.extend(found[1])
    _add_file_systems(targets, settings, needs)
    _add_destinations(targets, settings, function, needs)
    needs.unknown.extend(
        Unknown(name, _ACTIONS_OF_SETTINGS.get(name, ()), "the function")
        for name in settings.keys() - _NEED_NOTHING - _DERIVED
    )
    return needs


def is_allowed(needed: dict[str, Any], allowed: Sequence[dict[str, Any]]) -> bool:
    """Tell whether statements clearly allow everything that another one does."""

    def found(action: str, resource: object) -> bool:
        return any(
            each["Effect"] == "Allow"
            and each.get("Condition") in (None, needed.get("Condition"))
            and any(fnmatchcase(action, pattern) for pattern in _list(each.get("Action")))
            and not {"*", json.dumps(resource)}.isdisjoint(
                one if one == "*" else json.dumps(one) for one in _list(each.get("Resource"))
            )
            for each in allowed
        )

    pairs = [(a, r) for a in _list(needed["Action"]) for r in _list(needed["Resource"])]
    return all(found(action, resource) for action, resource in pairs)


def allows_somewhere(actions: Sequence[str], allowed: Sequence[dict[str, Any]]) -> bool:
    """Tell whether statements allow each action on at least one resource."""
    patterns = [
        p for each in allowed if each["Effect"] == "Allow" for p in _list(each.get("Action"))
    ]
    return bool(actions) and all(any(fnmatchcase(a, p) for p in patterns) for a in actions)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _statement(
    actions: Sequence[str], resource: object, condition: dict[str, Any] | None = None
) -> iam.PolicyStatement:
    return cdk.aws_iam.PolicyStatement(
        actions=list(actions),
        resources=[_text(resource)],
        conditions=condition,
    )


def _member(value: object, name: str) -> Any:
    """Return a member of a value in a template; an intrinsic is returned whole."""
    if not isinstance(value, dict):
        return None
    is_intrinsic = any(key == "Ref" or key.startswith("Fn::") for key in value)
    return value if is_intrinsic else value.get(name)


def _write_log(stack: cdk.Stack, name: object, function: str) -> iam.PolicyStatement:
    """Return the statement for writing to a log group; for Lambda's own group without a name."""
    # The function itself creates Lambda's log group, with its first line.
    actions = _WRITE_LOG if name is not None else ("logs:CreateLogGroup", *_WRITE_LOG)
    text = _text(name) if name is not None else "/aws/lambda/" + _text({"Ref": function})
    arn = stack.format_arn(
        service="logs",
        resource="log-group",
        resource_name=f"{text}:*",
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
    )
    return _statement(actions, arn)


def _add_file_systems(targets: _Targets, settings: dict[str, Any], needs: Needs) -> None:
    for config in _list(settings.get("FileSystemConfigs") or []):
        arn = _member(config, "Arn")
        service = targets.service(arn)
        if service == "elasticfilesystem":
            condition = {"StringEquals": {"elasticfilesystem:AccessPointArn": arn}}
            # The access point's ARN doesn't contain the file system's.
            needs.before_function.extend(_statement([each], "*", condition) for each in _MOUNT)
        else:
            actions = tuple(_MOUNT if service is None else _MOUNT_S3)
            needs.unknown.append(Unknown("FileSystemConfigs", actions, json.dumps(arn)))


def _add_destinations(
    targets: _Targets, settings: dict[str, Any], function: str, needs: Needs
) -> None:
    for name, resource in targets.resources.items():
        if resource["Type"] != _CONFIG:
            continue
        properties = resource["Properties"]
        named = properties["FunctionName"]
        if function not in names(named) and named != settings.get("FunctionName", function):
            continue
        needs.configs.append(name)
        config = properties.get("DestinationConfig")
        for each in (_member(config, "OnFailure"), _member(config, "OnSuccess")):
            found = targets.sending(name, _member(each, "Destination"), _DESTINATIONS)
            needs.destinations.extend(found[0])
            needs.unknown.extend(found[1])
    if not targets.is_used_elsewhere(function):
        return
    for other in targets.elsewhere():
        if not isinstance(other, cdk.aws_lambda.CfnEventInvokeConfig):
            continue
        token = cdk.Tokenization.reverse(other.function_name, fail_concat=False)
        if function in _own_names(targets.stack, token):
            # A statement that names the other stack's resource would make the stacks depend on each
            # other.
            config = other._cfn_properties.get("destinationConfig")  # noqa: SLF001
            for each in (_member(config, "onFailure"), _member(config, "onSuccess")):
                arn = _member(each, "destination")
                if arn is not None:
                    needs.unknown.append(_elsewhere(other, arn))


def _elsewhere(config: cdk.CfnResource, arn: object) -> Unknown:
    """Return the needs of a destination in another stack."""
    token = cdk.Tokenization.reverse(arn, fail_concat=False)
    target: object = token.target if isinstance(token, cdk.Reference) else None
    if isinstance(target, cdk.CfnResource):
        service, text = _TYPES.get(target.cfn_resource_type), target.node.path
    else:
        text = json.dumps(cdk.Stack.of(config).resolve(arn))
        service = next((each for each in _SENDING if f":{each}:" in text), None)
    return Unknown(config.node.path, _SENDING.get(str(service), _TO_ANY), text)


def _own_names(stack: cdk.Stack, token: object) -> set[str]:
    """Return the logical id of a reference's target if the target is in a stack."""
    if not isinstance(token, cdk.Reference) or cdk.Stack.of(token.target) is not stack:
        return set()
    target = token.target
    return {stack.get_logical_id(target)} if isinstance(target, cdk.CfnResource) else set()


class _Targets:
    """The resources that the settings of a function name.

    Parameters
    ----------
    stack
        The function's stack.
    template
        Its template.
    """

    def __init__(self, stack: cdk.Stack, template: dict[str, Any]) -> None:
        self.stack = stack
        self.resources: dict[str, dict[str, Any]] = template["Resources"]
        self._outputs: dict[str, Any] = template.get("Outputs", {})

    def is_used_elsewhere(self, name: str) -> bool:
        """Tell whether another stack uses a resource of this one."""
        nested = [r for r in self.resources.values() if r["Type"] == "AWS::CloudFormation::Stack"]
        return name in names([[each["Value"] for each in self._outputs.values()], nested])

    def elsewhere(self) -> Iterator[cdk.CfnResource]:
        """Return the resources of the app's other stacks."""
        stage = cdk.Stage.of(self.stack) or self.stack.node.root
        for each in stage.node.find_all():
            if isinstance(each, cdk.CfnResource) and cdk.Stack.of(each) is not self.stack:
                yield each

    def service(self, arn: object) -> str | None:
        """Return the service of an ARN; None if it's known only at deployment."""
        kind = self._own(arn).get("Type")
        if kind is None:
            # An ARN that is joined at deployment names its service in one of its parts.
            text = json.dumps(arn)
            found = next((each for each in _TYPES.values() if f":{each}:" in text), None)
            if found is not None:
                return found
            other = self._other(arn)
            kind = other.cfn_resource_type if other is not None else None
        return _TYPES.get(str(kind))

    def _own(self, value: object) -> dict[str, Any]:
        match value:
            case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), *_]}:
                return self.resources.get(name, {})
        return {}

    def _other(self, value: object) -> cdk.CfnResource | None:
        """Return the other stack's resource behind an import or a nested stack's parameter."""
        if not isinstance(value, dict):
            return None
        for each in self.elsewhere():
            if each.cfn_resource_type in _TYPES:
                known = [each.ref, each.get_att("Arn"), each.get_att("TopicArn")]
                if value in self.stack.resolve(known):
                    return each
        return None

    def sending(
        self, setting: str, arn: object, services: Sequence[str]
    ) -> tuple[list[iam.PolicyStatement], list[Unknown]]:
        """Return the statements for sending to a target, and the needs that remain unknown."""
        if arn is None:
            return [], []
        service = self.service(arn)
        if service is None or service not in services:
            actions = tuple(action for each in services for action in _SENDING[each])
            return [], [Unknown(setting, actions, json.dumps(arn))]
        if service == "s3":
            objects = cdk.Fn.join("", [_text(arn), "/*"])
            return [_statement(["s3:ListBucket"], arn), _statement(["s3:PutObject"], objects)], []
        made = [_statement(_SENDING[service], arn)]
        key = self._own(arn).get("Properties", {}).get("KmsMasterKeyId")
        # Anyone who may send may use AWS's own keys.
        if key is None or str(key).startswith("alias/aws/"):
            return made, []
        match key:
            case {"Fn::GetAtt": [_, "Arn"]}:
                made.append(_statement(_ENCRYPTION, key))
            case {"Ref": str(name)} if self._own(key).get("Type") == "AWS::KMS::Key":
                made.append(_statement(_ENCRYPTION, {"Fn::GetAtt": [name, "Arn"]}))
            case str() if ":key/" in key:
                made.append(_statement(_ENCRYPTION, key))
            case _:
                return made, [Unknown(setting, tuple(_ENCRYPTION), json.dumps(key))]
        return made, []


def _text(value: object) -> str:
    return value if isinstance(value, str) else cdk.Token.as_string(value)
