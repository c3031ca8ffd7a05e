"""Run the benchmark: ``make bench``, or with ``QUICK=1`` only to check that it runs."""

from __future__ import annotations

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from harness import results
from harness.environment import cloud, machine
from harness.environment.install import install
from harness.places import RESULTS, WORK
from harness.progress import Rows
from harness.report import page, tables
from harness.rows import LENGTHS, ROWS, RowInputs, measure_beside_others, random_of

if TYPE_CHECKING:
    from collections.abc import Callable

QUICK_LANES: Final = 3
"""The number of rows that a quick run measures at a time; one of them mostly waits."""


def main() -> int:
    """Measure the rows, write the results and the page, and print every figure with its target."""
    options = _options()
    path = options.results or (WORK / "quick.json" if options.quick else RESULTS)
    began = time.monotonic()
    print("Getting the peers' packages ready ...", file=sys.stderr, flush=True)
    install()
    measuring = Measuring(options, path)
    measuring.run()
    print(tables.printed(measuring.found))
    missing = [name for name in ROWS if name not in measuring.found["rows"]]
    if missing:
        print(f"Not measured: {', '.join(missing)}", file=sys.stderr)
    elif path.resolve() == RESULTS:
        page.main()
    else:
        # A result that can't be shown is an error.
        page.write(measuring.found, WORK / "page")
    print(f"Done in {time.monotonic() - began:.0f} s: {path}", file=sys.stderr)
    return 1 if missing else 0


class Measuring:
    """One run.

    Attributes
    ----------
    found
        The results so far.
    """

    def __init__(self, options: argparse.Namespace, path: Path) -> None:
        self._options, self._path, self._writing = options, path, Lock()
        self._wanted = [n for n in ROWS if not options.rows or n in options.rows.split(",")]
        seconds = {n: ROWS[n].quick_seconds if options.quick else ROWS[n].seconds for n in ROWS}
        expected = {name: seconds[name] for name in self._wanted}
        self._rows = Rows(expected, lanes=QUICK_LANES if options.quick else 1)
        # With --rows, the file's other rows stay.
        self.found: dict[str, Any] = results.read(path) if options.rows else {"rows": {}}
        about = {"quick": options.quick, "seed": options.seed, "machine": machine.machine()}
        versions = machine.versions()
        self._commit = versions["commit"]
        self.found = {**self.found, "about": about | {"versions": versions}}

    def run(self) -> None:
        """Measure all rows; several at a time if their times don't count."""
        if not self._options.quick:
            self._measure_untimed([name for name in self._wanted if not ROWS[name].timed])
        with ExitStack() as stack:
            shared = cache(lambda: stack.enter_context(cloud.running(LENGTHS[0])))
            if self._options.quick:
                self._measure_together(stack, shared)
                return
            for name in self._wanted:
                if ROWS[name].timed:
                    self._measure(name, shared)

    def _measure_together(self, stack: ExitStack, shared: Callable[[], cloud.BenchCloud]) -> None:
        """Measure all rows of a quick run, `QUICK_LANES` at a time."""
        # The CDK's check of templates takes three quarters of a synthesis.
        os.environ["CDK_VALIDATION"] = "false"
        clouded = [name for name in self._wanted if ROWS[name].in_cloud]
        alone = [name for name in self._wanted if not ROWS[name].in_cloud]
        beside = stack.enter_context(ThreadPoolExecutor(QUICK_LANES - 1))
        if clouded:
            # Only the main thread can start it, since it handles signals.
            shared()
        # An interrupt drops the rows that haven't begun, then ends the cloud, and waits last: the
        # starts would hold it up for a minute.
        stack.callback(beside.shutdown, wait=False, cancel_futures=True)
        done = [beside.submit(self._measure, name, shared) for name in clouded[1:] + alone]
        for name in clouded[:1]:
            self._measure(name, shared)
        for each in done:
            each.result()

    def _measure_untimed(self, names: list[str]) -> None:
        """Measure rows that other work doesn't change, each in a separate process."""
        if not names:
            return
        at = _now()
        # A fresh interpreter: a fork would share the connection to jsii.
        with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
            made = {
                pool.submit(measure_beside_others, name, self._options.seed): (
                    name,
                    self._rows.begin(name, ROWS[name].title),
                )
                for name in names
            }
            for done in as_completed(made):
                name, progress = made[done]
                seconds, data = done.result()
                progress.end()
                self._keep(name, {"at": at, "commit": self._commit, "seconds": seconds, **data})

    def _measure(self, name: str, shared: Callable[[], cloud.BenchCloud]) -> None:
        row, options = ROWS[name], self._options
        progress = self._rows.begin(name, row.title)
        at, load = _now(), machine.load()
        random = random_of(name, options.seed)
        data = row.measure(RowInputs(options.quick, shared, random, progress))
        taken = round(progress.end(), 1)
        about = {"at": at, "commit": self._commit, "seconds": taken, "load_before": load}
        self._keep(name, {**about, **data})

    def _keep(self, name: str, row: dict[str, Any]) -> None:
        with self._writing:
            self.found["rows"][name] = row
            # The rows so far are kept when a later one fails.
            results.write(self._path, self.found)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="each row once, only to see that it runs"
    )
    parser.add_argument("--rows", help=f"only these, separated by commas: {', '.join(ROWS)}")
    parser.add_argument("--seed", type=int, default=20261125, help="default: %(default)s")
    parser.add_argument("--results", type=Path, help="where to write the results")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
