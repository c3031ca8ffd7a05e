"""Resources of one stack and their references, once the app is complete."""

from __future__ import annotations

import json
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import aws_cdk as cdk
import jsii

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_SUBSTITUTED: Final = re.compile(r"\$\{([A-Za-z0-9]+)[.}]")
# EC2 ids, which an app may use for resources that it doesn't create.
_EC2_ID: Final = re.compile(r"[a-z]+-[0-9a-f]{1,17}")
_POLICY: Final = "AWS::IAM::Policy"


@jsii.implements(cdk.ISynthesisSession)
class _Session:
    """A synthesis into a separate folder."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._assembly = cdk.cx_api.CloudAssemblyBuilder(folder)

    @property
    def assembly(self) -> cdk.cx_api.CloudAssemblyBuilder:
        """The assembly that takes the template."""
        return self._assembly

    @property
    def outdir(self) -> str:
        """The folder."""
        return self._folder

    @property
    def validate_on_synth(self) -> bool:
        """False: the assembly isn't validated."""
        return False


def rendered(stack: cdk.Stack) -> dict[str, Any]:
    """Return the template of a stack as it would be written at this point of the synthesis.

    Only a template shows the overrides of the L1s. It's correct only after the CDK has resolved the
    references between stacks, which is when it validates the tree.
    """
    # The stack's own synthesizer may be the app's, and would add assets; any other one will do.
    synthesizer = cdk.LegacyStackSynthesizer()
    synthesizer.bind(stack)
    with TemporaryDirectory() as folder:
        session: Any = _Session(folder)
        synthesizer._synthesize_template(session)  # noqa: SLF001 - protected in TypeScript
        return dict(json.loads(Path(folder, stack.template_file).read_text()))


class StackGraph:
    """Resources by logical id; properties and dependencies are read on demand.

    Parameters
    ----------
    stack
        The stack, without the stacks nested in it.
    template
        Its template, from `rendered`. It may lack resources, dependencies and policy statements
        that were added later.
    waiting
        The types of the custom resources that wait.

    Attributes
    ----------
    resources
        The L1s by logical id.
    waiting
        The logical ids of the custom resources that wait.
    """

    def __init__(
        self, stack: cdk.Stack, template: dict[str, Any], waiting: Collection[str]
    ) -> None:
        found = [each for each in stack.node.find_all() if isinstance(each, cdk.CfnResource)]
        self._stack = stack
        self._template: dict[str, Any] = template.get("Resources", {})
        self.resources = {
            stack.get_logical_id(each): each for each in found if cdk.Stack.of(each) is stack
        }
        # jsii returns another object each time.
        self._ids = {each.node.path: name for name, each in self.resources.items()}
        self._named: dict[str, set[str]] = {}
        self._edges: dict[str, set[str]] = {}
        self.waiting = {
            name for name, each in self.resources.items() if each.cfn_resource_type in waiting
        }

    def id_of(self, resource: cdk.CfnResource) -> str:
        """Return the logical id of a resource of the stack."""
        return self._ids[resource.node.path]

    def named(self, logical_id: str) -> set[str]:
        """Return the logical ids, imports and EC2 ids in a resource's properties."""
        if logical_id not in self._named:
            written = self._template.get(logical_id, {})
            self._named[logical_id] = names(written.get("Properties"))
            if not written or written["Type"] == _POLICY:
                # The untyped properties of an L1, which have no public accessor.
                properties = self.resources[logical_id]._cfn_properties  # noqa: SLF001
                self._named[logical_id] |= names(self._stack.resolve(properties))
        return self._named[logical_id]

    def edges(self, logical_id: str) -> set[str]:
        """Return the resources of the stack that a resource refers to or depends on."""
        if logical_id not in self._edges:
            waits = self.resources[logical_id].obtain_dependencies()
            paths = {each.node.path for each in waits}
            found = {self._ids[path] for path in paths & self._ids.keys()}
            written = self._template.get(logical_id, {}).get("DependsOn", [])
            found |= {written} if isinstance(written, str) else set(written)
            found |= self.named(logical_id) & self.resources.keys()
            self._edges[logical_id] = (found & self.resources.keys()) - {logical_id}
        return self._edges[logical_id]

    def closure(self, start: Iterable[str]) -> set[str]:
        """Return resources and everything they refer to or depend on, directly or indirectly."""
        reached: set[str] = set()
        todo = [name for name in start if name in self.resources]
        while todo:
            name = todo.pop()
            if name not in reached:
                reached.add(name)
                todo += self.edges(name)
        return reached

    def add_dependency(self, source: str, target: str) -> None:
        """Make a resource depend on another: it's created later and deleted earlier."""
        self.resources[source].add_resource_dependency(self.resources[target])
        self.edges(source).add(target)


def names(value: Any) -> set[str]:
    """Return the logical ids, imports and EC2 ids in a resolved value."""
    match value:
        case {"Ref": str(name)}:
            return set() if name.startswith("AWS::") else {name}
        case {"Fn::GetAtt": [str(name), *_]}:
            return {name}
        case {"Fn::ImportValue": _} | {"Fn::GetStackOutput": _}:
            return {json.dumps(value, sort_keys=True)}
        case {"Fn::Sub": text}:
            return set(_SUBSTITUTED.findall(json.dumps(text))) | names(text)
        case str() if _EC2_ID.fullmatch(value):
            return {value}
        case dict():
            return {name for each in value.values() for name in names(each)}
        case list():
            return {name for each in value for name in names(each)}
    return set()
