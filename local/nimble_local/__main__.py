"""Runs the command line: ``nimble-local``, or ``python -m nimble_local``."""

from __future__ import annotations

import sys

from nimble_local.extra import explained


def main() -> int:
    """Run the command that was typed and return its exit status."""
    try:
        # Here, so that a missing package is told and not shown as a trace.
        from nimble_local.cli import main as run  # noqa: PLC0415

        return run()
    except ModuleNotFoundError as missing:
        print(f"nimble-local: {explained(missing)}", file=sys.stderr)  # noqa: T201
        return 1


if __name__ == "__main__":
    raise SystemExit(main())
