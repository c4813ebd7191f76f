"""A worker that is killed with SIGKILL while a source is read and while an export is sent: each row lands once."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.fault, pytest.mark.slow, pytest.mark.timeout(400)]
ROWS, KILLS = 40_000, 3
PREPARE = """
import os, django
django.setup()
from setpoint.destinations import services as destinations
from setpoint.kernel import clock
from setpoint.sources import services as sources
from setpoint.site.setup import initialise
initialise()
home, now = os.environ["SETPOINT_HOME"], clock.now()
settings = {"engine": "sqlite", "database": f"{home}/sources/in.sqlite3", "query": "people", "cursor_column": "number"}
mapping = {"columns": {"number": "user_id", "city": "trait:city"}}
draft = sources.Draft(name="people", settings=settings, target="customers", mapping=mapping, identity=["number"])
made = sources.create_connection("sql", draft, actor="test", now=now)
sources.start_run(made.pk, actor="test", now=now)
"""
SEND = """
import os, django
django.setup()
from setpoint.destinations import services
from setpoint.kernel import clock
settings = {"engine": "sqlite", "database": f"{os.environ['SETPOINT_HOME']}/sources/out.sqlite3", "table": "people"}
draft = services.Draft(name="people", settings=settings, columns={"user_id": "number", "trait.city": "city"})
made = services.create_export("sql", draft, actor="test", now=clock.now())
services.start_run(made.pk, actor="test", now=clock.now())
"""


class Home:
    """A home, and a worker in it that is started again after each kill."""

    def __init__(self, home: Path) -> None:
        self.home = home
        (home / "sources").mkdir(parents=True)
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("SETPOINT", "DJANGO"))}
        own = {"SETPOINT_HOME": str(home), "SETPOINT_SECRET_KEY": "k" * 50, "SETPOINT_WORKER": "w"}
        self.environment = inherited | own | {"DJANGO_SETTINGS_MODULE": "setpoint.site.settings"}
        self.log = home / "worker.log"
        self.worker: subprocess.Popen[bytes] | None = None

    def run(self, program: str) -> None:
        subprocess.run([sys.executable, "-c", program], env=self.environment, check=True)

    def start(self) -> None:
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "setpoint", "worker"]
            self.worker = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)

    def kill(self) -> None:
        if self.worker is not None:
            self.worker.kill()
            self.worker.wait()

    def ask(self, sql: str, name: str = "setpoint.sqlite3") -> list[Any]:
        with closing(sqlite3.connect(self.home / name, timeout=60)) as tables:
            return tables.execute(sql).fetchall()

    def kill_in_the_midst(self, progress: str) -> list[int]:
        """Kill the worker a random while after it has come on; how far it was each time."""
        luck, seen = random.Random(5), [0]
        for _kill in range(KILLS):
            self.start()
            until = time.monotonic() + 60
            while self.ask(progress)[0][0] <= seen[-1] and time.monotonic() < until:
                time.sleep(0.002)
            time.sleep(luck.random() * 0.15)
            self.kill()
            seen.append(self.ask(progress)[0][0])
        self.start()
        return seen[1:]

    def wait_for(self, sql: str, wanted: object) -> None:
        until = time.monotonic() + 120
        while self.ask(sql) != [(wanted,)]:
            assert time.monotonic() < until, (sql, self.ask(sql), self.log.read_text()[-3000:])
            time.sleep(0.1)


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path / "home")
    with closing(sqlite3.connect(home.home / "sources" / "in.sqlite3")) as tables:
        tables.execute("CREATE TABLE people (number INTEGER PRIMARY KEY, city TEXT)")
        tables.executemany("INSERT INTO people VALUES (?, ?)", ((n, f"city {n % 7}") for n in range(1, ROWS + 1)))
        tables.commit()
    try:
        yield home
    finally:
        home.kill()


def test_rows_come_in_and_go_out_once(made: Home) -> None:
    made.run(PREPARE)
    taken = made.kill_in_the_midst("SELECT rows_read FROM sources_run")
    made.wait_for("SELECT state FROM sources_run", "done")
    made.wait_for("SELECT count(*) FROM events_inbox WHERE batch IS NULL", 0)
    made.wait_for("SELECT count(*) FROM events_fold WHERE closed_at IS NULL", 0)
    assert len({count for count in taken if 0 < count < ROWS}) > 1, f"the run was over too soon: {taken}"
    ((created, again, other),) = made.ask(
        "SELECT rows_created, rows_same, rows_changed + rows_refused FROM sources_run"
    )
    assert (created, other) == (ROWS, 0)
    assert again <= KILLS, "the row at the cursor alone is read again, and is the same"
    assert made.ask("SELECT count(*), count(DISTINCT value) FROM customers_identity WHERE kind = 'user_id'") == [
        (ROWS, ROWS)
    ]
    assert made.ask("SELECT count(*) FROM events_inbox") == [(ROWS,)]

    made.kill()
    made.run(SEND)
    taken = made.kill_in_the_midst("SELECT rows_read FROM destinations_exportrun")
    made.wait_for("SELECT state FROM destinations_exportrun", "done")
    assert len({count for count in taken if 0 < count < ROWS}) > 1, f"the run was over too soon: {taken}"
    sums = made.ask(
        "SELECT rows_read, rows_written, rows_same + rows_refused + rows_removed FROM destinations_exportrun"
    )
    assert sums == [(ROWS, ROWS, 0)]
    sent = "SELECT CAST(number AS INTEGER), city FROM people ORDER BY 1"
    assert made.ask(sent, "sources/out.sqlite3") == made.ask(
        "SELECT number, city FROM people ORDER BY 1", "sources/in.sqlite3"
    )
