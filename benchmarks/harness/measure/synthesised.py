"""Figures of each peer's template: ``python -m harness.measure.synthesised``."""

from __future__ import annotations

import json
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from harness.peers import PEERS
from harness.places import FUNCTIONS
from nimble_local.emulator.seed.default_seed import SESSION_ID, STUDIO_ID
from peers.app import build
from peers.settings import Settings
from testkit.construct import nag

if TYPE_CHECKING:
    from collections.abc import Iterator

# The actions of a managed policy that the CDK attaches to functions.
_MANAGED: Final = {
    "AWSLambdaBasicExecutionRole": {
        "logs:CreateLogGroup",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    }
}


def figures(peer: str) -> dict[str, Any]:
    """Synthesise the app of a peer, alone and with cdk-nag; return its figures."""
    # The URL is as long as a real one, but has no server.
    url = "http://127.0.0.1:45710"
    settings = Settings(STUDIO_ID, SESSION_ID, url, str(FUNCTIONS))
    (artifact,) = build(peer, settings).synth().stacks
    template = Path(artifact.template_full_path)
    folders = _assets(template)
    resources = json.loads(template.read_text())["Resources"]
    # The resource that represents the session doesn't count.
    own = [r for r in resources.values() if not r["Type"].startswith("Custom::")]
    functions = [r["Properties"] for r in own if r["Type"] == "AWS::Lambda::Function"]
    found = nag.findings(build(peer, settings))
    return {
        "resources": len(own),
        "functions": len(functions),
        "runtimes": sorted({each["Runtime"] for each in functions}),
        "template_bytes": template.stat().st_size,
        "asset_bytes": sum(_zipped(folder) for folder in folders),
        "asset_files": sum(1 for folder in folders for _ in _files(folder)),
        "iam_actions": len(set(_actions(own))),
        "iam_grants": len(list(_actions(own))),
        "findings": {pack: rules.total() for pack, rules in found.items()},
    }


def _assets(template: Path) -> list[Path]:
    manifest = json.loads(template.with_suffix("").with_suffix(".assets.json").read_text())
    sources = [each["source"] for each in manifest["files"].values()]
    return [template.parent / s["path"] for s in sources if s["packaging"] == "zip"]


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _zipped(folder: Path) -> int:
    with tempfile.TemporaryFile() as packed:
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in _files(folder):
                archive.write(path, path.relative_to(folder))
        return packed.tell()


def _actions(resources: list[dict[str, Any]]) -> Iterator[str]:
    """Return the actions that the roles of a template may take, once for each role."""
    for resource in resources:
        properties = resource["Properties"]
        if resource["Type"] == "AWS::IAM::Policy":
            allowed: set[str] = set()
            for statement in properties["PolicyDocument"]["Statement"]:
                actions = statement["Action"]
                allowed.update([actions] if isinstance(actions, str) else actions)
            yield from allowed
        if resource["Type"] == "AWS::IAM::Role":
            attached = json.dumps(properties.get("ManagedPolicyArns", []))
            for name, actions in _MANAGED.items():
                if name in attached:
                    yield from actions


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps({peer.name: figures(peer.name) for peer in PEERS}))
