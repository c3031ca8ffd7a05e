"""The two servers that make up the local cloud, and how each is started."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from nimble_local.cloud.access import ACCOUNT, REGION
from nimble_local.cloud.servers.ports import LOOPBACK, claim_port

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

MINISTACK: Final = "MiniStack"
EMULATOR: Final = "Nimble emulator"
HEALTH: Final = "/_ministack/health"
"""What MiniStack answers without a signature; see `nimble_local.cloud.gate.gate`."""

_PRINTED_URL: Final = re.compile(r"http://127\.0\.0\.1:\d+")


@dataclass(frozen=True)
class Launch:
    """How one part is started, this time.

    Attributes
    ----------
    command
        Program and arguments.
    url
        Where it will answer; None when it chooses the port itself and prints the URL.
    health
        The path that answers with success once the part is ready.
    variables
        What its environment holds beside `child_environment`.
    listener
        A bound socket that it inherits; None when it binds its own.
    """

    command: tuple[str, ...]
    health: str
    url: str | None = None
    variables: dict[str, str] = field(default_factory=dict)
    listener: socket.socket | None = None


class PartPlan(Protocol):
    """Something the supervisor can start."""

    @property
    def name(self) -> str:
        """What people call it."""

    def launch(self) -> Launch:
        """Get ready for one start."""


@dataclass(frozen=True)
class MiniStack:
    """CloudFormation, Lambda, IAM, S3, SSM and logs.

    It is run through its own server, hypercorn, since that takes over a socket that is bound
    already; ``python -m ministack`` binds the port itself.

    Attributes
    ----------
    app
        What hypercorn serves: MiniStack behind the gate, or a module that changes that first.
    """

    name: str = MINISTACK
    app: str = "nimble_local.cloud.gate.gated_ministack:app"

    def launch(self) -> Launch:
        """Claim a port, and name the settings that keep MiniStack on this machine.

        Its listeners for SFTP and MQTT have fixed ports, which two clouds would fight over. It
        removes containers that bear its label when it finds Docker, whoever started them.
        """
        listener = claim_port()
        port = listener.getsockname()[1]
        server = ("--bind", f"fd://{listener.fileno()}", "--workers", "0", "--keep-alive", "75")
        return Launch(
            command=(sys.executable, "-m", "hypercorn", self.app, *server),
            url=f"http://{LOOPBACK}:{port}",
            health=HEALTH,
            listener=listener,
            variables={
                "GATEWAY_PORT": str(port),
                "BIND_HOST": LOOPBACK,
                "MINISTACK_ACCOUNT_ID": ACCOUNT,
                "MINISTACK_REGION": REGION,
                "DOCKER_HOST": "unix:///dev/null/docker.sock",
                "IOT_MTLS_ENABLED": "0",
                "SFTP_ENABLED": "0",
                "PERSIST_STATE": "0",
                "S3_PERSIST": "0",
            },
        )


@dataclass(frozen=True)
class Emulator:
    """The emulator of Nimble Studio.

    Attributes
    ----------
    arguments
        Options of ``nimble-local serve``, such as ``--start-seconds``.
    """

    arguments: tuple[str, ...] = ()
    name: str = EMULATOR

    def launch(self) -> Launch:
        """Let it choose a port, and print it."""
        serve = ("serve", "--host", LOOPBACK, "--port", "0")
        return Launch(
            command=(sys.executable, "-m", "nimble_local", *serve, *self.arguments),
            health="/_nimble/health",
        )


def printed_url(log: str) -> str | None:
    """Find the URL that a part printed when it began to listen."""
    found = _PRINTED_URL.search(log)
    return found.group() if found else None


def default_parts(emulator: Sequence[str] = ()) -> tuple[PartPlan, ...]:
    """Return the parts of the local cloud, in the order in which they start.

    The emulator comes first: functions that MiniStack runs are to know where it answers.
    """
    return (Emulator(tuple(emulator)), MiniStack())
