"""The template of a peer for many stacks, with its assets published as the CLI would do it."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING, Final

from harness.places import BENCHMARKS, FUNCTIONS, ROOT, WORK
from nimble_local.emulator.seed.default_seed import STUDIO_ID

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from harness.environment.cloud import BenchCloud

_SESSION: Final = "SESSION-OF-THE-TEMPLATE"
_ENDPOINT: Final = "http://endpoint.of.the.template"


def publish(cloud: BenchCloud, peers: Sequence[str]) -> dict[str, str]:
    """Synthesise peers and upload their assets; return their templates as text for `filled`."""
    folder = WORK / "assemblies"
    context = {
        "studio_id": STUDIO_ID,
        "session_id": _SESSION,
        "endpoint_url": _ENDPOINT,
        "functions": str(FUNCTIONS),
    }
    environment = {
        **os.environ,
        "PYTHONPATH": str(BENCHMARKS),
        "CDK_CONTEXT_JSON": json.dumps(context),
    }
    command = [sys.executable, "-m", "peers.app", str(folder), *peers]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)  # noqa: S603
    return {peer: _uploaded(cloud, folder / peer) for peer in peers}


def _uploaded(cloud: BenchCloud, out: Path) -> str:
    (manifest,) = out.glob("*.assets.json")
    for asset in json.loads(manifest.read_text())["files"].values():
        if asset["source"]["packaging"] == "zip":
            body = _zipped(out / asset["source"]["path"])
            for to in asset["destinations"].values():
                bucket = to["bucketName"]
                cloud.client("s3").put_object(Bucket=bucket, Key=to["objectKey"], Body=body)
    (template,) = out.glob("*.template.json")
    return template.read_text(encoding="utf-8")


def filled(template: str, session_id: str, endpoint_url: str) -> str:
    """Return the template of one stack."""
    return template.replace(_SESSION, session_id).replace(_ENDPOINT, endpoint_url)


def _zipped(folder: Path) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder))
    return packed.getvalue()
