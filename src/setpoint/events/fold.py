"""Folding: accepted messages move from the inbox into the lake, exactly once.

1 open    one statement gives the waiting rows a batch number (a batch left open by a crash is taken up first)
2 resolve identities, traits and consents reach customers (idempotent: the last statement by its own time wins)
3 append  rows land in the lake's table "events" as version = batch number; a version that is there already is skipped
4 close   payloads are cleared; message ids stay 30 days for deduplication

Whatever the step after which a process dies, folding again gives the same state. One folder works at a time; a second
one returns at once. What a living reader has not come to yet waits for it (see `readers`). Messages may come late and in any order: an event's day in the lake is the day it happened.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
from django.conf import settings
from django.db import transaction
from django.db.models import Max, Sum
from django.db.models.functions import Length

from setpoint.customers.locks import exclusive
from setpoint.engine.lake import Lake
from setpoint.engine.types import EVENTS
from setpoint.events import hits, resolving
from setpoint.events.hits import Waiting
from setpoint.events.messages import decode_stored
from setpoint.events.models import Fold, Inbox
from setpoint.events.readers import FOLDING, may_fold

APP = "inbox"
TABLE = "events"
MOST_BYTES = 256 * 1024 * 1024
CLEARED_AT_ONCE = 250


def fold_inbox(*, now: datetime, limit: int = 50_000) -> int:
    """Move up to `limit` waiting messages into the lake, fewer where they are large.

    Returns rows folded: 0 when idle or when another folder works.
    """
    with exclusive(FOLDING) as mine:
        if not mine:
            return 0
        fold = _left_open() or _open_batch(now=now, limit=limit)
        return 0 if fold is None else _fold(fold, now=now)


def is_idle() -> bool:
    """Whether nothing waits and no batch is half folded."""
    waiting = Inbox.objects.filter(batch=None).exists()
    return not waiting and not Fold.objects.filter(closed_at=None).exists()


def last_fold() -> int:
    """Number of the newest batch that has reached the lake; 0 before the first."""
    return Fold.objects.exclude(closed_at=None).aggregate(last=Max("number"))["last"] or 0


def _fold(fold: Fold, *, now: datetime) -> int:
    lake = Lake(settings.SETPOINT_LAKE)
    if (lake.version_of(TABLE, APP) or 0) < fold.number:
        rows = _read_batch(fold.number)
        customer_ids = _customer_ids(rows, now=now)
        table = _table(rows, customer_ids, hits.judged(rows, customer_ids))
        lake.append(TABLE, table, app=APP, version=fold.number)
    _close_batch(fold, now=now)
    return fold.rows


def _left_open() -> Fold | None:
    return Fold.objects.filter(closed_at=None).order_by("number").first()


def _open_batch(*, now: datetime, limit: int) -> Fold | None:
    """A new batch of the oldest waiting rows, numbered above the lake's too, should the records be an older copy."""
    number = (
        max(
            Fold.objects.aggregate(last=Max("number"))["last"] or 0,
            Lake(settings.SETPOINT_LAKE).version_of(TABLE, APP) or 0,
        )
        + 1
    )
    oldest = Inbox.objects.filter(may_fold()).order_by("id").values("id")[: _affordable(limit)]
    with transaction.atomic():
        rows = Inbox.objects.filter(id__in=oldest).update(batch=number)
        return Fold.objects.create(number=number, opened_at=now, rows=rows) if rows else None


def _affordable(limit: int) -> int:
    """As many rows of average size as fit into memory."""
    oldest = Inbox.objects.filter(may_fold()).order_by("id")[:limit]
    total = oldest.annotate(size=Length("payload")).aggregate(total=Sum("size"))["total"] or 0
    return limit if total <= MOST_BYTES else max(limit * MOST_BYTES // total, 1)


def _close_batch(fold: Fold, *, now: datetime) -> None:
    """In pieces, each of which holds up who accepts messages for no more than some milliseconds."""
    ids = list(Inbox.objects.filter(batch=fold.number).order_by("id").values_list("id", flat=True))
    for start in range(0, len(ids), CLEARED_AT_ONCE):
        piece = ids[start : start + CLEARED_AT_ONCE]
        with transaction.atomic():
            Inbox.objects.filter(batch=fold.number, id__range=(piece[0], piece[-1])).update(payload=None)
    with transaction.atomic():
        Fold.objects.filter(number=fold.number).update(closed_at=now)


def _read_batch(number: int) -> list[Waiting]:
    found = Inbox.objects.filter(batch=number).order_by("id")
    rows = found.values_list("message_id", "received_at", "customer_id", "payload")
    return [
        Waiting(message_id, received_at, customer_id, decode_stored(bytes(payload or b"")))
        for message_id, received_at, customer_id, payload in rows
    ]


def _customer_ids(rows: Sequence[Waiting], *, now: datetime) -> list[int]:
    strangers = [row.message for row in rows if row.customer_id is None]
    resolved = iter(resolving.resolve(strangers, now=now))
    return [next(resolved) if row.customer_id is None else row.customer_id for row in rows]


def _table(rows: Sequence[Waiting], customer_ids: Sequence[int], judged: dict[int, bytes]) -> pa.Table:
    """The batch as rows of the lake. `judged` holds, by position, the properties that the classifier added to."""
    happened = np.array([row.message.ts for row in rows], dtype="datetime64[us]")
    columns: dict[str, Any] = {
        "message_id": [row.message_id for row in rows],
        "type": [row.message.type for row in rows],
        "event": [row.message.event for row in rows],
        "customer_id": customer_ids,
        "ts": happened,
        "received_at": pa.array([row.received_at for row in rows], pa.timestamp("us", "UTC")).cast(pa.timestamp("us")),
        "value": [row.message.value for row in rows],
        "properties": [str(judged.get(index, row.message.properties), "utf-8") for index, row in enumerate(rows)],
        "day": happened.astype("datetime64[D]"),
    }
    return pa.table({field.name: pa.array(columns[field.name], field.type) for field in EVENTS}, schema=EVENTS)
