"""The code in docs/other-services.md and in the README's section is synthesised."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_ssm as ssm
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import custom_resources as cr

import cdk_waiter
from cdk_waiter import RdsInstanceStarted
from cdk_waiter._private.declared.resource_types import RESOURCE_TYPES
from testkit.construct import nag
from testkit.construct.declared import MACHINE
from testkit.packaging import readme

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "other-services.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
SECTION = README.partition("\n## Other services\n")[2].partition("\n## ")[0]
APP, ACCOUNT, _ = readme.other_services()
BLOCKS = [
    block
    for text in (PAGE, SECTION)
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    # test_newcomer.py deploys these.
    if block not in (APP, ACCOUNT)
]


@pytest.mark.parametrize("code", BLOCKS, ids=lambda code: code.partition("\n")[0])
def test_code_synthesises(code: str, tmp_path: Path) -> None:
    if code.startswith("# functions/"):
        compile(code, "index.py", "exec")
        return
    (tmp_path / "functions").mkdir()
    (tmp_path / "functions" / "index.py").touch()
    app = cdk.App()
    stack = cdk.Stack(app, "S")
    text = '{"StartAt":"End","States":{"End":{"Type":"Succeed"}}}'
    names: dict[str, Any] = {
        "app": app,
        "stack": stack,
        "cdk": cdk,
        "iam": iam,
        "ssm": ssm,
        "cr": cr,
        "lambda_": lambda_,
        "machine": sfn.StateMachine(
            stack, "Machine", definition_body=sfn.DefinitionBody.from_string(text)
        ),
        "database": RdsInstanceStarted(stack, "Database", instance_identifier="orders"),
    }
    code = code.replace('"functions"', repr(str(tmp_path / "functions")))
    exec(code, names)  # noqa: S102 - this project's own page
    if "cdk_waiter" in code:
        types = {
            each["Type"]
            for each in app.synth().get_stack_by_name("S").template["Resources"].values()
        }
        assert types & RESOURCE_TYPES - {"Custom::RdsInstanceStarted"}


def test_cdk_nag_finds_nothing_in_the_first_app() -> None:
    ids = {"instance_id": "i-0123456789abcdef0", "state_machine": MACHINE}
    assert all(f'get_context("{each}")' in APP and f"-c {each}=" in ACCOUNT for each in ids)
    names: dict[str, Any] = {}
    code = APP.removesuffix("app.synth()\n").replace("cdk.App()", f"cdk.App(context={ids})")
    exec(code, names)  # noqa: S102 - this project's own page
    assert nag.findings(names["app"])["AwsSolutions"] == {}


def test_the_page_names_every_construct() -> None:
    missing = {each for each in cdk_waiter.__all__ if f"`{each}`" not in PAGE and each not in PAGE}
    assert not missing
