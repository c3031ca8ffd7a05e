"""The app of one peer: a stack that starts the session and outputs its ARN."""

from __future__ import annotations

from dataclasses import fields
from importlib import import_module
from typing import Any

import aws_cdk as cdk

from peers.settings import Settings


def build(peer: str, settings: Settings) -> cdk.App:
    """Return the app of a peer.

    Parameters
    ----------
    peer
        The name of a module beside this one.
    settings
        The ids and places of the app.
    """
    app = cdk.App(analytics_reporting=False)
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
    """Synthesise the app that the context names."""
    context = cdk.App().node
    settings = Settings(**{f.name: context.get_context(f.name) for f in fields(Settings)})
    build(context.get_context("peer"), settings).synth()


if __name__ == "__main__":
    main()
