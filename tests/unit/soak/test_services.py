"""The relay between a function and the services of declared resources."""

from __future__ import annotations

import http.client
import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from soak.declared.services import Services
from testkit.scripted_server import reply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from soak.declared.services import Call
    from testkit.function.simulation import SimulatedClock
    from testkit.scripted_server import Script

DESK = "i-00000000000000001"
WORK = "story-1-d2-main"
RUN = f"arn:aws:states:us-west-2:1:execution:{WORK}:1"
CERTIFICATE = "certificate/00000000-0000-0000-0000-000000000001"
START, LOOK = (f"Action={verb}Instances&InstanceId.1={DESK}" for verb in ("Start", "Describe"))


def instance(state: str) -> str:
    """Return EC2's answer about an instance."""
    shown = f"<instanceState><code>1</code><name>{state}</name></instanceState>"
    return f"<instance>{shown}<launchTime>2020</launchTime></instance>"


@pytest.fixture
def services(ministack: Script, clock: SimulatedClock) -> Iterator[Services]:
    with closing(Services(lambda: clock.now)) as made:
        made.ministack_url = ministack.url
        made.add(DESK, "instance")
        made.add(WORK, "execution")
        made.add(CERTIFICATE, "certificate")
        yield made


def ask(services: Services, content: str, target: str = "") -> tuple[int, str]:
    """Call a service; status 0 is a cut connection."""
    connection = http.client.HTTPConnection("127.0.0.1", services.port, timeout=60)
    headers = {"Authorization": "signed", **({"X-Amz-Target": target} if target else {})}
    with closing(connection):
        try:
            connection.request("POST", "/", content, headers)
            response = connection.getresponse()
        except http.client.RemoteDisconnected:
            return 0, ""
        return response.status, response.read().decode()


def describe(services: Services, run: str = RUN) -> tuple[int, str]:
    return ask(services, json.dumps({"executionArn": run}), "AWSStepFunctions.DescribeExecution")


def last(services: Services, thing: str = DESK) -> Call:
    return services.calls(thing)[-1]


def test_a_call_is_passed_on_as_signed_and_recorded(services: Services, ministack: Script) -> None:
    ministack.replies = [reply(200, instance("stopped")), reply(200), reply(400)]
    assert ask(services, LOOK) == (200, instance("stopped"))
    assert b"Authorization: signed\r\n" in ministack.requests[0]
    assert f"\r\nHost: 127.0.0.1:{services.port}\r\n".encode() in ministack.requests[0]
    assert (last(services).shown, last(services).reads) == ("stopped", True)
    assert ask(services, START)[0] == 200
    assert (last(services).operation, last(services).accepted) == ("StartInstances", True)
    assert services.launched(DESK) > 0
    assert ask(services, START)[0] == 400
    assert not last(services).accepted
    assert services.calls(WORK) == []


def test_a_run_is_recorded_with_its_id(services: Services, ministack: Script) -> None:
    ministack.replies = [reply(200, json.dumps({"executionArn": RUN}))]
    machine = f"arn:aws:states:us-west-2:1:stateMachine:{WORK}"
    asked = json.dumps({"stateMachineArn": machine, "name": "token"})
    ask(services, asked, "AWSStepFunctions.StartExecution")
    call = last(services, WORK)
    assert (call.run, call.token, call.accepted) == (RUN, "token", True)


@pytest.mark.parametrize(
    ("kind", "status"), [("throttled", 503), ("broken", 500), ("busy", 400), ("denied", 403)]
)
def test_a_call_is_refused_a_few_times(
    services: Services, ministack: Script, kind: str, status: int
) -> None:
    ministack.replies = [reply(200, instance("running"))]
    services.strike(DESK, ({"kind": kind, "of": "any", "count": 1},))
    assert ask(services, LOOK)[0] == status
    assert (last(services).fault, last(services).answered) == (kind, False)
    assert ask(services, LOOK)[0] == 200


def test_only_acts_or_reads_are_affected(services: Services, ministack: Script) -> None:
    ministack.replies = [reply(200, instance("running")), reply(200)]
    services.strike(DESK, ({"kind": "throttled", "of": "act", "count": 9},))
    assert ask(services, LOOK)[0] == 200
    assert ask(services, START)[0] == 503
    services.strike(DESK, ({"kind": "throttled", "of": "read", "count": 9},))
    assert ask(services, START)[0] == 200
    assert ask(services, LOOK)[0] == 503


def test_a_lost_answer_belongs_to_an_act_that_was_carried_out(
    services: Services, ministack: Script
) -> None:
    ministack.replies = [reply(200)]
    services.strike(DESK, ({"kind": "lost", "of": "any", "count": 1},))
    assert ask(services, START) == (0, "")
    assert (last(services).accepted, last(services).answered) == (True, False)
    services.strike(DESK, ({"kind": "unreached", "of": "any", "count": 1},))
    assert ask(services, START) == (0, "")
    assert (last(services).accepted, last(services).answered) == (False, False)
    assert len(ministack.requests) == 1


def test_reads_show_the_state_from_before_an_act(
    services: Services, ministack: Script, clock: SimulatedClock
) -> None:
    running = reply(200, instance("running"))
    ministack.replies = [reply(200, instance("stopped")), reply(200), running, running, running]
    services.strike(DESK, ({"kind": "stale-read", "seconds": 5},))
    assert "stopped" in ask(services, LOOK)[1]
    ask(services, START)
    assert "stopped" in ask(services, LOOK)[1]
    assert (last(services).shown, last(services).fault) == ("stopped", "stale-read")
    clock.now += 5
    assert "running" in ask(services, LOOK)[1]
    assert "2020" not in ask(services, LOOK)[1]


def test_a_new_run_is_shown_late(
    services: Services, ministack: Script, clock: SimulatedClock
) -> None:
    shown = reply(200, json.dumps({"status": "RUNNING"}))
    ministack.replies = [reply(200, json.dumps({"executionArn": RUN})), shown, shown]
    services.strike(WORK, ({"kind": "stale-read", "seconds": 5},))
    ask(services, json.dumps({"stateMachineArn": WORK}), "AWSStepFunctions.StartExecution")
    status, body = describe(services)
    assert (status, json.loads(body)["__type"]) == (400, "ExecutionDoesNotExist")
    clock.now += 5
    assert describe(services)[0] == 200


@pytest.mark.parametrize(
    ("fault", "shown"),
    [
        ({"kind": "odd-state"}, "patching"),
        ({"kind": "delayed"}, "PENDING_VALIDATION"),
        ({"kind": "fails"}, "FAILED"),
        ({"kind": "forgotten"}, ""),
    ],
)
def test_a_certificate_shows_another_state_for_a_while(
    services: Services, ministack: Script, clock: SimulatedClock, fault: dict[str, Any], shown: str
) -> None:
    issued = reply(200, json.dumps({"Certificate": {"Status": "ISSUED"}}))
    ministack.replies = [issued, issued]
    services.strike(CERTIFICATE, ({**fault, "seconds": 3},))
    asked = json.dumps({"CertificateArn": f"arn:aws:acm:us-west-2:1:{CERTIFICATE}"})
    ask(services, asked, "CertificateManager.DescribeCertificate")
    assert last(services, CERTIFICATE).shown == shown
    clock.now += 3
    ask(services, asked, "CertificateManager.DescribeCertificate")
    assert last(services, CERTIFICATE).shown == "ISSUED"


def test_a_call_about_an_unknown_thing_is_refused(services: Services) -> None:
    assert ask(services, LOOK.replace(DESK, "i-00000000000000009"))[0] == 400
