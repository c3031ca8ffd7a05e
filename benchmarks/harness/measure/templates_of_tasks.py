"""Figures of each way's template for each task: ``python -m harness.measure.templates_of_tasks``.

It runs in the folder of the tasks, whose code names the handlers' folder as its users would.
"""

from __future__ import annotations

import json
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_stepfunctions as sfn

from harness.measure import user_code
from harness.tasks import TASKS, WAITS, WAYS
from testkit.construct import nag

_CUSTOM: Final = ("Custom::", "AWS::CloudFormation::CustomResource")
_GIVEN: Final = (*_CUSTOM, "AWS::SSM::Parameter")
"""Types of the resources of every way: the custom resource, and the parameter with its result."""
_STACK: Final = "Bench"
_MACHINE: Final = "arn:aws:states:us-west-2:111122223333:stateMachine:Migration"


def figures(task: str, way: str) -> dict[str, Any]:
    """Synthesise a task with cdk-nag; return its figures.

    Those that wait also have the custom resource's ``properties``, to run their functions.
    """
    with tempfile.TemporaryDirectory() as out:
        found = nag.findings(_app(task, way, out))
        template = json.loads((Path(out) / f"{_STACK}.template.json").read_text())
    resources = template["Resources"].values()
    own = [each for each in resources if not each["Type"].startswith(_GIVEN)]
    written = user_code.stack_code(task, way), user_code.handlers(task, way)
    made = {
        "resources": len(own),
        "functions": sum(each["Type"] == "AWS::Lambda::Function" for each in own),
        "findings": {pack: rules.total() for pack, rules in found.items()},
        "lines": sum(user_code.lines(each) for each in written),
    }
    if way in WAITS:
        (custom,) = (each for each in resources if each["Type"].startswith(_CUSTOM))
        made["properties"] = custom["Properties"]
    return made


def _app(task: str, way: str, folder: str) -> cdk.App:
    app = cdk.App(analytics_reporting=False, outdir=folder)
    environment = cdk.Environment(account="111122223333", region="us-west-2")
    stack = cdk.Stack(app, _STACK, env=environment)
    module: Any = import_module(f"tasks.{task}.{way}")
    given = []
    if task == "run":
        given = [sfn.StateMachine.from_state_machine_arn(stack, "Machine", _MACHINE)]
    module.add(stack, *given)
    return app


if __name__ == "__main__":
    found = {task: {way: figures(task, way) for way in WAYS} for task in TASKS}
    Path(sys.argv[1]).write_text(json.dumps(found))
