"""The templates of the examples: compared with snapshots, linted and checked for security."""

from __future__ import annotations

import json
import os
import tarfile
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs

from cdk_nimble_streaming_session import OnDelete, StreamingSession, StreamingSessionProvider
from reference.findings import ANSWERS
from testkit.construct import examples, lint, nag, policies
from testkit.packaging.fresh_python import run

# All in one process, so that the examples are synthesised once.
pytestmark = pytest.mark.xdist_group("templates")

SNAPSHOTS = Path(__file__).parent / "snapshots"
UPDATE = "UPDATE_SNAPSHOTS"
IDS: dict[str, Any] = {"studio_id": "us-west-2:stid-abc123", "session_id": "yeG7lDwNQEiwNTRT7DrV7Q"}


@pytest.fixture(scope="module")
def templates() -> dict[str, dict[str, Any]]:
    """Return the templates of the examples and of the app at the root, by app and stack."""
    made = {name: examples.app(name) for name in examples.NAMES}
    made["app"] = examples.main_app(IDS)
    return {
        f"{name}.{stack}": template
        for name, each in made.items()
        for stack, template in examples.templates(each)
    }


def test_the_templates_match_the_reviewed_snapshots(templates: dict[str, dict[str, Any]]) -> None:
    found = {name: examples.masked(template) for name, template in templates.items()}
    if os.environ.get(UPDATE):
        for name, text in found.items():
            (SNAPSHOTS / f"{name}.json").write_text(text, encoding="utf-8")
    known = {path.stem: path.read_text(encoding="utf-8") for path in SNAPSHOTS.glob("*.json")}
    assert found == known, f"Review the difference; {UPDATE}=1 writes the snapshots."


def test_cfn_lint_finds_nothing(templates: dict[str, dict[str, Any]]) -> None:
    for name, template in templates.items():
        assert linted(template) == [], name


def test_cfn_lint_finds_nothing_in_a_stack_with_every_setting(settled: cdk.Stack) -> None:
    assert linted(policies.template(settled)) == []


def linted(template: dict[str, Any]) -> list[str]:
    # aws-cdk's state machines depend on their role although they name it.
    found = lint.lint(template)
    return [text for rule, text in found if not (rule == "W3005" and "RoleArn" in text)]


def recommended() -> dict[str, Any]:
    """Return the flags that `cdk init` would write for the installed version."""
    (archive,) = Path(cdk.__file__).parent.glob("_jsii/*.tgz")
    with tarfile.open(archive) as opened:
        file = opened.extractfile("package/recommended-feature-flags.json")
        assert file is not None
        return dict(json.load(file))


def test_the_examples_set_the_recommended_flags_and_synthesise_with_them(tmp_path: Path) -> None:
    flags = recommended()
    for name in examples.NAMES:
        settings = json.loads((examples.EXAMPLES / name / "cdk.json").read_text(encoding="utf-8"))
        assert settings["context"] == flags, name
    apps = [str(examples.EXAMPLES / name / "app.py") for name in examples.NAMES]
    together = "import runpy, sys; [runpy.run_path(app) for app in sys.argv[1:]]"
    context = {"CDK_CONTEXT_JSON": json.dumps(flags), "CDK_OUTDIR": "out"}
    run("-c", together, *apps, cwd=tmp_path, **context)
    found = sorted((tmp_path / "out").glob("*.template.json"))
    assert len(found) >= len(apps)
    for path in found:
        assert linted(json.loads(path.read_text(encoding="utf-8"))) == [], path.name


def findings(app: cdk.App) -> dict[str, set[str]]:
    """Synthesise with the three packs and return the broken rules of each."""
    return {pack: set(rules) for pack, rules in nag.findings(app).items()}


def session(stack: cdk.Stack, provider: StreamingSessionProvider | None = None) -> None:
    StreamingSession(
        stack,
        "Workstation",
        **IDS,
        backup_id="bGFzdC1uaWdodC1iYWNrdXA",
        on_delete=OnDelete.STOP,
        provider=provider,
    )


def test_cdk_nag_finds_only_the_known_rules_with_every_default() -> None:
    app = cdk.App()
    session(cdk.Stack(app, "Studio"))
    found = findings(app)
    assert found["AwsSolutions"] == set()
    assert found["HIPAA.Security"] == found["NIST.800.53.R5"] == set(ANSWERS)


@pytest.fixture
def settled() -> cdk.Stack:
    """Return a stack with every setting that resolves a finding."""
    stack = cdk.Stack(cdk.App(), "Studio")
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-0123456789abcdef0",
        availability_zones=["us-west-2a"],
        private_subnet_ids=["subnet-0123456789abcdef0"],
    )
    key = kms.Key(stack, "Key", enable_key_rotation=True)
    settings: dict[str, Any] = {
        "log_encryption_key": key,
        "role": iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com")),
        "reserved_concurrent_executions": 5,
        "dead_letter_queue": sqs.Queue(stack, "Lost", encryption_master_key=key, enforce_ssl=True),
        "vpc": vpc,
    }
    assert set(settings) == set(ANSWERS.values())
    provider = StreamingSessionProvider(stack, "Provider", **settings)
    roles = [settings["role"]]
    iam.ManagedPolicy(stack, "Calls", roles=roles, document=provider.policy_document)
    before = iam.ManagedPolicy(
        stack, "Before", roles=roles, document=provider.infrastructure_document
    )
    provider.function.node.add_dependency(before)
    session(stack, provider)
    return stack


def test_cdk_nag_finds_nothing_else_with_the_recommended_settings(settled: cdk.Stack) -> None:
    app = settled.node.root
    assert isinstance(app, cdk.App)
    found = findings(app)
    assert found["HIPAA.Security"] == found["NIST.800.53.R5"] == set()
    # The ARNs of Lambda's network interfaces can't be known in advance.
    assert found["AwsSolutions"] == {"IAM5[Resource::*]"}
