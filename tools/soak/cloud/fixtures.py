"""The cloud of the stories, and the templates of their stacks."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cdk_nimble_streaming_session import OnDelete, StreamingSession
from nimble_local.cloud.servers.definitions import Launch, MiniStack
from nimble_local.cloud.servers.ports import LOOPBACK
from nimble_local.emulator.seed.default_seed import STUDIO_ID
from testkit.construct.assembly import Assembly, Plan, fails_afterwards, synthesise

if TYPE_CHECKING:
    import aws_cdk as cdk

    from soak.story import Step, Story

SERVICE_SECONDS = 30
"""The time that CloudFormation waits beyond the function's own timeout."""


SECOND = "second"
"""The id that a second session has in a template."""

FAMILY = Path(__file__).parents[2]


@dataclass(frozen=True)
class RelayedMiniStack(MiniStack):
    """MiniStack that records invocations, and whose functions use the relay at ``port``."""

    app: str = "soak.cloud.recorded_ministack:app"
    port: int = 0
    invocations: Path = Path()

    def launch(self) -> Launch:
        """See `MiniStack.launch`."""
        made = super().launch()
        more = {
            "GATEWAY_PORT": str(self.port),
            "AWS_ENDPOINT_URL_CLOUDFORMATION": f"http://{LOOPBACK}:{self.port}",
            "SOAK_INVOCATIONS": str(self.invocations),
            "PYTHONPATH": str(FAMILY),
        }
        return replace(made, variables={**made.variables, **more})


class Templates:
    """Synthesised templates, one for each kind of story, whose properties are set for each step."""

    def __init__(self, folder: Path, endpoint_url: str) -> None:
        self._plans = {
            (stop, after, pair): _plan(endpoint_url, stop=stop, after=after, pair=pair)
            for stop, after, pair in product((False, True), repeat=3)
        }
        self.assembly: Assembly = synthesise(folder, endpoint_url, self._plans.values())
        self._texts = {key: self.assembly.template(plan) for key, plan in self._plans.items()}

    def text(self, story: Story, step: Step) -> str:
        """Return the template of a step."""
        template = copy.deepcopy(self._texts[story.stop, step.after, story.pair])
        for resource in template["Resources"].values():
            properties = resource["Properties"]
            if resource["Type"] == "AWS::Lambda::Function":
                properties["Timeout"] = story.function_seconds
            elif resource["Type"] == "Custom::NimbleStreamingSession":
                second = properties["SessionId"] == SECOND
                properties |= _properties(story, step, second=second)
        return json.dumps(template)


def _plan(endpoint_url: str, *, stop: bool, after: bool, pair: bool) -> Plan:
    on_delete = OnDelete.STOP if stop else OnDelete.RETAIN

    def add(stack: cdk.Stack, session: StreamingSession) -> None:
        if pair:
            second = StreamingSession(
                stack,
                "Second",
                studio_id=STUDIO_ID,
                session_id=SECOND,
                endpoint_url=endpoint_url,
                on_delete=on_delete,
                triggers="0",
            )
            # With this order, the first has been started when the second fails.
            second.node.add_dependency(session)
        if after:
            fails_afterwards(stack, session)

    name = f"{'Stop' if stop else 'Retain'}{'After' * after}{'Pair' * pair}"
    options = {"on_delete": on_delete, "triggers": "0"}
    return Plan(name, "session", options=options, add=add)


def _properties(story: Story, step: Step, *, second: bool) -> dict[str, Any]:
    made = {
        "SessionId": story.session_ids[-1] if second else story.session_id(step),
        "TimeoutSeconds": step.timeout,
        "ServiceTimeout": step.timeout + SERVICE_SECONDS,
        "AllowRestart": str(step.restart).lower(),
        "Triggers": str(step.trigger),
    }
    if step.backup and not second:
        made["BackupId"] = backup_id(story, step)
    return made


def backup_id(story: Story, step: Step) -> str:
    """Return the backup that a step asks for; empty for none."""
    return f"{story.session_id(step)}-b{step.backup}" if step.backup else ""
