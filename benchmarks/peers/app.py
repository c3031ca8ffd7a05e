"""The app of one peer: a stack that starts the session and outputs its ARN."""

from __future__ import annotations

import sys
from dataclasses import fields
from importlib import import_module
from typing import Any

import aws_cdk as cdk

from peers.settings import Settings


def build(peer: str, settings: Settings, folder: str | None = None) -> cdk.App:
    """Return the app of a peer.

    Parameters
    ----------
    peer
        The name of a module beside this one.
    settings
        The ids and places of the app.
    folder
        Where it is synthesised to. Default: where the CDK CLI wants it.
    """
    app = cdk.App(analytics_reporting=False, outdir=folder)
    region = settings.studio_id.partition(":")[0]
    stack = cdk.Stack(
        app, stack_name(peer), env=cdk.Environment(account="000000000000", region=region)
    )
    module: Any = import_module(f"peers.{peer}")
    cdk.CfnOutput(stack, "SessionArn", value=module.add(stack, settings))
    return app


def stack_name(peer: str) -> str:
    """Return the name of a peer's stack."""
    return "Bench" + "".join(word.capitalize() for word in peer.split("_"))


def main() -> None:
    """Synthesise the app that the context names, or those of peers into a folder each."""
    context = cdk.App().node
    settings = Settings(**{f.name: context.get_context(f.name) for f in fields(Settings)})
    if len(sys.argv) > 1:
        for peer in sys.argv[2:]:
            build(peer, settings, f"{sys.argv[1]}/{peer}").synth()
    else:
        build(context.get_context("peer"), settings).synth()


if __name__ == "__main__":
    main()
