"""What ``make deploy`` and ``make destroy`` do."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from nimble_local.cloud.cdk import CdkCli
from nimble_local.cloud.control import Control
from nimble_local.cloud.parts import EMULATOR
from nimble_local.cloud.watch import watched
from nimble_local.emulator.seed import SESSION_ID, STUDIO_ID

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from nimble_local.cloud.folder import Folder
    from nimble_local.cloud.record import Record
    from nimble_local.cloud.supervisor import Supervisor

_FAILED: Final = 1


@dataclass(frozen=True)
class Commands:
    """The commands, with what they need.

    Attributes
    ----------
    folder, supervisor
        The local cloud.
    caller
        The environment of the person who called.
    say
        Prints a line.
    """

    folder: Folder
    supervisor: Supervisor
    caller: Mapping[str, str]
    say: Callable[[str], None]

    def deploy(self) -> int:
        """Start the local cloud, deploy the app, and return 0 if its session is READY."""
        began = time.monotonic()
        if self.supervisor.running() is None:
            self.say("Starting the local cloud (MiniStack and the Nimble emulator) ...")
        found = self.supervisor.ensure()
        try:
            status = self._deploy(found.record)
        except BaseException:
            if found.started:
                self.supervisor.stop()
            raise
        if status == 0:
            self.say(f"Done in {time.monotonic() - began:.0f} s. `make destroy` ends everything.")
            self.say(f"See the session, stop it, break it: {found.record.url(EMULATOR)}")
        return status

    def destroy(self) -> int:
        """Delete the stack and end the local cloud."""
        record = self.supervisor.running()
        status = 0
        if record is not None:
            self.say("Deleting the stack ...")
            result = self._cdk(record).run("destroy", "--all", "--force", context=_context(record))
            if result.status:
                self.say(result.last_lines)
                status = _FAILED
        ended = self.supervisor.stop()
        self.say("The local cloud has ended." if ended else "Nothing was running.")
        return status

    def _deploy(self, record: Record) -> int:
        cdk = self._cdk(record)
        if not record.bootstrapped:
            self.say("Bootstrapping the local account ...")
            cdk.bootstrap()
            self.supervisor.remember_bootstrap()
        outputs = self.folder.state / "outputs.json"
        outputs.unlink(missing_ok=True)
        self.say("Deploying with the cdk CLI ...")
        with watched(Control(record.url(EMULATOR)), SESSION_ID, self.say):
            result = cdk.run(
                "deploy",
                *("--require-approval", "never", "--progress", "events"),
                *("--outputs-file", str(outputs)),
                context=_context(record),
                on_line=self.say,
            )
        if result.status:
            self.say("The deployment failed; the lines above say why. The local cloud still runs.")
            return _FAILED
        return self._conclude(outputs)

    def _conclude(self, outputs: Path) -> int:
        stacks = json.loads(outputs.read_text(encoding="utf-8"))
        values = {name: value for stack in stacks.values() for name, value in stack.items()}
        ready = values.get("SessionState") == "READY"
        self.say(f"The session is {values.get('SessionState')}: {values.get('SessionArn')}")
        return 0 if ready else _FAILED

    def _cdk(self, record: Record) -> CdkCli:
        return CdkCli(self.folder, self.caller, record.access)


def _context(record: Record) -> dict[str, str]:
    return {
        "studio_id": STUDIO_ID,
        "session_id": SESSION_ID,
        "endpoint_url": record.url(EMULATOR),
    }
