"""Fixtures of the destinations' tests."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import uuid4

import psycopg
import pymysql
import pytest
from standardwebhooks import Webhook

from setpoint.destinations import services
from setpoint.destinations.models import Export, ExportRun
from setpoint.destinations.plugins.registry import DESTINATIONS
from setpoint.destinations.testing import RecordingDestination
from setpoint.sources.types import Context

SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
Run = Callable[..., ExportRun]


@pytest.fixture
def context(tmp_path: Path, now: datetime) -> Context:
    """A destination's surroundings, inner addresses allowed."""
    return Context(1, tmp_path / "exports" / "1", True, now)


@pytest.fixture
def recording(monkeypatch: pytest.MonkeyPatch) -> type[RecordingDestination]:
    """The fake, registered and empty."""
    DESTINATIONS.names()
    monkeypatch.setitem(DESTINATIONS._plugins, "recording", RecordingDestination)
    RecordingDestination.kept.clear()
    RecordingDestination.calls.clear()
    RecordingDestination.refuses.clear()
    return RecordingDestination


@pytest.fixture
def export(now: datetime) -> Callable[..., Export]:
    """Sets up an export."""

    def make(plugin: str, settings: dict[str, Any], **said: Any) -> Export:
        draft = services.Draft(name="test", settings=settings, allow_private=True, **said)
        return services.create_export(plugin, draft, actor="test", now=now)

    return make


@pytest.fixture
def run(now: datetime) -> Run:
    """Runs an export to its end and returns the run."""

    def go(export: Export, **named: Any) -> ExportRun:
        queued = services.start_run(export.pk, actor="test", now=named.pop("at", now), **named)
        assert services.run_next(now=now)
        queued.refresh_from_db()
        return queued

    return go


def sqlite_rows(path: Path, table: str = "people") -> list[dict[str, Any]]:
    """A table's rows."""
    with closing(sqlite3.connect(path)) as tables:
        tables.row_factory = sqlite3.Row
        return [dict(row) for row in tables.execute(f"SELECT * FROM {table} ORDER BY 1, 2")]


Server = tuple[dict[str, Any], Callable[[str], list[dict[str, Any]]]]


@pytest.fixture
def sqlite_file(context: Context) -> Server:
    """A database file: settings, and what a query answers."""
    path = context.folder / "out.sqlite3"

    def ask(query: str) -> list[dict[str, Any]]:
        with closing(sqlite3.connect(path)) as tables:
            tables.row_factory = sqlite3.Row
            return [dict(row) for row in tables.execute(query)]

    return {"engine": "sqlite", "database": str(path), "table": "people", "create": True}, ask


@pytest.fixture
def postgres() -> Iterator[Server]:
    """A PostgreSQL database of its own."""
    try:
        server = psycopg.connect("host=127.0.0.1 user=postgres dbname=postgres connect_timeout=2", autocommit=True)
    except psycopg.OperationalError:
        pytest.skip("no PostgreSQL here")
    name = f"out_{uuid4().hex[:8]}"
    server.execute(f"CREATE DATABASE {name}")
    told = {"engine": "postgresql", "host": "127.0.0.1", "database": name, "user": "postgres", "create": True}

    def ask(query: str) -> list[dict[str, Any]]:
        with psycopg.connect(f"host=127.0.0.1 user=postgres dbname={name}", row_factory=psycopg.rows.dict_row) as own:
            return own.execute(query).fetchall()

    yield told | {"table": "people"}, ask
    server.execute(f"DROP DATABASE {name} WITH (FORCE)")
    server.close()


@pytest.fixture
def mariadb() -> Iterator[Server]:
    """A MariaDB database of its own."""
    try:
        server = pymysql.connect(host="127.0.0.1", user="root", connect_timeout=2, autocommit=True)
    except pymysql.MySQLError:
        pytest.skip("no MariaDB here")
    name = f"out_{uuid4().hex[:8]}"
    server.cursor().execute(f"CREATE DATABASE {name}")
    told = {"engine": "mysql", "host": "127.0.0.1", "database": name, "user": "root", "create": True}

    def ask(query: str) -> list[dict[str, Any]]:
        with pymysql.connect(host="127.0.0.1", user="root", database=name) as own:
            cursor = own.cursor(pymysql.cursors.DictCursor)
            cursor.execute(query)
            return list(cursor.fetchall())

    yield told | {"table": "people"}, ask
    server.cursor().execute(f"DROP DATABASE {name}")
    server.close()


class Receiver:
    """A server that checks signatures and knows repeats by their id, as the standard asks."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.seen: dict[str, dict[str, Any]] = {}
        self.kept: dict[int, dict[str, Any]] = {}
        self.calls = 0
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}/in"
        Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, headers: dict[str, str], body: bytes) -> int:
        """Take a call; the status to answer."""
        self.calls += 1
        if self.answers:
            return self.answers.pop(0)
        Webhook(SECRET).verify(body, headers)
        told = json.loads(body)
        if headers["webhook-id"] not in self.seen and told["type"] == "rows":
            self.seen[headers["webhook-id"]] = told
            self.kept |= {row["customer_id"]: row for row in told["rows"]}
            for row in told["removed"]:
                self.kept.pop(row["customer_id"], None)
        return 200

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                self.send_response(receiver.take(headers, body))
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_args: object) -> None:
                """Keep the test's output clean."""

        return Handler


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver of signed calls."""
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()
