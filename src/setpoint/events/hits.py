"""Opens and clicks on their way into the lake: machines' hits are marked, the raw properties stay.

A hit is judged with its siblings, the hits of the same delivery: those of the same batch and those of the last minutes
that are in the lake already. A hit that is in the lake keeps its first judgement when a later batch brings siblings.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec
from django.conf import settings

from setpoint.engine.session import connect
from setpoint.events.machines import HONEYPOT_WINDOW, Hit, hit_of, reason
from setpoint.events.messages import EPOCH, Stored
from setpoint.events.types import HIT_EVENTS

MOST_SIBLINGS = 200_000
_json = msgspec.json


class Waiting(NamedTuple):
    """One row of a batch, decoded."""

    message_id: str
    received_at: datetime
    customer_id: int | None
    message: Stored


def judged(rows: Sequence[Waiting], customer_ids: Sequence[int]) -> dict[int, bytes]:
    """By position in `rows`: properties of each hit with `machine` (true or false) and `machine_reason` added."""
    found = {
        index: (row.message, _json.decode(row.message.properties))
        for index, row in enumerate(rows)
        if row.message.event in HIT_EVENTS and row.message.type == "track"
    }
    if not found:
        return {}
    hits = {index: hit_of(message.event, message.ts / 1e6, said) for index, (message, said) in found.items()}
    siblings = _by_delivery([*hits.values(), *_earlier(hits, customer_ids)])
    return {index: _marked(found[index][1], hit, siblings[hit.delivery]) for index, hit in hits.items()}


def _marked(properties: dict[str, Any], hit: Hit, siblings: Sequence[Hit]) -> bytes:
    why = reason(hit, siblings if hit.delivery else ())
    return _json.encode(properties | {"machine": why is not None, "machine_reason": why or ""})


def _by_delivery(hits: Sequence[Hit]) -> dict[str, list[Hit]]:
    grouped: dict[str, list[Hit]] = defaultdict(list)
    for hit in hits:
        grouped[hit.delivery].append(hit)
    return grouped


def _earlier(hits: dict[int, Hit], customer_ids: Sequence[int]) -> list[Hit]:
    """Hits in the lake of the same customers, within the longest window around these; the newest where too many."""
    first = _moment(min(hit.at for hit in hits.values()) - HONEYPOT_WINDOW)
    last = _moment(max(hit.at for hit in hits.values()) + HONEYPOT_WINDOW)
    with connect(settings.SETPOINT_LAKE, settings.SETPOINT_ENGINE) as session:
        events = session.recorded_events()
        near = events.filter(
            events.day.between(first.date(), last.date()),
            events.ts.between(first, last),
            events.event.isin(HIT_EVENTS),
            events.customer_id.isin(sorted({customer_ids[index] for index in hits})),
        )
        newest = near.order_by(near.ts.desc()).limit(MOST_SIBLINGS).select("event", "ts", "properties")
        rows = session.execute(newest).to_pylist()
    return [hit_of(row["event"], _seconds(row["ts"]), _json.decode(row["properties"])) for row in rows]


def _moment(seconds: float) -> datetime:
    return EPOCH.replace(tzinfo=None) + timedelta(seconds=seconds)


def _seconds(naive: datetime) -> float:
    return (naive - EPOCH.replace(tzinfo=None)).total_seconds()
