"""One PUT with nothing but the standard library, for the answer and for the last guard."""

import http.client
from contextlib import closing
from urllib.parse import urlsplit, urlunsplit

PUT_SECONDS = 10


def put_once(url: str, body: bytes) -> int:
    """PUT ``body`` and return the status. Redirects are not followed, certificates are checked."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    with closing(connect(parts.netloc, timeout=PUT_SECONDS)) as connection:
        # The URL is signed for an empty content type.
        target = urlunsplit(("", "", parts.path, parts.query, ""))
        connection.request("PUT", target, body, {"Content-Type": ""})
        return connection.getresponse().status
