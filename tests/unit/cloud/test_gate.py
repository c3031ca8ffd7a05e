"""The gate, with requests that botocore signs."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as Botocore
from hypothesis import given
from hypothesis import strategies as st

from nimble_local.cloud.access import Credentials
from nimble_local.cloud.gate import gate, signature
from nimble_local.cloud.gate.corrections import distinct_times, operation_ids
from nimble_local.cloud.gate.gate import Gate, read_request
from nimble_local.cloud.gate.signature import Request, find_secret, presign
from nimble_local.cloud.servers.definitions import HEALTH

if TYPE_CHECKING:
    from collections.abc import Iterator

OWN = Credentials("LOCALKEY", "secret-of-this-cloud")
URL = "http://127.0.0.1:4566"
QUIET = {"host": "127.0.0.1:4566"}


def now() -> datetime:
    return datetime.now(UTC)


def secret_of(key: str) -> str | None:
    return OWN.secret_access_key if key == OWN.access_key_id else None


def request(**changes: Any) -> Request:
    return replace(Request("GET", "/", {}, QUIET), **changes)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.1:4566",
        "127.9.9.9:1",
        "localhost",
        "LOCALHOST:4566",
        "[::1]:4566",
        "bucket.localhost:4566",
        "a_b.s3.us-west-2.localhost",
    ],
)
def test_names_of_loopback_are_accepted(host: str) -> None:
    assert gate.refusal(request(headers={"host": host})) is None


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "evil.",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "127.0.0.1.evil.example:4566",
        "evil.example@127.0.0.1",
        "127.0.0.1@evil.example",
        "127.0.0.1:4566@evil.example",
        "[::1]evil.example",
        "[::1].evil.example:1",
        "[::2]",
        "::1",
        "1.1.1.1",
        "0.0.0.0",  # noqa: S104 - is to be refused
        "2130706433",
        "localhost.",
        "notlocalhost",
        "xlocalhost:80",
        "127.0.0.1:",
        "127.0.0.1:x",
        "127.0.0.1:4566 ",
        "127.0.0.1, evil.example",
        "127.0.0.1\nevil",
        "s3.us-west-2.amazonaws.com",
    ],
)
def test_other_names_are_refused(host: str) -> None:
    why = gate.refusal(request(headers={"host": host}))
    assert why == f"The local cloud answers only to the host names of loopback, not to {host!a}."


def test_a_request_without_a_host_is_refused() -> None:
    assert gate.refusal(request(headers={})) is not None


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "", URL])
def test_requests_with_an_origin_are_refused(origin: str) -> None:
    assert gate.refusal(request(headers={**QUIET, "origin": origin})) is not None


@pytest.mark.parametrize("site", ["cross-site", "same-site", "same-origin", "", "None"])
def test_requests_from_a_page_are_refused(site: str) -> None:
    assert gate.refusal(request(headers={**QUIET, "sec-fetch-site": site})) is not None


def test_for_a_typed_address_the_signature_decides() -> None:
    assert gate.refusal(request(headers={**QUIET, "sec-fetch-site": "none"})) is None


@dataclass
class Signed:
    """A request that botocore signed, as it's received."""

    method: str = "POST"
    path: str = "/"
    body: bytes = b"Action=ListStacks"
    service: str = "cloudformation"
    presigned: bool = False
    credentials: Credentials = OWN
    more: dict[str, str] = field(default_factory=dict)

    def scope(self) -> dict[str, Any]:
        """Return it as hypercorn passes it on."""
        made = AWSRequest(self.method, URL + self.path, headers=self.more, data=self.body)
        key = Botocore(self.credentials.access_key_id, self.credentials.secret_access_key)
        auth: type[SigV4Auth] = S3SigV4Auth if self.service == "s3" else SigV4Auth
        if self.presigned:
            auth = S3SigV4QueryAuth if self.service == "s3" else SigV4QueryAuth
        auth(key, self.service, "us-west-2").add_auth(made)
        sent = made.prepare()
        parts = urlsplit(sent.url)
        headers = {**sent.headers, "Host": parts.netloc}
        return {
            "type": "http",
            "method": self.method,
            "raw_path": parts.path.encode(),
            "path": parts.path,
            "query_string": parts.query.encode(),
            "headers": [(name.lower().encode(), _bytes(value)) for name, value in headers.items()],
        }

    def judged(self, **changes: Any) -> str | None:
        """Return why the signature is invalid after the request was changed on its way."""
        made = read_request(self.scope())
        body = changes.pop("body", self.body)
        at = changes.pop("at", now())
        return signature.refusal(replace(made, **changes), body, secret_of, at)


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode()


KINDS = [
    Signed(),
    Signed(service="sts"),
    Signed("GET", "/2015-03-31/functions/arn%3Aaws%3Alambda/?Marker=a%20b%2Bc", b"", "lambda"),
    Signed("PUT", "/bucket/a%20b%2Bc/%C3%BC%3D%26", b"content", "s3"),
    Signed("GET", "/bucket/key", b"", "s3", presigned=True),
    Signed("PUT", "/bucket/key", b"", "s3", presigned=True),
    Signed("GET", "/?Action=GetCallerIdentity&Version=2011-06-15", b"", "sts", presigned=True),
]


@pytest.mark.parametrize("signed", KINDS, ids=lambda each: f"{each.service}-{each.method}")
def test_only_requests_signed_by_botocore_get_in(signed: Signed) -> None:
    assert signed.judged() is None
    wrong = replace(signed, credentials=Credentials(OWN.access_key_id, "another"))
    assert "another secret" in str(wrong.judged())
    wrong = replace(signed, credentials=Credentials("AKIAIOSFODNN7EXAMPLE", "x"))
    assert wrong.judged() == "The access key id doesn't belong to this cloud."
    changed = "The signature doesn't match: another secret was used, or the request was changed."
    made = read_request(signed.scope())
    assert signed.judged(method="DELETE") == changed
    assert signed.judged(path=made.path + "x") == changed
    assert signed.judged(query={**made.query, "Action": ["DeleteStack"]}) == changed
    assert signed.judged(headers={**made.headers, "host": "127.0.0.1:4567"}) == changed
    assert signed.judged(at=now() + timedelta(minutes=60)) is not None
    if not signed.presigned:
        assert signed.judged(at=now() - timedelta(minutes=60)) is not None


def test_a_changed_body_is_refused() -> None:
    assert "was changed" in str(Signed().judged(body=b"Action=DeleteStack"))


SCOPE = f"{OWN.access_key_id}/20261126/us-west-2/s3/aws4_request"
UNSIGNED = [
    {},
    {"authorization": ""},
    {"authorization": "Basic eDp5"},
    {"authorization": f"AWS {OWN.access_key_id}:c2ln"},
    {"authorization": "AWS4-HMAC-SHA256"},
    {"authorization": f"AWS4-HMAC-SHA256 Credential={OWN.access_key_id}"},
    {
        "authorization": f"AWS4-HMAC-SHA256 Credential={OWN.access_key_id}/20261126/us-west-2/s3/"
        "aws4_request, SignedHeaders=host, Signature=",
        "x-amz-date": "20261126T000000Z",
    },
    {
        "authorization": f"AWS4-HMAC-SHA256 Credential={OWN.access_key_id}/20261126/us-west-2/s3/"
        "aws4_request, SignedHeaders=x-amz-date, Signature=00",
        "x-amz-date": "20261126T000000Z",
    },
    {
        "authorization": f"AWS4-ECDSA-P256-SHA256 Credential={OWN.access_key_id}/20261126/s3/"
        "aws4_request, SignedHeaders=host, Signature=00",
        "x-amz-date": "20261126T000000Z",
    },
]


@pytest.mark.parametrize("headers", UNSIGNED)
def test_an_access_key_id_without_a_signature_is_refused(headers: dict[str, str]) -> None:
    asked = request(headers={**QUIET, **headers})
    assert signature.refusal(asked, b"", secret_of, now()) is not None


@pytest.mark.parametrize(
    "query",
    [
        "",
        f"X-Amz-Credential={SCOPE}",
        f"AWSAccessKeyId={OWN.access_key_id}&Signature=x&Expires=9999999999",
        "X-Amz-Signature=0",
        f"X-Amz-Signature=00&X-Amz-Date=x&X-Amz-SignedHeaders=host&X-Amz-Credential={SCOPE}",
    ],
)
def test_a_query_that_only_looks_signed_is_refused(query: str) -> None:
    asked = request(query=parse_qs(query, keep_blank_values=True))
    assert signature.refusal(asked, b"", secret_of, now()) is not None


@given(
    headers=st.dictionaries(
        st.sampled_from(["authorization", "x-amz-date", "x-amz-content-sha256", "date"]),
        st.text(max_size=60) | st.text(max_size=40).map(lambda text: f"AWS4-HMAC-SHA256 {text}"),
    ),
    query=st.dictionaries(
        st.sampled_from(
            [f"X-Amz-{name}" for name in ("Credential", "Signature", "Date", "Expires")]
        ),
        st.lists(st.text(max_size=40), min_size=1, max_size=2),
    ),
)
def test_invented_requests_are_refused_without_an_error(
    headers: dict[str, str], query: dict[str, list[str]]
) -> None:
    asked = request(headers={**QUIET, **headers}, query=query)
    assert signature.refusal(asked, b"", secret_of, now()) is not None


SESSIONS: dict[str, dict[str, Any]] = {
    "ASIANEW": {"SecretAccessKey": "temporary", "Expiration": 1000.0},
    "ASIAOLD": {"SecretAccessKey": "temporary", "Expiration": 999.0},
    "ASIAROLE": {"SecretAccessKey": "of a role"},
    "ASIANONE": {"Expiration": 2000.0},
}
KEYS = {
    ("000000000000", "AKIAUSER"): {"SecretAccessKey": "of a user", "Status": "Active"},
    ("000000000000", "AKIAOFF"): {"SecretAccessKey": "of a user", "Status": "Inactive"},
    ("111122223333", "AKIAOTHER"): {"SecretAccessKey": "of another account", "Status": "Active"},
}


@pytest.mark.parametrize(
    ("key", "secret"),
    [
        (OWN.access_key_id, OWN.secret_access_key),
        ("000000000000", OWN.secret_access_key),
        ("ASIANEW", "temporary"),
        ("ASIAOLD", None),
        ("ASIAROLE", "of a role"),
        ("ASIANONE", None),
        ("AKIAUSER", "of a user"),
        ("AKIAOFF", None),
        ("AKIAOTHER", "of another account"),
        ("AKIAUNKNOWN", None),
        ("test", None),
        ("", None),
        ("00000000000", None),
        ("000000000000\n", None),
    ],
)
def test_the_valid_keys_of_a_cloud(key: str, secret: str | None) -> None:
    assert find_secret(key, OWN, SESSIONS, KEYS, 999.5) == secret


AT = datetime(2026, 11, 26, 6, 0, tzinfo=UTC)


def presigned(seconds: int = 7200, **changes: Any) -> Request:
    parts = urlsplit(presign("PUT", f"{URL}/_ministack/cfn-response/1f", OWN, seconds, AT))
    asked = Request("PUT", parts.path, parse_qs(parts.query), {"host": parts.netloc})
    return replace(asked, **changes)


def test_response_urls_look_like_those_of_cloudformation() -> None:
    query = presigned().query
    assert [*query] == [
        "X-Amz-Algorithm",
        "X-Amz-Date",
        "X-Amz-SignedHeaders",
        "X-Amz-Expires",
        "X-Amz-Credential",
        "X-Amz-Signature",
    ]
    assert query["X-Amz-Date"] == ["20261126T060000Z"]
    assert query["X-Amz-Expires"] == ["7200"]


@pytest.mark.parametrize(("seconds", "good"), [(0, True), (7200, True), (7201, False)])
def test_a_presigned_url_expires(seconds: int, good: bool) -> None:
    why = signature.refusal(presigned(), b"{}", secret_of, AT + timedelta(seconds=seconds))
    assert why == (None if good else "The presigned URL has expired.")


def test_a_changed_presigned_url_is_refused() -> None:
    query = presigned().query
    for changed in (
        presigned(method="GET"),
        presigned(path="/_ministack/cfn-response/2f"),
        presigned(path="/"),
        presigned(query={**query, "X-Amz-Expires": ["999999"]}),
        presigned(query={**query, "X-Amz-Date": ["20261126T060001Z"]}),
        presigned(query={**query, "Action": ["CreateStack"]}),
        presigned(headers={"host": "127.0.0.1:4567"}),
    ):
        assert "doesn't match" in str(signature.refusal(changed, b"", secret_of, AT))


# The gate as an ASGI application.


class Ministack:
    """Records the requests that get in, and reads them completely."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.scopes: list[str] = []
        self.last = ""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scopes.append(scope["type"])
        body, more = b"", scope["type"] == "http"
        while more:
            message = await receive()
            self.last = message["type"]
            body += message.get("body", b"")
            more = message.get("more_body", False)
        self.bodies.append(body)
        await send({"type": "passed on"})


@dataclass
class Door:
    """The gate in front of it."""

    ministack: Ministack = field(default_factory=Ministack)
    prepared: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.gate = Gate(self.ministack, secret_of, self.prepare)

    async def prepare(self) -> None:
        self.prepared.append("once")

    def ask(self, scope: dict[str, Any], *messages: dict[str, Any]) -> list[dict[str, Any]]:
        """Send a request, and return the answer."""
        return asyncio.run(self._ask(scope, iter(messages)))

    async def _ask(
        self, scope: dict[str, Any], messages: Iterator[dict[str, Any]]
    ) -> list[dict[str, Any]]:
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return next(messages)

        async def send(message: Any) -> None:
            sent.append(message)

        await self.gate(scope, receive, send)
        return sent


def plain(path: str = "/", method: str = "GET", **headers: str) -> dict[str, Any]:
    named = {"host": "127.0.0.1", **headers}
    raw, _, query = path.partition("?")
    return {
        "type": "http",
        "method": method,
        "raw_path": raw.encode(),
        "query_string": query.encode(),
        "headers": [(k.replace("_", "-").encode(), v.encode()) for k, v in named.items()],
    }


def test_the_body_passes_whole_and_only_after_verification() -> None:
    door = Door()
    signed = Signed(body=b"Action=ListStacks&Version=2010-05-15")
    parts: list[dict[str, Any]] = [
        {"type": "http.request", "body": signed.body[:9], "more_body": True},
        {"type": "http.request", "body": signed.body[9:]},
    ]
    assert door.ask(signed.scope(), *parts) == [{"type": "passed on"}]
    assert door.ministack.bodies == [signed.body]
    assert door.prepared == ["once"]
    parts[1] = {"type": "http.request", "body": b"Action=DeleteStack"}
    assert door.ask(signed.scope(), *parts)[0]["status"] == 403
    assert len(door.ministack.bodies) == 1


def test_a_body_covered_by_a_hash_is_not_held_up() -> None:
    body = b"content of a file"
    signed = Signed("PUT", "/bucket/key", body, "s3")
    door = Door()
    assert dict(signed.scope()["headers"])[b"x-amz-content-sha256"] == _hash(body)
    part = {"type": "http.request", "body": body}
    assert door.ask(signed.scope(), part) == [{"type": "passed on"}]
    assert door.ministack.bodies == [body]


def _hash(body: bytes) -> bytes:
    return hashlib.sha256(body).hexdigest().encode()


def test_a_request_whose_client_leaves_before_the_end_is_dropped() -> None:
    door = Door()
    begun = {"type": "http.request", "body": b"Action=", "more_body": True}
    sent = door.ask(Signed().scope(), begun, {"type": "http.disconnect"})
    assert sent[0]["status"] == 403
    assert door.ministack.bodies == []


@pytest.mark.parametrize(
    ("scope", "status"),
    [
        (plain(HEALTH), None),
        (plain(HEALTH, "POST"), 403),
        (plain(f"{HEALTH}?Action=ListStacks"), 403),
        (plain(f"{HEALTH}/"), 403),
        (plain("/_localstack/health"), 403),
        (plain(HEALTH, origin="null"), 403),
        (plain(HEALTH, host="evil.example"), 403),
        (plain(HEALTH, sec_fetch_site="cross-site"), 403),
        (plain("/"), 403),
        (plain("/_ministack/reset", "POST"), 403),
        (plain("/_ministack/cfn-response/1f", "PUT"), 403),
        (plain("/_ministack/cfn-signal/1f", "PUT"), 403),
        (plain("/latest/meta-data/iam/security-credentials/"), 403),
        (plain("/", "OPTIONS", origin="http://evil.example"), 403),
    ],
)
def test_without_a_signature_only_the_health_check_gets_in(
    scope: dict[str, Any], status: int | None
) -> None:
    door = Door()
    sent = door.ask(scope, {"type": "http.request", "body": b""})
    if status is None:
        assert sent == [{"type": "passed on"}]
        return
    assert sent[0]["status"] == status
    assert not [name for name, _ in sent[0]["headers"] if b"access-control" in name]
    assert door.ministack.scopes == []


def test_two_hosts_are_refused() -> None:
    scope = plain(HEALTH)
    scope["headers"].append((b"host", b"127.0.0.1"))
    assert Door().ask(scope)[0]["status"] == 403


def test_websockets_need_a_signature_as_well() -> None:
    door = Door()
    scope = {**plain("/_aws/execute-api/0/dev"), "type": "websocket"}
    connect = {"type": "websocket.connect"}
    assert door.ask(scope, connect) == [{"type": "websocket.close", "code": 1008}]
    signed = {**Signed("GET", "/dev", b"", "execute-api").scope(), "type": "websocket"}
    assert door.ask(signed, connect) == [{"type": "passed on"}]
    signed["headers"].append((b"origin", b"http://evil.example"))
    assert door.ask(signed, connect) == [{"type": "websocket.close", "code": 1008}]


def test_the_server_starts_while_ministack_is_prepared() -> None:
    door = Door()
    assert door.ask({"type": "lifespan"}) == [{"type": "passed on"}]
    assert door.prepared == ["once"]


def test_unknown_scopes_are_dropped() -> None:
    door = Door()
    assert door.ask({"type": "webtransport"}) == []
    assert door.ministack.scopes == []


# The operation to which a stack's events belong.

STACK = "AWS::CloudFormation::Stack"
ID = "arn:aws:cloudformation:us-west-2:000000000000:stack/Studio/1"


def events(*statuses: str) -> list[dict[str, str]]:
    """Return a stack's events; a status in lower case is a resource's."""
    return [
        {
            "EventId": f"{number}",
            "StackId": ID,
            "ResourceType": STACK if status.isupper() else "Custom::NimbleStreamingSession",
            "PhysicalResourceId": ID if status.isupper() else "session",
            "ResourceStatus": status.upper(),
        }
        for number, status in enumerate(statuses)
    ]


def test_a_rollback_is_a_separate_operation() -> None:
    happened = events(
        *("REVIEW_IN_PROGRESS", "CREATE_IN_PROGRESS", "create_in_progress", "create_complete"),
        *("CREATE_COMPLETE", "UPDATE_IN_PROGRESS", "update_failed"),
        *("UPDATE_ROLLBACK_IN_PROGRESS", "update_complete"),
        *("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE"),
        *("DELETE_IN_PROGRESS", "delete_in_progress", "DELETE_COMPLETE"),
    )
    found = operation_ids(happened)
    assert [found[each["EventId"]] for each in happened] == [
        *("0", "1", "1", "1", "1", "5", "5", "7", "7", "7", "7", "11", "11", "11"),
    ]


def test_a_nested_stack_counts_as_a_resource_of_its_parent() -> None:
    happened = events("CREATE_IN_PROGRESS", "CREATE_IN_PROGRESS")
    happened[1]["PhysicalResourceId"] = f"{ID}-nested"
    assert set(operation_ids(happened).values()) == {"0"}


def test_without_events_there_are_no_operations() -> None:
    assert operation_ids([]) == {}


def test_no_two_events_have_the_same_time() -> None:
    told = iter([*["2026-11-26T06:00:00.999Z"] * 3, "2026-11-26T06:00:00.500Z", *LATER])
    later = distinct_times(lambda: next(told))
    assert [later() for _ in range(6)] == [
        *("2026-11-26T06:00:00.999Z", "2026-11-26T06:00:01.000Z", "2026-11-26T06:00:01.001Z"),
        *("2026-11-26T06:00:01.002Z", *LATER),
    ]


LATER = ("2026-11-26T06:00:02.000Z", "2026-11-26T06:00:03.123Z")
