"""The account, address and credentials of a local cloud, for everything that calls it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Final

ACCOUNT: Final = "000000000000"
REGION: Final = "us-west-2"


@dataclass(frozen=True)
class Credentials:
    """An access key that only one local cloud accepts.

    Attributes
    ----------
    access_key_id
        Appears in the emulator's journal and in presigned URLs; useless without the secret.
    secret_access_key
        Signs requests. It's never sent, and isn't part of the ``repr``.
    """

    access_key_id: str
    secret_access_key: str = field(repr=False)

    @classmethod
    def generate(cls) -> Credentials:
        """Return new credentials with a secret of 160 random bits."""
        return cls(f"LOCAL{secrets.token_hex(8).upper()}", secrets.token_hex(20))


@dataclass(frozen=True)
class Access:
    """The address and credentials of MiniStack.

    Attributes
    ----------
    url
        Its URL.
    credentials
        The credentials that sign requests to it.
    """

    url: str
    credentials: Credentials

    def variables(self) -> dict[str, str]:
        """Return the environment variables that point AWS SDKs and CLIs at this cloud."""
        return {
            "AWS_ACCESS_KEY_ID": self.credentials.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.credentials.secret_access_key,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.url,
        }

    def client_arguments(self) -> dict[str, str]:
        """Return the arguments of ``boto3.client`` for a client of this cloud."""
        return {
            "endpoint_url": self.url,
            "region_name": REGION,
            "aws_access_key_id": self.credentials.access_key_id,
            "aws_secret_access_key": self.credentials.secret_access_key,
        }
