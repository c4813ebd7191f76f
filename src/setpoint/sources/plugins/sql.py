"""SQL databases: PostgreSQL, MySQL / MariaDB and SQLite, read only, incrementally by a column that only grows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

import psycopg
import pymysql.cursors
from django.utils.translation import gettext_noop as _noop
from psycopg.adapt import Loader
from psycopg.types.datetime import DateLoader, TimestampLoader, TimestamptzLoader

from setpoint.events.tables import table_of
from setpoint.governance.failures import worded as _
from setpoint.kernel.errors import Invalid
from setpoint.sources.plugins.databases import (
    FAILURES,
    connect_mysql,
    connect_postgresql,
    connect_sqlite,
    engine_of,
    failed,
    settings_of_databases,
)
from setpoint.sources.plugins.guard import safe_path
from setpoint.sources.types import Context, Probe, Pulled, Setting

ROWS_AT_ONCE = 5_000
SAMPLE_ROWS = 50
_STATEMENT_SECONDS = 600
_NAME = re.compile(r"[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*(\.[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)?")


class SqlSource:
    """The cursor is the last value of the cursor column: rows with that value or a later one are read again next time,
    so that rows written with the same value meanwhile are not lost; those that landed are the same rows."""

    settings: ClassVar[Sequence[Setting]] = (
        *settings_of_databases(_noop("One that may only read is enough.")),
        Setting("query", _noop("Table or query"), "long_text", _noop("A table's name, or one SELECT."), required=True),
        Setting(
            "cursor_column",
            _noop("Cursor column"),
            help=_noop("A column that only grows, such as updated_at or id. Empty: everything is read each time."),
        ),
    )

    def __init__(self, settings: Mapping[str, Any], context: Context) -> None:
        self._settings, self._context = settings, context
        self._engine = engine_of(settings)
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
        except FAILURES as error:
            raise failed(error, _("Check host, database, user, password and query, then test again.")) from None

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


def _postgresql(settings: Mapping[str, Any], context: Context) -> Any:
    options = f"-c default_transaction_read_only=on -c statement_timeout={_STATEMENT_SECONDS * 1000}"
    connection = connect_postgresql(settings, context, options=options)
    connection.read_only = True
    for name, loader in (("date", DateLoader), ("timestamp", TimestampLoader), ("timestamptz", TimestamptzLoader)):
        connection.adapters.register_loader(name, _or_text(loader))
    return connection


def _or_text(loader: type[Loader]) -> type[Loader]:
    """Moments of PostgreSQL that Python has none for, such as infinity, stay text."""

    class OrText(loader):  # type: ignore[misc, valid-type]
        def load(self, data: Any) -> Any:
            try:
                return super().load(data)
            except psycopg.DataError:
                return bytes(data).decode()

    return OrText


def _mysql(settings: Mapping[str, Any], context: Context) -> Any:
    cursors: type[Any] = pymysql.cursors.SSCursor
    connection = connect_mysql(settings, context, read_timeout=_STATEMENT_SECONDS, cursorclass=cursors)
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION TRANSACTION READ ONLY")
    connection.begin()
    return connection


def _sqlite(settings: Mapping[str, Any], context: Context) -> Any:
    return connect_sqlite(safe_path(str(settings.get("database") or ""), context.folder), "ro")


_CONNECT: Mapping[str, Callable[[Mapping[str, Any], Context], Any]] = {
    "postgresql": _postgresql,
    "mysql": _mysql,
    "sqlite": _sqlite,
}
