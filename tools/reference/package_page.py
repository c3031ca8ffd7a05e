"""Build hook: the addresses of the project, and the README as a package index shows it.

The repository's address is that of the clone's ``origin``. Links in the README then lead to the
pages there. Without an address they become plain text, since the package index doesn't have the
files.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from hatchling.metadata.plugin.interface import MetadataHookInterface

_NOTE = """\
> The pages that this one names are in the package:
> `python -m cdk_nimble_streaming_session.docs` lists them.

"""
_SSH = re.compile(r"(?:ssh://)?git@([^:/]+)[:/](?!\d)(.+)")
_IMAGE = re.compile(r"(!\[[^\]]*\]\()(?!https?:)([^)\s]+\))\n*")
_LINK = re.compile(r"\[([^\]]+)\]\((?!https?:|#)([^)\s]+)\)")


class PackagePage(MetadataHookInterface):
    """Sets ``readme`` and ``urls``, which ``pyproject.toml`` declares as dynamic."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add both fields; part of hatchling's interface."""
        root = Path(self.root)
        source = address(origin(root))
        text = readme((root / "README.md").read_text(encoding="utf-8"), source)
        metadata["readme"] = {"content-type": "text/markdown", "text": text}
        metadata["urls"] = urls(source)


def origin(root: Path) -> str:
    """Return the address that a clone comes from; empty outside of a clone."""
    command = ["git", "-C", str(root), "config", "--local", "--get", "remote.origin.url"]
    try:
        # "git" is looked up in PATH, since its place depends on the machine.
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    except OSError:
        return ""
    return done.stdout.strip()


def address(remote: str) -> str:
    """Return the page of a remote repository, without credentials; empty for a local one."""
    if ssh := _SSH.fullmatch(remote):
        remote = f"https://{ssh[1]}/{ssh[2]}"
    parts = urlsplit(remote)
    if parts.scheme != "https" or "." not in (parts.hostname or ""):
        return ""
    return f"https://{parts.hostname}{parts.path.rstrip('/').removesuffix('.git')}"


def urls(source: str) -> dict[str, str]:
    """Return the project's addresses by their labels."""
    if not source:
        return {}
    return {
        "Source": source,
        "Documentation": f"{source}/blob/HEAD/docs/reference.md",
        "Changelog": f"{source}/blob/HEAD/CHANGELOG.md",
        "Issues": f"{source}/issues",
    }


def readme(text: str, source: str) -> str:
    """Return the README with links that work outside the repository."""
    # The repository's page about an image isn't the image itself.
    text = _IMAGE.sub(rf"\1{source}/raw/HEAD/\2\n\n" if source else "", text)
    if source:
        return _LINK.sub(rf"[\1]({source}/blob/HEAD/\2)", text)
    title, _, rest = _LINK.sub(r"\1", text).partition("\n\n")
    return f"{title}\n\n{_NOTE}{rest}"
