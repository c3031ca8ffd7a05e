"""The templates of the stacks of sessions."""

from __future__ import annotations

import copy
import json
from itertools import product
from typing import TYPE_CHECKING, Any

from cdk_nimble_streaming_session import OnDelete, StreamingSession
from nimble_local.emulator.seed.default_seed import STUDIO_ID
from soak.cloud.ministack import SERVICE_SECONDS
from testkit.construct.assembly import Assembly, Plan, fails_afterwards, synthesise

if TYPE_CHECKING:
    from pathlib import Path

    import aws_cdk as cdk

    from soak.sessions.story import SessionStep, SessionStory

SECOND = "second"
"""The id that a second session has in a template."""


class Templates:
    """Synthesised templates, one for each kind of story, whose properties are set for each step."""

    def __init__(self, folder: Path, endpoint_url: str) -> None:
        self._plans = {
            (stop, after, pair): _plan(endpoint_url, stop=stop, after=after, pair=pair)
            for stop, after, pair in product((False, True), repeat=3)
        }
        self.assembly: Assembly = synthesise(folder, endpoint_url, self._plans.values())
        self._texts = {key: self.assembly.template(plan) for key, plan in self._plans.items()}

    def text(self, story: SessionStory, step: SessionStep) -> str:
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


def _properties(story: SessionStory, step: SessionStep, *, second: bool) -> dict[str, Any]:
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


def backup_id(story: SessionStory, step: SessionStep) -> str:
    """Return the backup that a step asks for; empty for none."""
    return f"{story.session_id(step)}-b{step.backup}" if step.backup else ""
