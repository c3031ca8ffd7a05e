"""The soak reports a function that breaks a rule about declared resources."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from soak.checks.steps import STACK
from soak.cloud.invocations import Invocation
from soak.declared.services import Call
from soak.declared.steps import DeclaredStepResult
from soak.declared.story import DeclaredStep, DeclaredStory
from testkit.cloud.deployer import StackEvent

CREATE = DeclaredStep("create", ends=True)
TRIGGER = DeclaredStep("update", ends=True, trigger=1)
SAME = DeclaredStep("update", ends=True, timeout=31)
DELETE = DeclaredStep("delete", ends=True)
STORY = DeclaredStory(
    seed=1, number=2, function_seconds=900, steps=(CREATE, DELETE), what="instance", state="stopped"
)
EXECUTIONS, UNNAMED, CRAWLS, CERTIFICATES = (
    replace(STORY, what=what) for what in ("execution", "unnamed-execution", "crawl", "certificate")
)
DESK, OTHER = "i-00000000000000001", "i-00000000000000002"
WORK, OTHER_WORK = "story-1-d2-main", "story-1-d2-other"
MACHINE = f"arn:aws:states:us-west-2:1:stateMachine:{WORK}"
RUN, OLD_RUN = (f"arn:aws:states:us-west-2:1:execution:{WORK}:{n}" for n in "21")
CERTIFICATE = "arn:aws:acm:us-west-2:1:certificate/00000000-0000-0000-0000-000000000001"
FAULTS = ({"kind": "lost"},)


def at(step: int, more: float = 0.0) -> str:
    """Return a time; steps are 6 s apart, so that two answers about the stack may agree."""
    return f"2026-11-23T10:{step // 10:02}:{step % 10 * 6 + more:06.3f}Z"


def call(operation: str, second: int = 1, thing: str = DESK, **more: Any) -> Call:
    made: dict[str, Any] = {"accepted": True, "answered": True}
    return Call(at(second), operation, thing, **{**made, **more})


def read(shown: str = "running", second: int = 2, **more: Any) -> Call:
    return call("DescribeInstances", second, shown=shown, **more)


def look(shown: str = "SUCCEEDED", second: int = 2, run: str = RUN, **more: Any) -> Call:
    return call("DescribeExecution", second, thing=WORK, run=run, shown=shown, **more)


def run(second: int = 1, name: str = RUN, **more: Any) -> Call:
    return call("StartExecution", second, thing=WORK, run=name, **more)


def crawl(shown: str = "SUCCEEDED", since: str = at(1), second: int = 2) -> Call:
    began = float(at_seconds(since))
    return call("GetCrawler", second, thing=WORK, shown=shown, since=began)


def at_seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def invocation(kind: str, second: int = 0, thing: str = DESK, **more: Any) -> Invocation:
    new = {"Id": thing, "TimeoutSeconds": "120", "Triggers": "0", "OnDelete": "STOP"}
    old = more.pop("old", {})
    new |= more.pop("new", {})
    event = {
        "ResponseURL": f"http://x/?X-Amz-Date={more.pop('date', '20261123T100000Z')}",
        "ResourceProperties": new,
        **({"OldResourceProperties": {**new, **old}} if kind == "Update" else {}),
    }
    made: dict[str, Any] = {"request": "r", "resource": "Instance", "session": "", "event": event}
    made |= {"began": at(second), "ended": at(second + 3)}
    made["physical"] = "" if kind == "Create" else thing
    return Invocation(STORY.stack, "f", kind=kind, **{**made, **more})


def answer(physical: str = DESK, second: int = 3, **more: Any) -> dict[str, Any]:
    made = {"RequestId": "r", "Status": "SUCCESS", "Size": 100, "At": at(second), "Reason": ""}
    return {**made, "PhysicalResourceId": physical, **more}


def asked(*seconds: int, fault: str = "", action: str = "DescribeStacks") -> list[dict[str, str]]:
    return [{"Action": action, "Fault": fault, "At": at(second)} for second in seconds]


FAILED: dict[str, Any] = {"Status": "FAILED", "Reason": "So. See docs/operations.md#run-failed"}
ROLLBACK = StackEvent(at(5), "s", STACK, "UPDATE_ROLLBACK_IN_PROGRESS", "")
BEGAN = StackEvent(at(0), "s", STACK, "CREATE_IN_PROGRESS", "")
WELL = DeclaredStepResult(
    story=STORY,
    step=CREATE,
    before=None,
    status="CREATE_COMPLETE",
    outputs={"Id": DESK},
    events=[BEGAN],
    answers=[answer()],
    queries=asked(*range(20)),
    invocations=[invocation("Create")],
    kills=[],
    things=(DESK, OTHER),
    calls=[read("stopped", 0), call("StartInstances"), read()],
    states={DESK: "running", OTHER: "stopped"},
    launched={DESK: at_seconds(at(1)), OTHER: 0.0},
)
UPDATED = replace(
    WELL, step=TRIGGER, before=CREATE, status="UPDATE_COMPLETE", invocations=[invocation("Update")]
)
REVERT = invocation("Update", 6, request="back")
BACK = answer(second=7, RequestId="back", Reason="The stack is rolling back; so.")
UNDONE = replace(
    UPDATED,
    status="UPDATE_ROLLBACK_COMPLETE",
    events=[ROLLBACK],
    invocations=[invocation("Update"), REVERT],
    answers=[answer(), BACK],
)
STUCK = replace(UNDONE, status="UPDATE_ROLLBACK_FAILED", answers=[answer()])
DELETED = replace(
    WELL,
    step=DELETE,
    before=CREATE,
    status="DELETE_COMPLETE",
    outputs={},
    invocations=[invocation("Delete")],
    calls=[read("running", 0), call("StopInstances", 2), read("stopped", 3)],
)
MOVED = replace(
    DELETED,
    step=replace(CREATE, kind="update", moved=True),
    status="UPDATE_COMPLETE",
    invocations=[invocation("Delete", resource="Instance")],
    outputs={"Id": DESK},
)
# The stack was created at 10:00:00, and the instance was started more than a minute later.
REVERTED = replace(
    DELETED,
    step=CREATE,
    before=None,
    status="ROLLBACK_COMPLETE",
    events=[BEGAN, replace(ROLLBACK, at=at(13), status="ROLLBACK_IN_PROGRESS")],
    invocations=[invocation("Delete", 13)],
    answers=[answer(second=16)],
    calls=[read("running", 13), call("StopInstances", 15), read("stopped", 16)],
    launched={DESK: at_seconds(at(12))},
)

ENDS: dict[str, Any] = {"new": {"OnDelete": "CANCEL"}, "resource": "Execution"}
RAN = replace(
    WELL,
    story=EXECUTIONS,
    things=(WORK, OTHER_WORK),
    outputs={"Id": RUN},
    answers=[answer(RUN)],
    invocations=[invocation("Create", thing=MACHINE, **ENDS)],
    calls=[run(), look()],
    states={RUN: "SUCCEEDED"},
    launched={},
)
AGAIN = invocation("Update", thing=MACHINE, physical=OLD_RUN, old={"Triggers": "1"}, **ENDS)
RERUN = replace(RAN, step=TRIGGER, before=CREATE, status="UPDATE_COMPLETE", invocations=[AGAIN])
KEPT = replace(
    RERUN,
    step=SAME,
    outputs={"Id": OLD_RUN},
    invocations=[invocation("Update", thing=MACHINE, physical=OLD_RUN, **ENDS)],
    answers=[answer(OLD_RUN)],
    calls=[look(run=OLD_RUN)],
)
RUN_BACK = replace(AGAIN, request="back", began=at(6), ended=at(9))
RUN_UNDONE = replace(
    RERUN,
    status="UPDATE_ROLLBACK_COMPLETE",
    events=[ROLLBACK],
    invocations=[AGAIN, RUN_BACK],
    answers=[answer(RUN, **FAILED), answer(OLD_RUN, 7, RequestId="back")],
    calls=[run(), look("FAILED"), look("", 7, run=OLD_RUN)],
    outputs={"Id": OLD_RUN},
    states={RUN: "FAILED"},
)
CANCELLED = replace(
    RAN,
    step=DELETE,
    before=CREATE,
    status="DELETE_COMPLETE",
    outputs={},
    invocations=[invocation("Delete", thing=MACHINE, physical=RUN, **ENDS)],
    calls=[look("RUNNING", 0), call("StopExecution", 1, WORK, run=RUN), look("ABORTED", 2)],
    states={RUN: "ABORTED"},
)
CRAWLED = replace(
    RAN,
    story=CRAWLS,
    outputs={"Id": WORK},
    answers=[answer(WORK)],
    invocations=[invocation("Create", thing=WORK, resource="Crawl")],
    calls=[crawl("RUNNING", at(0), 0), call("StartCrawler", thing=WORK), crawl()],
    states={},
)
ISSUED = replace(
    WELL,
    story=CERTIFICATES,
    things=(CERTIFICATE, CERTIFICATE),
    outputs={"Id": CERTIFICATE},
    answers=[answer(CERTIFICATE)],
    invocations=[invocation("Create", thing=CERTIFICATE, resource="Certificate")],
    calls=[
        call(
            "DescribeCertificate", 2, CERTIFICATE.partition(":")[2].rpartition(":")[2], shown=shown
        )
        for shown in ("PENDING_VALIDATION", "ISSUED")
    ],
    states={},
    launched={},
)
LOST: dict[str, Any] = {"answered": False, "fault": "lost"}


@pytest.mark.parametrize(
    "observed",
    [
        WELL,
        UPDATED,
        UNDONE,
        DELETED,
        replace(MOVED, calls=[read()], answers=[answer(Reason="Another resource holds it.")]),
        REVERTED,
        RAN,
        RERUN,
        KEPT,
        RUN_UNDONE,
        CANCELLED,
        CRAWLED,
        ISSUED,
        replace(RAN, story=UNNAMED),
        replace(STUCK, calls=[*UPDATED.calls, read("terminated", 7)]),
        replace(DELETED, answers=[answer(Reason="It was left.")], calls=[read()]),
        # A start whose answer was lost was adopted.
        replace(RAN, calls=[run(**LOST), run(accepted=False, name=""), look()]),
        # A failed run stays failed.
        replace(RAN, status="CREATE_FAILED", answers=[answer(RUN, **FAILED)]),
        # The two answers about the stack came before and after a hand-over.
        replace(
            RERUN,
            invocations=[
                replace(AGAIN, began=at(0), ended=at(0, 0.1)),
                replace(AGAIN, began=at(0, 5.9), onward=True),
            ],
            queries=asked(0, 1),
            calls=[run(2), look(second=2)],
        ),
        # The service has forgotten the run of an earlier request.
        replace(KEPT, calls=[look("", run=OLD_RUN)]),
        replace(CANCELLED, calls=[look("SUCCEEDED", 0)]),
        # With a second delivery, nothing shows whose a read is.
        replace(
            WELL,
            invocations=[*WELL.invocations, invocation("Create", 1)],
            calls=[*WELL.calls, read("stopped", 3)],
        ),
        replace(UPDATED, queries=[], step=replace(TRIGGER, stack_fault="silent")),
    ],
)
def test_a_correct_step_has_no_violations(observed: DeclaredStepResult) -> None:
    assert list(observed.violations()) == []


@pytest.mark.parametrize(
    ("observed", "what"),
    [
        # Runs: once for each request that may run, and never otherwise.
        (replace(RAN, calls=[run(), run(name=OLD_RUN), look()]), "2 runs for 1 requests"),
        (replace(RAN, calls=[run(**LOST), run(name=OLD_RUN), look()]), "2 runs"),
        (replace(RAN, story=UNNAMED, calls=[run(), run(name=OLD_RUN), look()]), "2 runs"),
        (replace(CRAWLED, calls=[*CRAWLED.calls, call("StartCrawler", thing=WORK)]), "2 runs"),
        (replace(KEPT, calls=[run(), look(run=OLD_RUN)]), "by a request that mustn't run"),
        (replace(KEPT, answers=[answer(RUN)]), f"with the id {RUN} instead of {OLD_RUN}"),
        (replace(RUN_UNDONE, calls=[*RUN_UNDONE.calls, run(7)]), "StartExecution by a rollback"),
        (
            replace(RUN_UNDONE, answers=[answer(OLD_RUN, 7, RequestId="back", **FAILED)]),
            "a rollback that failed",
        ),
        (replace(RAN, answers=[answer(OLD_RUN)]), "hasn't started"),
        (replace(RAN, calls=[look()]), "SUCCESS of a Create without a run"),
        (replace(RERUN, queries=asked(1)), "without two answers about the stack"),
        (replace(RERUN, queries=asked(0, 1, fault="throttled")), "without two answers"),
        # A SUCCESS that the service didn't show.
        (replace(RAN, calls=[run(), look("FAILED")]), f"{RUN} was FAILED when it was read"),
        (replace(RAN, calls=[run(), look(), look("RUNNING", 3)]), "was RUNNING when"),
        # The invocation that started the run ended when the next one had just begun.
        (
            replace(
                RAN,
                invocations=[
                    invocation("Create", thing=MACHINE, **ENDS, ended=at(1, 0.3)),
                    invocation("Create", 1, thing=MACHINE, **ENDS, onward=True),
                ],
                calls=[run(), look(), look("RUNNING", 3)],
            ),
            "was RUNNING when",
        ),
        (replace(RAN, calls=[run(), look(answered=False)]), f"SUCCESS without a read of {RUN}"),
        (replace(RAN, calls=[run(), look(run=OLD_RUN)]), "SUCCESS without a read"),
        (replace(RAN, states={RUN: "FAILED"}), f"{RUN} is 'FAILED'"),
        (replace(CRAWLED, calls=[*CRAWLED.calls[:2], crawl(since=at(0))]), "an earlier crawl"),
        (replace(WELL, calls=[*WELL.calls, read("stopped", 3)]), "was stopped when it was read"),
        (replace(WELL, calls=[call("StartInstances")]), "SUCCESS without a read"),
        (replace(WELL, states={DESK: "stopped"}), f"{DESK} is 'stopped'"),
        (replace(WELL, answers=[answer(OTHER)]), f"SUCCESS for {DESK} with the id {OTHER}"),
        (replace(ISSUED, calls=ISSUED.calls[:1]), "was PENDING_VALIDATION when"),
        # Cancelling: its own run, in flight, and only if asked to.
        (
            replace(CANCELLED, calls=[look(second=0), *CANCELLED.calls[1:]]),
            "of a run that was SUCCEEDED",
        ),
        (replace(CANCELLED, calls=CANCELLED.calls[1:]), "of a run that was never read"),
        (
            replace(
                CANCELLED,
                invocations=[
                    invocation("Delete", thing=MACHINE, physical=RUN, new={"OnDelete": "NOTHING"})
                ],
            ),
            "StopExecution without CANCEL",
        ),
        (
            replace(
                CANCELLED,
                calls=[
                    *CANCELLED.calls,
                    look("RUNNING", 2, OLD_RUN),
                    call("StopExecution", 2, WORK, run=OLD_RUN),
                ],
            ),
            f"of {OLD_RUN} by the Delete of {RUN}",
        ),
        (replace(CANCELLED, calls=[look("RUNNING", 0)]), f"{RUN} was RUNNING"),
        (replace(CANCELLED, calls=[]), "without a read"),
        # Starts and stops of an instance.
        (replace(UNDONE, calls=[*UNDONE.calls, call("StartInstances", 7)]), "by a rollback"),
        (
            replace(UPDATED, calls=[*UPDATED.calls, call("StopInstances", 1)]),
            "that no request made",
        ),
        (replace(UPDATED, queries=[]), "without an answer about the stack"),
        (
            replace(DELETED, calls=[*DELETED.calls, call("StartInstances", 2)]),
            "that no request made",
        ),
        (replace(DELETED, queries=asked(0)), "without two answers about the stack"),
        (
            replace(DELETED, invocations=[invocation("Delete", new={"OnDelete": "RETAIN"})]),
            "StopInstances without STOP",
        ),
        (MOVED, "which another resource holds"),
        (
            replace(
                MOVED, step=replace(SAME), invocations=[invocation("Delete", resource="Second")]
            ),
            "which another resource holds",
        ),
        (replace(REVERTED, launched={DESK: at_seconds(at(9))}), "had found running"),
        (replace(DELETED, calls=[read("running", 0)]), f"{DESK} was running"),
        (
            replace(DELETED, invocations=[invocation("Delete", date="20261123T095700Z")]),
            "72 s after its deadline",
        ),
        (replace(STUCK, calls=[*UPDATED.calls, read("stopped", 7)]), "UPDATE_ROLLBACK_FAILED"),
        # What is awaited is never changed.
        (
            replace(
                ISSUED, calls=[*ISSUED.calls, call("DeleteCertificate", 1, ISSUED.calls[0].thing)]
            ),
            "DeleteCertificate of a certificate",
        ),
        (replace(WELL, answers=[answer(), answer(Size=4097)]), "4097 bytes"),
        (replace(WELL, answers=[answer(**{**FAILED, "Reason": "so"})]), "without its entry"),
    ],
)
def test_a_violation_is_reported(observed: DeclaredStepResult, what: str) -> None:
    violations = list(observed.violations())
    assert any(what in violation for violation in violations), violations
