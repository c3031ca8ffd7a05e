"""Write docs/benchmarks.md, its plots and the README's numbers: ``make bench-page``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from harness import results
from harness.measure import cost
from harness.places import PAGE, PLOTS, README, REPEATS, RESULTS
from harness.report import (
    better,
    figures,
    measures,
    plots,
    stack_tables,
    tables,
    task_tables,
)

if TYPE_CHECKING:
    from harness.report.measures import Results

BEGIN: Final = "<!-- numbers: written by make bench-page -->\n"
END: Final = "<!-- end of the numbers -->\n"
_TEMPLATE: Final = Path(__file__).with_name("page.template.md")


def page(found: Results, repeats: list[Results]) -> str:
    """Return the page."""
    about, prices, rows = found["about"], cost.prices, found["rows"]
    machine = about["machine"]
    values = {
        "machine": f"{machine['processor']}, {machine['cores']} cores, "
        f"{machine['memory_gib']:g} GiB, {machine['system']}",
        "runs": runs(found),
        "load": ", ".join(
            f"{each['load_before']:.1f}" for each in rows.values() if "load_before" in each
        ),
        "seed": str(about["seed"]),
        "minutes": f"{sum(each['seconds'] for each in rows.values()) / 60:.0f}",
        "starts": str(len(rows["starts"]["records"])),
        "colds": str(len(rows["cold"]["cold"]["ours"])),
        "rounds": str(len(rows["deploys"]["taken"]["ours"]["deploy"])),
        "sessions": str(rows["account"]["runs"][0]["sessions"]),
        "waits": str(rows["waits"]["draws"]),
        "outages": f"{rows['outages']['starts']:,}",
        "impossible": str(rows["outages"]["impossible"]),
        "crowds": str(rows["crowds"]["draws"]),
        "scale_rounds": str(max(len(run["rounds"]) for run in rows["scale"]["runs"])),
        "task_waits": str(rows["tasks"]["draws"]),
        "price_date": prices["date"],
        "price_region": prices["region"],
        "price_sources": " and ".join(
            f"<{prices[service]['source']}>" for service in ("lambda", "step_functions")
        ),
        "better": tables.better(better.found(found)),
        "emulator": "",
        "summary": tables.summary(found, repeats),
        "verdict": f"{tables.verdict(found)} {_elsewhere('')}",
        "agreement": tables.agreement(found, repeats),
        "dollars_arm64": tables.dollars(found, "arm64"),
        "dollars_x86_64": tables.dollars(found, "x86_64"),
    }
    for name in ("lag", "waits", "requests", "outages", "arithmetic", "versions"):
        values[f"table_{name}"] = getattr(tables, name)(found)
    for name in ("templates", "cold", "memory", "deploys", "crowds", "scale", "account"):
        values[f"table_{name}"] = getattr(stack_tables, name)(found)
    values["table_synthesis"] = stack_tables.synthesis(found)
    for name in ("templates", "waits", "dollars"):
        values[f"table_task_{name}"] = getattr(task_tables, name)(found)
    if "emulator" in rows:
        values["emulator"] = f"## The emulator under load\n\n{tables.emulator(found)}\n\n"
    values |= {f"plot_{name}": picture(name, "benchmarks") for name in plots.PLOTS}
    text = _TEMPLATE.read_text(encoding="utf-8")
    for name, value in values.items():
        text = text.replace(f"{{{{{name}}}}}", value)
    return text


def runs(found: Results) -> str:
    """Return a sentence on the days and commits at which the rows were measured."""
    measured: dict[tuple[str, str], list[str]] = {}
    for name, row in found["rows"].items():
        # The first results had one commit for all rows.
        commit = row.get("commit", "before the rows had one")
        measured.setdefault((row["at"][:10], commit), []).append(name)
    if len(measured) == 1:
        ((day, commit),) = measured
        return f"All rows were measured in one run on {day}, at commit {commit}."
    several = "; ".join(
        f"{', '.join(names)} on {day}, at commit {commit}"
        for (day, commit), names in measured.items()
    )
    return f"**Not all rows are of one run**: {several}."


def picture(name: str, folder: str) -> str:
    """Return a plot for a page; the file has the colours of light and dark pages."""
    alt = (plots.PLOTS[name].__doc__ or "").removesuffix(".").removeprefix("Draw ")
    return f"![{alt}]({folder}/{name}.svg)"


def numbers(found: Results) -> str:
    """Return the README's section on the numbers."""
    rows = [tables.cells(figure) for figure in figures.summary(found) if figure.headline]
    table = tables.table(tables.HEAD, rows)
    others = "; ".join(better.found(found))
    where = "docs/benchmarks.md#where-another-way-is-better"
    seen = picture("glance", "docs/benchmarks")
    met = f"{tables.verdict(found)} {_elsewhere('docs/')}"
    cost = (
        f"The short lag costs up to {measures.most_requests(found):.1f} times the requests of the "
        f"provider framework, and a Lambda execution for each session "
        "[while it waits](docs/benchmarks.md#an-account-with-ten-executions)."
    )
    better_ones = f"[Better in places]({where}): {others}."
    return f"{seen}\n\n{met}\n\n{table}\n\n{cost}\n\n{better_ones}\n"


def _elsewhere(folder: str) -> str:
    return (
        f"**Not met, and measured by hand**: [`make deploy`]({folder}decisions.md"
        "#how-a-local-deploy-saves-time) in half of its former time."
    )


def readme(text: str, found: Results) -> str:
    """Return the README with its numbers in place.

    Raises
    ------
    ValueError
        When it has no place for them.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"README.md has no place for the numbers: {BEGIN.strip()}")
    return f"{before}{BEGIN}{numbers(found)}{END}{after}"


def repeats() -> list[Results]:
    """Return the results of the other runs."""
    return [results.read(path) for path in sorted(REPEATS.glob("*.json"))]


def write(found: Results, target: Path) -> None:
    """Write the page and its plots into a folder: docs, or another one for a preview."""
    drawn = plots.drawn(found)
    (target / PLOTS.name).mkdir(parents=True, exist_ok=True)
    for name, text in drawn.items():
        (target / PLOTS.name / name).write_text(text, encoding="utf-8")
    # A quick run has fewer sessions and starts, so it isn't compared with others.
    others = [] if found["about"]["quick"] else repeats()
    (target / PAGE.name).write_text(page(found, others), encoding="utf-8")


def main(path: Path = RESULTS) -> None:
    """Write the page, its plots and the README's numbers."""
    found = results.read(path)
    write(found, PAGE.parent)
    README.write_text(readme(README.read_text(encoding="utf-8"), found), encoding="utf-8")


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:]))
