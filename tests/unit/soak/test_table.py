"""What the soak says on its way."""

from __future__ import annotations

from soak.table import EVERY_SECONDS, Progress


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def test_progress_is_said_now_and_then_and_at_the_end() -> None:
    clock, said = Clock(), list[str]()
    progress = Progress(8, said.append, clock)
    for seconds, failed in ((10, False), (1, True), (EVERY_SECONDS - 1, False), (4, False)):
        clock.seconds += seconds
        progress.one_more(failed=failed)
    assert said == [
        "1 of 8 stories (12 %), 0 failed, 0:10 passed, about 1:10 left",
        "3 of 8 stories (37 %), 1 failed, 0:25 passed, about 0:41 left",
    ]
    for _ in range(4):
        progress.one_more(failed=False)
    assert said[2:] == ["8 of 8 stories (100 %), 1 failed, 0:29 passed, about 0:00 left"]
