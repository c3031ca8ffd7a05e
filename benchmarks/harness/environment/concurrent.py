"""Many invocations of the function at once.

Run it as ``python -m harness.environment.concurrent FOLDER``, with the requests on stdin.

The function is imported once and then forked, so that two cores suffice for an account in which
each invocation has its own processor. A fork corresponds to a warm environment.
"""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module

from harness.measure.probe import LambdaContext


def main() -> int:
    """Run all requests at once; return how many invocations failed."""
    sys.path.insert(0, sys.argv[1])
    handler = import_module("handler").handler
    import_module("waiter.invocation")
    requests = json.load(sys.stdin)
    children = []
    for request in requests:
        child = os.fork()
        if child == 0:
            status = 1
            try:
                handler(request, LambdaContext(900.0))
                status = 0
            finally:
                sys.stdout.flush()
                os._exit(status)
        children.append(child)
    return sum(os.waitpid(child, 0)[1] != 0 for child in children)


if __name__ == "__main__":
    raise SystemExit(min(main(), 100))
