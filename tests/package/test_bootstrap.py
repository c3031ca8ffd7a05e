"""The local cloud's bootstrap template is that of the pinned CLI."""

from __future__ import annotations

import subprocess
from pathlib import Path

from nimble_local.cloud.gate.bootstrap import template

CLI = Path(__file__).parents[2] / "node_modules" / ".bin" / "cdk"


def test_the_template_is_what_the_cli_prints(tmp_path: Path) -> None:
    shown = subprocess.run(  # noqa: S603 - the pinned CLI
        [str(CLI), "bootstrap", "--show-template", "--no-notices"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert template() == shown.stdout, (
        "node_modules/.bin/cdk bootstrap --show-template "
        ">local/nimble_local/cloud/gate/bootstrap.yaml"
    )
