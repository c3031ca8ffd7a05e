"""Prints each change of a session's state as it happens."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nimble_local.control_client import Control

_LOOK_EVERY_SECONDS: Final = 0.2


@contextmanager
def watched(control: Control, say: Callable[[str], None]) -> Iterator[None]:
    """Print each change of a session's state while the block runs.

    Parameters
    ----------
    control
        The emulator.
    say
        Prints a line.
    """
    known = _histories(control)
    ended = threading.Event()

    def follow() -> None:
        while True:
            # The last check follows the end of the block, so that no change is lost.
            last = ended.wait(_LOOK_EVERY_SECONDS)
            for session_id, history in _histories(control).items():
                for index in range(len(known.get(session_id, [])), len(history)):
                    change = " → ".join(history[max(0, index - 1) : index + 1])
                    say(f"session {session_id}: {change}")
                known[session_id] = history
            if last:
                return

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _histories(control: Control) -> dict[str, list[str]]:
    try:
        sessions = control.sessions()
    except OSError:
        # The emulator is being ended by a command, which reports it.
        return {}
    return {
        session_id: [moment["state"] for moment in session["history"]]
        for session_id, session in sessions.items()
    }
