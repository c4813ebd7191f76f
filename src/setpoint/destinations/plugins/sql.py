"""A table in PostgreSQL, MySQL / MariaDB or SQLite: rows are inserted or, by their key, changed; rows that are ours no
more are taken away. A batch is one transaction."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import psycopg
import pymysql
from django.utils.translation import gettext_noop as _noop

from setpoint.destinations.types import Batch, Column, Kind, OutRow, Refusal
from setpoint.governance.failures import worded as _
from setpoint.kernel.errors import Invalid, Unavailable
from setpoint.sources.plugins.databases import (
    FAILURES,
    cause_of,
    connect_mysql,
    connect_postgresql,
    connect_sqlite,
    engine_of,
    failed,
    settings_of_databases,
)
from setpoint.sources.plugins.guard import safe_path
from setpoint.sources.types import Context, Setting

_NAME = re.compile(r"[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]{0,62}(\.[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]{0,62})?")
_ROW_FAILURES = (
    psycopg.DataError,
    psycopg.IntegrityError,
    pymysql.err.DataError,
    pymysql.err.IntegrityError,
    sqlite3.IntegrityError,
)
_KINDS: Mapping[str, Mapping[Kind, str]] = {
    "postgresql": {"text": "TEXT", "whole": "BIGINT", "number": "DOUBLE PRECISION", "boolean": "BOOLEAN"},
    "mysql": {"text": "TEXT", "whole": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN"},
    "sqlite": {"text": "TEXT", "whole": "INTEGER", "number": "REAL", "boolean": "INTEGER"},
}


class SqlDestination:
    """Upserts by the key columns; the table must have a primary or unique key over them."""

    takes_all: ClassVar[bool] = False
    settings: ClassVar[Sequence[Setting]] = (
        *settings_of_databases(_noop("One that may write to this table alone is enough.")),
        Setting("table", _noop("Table"), required=True),
        Setting(
            "create",
            _noop("Make the table where there is none"),
            "boolean",
            _noop("With the sent columns and a primary key over the key columns."),
            default=True,
        ),
    )

    def __init__(self, settings: Mapping[str, Any], context: Context) -> None:
        self._settings, self._context = settings, context
        self._engine = engine_of(settings)
        self._table = str(settings.get("table") or "").strip()
        if not _NAME.fullmatch(self._table):
            raise Invalid(_("This is not a table's name."), remedy=_("Write for instance customers."), field="table")
        self._mark = "?" if self._engine == "sqlite" else "%s"
        self._connection: Any = None
        self._is_prepared = False

    def probe(self, columns: Sequence[Column]) -> Sequence[str]:
        """Whether the table is there with these columns, or can be made."""
        there = self._columns_there()
        self.close()
        if there is None:
            if self._settings.get("create"):
                return [_("The table is not there; the first run makes it.")]
            raise Invalid(
                _("There is no table %(name)s.") % {"name": self._table},
                remedy=_("Make it, or let Setpoint make it."),
                field="table",
            )
        missing = [column.name for column in columns if column.name.lower() not in there]
        if missing:
            raise Invalid(
                _("The table has no column %(name)s.") % {"name": missing[0]},
                remedy=_("Add it, or send it under another name: %(names)s.")
                % {"names": ", ".join(sorted(there)[:40])},
                field="columns",
            )
        return [_("The table is there, with all columns.")]

    def write(self, batch: Batch) -> Sequence[Refusal]:
        """Insert or change all rows; where the database refuses one, each alone, and tell which."""
        self._prepare(batch.columns)
        try:
            self._remove(batch)
            self._upsert(batch, batch.rows)
            self._connection.commit()
            return []
        except _ROW_FAILURES:
            self._connection.rollback()
        except FAILURES as error:
            raise _failed(error) from None
        return self._one_by_one(batch)

    def finish(self, run: str) -> None:
        """Nothing is left to do."""

    def close(self) -> None:
        """End the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _one_by_one(self, batch: Batch) -> list[Refusal]:
        refused = []
        try:
            self._remove(batch)
            for place, row in enumerate(batch.rows):
                try:
                    self._execute("SAVEPOINT one_row")
                    self._upsert(batch, [row])
                    self._execute("RELEASE SAVEPOINT one_row")
                except _ROW_FAILURES as error:
                    self._execute("ROLLBACK TO SAVEPOINT one_row")
                    refused.append(Refusal(place, cause_of(error), _("Mend the value, or the table's column.")))
            self._connection.commit()
        except FAILURES as error:
            raise _failed(error) from None
        return refused

    def _prepare(self, columns: Sequence[Column]) -> None:
        if self._is_prepared:
            return
        if self._columns_there() is None and self._settings.get("create"):
            try:
                self._execute(self._creation(columns))
                self._connection.commit()
            except FAILURES as error:
                raise _failed(error) from None
        self._is_prepared = True

    def _creation(self, columns: Sequence[Column]) -> str:
        lines = [f"{self._quoted(one.name)} {self._kind(one)}" for one in columns]
        key = ", ".join(self._quoted(one.name) for one in columns if one.is_key)
        return f"CREATE TABLE {self._name()} ({', '.join(lines)}, PRIMARY KEY ({key}))"

    def _kind(self, column: Column) -> str:
        if self._engine == "mysql" and column.is_key and column.kind == "text":
            return "VARCHAR(190)"  # MySQL takes no TEXT into a key
        return _KINDS[self._engine][column.kind]

    def _upsert(self, batch: Batch, rows: Sequence[OutRow]) -> None:
        if not rows:
            return
        columns = batch.columns
        if self._engine != "mysql":
            self._insert(columns, rows, self._clash(columns))
            return
        # MySQL's ON DUPLICATE KEY looks at every unique key of the table, and would change somebody else's row.
        keys = [one.name for one in columns if one.is_key]
        there = self._keys_there(columns, rows)
        known = [row for row in rows if tuple(row[key] for key in keys) in there]
        self._update(columns, known)
        self._insert(columns, [row for row in rows if tuple(row[key] for key in keys) not in there], "")

    def _insert(self, columns: Sequence[Column], rows: Sequence[OutRow], clash: str) -> None:
        names = ", ".join(self._quoted(one.name) for one in columns)
        marks = ", ".join([self._mark] * len(columns))
        sql = f"INSERT INTO {self._name()} ({names}) VALUES ({marks}) {clash}"  # noqa: S608 - names are checked
        self._many(sql, [[row[one.name] for one in columns] for row in rows])

    def _update(self, columns: Sequence[Column], rows: Sequence[OutRow]) -> None:
        others = [one for one in columns if not one.is_key]
        sets = ", ".join(f"{self._quoted(one.name)} = {self._mark}" for one in others)
        sql = f"UPDATE {self._name()} SET {sets} WHERE {self._where(columns)}"  # noqa: S608 - names are checked
        keys = [one for one in columns if one.is_key]
        self._many(sql, [[row[one.name] for one in [*others, *keys]] for row in rows] if others else [])

    def _keys_there(self, columns: Sequence[Column], rows: Sequence[OutRow]) -> set[tuple[Any, ...]]:
        keys = [one for one in columns if one.is_key]
        names = ", ".join(self._quoted(one.name) for one in keys)
        marks = f"({', '.join([self._mark] * len(keys))})"
        wanted = ", ".join([marks] * len(rows))
        cursor = self._connection.cursor()
        cursor.execute(
            f"SELECT {names} FROM {self._name()} WHERE ({names}) IN ({wanted}) FOR UPDATE",  # noqa: S608
            [row[one.name] for row in rows for one in keys],
        )
        return {tuple(row) for row in cursor.fetchall()}

    def _clash(self, columns: Sequence[Column]) -> str:
        others = [self._quoted(one.name) for one in columns if not one.is_key]
        keys = [self._quoted(one.name) for one in columns if one.is_key]
        kept = ", ".join(f"{name} = excluded.{name}" for name in others)
        return f"ON CONFLICT ({', '.join(keys)}) DO {f'UPDATE SET {kept}' if kept else 'NOTHING'}"

    def _where(self, columns: Sequence[Column]) -> str:
        return " AND ".join(f"{self._quoted(one.name)} = {self._mark}" for one in columns if one.is_key)

    def _remove(self, batch: Batch) -> None:
        keys = [one for one in batch.columns if one.is_key]
        sql = f"DELETE FROM {self._name()} WHERE {self._where(batch.columns)}"  # noqa: S608 - names are checked
        self._many(sql, [[row[one.name] for one in keys] for row in batch.gone])

    def _columns_there(self) -> set[str] | None:
        """The table's columns in small letters; None where there is no table."""
        try:
            self._connection = self._connection or _CONNECT[self._engine](self._settings, self._context)
            cursor = self._connection.cursor()
            cursor.execute(f"SELECT * FROM {self._name()} WHERE 1 = 0")  # noqa: S608 - the name is checked
            return {str(column[0]).lower() for column in cursor.description}
        except (psycopg.errors.UndefinedTable, pymysql.err.ProgrammingError, sqlite3.OperationalError) as error:
            if "no such table" in str(error) or not isinstance(error, sqlite3.OperationalError):
                self._connection.rollback()
                return None
            raise _failed(error) from None
        except FAILURES as error:
            raise _failed(error) from None

    def _execute(self, sql: str) -> None:
        self._connection.cursor().execute(sql)

    def _many(self, sql: str, rows: list[list[Any]]) -> None:
        if rows:
            self._connection.cursor().executemany(sql, rows)

    def _name(self) -> str:
        return ".".join(self._quoted(part) for part in self._table.split("."))

    def _quoted(self, name: str) -> str:
        quote = "`" if self._engine == "mysql" else '"'
        return f"{quote}{name.replace(quote, quote * 2)}{quote}"


def _sqlite(settings: Mapping[str, Any], context: Context) -> Any:
    path = safe_path(str(settings.get("database") or ""), context.folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    return connect_sqlite(path, "rwc")


_CONNECT: Mapping[str, Callable[[Mapping[str, Any], Context], Any]] = {
    "postgresql": connect_postgresql,
    "mysql": connect_mysql,
    "sqlite": _sqlite,
}


def _failed(error: Exception) -> Unavailable:
    return failed(error, _("Check host, database, user, password and table, then test again."))
