"""The function's code as deployed."""

from __future__ import annotations

import ast
import io
import json
import keyword
import os
import re
import shutil
import stat
import subprocess
import sys
import tokenize
from pathlib import Path
from typing import TYPE_CHECKING

import aws_cdk as cdk
import pytest

from cdk_nimble_streaming_session import StreamingSessionProvider
from cdk_nimble_streaming_session.provider import FAMILY
from cdk_waiter._private.function.asset import _folder, asset_folder
from cdk_waiter._private.function.strip_docs import strip_docs
from testkit.packaging.fresh_python import run

if TYPE_CHECKING:
    from collections.abc import Callable

# All in one process, so that the apps are synthesised once.
pytestmark = pytest.mark.xdist_group("asset")

LAMBDA = Path(__file__).parents[3] / "lambda"
SOURCES = sorted(path.relative_to(LAMBDA).as_posix() for path in LAMBDA.rglob("*.py"))


DECLARED = "declared", "waiter"
"""The folders in the asset for declared resources."""


def shipped(folders: tuple[str, ...] = FAMILY.code) -> dict[str, Path]:
    folder = asset_folder(folders)
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path for path in files}


class Statements(ast.NodeTransformer):
    """Statements of a source without docstrings, their placeholders and function annotations."""

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef | None:
        if [ast.unparse(base) for base in node.bases] == ["Protocol"]:
            return None
        for field in node.body:
            if isinstance(field, ast.AnnAssign):
                # A field remains a field, even without its type.
                field.annotation = ast.copy_location(ast.Constant(0), field.target)
                field.simple = 2
        self.generic_visit(node)
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.Assign | None:
        self.generic_visit(node)
        return None if ast.unparse(node.value).startswith("TypeVar(") else node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt | None:
        if node.simple == 2:
            return node
        if node.value is None or ast.unparse(node.annotation) == "TypeAlias":
            return None
        return ast.copy_location(ast.Assign([node.target], self.visit(node.value)), node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        # All imported names are used, as the test of names shows.
        del node

    def visit_Return(self, node: ast.Return) -> ast.Return:
        self.generic_visit(node)
        is_none = isinstance(node.value, ast.Constant) and node.value.value is None
        return ast.copy_location(ast.Return(None), node) if is_none else node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        return ast.copy_location(ast.arg(node.arg), node)

    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        text = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if text else node

    def visit_Pass(self, node: ast.Pass) -> None:
        del node


def statements(source: str) -> str:
    """Return a source's statements, with the line number of each part."""
    tree = Statements().visit(ast.parse(source))
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            # It may have ended with a docstring.
            node.end_lineno = 0
        if isinstance(node, ast.FunctionDef):
            node.returns = None
    # A tab counts as one column.
    return re.sub(r"(end_)?col_offset=\d+", "", ast.dump(tree, include_attributes=True))


def test_the_asset_is_small_and_contains_only_code() -> None:
    model = "streaming_session/models/nimble/2020-08-01/service-2.json"
    own = [name for name in SOURCES if not name.startswith("declared/")]
    assert sorted(shipped()) == sorted([*own, model])
    assert shipped()[model].read_bytes() == (LAMBDA / model).read_bytes()
    assert sum(path.stat().st_size for path in shipped().values()) < 60_000


@pytest.mark.parametrize("name", SOURCES)
def test_each_statement_keeps_its_line(name: str) -> None:
    found = {**shipped(DECLARED), **shipped()}
    source, bare = (LAMBDA / name).read_text(), found[name].read_text()
    assert statements(bare) == statements(source)
    assert all("#" not in line or '"' in line for line in bare.splitlines())
    assert ast.get_docstring(ast.parse(bare)) is None


def test_every_remaining_name_is_defined_and_used() -> None:
    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F401,F821,E9"]
    subprocess.run([*ruff, asset_folder(FAMILY.code)], check=True)  # noqa: S603 - this Python


SOURCE = '''"""A module
of two lines."""
from typing import Protocol, TypeAlias
LIMIT = 3  # a reason
TIMES = [0.5, 10.0, 0.0, 1.05]
"""What it limits: # no comment."""
HASH = "# text"


class Empty(Exception):
    """Nothing else."""


class Reader(Protocol):
    """Used in annotations."""


Numbers: TypeAlias = int | float


def add(a: int, *b: "dict[str, int]", c: Reader = Empty(), **d: "ü") -> str:
    """Add."""
    total: int
    # Why.
    return f"""{a}
    # text
    """ + (
        HASH
    )


TEXT = "" "a" f"{ LIMIT + 1 } {{ = }} {HASH = }" if not -LIMIT else [*range(3), 1][0 : 2]
'''
BARE = '''


LIMIT=3
TIMES=[.5,10.,0.,1.05]

HASH="# text"


class Empty(Exception):
\tpass









def add(a,*b,c=Empty(),**d):

\tpass

\treturn f"""{a}
    # text
    """+(
HASH
)


TEXT="" "a"f"{ LIMIT + 1 } {{ = }} {HASH = }"if not-LIMIT else[*range(3),1][0:2]'''


def test_only_documentation_is_removed() -> None:
    assert strip_docs(SOURCE) == BARE
    assert strip_docs(BARE) == BARE


@pytest.mark.parametrize(
    ("package", "statement", "bare"),
    [
        ("waiter.wait", "from waiter.wait.model import Wait\nWait", "from.model import Wait\nWait"),
        ("waiter.wait", "from waiter.wait import model\nmodel", "from.import model\nmodel"),
        ("waiter.wait", "from waiter.runtime import log\nlog", "from..runtime import log\nlog"),
        ("waiter", "from waiter.runtime import log\nlog", "from.runtime import log\nlog"),
        ("waiter", "from waiterless import log\nlog", "from waiterless import log\nlog"),
        ("", "from waiter import log\nlog", "from waiter import log\nlog"),
    ],
)
def test_imports_from_the_own_package_become_relative(
    package: str, statement: str, bare: str
) -> None:
    assert strip_docs(statement, package) == bare


@pytest.mark.parametrize("word", keyword.kwlist)
def test_no_keyword_becomes_the_prefix_of_a_string(word: str) -> None:
    tokens = [each.string for each in tokenize.generate_tokens(io.StringIO(f'{word}"a"').readline)]
    assert tokens[:2] == [word, '"a"']


# A person who keeps files private, and whose second app leaves the code where it is.
APPS = """
import os
import aws_cdk as cdk
from cdk_nimble_streaming_session import StreamingSessionProvider

os.umask(0o077)
for name in ("staged", "in-place"):
    context = {"aws:cdk:disable-asset-staging": True} if name == "in-place" else {}
    app = cdk.App(context=context, outdir=name)
    StreamingSessionProvider(cdk.Stack(app, "Studio"), "Provider")
    app.synth()
"""


@pytest.fixture(scope="module")
def synthesised(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder where `APPS` have put their assemblies; their process has ended."""
    folder = tmp_path_factory.mktemp("apps")
    run("-c", APPS, cwd=folder)
    return folder


def assets(out: Path, stack: str = "Studio") -> dict[str, Path]:
    """Return the content to be zipped and uploaded, by its hash."""
    manifest = json.loads((out / f"{stack}.assets.json").read_text())
    found = {name: asset["source"] for name, asset in manifest["files"].items()}
    return {name: out / each["path"] for name, each in found.items() if each["packaging"] == "zip"}


def test_lambda_can_read_the_code_whatever_the_umask(synthesised: Path, tmp_path: Path) -> None:
    app = cdk.App(outdir=str(tmp_path))
    StreamingSessionProvider(cdk.Stack(app, "Studio"), "Provider")
    app.synth()
    hashes = set()
    for out in (synthesised / "staged", tmp_path):
        ((name, code),) = assets(out).items()
        hashes.add(name)
        files = [path for path in code.rglob("*") if path.is_file()]
        assert len(files) == len(shipped())
        assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o644}
    assert len(hashes) == 1


def test_other_users_can_open_the_folder_whatever_the_umask() -> None:
    before = os.umask(0o077)
    try:
        folder = _folder.__wrapped__(FAMILY.code)
    finally:
        os.umask(before)
    for path in (folder, *folder.rglob("*")):
        expected = 0o755 if path.is_dir() else 0o644
        assert stat.S_IMODE(path.stat().st_mode) == expected, path


@pytest.mark.parametrize("name", ["staged", "in-place"])
def test_the_code_outlasts_the_app(synthesised: Path, name: str) -> None:
    (code,) = assets(synthesised / name).values()
    assert (code / "handler.py").is_file()
    assert code.is_relative_to(synthesised) is (name == "staged")


def without_files() -> None:
    for path in asset_folder(FAMILY.code).rglob("*"):
        if path.is_file():
            path.unlink()


def without_one() -> None:
    (asset_folder(FAMILY.code) / "waiter" / "wait" / "loop.py").unlink()


@pytest.mark.parametrize(
    "clean", [lambda: shutil.rmtree(asset_folder(FAMILY.code)), without_files, without_one]
)
def test_deleted_temporary_files_do_not_affect_the_code(
    clean: Callable[[], None], tmp_path: Path
) -> None:
    expected = set(shipped())
    app = cdk.App(outdir=str(tmp_path / "out"))
    for name in ("Studio", "Annexe"):
        StreamingSessionProvider(cdk.Stack(app, name), "Provider")
        clean()
    app.synth()
    (code,) = {*assets(tmp_path / "out").values(), *assets(tmp_path / "out", "Annexe").values()}
    files = [path for path in code.rglob("*") if path.is_file()]
    assert {path.relative_to(code).as_posix() for path in files} == expected
    # All apps of this process get the same folder.
    assert set(shipped()) == expected
