"""Web pages of other origins in a real browser can't read or change an emulator."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from nimble_local.emulator.in_process import Served
from nimble_local.emulator.seed.default_seed import SESSION_ID, STUDIO_ID

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selenium.webdriver import Chrome

    from nimble_local.emulator.backend import Backend

# All in one process, with one browser.
pytestmark = pytest.mark.xdist_group("page")

NAME = "evil.example"
SESSION = f"/2020-08-01/studios/{quote(STUDIO_ID)}/streaming-sessions/{SESSION_ID}"
PRESIGNED = (
    "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a/1/r/nimble/aws4_request&X-Amz-Signature=x"
)
READ = """
const [paths, done] = arguments;
Promise.all(paths.map((path) =>
  // The browser may have kept what the other server said.
  fetch(path, { cache: "no-store" }).then((answer) => answer.status)
)).then(done);
"""
FOLLOW = """
const [done] = arguments;
const source = new EventSource("/_nimble/events");
source.onmessage = () => done("told");
source.onerror = () => done("refused");
"""
SEND = """
const [url, read, start, done] = arguments;
const image = (path) => new Promise((resolve) => {
  const made = new Image();
  made.onload = made.onerror = resolve;
  made.src = url + path;
});
const send = (path, options) => fetch(url + path, { mode: "no-cors", ...options }).catch(() => {});
const post = { method: "POST", body: "{}" };
Promise.all([
  image(read), image("/_nimble/journal"),
  send(read), send(start, post), send("/_nimble/reset", post),
]).then(() => done("sent"));
"""


class Blank(BaseHTTPRequestHandler):
    """Answers everything with an empty page."""

    # A browser connects ahead of its requests: unused connections have to end with the server.
    timeout = 1

    def do_GET(self) -> None:
        """Send the page."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", "0")
        # The connection must not outlive the name's move to another server.
        self.send_header("Connection", "close")
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Print nothing."""


class Attacker(ThreadingHTTPServer):
    """A server that waits for its last connection when it is closed."""

    daemon_threads = False


@pytest.fixture
def attacker() -> Iterator[ThreadingHTTPServer]:
    server = Attacker(("127.0.0.1", 0), Blank)
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def victim(browser: Chrome) -> Chrome:
    """Return a browser that resolves the attacker's name to this machine."""
    browser.set_script_timeout(60)
    return browser


def test_a_rebound_name_reads_nothing(
    victim: Chrome, attacker: ThreadingHTTPServer, backend: Backend
) -> None:
    port = attacker.server_port
    victim.get(f"http://{NAME}:{port}/")
    attacker.shutdown()
    attacker.server_close()
    # From here on the page has the emulator as its own origin.
    served = Served(backend, port=port)
    try:
        paths = ["/", "/_nimble/journal", "/_nimble/sessions", f"{SESSION}?{PRESIGNED}"]
        assert victim.execute_async_script(READ, paths) == [403] * 4
        assert victim.execute_async_script(FOLLOW) == "refused"
        # The same page under the machine's address is the emulator's own.
        victim.get(served.url)
        assert victim.execute_async_script(READ, paths) == [200] * 4
        assert victim.execute_async_script(FOLLOW) == "told"
    finally:
        victim.get("about:blank")
        served.end()
    assert backend.journal.total == 1


def test_another_open_page_leaves_no_trace(
    victim: Chrome, attacker: ThreadingHTTPServer, backend: Backend, served: Served
) -> None:
    backend.add_fault({"kind": "latency", "seconds": 0, "count": 9})
    backend.commit()
    victim.get(f"http://127.0.0.1:{attacker.server_port}/")
    read, start = f"{SESSION}?{PRESIGNED}", f"{SESSION}/start?{PRESIGNED}"
    sent = victim.execute_async_script(SEND, served.url, read, start)
    assert sent == "sent"
    assert backend.journal.total == 0
    assert [(fault.left, fault.hits) for fault in backend.faults] == [(9, 0)]
    assert backend.world.sessions.find(SESSION_ID).state == "STOPPED"
