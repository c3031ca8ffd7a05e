"""The stack's status: its meaning for a request, when to ask, and how to read the answers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ReadTimeoutError
from hypothesis import given
from hypothesis import strategies as st

from testkit.function.simulation import SESSION, STACK, TYPE, CloudFormation, event, parse, refusal
from waiter.cloudformation.stack import Stack
from waiter.exceptions import Kind, ServiceError
from waiter.wait.model import Act, BackOff, Do, RequestType, Wait
from waiter.wait.permission import Need, Standing, Verdict, judge, need

if TYPE_CHECKING:
    from collections.abc import Callable

START, RESTORE, STOP = Do(Act.START), Do(Act.START, "b1"), Do(Act.STOP)
CREATE, UPDATE, DELETE = RequestType.CREATE, RequestType.UPDATE, RequestType.DELETE
NOTHING, ONCE, ANSWER, TWO = Need.NOTHING, Need.ONCE, Need.ANSWER, Need.TWO


@pytest.mark.parametrize(
    ("step", "first", "create", "update", "delete"),
    [
        (START, True, NOTHING, ANSWER, None),
        (START, False, ANSWER, ANSWER, None),
        (RESTORE, True, TWO, TWO, None),
        (RESTORE, False, TWO, TWO, None),
        (STOP, True, TWO, TWO, TWO),
        (BackOff(5), False, NOTHING, ONCE, NOTHING),
        (Wait(), True, NOTHING, ONCE, NOTHING),
    ],
)
def test_what_each_step_needs_to_know(
    step: Do | BackOff | Wait, *, first: bool, create: Need, update: Need, delete: Need | None
) -> None:
    for kind, needed in ((CREATE, create), (UPDATE, update), (DELETE, delete)):
        if needed is not None:
            assert need(kind, step, at_once=first) is needed


GO, VOID, UNSURE = Verdict.GO, Verdict.VOID, Verdict.UNSURE
FINISHED = [
    "CREATE_COMPLETE",
    "CREATE_FAILED",
    "UPDATE_COMPLETE",
    "UPDATE_FAILED",
    "UPDATE_ROLLBACK_COMPLETE",
    "UPDATE_ROLLBACK_FAILED",
    "ROLLBACK_COMPLETE",
    "ROLLBACK_FAILED",
    "DELETE_COMPLETE",
    "DELETE_FAILED",
    "IMPORT_COMPLETE",
]
CLEANUP = ["UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"]


@pytest.mark.parametrize(("age", "verdict"), [(0, UNSURE), (59.9, UNSURE), (60, VOID), (9e9, VOID)])
@pytest.mark.parametrize("status", FINISHED + CLEANUP)
def test_a_finished_stack_is_believed_once_the_request_is_a_minute_old(
    status: str, age: float, verdict: Verdict
) -> None:
    for kind in (CREATE, UPDATE):
        assert judge(kind, Standing(status), age) is verdict
    if status in FINISHED:
        assert judge(DELETE, Standing(status), age) is verdict


@pytest.mark.parametrize(
    ("status", "deploys", "deletes"),
    [
        ("CREATE_IN_PROGRESS", GO, Verdict.IF_STARTED),
        ("UPDATE_IN_PROGRESS", GO, Verdict.UNLESS_HELD),
        ("IMPORT_IN_PROGRESS", GO, Verdict.UNLESS_HELD),
        ("REVIEW_IN_PROGRESS", GO, Verdict.UNLESS_HELD),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", None, Verdict.UNLESS_HELD),
        ("ROLLBACK_IN_PROGRESS", VOID, Verdict.IF_STARTED),
        ("UPDATE_ROLLBACK_IN_PROGRESS", VOID, Verdict.IF_STARTED_UNLESS_HELD),
        ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", None, Verdict.IF_STARTED_UNLESS_HELD),
        ("IMPORT_ROLLBACK_IN_PROGRESS", VOID, Verdict.IF_STARTED_UNLESS_HELD),
        ("DELETE_IN_PROGRESS", VOID, GO),
    ],
)
def test_what_a_status_in_progress_means(
    status: str, deploys: Verdict | None, deletes: Verdict
) -> None:
    for kind in (CREATE, UPDATE):
        assert deploys is None or judge(kind, Standing(status), 5) is deploys
        # It may be the rollback before this deployment.
        assert deploys is not VOID or judge(kind, Standing(status), 4.9) is UNSURE
        assert deploys is not GO or judge(kind, Standing(status), 0) is GO
    assert judge(DELETE, Standing(status), 0) is deletes


@pytest.mark.parametrize(
    ("root", "deletes"),
    [
        ("DELETE_IN_PROGRESS", GO),
        ("ROLLBACK_IN_PROGRESS", Verdict.IF_STARTED),
        ("CREATE_IN_PROGRESS", Verdict.IF_STARTED),
        ("UPDATE_IN_PROGRESS", Verdict.LEAVE),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", Verdict.LEAVE),
        ("UPDATE_ROLLBACK_IN_PROGRESS", Verdict.LEAVE),
        ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", Verdict.LEAVE),
        ("UPDATE_COMPLETE", Verdict.LEAVE),
    ],
)
def test_a_nested_stack_that_is_deleted_is_judged_by_its_root(root: str, deletes: Verdict) -> None:
    assert judge(DELETE, Standing("DELETE_IN_PROGRESS", root=root), 0) is deletes


@given(status=st.text(max_size=30), age=st.floats(0, 1e6), kind=st.sampled_from([CREATE, UPDATE]))
def test_an_unknown_status_never_lets_a_request_continue(
    status: str, age: float, kind: RequestType
) -> None:
    assert status.endswith("_IN_PROGRESS") or judge(kind, Standing(status), age) is not GO


ROOT = "arn:aws:cloudformation:us-west-2:111122223333:stack/Root/1"


def stack(kind: str, played: CloudFormation) -> Stack:
    client: Any = played
    return Stack(parse(event(kind)), client)


@pytest.mark.parametrize(("updated", "later"), [(900.0, 1000.0), (1100.0, 1100.0)])
def test_the_later_of_both_times_counts(updated: float, later: float) -> None:
    class Played(CloudFormation):
        def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803 - the API's name
            found = super().describe_stacks(StackName)
            found["Stacks"][0]["LastUpdatedTime"] = datetime.fromtimestamp(updated, UTC)
            return found

    assert stack("Delete", Played("X", changed_at=1000.0)).read() == Standing("X", later)


@pytest.mark.parametrize("kind", ["Create", "Update", "Delete"])
def test_only_deletes_in_nested_stacks_read_the_root(kind: str) -> None:
    played = CloudFormation("DELETE_IN_PROGRESS", root=ROOT, root_status="UPDATE_IN_PROGRESS")
    found = stack(kind, played).read()
    asks = kind == "Delete"
    assert played.asked == [f"DescribeStacks {name}" for name in (STACK, ROOT)[: 1 + asks]]
    assert found.root == ("UPDATE_IN_PROGRESS" if asks else "")


ANSWERS: list[object] = [{}, {"Stacks": []}, {"Stacks": [{}]}, {"Stacks": [{}, {}]}, None]
ANSWERS.append({"Stacks": [{"StackStatus": "X", "CreationTime": "today"}]})


@pytest.mark.parametrize("answer", ANSWERS, ids=str)
def test_an_unreadable_answer_counts_as_none(answer: dict[str, Any]) -> None:
    class Played(CloudFormation):
        def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803 - the API's name
            assert StackName
            return answer

        def list_stack_resources(self, StackName: str, NextToken: str = "") -> dict[str, Any]:  # noqa: N803
            assert StackName or NextToken
            return answer

    asked = stack("Delete", Played("X"))
    queries: list[Callable[[], object]] = [asked.read, asked.is_held_elsewhere]
    for query in queries:
        with pytest.raises(ServiceError, match="unreadable answer") as raised:
            query()
        assert raised.value.kind is Kind.UNAVAILABLE


@pytest.mark.parametrize(
    ("fault", "answered", "said"),
    [
        (refusal("Throttling", 400), True, "cloudformation:DescribeStacks: Throttling"),
        (refusal("AccessDenied", 403), True, f"cloudformation:DescribeStacks on {STACK}: Access"),
        (ReadTimeoutError(endpoint_url="https://cloudformation"), False, "DescribeStacks: Read"),
    ],
)
def test_a_query_without_an_answer_raises(fault: Exception, *, answered: bool, said: str) -> None:
    played = CloudFormation(fault=fault)
    with pytest.raises(ServiceError, match=said) as raised:
        stack("Update", played).read()
    assert raised.value.answered is answered
    assert raised.value.topic == "stack-not-read"
    assert len(played.asked) == 1


def other(number: int) -> dict[str, str]:
    return {
        "LogicalResourceId": f"Other{number}",
        "ResourceType": TYPE,
        "PhysicalResourceId": f"session-{number}",
        "ResourceStatus": "CREATE_COMPLETE",
    }


def test_a_list_continues_at_the_page_that_was_refused() -> None:
    played = CloudFormation(resources=[other(number) for number in range(3)])
    asked = stack("Delete", played)
    real, pages = played.list_stack_resources, []

    def refusing(StackName: str, NextToken: str = "") -> dict[str, Any]:  # noqa: N803 - the API's names
        pages.append(NextToken)
        if len(pages) % 2 == 0:
            raise refusal("Throttling", 400)
        return real(StackName, NextToken)

    played.list_stack_resources = refusing  # type: ignore[method-assign]
    for _ in range(2):
        with pytest.raises(ServiceError):
            asked.is_held_elsewhere()
    assert not asked.is_held_elsewhere()
    assert pages == ["", "1", "1", "2", "2"]
    # Later queries start from the beginning.
    with pytest.raises(ServiceError):
        asked.is_held_elsewhere()
    assert pages[-1] == ""


def test_an_expired_page_is_not_requested_again() -> None:
    played = CloudFormation(resources=[other(number) for number in range(3)])
    asked = stack("Delete", played)
    real, pages = played.list_stack_resources, []

    def expiring(StackName: str, NextToken: str = "") -> dict[str, Any]:  # noqa: N803 - the API's names
        pages.append(NextToken)
        if len(pages) == 2:
            raise refusal("ValidationError", 400)
        return real(StackName, NextToken)

    played.list_stack_resources = expiring  # type: ignore[method-assign]
    with pytest.raises(ServiceError) as raised:
        asked.is_held_elsewhere()
    # With REFUSED, the Delete would fail at once.
    assert raised.value.kind is Kind.UNAVAILABLE
    assert not asked.is_held_elsewhere()
    assert pages == ["", "1", "", "1", "2"]


def test_a_list_without_an_end_gives_no_answer() -> None:
    resources = [other(number) for number in range(100)]
    played = CloudFormation(resources=resources)
    with pytest.raises(ServiceError, match="a list without an end"):
        stack("Delete", played).is_held_elsewhere()
    assert len(played.asked) == 10


def test_another_resource_that_holds_the_session_is_found() -> None:
    holder = {**other(1), "PhysicalResourceId": SESSION}
    assert stack("Delete", CloudFormation(resources=[other(0), holder])).is_held_elsewhere()
