"""The template of a nested stack as an asset of its parent."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import aws_cdk as cdk

from cdk_waiter._private.template.stack_graph import rendered


def publish_again(stack: cdk.Stack, hashed: dict[str, Any]) -> None:
    """Give the template of a nested stack a new asset if it has changed.

    The CDK names the asset after the template's hash before it validates the tree. A template that
    changes during validation would be uploaded under the old name, or not at all if that name
    already exists in the bucket. A new name changes the parent's template, and the parent may be
    nested, too.

    Parameters
    ----------
    stack
        The stack. If it isn't nested, nothing happens.
    hashed
        The template that the CDK hashed.
    """
    parent = stack.nested_stack_parent
    if parent is None:
        return
    template = rendered(stack)
    if template == hashed:
        return
    text = json.dumps(template, separators=(",", ":"), ensure_ascii=False)
    location = parent.synthesizer.add_file_asset(
        packaging=cdk.FileAssetPackaging.FILE,
        source_hash=hashlib.sha256(text.encode()).hexdigest(),
        file_name=stack.template_file,
        display_name=f"{stack.node.path} Nested Stack Template",
    )
    resource: Any = stack.nested_stack_resource
    resource.template_url = (
        f"https://s3.{parent.region}.{parent.url_suffix}/"
        f"{location.bucket_name}/{location.object_key}"
    )
    # The new address changes the parent's template, too.
    publish_again(parent, {})
