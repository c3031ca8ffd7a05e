"""A parser of NumPy docstrings."""

from __future__ import annotations

import ast
import inspect
import itertools
import re
import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from enum import Enum

# The code imports modules of aws_cdk under shorter names.
_ALIASES = {"sfn": "stepfunctions", "acm": "certificatemanager"}
_SERVICES = (
    "acm|appstream|bedrock|codebuild|dms|ec2|ecs|glue|iam|kms|lambda|logs|medialive|rds|redshift"
    "|sagemaker|sfn|sqs|ssm|workspaces"
)
_ALIAS = re.compile(rf"\b({_SERVICES})_?\.")
_SECTION = re.compile(r"^(\w+)\n-+\n", re.MULTILINE)


def _module(alias: re.Match[str]) -> str:
    return f"aws_{_ALIASES.get(alias[1], alias[1])}."


def section(documented: object, name: str) -> dict[str, str]:
    """Return the entries of a section, such as Parameters, as lines of text by their names."""
    _, *parts = _SECTION.split(inspect.getdoc(documented) or "")
    texts = dict(zip(parts[::2], parts[1::2], strict=True))
    found: dict[str, str] = {}
    for entry in re.split(r"\n(?=\S)", texts.get(name, "").strip()):
        names, _, text = entry.partition("\n")
        found[names] = one_line(text)
    return found


def summary(documented: object) -> str:
    """Return the text before the first section, as one line."""
    return one_line(_SECTION.split(inspect.getdoc(documented) or "")[0])


def one_line(text: str) -> str:
    """Return text without line breaks, and with Markdown's marks for names in code."""
    return " ".join(text.split()).replace("``", "`")


def arguments(documented: type) -> Iterator[tuple[str, str, str]]:
    """Return name, type and description of each keyword argument of a class."""
    described = section(documented, "Parameters")
    constructor: Callable[..., object] = vars(documented)["__init__"]
    for parameter in inspect.signature(constructor).parameters.values():
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            kind = _ALIAS.sub(_module, str(parameter.annotation).removesuffix(" | None"))
            required = "Required. " if parameter.default is inspect.Parameter.empty else ""
            yield parameter.name, kind, required + described[parameter.name]


def public(documented: type) -> Iterator[tuple[str, object]]:
    """Return the public methods and properties of a class by their names."""
    for name, member in vars(documented).items():
        if not name.startswith("_"):
            yield name, member.fget if isinstance(member, property) else member


def choices(enum: type[Enum]) -> Iterator[tuple[str, str]]:
    """Return the members of an enum, each with the string that follows it in the code."""
    (defined,) = ast.parse(textwrap.dedent(inspect.getsource(enum))).body
    lines = defined.body if isinstance(defined, ast.ClassDef) else []
    for member, text in itertools.pairwise(lines):
        if isinstance(member, ast.Assign) and isinstance(text, ast.Expr):
            yield ast.unparse(member.targets[0]), one_line(str(ast.literal_eval(text.value)))
