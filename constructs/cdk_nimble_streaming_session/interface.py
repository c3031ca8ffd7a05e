"""The interface of owned and imported sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from aws_cdk import IResource

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam


class IStreamingSession(IResource, Protocol):
    """A streaming session, started by this app or imported into it.

    jsii sees it as the ``IResource`` that it extends: only modules with a jsii assembly can
    register interfaces.
    """

    @property
    def streaming_session_arn(self) -> str:
        """The session's ARN, ``arn:aws:nimble:...:streaming-session/...``."""
        ...

    @property
    def streaming_session_id(self) -> str:
        """The session's id, such as ``yeG7lDwNQEiwNTRT7DrV7Q``."""
        ...

    def grant(self, grantee: iam.IGrantable, *actions: str) -> iam.Grant:
        """Grant actions on this session, and their dependent actions on its launch profile."""
        ...

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant reading the session's fields."""
        ...

    def grant_start(self, grantee: iam.IGrantable, *, backup_id: str | None = None) -> iam.Grant:
        """Grant starting the session and, if given, restoring a backup."""
        ...

    def grant_stop(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant stopping the session."""
        ...

    def grant_connect(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant opening a stream of the session, and reading that stream."""
        ...
