"""Runs the benchmark: ``make bench``, or with ``QUICK=1`` as a test that everything runs."""

from __future__ import annotations

import argparse
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from harness import machine, results
from harness.install import install
from harness.places import RESULTS, WORK
from harness.progress import Progress
from harness.rows import ROWS, Run


def main() -> int:
    """Measure the rows that are wanted and write the results."""
    options = _options()
    wanted = [name for name in ROWS if not options.rows or name in options.rows.split(",")]
    path = options.results or (WORK / "quick.json" if options.quick else RESULTS)
    found = results.read(path)
    expected = {
        name: ROWS[name].quick_seconds if options.quick else ROWS[name].seconds for name in wanted
    }
    print("Getting the peers' packages ready ...", file=sys.stderr, flush=True)
    began = time.monotonic()
    install()
    progress = Progress(expected)
    found["about"] = {
        "quick": options.quick,
        "seed": options.seed,
        "machine": machine.machine(),
        "versions": machine.versions(),
    }
    for name in wanted:
        progress.begin(name, ROWS[name].title)
        at, load = datetime.now(UTC).isoformat(timespec="seconds"), machine.load()
        # Each row draws for itself, so that one can be measured again alone.
        random = Random(f"{options.seed} {name}")  # noqa: S311 - not for secrets
        data = ROWS[name].measure(Run(options.quick, random, progress))
        taken = round(progress.end(), 1)
        found["rows"][name] = {"at": at, "seconds": taken, "load_before": load, **data}
        # What was measured stays measured when a later row fails.
        results.write(path, found)
    missing = [name for name in ROWS if name not in found["rows"]]
    print(f"Done in {time.monotonic() - began:.0f} s: {path}", file=sys.stderr)
    if missing:
        print(f"Not measured: {', '.join(missing)}", file=sys.stderr)
    return 1 if missing else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="once each, to see that all runs")
    parser.add_argument("--rows", help=f"only these, separated by commas: {', '.join(ROWS)}")
    parser.add_argument("--seed", type=int, default=20261125, help="default: %(default)s")
    parser.add_argument("--results", type=Path, help="where to write the results")
    return parser.parse_args()


raise SystemExit(main())
