"""Runs the command line: ``python -m nimble_local``."""

from nimble_local.cli import main

raise SystemExit(main())
