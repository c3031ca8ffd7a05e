"""The entry point with declared resources, even where nothing can be loaded."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import fallback
import handler
from declared import resource
from declared.advice import HINTS
from testkit.declared.declarations import declared_event, execution, fleet
from testkit.function.simulation import Simulation, event
from waiter import invocation
from waiter.wait.model import Rule

if TYPE_CHECKING:
    from waiter.invocation import Dependencies

PAGE = Path(__file__).parents[3] / "docs" / "operations.md"
RUN = "arn:aws:states:us-west-2:111122223333:execution:Index:" + "x" * 80


@pytest.mark.parametrize(
    ("folder", "noun"), [("declared", "id"), ("streaming_session", "session"), ("", "session")]
)
def test_the_environment_names_the_kind_of_resource(
    monkeypatch: pytest.MonkeyPatch, folder: str, noun: str
) -> None:
    given: list[str] = []

    def handle(_event: Any, _context: Any, dependencies: Dependencies) -> None:
        given.append(dependencies.resource.NOUN)

    monkeypatch.setattr(invocation, "handle", handle)
    monkeypatch.setenv("RESOURCES", folder)
    handler.handler(event(), None)
    assert given == [noun]


@pytest.mark.parametrize(
    ("made", "status", "physical_id"),
    [
        (declared_event("Create", fleet()), "FAILED", "studio:not-started"),
        (declared_event("Delete", fleet()), "SUCCESS", "studio"),
        (declared_event("Delete", fleet(OnDelete="STOP")), "FAILED", "studio"),
        (declared_event("Delete", execution(OnDelete="CANCEL"), physical_id=RUN), "FAILED", RUN),
        (declared_event("Delete", execution(OnDelete="NOTHING"), physical_id=RUN), "SUCCESS", RUN),
        ({**declared_event("Create", execution()), "Run": RUN, "Continuation": {}}, "FAILED", RUN),
    ],
)
def test_a_function_that_can_not_be_loaded_answers(
    monkeypatch: pytest.MonkeyPatch, made: dict[str, Any], status: str, physical_id: str
) -> None:
    sent: list[dict[str, Any]] = []
    monkeypatch.setitem(sys.modules, "declared.resource", None)
    monkeypatch.setenv("RESOURCES", "declared")
    make = fallback.failed

    def failed(*given: Any, **named: Any) -> dict[str, Any]:
        sent.append(make(*given, **named))
        return sent[0]

    monkeypatch.setattr(fallback, "failed", failed)
    monkeypatch.setattr(fallback, "deliver", lambda *_: True)
    handler.handler(made, Simulation().context())
    assert (sent[0]["Status"], sent[0]["PhysicalResourceId"]) == (status, physical_id)
    noun = made["ResourceProperties"]["Noun"]
    assert (f"Nothing was done to the {noun}. " in sent[0]["Reason"]) is ("Run" not in made)


def test_every_id_fits_into_an_answer() -> None:
    made = fleet(Id="x" * 5000)
    assert len(fallback.named(declared_event("Create", made))) < 1000


def test_the_page_and_the_code_name_the_same_entries() -> None:
    entry = re.compile(r"^### (\S+)\n(.*?)(?=^##)", re.MULTILINE | re.DOTALL)
    entries = dict(entry.findall(PAGE.read_text(encoding="utf-8")))
    for topic, hint in HINTS.items():
        assert f"** {hint}" in entries[topic]
    assert {rule.value for rule in Rule} <= {*HINTS}


def test_no_attribute_is_cut() -> None:
    assert resource.stays_whole("Tags")
