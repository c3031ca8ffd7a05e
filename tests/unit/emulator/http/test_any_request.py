"""Any request, valid or broken, gets an answer that the official model allows, never a 5xx."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from nimble_local.emulator.backend import Backend
from nimble_local.emulator.control import actions
from nimble_local.emulator.http.responses import Incoming, respond
from nimble_local.emulator.service.exceptions import ValidationError
from nimble_local.emulator.service.routing import resolve
from nimble_local.emulator.state.file_store import FileStore
from nimble_local.emulator.state.settings import Settings
from nimble_local.emulator.webpage.events import Follower
from testkit.emulator import model_answers
from testkit.emulator.model_requests import WORLD, broken_requests, valid_requests

# Groups start before single tests, so that the longest tests don't come last.
pytestmark = pytest.mark.xdist_group("anything")

# No explain phase: it takes minutes, and the failing request says enough.
PATIENT = settings(
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def world() -> Backend:
    """Return an emulator that writes its state as to a file, and whose clock stands still."""
    backend = Backend(Settings(page_size=3, session_quota=8), store=FileStore(Path(":memory:")))
    backend.clock.run(0)
    backend.seed()
    backend.add_seed(WORLD)
    return backend


def ask(backend: Backend, request: Incoming) -> dict[str, Any]:
    """Carry out a request, and return the answer's body."""
    outgoing = respond(backend, request)
    assert outgoing.answer is not None
    assert outgoing.answer.status < 500
    try:
        operation = resolve(request.method, request.raw_path).operation
    except ValidationError:
        operation = None
    outcome = model_answers.check(operation, outgoing.answer)
    noted = backend.journal.entries()[-1].public()
    assert (noted["outcome"], noted["status"]) == (outcome, outgoing.answer.status)
    event(f"{operation.name if operation else 'nothing'}: {outcome}")
    content: dict[str, Any] = json.loads(outgoing.answer.body or b"{}")
    return content


def look(backend: Backend) -> None:
    """Check that any request leaves a state that can be shown and saved."""
    shown = json.dumps([Follower(backend).everything(), actions.sessions(backend)])
    assert json.dumps(actions.journal(backend, {})).isascii()
    assert shown.isascii()
    backend.world.commit()


@PATIENT
@given(
    st.lists(st.tuples(valid_requests(), st.sampled_from([0, 1, 5, 3600])), min_size=1, max_size=12)
)
def test_valid_requests_are_answered_as_the_model_allows(
    requests: list[tuple[Incoming, float]],
) -> None:
    backend = world()
    for request, seconds in requests:
        answered = ask(backend, request)
        # botocore accepted it, so we must, too.
        assert answered.get("code") != "INVALID_REQUEST", answered
        backend.clock.advance(seconds)
    look(backend)
    backend.world.close()


@PATIENT
@given(
    st.lists(
        st.tuples(broken_requests(), st.sampled_from([0, 1, 5, 3600])), min_size=1, max_size=12
    )
)
def test_broken_requests_are_refused_as_the_model_allows(
    requests: list[tuple[Incoming, float]],
) -> None:
    backend = world()
    for request, seconds in requests:
        ask(backend, request)
        backend.clock.advance(seconds)
    look(backend)
    backend.world.close()
