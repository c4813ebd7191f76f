"""A whole campaign whose worker is killed with SIGKILL at ten random moments ends as if nothing had happened."""

from __future__ import annotations

import json
import mailbox
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox

from setpoint.site.demo.instance import free_port

pytestmark = [pytest.mark.fault, pytest.mark.slow]
PROCESS = Path(__file__).with_name("kill_process.py")
SIZE = 300
STEP, MAIL = 0, 1
WATCHED = (STEP, MAIL, MAIL, MAIL, STEP, STEP, MAIL, MAIL, STEP, STEP)
FOUND = "found at the provider after a stop"
Running = tuple[int, Path]
Place = tuple[int, int]


class Installation:
    """A home of its own, reached only through processes."""

    def __init__(self, home: Path, port: int, maildir: Path, **extra: str) -> None:
        self.home = home
        home.mkdir()
        self.settings = {
            "host": "127.0.0.1",
            "port": port,
            "from_address": "hello@shop.example",
            "connections": 4,
            "maildir": str(maildir),
            "proof_after": 0.2,
        }
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("SETPOINT", "DJANGO"))}
        own = {"SETPOINT_HOME": str(home), "SETPOINT_SECRET_KEY": "k" * 50, "SETPOINT_CLOCK": "simulated"}
        threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "SETPOINT_WORKER": "w1"}
        self.environment = environment | own | threads | extra
        self.nursery = subprocess.Popen(
            [sys.executable, str(PROCESS)],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._count = 0

    def start(self, verb: str, **given: Any) -> Running:
        """Start a process; its pid and the file it prints to."""
        self._count += 1
        out = self.home / f"out-{verb}-{self._count}"
        return self._ask({"verb": verb, "out": str(out), "given": given}), out

    def run(self, verb: str, **given: Any) -> str:
        """Start a process and wait for it to succeed; what it printed."""
        return self.end(self.start(verb, **given))

    def end(self, running: Running) -> str:
        status = self._ask({"verb": "wait", "pid": running[0]})
        assert status == 0, running[1].read_text()
        return running[1].read_text()

    def kill(self, running: Running) -> None:
        os.kill(running[0], signal.SIGKILL)
        assert self._ask({"verb": "wait", "pid": running[0]}) == signal.SIGKILL, running[1].read_text()

    def trace(self) -> dict[str, Any]:
        """Everything that came of the campaign."""
        found: dict[str, Any] = json.loads(self.run("show"))
        return found

    def close(self) -> None:
        assert self.nursery.stdin is not None
        assert self.nursery.stdout is not None
        self.nursery.stdin.close()
        self.nursery.wait(20)
        self.nursery.stdout.close()

    def _ask(self, order: dict[str, Any]) -> int:
        assert self.nursery.stdin is not None
        assert self.nursery.stdout is not None
        self.nursery.stdin.write(json.dumps(order) + "\n")
        self.nursery.stdin.flush()
        return int(self.nursery.stdout.readline())


@contextmanager
def installation(folder: Path) -> Iterator[tuple[Installation, Path]]:
    """An installation and the Maildir in which its mail server (aiosmtpd as it comes) files what it takes."""
    folder.mkdir()
    maildir = folder / "mail"
    server = Controller(Mailbox(str(maildir)), hostname="127.0.0.1", port=free_port())
    server.start()
    made = Installation(folder / "home", server.port, maildir)
    try:
        made.run("prepare", settings=made.settings, size=SIZE)
        yield made, maildir
    finally:
        made.close()
        server.stop()


def finish(made: Installation, lead: Running) -> dict[str, Any]:
    """Let a worker finish the campaign's rounds."""
    worker = made.start("work")
    try:
        made.end(lead)
    finally:
        made.kill(worker)
    made.run("end")
    return made.trace()


def place(made: Installation, maildir: Path) -> Place:
    """Where the campaign stands: finished steps, filed mails."""
    with closing(sqlite3.connect(made.home / "setpoint.sqlite3", timeout=30)) as tables:
        (steps,) = tables.execute("select count(*) from autopilot_step").fetchone()
    return int(steps), len(os.listdir(maildir / "new"))


def kill_at_random(made: Installation, maildir: Path, seed: int) -> list[Place]:
    """Kill the worker ten times, a random while after a step or a mail is finished; where it stood each time."""
    luck = random.Random(seed)
    places = [place(made, maildir)]
    for watched in WATCHED:
        worker = made.start("work")
        until = time.monotonic() + 10
        while place(made, maildir)[watched] == places[-1][watched] and time.monotonic() < until:
            time.sleep(0.002)
        time.sleep(luck.choice([0.0, 0.01, 0.1, 0.3]) * luck.random())
        made.kill(worker)
        places.append(place(made, maildir))
    return places[1:]


def keys(maildir: Path) -> Counter[str]:
    return Counter(
        str(mail["Message-ID"]).strip("<>").partition("@")[0] for mail in mailbox.Maildir(maildir, create=False)
    )


def rows_of(trace: dict[str, Any]) -> list[Any]:
    """The ledger's rows. A message that arrived just before a kill says how that was found out: set aside here."""
    return [[*row[:4], "" if row[4] == FOUND else row[4], *row[5:]] for row in trace["rows"]]


def steps_of(trace: dict[str, Any]) -> list[Any]:
    return [[number, name, _timeless(result)] for number, name, result in trace["steps"]]


def _timeless(result: dict[str, Any]) -> dict[str, Any]:
    evidence = {name: value for name, value in result.get("evidence", {}).items() if name != "at"}
    return {**result, "evidence": evidence}


def check_mail(trace: dict[str, Any], maildir: Path) -> None:
    taken = keys(maildir)
    assert max(taken.values()) == 1, "a message was sent twice"
    handed = {row[5]: row for row in trace["rows"] if row[3] in ("handed", "delivered")}
    assert set(taken) == set(handed)
    slots = Counter((row[0], row[1], row[2]) for row in handed.values())
    assert max(slots.values()) == 1, "a customer has two messages of one slot"


def check_money(trace: dict[str, Any]) -> None:
    line = next(line for line in trace["budgets"] if line[:2] == ["campaign", "money"])
    assert line[4] == sum(row[6] + row[10] for row in trace["rows"])
    assert line[3] + line[4] <= line[2]
    messages = next(line for line in trace["budgets"] if line[:2] == ["campaign", "messages"])
    assert messages[4] == sum(row[7] for row in trace["rows"])


@pytest.mark.timeout(300)
def test_ten_kills_leave_no_trace(tmp_path: Path) -> None:
    with installation(tmp_path / "calm") as (made, maildir):
        calm = finish(made, made.start("lead"))
        check_mail(calm, maildir)
        check_money(calm)
    with installation(tmp_path / "killed") as (made, maildir):
        lead = made.start("lead")
        places = kill_at_random(made, maildir, seed=11)
        killed = finish(made, lead)
        check_mail(killed, maildir)
        check_money(killed)
    assert len({each[STEP] for each in places}) > 3, f"steps were cut short: {places}"
    assert len({each[MAIL] for each in places}) > 3, f"sends were cut short: {places}"
    assert [row[1] for row in calm["rows"]].count(2) > 20, "two whole rounds were played"
    assert rows_of(killed) == rows_of(calm)
    assert killed["ledger"] == calm["ledger"]
    assert killed["budgets"] == calm["budgets"]
    assert killed["decisions"] == calm["decisions"]
    assert steps_of(killed) == steps_of(calm)
