"""HTTP client for API calls and answers, with a limit on the total time.

It imports only the standard library and stays outside `waiter`, because `handler` must answer even
if `waiter` can't be imported.
"""

import functools
import http.client
import os
import socket
import ssl
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit
from urllib.request import getproxies, proxy_bypass

PUT_SECONDS = 10.0
_FORBIDDEN = 403
"""CloudFormation's status for a second answer, or for one whose URL has expired."""
_TRANSIENT = {0, 408, 429}
"""0 means that there was no status."""
_LONGEST_DELAY_SECONDS = 15.0


class UndeliverableError(Exception):
    """CloudFormation didn't take the answer, so Lambda must retry the event."""


def put_once(url: str, body: bytes, seconds: float) -> int:
    """PUT ``body`` and return the HTTP status. The URL is signed for an empty content type."""
    return send("PUT", url, body, {"Content-Type": ""}, seconds)[0]


def deliver(
    url: str,
    body: bytes,
    put: Callable[[str, bytes, float], int],
    sleep: Callable[[float], None],
    time_left: Callable[[], float],
    log: Callable[..., None],
) -> bool:
    """Send the answer with ``put`` until CloudFormation takes it.

    ``put`` takes the URL, the body and a time limit in seconds, and returns the HTTP status.
    Returns False after a 403: the URL was used before, it expired, or a VPC endpoint's policy
    refuses it. Raises UndeliverableError when time is up or a retry can't help.
    """
    delay = 0.5
    while True:
        try:
            status = put(url, body, PUT_SECONDS)
            fault = f"HTTP status {status}"
        except (OSError, http.client.HTTPException, ValueError) as error:
            # The error's text may contain the URL, which is a credential.
            status, fault = 0, type(error).__name__
        if status // 100 == 2:  # noqa: PLR2004 - HTTP success
            return True
        if status == _FORBIDDEN:
            log("answer-refused", fault="answered before, expired, or refused by a policy")
            return False
        log("answer-not-taken", fault=fault)
        passes = status in _TRANSIENT or status >= 500  # noqa: PLR2004 - server errors
        if not passes or time_left() < delay + PUT_SECONDS:
            raise UndeliverableError(f"CloudFormation did not take the answer: {fault}")
        sleep(delay)
        delay = min(_LONGEST_DELAY_SECONDS, delay * 2)


def send(
    method: str, url: str, body: Any, headers: Mapping[str, Any], seconds: float
) -> tuple[int, Any, bytes]:
    """Send one request and return the response's status, headers and body.

    ``seconds`` limits the whole exchange: every address, the proxy, TLS, each byte. As in botocore,
    HTTPS_PROXY, HTTP_PROXY and NO_PROXY set the proxy, and AWS_CA_BUNDLE sets the authorities.
    Doesn't follow redirects. Raises OSError, HTTPException or ValueError if no response arrives.
    """
    ends, target = time.monotonic() + seconds, urlsplit(url)
    secure, authority = target.scheme == "https", target.netloc.rpartition("@")[2]
    given = "" if proxy_bypass(authority) else getproxies().get(target.scheme, "")
    proxy = urlsplit(given if "//" in given else f"http://{given}")
    first, login = proxy if given else target, {}
    if given and proxy.username:
        pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
        login = {"Proxy-Authorization": f"Basic {b64encode(pair.encode()).decode()}"}
    path = urlunsplit(("", "", target.path or "/", target.query, ""))
    connection: Any
    if secure:
        trusted = os.environ.get("AWS_CA_BUNDLE") or os.environ.get("REQUESTS_CA_BUNDLE")
        port = first.port or (80 if given else 443)
        connection = http.client.HTTPSConnection(
            first.hostname or "", port, context=_trust(trusted)
        )
        if given:
            connection.set_tunnel(target.hostname, target.port or 443, login)
    else:
        connection = http.client.HTTPConnection(first.hostname or "", first.port or 80)
        if given:
            path, headers = f"http://{authority}{path}", {**headers, **login}
    connection._create_connection = functools.partial(_connect, ends)  # noqa: SLF001 - its hook
    try:
        with closing(connection):
            connection.request(method, path, body, headers)
            connection.sock.ends = ends
            with connection.getresponse() as response:
                return response.status, response.headers, response.read()
    except OSError as error:
        # Say where it happened, without the URL, which is a credential.
        what = f"{first.hostname}: {error.strerror or error}"
        raise type(error)(*filter(None, [error.errno]), what) from None


def _limited(kind: Any) -> Any:
    class Limited(kind):  # type: ignore[misc]
        """A socket with a deadline. An ordinary timeout starts over with each byte."""

        ends = 0.0

        def gettimeout(self) -> float:
            # TLS shakes hands before its `ends` can be set, in the time that the socket had left.
            left = float(self.ends - time.monotonic() if self.ends else super().gettimeout())
            if left <= 0:
                raise TimeoutError("timed out")
            return left

        def recv_into(self, *args: Any) -> Any:
            self.settimeout(self.gettimeout())
            return super().recv_into(*args)

    return Limited


_Socket, _SecureSocket = _limited(socket.socket), _limited(ssl.SSLSocket)


@functools.cache
def _trust(authorities: Any) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.sslsocket_class = _SecureSocket
    if authorities:
        context.load_verify_locations(authorities)
    else:
        context.load_default_certs()
    return context


def _connect(ends: float, address: Any, *_: object) -> Any:
    found = socket.getaddrinfo(address[0], address[1], type=socket.SOCK_STREAM)
    fault = OSError()
    for tried, (*kind, _name, where) in enumerate(found):
        made = _Socket(*kind)
        made.ends = ends
        try:
            # If this address is silent, leave time for the others and for the answer.
            made.settimeout(made.gettimeout() / (len(found) - tried + 1))
            made.connect(where)
        except OSError as error:
            made.close()
            fault = error
        else:
            made.settimeout(made.gettimeout())
            return made
    raise fault
