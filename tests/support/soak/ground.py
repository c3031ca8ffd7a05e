"""The cloud that stories are played in, and the templates that they are made of."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from assembly import Assembly, Plan, fails_afterwards, synthesise
from cdk_nimble_streaming_session import OnDelete
from nimble_local.cloud.parts import Launch, MiniStack

if TYPE_CHECKING:
    from pathlib import Path

    from soak.story import Act, Story

SERVICE_SECONDS = 15
"""What CloudFormation waits beyond the function's own timeout."""


@dataclass(frozen=True)
class RelayedMiniStack(MiniStack):
    """MiniStack that has answers sent to the relay."""

    port: int = 0

    def launch(self) -> Launch:
        """See `MiniStack.launch`."""
        made = super().launch()
        return replace(made, variables={**made.variables, "GATEWAY_PORT": str(self.port)})


class Templates:
    """Four synthesised templates, whose properties are set for each act."""

    def __init__(self, folder: Path, endpoint_url: str) -> None:
        self._plans = {
            (stop, after): Plan(
                f"{'Stop' if stop else 'Retain'}{'After' if after else ''}",
                "session",
                options={
                    "on_delete": OnDelete.STOP if stop else OnDelete.RETAIN,
                    "triggers": "0",
                },
                add=fails_afterwards if after else None,
            )
            for stop in (False, True)
            for after in (False, True)
        }
        self.assembly: Assembly = synthesise(folder, endpoint_url, self._plans.values())
        self._texts = {key: self.assembly.template(plan) for key, plan in self._plans.items()}

    def text(self, story: Story, act: Act) -> str:
        """Return the template of an act."""
        template = copy.deepcopy(self._texts[story.stop, act.after])
        for resource in template["Resources"].values():
            properties = resource["Properties"]
            if resource["Type"] == "AWS::Lambda::Function":
                properties["Timeout"] = story.function_seconds
            elif resource["Type"] == "Custom::NimbleStreamingSession":
                properties |= _properties(story, act)
        return json.dumps(template)


def _properties(story: Story, act: Act) -> dict[str, Any]:
    made = {
        "SessionId": story.session_id(act),
        "TimeoutSeconds": act.timeout,
        "ServiceTimeout": act.timeout + SERVICE_SECONDS,
        "AllowRestart": str(act.restart).lower(),
        "Triggers": str(act.trigger),
    }
    if act.backup:
        made["BackupId"] = backup_id(story, act)
    return made


def backup_id(story: Story, act: Act) -> str:
    """Return the backup that an act asks for; empty for none."""
    return f"{story.session_id(act)}-b{act.backup}" if act.backup else ""
