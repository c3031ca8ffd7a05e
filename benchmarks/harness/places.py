"""The files and folders of the benchmark."""

from __future__ import annotations

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
BENCHMARKS: Final = ROOT / "benchmarks"
RESULTS: Final = BENCHMARKS / "results.json"
REPEATS: Final = BENCHMARKS / "repeats"
PRICES: Final = BENCHMARKS / "prices.json"
PAGE: Final = ROOT / "docs" / "benchmarks.md"
PLOTS: Final = ROOT / "docs" / "benchmarks"
README: Final = ROOT / "README.md"

WORK: Final = ROOT / ".local" / "bench"
"""The files of a run; the next run reuses only the installed packages."""
FUNCTIONS: Final = WORK / "functions"
NODE_PATH: Final = WORK / "packages" / "node_modules"
