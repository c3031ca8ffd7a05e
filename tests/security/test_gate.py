"""The local cloud is closed to web pages and to other users of the machine."""

from __future__ import annotations

import json
import os
import re
import socket
import stat
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, Final
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit
from urllib.request import ProxyHandler, Request, build_opener

import boto3
import pytest
from botocore.exceptions import ClientError

from nimble_local.cloud.folder import Folder
from nimble_local.cloud.interrupts import Interrupts
from nimble_local.cloud.servers.definitions import MINISTACK, MiniStack
from nimble_local.cloud.servers.supervisor import Supervisor
from testkit.cloud import attacks
from testkit.cloud.attacks import (
    FETCH,
    FORM,
    IMAGE,
    POPUP,
    ROLE,
    STRANGER,
    Page,
    Recorder,
    recording,
    zipped,
)
from testkit.page.chromium import chromium

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from selenium.webdriver import Chrome

    from nimble_local.cloud.servers.record import Record

pytestmark = pytest.mark.xdist_group("security")

OPENER: Final = build_opener(ProxyHandler({}))
SECONDS: Final = 60.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    project = tmp_path_factory.mktemp("clone")
    project.chmod(0o755)
    (project / "readable").write_text("by everybody")
    return Folder(project, project / ".local")


@pytest.fixture(scope="module")
def record(folder: Folder) -> Iterator[Record]:
    """Start MiniStack like `make deploy`, in a folder that older versions left open."""
    folder.state.mkdir()
    folder.state.chmod(0o755)
    supervisor = Supervisor(folder, (MiniStack(),), os.environ, Interrupts())
    try:
        yield supervisor.ensure().record
    finally:
        supervisor.stop()


@pytest.fixture(scope="module")
def chrome() -> Iterator[Chrome]:
    with chromium() as made:
        yield made


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    with recording() as made:
        yield made


def client(record: Record, service: Any) -> Any:
    arguments: dict[str, Any] = {**record.access.client_arguments()}
    return boto3.client(service, **arguments)


def whatever_got_in(record: Record) -> list[str]:
    """Return the names of the resources that the attacks create."""
    functions = client(record, "lambda").list_functions()["Functions"]
    stacks = client(record, "cloudformation").describe_stacks()["Stacks"]
    names = [f["FunctionName"] for f in functions] + [s["StackName"] for s in stacks]
    return [name for name in names if name.startswith("by-")]


def wait_for_done(browser: Chrome) -> None:
    deadline = time.monotonic() + SECONDS
    while browser.title != "done":
        assert time.monotonic() < deadline, "the page's script did not end"
        time.sleep(0.05)


@pytest.mark.parametrize("page_host", ["127.0.0.1", "evil.localhost"])
@pytest.mark.parametrize(
    ("attack", "requests"),
    [(FETCH, 4), (FORM, 1), (IMAGE, 1), (POPUP, 1)],
    ids=["fetch", "form", "image", "popup"],
)
def test_no_web_page_gets_in(
    chrome: Chrome,
    record: Record,
    recorder: Recorder,
    attack: Page,
    requests: int,
    page_host: str,
) -> None:
    url = record.url(MINISTACK)
    targets = [recorder.url, url, url.replace("127.0.0.1", "localhost")]
    recorder.page = attack.html(targets)
    first = chrome.current_window_handle
    chrome.get(f"http://{page_host}:{recorder.port}/page")
    wait_for_done(chrome)
    opened = [each for each in chrome.window_handles if each != first]
    for window in opened:
        chrome.switch_to.window(window)
        wait_until_loaded(chrome)
        chrome.close()
    chrome.switch_to.window(first)
    assert len(opened) == (3 if attack is POPUP else 0)
    # The browser did send the attack's requests, and marked them as a page's.
    sent = [headers for line, headers in recorder.requests if "favicon" not in line]
    assert len(sent) == requests
    assert {each["sec-fetch-site"] for each in sent} <= {"same-origin", "same-site", "cross-site"}
    assert whatever_got_in(record) == []


def wait_until_loaded(browser: Chrome) -> None:
    deadline = time.monotonic() + SECONDS
    ready = "return location.href != 'about:blank' && document.readyState == 'complete'"
    while not browser.execute_script(ready):
        assert time.monotonic() < deadline, "the popup did not load"
        time.sleep(0.05)


def test_no_other_user_gets_in(folder: Folder, record: Record) -> None:
    credentials = record.access.credentials
    pid = record.servers[0].identity.pid
    url, key_id = record.url(MINISTACK), credentials.access_key_id
    arguments = (str(folder.project), url, attacks.FUNCTIONS, key_id, str(pid))
    child = subprocess.run(  # noqa: S603 - this Python
        [sys.executable, "-c", STRANGER, *arguments],
        input=attacks.function("by-a-stranger"),
        capture_output=True,
        text=True,
        check=True,
    )
    came = json.loads(child.stdout)
    # Check the modes themselves, since root may read the files anyway.
    assert stat.S_IMODE(folder.state.stat().st_mode) == 0o700
    assert stat.S_IMODE(folder.record.stat().st_mode) == 0o600
    if os.geteuid() == 0:
        assert came["user"] == "nobody"
        hidden = (came["record"], came["log"], came["environment"])
        assert hidden == ("PermissionError",) * 3
    assert came["readable"] == "by everybody"
    assert "hypercorn" in came["command"]
    assert credentials.secret_access_key not in came["command"]
    assert came["unsigned"] == 403
    for name in ("own key, guessed secret", "test", "account"):
        assert came[name] == "AccessDenied", name
    assert whatever_got_in(record) == []


def test_a_key_id_with_credentials_of_older_versions_is_refused(
    record: Record,
) -> None:
    wrong = {
        "aws_access_key_id": "LOCALCLOUDNOTAKEY",
        "aws_secret_access_key": "local-cloud-not-a-secret",
    }
    arguments: dict[str, Any] = {**record.access.client_arguments(), **wrong}
    with pytest.raises(ClientError, match=r"doesn't belong to this cloud.*nimble-local env"):
        boto3.client("cloudformation", **arguments).describe_stacks()


def ask(url: str, method: str = "GET", body: bytes | None = None, **headers: str) -> int:
    request = Request(url, data=body, headers=headers, method=method)  # noqa: S310 - loopback
    try:
        with OPENER.open(request, timeout=20) as answer:
            status: int = answer.status
    except HTTPError as error:
        error.close()
        return error.code
    return status


def test_a_rebound_name_is_refused(record: Record) -> None:
    health = record.url(MINISTACK) + "/_ministack/health"
    assert ask(health) == 200
    assert ask(health, Host="evil.example") == 403
    assert ask(health, Origin="http://evil.example") == 403


def test_ministacks_public_endpoints_need_a_signature(record: Record) -> None:
    url = record.url(MINISTACK)
    for path in (
        "/",
        "/_localstack/health",
        "/_ministack/ready",
        "/_ministack/sqs/messages",
        "/_ministack/rds/iam-auth",
        "/latest/meta-data/iam/security-credentials/",
        "/bucket/key",
        "/_aws/execute-api/00000000/dev/",
    ):
        assert ask(url + path) == 403, path
    for path in ("/_ministack/reset", "/_ministack/config", "/oauth2/token"):
        assert ask(url + path, "POST", b"{}") == 403, path


# A function that calls back like the cloud's functions and passes its request to the test.
CALLS_BACK = """
import boto3, json, pathlib, urllib.request

def handler(event, context):
    if event["RequestType"] == "Delete":
        keys = ("StackId", "RequestId", "LogicalResourceId", "PhysicalResourceId")
        answer = {"Status": "SUCCESS", **{key: event[key] for key in keys}}
        body = json.dumps(answer).encode()
        urllib.request.urlopen(urllib.request.Request(event["ResponseURL"], body, method="PUT"))
        return
    boto3.client("cloudformation").describe_stacks(StackName=event["StackId"])
    pathlib.Path(event["ResourceProperties"]["File"]).write_text(json.dumps(event))
"""


@pytest.fixture
def request_of_cloudformation(record: Record, tmp_path: Path) -> Iterator[dict[str, Any]]:
    """Return a request that a stack is waiting for."""
    cloudformation = client(record, "cloudformation")
    file = tmp_path / "event.json"
    form = attacks.create_stack("waits")
    template = json.loads(form["TemplateBody"])
    template["Resources"]["Function"]["Properties"]["Code"] = {"ZipFile": CALLS_BACK}
    template["Resources"]["Run"]["Properties"] |= {"File": str(file), "ServiceTimeout": 600}
    cloudformation.create_stack(StackName="waits", TemplateBody=json.dumps(template))
    deadline = time.monotonic() + SECONDS
    try:
        while not file.exists() or not file.read_text():
            assert time.monotonic() < deadline, "the function did not run"
            time.sleep(0.1)
        yield json.loads(file.read_text())
    finally:
        cloudformation.delete_stack(StackName="waits")


def status_of(record: Record, stack: str) -> str:
    found = client(record, "cloudformation").describe_stacks(StackName=stack)["Stacks"]
    return str(found[0]["StackStatus"])


def test_a_response_url_accepts_only_its_own_answer(
    record: Record, request_of_cloudformation: dict[str, Any]
) -> None:
    request = request_of_cloudformation
    url = request["ResponseURL"]
    parts, query = urlsplit(url), parse_qs(urlsplit(url).query)
    assert parts.hostname == "127.0.0.1"
    assert re.fullmatch(r"/_ministack/cfn-response/[0-9a-f-]{36}", parts.path)
    assert re.fullmatch(r"\d{8}T\d{6}Z", query["X-Amz-Date"][0])
    assert query["X-Amz-Expires"] == ["7200"]
    answer = json.dumps(
        {
            "Status": "SUCCESS",
            "PhysicalResourceId": "made-by-the-test",
            "StackId": request["StackId"],
            "RequestId": request["RequestId"],
            "LogicalResourceId": request["LogicalResourceId"],
        }
    ).encode()
    without_query = url.partition("?")[0]
    for method, changed in (
        ("PUT", without_query),
        ("PUT", without_query + "?X-Amz-Signature=00"),
        ("PUT", url.replace("X-Amz-Expires=7200", "X-Amz-Expires=72000")),
        ("PUT", re.sub(r"cfn-response/[0-9a-f]", "cfn-response/z", url)),
        ("PUT", url.replace("/cfn-response/", "/cfn-signal/")),
        ("PUT", url + "&Action=DeleteStack"),
        ("POST", url),
        ("GET", url),
    ):
        assert ask(changed, method, answer) == 403, changed
    assert ask(url, "PUT", answer, Origin="http://evil.example") == 403
    assert status_of(record, "waits") == "CREATE_IN_PROGRESS"
    assert ask(url, "PUT", answer) == 200
    deadline = time.monotonic() + SECONDS
    while status_of(record, "waits") == "CREATE_IN_PROGRESS":
        assert time.monotonic() < deadline, "the answer was not taken"
        time.sleep(0.1)
    assert status_of(record, "waits") == "CREATE_COMPLETE"


def test_a_wait_condition_accepts_a_signal_at_its_signed_url(record: Record) -> None:
    cloudformation = client(record, "cloudformation")
    resources = {"Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}
    template = {
        "Resources": resources,
        "Outputs": {"Url": {"Value": {"Ref": "Handle"}}},
    }
    cloudformation.create_stack(StackName="signalled", TemplateBody=json.dumps(template))
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName="signalled", WaiterConfig={"Delay": 1}
    )
    found = cloudformation.describe_stacks(StackName="signalled")["Stacks"][0]
    url = found["Outputs"][0]["OutputValue"]
    signal = json.dumps({"Status": "SUCCESS", "UniqueId": "1", "Reason": "", "Data": ""}).encode()
    assert ask(url.partition("?")[0], "PUT", signal, **{"Content-Type": ""}) == 403
    assert ask(url, "PUT", signal, **{"Content-Type": ""}) == 200
    cloudformation.delete_stack(StackName="signalled")


def test_a_functions_code_is_served_at_a_signed_url(record: Record) -> None:
    functions = client(record, "lambda")
    functions.create_function(
        FunctionName="downloaded",
        Runtime="python3.13",
        Handler="index.handler",
        Role=ROLE,
        Code={"ZipFile": zipped("index.py", attacks.CODE)},
    )
    location = functions.get_function(FunctionName="downloaded")["Code"]["Location"]
    assert ask(location) == 200
    assert ask(location.partition("?")[0]) == 403
    functions.delete_function(FunctionName="downloaded")
    assert ask(location.partition("?")[0]) == 403


# The loop of a custom runtime, in Python because no compiler is installed here.
BOOTSTRAP = """#!{python}
import json, os, urllib.request
api = os.environ["AWS_LAMBDA_RUNTIME_API"]
opener = urllib.request.build_opener(urllib.request.ProxyHandler({{}}))
while True:
    with opener.open(f"http://{{api}}/2018-06-01/runtime/invocation/next") as event:
        number = event.headers["Lambda-Runtime-Aws-Request-Id"]
        event.read()
    body = json.dumps({{"port": api.partition("/")[0].partition(":")[2]}}).encode()
    opener.open(f"http://{{api}}/2018-06-01/runtime/invocation/{{number}}/response", body).read()
"""


def test_the_runtime_api_of_a_custom_runtime_answers_only_its_function(record: Record) -> None:
    functions = client(record, "lambda")
    functions.create_function(
        FunctionName="custom",
        Runtime="provided.al2023",
        Handler="bootstrap",
        Role=ROLE,
        Timeout=30,
        Code={"ZipFile": zipped("bootstrap", BOOTSTRAP.format(python=sys.executable), 0o755)},
    )
    try:
        answer = functions.invoke(FunctionName="custom", Payload=b"{}")
        port = json.load(answer["Payload"])["port"]
        api = f"http://127.0.0.1:{port}/2018-06-01/runtime"
        assert ask(f"{api}/invocation/next") == 403
        assert ask(f"http://127.0.0.1:{port}/{'0' * 40}/2018-06-01/runtime/invocation/next") == 403
        assert ask(f"{api}/init/error", "POST", b"{}") == 403
        assert functions.invoke(FunctionName="custom", Payload=b"{}")["StatusCode"] == 200
    finally:
        functions.delete_function(FunctionName="custom")


def test_a_websocket_without_a_signature_is_refused(record: Record) -> None:
    apis = client(record, "apigatewayv2")
    selection = "$request.body.action"
    made = apis.create_api(
        Name="chat", ProtocolType="WEBSOCKET", RouteSelectionExpression=selection
    )
    apis.create_stage(ApiId=made["ApiId"], StageName="dev")
    path = f"/_aws/execute-api/{made['ApiId']}/dev"
    url = urlsplit(record.url(MINISTACK))
    with socket.create_connection(("127.0.0.1", url.port or 0), timeout=20) as connection:
        connection.sendall(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\n"
            "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        assert connection.recv(1000).startswith(b"HTTP/1.1 403 ")


def test_keys_that_ministack_issues_are_valid_until_deleted(record: Record) -> None:
    arguments = record.access.client_arguments()
    role = client(record, "sts").assume_role(RoleArn=ROLE, RoleSessionName="session")
    temporary = role["Credentials"]
    for change, code in (({}, None), ({"aws_secret_access_key": "guessed"}, "AccessDenied")):
        keys: dict[str, Any] = {
            **arguments,
            "aws_access_key_id": temporary["AccessKeyId"],
            "aws_secret_access_key": temporary["SecretAccessKey"],
            "aws_session_token": temporary["SessionToken"],
            **change,
        }
        assert called(boto3.client("sts", **keys)) == code
    iam = client(record, "iam")
    iam.create_user(UserName="user")
    key = iam.create_access_key(UserName="user")["AccessKey"]
    keys = {
        **arguments,
        "aws_access_key_id": key["AccessKeyId"],
        "aws_secret_access_key": key["SecretAccessKey"],
    }
    assert called(boto3.client("sts", **keys)) is None
    iam.delete_access_key(UserName="user", AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName="user")
    assert called(boto3.client("sts", **keys)) == "AccessDenied"


def called(sts: Any) -> str | None:
    try:
        sts.get_caller_identity()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return None
