"""The page shows the measured figures."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest

from harness import results
from harness.peers import FRAMEWORK, OURS, PEERS
from harness.places import PAGE, PLOTS, README, RESULTS
from harness.report import better, figures, measures, page, plots, tables
from harness.rows import ROWS
from harness.virtual import waits

WRITE = "The results or what writes them have changed: make bench-page"


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return results.read(RESULTS)


def test_the_page_is_made_from_the_results(found: dict[str, Any]) -> None:
    assert PAGE.read_text(encoding="utf-8") == page.page(found, page.repeats()), WRITE


def test_the_plots_are_made_from_the_results(found: dict[str, Any]) -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in PLOTS.iterdir()}
    assert written == plots.drawn(found), WRITE


def test_the_readme_has_the_numbers_of_the_results(found: dict[str, Any]) -> None:
    text = README.read_text(encoding="utf-8")
    assert text == page.readme(text, found), WRITE


def amount(text: str) -> float:
    return float(text.lstrip("$").split()[0].replace(",", ""))


def test_a_row_makes_one_comparison(found: dict[str, Any]) -> None:
    """A value without a unit is the ratio of the two figures before it, both rounded as shown."""
    for figure in figures.summary(found):
        if figure.is_ratio:
            ratio = amount(figure.ours) / amount(figure.theirs)
            assert figure.value == pytest.approx(ratio, rel=0.1), figure


def test_every_row_was_measured_in_full(found: dict[str, Any]) -> None:
    assert not found["about"]["quick"]
    assert set(ROWS) - {"emulator"} <= set(found["rows"])
    assert tuple(measures.waits(found)) == waits.LENGTHS
    assert found["rows"]["outages"]["starts"] == 5000
    for peer in PEERS:
        for nominal in measures.lengths(found) if peer.deployed else ():
            # The others have no target here.
            wanted = 10 if peer in (OURS, FRAMEWORK) else 5
            assert len(measures.records(found, peer.name, nominal)) >= wanted
    for kind in found["rows"]["cold"]["cold"].values():
        assert len(kind) >= 15
    assert measures.crowd(found)["sessions"] == 200


def test_a_start_counts_with_the_mean_over_all_ends_between_two_reads() -> None:
    start = {"seconds": 12.0, "lag": 3.4, "reads": [0.0, 5.0, 10.0, 15.0, 15.2]}
    # READY at any time from 10 to 15 s, and the answer 0.4 s after the read.
    assert measures.expected_lag(start) == pytest.approx(2.5 + 0.4)
    assert measures.expected_lag({**start, "seconds": 14.9, "lag": 0.5}) == pytest.approx(2.9)
    assert measures.expected_lag({**start, "reads": [60.0]}) is None
    assert measures.expected_lag({**start, "reads": [0.0, 5.0]}) is None


def test_without_a_read_before_each_end_the_lags_that_happened_count() -> None:
    start = {"peer": "ours", "nominal": 2.0, "seconds": 3.0, "lag": 1.4, "reads": [0.0, 4.0]}
    late = {**start, "lag": 0.6, "reads": [3.2]}
    both = {"rows": {"starts": {"records": [start, start]}}}
    assert measures.lag(both, "ours", 2.0) == pytest.approx(2.0 + 0.4)
    both["rows"]["starts"]["records"] = [start, late]
    assert measures.lag(both, "ours", 2.0) == pytest.approx(1.0)


def changed_lags(found: dict[str, Any], seconds: float) -> dict[str, Any]:
    changed = deepcopy(found)
    for row in changed["rows"]["waits"]["lengths"]:
        row["ours"]["lag"] = seconds
    return changed


def test_a_missed_target_is_as_prominent_as_one_that_is_met(found: dict[str, Any]) -> None:
    what, wanted = "lag, starts of 600 s, in virtual time", "≤ 1.05"
    met, missed = changed_lags(found, 2.0), changed_lags(found, 3.0)
    line = "| {} | {} s | 2.50 s, provider framework | **{}** | ≤ 1.05, **{}** |\n"
    for shown in (page.page(met, []), page.numbers(met)):
        assert line.format(what, "2.00", "0.80", "met") in shown
        assert f"{what}, 0.80 ({wanted})" not in shown
    for shown in (page.page(missed, []), page.numbers(missed)):
        assert line.format(what, "3.00", "1.20", "NOT MET") in shown
        assert f"{what}, 1.20 ({wanted})" in shown
    assert "1.20" not in tables.verdict(met)


def test_the_terminal_shows_every_figure_that_was_measured(found: dict[str, Any]) -> None:
    shown = tables.printed(found)
    for figure in figures.summary(found):
        assert figure.verdict.replace("**", "") in shown
        assert figure.what in shown
    only = {"rows": {"crowds": found["rows"]["crowds"]}}
    assert [line.split("  ")[0] for line in tables.printed(only).splitlines()[:2]] == [
        "figure",
        "200 sessions at 10 requests a second, in virtual time",
    ]


def test_the_worst_length_is_named(found: dict[str, Any]) -> None:
    changed = changed_lags(found, 2.0)
    changed["rows"]["waits"]["lengths"][5]["ours"]["lag"] = 5.0
    (worst,) = (f for f in figures.summary(changed) if "worst" in f.what)
    assert (worst.ours, worst.value, worst.met) == ("5.00 s, starts of 60 s", 2.0, False)


def test_the_readme_names_the_cost(found: dict[str, Any]) -> None:
    changed = deepcopy(found)
    for row in changed["rows"]["waits"]["lengths"]:
        row["ours"]["requests"] = 2 * row["provider_framework"]["requests"]
    changed["rows"]["waits"]["lengths"][3]["ours"]["requests"] *= 1.25
    for record in measures.records(changed, OURS.name):
        record["requests"] = 0
    assert "costs up to 2.5 times the requests" in page.numbers(changed)
    for record in measures.records(changed, FRAMEWORK.name, 2.0):
        record["requests"] = 1
    for record in measures.records(changed, OURS.name, 2.0):
        record["requests"] = 3
    assert "costs up to 3.0 times the requests" in page.numbers(changed)


def test_rows_of_several_runs_are_named(found: dict[str, Any]) -> None:
    changed = deepcopy(found)
    for row in changed["rows"].values():
        row |= {"at": "2026-11-26T12:00:00+00:00", "commit": "abc1234"}
    assert page.runs(changed) == (
        "All rows were measured in one run on 2026-11-26, at commit abc1234."
    )
    changed["rows"]["cold"]["commit"] = "def5678"
    assert "cold on 2026-11-26, at commit def5678" in page.runs(changed)


def test_nothing_is_left_to_fill_in(found: dict[str, Any]) -> None:
    assert "{{" not in page.page(found, [])


@pytest.mark.parametrize(
    "path",
    [
        ("templates", "ours", "resources"),
        ("cold", "cold", "ours"),
        ("cold", "memory", "ours", "start"),
        ("deploys", "taken", "ours", "deploy"),
        ("scale", "runs", 0, "seconds_to_answered"),
        ("waits", "lengths", 0, "ours", "lag"),
        ("outages", "ways", 0, "lost"),
        ("crowds", "runs", 0, "seconds"),
        ("account", "runs", 0, "largest_in_time"),
        ("tasks", "instance", "ways", "ours", "lines"),
        ("tasks", "run", "ways", "aws_custom_resource", "findings"),
        ("tasks", "run", "lengths", 0, "provider_framework", "lag"),
    ],
)
def test_a_changed_number_changes_the_page(found: dict[str, Any], path: tuple[Any, ...]) -> None:
    changed = deepcopy(found)
    holder = changed["rows"]
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = more(holder[path[-1]])
    assert page.page(changed, []) != page.page(found, []) or plots.drawn(changed) != plots.drawn(
        found
    )


def test_each_case_in_which_another_way_is_better_is_named(found: dict[str, Any]) -> None:
    changed = deepcopy(found)
    framework = changed["rows"]["templates"]["provider_framework"]
    framework["resources"] = changed["rows"]["templates"]["ours"]["resources"] - 1
    changed["rows"]["deploys"]["taken"]["provider_framework"]["synth"] = [[0.5, 0.5]]
    changed["rows"]["deploys"]["taken"]["ours"]["synth"] = [[1.0, 1.0]]
    named = better.found(changed)["provider framework"]
    assert ("resources", "3", "4") in named
    assert ("time of cdk, synth", "0.5 s", "1.0 s") in named
    assert all(case not in better.found(found)["provider framework"] for case in named[:1])
    assert "| provider framework | resources | 3 | 4 |" in page.page(changed, [])


def test_the_growth_of_synthesis_is_per_session(found: dict[str, Any]) -> None:
    sizes = [
        (1, 1, False, 2.04),
        (1, 200, False, 10.0),
        (1, 400, False, 22.0),
        (1, 1, True, 2.95),
        (100, 1, True, 17.8),
        (200, 1, True, 42.8),
    ]
    names = ("stacks", "sessions", "vpc", "cpu_seconds")
    changed = deepcopy(found)
    changed["rows"]["synthesis"]["runs"] = [dict(zip(names, each, strict=True)) for each in sizes]
    shown = page.page(changed, [])
    assert "| 1 | 400 | 22.0 s | 0.050 s |" in shown
    assert "| 200, with `vpc` | 1 | 42.8 s | 0.200 s |" in shown
    growths = [f.value for f in figures.summary(changed) if f.what.startswith("synthesis")]
    assert growths == pytest.approx([1.25, 1.335], abs=0.01)


def more(value: Any) -> Any:
    if isinstance(value, list):
        return [more(each) for each in value]
    if isinstance(value, dict):
        return {name: more(each) for name, each in value.items()}
    return value + 1000


@pytest.mark.parametrize("peer", [peer.name for peer in PEERS if peer.deployed])
def test_a_changed_lag_changes_the_page(found: dict[str, Any], peer: str) -> None:
    changed = deepcopy(found)
    for record in measures.records(changed, peer):
        record["lag"] += 1000
    assert tables.lag(changed) != tables.lag(found)


def test_a_changed_bill_changes_the_page(found: dict[str, Any]) -> None:
    changed = deepcopy(found)
    for record in changed["rows"]["starts"]["records"]:
        for invocation in record["invocations"]:
            invocation[1] += 1000
    assert tables.dollars(changed, "arm64") != tables.dollars(found, "arm64")


def test_a_readme_without_a_place_for_the_numbers_is_refused(found: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no place for the numbers"):
        page.readme("# Title\n", found)


def test_results_are_read_as_they_were_written(found: dict[str, Any], tmp_path: Any) -> None:
    results.write(tmp_path / "again.json", found)
    assert results.read(tmp_path / "again.json") == found
    assert (tmp_path / "again.json").read_text() == RESULTS.read_text()
    assert json.loads(RESULTS.read_text()) == found


def test_a_target_that_another_run_missed_is_shown(found: dict[str, Any]) -> None:
    number = len(figures.summary(found))
    assert f"The other runs meet {number} of {number} targets." in page.page(found, [found])
    other = changed_lags(found, 3.0)
    shown = page.page(found, [found, other])
    missed = sum(not figure.met for figure in figures.summary(other))
    assert f"meet {number} of {number} and {number - missed} of {number} targets." in shown
    assert shown.count(" **NOT MET** |\n") == missed > 0


def test_values_that_differ_between_runs_are_named(found: dict[str, Any]) -> None:
    assert tables.agreement(found, []) == "This is one run."
    assert "agree on every ratio" in tables.agreement(found, [found])
    other = deepcopy(found)
    for times in other["rows"]["deploys"]["taken"]["ours"].values():
        times[:] = [[3 * wall, 3 * cpu] for wall, cpu in times]
    assert "except: cdk synth, processor time (" in tables.agreement(found, [other])
