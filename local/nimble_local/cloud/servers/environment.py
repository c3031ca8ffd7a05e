"""The environment of the processes of a local cloud.

It starts empty: a short list of harmless variables is copied from the user, the rest is set here.
So the user's profile, region, proxy or keys can't reach a child.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nimble_local.cloud.access import Access
    from nimble_local.cloud.folder import Folder

# A port that nothing listens on: a process without access to the cloud must not reach AWS.
_NOWHERE: Final = "http://127.0.0.1:9"

# Carries the state folder's path into every process, including workers of workers. It identifies
# the processes of a cloud even if its record is lost.
MARK: Final = "NIMBLE_LOCAL_CLOUD"

PASSED_ON: Final = (
    "PATH",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TERM",
    "TZ",
    "NO_COLOR",
    "CDK_VALIDATION",
)

# Silences notices about releases of Node and the CLI, and telemetry. Users can't act on them here:
# versions are pinned, and nothing leaves this machine.
QUIET: Final = {
    "JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION": "1",
    "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20,21,22,23,24,25",
    "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
    "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED": "true",
    "CDK_DISABLE_CLI_TELEMETRY": "true",
    "CDK_DISABLE_VERSION_CHECK": "true",
}


def child_environment(
    folder: Folder, caller: Mapping[str, str], access: Access | None = None
) -> dict[str, str]:
    """Build the environment of a child.

    Parameters
    ----------
    folder
        The cloud's folder; every path in the environment lies in it.
    caller
        The user's environment, of which only `PASSED_ON` is read.
    access
        The access to MiniStack. Without it, the child has no credentials, and its SDKs use a
        closed port instead of AWS.

    Returns
    -------
    dict of str to str
        The complete environment; nothing else is inherited.
    """
    passed_on = {name: caller[name] for name in PASSED_ON if name in caller}
    return {
        **passed_on,
        **QUIET,
        MARK: str(folder.state),
        "HOME": str(folder.home),
        "TMPDIR": str(folder.temporary),
        # MiniStack keeps a key there, by default in a folder that all clouds share.
        "STATE_DIR": str(folder.temporary / "ministack"),
        "PYTHONUNBUFFERED": "1",
        "CDK_HOME": str(folder.state / "cdk"),
        "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(folder.state / "jsii"),
        "AWS_CONFIG_FILE": str(folder.aws_config),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder.aws_config),
        "AWS_EC2_METADATA_DISABLED": "true",
        **(access.variables() if access else {"AWS_ENDPOINT_URL": _NOWHERE}),
    }
