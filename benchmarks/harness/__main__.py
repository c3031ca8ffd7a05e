"""Runs the benchmark: ``make bench``, or with ``QUICK=1`` as a test that everything runs."""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from random import Random

from harness import cloud, machine, page, results
from harness.install import install
from harness.places import RESULTS, WORK
from harness.progress import Progress
from harness.rows import ROWS, START_SECONDS, Run


def main() -> int:
    """Measure the rows that are wanted and write the results."""
    options = _options()
    path = options.results or (WORK / "quick.json" if options.quick else RESULTS)
    began = time.monotonic()
    print("Getting the peers' packages ready ...", file=sys.stderr, flush=True)
    install()
    missing = _measure(options, path)
    print(f"Done in {time.monotonic() - began:.0f} s: {path}", file=sys.stderr)
    if not missing and path == RESULTS:
        page.main()
    elif not missing:
        # What can't be shown was not measured well.
        page.write(results.read(path), WORK / "page")
    if missing:
        print(f"Not measured: {', '.join(missing)}", file=sys.stderr)
    return 1 if missing else 0


def _measure(options: argparse.Namespace, path: Path) -> list[str]:
    """Measure, and return which rows there are no results of."""
    wanted = [name for name in ROWS if not options.rows or name in options.rows.split(",")]
    progress = Progress(
        {n: ROWS[n].quick_seconds if options.quick else ROWS[n].seconds for n in wanted}
    )
    # Other rows stay only when some are measured again.
    found = results.read(path) if options.rows else {"about": {}, "rows": {}}
    found["about"] = {
        "quick": options.quick,
        "seed": options.seed,
        "machine": machine.machine(),
        "versions": machine.versions(),
    }
    with ExitStack() as stack:
        shared = cache(lambda: stack.enter_context(cloud.running(START_SECONDS)))
        for name in wanted:
            progress.begin(name, ROWS[name].title)
            at, load = datetime.now(UTC).isoformat(timespec="seconds"), machine.load()
            # Each row draws for itself, so that one can be measured again alone.
            random = Random(f"{options.seed} {name}")  # noqa: S311 - not for secrets
            data = ROWS[name].measure(Run(options.quick, shared, random, progress))
            taken = round(progress.end(), 1)
            found["rows"][name] = {"at": at, "seconds": taken, "load_before": load, **data}
            # What was measured stays measured when a later row fails.
            results.write(path, found)
    return [name for name in ROWS if name not in found["rows"]]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="once each, to see that all runs")
    parser.add_argument("--rows", help=f"only these, separated by commas: {', '.join(ROWS)}")
    parser.add_argument("--seed", type=int, default=20261125, help="default: %(default)s")
    parser.add_argument("--results", type=Path, help="where to write the results")
    return parser.parse_args()


raise SystemExit(main())
