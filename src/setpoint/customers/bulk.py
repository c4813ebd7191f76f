"""Many rows in one statement.

The ORM spends some 60 microseconds a row on model instances and SQL text, ten times what the databases need, so the
two hot paths (profiles and consents) hand columns over instead: `executemany` on SQLite, `unnest` on PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec
from django.db import connection, models
from django.db.models.expressions import RawSQL


def write_rows(
    model: type[models.Model],
    columns: Mapping[str, Sequence[Any]],
    *,
    unique: Sequence[str] = (),
    update: Sequence[str] = (),
) -> None:
    """Insert rows given as equally long columns (by column name); on a clash of `unique`, set `update` instead, or
    leave what is there where that names nothing."""
    if not next(iter(columns.values())):
        return
    postgres = connection.vendor == "postgresql"
    kinds = _kinds(model, tuple(columns))
    adapted = [_adapted(values, kind, postgres) for values, kind in zip(columns.values(), kinds, strict=True)]
    source = _unnest(kinds) if postgres else f"VALUES ({', '.join(['%s'] * len(kinds))})"
    names = ", ".join(f'"{name}"' for name in columns)
    sql = f'INSERT INTO "{model._meta.db_table}" ({names}) {source}{_on_clash(unique, update)}'
    with connection.cursor() as cursor:
        if postgres:
            cursor.execute(sql, adapted)
        else:
            cursor.executemany(sql, list(zip(*adapted, strict=True)))


def reserve_ids(model: type[models.Model], count: int) -> list[int]:
    """Fresh primary keys. On SQLite they are safe because a transaction there is the only writer from its start."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            numbers = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
            cursor.execute(numbers, [table, count])
            return sorted(number for (number,) in cursor.fetchall())
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        last = (cursor.fetchone() or (0,))[0]
    return list(range(last + 1, last + 1 + count))


def among(values: Iterable[int] | Iterable[str]) -> RawSQL:
    """The right side of an `__in` filter for any number of values: one parameter, so no limit and no long SQL."""
    listed = list(values)
    if connection.vendor == "postgresql":
        kind = "text" if listed and isinstance(listed[0], str) else "bigint"
        return RawSQL(f"SELECT unnest(%s::{kind}[])", [listed])  # noqa: S611
    return RawSQL("SELECT value FROM json_each(%s)", [_json(listed)])


@lru_cache(maxsize=256)
def _kinds(model: type[models.Model], columns: tuple[str, ...]) -> tuple[str, ...]:
    fields = {field.column: field for field in model._meta.concrete_fields}
    return tuple(_kind(fields[column]) for column in columns)


def _kind(field: models.Field[Any, Any]) -> str:
    if isinstance(field, models.JSONField):
        return "jsonb"
    if isinstance(field, models.DateTimeField):
        return "timestamptz"
    if isinstance(field, models.BooleanField):
        return "boolean"
    if isinstance(field, models.FloatField):
        return "double precision"
    if isinstance(field, models.BinaryField):
        return "bytea"
    return "text" if isinstance(field, models.CharField | models.TextField) else "bigint"


def _adapted(values: Sequence[Any], kind: str, postgres: bool) -> list[Any]:
    adapt: Callable[[Any], Any] | None = None
    if kind == "jsonb":
        adapt = _json
    elif kind == "timestamptz" and not postgres:
        adapt = _naive_text
    return [adapt(value) for value in values] if adapt else list(values)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


@lru_cache(maxsize=4096)
def _naive_text(moment: datetime | None) -> str | None:
    return None if moment is None else str(moment.astimezone(UTC).replace(tzinfo=None))


def _unnest(kinds: Sequence[str]) -> str:
    arrays = ", ".join("%s::text[]::jsonb[]" if kind == "jsonb" else f"%s::{kind}[]" for kind in kinds)
    return f"SELECT * FROM unnest({arrays})"  # noqa: S608


def _on_clash(unique: Sequence[str], update: Sequence[str]) -> str:
    if not unique:
        return ""
    if not update:
        return f" ON CONFLICT ({', '.join(unique)}) DO NOTHING"
    assignments = ", ".join(f'"{name}" = excluded."{name}"' for name in update)
    return f" ON CONFLICT ({', '.join(unique)}) DO UPDATE SET {assignments}"
