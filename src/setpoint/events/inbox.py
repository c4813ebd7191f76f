"""The inbox table's own verbs: insert once, prune."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache

from django.db import OperationalError, connection, transaction

from setpoint.events.messages import Row
from setpoint.events.models import Fold, Inbox, Refusal

KEPT = timedelta(days=30)
_COLUMNS = "message_id, received_at, payload, customer_id"
_ONCE = "ON CONFLICT (message_id) DO NOTHING"
_ATTEMPTS = 3


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
    table = Inbox._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            arrays = "%s::varchar[], %s::timestamptz[], %s::bytea[], %s::bigint[]"
            cursor.execute(
                f"INSERT INTO {table} ({_COLUMNS}) SELECT * FROM unnest({arrays}) {_ONCE}",  # noqa: S608 - no input in it
                [list(column) for column in zip(*rows, strict=True)],
            )
        else:
            adapt = cache(connection.ops.adapt_datetimefield_value)
            cursor.executemany(
                f"INSERT INTO {table} ({_COLUMNS}) VALUES (%s, %s, %s, %s) {_ONCE}",  # noqa: S608 - no input in it
                [(row.message_id, adapt(row.received_at), row.payload, row.customer_id) for row in rows],
            )
        return max(int(cursor.rowcount), 0)


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
