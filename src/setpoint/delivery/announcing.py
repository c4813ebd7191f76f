"""What became of deliveries, told to the event stream in the same transaction, once for ever (by message id)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from setpoint.delivery.models import Delivery, Stream
from setpoint.events.services import append
from setpoint.events.types import ServerEvent


def announce(
    what: str, rows: Sequence[Delivery], streams: Mapping[int, Stream], *, at: datetime, now: datetime
) -> None:
    """Append one event a row: "Message Sent", or the channel's name and `what` ("Email Bounced")."""
    if rows:
        append([_event(what, row, streams[row.stream_id].source, at) for row in rows], now=now)


def _event(what: str, row: Delivery, source: str, at: datetime) -> ServerEvent:
    properties = {
        "delivery": row.id,
        "source": source,
        "campaign": source.removeprefix("campaign:"),
        "round": row.round,
        "slot": row.slot,
        "channel": row.channel,
        "variant": row.variant_id,
        "offer": row.offer_id,
    }
    name = what if what in ("Message Sent", "Unsubscribed") else f"{row.channel.capitalize()} {what}"
    return ServerEvent(row.customer_id, name, properties, f"{row.key}:{what.lower().replace(' ', '-')}", at)
