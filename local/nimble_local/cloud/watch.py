"""Shows each change of a session's state as it happens."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nimble_local.cloud.control import Control

_LOOK_EVERY_SECONDS: Final = 0.2


@contextmanager
def watched(control: Control, session_id: str, say: Callable[[str], None]) -> Iterator[None]:
    """Tell the states of a session while the block runs.

    Parameters
    ----------
    control
        The emulator.
    session_id
        The session; nothing is told while there is none with this id.
    say
        Is given a line for the state at first, and one for each change.
    """
    known = len(_history(control, session_id))
    first = _history(control, session_id)[-1:]
    for state in first:
        say(f"session {session_id}: {state}")
    ended = threading.Event()

    def follow() -> None:
        told = known
        while True:
            # The last look comes after the end of the block, so that no change is lost.
            last = ended.wait(_LOOK_EVERY_SECONDS)
            history = _history(control, session_id)
            for before, state in zip(history[told - 1 :], history[told:], strict=False):
                say(f"session {session_id}: {before} → {state}")
            told = max(told, len(history))
            if last:
                return

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _history(control: Control, session_id: str) -> list[str]:
    try:
        session = control.sessions().get(session_id)
    except OSError:
        # The emulator is being ended; whoever ends it says so.
        return []
    return [moment["state"] for moment in session["history"]] if session else []
