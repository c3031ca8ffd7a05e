"""Templates and their policies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import assertions

from testkit.construct.dependencies import check_acyclic

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import aws_cdk as cdk

POLICY = "AWS::IAM::Policy"

# Pseudo parameters at their longest in the regions of the service.
PSEUDO = {
    "AWS::Partition": "aws",
    "AWS::Region": "ap-southeast-2",
    "AWS::AccountId": "111122223333",
    "AWS::StackId": "arn:aws:cloudformation:ap-southeast-2:111122223333:stack/" + "s" * 165,
}

# By a part of the logical id: a log group's name has at most 512 characters, and so on.
LONGEST = {
    "Log": "arn:aws:logs:ap-southeast-2:111122223333:log-group:" + "n" * 512 + ":*",
    "Function": "arn:aws:lambda:ap-southeast-2:111122223333:function:" + "n" * 64,
    "Key": "arn:aws:kms:ap-southeast-2:111122223333:key/" + "n" * 36,
    "Queue": "arn:aws:sqs:ap-southeast-2:111122223333:" + "n" * 80,
}


def template(stack: cdk.Stack) -> dict[str, Any]:
    """Synthesise a stack, and refuse resources that wait for each other."""
    # The CDK's own check ignores references inside Fn::Sub.
    found = dict(assertions.Template.from_stack(stack).to_json())
    check_acyclic(found)
    return found


def warnings(stack: cdk.Stack) -> list[str]:
    """Return the warnings of a stack, except the one about a missing endpoint."""
    return [each for each in all_warnings(stack) if "noEndpoint" not in each]


def all_warnings(stack: cdk.Stack) -> list[str]:
    """Synthesise a stack, and return the warnings of this package."""
    found = assertions.Annotations.from_stack(stack).find_warning(
        "*", assertions.Match.string_like_regexp("cdk-nimble-streaming-session:")
    )
    return [str(each.entry.data) for each in found]


def of_type(found: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """Return the resources of a type."""
    return [each for each in found["Resources"].values() if each["Type"] == kind]


def statements(
    found: dict[str, Any], kind: str = POLICY, denied: Iterable[str] = ()
) -> list[dict[str, Any]]:
    """Return the statements with the effect Allow of all policies of a template.

    Checks that the statements with the effect Deny are exactly those with the Sids ``denied``.
    """
    made = of_every_effect(found, kind)
    assert [each["Sid"] for each in made if each["Effect"] != "Allow"] == list(denied)
    return [each for each in made if each["Effect"] == "Allow"]


def of_every_effect(found: dict[str, Any], kind: str = POLICY) -> list[dict[str, Any]]:
    """Return the statements of all policies of a template."""
    documents = [each["Properties"]["PolicyDocument"] for each in of_type(found, kind)]
    return [statement for document in documents for statement in document["Statement"]]


def pairs(made: Iterable[dict[str, Any]]) -> Iterator[tuple[str, Any]]:
    """Return each action with each of its resources."""
    for statement in made:
        for action in _list(statement["Action"]):
            for resource in _list(statement["Resource"]):
                yield action, resource


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def deployed(value: Any) -> Any:
    """Return the value that CloudFormation resolves; generated names have their maximum length."""
    match value:
        case {"Ref": str(name)}:
            return PSEUDO.get(name, name)
        case {"Fn::Join": [str(separator), list(parts)]}:
            return separator.join(deployed(part) for part in parts)
        case {"Fn::GetAtt": [str(logical_id), "Arn"]}:
            (arn,) = (arn for name, arn in LONGEST.items() if name in logical_id)
            return arn
        case dict():
            return {key: deployed(each) for key, each in value.items()}
        case list():
            return [deployed(each) for each in value]
    return value
