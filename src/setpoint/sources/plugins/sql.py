"""SQL databases: PostgreSQL, MySQL / MariaDB and SQLite, read only, incrementally by a column that only grows."""

from __future__ import annotations

import json
import re
import sqlite3
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

import psycopg
import pymysql
import pymysql.cursors
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as _noop

from setpoint.kernel.errors import Invalid, Unavailable
from setpoint.sources.plugins.guard import safe_addresses, safe_path
from setpoint.sources.reading import table_of
from setpoint.sources.types import Context, Probe, Pulled, Setting

ROWS_AT_ONCE = 5_000
SAMPLE_ROWS = 50
_TIMEOUT = 15
_STATEMENT_SECONDS = 600
_NAME = re.compile(r"[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*(\.[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)?")
_PORTS = {"postgresql": 5432, "mysql": 3306}
_SERVERS = ("engine", ("postgresql", "mysql"))
_FAILURES = (psycopg.Error, pymysql.MySQLError, sqlite3.Error, OSError)


class SqlSource:
    """The cursor is the last value of the cursor column: rows with that value or a later one are read again next time,
    so that rows written with the same value meanwhile are not lost; those that landed are the same rows."""

    settings: ClassVar[Sequence[Setting]] = (
        Setting("engine", _noop("Database"), "choice", default="postgresql", choices=("postgresql", "mysql", "sqlite")),
        Setting("host", _noop("Host"), is_address=True, when=_SERVERS),
        Setting("port", _noop("Port"), "number", _noop("Empty: the usual one."), is_address=True, when=_SERVERS),
        Setting(
            "database",
            _noop("Database name"),
            help=_noop("Of SQLite: the file's path on Setpoint's machine."),
            required=True,
            is_address=True,
        ),
        Setting("user", _noop("User"), help=_noop("One that may only read is enough."), when=_SERVERS),
        Setting("password", _noop("Password"), "secret", when=_SERVERS),
        Setting(
            "tls", _noop("Encryption"), "choice", default="prefer", choices=("require", "prefer", "off"), when=_SERVERS
        ),
        Setting("query", _noop("Table or query"), "long_text", _noop("A table's name, or one SELECT."), required=True),
        Setting(
            "cursor_column",
            _noop("Cursor column"),
            help=_noop("A column that only grows, such as updated_at or id. Empty: everything is read each time."),
        ),
    )

    def __init__(self, settings: Mapping[str, Any], context: Context) -> None:
        self._settings, self._context = settings, context
        self._engine = str(settings.get("engine") or "postgresql")
        if self._engine not in _CONNECT:
            raise Invalid(_("This database is not known."), remedy=_("Choose one of the list."), field="engine")
        self._query = _checked_query(str(settings.get("query") or ""))
        self._cursor_column = str(settings.get("cursor_column") or "").strip()
        if self._cursor_column and not _NAME.fullmatch(self._cursor_column):
            raise Invalid(
                _("This is not a column's name."), remedy=_("Write it as the query names it."), field="cursor_column"
            )
        self._connection: Any = None

    def probe(self) -> Probe:
        """The first rows of the query."""
        batches = self._rows(f"SELECT * FROM {self._query} AS pulled LIMIT {SAMPLE_ROWS}", [])  # noqa: S608
        columns, rows = next(batches, ([], []))
        if self._cursor_column and self._cursor_column not in columns:
            raise Invalid(
                _("The query has no column %(name)s.") % {"name": self._cursor_column},
                remedy=_("Choose among: %(names)s.") % {"names": ", ".join(columns)},
                field="cursor_column",
            )
        self.close()
        return Probe(columns, table_of(rows, columns))

    def pull(self, since: str) -> Iterator[Pulled]:
        """The rows from the cursor on, in its order."""
        for columns, rows in self._rows(*self._statement(since)):
            last = rows[-1].get(self._cursor_column) if self._cursor_column and rows else None
            since = since if last is None else text_of(last)
            yield Pulled(table_of(rows, columns), since)

    def close(self) -> None:
        """End the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _statement(self, since: str) -> tuple[str, list[Any]]:
        sql = f"SELECT * FROM {self._query} AS pulled"  # noqa: S608 - checked; the transaction may only read
        if not self._cursor_column:
            return sql, []
        order = f"ORDER BY {self._quoted(self._cursor_column)}"
        if not since:
            return f"{sql} {order}", []
        mark = "?"
        if self._engine != "sqlite":
            sql, mark = sql.replace("%", "%%"), "%s"
        return f"{sql} WHERE {self._quoted(self._cursor_column)} >= {mark} {order}", [value_of(since)]

    def _quoted(self, name: str) -> str:
        quote = "`" if self._engine == "mysql" else '"'
        return f"{quote}{name}{quote}"

    def _rows(self, sql: str, values: Sequence[Any]) -> Iterator[tuple[list[str], list[dict[str, Any]]]]:
        """Batches of rows, at least one; a failure is told with the database's own words."""
        try:
            self._connection = self._connection or _CONNECT[self._engine](self._settings, self._context)
            cursor = self._cursor()
            cursor.execute(sql, values) if values else cursor.execute(sql)
            columns = [str(column[0]) for column in cursor.description]
            rows = cursor.fetchmany(ROWS_AT_ONCE)
            yield columns, [dict(zip(columns, row, strict=True)) for row in rows]
            while rows := cursor.fetchmany(ROWS_AT_ONCE):
                yield columns, [dict(zip(columns, row, strict=True)) for row in rows]
        except _FAILURES as error:
            raise _failed(error) from None

    def _cursor(self) -> Any:
        """A cursor that leaves the rows with the server."""
        if self._engine == "postgresql":
            return self._connection.cursor(name="setpoint")
        return self._connection.cursor()


def text_of(value: Any) -> str:
    """A cursor's value as text that keeps its type."""
    if isinstance(value, datetime | date):
        return json.dumps(["datetime" if isinstance(value, datetime) else "date", value.isoformat()])
    if isinstance(value, Decimal):
        return json.dumps(["decimal", str(value)])
    if isinstance(value, bool | int | float | str):
        return json.dumps(["plain", value])
    return json.dumps(["plain", str(value)])


def value_of(text: str) -> Any:
    """The value inside a cursor."""
    kind, value = json.loads(text)
    read: Mapping[str, Callable[[Any], Any]] = {
        "datetime": datetime.fromisoformat,
        "date": date.fromisoformat,
        "decimal": Decimal,
        "plain": lambda plain: plain,
    }
    return read[kind](value)


def _checked_query(text: str) -> str:
    """A table's name, or one SELECT in brackets. The database itself refuses all but reading."""
    plain = text.strip().rstrip(";").strip()
    if _NAME.fullmatch(plain):
        return plain
    if not re.match(r"(?is)(select|with)\b", plain) or ";" in plain:
        raise Invalid(
            _("This is neither a table's name nor one SELECT."),
            remedy=_("Write for instance customers."),
            field="query",
        )
    return f"({plain}\n)"


def address_of(settings: Mapping[str, Any], context: Context) -> tuple[str, str, int]:
    """Host, the address that was judged, and port."""
    host = str(settings.get("host") or "").strip()
    if not host or "/" in host:
        raise Invalid(_("The host is missing."), remedy=_("Write its name or address."), field="host")
    port = int(settings.get("port") or _PORTS[str(settings.get("engine") or "postgresql")])
    return host, safe_addresses(host, port, allow_private=context.allow_private)[0], port


def _postgresql(settings: Mapping[str, Any], context: Context) -> Any:
    host, address, port = address_of(settings, context)
    tls = {"require": "require", "prefer": "prefer", "off": "disable"}[str(settings.get("tls") or "prefer")]
    connection = psycopg.connect(
        host=host,
        hostaddr=address,
        port=port,
        dbname=str(settings["database"]),
        user=str(settings.get("user") or ""),
        password=str(settings.get("password") or ""),
        sslmode=tls,
        connect_timeout=_TIMEOUT,
        options=f"-c default_transaction_read_only=on -c statement_timeout={_STATEMENT_SECONDS * 1000}",
    )
    connection.read_only = True
    return connection


def _mysql(settings: Mapping[str, Any], context: Context) -> Any:
    _host, address, port = address_of(settings, context)
    connection = pymysql.connect(
        host=address,
        port=port,
        database=str(settings["database"]),
        user=str(settings.get("user") or ""),
        password=str(settings.get("password") or ""),
        charset="utf8mb4",
        connect_timeout=_TIMEOUT,
        read_timeout=_STATEMENT_SECONDS,
        cursorclass=pymysql.cursors.SSCursor,
        local_infile=False,
        ssl=encrypted() if settings.get("tls") == "require" else None,
        ssl_disabled=settings.get("tls") == "off",
    )
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION TRANSACTION READ ONLY")
    connection.begin()
    return connection


def encrypted() -> ssl.SSLContext:
    """Encryption without a certificate's check, as libpq's `require` has it: inner databases sign their own."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _sqlite(settings: Mapping[str, Any], context: Context) -> Any:
    path = safe_path(str(settings.get("database") or ""), context.folder)
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=_TIMEOUT, check_same_thread=False)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    return connection


_CONNECT: Mapping[str, Callable[[Mapping[str, Any], Context], Any]] = {
    "postgresql": _postgresql,
    "mysql": _mysql,
    "sqlite": _sqlite,
}


def _failed(error: Exception) -> Unavailable:
    cause = (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
    return Unavailable(
        _("The database says: %(cause)s") % {"cause": cause},
        remedy=_("Check host, database, user, password and query, then test again."),
    )
