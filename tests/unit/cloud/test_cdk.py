"""The choice of the CDK CLI, and its environment."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from nimble_local.cloud.access import Access, Credentials
from nimble_local.cloud.deployment.cdk import CdkCli, deploy_options, find_cli
from nimble_local.cloud.errors import LocalCloudError
from nimble_local.cloud.folder import Folder

PRINTS_ITS_ENVIRONMENT = """#!{python}
import json, os, sys
print(json.dumps([sys.argv[1:], dict(os.environ)]))
"""


def tool(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_the_projects_cli_takes_precedence_over_that_in_path(tmp_path: Path) -> None:
    tool(tmp_path / "bin" / "node")
    path = str(tmp_path / "bin")
    project = tmp_path / "mono" / "apps" / "mine"
    project.mkdir(parents=True)
    with pytest.raises(LocalCloudError, match="CDK CLI is not installed: npm install aws-cdk@2"):
        find_cli(project, path)
    on_the_path = tool(tmp_path / "bin" / "cdk")
    assert find_cli(project, path) == str(on_the_path)
    above = tool(tmp_path / "mono" / "node_modules" / ".bin" / "cdk")
    assert find_cli(project, path) == str(above)
    own = tool(project / "node_modules" / ".bin" / "cdk")
    assert find_cli(project, path) == str(own)


def test_without_node_the_error_is_one_line(tmp_path: Path) -> None:
    tool(tmp_path / "node_modules" / ".bin" / "cdk")
    with pytest.raises(LocalCloudError, match=r"^Node\.js is not installed, or not in PATH; .*$"):
        find_cli(tmp_path, str(tmp_path))


def test_an_app_inherits_the_users_environment_except_what_leads_to_an_account(
    tmp_path: Path,
) -> None:
    tool(tmp_path / "bin" / "node")
    script = PRINTS_ITS_ENVIRONMENT.format(python=sys.executable)
    tool(tmp_path / "node_modules" / ".bin" / "cdk", script)
    folder = Folder.of(tmp_path)
    folder.prepare()
    kept = {"PATH": str(tmp_path / "bin"), "HOME": "/home/ann", "STAGE": "dev", "PYENV_ROOT": "/p"}
    dropped = {
        "AWS_PROFILE": "production",
        "AWS_SESSION_TOKEN": "real",
        "AWS_ENDPOINT_URL_S3": "https://real",
        "CDK_DEFAULT_ACCOUNT": "111111111111",
        "HTTPS_PROXY": "http://proxy",
        "no_proxy": "localhost",
    }
    access = Access("http://127.0.0.1:1", Credentials("KEY", "secret"))
    cdk = CdkCli(folder, {**kept, **dropped}, access)
    result = cdk.run("deploy", "--all", context={"day": "it's 1"})
    arguments, environment = json.loads(result.output)
    assert arguments[:2] == ["deploy", "--all"]
    assert "day=it's 1" in arguments
    assert kept.items() <= environment.items()
    assert not dropped.keys() & environment.keys()
    assert environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert environment["AWS_ACCESS_KEY_ID"] == "KEY"
    assert Path(environment["AWS_CONFIG_FILE"]).read_text() == ""


@pytest.mark.parametrize(
    ("options", "direct"),
    [
        ([], True),
        (["-c", "day=1", "--outputs-file", "out.json"], True),
        (["--method", "change-set"], False),
        (["--method=prepare-change-set"], False),
        (["--import-existing-resources"], False),
        (["--no-execute"], False),
        (["--hotswap-fallback"], False),
    ],
)
def test_a_deploy_makes_no_change_set_unless_an_option_needs_one(
    options: list[str], direct: bool
) -> None:
    made = deploy_options(options)
    own = made[: len(made) - len(options)]
    assert [*made] == [*own, *options]
    assert ("--method" in own) == direct


def test_git_ignores_the_clouds_files(tmp_path: Path) -> None:
    folder = Folder.of(tmp_path)
    folder.prepare()
    assert (folder.state / ".gitignore").read_text() == "*\n"
