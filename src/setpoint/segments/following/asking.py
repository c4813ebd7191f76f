"""Short questions that are asked at each turn, as plain SQL: to build them anew costs the ORM ten times what the
database needs to answer, and they are asked dozens of times a second."""

from __future__ import annotations

import json
from collections.abc import Collection
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


def json_of(told: Any) -> Any:
    """A JSON column as it comes from the cursor."""
    return json.loads(told) if isinstance(told, str) else told


def _is_many(value: Any) -> bool:
    return isinstance(value, Collection) and not isinstance(value, str)


def _as_list(values: Collection[Any], is_postgres: bool) -> Any:
    return list(values) if is_postgres else json.dumps(list(values))
