"""Two web, two ingest and two worker processes on one PostgreSQL; one of each is killed in the midst of a campaign."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import psycopg
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox

from setpoint.site.demo.instance import free_port
from tests.e2e.test_kill import SIZE, Installation, check_mail, check_money

URL = os.environ.get("SETPOINT_DATABASE_URL", "")
pytestmark = [
    pytest.mark.fault,
    pytest.mark.slow,
    pytest.mark.timeout(400),
    pytest.mark.skipif(not URL.startswith("postgres"), reason="SETPOINT_DATABASE_URL names no PostgreSQL"),
]
PREFIX = "noise-"
ENOUGH_MAILS = 15


class Process:
    """One role of Setpoint that is started again after a kill, as a supervisor would."""

    def __init__(self, role: str, made: Installation, number: int) -> None:
        self.port = free_port()
        self.name = f"{role}-{number}"
        listening = ["--port", str(self.port)] if role != "worker" else ["--name", self.name]
        self.command = [sys.executable, "-m", "setpoint", role, *listening]
        self.environment = {name: value for name, value in made.environment.items() if name != "SETPOINT_WORKER"}
        self.log = made.home / f"{self.name}.log"
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, env=self.environment, stdout=log, stderr=log)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()

    def answers(self, path: str) -> bool:
        with suppress(httpx.TransportError):
            return httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=5).status_code < 500
        return False

    def wait(self, path: str) -> None:
        until = time.monotonic() + 60
        while not self.answers(path):
            assert time.monotonic() < until, self.log.read_text()
            time.sleep(0.1)


class Client(threading.Thread):
    """Sends events to either ingest process, to the other one when one does not answer; remembers what was accepted."""

    def __init__(self, ports: list[int], write_key: str) -> None:
        super().__init__()
        self.ports, self.auth = ports, (write_key, "")
        self.accepted: list[str] = []
        self.failures = 0
        self.done = threading.Event()

    def run(self) -> None:
        number = 0
        while not self.done.is_set():
            number += 1
            self._send(f"{PREFIX}{number}", number)
            time.sleep(0.01)

    def _send(self, message_id: str, turn: int) -> None:
        body = {"userId": "u1", "event": "Page Seen", "messageId": message_id}
        for attempt in range(40):
            port = self.ports[(turn + attempt) % len(self.ports)]
            with suppress(httpx.TransportError):
                answer = httpx.post(f"http://127.0.0.1:{port}/v1/track", json=body, auth=self.auth, timeout=5)
                if answer.status_code == 200:
                    self.accepted.append(message_id)
                    return
            self.failures += 1
            time.sleep(0.05)
        raise AssertionError(f"{message_id} found no server")


@pytest.fixture
def database() -> Iterator[str]:
    """A database of its own beside the configured one."""
    name = f"setpoint_many_{uuid4().hex[:8]}"
    with closing(psycopg.connect(_admin(), autocommit=True)) as server:
        server.execute(f"CREATE DATABASE {name}")
        yield urlsplit(URL)._replace(path=f"/{name}").geturl()
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _admin() -> str:
    return urlsplit(URL)._replace(scheme="postgresql", path="/postgres").geturl()


@pytest.fixture
def made(tmp_path: Path, database: str) -> Iterator[Installation]:
    server = Controller(Mailbox(str(tmp_path / "mail")), hostname="127.0.0.1", port=free_port())
    server.start()
    installation = Installation(tmp_path / "home", server.port, tmp_path / "mail", SETPOINT_DATABASE_URL=database)
    try:
        yield installation
    finally:
        installation.close()
        server.stop()


def first_keys(made: Installation) -> dict[str, str]:
    keys = made.home / "keys.json"
    command = [sys.executable, "-m", "setpoint", "init", "--json", str(keys)]
    subprocess.run(command, env=made.environment, check=True, stdout=subprocess.DEVNULL)
    found: dict[str, str] = json.loads(keys.read_text())
    return found


def await_mails(folder: Path, count: int) -> None:
    until = time.monotonic() + 90
    while len(os.listdir(folder / "new")) < count:
        assert time.monotonic() < until, "no mail leaves"
        time.sleep(0.02)


def kill_one_of_each(roles: dict[str, list[Process]]) -> None:
    for role in ("worker", "ingest", "web"):
        roles[role][0].kill()
        assert roles["web"][1].answers("/health")
        time.sleep(0.3)
    for role in roles:
        roles[role][0].start()


def test_one_of_each_may_die(made: Installation, tmp_path: Path) -> None:
    keys = first_keys(made)
    made.run("prepare", settings=made.settings, size=SIZE)
    roles = {role: [Process(role, made, number) for number in (1, 2)] for role in ("web", "ingest", "worker")}
    everyone = [process for pair in roles.values() for process in pair]
    client = Client([process.port for process in roles["ingest"]], keys["write_key"])
    try:
        for process in [*roles["web"], *roles["ingest"]]:
            process.wait("/health" if process in roles["web"] else "/v1/none")
        lead = made.start("lead")
        await_mails(tmp_path / "mail", ENOUGH_MAILS)
        client.start()
        kill_one_of_each(roles)
        time.sleep(1)
        client.done.set()
        client.join()
        made.end(lead)
        made.run("end")
        trace = made.trace()
        check_api(roles["web"][1].port, keys["api_key"], trace)
    finally:
        client.done.set()
        for process in everyone:
            process.stop()
    check_mail(trace, tmp_path / "mail")
    check_money(trace)
    assert [row[1] for row in trace["rows"]].count(2) > 20, "two whole rounds were played"
    counts = json.loads(made.run("landed", prefix=PREFIX))
    assert client.failures > 0, "a killed server refused nothing: the kill was not felt"
    assert set(client.accepted) <= set(counts), "an accepted event was lost"
    assert set(counts.values()) == {1}, "an event landed twice"


def check_api(port: int, key: str, trace: dict[str, Any]) -> None:
    """The web process that lived through it tells what the tables hold."""
    headers = {"Authorization": f"Bearer {key}"}
    progress = httpx.get(f"http://127.0.0.1:{port}/api/campaigns/1/progress", headers=headers, timeout=20).json()
    money = next(line for line in trace["budgets"] if line[:2] == ["campaign", "money"])
    shown = next(line for line in progress["limits"] if (line["scope"], line["resource"]) == ("campaign", "money"))
    assert shown["committed"] == pytest.approx(money[4] / 1_000_000)
