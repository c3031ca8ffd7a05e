"""Attacks on a local cloud: a hostile web page, and another user of the machine."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Iterator

CODE = "def handler(event, context):\n    return 'code ran'\n"
ROLE = "arn:aws:iam::000000000000:role/any"
FUNCTIONS = "/2015-03-31/functions"


def zipped(name: str, text: str, mode: int = 0o644) -> bytes:
    """Return the code of a function."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo(name)
        entry.external_attr = mode << 16
        archive.writestr(entry, text)
    return buffer.getvalue()


def function(name: str) -> str:
    """Return the body of a request that creates a function."""
    return json.dumps(
        {
            "FunctionName": name,
            "Runtime": "python3.13",
            "Handler": "index.handler",
            "Role": ROLE,
            "Code": {"ZipFile": base64.b64encode(zipped("index.py", CODE)).decode()},
        }
    )


def create_stack(name: str) -> dict[str, str]:
    """Return the form of a request that creates a stack, which runs a function of its own."""
    properties = {"Code": {"ZipFile": CODE}, "Handler": "index.handler", "Role": ROLE}
    resources = {
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {**properties, "Runtime": "python3.13"},
        },
        "Run": {
            "Type": "Custom::Run",
            "Properties": {
                "ServiceToken": {"Fn::GetAtt": ["Function", "Arn"]},
                "ServiceTimeout": 5,
            },
        },
    }
    return {
        "Action": "CreateStack",
        "Version": "2010-05-15",
        "StackName": name,
        "TemplateBody": json.dumps({"Resources": resources}),
    }


@dataclass(frozen=True)
class Page:
    """A page whose script attacks a URL, and sets its title to ``done`` afterwards."""

    script: str

    def html(self, targets: list[str]) -> str:
        """Return the page for some URLs, attacked one after the other."""
        return (
            "<!doctype html><title>attacking</title><body><script>\n"
            f"const TARGETS = {json.dumps(targets)}, NAMED = {json.dumps(function('by-fetch'))};\n"
            f"const FORM = {json.dumps(create_stack('by-form'))};\n"
            f"const QUERY = {json.dumps(urlencode(create_stack('by-query')))};\n"
            f"async function attack(target) {{ {self.script} }}\n"
            "(async () => { for (const each of TARGETS) await attack(each);\n"
            "document.title = 'done'; })();</script>"
        )


FETCH = Page(
    f"""for (const mode of ["no-cors", "cors"]) for (const path of
         ["{FUNCTIONS}", "{FUNCTIONS}/by-fetch/invocations"])
      await fetch(target + path, {{method: "POST", mode, body: NAMED,
        headers: {{"Content-Type": "text/plain"}}}}).catch(() => 0);"""
)
FORM = Page(
    """const form = Object.assign(document.createElement("form"),
         {method: "POST", action: target + "/", target: "frame"});
       for (const [name, value] of Object.entries(FORM))
         form.append(Object.assign(document.createElement("input"), {name, value}));
       const frame = Object.assign(document.createElement("iframe"), {name: "frame"});
       document.body.replaceChildren(frame, form);
       const loaded = new Promise(resolve => frame.onload = resolve);
       form.submit(); await loaded;"""
)
IMAGE = Page(
    """await new Promise(resolve => document.body.append(Object.assign(new Image(),
         {onload: resolve, onerror: resolve, src: target + "/?" + QUERY})));"""
)
POPUP = Page("""window.open(target + "/?" + QUERY);""")


class Recorder:
    """Records the requests of a browser, which proves that an attack works.

    Attributes
    ----------
    url
        Where it answers.
    requests
        The first line of each request, and its headers with their names in lower case.
    page
        The body of ``/page``.
    """

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.page = ""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.port: int = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                body = b""
                if self.path == "/page":
                    body = recorder.page.encode()
                else:
                    headers = {name.lower(): value for name, value in self.headers.items()}
                    recorder.requests.append((self.requestline, headers))
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                self.do_GET()

            def log_message(self, *_args: Any) -> None:
                """Say nothing."""

        return Handler


@contextmanager
def recording() -> Iterator[Recorder]:
    """Serve a recorder until the block ends."""
    recorder = Recorder()
    try:
        yield recorder
    finally:
        recorder.close()


# Started by root, it becomes another user, and tries what that user could. It first opens the
# project's folder, so that permissions of the folders above it protect nothing.
STRANGER = """
import json, os, pwd, sys, urllib.request
import boto3
from botocore.config import Config

project, url, functions, key_id, pid = sys.argv[1:]
came = {}
folder = os.open(project, os.O_RDONLY)
QUICK = Config(retries={"total_max_attempts": 1})
keys = {"own key, guessed secret": (key_id, "test"), "test": ("test", "test"),
        "account": ("000000000000", "test")}
clients = {name: boto3.client("lambda", endpoint_url=url, region_name="us-west-2", config=QUICK,
                              aws_access_key_id=key, aws_secret_access_key=secret)
           for name, (key, secret) in keys.items()}
sent = sys.stdin.read().encode()

def post():
    request = urllib.request.Request(url + functions, sent, method="POST")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    return opener.open(request, timeout=20).status

def attack():
    tried("unsigned", post)
    for name, client in clients.items():
        tried(name, lambda: client.list_functions()["Functions"])

def tried(name, act):
    try:
        came[name] = act()
    except Exception as error:
        response = getattr(error, "response", None) or {}
        came[name] = response.get("Error", {}).get("Code") or getattr(error, "code", None) or \\
            type(error).__name__

# Once before, so that Python has loaded the modules that it can't read afterwards.
attack()
if os.geteuid() == 0:
    nobody = pwd.getpwnam("nobody")
    os.setgroups([])
    os.setgid(nobody.pw_gid)
    os.setuid(nobody.pw_uid)
    came["user"] = "nobody"

def read(path, **where):
    return os.read(os.open(path, os.O_RDONLY, **where), 100_000).decode()

tried("readable", lambda: read("readable", dir_fd=folder))
tried("record", lambda: read(".local/cloud.json", dir_fd=folder))
tried("log", lambda: read(".local/logs/ministack.log", dir_fd=folder))
tried("environment", lambda: read(f"/proc/{pid}/environ"))
tried("command", lambda: read(f"/proc/{pid}/cmdline"))
attack()
print(json.dumps(came))
"""
