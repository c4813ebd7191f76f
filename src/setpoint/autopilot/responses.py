"""What customers did with a campaign's messages: reactions from the ledger's rows, opens and clicks from the lake."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis
from django.conf import settings
from django.db.models import Count, Q, Sum

from setpoint.delivery.models import Delivery
from setpoint.delivery.types import SENT_STATES
from setpoint.engine.session import connect

OPENED, CLICKED = "Email Opened", "Email Link Clicked"


@dataclass(frozen=True, slots=True)
class ResponseCounts:
    """Counts over all rounds: messages sent, and the reactions that hurt."""

    sent: int
    unsubscribed: int
    complained: int
    messages: int


@dataclass(frozen=True, slots=True)
class HitCounts:
    """Messages that were opened or clicked at least once, by people and by machines apart."""

    opened_human: int = 0
    opened_machine: int = 0
    clicked_human: int = 0
    clicked_machine: int = 0


def response_counts(key: str) -> ResponseCounts:
    """The counts of one campaign. A message handed over counts as one sent, whatever became of it later."""
    found = Delivery.objects.filter(stream__source=key).aggregate(
        sent=Count("pk", filter=Q(state__in=SENT_STATES)),
        unsubscribed=Count("unsubscribed_at"),
        complained=Count("complained_at"),
        messages=Sum("cost_messages"),
    )
    return ResponseCounts(**{name: int(value or 0) for name, value in found.items()})


def hit_counts(key: str) -> HitCounts:
    """Opens and clicks of one campaign's messages, each message once for people and once for machines."""
    with connect(settings.SETPOINT_LAKE) as session:
        hits = session.events()
        hits = hits.filter(hits.event.isin([OPENED, CLICKED]))
        told = hits.properties.cast("json")
        hits = hits.select(
            opened=hits.event == OPENED,
            delivery=told["delivery"].int,
            source=told["source"].str,
            machine=told["machine"].bool.fill_null(False),
        )
        hits = hits.filter(hits.source == ibis.literal(key))
        rows = session.execute(hits.group_by(["opened", "machine"]).agg(n=hits.delivery.nunique())).to_pylist()
    return HitCounts(**{_name(row): int(row["n"]) for row in rows})


def _name(row: dict[str, Any]) -> str:
    return f"{'opened' if row['opened'] else 'clicked'}_{'machine' if row['machine'] else 'human'}"
