"""Reads the subset of YAML that JSON can express: no dates, no repeated keys, few aliases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import yaml

from nimble_local.emulator.service.shapes import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_REPEATED: Final = 1_000_000
"""The number of characters that aliases may add to a document."""


class _Loader(yaml.SafeLoader):
    """Reads a date as text, as JSON does."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - as in the base
        first: [(tag, rule) for tag, rule in rules if not tag.endswith(":timestamp")]
        for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def load(text: str) -> Any:
    """Parse a YAML document.

    Raises
    ------
    ValueError
        It isn't YAML, has a key twice, or is much longer once its aliases are replaced; the
        message says in which line.
    """
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
        if root is None:
            return None
        _check(root, len(text))
        return loader.construct_document(root)
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1} is not YAML: " if error.problem_mark else ""
        raise ValueError(f"{line}{error.problem}") from error
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from error


def _check(root: yaml.Node, length: int) -> None:
    """Check for repeated keys, and aliases that repeat too much of the document.

    Parameters
    ----------
    root
        The nodes of a document. A node with aliases is the same object in several places.
    length
        The document's length in characters.

    Raises
    ------
    ValueError
        The message says where it is.
    """
    sizes: dict[yaml.Node, int] = {}

    def size(node: yaml.Node) -> int:
        """Return the size of a node in characters, including everything that aliases repeat."""
        if node not in sizes:
            # A node that contains itself has no size; it's refused later as a circular reference.
            sizes[node] = 0
            own = len(node.value) if isinstance(node, yaml.ScalarNode) else 0
            sizes[node] = 1 + own + sum(map(size, _parts(node)))
            if sizes[node] > length + MAX_REPEATED:
                raise ValueError(
                    f"line {node.start_mark.line + 1}: aliases repeat more than {MAX_REPEATED} "
                    "characters. Write fewer of them"
                )
        return sizes[node]

    size(root)


def _parts(node: yaml.Node) -> Iterator[yaml.Node]:
    """Yield the nodes in a node: a mapping's keys and values, a sequence's items.

    Raises
    ------
    ValueError
        A key appears twice.
    """
    if isinstance(node, yaml.SequenceNode):
        yield from node.value
    if not isinstance(node, yaml.MappingNode):
        return
    lines: dict[tuple[str, str], int] = {}
    for key, value in node.value:
        name, line = (key.tag, str(key.value)), key.start_mark.line + 1
        if name in lines:
            raise ValueError(
                f"line {line}: the key {shown(key.value)} is in line {lines[name]} as well"
            )
        lines[name] = line
        yield key
        yield value
