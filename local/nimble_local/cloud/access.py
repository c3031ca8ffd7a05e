"""The account, address and credentials of a local cloud, for everything that calls it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Final

ACCOUNT: Final = "000000000000"
REGION: Final = "us-west-2"


@dataclass(frozen=True)
class Credentials:
    """An access key that one local cloud accepts, and no other.

    Attributes
    ----------
    access_key_id
        Appears in the emulator's journal and in presigned URLs; it opens nothing by itself.
    secret_access_key
        What requests are signed with. It never travels, and is in no ``repr``.
    """

    access_key_id: str
    secret_access_key: str = field(repr=False)

    @classmethod
    def generate(cls) -> Credentials:
        """Return new credentials: the secret has 160 random bits."""
        return cls(f"LOCAL{secrets.token_hex(8).upper()}", secrets.token_hex(20))


@dataclass(frozen=True)
class Access:
    """How to call MiniStack.

    Attributes
    ----------
    url
        Where it answers.
    credentials
        What requests to it have to be signed with.
    """

    url: str
    credentials: Credentials

    def variables(self) -> dict[str, str]:
        """Return the environment variables that point AWS SDKs and CLIs to this cloud."""
        return {
            "AWS_ACCESS_KEY_ID": self.credentials.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.credentials.secret_access_key,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.url,
        }

    def client_arguments(self) -> dict[str, str]:
        """Return the arguments of ``boto3.client`` that make a client of this cloud."""
        return {
            "endpoint_url": self.url,
            "region_name": REGION,
            "aws_access_key_id": self.credentials.access_key_id,
            "aws_secret_access_key": self.credentials.secret_access_key,
        }
