"""The environment of everything that the local cloud runs.

It is built from nothing: a short list of harmless names is taken over from the caller, the rest is
set here. A profile, a region, a proxy or a key of the caller can therefore not reach a child.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nimble_local.cloud.access import Access
    from nimble_local.cloud.folder import Folder

# A port at which nothing answers: what has no access to the cloud must not reach AWS instead.
_NOWHERE: Final = "http://127.0.0.1:9"

# Carries the state folder's path into every process, workers of workers included: whatever bears
# it belongs to that cloud, also when the record of the cloud is lost.
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

# Notices about releases of Node, of the CLI and of the service. Nobody can act on them here: the
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
        The environment of the person who called, of which only `PASSED_ON` is read.
    access
        How the child calls MiniStack. Without it the child has no credentials, and its SDKs are
        sent to a closed port rather than to AWS.

    Returns
    -------
    dict of str to str
        All of the child's environment; nothing is inherited beside it.
    """
    passed_on = {name: caller[name] for name in PASSED_ON if name in caller}
    return {
        **passed_on,
        **QUIET,
        MARK: str(folder.state),
        "HOME": str(folder.home),
        "TMPDIR": str(folder.temporary),
        # Of MiniStack, for a key: without it in a place that all clouds of a machine share.
        "STATE_DIR": str(folder.temporary / "ministack"),
        "PYTHONUNBUFFERED": "1",
        "CDK_HOME": str(folder.state / "cdk"),
        "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(folder.state / "jsii"),
        "AWS_CONFIG_FILE": str(folder.aws_config),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder.aws_config),
        "AWS_EC2_METADATA_DISABLED": "true",
        **(access.variables() if access else {"AWS_ENDPOINT_URL": _NOWHERE}),
    }
