"""The built-in sources pass the suite; and what each does where the other side is hostile, slow or broken."""

from __future__ import annotations

import base64
import json
import os
import sqlite3
import threading
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
import pymysql
import pytest
from standardwebhooks import Webhook

from setpoint.events.tests.workbooks import WORKBOOK
from setpoint.kernel.errors import Invalid, NotFound, Refused, TooLarge, Unauthorised, Unavailable
from setpoint.sources import services
from setpoint.sources.landing import rows_of
from setpoint.sources.models import Connection, Run
from setpoint.sources.plugins.files import FilesSource
from setpoint.sources.plugins.guard import safe_addresses
from setpoint.sources.plugins.http import HttpSource
from setpoint.sources.plugins.sql import SqlSource
from setpoint.sources.testing import check_source
from setpoint.sources.types import Context

pytestmark = pytest.mark.django_db


def aged(path: Path, text: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    os.utime(path, (path.stat().st_atime - 60, path.stat().st_mtime - 60))


def test_files_pass_the_suite(context: Context) -> None:
    folder = context.folder
    aged(folder / "a.csv", "email,age\nann@example.com,31\nbob@example.com,40\n")
    aged(folder / "b.jsonl", '{"email": "cy@example.com", "age": 5}\n')
    check_source(
        lambda: FilesSource({}, context), add_row=lambda: aged(folder / "c.csv", "email,age\ndee@x.org,1\n"), rows=3
    )


def test_a_file_that_is_being_written_waits(context: Context) -> None:
    context.folder.mkdir(parents=True)
    (context.folder / "new.csv").write_text("email\nann@example.com\n")
    assert list(FilesSource({"settle_seconds": 30}, context).pull("")) == []
    assert len(list(FilesSource({"settle_seconds": 0}, context).pull(""))) == 2


def test_excel_and_parquet_are_read(context: Context) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    context.folder.mkdir(parents=True)
    pq.write_table(pa.table({"email": ["a@b.co"], "n": [1]}), context.folder / "a.parquet")
    with zipfile.ZipFile(context.folder / "b.xlsx", "w") as book:
        for name, text in WORKBOOK.items():
            book.writestr(name, text)
    pulled = [each.table.to_pylist() for each in FilesSource({"settle_seconds": 0}, context).pull("")]
    assert [{"email": "a@b.co", "n": 1}] in pulled
    assert [{"email": "c@d.org", "n": 2.0}] in pulled


def test_a_workbook_that_unfolds_without_end_is_refused(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    context.folder.mkdir(parents=True)
    with zipfile.ZipFile(context.folder / "b.xlsx", "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in WORKBOOK.items():
            book.writestr(name, text)
        book.writestr("xl/media/bomb.bin", bytes(20_000_000))
    monkeypatch.setattr("setpoint.events.tables.MOST_UNFOLDED", 10_000_000)
    (pulled,) = FilesSource({"settle_seconds": 0}, context).pull("")
    assert (pulled.table.num_rows, pulled.unreadable[0].problem.code) == (0, "bad_file")
    assert "unfolds" in pulled.unreadable[0].problem.details["cause"]["template"]
    with pytest.raises(TooLarge, match="unfolds"):
        FilesSource({}, context).probe()


def test_a_json_list_is_told_apart_from_json_lines(context: Context) -> None:
    aged(context.folder / "people.json", '[{"email": "ann@example.com"}]')
    with pytest.raises(Invalid, match="one JSON list"):
        FilesSource({}, context).probe()


@pytest.mark.parametrize("folder", ["/etc", "../..", "/proc/self"])
def test_files_stay_in_their_folders(folder: str, context: Context) -> None:
    with pytest.raises(Refused, match="may read"):
        FilesSource({"folder": folder}, context)


def test_a_link_out_of_the_folder_is_not_followed(context: Context, tmp_path: Path) -> None:
    aged(tmp_path / "secret.csv", "a\n1\n")
    context.folder.mkdir(parents=True)
    (context.folder / "link.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(NotFound):
        FilesSource({}, context).probe()


TABLE = "CREATE TABLE people (id integer primary key, email varchar(100), joined timestamp)"
ROWS = [(1, "ann@example.com", "2026-01-01 10:00:00"), (2, "bob@example.com", "2026-01-02 10:00:00")]
LATE = (3, "cy@example.com", "2026-01-02 10:00:00")


def insert(cursor: Any, rows: list[tuple[Any, ...]], mark: str = "%s") -> None:
    cursor.executemany(f"INSERT INTO people VALUES ({mark}, {mark}, {mark})", rows)


@pytest.fixture
def postgres() -> Iterator[tuple[dict[str, Any], Callable[[tuple[Any, ...]], None]]]:
    """A table on this machine's PostgreSQL."""
    try:
        server = psycopg.connect("host=127.0.0.1 user=postgres dbname=postgres connect_timeout=2", autocommit=True)
    except psycopg.OperationalError:
        pytest.skip("no PostgreSQL here")
    name = f"sources_{os.getpid()}"
    server.execute(f"CREATE DATABASE {name}")
    with psycopg.connect(f"host=127.0.0.1 user=postgres dbname={name}", autocommit=True) as own:
        own.execute(TABLE)
        insert(own.cursor(), ROWS)
        yield (
            {"engine": "postgresql", "host": "127.0.0.1", "database": name, "user": "postgres", "query": "people"},
            lambda row: insert(own.cursor(), [row]),
        )
    server.execute(f"DROP DATABASE {name} WITH (FORCE)")
    server.close()


@pytest.fixture
def mariadb() -> Iterator[tuple[dict[str, Any], Callable[[tuple[Any, ...]], None]]]:
    """A table on this machine's MariaDB."""
    try:
        server = pymysql.connect(host="127.0.0.1", user="root", connect_timeout=2, autocommit=True)
    except pymysql.MySQLError:
        pytest.skip("no MariaDB here")
    name = f"sources_{os.getpid()}"
    with server.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
        cursor.execute(f"USE {name}")
        cursor.execute(TABLE)
        insert(cursor, ROWS)
        yield (
            {"engine": "mysql", "host": "127.0.0.1", "database": name, "user": "root", "query": "people"},
            lambda row: insert(cursor, [row]),
        )
        cursor.execute(f"DROP DATABASE {name}")
    server.close()


@pytest.fixture
def sqlite_file(context: Context) -> tuple[dict[str, Any], Callable[[tuple[Any, ...]], None]]:
    """A table in a file."""
    context.folder.mkdir(parents=True)
    path = context.folder / "shop.sqlite3"

    def add(*rows: tuple[Any, ...]) -> None:
        with sqlite3.connect(path) as own:
            insert(own, list(rows), "?")

    with sqlite3.connect(path) as own:
        own.execute(TABLE)
    add(*ROWS)
    return {"engine": "sqlite", "database": str(path), "query": "people"}, lambda row: add(row)


@pytest.mark.parametrize("server", ["postgres", "mariadb", "sqlite_file"])
@pytest.mark.parametrize("column", ["id", "joined", ""])
def test_databases_pass_the_suite(
    server: str, column: str, context: Context, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("setpoint.sources.plugins.sql.ROWS_AT_ONCE", 1)
    settings, add = request.getfixturevalue(server)
    check_source(lambda: SqlSource(settings | {"cursor_column": column}, context), add_row=lambda: add(LATE), rows=2)


def test_values_that_only_postgresql_knows_are_text(postgres: tuple[dict[str, Any], Any], context: Context) -> None:
    settings, _add = postgres
    odd = "SELECT 1 AS id, 'infinity'::timestamptz AS at, '-infinity'::date AS day, '10.0.0.1'::inet AS host, "
    odd += (
        "'[1,5)'::int4range AS ages, '{\"a\": 1}'::jsonb AS more, ARRAY['10.0.0.1'::inet] AS hosts, 'NaN'::numeric AS n"
    )
    (pulled,) = SqlSource(settings | {"query": odd}, context).pull("")
    (row,) = rows_of(pulled.table)
    assert (row["at"], row["day"], row["host"], row["more"]) == ("infinity", "-infinity", "10.0.0.1", '{"a":1}')
    assert (row["ages"], row["hosts"]) == ("[1, 5)", '["10.0.0.1"]')


@pytest.mark.parametrize("server", ["postgres", "mariadb", "sqlite_file"])
def test_a_source_never_writes(server: str, context: Context, request: pytest.FixtureRequest) -> None:
    settings, _add = request.getfixturevalue(server)
    with pytest.raises(Invalid, match="one SELECT"):
        SqlSource(settings | {"query": "DELETE FROM people"}, context)
    with pytest.raises(Invalid, match="one SELECT"):
        SqlSource(settings | {"query": "SELECT 1; DROP TABLE people"}, context)
    sly = "WITH gone AS (DELETE FROM people RETURNING *) SELECT * FROM gone"
    with pytest.raises(Unavailable, match=r"database says|does not understand"):
        SqlSource(settings | {"query": sly}, context).probe()
    kept = SqlSource(settings | {"query": "SELECT * FROM people WHERE email LIKE 'a%'", "cursor_column": "id"}, context)
    assert [each.table.num_rows for each in kept.pull('["plain", 1]')] == [1]


def test_a_database_that_cannot_be_reached_says_so(context: Context) -> None:
    settings = {"engine": "postgresql", "host": "127.0.0.1", "port": 1, "database": "x", "query": "people"}
    with pytest.raises(Unavailable, match="Nothing listens") as failure:
        SqlSource(settings, context).probe()
    assert "Connection refused" in failure.value.technical
    with pytest.raises(Refused, match="inner network"):
        SqlSource(settings, Context(1, context.folder, False, context.now)).probe()


@pytest.mark.parametrize(
    ("host", "allowed"),
    [("127.0.0.1", False), ("10.1.2.3", False), ("::1", False), ("169.254.169.254", True), ("::ffff:10.0.0.1", False)],
)
def test_inner_and_secret_addresses_are_refused(host: str, allowed: bool) -> None:
    with pytest.raises(Refused):
        safe_addresses(host, 80, allow_private=allowed)
    assert safe_addresses("127.0.0.1", 80, allow_private=True) == ["127.0.0.1"]


class Api(BaseHTTPRequestHandler):
    """Pages of people in three ways, behind a token, with a rate limit now and then."""

    people: list[dict[str, Any]]
    refusals: list[tuple[int, str]]
    seen: list[tuple[str, dict[str, list[str]], str]]

    def log_message(self, *args: Any) -> None:
        """Quiet."""

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
        if self.path == "/form-token":
            right = (form.get("client_id"), form.get("client_secret")) == (["client"], ["s3cret"])
        else:
            given = self.headers.get("authorization", "").removeprefix("Basic ")
            right = base64.b64decode(given) == b"client:s3cret"
        told = {"access_token": f"token-{form['scope'][0]}"} if right else {"error": "invalid_client"}
        self._answer(told, status=200 if right else 401)

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = parse_qs(parts.query)
        self.seen.append((parts.path, asked, self.headers.get("authorization", "")))
        if self.refusals:
            status, wait = self.refusals.pop(0)
            self._answer({}, status=status, headers={"Retry-After": wait})
            return
        first = int(asked.get("page", ["1"])[0])
        people = [each for each in self.people if each["at"] >= asked.get("since", [""])[0]]
        page, more = people[2 * first - 2 : 2 * first], len(people) > 2 * first
        link = {"Link": f'<{parts.path}?page={first + 1}>; rel="next"'} if more else {}
        if parts.path == "/elsewhere":
            link = {"Link": '<http://evil.example.com/?page=2>; rel="next"'}
        self._answer({"data": {"items": page}, "next": first + 1 if more else None}, headers=link)

    def _answer(self, body: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
        raw = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(raw)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)


@pytest.fixture
def api() -> Iterator[tuple[str, type[Api]]]:
    """An API on this machine; its address and what it saw."""
    people = [{"id": number, "at": f"2026-01-0{number}", "name": {"first": f"P{number}"}} for number in range(1, 6)]
    handler = type("OwnApi", (Api,), {"people": people, "refusals": [], "seen": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", handler
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    "paging",
    [
        {"paging": "link"},
        {"paging": "page"},
        {"paging": "cursor", "page_parameter": "page"},
        {"paging": "page", "since_parameter": "since", "since_field": "at"},
    ],
)
def test_apis_pass_the_suite(paging: dict[str, str], api: tuple[str, type[Api]], context: Context) -> None:
    url, handler = api
    settings = {"url": f"{url}/people", "auth": "none", "records": "data.items", "per_second": 10_000, **paging}
    check_source(
        lambda: HttpSource(settings, context, sleep=lambda seconds: None),
        add_row=lambda: handler.people.append({"id": 9, "at": "2026-01-09", "name": {"first": "New"}}),
        rows=5,
    )


def test_a_later_pull_asks_for_what_is_new(api: tuple[str, type[Api]], context: Context) -> None:
    url, handler = api
    settings = {"url": f"{url}/p", "auth": "bearer", "key": "k", "paging": "page", "records": "data.items"}
    settings |= {"since_parameter": "since", "since_field": "at", "per_second": 10_000}
    first = list(HttpSource(settings, context).pull(""))
    assert json.loads(first[-1].cursor) == {"since": "2026-01-05"}
    assert first[0].table.column_names == ["id", "at", "name.first"]
    handler.seen.clear()
    assert sum(each.table.num_rows for each in HttpSource(settings, context).pull(first[-1].cursor)) == 1
    assert handler.seen[0] == ("/p", {"since": ["2026-01-05"], "page": ["1"]}, "Bearer k")


def test_of_numbers_the_largest_is_the_latest(api: tuple[str, type[Api]], context: Context) -> None:
    url, handler = api
    handler.people[:] = [{"id": number, "at": str(number)} for number in (9, 10, 100)]
    settings = {"url": f"{url}/p", "auth": "none", "paging": "page", "records": "data.items", "per_second": 10_000}
    settings |= {"since_parameter": "after", "since_field": "id"}
    last = list(HttpSource(settings, context).pull(""))[-1]
    assert json.loads(last.cursor) == {"since": "100"}


def test_limits_and_outages_are_waited_out(api: tuple[str, type[Api]], context: Context) -> None:
    url, handler = api
    handler.refusals += [(429, "7"), (503, "")]
    waits: list[float] = []
    settings = {"url": f"{url}/people", "auth": "none", "records": "data.items", "per_second": 10_000}
    assert HttpSource(settings, context, sleep=waits.append).probe().sample.num_rows == 2
    assert [wait for wait in waits if wait >= 1] == [7.0, 14.0]
    handler.refusals += [(500, "")] * 6
    with pytest.raises(Unavailable, match="failed while it answered") as failure:
        HttpSource(settings, context, sleep=waits.append).probe()
    assert "6 × HTTP 500" in failure.value.technical


def test_a_token_is_fetched_by_client_credentials(api: tuple[str, type[Api]], context: Context) -> None:
    url, handler = api
    settings = {"url": f"{url}/people", "records": "data.items", "auth": "oauth2", "token_url": f"{url}/token"}
    settings |= {"user": "client", "key": "s3cret", "scope": "read", "per_second": 10_000}
    for place in ("token", "form-token"):
        HttpSource(settings | {"token_url": f"{url}/{place}"}, context).probe()
        assert handler.seen[-1][2] == "Bearer token-read"
    with pytest.raises(Unavailable, match="No token was given: 401 invalid_client"):
        HttpSource(settings | {"key": "wrong"}, context).probe()


def test_a_key_never_goes_to_another_host(api: tuple[str, type[Api]], context: Context) -> None:
    url, _handler = api
    settings = {"url": f"{url}/elsewhere", "auth": "bearer", "key": "k", "paging": "link", "records": "data.items"}
    with pytest.raises(Invalid, match=r"another host: evil\.example\.com"):
        list(HttpSource(settings, context).pull(""))
    with pytest.raises(Refused, match="inner network"):
        HttpSource(settings, Context(1, context.folder, False, context.now)).probe()
    with pytest.raises(Invalid):
        HttpSource(settings | {"url": "file:///etc/passwd"}, context)


SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes, ok").decode()


def signed(body: str, message_id: str, *, secret: str = SECRET, age: int = 0) -> dict[str, str]:
    at = datetime.now(UTC) - timedelta(seconds=age)
    return {
        "Webhook-Id": message_id,
        "Webhook-Timestamp": str(int(at.timestamp())),
        "Webhook-Signature": Webhook(secret).sign(message_id, at, body),
    }


def test_signed_calls_wait_for_the_next_run(now: datetime) -> None:
    draft = services.Draft(name="hook", settings={"secret": SECRET})
    connection = services.create_connection("webhook", draft, actor="test", now=now)
    body = json.dumps([{"email": "ann@example.com", "age": 3}, {"email": "bob@example.com"}, "no object"])
    assert services.receive_call(connection.pk, signed(body, "m1"), body.encode(), now=now)
    assert not services.receive_call(connection.pk, signed(body, "m1"), body.encode(), now=now)
    found = services.probe_connection("webhook", services.Draft(), now=now, connection_id=connection.pk)
    change = services.Draft(mapping=found.mapping, identity=found.identity)
    services.change_connection(connection.pk, change, actor="test", now=now)
    later = '{"email": "cy@example.com"}'
    services.receive_call(connection.pk, signed(later, "m2"), later.encode(), now=now)
    assert services.run_next(now=now)
    run = Run.objects.get()
    assert (run.state, run.rows_read, run.rows_created, run.rows_refused) == ("done", 4, 3, 1)
    assert not services.run_next(now=now)
    assert services.prune_calls(now=now + timedelta(days=8)) == 2


@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed("{}", "m1", secret="whsec_" + base64.b64encode(b"another secret of enough bytes..").decode()),
        signed("{}", "m1", age=3600),
        signed('{"a": 1}', "m1"),
    ],
)
def test_calls_without_a_right_signature_are_refused(headers: dict[str, str], now: datetime) -> None:
    draft = services.Draft(name="hook", settings={"secret": SECRET})
    connection = services.create_connection("webhook", draft, actor="test", now=now)
    with pytest.raises(Unauthorised):
        services.receive_call(connection.pk, headers, b"{}", now=now)
    assert Connection.objects.get().calls.count() == 0
