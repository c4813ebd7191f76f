"""The unmodified Segment clients for Python and Node against a real server process."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from segment.analytics.client import Client

JS = Path(__file__).parent / "js"
SEEN = """
import django
django.setup()
from setpoint.events.messages import decode_stored
from setpoint.events.models import Inbox
for row in Inbox.objects.order_by("id"):
    kept = decode_stored(bytes(row.payload))
    print(kept.type, kept.user_id or kept.anonymous_id, kept.event, kept.value)
Inbox.objects.all().delete()
"""
SETUP = """
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from setpoint.governance.services import create_api_key
from setpoint.kernel import clock
print(create_api_key("clients", [], kind="write", now=clock.now())[0])
"""


class Server(NamedTuple):
    """A running tracking endpoint."""

    url: str
    key: str
    environment: dict[str, str]

    def seen(self) -> list[str]:
        """The messages on its disk since last asked: kind, customer, event, value."""
        return python(SEEN, self.environment).splitlines()


def python(program: str, environment: dict[str, str]) -> str:
    command = [sys.executable, "-c", program]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The endpoint in a Granian process with a home of its own."""
    home = tmp_path_factory.mktemp("home")
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "setpoint.site.settings",
        "SETPOINT_HOME": str(home),
        "SETPOINT_SECRET_KEY": "a-secret-key-of-the-test-that-is-long",
        "SETPOINT_BODY_SECONDS": "2",
        "PYTHONPATH": str(Path(__file__).parents[4]) + os.pathsep + os.environ.get("PYTHONPATH", ""),
    }
    environment.pop("SETPOINT_DATABASE_URL", None)
    key = python(SETUP, environment)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    granian = [sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen([*granian, "setpoint.events.tests.server:app"], env=environment)
    try:
        url = f"http://127.0.0.1:{port}"
        _await(url)
        yield Server(url, key, environment)
    finally:
        process.terminate()
        process.wait(20)


def _await(url: str) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            httpx.options(url)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("The server did not start.")


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_the_python_client(server: Server, packed: bool) -> None:
    failures: list[Exception] = []
    client = Client(
        server.key, host=server.url, gzip=packed, max_retries=0, on_error=lambda error, _: failures.append(error)
    )
    client.identify("py-1", {"email": "py@example.com"})
    client.track("py-1", "Order Completed", {"revenue": 12.5}, message_id="once")
    client.track("py-1", "Order Completed", {"revenue": 12.5}, message_id="once")
    client.page("py-1", "Shop", "Home")
    client.screen("py-1", "Shop", "Start")
    client.group("py-1", 5, {"name": "Acme"})
    client.alias("py-anonymous", "py-1")
    client.shutdown()
    assert not failures
    assert server.seen() == [
        "identify py-1  None",
        "track py-1 Order Completed 12.5",
        "page py-1  None",
        "screen py-1  None",
        "group py-1  None",
        "alias py-1  None",
    ]


def test_the_python_client_is_told_why(server: Server) -> None:
    failures: list[Exception] = []
    client = Client("wrong", host=server.url, max_retries=0, on_error=lambda error, _: failures.append(error))
    client.track("py-1", "Order Completed")
    client.shutdown()
    assert "unauthorised" in str(failures[0])
    assert server.seen() == []


def test_the_node_client(server: Server) -> None:
    node = shutil.which("node")
    if node is None or not (JS / "node_modules").is_dir():
        pytest.skip("Node or its packages are not there: run npm ci in src/setpoint/events/tests/js.")
    command = [node, str(JS / "send.mjs"), server.url, server.key]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout.strip()) == (0, "sent"), done.stderr
    assert sorted(server.seen()) == [
        "alias js-1  None",
        "group js-1  None",
        "identify js-1  None",
        "page js-1  None",
        "screen js-anonymous  None",
        "track js-1 Order Completed 19.9",
    ]


def test_a_two_megabyte_event_over_the_wire(server: Server) -> None:
    body = b'{"userId":"u","event":"x","properties":{"a":"' + b"x" * 2_000_000 + b'"}}'
    answer = httpx.post(f"{server.url}/v1/track", content=body, auth=(server.key, ""))
    assert answer.status_code == 413
    assert answer.json()["error"]["remedy"]


def test_a_body_that_drips_is_answered_in_time_and_nothing_of_it_is_kept(server: Server) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    head = f"POST /v1/track HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n"
    begun = time.monotonic()
    with socket.create_connection((host, int(port)), timeout=10) as slow:
        slow.sendall(head.encode())
        slow.settimeout(0.2)
        answer = dripped(slow)
    assert time.monotonic() - begun < 8
    assert answer.startswith(b"HTTP/1.1 408 ")
    told = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert (told["success"], told["code"], told["error"]["code"]) == (False, "too_slow", "too_slow")
    assert "2 seconds" in told["error"]["message"]
    assert told["error"]["remedy"]
    assert httpx.post(f"{server.url}/v1/track", json={}, auth=(server.key, "")).status_code == 400  # others are served
    assert server.seen() == []


def dripped(slow: socket.socket) -> bytes:
    """What the server says while one byte comes every fifth of a second."""
    answer = b""
    while b"\r\n\r\n" not in answer or not answer.rstrip().endswith(b"}"):
        slow.sendall(b" ")
        try:
            piece = slow.recv(65_536)
        except TimeoutError:
            continue
        if not piece:
            break
        answer += piece
    return answer
