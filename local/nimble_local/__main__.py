"""Runs the command line: ``nimble-local``, or ``python -m nimble_local``."""

from __future__ import annotations

import sys

from nimble_local import missing_package


def main() -> int:
    """Run the command line and return its exit status."""
    try:
        # Imported here, so that a missing package leads to a sentence instead of a traceback.
        from nimble_local.cli import main as run  # noqa: PLC0415

        return run()
    except ModuleNotFoundError as missing:
        print(f"nimble-local: {missing_package(missing)}", file=sys.stderr)  # noqa: T201
        return 1


if __name__ == "__main__":
    raise SystemExit(main())
