"""The two servers of a local cloud, and how each is started."""

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
"""The path that MiniStack answers without a signature; see `nimble_local.cloud.gate.gate`."""

_PRINTED_URL: Final = re.compile(r"http://127\.0\.0\.1:\d+")


@dataclass(frozen=True)
class Launch:
    """The parameters of one start of a server.

    Attributes
    ----------
    command
        Program and arguments.
    url
        Its URL; None if it chooses the port itself and prints the URL.
    health
        The path that answers with success once the server is ready.
    variables
        Environment variables in addition to `child_environment`.
    listener
        A bound socket that it inherits; None if it binds its own.
    """

    command: tuple[str, ...]
    health: str
    url: str | None = None
    variables: dict[str, str] = field(default_factory=dict)
    listener: socket.socket | None = None


class ServerDefinition(Protocol):
    """A server that the supervisor can start."""

    @property
    def name(self) -> str:
        """Its name in messages."""

    def launch(self) -> Launch:
        """Prepare one start."""


@dataclass(frozen=True)
class MiniStack:
    """CloudFormation, Lambda, IAM, S3, SSM and logs.

    It runs on its own server, hypercorn, which can inherit a bound socket;
    ``python -m ministack`` binds the port itself.

    Attributes
    ----------
    app
        The application that hypercorn serves: MiniStack behind the gate, or a module around it.
    """

    name: str = MINISTACK
    app: str = "nimble_local.cloud.gate.gated_ministack:app"

    def launch(self) -> Launch:
        """Claim a port, and name the settings that keep MiniStack on this machine.

        Its SFTP and MQTT listeners are off, because their fixed ports would collide between two
        clouds. Docker is hidden, because MiniStack removes all containers with its label.
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
        """Prepare a start in which it chooses and prints its port."""
        serve = ("serve", "--host", LOOPBACK, "--port", "0")
        return Launch(
            command=(sys.executable, "-m", "nimble_local", *serve, *self.arguments),
            health="/_nimble/health",
        )


def printed_url(log: str) -> str | None:
    """Return the URL that a server printed when it began to listen."""
    found = _PRINTED_URL.search(log)
    return found.group() if found else None


def default_servers(emulator: Sequence[str] = ()) -> tuple[ServerDefinition, ...]:
    """Return the servers of the local cloud, in the order in which they start.

    The emulator comes first, because MiniStack's functions need its URL.
    """
    return (Emulator(tuple(emulator)), MiniStack())
