"""Reading events back from the lake."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import msgspec
from django.conf import settings

from setpoint.customers.services import ids_of
from setpoint.engine.session import among, connect


def recent_events(customer_id: int, *, limit: int = 50) -> list[dict[str, Any]]:
    """The newest events of one customer and all their records, newest first: dictionaries with the lake's columns,
    properties decoded."""
    ids = ids_of(customer_id)
    with connect(settings.SETPOINT_LAKE, settings.SETPOINT_ENGINE) as session:
        events = session.recorded_events()
        theirs = events.filter(among(events.customer_id, ids))
        newest = theirs.order_by(theirs.ts.desc(), theirs.message_id).limit(limit)
        rows: list[dict[str, Any]] = session.execute(newest).to_pylist()
    return [
        row
        | {
            "properties": msgspec.json.decode(row["properties"]),
            "ts": row["ts"].replace(tzinfo=UTC),
            "received_at": row["received_at"].replace(tzinfo=UTC),
        }
        for row in rows
    ]
