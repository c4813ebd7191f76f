"""Short questions that are asked as often as events come, as plain SQL: to build them anew costs the ORM ten times
what the database needs to answer."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from django.db import connection, models


def ask(sql: str, *values: Any, **tables: type[models.Model]) -> list[tuple[Any, ...]]:
    """Rows of a query. `{name}` stands for a model's table; a value that is a collection is asked with `IN %s`."""
    is_postgres = connection.vendor == "postgresql"
    text = sql.format(**{name: model._meta.db_table for name, model in tables.items()})
    text = text.replace("IN %s", "= ANY(%s)" if is_postgres else "IN (SELECT value FROM json_each(%s))")
    with connection.cursor() as cursor:
        cursor.execute(text, [_as_list(value, is_postgres) if _is_many(value) else value for value in values])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def ask_locked(sql: str, *values: Any, **tables: type[models.Model]) -> list[tuple[Any, ...]]:
    """As `ask`, and nobody else writes these rows until the transaction ends. On SQLite nobody else writes any."""
    return ask(f"{sql} FOR UPDATE" if connection.vendor == "postgresql" else sql, *values, **tables)


def json_of(told: Any) -> Any:
    """A JSON column as it comes from the cursor."""
    return json.loads(told) if isinstance(told, str) else told


def moment_of(told: datetime) -> datetime:
    """A moment as it comes from the cursor: SQLite's know no time zone, and are kept in UTC."""
    return told.replace(tzinfo=UTC) if told.tzinfo is None else told


def _is_many(value: Any) -> bool:
    return isinstance(value, Collection) and not isinstance(value, str)


def _as_list(values: Collection[Any], is_postgres: bool) -> Any:
    return list(values) if is_postgres else json.dumps(list(values))
