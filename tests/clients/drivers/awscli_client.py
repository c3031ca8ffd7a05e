"""Drives the AWS CLI: requests as JSON lines on standard input, results on standard output.

Each request is a separate command line, run in this process.
"""

from __future__ import annotations

import json
import re
import sys
from contextlib import redirect_stderr, redirect_stdout
from importlib import import_module
from io import StringIO
from typing import Any

from botocore import xform_name

ERROR = re.compile(
    r"\nAn error occurred \((\w+)\) when calling the \w+ operation(?: \(.+?\))?: (.*)\n", re.DOTALL
)


def result(main: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """Carry out one request as a user would type it."""
    command = ["nimble", *(["wait"] if asked["do"] == "wait" else [])]
    command.append(xform_name(asked["name"], "-"))
    for name, value in asked["input"].items():
        command.append(f"--{xform_name(name, '-')}")
        command += [value] if isinstance(value, str) else [json.dumps(value)]
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = main(command)
    if status == 0:
        # It prints nothing if an operation has no output.
        return {"output": json.loads(out.getvalue() or "{}")}
    known = ERROR.fullmatch(err.getvalue())
    if known is None:
        return {"error": "Waiter", "message": err.getvalue()}
    return {"error": known[1], "message": known[2]}


def main() -> None:
    """Answer each input line with an output line."""
    # It isn't among the tests' packages, since it has its own environment.
    command: Any = import_module("awscli.clidriver").create_clidriver()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(result(command.main, json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
