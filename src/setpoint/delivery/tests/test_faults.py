"""Workers are killed with SIGKILL at random moments of a send; the ledger ends as if nothing had happened."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from setpoint.delivery.tests.servers import MailServer, Receiver

pytestmark = [pytest.mark.fault, pytest.mark.slow]

PROCESS = Path(__file__).with_name("worker_process.py")
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAAAA"
COUNT = 600
KILLS = 10
CONNECTIONS = 4


class Company:
    """An installation of its own, reached only through processes."""

    def __init__(self, home: Path) -> None:
        home.mkdir()
        self.home = home
        environment = os.environ | {"SETPOINT_HOME": str(home), "SETPOINT_SECRET_KEY": "k" * 50}
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        self.server = environment.get("SETPOINT_DATABASE_URL", "")
        self.database = f"delivery_fault_{os.getpid()}_{zlib.crc32(str(home).encode())}"
        if self.server:
            self._administer(f'CREATE DATABASE "{self.database}"')
            environment["SETPOINT_DATABASE_URL"] = f"{self.server.rpartition('/')[0]}/{self.database}"
        self.nursery = subprocess.Popen(
            [sys.executable, str(PROCESS)], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._count = 0

    def start(self, verb: str, **given: Any) -> tuple[int, Path]:
        """Start a process; its pid and the file it prints to."""
        self._count += 1
        out = self.home / f"out{self._count}"
        return self._ask({"verb": verb, "out": str(out), "given": given}), out

    def end(self, worker: tuple[int, Path]) -> str:
        """Wait for a process to succeed; what it printed."""
        status = self.status(worker)
        assert status == 0, worker[1].read_text()
        return worker[1].read_text()

    def status(self, worker: tuple[int, Path]) -> int:
        return self._ask({"verb": "wait", "pid": worker[0]})

    def run(self, verb: str, **given: Any) -> str:
        return self.end(self.start(verb, **given))

    def ledger(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.run("show"))
        return found

    def close(self) -> None:
        assert self.nursery.stdin is not None
        assert self.nursery.stdout is not None
        self.nursery.stdin.close()
        self.nursery.wait(10)
        self.nursery.stdout.close()
        if self.server:
            self._administer(f'DROP DATABASE "{self.database}" WITH (FORCE)')

    def _administer(self, statement: str) -> None:
        with psycopg.connect(f"{self.server.rpartition('/')[0]}/postgres", autocommit=True) as connection:
            connection.execute(statement)

    def _ask(self, order: dict[str, Any]) -> int:
        assert self.nursery.stdin is not None
        assert self.nursery.stdout is not None
        self.nursery.stdin.write(json.dumps(order) + "\n")
        self.nursery.stdin.flush()
        return int(self.nursery.stdout.readline())


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    made = Company(tmp_path / "home")
    yield made
    made.close()


def kill_while_sending(company: Company, arrived: Callable[[], int]) -> None:
    """Start the worker again and again and kill it after a few more messages have arrived, then let it finish."""
    luck = random.Random(7)
    killed = 0
    for number in range(1, KILLS + 1):
        worker = company.start("work", limit=luck.choice([10, 50, 100]))
        target = number * COUNT // (KILLS + 2) + luck.randrange(20)
        until = time.monotonic() + 30
        while arrived() < target and time.monotonic() < until:
            time.sleep(0.001)
        time.sleep(luck.random() * 0.01)
        os.kill(worker[0], signal.SIGKILL)
        killed += company.status(worker) == signal.SIGKILL
    assert killed == KILLS
    company.run("work")


def check_money(ledger: dict[str, Any], sent: int) -> None:
    assert ledger["budgets"] == [
        ["campaign", "money", sent * 7, sent * 12_345],
        ["channel:email" if "email" in str(ledger["budgets"]) else "channel:webhook", "messages", 0, sent],
    ]
    assert ledger["sums"]["cost_money"] == sent * 12_345
    assert ledger["complete"]


def arrived_in(maildir: Path) -> Callable[[], int]:
    return lambda: len(os.listdir(maildir / "new"))


def test_smtp_with_look_up_ends_as_if_nothing_had_happened(tmp_path, company):
    server = MailServer(tmp_path / "mail")
    settings = {
        "host": "127.0.0.1", "port": server.port, "from_address": "a@shop.example", "connections": CONNECTIONS,
        "maildir": str(tmp_path / "mail"), "proof_after": 0.5,
    }  # fmt: skip
    company.run("prepare", channel="email", plugin="smtp", settings=settings, count=COUNT)
    kill_while_sending(company, arrived_in(tmp_path / "mail"))
    received = server.received()
    server.stop()
    ledger = company.ledger()
    assert max(Counter(received).values()) == 1
    assert set(received) == set(ledger["keys"])
    assert ledger["states"] == {"handed": COUNT}
    check_money(ledger, COUNT)


def test_smtp_without_look_up_doubles_nothing_and_doubts_no_more_than_its_connections(tmp_path, company):
    server = MailServer(tmp_path / "mail")
    settings = {
        "host": "127.0.0.1", "port": server.port, "from_address": "a@shop.example", "connections": CONNECTIONS,
    }  # fmt: skip
    company.run("prepare", channel="email", plugin="smtp", settings=settings, count=COUNT)
    kill_while_sending(company, arrived_in(tmp_path / "mail"))
    received = server.received()
    server.stop()
    ledger = company.ledger()
    assert max(Counter(received).values()) == 1
    unknown = ledger["states"].get("unknown", 0)
    assert unknown <= KILLS * CONNECTIONS
    assert ledger["states"] == {"handed": COUNT - unknown} | ({"unknown": unknown} if unknown else {})
    assert COUNT - unknown <= len(received) <= COUNT
    check_money(ledger, COUNT)


def test_webhooks_are_taken_once_each(company):
    receiver = Receiver(SECRET)
    settings = {"url": receiver.url, "secret": SECRET, "connections": CONNECTIONS}
    company.run("prepare", channel="webhook", plugin="webhook", settings=settings, count=COUNT)
    kill_while_sending(company, lambda: len(receiver.taken))
    receiver.stop()
    ledger = company.ledger()
    assert receiver.problems == []
    assert sorted(receiver.taken) == sorted(ledger["keys"])
    assert ledger["states"] == {"delivered": COUNT}
    check_money(ledger, COUNT)


def test_workers_side_by_side_never_take_the_same_row(tmp_path, company):
    server = MailServer(tmp_path / "mail")
    settings = {"host": "127.0.0.1", "port": server.port, "from_address": "a@shop.example", "connections": 2}
    company.run("prepare", channel="email", plugin="smtp", settings=settings, count=300)
    for worker in [company.start("work", worker=f"w{number}", limit=7) for number in range(3)]:
        company.end(worker)
    received = server.received()
    server.stop()
    ledger = company.ledger()
    assert len(received) == len(set(received)) == 300
    assert len({owner.partition("/")[0] for owner in ledger["keys"].values()}) > 1
    assert ledger["states"] == {"handed": 300}
    check_money(ledger, 300)
