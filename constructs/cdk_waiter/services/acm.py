"""Certificate Manager: certificates that are awaited."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from cdk_waiter._private import validation as rules
from cdk_waiter._private.declared.targets import arn_of, identified_by, region_of
from cdk_waiter.awaited import Awaited
from cdk_waiter.call import AwsCall
from cdk_waiter.declared_resource import WAIT_RULES
from cdk_waiter.phases import Phases

if TYPE_CHECKING:
    from aws_cdk import Duration
    from aws_cdk import aws_certificatemanager as acm
    from constructs import Construct

    from cdk_waiter.waiter_provider import WaiterProvider

CERTIFICATE_PHASES: Final = Phases(
    ready=["ISSUED"],
    starting=["PENDING_VALIDATION"],
    failed=["VALIDATION_TIMED_OUT", "FAILED", "EXPIRED", "INACTIVE", "REVOKED"],
)
"""The states of a certificate."""

_EXAMPLE: Final = "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d"
_CERTIFICATE: Final = "Certificate"


def _certificate(argument: str, value: object) -> str:
    """Accept a certificate, or its ARN."""
    found: str = identified_by("certificate_arn", "ref", example=_EXAMPLE)(argument, value)
    arn_of("acm", _EXAMPLE)(argument, found)
    return found


class CertificateIssued(Awaited):
    """A certificate that is issued once its stack is deployed.

    For a certificate that others validate, such as one whose DNS zone is elsewhere. It may be in
    another region than the stack; its ARN tells which.

    Parameters
    ----------
    scope, id
        The place in the construct tree.
    certificate_arn
        The certificate's ARN, or the certificate.
    timeout
        Maximum time to wait: whole seconds, up to 59 minutes. Default: 30 minutes.
    poll_interval
        Maximum time between two reads: whole seconds, from 1 s to 60 s. Default: 5 s.
    triggers
        Any JSON value. Changing it updates the resource, which waits again. Default: none.
    provider
        The function behind the resource. Default: the stack's.

    Raises
    ------
    ValueError
        When an argument is invalid; the error names the argument, the value and the rule.
    TypeError
        When an argument has the wrong type.
    """

    _resource_type: ClassVar[str] = "Custom::CertificateIssued"

    @rules.validated(
        scope=rules.scope,
        id=rules.construct_id,
        certificate_arn=_certificate,
        **WAIT_RULES,
    )
    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - every construct's name for it
        *,
        certificate_arn: str | acm.ICertificate,
        timeout: Duration | None = None,
        poll_interval: Duration | None = None,
        triggers: object = None,
        provider: WaiterProvider | None = None,
    ) -> None:
        target = str(certificate_arn)
        super().__init__(
            scope,
            id,
            id_=target,
            read=AwsCall(
                "acm",
                "DescribeCertificate",
                {"CertificateArn": target},
                resources=[target],
                region=region_of(target),
            ),
            state=f"{_CERTIFICATE}.Status",
            phases=CERTIFICATE_PHASES,
            attributes={
                "DomainName": f"{_CERTIFICATE}.DomainName",
                "IssuedAt": f"{_CERTIFICATE}.IssuedAt",
                "NotAfter": f"{_CERTIFICATE}.NotAfter",
            },
            absent=["ResourceNotFoundException"],
            why=f"{_CERTIFICATE}.FailureReason",
            noun="certificate",
            timeout=timeout,
            poll_interval=poll_interval,
            triggers=triggers,
            provider=provider,
        )

    @property
    def domain_name(self) -> str:
        """The certificate's first domain name (``Certificate.DomainName``)."""
        return self.get_att_string("DomainName")

    @property
    def issued_at(self) -> str:
        """Time of its issue, in ISO 8601 (``IssuedAt``); empty for an imported one."""
        return self.get_att_string("IssuedAt")

    @property
    def not_after(self) -> str:
        """Time at which it expires, in ISO 8601 (``Certificate.NotAfter``)."""
        return self.get_att_string("NotAfter")
