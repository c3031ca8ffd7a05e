"""A run starts once: what each request, rollback, retry, second delivery and id means."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

import pytest

from testkit.declared.declarations import (
    CRAWLER,
    JOB,
    MACHINE,
    crawler,
    declared_event,
    execution,
    job,
)
from testkit.declared.services import EXECUTION, Thing
from testkit.function.simulation import dated, denied_invoke, refusal

if TYPE_CHECKING:
    from testkit.declared.world import DeclaredWorld

RUN = f"{EXECUTION}:1"
BROKEN = refusal("InternalServerError", 500)
OUTPUT = {"Output": '{"answer": 42}', "Stopped": "1970-01-12T13:47:40Z"}
NOTHING = {"Output": "", "Stopped": ""}


def made_run(world: DeclaredWorld, state: str) -> None:
    """Let there be a run of an earlier request."""
    world.services.runs[RUN] = Thing(state, since=world.clock.now)


def a_run_in_flight(world: DeclaredWorld) -> None:
    made_run(world, "RUNNING")
    world.services.runs[RUN].due = world.clock.now + 999
    world.services.runs[RUN].following = "SUCCEEDED"


@pytest.mark.parametrize(
    ("made", "run"),
    [(execution(), f"{EXECUTION}:"), (job(), "jr_0"), (crawler(), CRAWLER)],
)
def test_a_create_runs_and_its_id_is_the_runs(
    world: DeclaredWorld, made: dict[str, Any], run: str
) -> None:
    answer = world.run(declared_event("Create", made))
    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"].startswith(run)
    assert len(world.services.acts()) == 1
    # It handed over as soon as the start was accepted.
    assert world.invocations == 2


UPDATES: list[tuple[str, dict[str, Any], dict[str, Any], str, list[str], dict[str, str]]] = [
    # The stack's status, the new and the old properties, the earlier run's state, acts, attributes.
    ("UPDATE_IN_PROGRESS", execution("2"), execution(), "SUCCEEDED", ["StartExecution"], OUTPUT),
    (
        *("UPDATE_IN_PROGRESS", execution(Triggers="2"), execution(Triggers="1")),
        *("SUCCEEDED", ["StartExecution"], OUTPUT),
    ),
    ("UPDATE_IN_PROGRESS", execution(TimeoutSeconds="9"), execution(), "SUCCEEDED", [], OUTPUT),
    ("UPDATE_IN_PROGRESS", execution(Noun="run"), execution(), "FAILED", [], NOTHING),
    ("UPDATE_IN_PROGRESS", execution(Noun="run"), execution(), "gone", [], NOTHING),
    ("UPDATE_ROLLBACK_IN_PROGRESS", execution(), execution("2"), "SUCCEEDED", [], OUTPUT),
    ("UPDATE_ROLLBACK_IN_PROGRESS", execution(), execution("2"), "gone", [], NOTHING),
    ("UPDATE_ROLLBACK_IN_PROGRESS", execution(Noun="run"), execution(), "gone", [], NOTHING),
    ("UPDATE_ROLLBACK_IN_PROGRESS", execution(Noun="run"), execution(), "FAILED", [], NOTHING),
]


@pytest.mark.parametrize(("status", "new", "old", "state", "acts", "attributes"), UPDATES)
def test_an_update_runs_only_what_is_new(
    world: DeclaredWorld,
    status: str,
    new: dict[str, Any],
    old: dict[str, Any],
    state: str,
    acts: list[str],
    attributes: dict[str, str],
) -> None:
    if state != "gone":
        made_run(world, state)
    world.stack.status = status
    answer = world.run(declared_event("Update", new, old=old, physical_id=RUN))
    assert (answer["Status"], world.services.acts()) == ("SUCCESS", acts)
    assert {*answer["Data"]} == {*attributes}
    assert answer["Data"]["Output"] == attributes["Output"]
    assert (answer["PhysicalResourceId"] == RUN) is not bool(acts)
    if not acts:
        # It is read once, whatever it shows.
        assert [name for name, _ in world.services.calls] == ["DescribeExecution"]


def test_a_runs_update_needs_two_answers_that_agree(world: DeclaredWorld) -> None:
    world.stack.status = "UPDATE_IN_PROGRESS"
    world.run(declared_event("Update", execution("2"), old=execution(), physical_id=RUN))
    assert len(world.stack.asked) >= 2
    assert world.services.times[0] >= 1_000_000 + 5


def test_a_rollback_reads_the_run_again_if_the_first_read_fails(world: DeclaredWorld) -> None:
    made_run(world, "SUCCEEDED")
    world.stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    world.services.faults["DescribeExecution"] = deque([BROKEN, refusal("Throttling", 400)])
    made = declared_event("Update", execution(), old=execution("2"), physical_id=RUN)
    assert world.run(made)["Data"]["Output"] == OUTPUT["Output"]
    world.services.faults["DescribeExecution"] = deque([BROKEN] * 999)
    answer = world.again(made)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", RUN)
    assert answer["Data"] == NOTHING


@pytest.mark.parametrize("given", [f"{MACHINE}:not-started", MACHINE, "Studio-Thing-1ABCDEF"])
def test_an_update_of_what_never_ran_reads_nothing(world: DeclaredWorld, given: str) -> None:
    world.stack.status = "UPDATE_IN_PROGRESS"
    answer = world.run(declared_event("Update", execution(Noun="run"), physical_id=given))
    assert (answer["Status"], answer["Data"]) == ("SUCCESS", NOTHING)
    assert not world.services.calls


DELETES: list[tuple[str, str, str, list[str]]] = [
    # OnDelete, the id, the run's state, and the acts.
    ("NOTHING", RUN, "RUNNING", []),
    ("CANCEL", RUN, "RUNNING", ["StopExecution"]),
    ("CANCEL", RUN, "SUCCEEDED", []),
    ("CANCEL", RUN, "FAILED", []),
    ("CANCEL", RUN, "gone", []),
    ("CANCEL", f"{MACHINE}:not-started", "RUNNING", []),
    ("CANCEL", MACHINE, "RUNNING", []),
    ("CANCEL", "Studio-Thing-1ABCDEF", "RUNNING", []),
]


@pytest.mark.parametrize("status", ["DELETE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"])
@pytest.mark.parametrize(("on_delete", "given", "state", "acts"), DELETES)
def test_a_delete_cancels_its_own_run_in_flight(
    world: DeclaredWorld, on_delete: str, given: str, state: str, acts: list[str], status: str
) -> None:
    if state != "gone":
        made_run(world, state)
    # Somebody else's run of the same target.
    world.services.runs["other"] = Thing("RUNNING")
    world.stack.status = status
    made = declared_event("Delete", execution(OnDelete=on_delete), physical_id=given)
    answer = world.run(made)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", given)
    assert world.services.acts() == acts
    assert world.services.runs["other"].state == "RUNNING"


def test_a_crawl_has_no_id_so_no_delete_cancels_it(world: DeclaredWorld) -> None:
    world.services.crawler = Thing("RUNNING")
    made = crawler(OnDelete="CANCEL", Stop=crawler()["Start"])
    assert world.run(declared_event("Delete", made))["Status"] == "SUCCESS"
    assert not world.services.calls


def test_a_cancel_waits_for_the_end_and_fails_without_effect(world: DeclaredWorld) -> None:
    world.services.runs["jr_0"] = Thing("RUNNING")
    world.stack.status = "DELETE_IN_PROGRESS"
    made = declared_event("Delete", job(OnDelete="CANCEL"), physical_id="jr_0")
    assert world.run(made)["Status"] == "SUCCESS"
    assert world.services.runs["jr_0"].state == "STOPPED"
    world.services.runs["jr_0"] = Thing("RUNNING")
    world.services.stop_seconds = 0
    vars(world.services)["_batch_stop_job_run"] = lambda **_: {}
    answer = world.again(made)
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith(
        "Cancelling job jr_0 failed: the service accepted it twice, but the state is still RUNNING"
    )


@pytest.mark.parametrize("ends", [True, False])
def test_a_cancel_that_is_refused_looks_whether_the_run_has_ended(
    world: DeclaredWorld, *, ends: bool
) -> None:
    world.services.runs["jr_0"] = Thing("RUNNING")
    world.stack.status = "DELETE_IN_PROGRESS"

    def refuse(**_: Any) -> Any:
        if ends:
            world.services.runs["jr_0"].state = "SUCCEEDED"
        raise refusal("InvalidStateException", 400)

    vars(world.services)["_batch_stop_job_run"] = refuse
    made = declared_event("Delete", job(OnDelete="CANCEL"), physical_id="jr_0")
    answer = world.run(made)
    assert answer["Status"] == ("SUCCESS" if ends else "FAILED")
    assert len(world.services.acts()) == (1 if ends else 2)
    assert ends or "glue:BatchStopJobRun was refused with InvalidState" in answer["Reason"]


@pytest.mark.parametrize("made", [execution(), job(), crawler()])
def test_a_failed_run_is_never_repeated(world: DeclaredWorld, made: dict[str, Any]) -> None:
    world.services.ends = deque(["FAILED"])
    world.services.why = "disk full"
    answer = world.run(declared_event("Create", made))
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].endswith("#run-failed")
    assert "FAILED" in answer["Reason"]
    assert len(world.services.acts()) == 1
    # The id stays the run's, so that a Delete can cancel it.
    assert not answer["PhysicalResourceId"].endswith(":not-started")


def test_the_cause_of_a_failure_is_in_the_reason(world: DeclaredWorld) -> None:
    world.services.ends = deque(["FAILED"])
    world.services.why = "disk full"
    answer = world.run(declared_event("Create", execution()))
    assert f"Running execution {MACHINE} failed: FAILED: Boom: disk full." in answer["Reason"]
    world.services.ends = deque(["FAILED"])
    made = declared_event("Create", execution(Reveal=[]), request_id="2")
    # The model marks error and cause as sensitive.
    assert f"Running execution {MACHINE} failed: FAILED. " in world.again(made)["Reason"]


def test_a_retry_without_a_token_starts_nothing(world: DeclaredWorld) -> None:
    """An earlier invocation may have started a run and been killed before it handed over."""
    late = dated(declared_event("Create", job()), world.clock.now - 61)
    answer = world.run(late)
    assert answer["Status"] == "FAILED"
    assert (
        "not started, since a run may be under way; an earlier invocation may have started it"
        in answer["Reason"]
    )
    assert answer["Reason"].endswith("#run-may-be-under-way")
    assert answer["PhysicalResourceId"] == f"{JOB}:not-started"
    assert not world.services.acts()


def test_a_retry_with_a_token_finds_the_same_run(world: DeclaredWorld) -> None:
    made = dated(declared_event("Create", execution()), world.clock.now)
    world.invoke_once(made)
    world.handed.clear()
    world.clock.now += 61
    assert world.run(made)["Status"] == "SUCCESS"
    assert len(world.services.runs) == 1


def test_a_token_that_has_expired_starts_nothing(world: DeclaredWorld) -> None:
    made = execution()
    made["Start"]["TokenSeconds"] = "300"
    late = dated(declared_event("Create", made), world.clock.now - 200)
    assert world.run(late)["Status"] == "SUCCESS"
    late = dated(declared_event("Create", made, request_id="2"), world.clock.now - 301)
    assert world.again(late)["Reason"].endswith("#run-may-be-under-way")
    assert len(world.services.runs) == 1


def test_a_hand_over_that_comes_late_starts_nothing_without_a_token(world: DeclaredWorld) -> None:
    """It may be Lambda's retry of an invocation that was killed right after its start."""
    world.services.runs["jr_0"] = Thing("RUNNING", world.clock.now + 800, "SUCCEEDED")
    world.invoke_once(dated(declared_event("Create", job()), world.clock.now))
    assert world.handed
    world.clock.now += 70
    answer = world.run(world.handed.popleft())
    assert answer["Reason"].endswith("#run-may-be-under-way")
    assert list(world.services.runs) == ["jr_0"]


@pytest.mark.parametrize(
    ("made", "runs", "status"), [(execution(), 1, "SUCCESS"), (job(), 1, "FAILED")]
)
def test_a_start_without_an_answer(
    world: DeclaredWorld, made: dict[str, Any], runs: int, status: str
) -> None:
    world.services.lost = deque([BROKEN])
    answer = world.run(declared_event("Create", made))
    assert (answer["Status"], len(world.services.runs)) == (status, runs)
    if status == "FAILED":
        said = "since its start got no clear answer (glue:StartJobRun: InternalServerError: "
        assert said in answer["Reason"]
        assert answer["Reason"].endswith("#run-may-be-under-way")
        assert answer["PhysicalResourceId"] == JOB


def test_a_start_that_never_left_is_repeated(world: DeclaredWorld) -> None:
    unsent = ConnectionRefusedError(111, "Connection refused")
    world.services.faults["StartJobRun"] = deque([unsent, unsent, refusal("Throttling", 400)])
    assert world.run(declared_event("Create", job()))["Status"] == "SUCCESS"


def test_an_existing_run_is_adopted(world: DeclaredWorld) -> None:
    made = dated(declared_event("Create", execution()), world.clock.now)
    world.invoke_once(made)
    world.handed.clear()
    world.clock.now += 61
    world.services.settle()
    answer = world.run(made)
    assert (answer["Status"], len(world.services.runs)) == ("SUCCESS", 1)
    assert answer["PhysicalResourceId"] in world.services.runs
    made["ResourceProperties"]["Existing"] = ""
    assert "ExecutionAlreadyExists" in world.again(made)["Reason"]


def test_another_run_of_the_target_is_waited_for(world: DeclaredWorld) -> None:
    world.services.crawler = Thing("RUNNING", world.clock.now + 90, "READY")
    assert world.run(declared_event("Create", crawler()))["Status"] == "SUCCESS"
    assert world.clock.now >= 1_000_000 + 150
    world.services.runs["jr_0"] = Thing("RUNNING", world.clock.now + 90, "SUCCEEDED")
    assert world.again(declared_event("Create", job()))["PhysicalResourceId"] == "jr_1"


def test_a_deadline_says_whose_run_it_waited_for(world: DeclaredWorld) -> None:
    world.services.crawler = Thing("RUNNING", world.clock.now + 90, "READY")
    reason = world.run(declared_event("Create", crawler(TimeoutSeconds="60")))["Reason"]
    said = "it was not finished within 60 s; it was last seen RUNNING, another run. "
    assert f"Running crawler {CRAWLER} failed: {said}" in reason
    world.services.runs["jr_0"] = Thing("RUNNING")
    world.services.stop_seconds = 900
    world.stack.status = "DELETE_IN_PROGRESS"
    made = declared_event("Delete", job(OnDelete="CANCEL", TimeoutSeconds="60"), physical_id="jr_0")
    assert "Cancelling job jr_0 failed: it was not ended within" in world.again(made)["Reason"]


def test_a_result_from_before_the_run_does_not_count(world: DeclaredWorld) -> None:
    world.services.last_crawl = {"Status": "SUCCEEDED"}
    start = vars(type(world.services))["_start_crawler"]

    def late(**named: str) -> Any:
        # Reads show the old crawl for another half a minute.
        old = world.services.last_crawl, world.services.crawler
        world.services.crawler = Thing("READY")
        start(world.services, **named)
        new = world.services.last_crawl, world.services.crawler
        world.services.last_crawl, world.services.crawler = old

        def appear() -> None:
            world.services.last_crawl, world.services.crawler = new

        world.services.agenda.append((world.clock.now + 30, appear))
        return {}

    vars(world.services)["_start_crawler"] = late
    answer = world.run(declared_event("Create", crawler()))
    assert answer["Status"] == "SUCCESS"
    assert answer["Data"]["Crawled"]
    assert world.clock.now >= 1_000_000 + 60


def test_a_run_that_is_not_shown_at_once(world: DeclaredWorld) -> None:
    world.services.hidden = 20
    assert world.run(declared_event("Create", execution()))["Status"] == "SUCCESS"
    world.services.hidden = 9999
    answer = world.again(declared_event("Create", execution("2"), request_id="2"))
    assert answer["Reason"].endswith("#absent")


@pytest.mark.parametrize("found", ["", "`null`", "`5`", '`"a\\nb"`'])
def test_a_start_without_a_usable_id(world: DeclaredWorld, found: str) -> None:
    made = job(Run=found or "JobName")
    answer = world.run(declared_event("Create", made))
    assert "glue:StartJobRun was accepted, but " in answer["Reason"]
    assert (
        "in its response, and no id of a run: correct run. Look for a run in the"
        in answer["Reason"]
    )
    assert len(world.services.runs) == 1


@pytest.mark.parametrize(("refusals", "seconds"), [(1, 900.0), (0, 12.0)])
def test_a_run_without_a_known_id_is_never_started_again(
    world: DeclaredWorld, refusals: int, seconds: float
) -> None:
    """Its failure isn't reported at once: a query for the stack fails, or the invocation ends."""
    world.stack.status, world.invocation_seconds = "UPDATE_IN_PROGRESS", seconds
    start = vars(type(world.services))["_start_job_run"]

    def started(**named: Any) -> Any:
        world.stack.refusals = refusals
        return start(world.services, **named)

    vars(world.services)["_start_job_run"] = started
    made = declared_event("Update", job("2", Run="JobName"), old=job(), physical_id="jr_x")
    answer = world.run(dated(made, world.clock.now))
    assert (answer["Status"], world.services.acts()) == ("FAILED", ["StartJobRun"])
    assert "JobName is None in its response, and no id of a run" in answer["Reason"]
    assert answer["PhysicalResourceId"] == "jr_x"


def test_a_long_id_is_cut_in_bytes(world: DeclaredWorld) -> None:
    made = job(Id="\N{CLAPPER BOARD}" * 1100, Noun="a\nb")
    answer = world.run(declared_event("Create", made))
    assert answer["PhysicalResourceId"].startswith("\N{CLAPPER BOARD}")
    assert len(answer["PhysicalResourceId"].encode()) <= 1024


def test_an_update_without_a_known_run_keeps_the_id_of_the_run_before(
    world: DeclaredWorld,
) -> None:
    world.services.runs["jr_x"] = Thing("SUCCEEDED", since=world.clock.now)
    world.stack.status = "UPDATE_IN_PROGRESS"
    world.services.lost = deque([BROKEN])
    made = declared_event("Update", job("2"), old=job(), physical_id="jr_x")
    answer = world.run(dated(made, world.clock.now))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", "jr_x")


def test_the_error_of_the_start_is_named_and_no_later_one(world: DeclaredWorld) -> None:
    world.stack.status = "UPDATE_IN_PROGRESS"
    world.services.lost = deque([BROKEN])

    def lose(**named: Any) -> Any:
        world.stack.refusals = 2
        return vars(type(world.services))["_start_job_run"](world.services, **named)

    vars(world.services)["_start_job_run"] = lose
    made = declared_event("Update", job("2"), old=job(), physical_id="jr_x")
    reason = world.run(dated(made, world.clock.now))["Reason"]
    assert "no clear answer (glue:StartJobRun: InternalServerError: because)" in reason


def test_a_start_is_uncertain_once_its_token_has_expired(world: DeclaredWorld) -> None:
    made = job(TimeoutSeconds="900")
    made["Start"] |= {"Token": "JobName", "TokenSeconds": "300"}
    throttled = refusal("Throttling", 400)
    world.services.faults["StartJobRun"] = deque([BROKEN, *[throttled] * 300])
    reason = world.run(dated(declared_event("Create", made), world.clock.now))["Reason"]
    assert "perhaps started, since its start got no clear answer (glue:StartJobRun: Int" in reason
    assert reason.endswith("#run-may-be-under-way")


LATE_ROLLBACKS: list[tuple[dict[str, Any], dict[str, Any], str, int, str]] = [
    # The new and the old properties, the run, the age of the request, and what reads the run.
    (job(), job("2"), "jr_x", 0, "GetJobRun"),
    (job(), job("2"), "jr_x", 70, "GetJobRun"),
    (execution(TimeoutSeconds="60"), execution("2"), RUN, 70, "DescribeExecution"),
]


@pytest.mark.parametrize(("new", "old", "run", "late", "read"), LATE_ROLLBACKS)
def test_a_late_rollback_has_the_attributes_of_the_run_before(
    world: DeclaredWorld, new: dict[str, Any], old: dict[str, Any], run: str, late: int, read: str
) -> None:
    """It may have waited in Lambda's queue until a start is too late, or for its whole timeout."""
    world.services.runs[run] = Thing("SUCCEEDED", since=world.clock.now)
    world.stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    made = declared_event("Update", new, old=old, physical_id=run)
    answer = world.run(dated(made, world.clock.now - late))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", run)
    assert all(answer["Data"].values())
    assert [name for name, _ in world.services.calls] == [read]


def test_a_late_rollback_reads_the_run_again_until_the_deadline(world: DeclaredWorld) -> None:
    world.services.runs["jr_x"] = Thing("SUCCEEDED", since=world.clock.now)
    world.stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    world.services.faults["GetJobRun"] = deque([BROKEN] * 3)
    made = declared_event("Update", job(), old=job("2"), physical_id="jr_x")
    answer = world.run(dated(made, world.clock.now - 70))
    assert (answer["Status"], all(answer["Data"].values())) == ("SUCCESS", True)
    world.services.faults["GetJobRun"] = deque([BROKEN] * 999)
    answer = world.again(dated(made, world.clock.now - 70))
    assert (answer["Status"], any(answer["Data"].values())) == ("SUCCESS", False)
    assert not world.services.acts()


def test_a_second_delivery_does_nothing(world: DeclaredWorld) -> None:
    for kind, old in (("Create", None), ("Update", job("0"))):
        world.stack.status = f"{kind.upper()}_IN_PROGRESS"
        made = declared_event(kind, job(), old=old, physical_id="jr_0")
        made = dated(made, world.clock.now)
        world.answers.clear()
        world.run(made)
        acts = len(world.services.acts())
        world.stack.status = f"{kind.upper()}_COMPLETE"
        world.clock.now += 120
        world.again(made)
        assert len(world.services.acts()) == acts


def test_a_create_that_is_cancelled_before_its_start_runs_nothing(world: DeclaredWorld) -> None:
    world.services.crawler = Thing("RUNNING", world.clock.now + 90, "READY")
    world.services.agenda.append((world.clock.now + 30, lambda: world.undo("ROLLBACK_IN_PROGRESS")))
    answer = world.run(declared_event("Create", crawler()))
    assert "Running crawler nightly failed: it was cancelled" in answer["Reason"]
    assert answer["PhysicalResourceId"] == f"{CRAWLER}:not-started"
    assert not world.services.acts()


def test_a_create_that_is_cancelled_in_flight_keeps_its_id(world: DeclaredWorld) -> None:
    world.services.seconds = 2000
    world.stack.status = "CREATE_IN_PROGRESS"
    world.services.agenda.append((world.clock.now + 30, lambda: world.undo("ROLLBACK_IN_PROGRESS")))
    answer = world.run(declared_event("Create", job()))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", "jr_0")


def test_a_rollback_cancels_the_run_of_a_create_that_gave_up(world: DeclaredWorld) -> None:
    """CloudFormation deletes it with the id of the answer."""
    world.services.runs["other"] = Thing("RUNNING")
    world.services.seconds = 2000
    properties = execution(OnDelete="CANCEL", TimeoutSeconds="60")
    failed = world.run(declared_event("Create", properties))
    assert "it was not finished within 60 s; it was last seen RUNNING" in failed["Reason"]
    world.stack.status = "ROLLBACK_IN_PROGRESS"
    run = failed["PhysicalResourceId"]
    made = declared_event("Delete", properties, physical_id=run, request_id="2")
    assert world.again(made)["Status"] == "SUCCESS"
    assert world.services.acts() == ["StartExecution", "StopExecution"]
    assert [world.services.runs[each].state for each in (run, "other")] == ["ABORTED", "RUNNING"]


def test_a_hand_over_that_is_refused_keeps_the_id(world: DeclaredWorld) -> None:
    world.invoke_faults.extend([denied_invoke()] * 99)
    answer = world.run(declared_event("Create", job()))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", "jr_0")
    assert answer["Reason"].endswith("#hand-over")
