"""The inbox table's own verbs: insert once, prune."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import chain
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.backends.utils import CursorWrapper

from setpoint.events.messages import Row
from setpoint.events.models import Fold, Inbox, Refusal

KEPT = timedelta(days=30)
_COLUMNS = "message_id, received_at, payload, customer_id"
_ONCE = "ON CONFLICT (message_id) DO NOTHING"
_ATTEMPTS = 3
_TOGETHER = 100
_TABLE = Inbox._meta.db_table


def insert(rows: Sequence[Row]) -> int:
    """Write rows in one transaction, known message ids left out. Returns how many were new."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with transaction.atomic():
                return _insert(rows)
        except OperationalError as error:
            # Two writers that bring the same messages in another order can lock each other out on PostgreSQL.
            if attempt == _ATTEMPTS or "deadlock" not in str(error):
                raise
    raise AssertionError("unreachable")


def _insert(rows: Sequence[Row]) -> int:
    if not rows:
        return 0
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            return _insert_columns(cursor, rows)
        adapt = cache(connection.ops.adapt_datetimefield_value)
        plain = [(row.message_id, adapt(row.received_at), row.payload, row.customer_id) for row in rows]
        starts = range(0, len(plain), _TOGETHER)
        return sum(_insert_together(cursor, plain[at : at + _TOGETHER]) for at in starts)


def _insert_columns(cursor: CursorWrapper, rows: Sequence[Row]) -> int:
    arrays = "%s::varchar[], %s::timestamptz[], %s::bytea[], %s::bigint[]"
    cursor.execute(
        f"INSERT INTO {_TABLE} ({_COLUMNS}) SELECT * FROM unnest({arrays}) {_ONCE}",  # noqa: S608 - no input in it
        [list(column) for column in zip(*rows, strict=True)],
    )
    return max(int(cursor.rowcount), 0)


def _insert_together(cursor: CursorWrapper, rows: Sequence[tuple[Any, ...]]) -> int:
    """One statement for many rows: SQLite hands the interpreter to the others once a statement, not once a row."""
    cursor.execute(_insertion(len(rows)), list(chain.from_iterable(rows)))
    return max(int(cursor.rowcount), 0)


@cache
def _insertion(count: int) -> str:
    values = ", ".join(["(%s, %s, %s, %s)"] * count)
    return f"INSERT INTO {_TABLE} ({_COLUMNS}) VALUES {values} {_ONCE}"  # noqa: S608 - no input in it


def prune(*, now: datetime) -> int:
    """Forget message ids folded more than 30 days ago; a repeat after that lands again. Returns how many."""
    Refusal.objects.filter(hour__lt=now - KEPT).delete()
    old = Fold.objects.filter(closed_at__lt=now - KEPT)
    newest = old.order_by("-number").values_list("number", flat=True).first()
    if newest is None:
        return 0
    with transaction.atomic():
        gone, _by_table = Inbox.objects.filter(batch__lte=newest).delete()
        old.exclude(number=newest).delete()
    return gone
