"""The function's entry point. It answers CloudFormation even if nothing else can be imported.

So outside its guard it imports only `fallback` and `outbound`, which need just the standard
library.
"""

import os
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import fallback
from outbound import put_once


def handler(event: Mapping[str, Any], context: Any) -> None:
    """Handle a request of CloudFormation, or continue a wait that was handed over.

    Passes the kind of resource to the engine: that of the folder that RESOURCES names. Raises only
    if no answer could be delivered; Lambda then retries the event.
    """
    try:
        # Answer an import error, too.
        from waiter import invocation  # noqa: PLC0415

        folder = os.environ.get("RESOURCES") or "streaming_session"
        resource: Any = import_module(f"{folder}.resource")
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the last guard; it answers with it
        fallback.answer(event, context, error)
    else:
        invocation.handle(event, context, invocation.Dependencies(put_once, resource))
