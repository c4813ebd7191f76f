"""What customers did with a campaign's messages, counted from the ledger's rows."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q, Sum

from setpoint.delivery.models import Delivery
from setpoint.delivery.types import SENT_STATES


@dataclass(frozen=True, slots=True)
class ResponseCounts:
    """Counts over all rounds: messages sent, opened and clicked by people, and the reactions that hurt."""

    sent: int
    opened: int
    clicked: int
    machine: int
    unsubscribed: int
    complained: int
    messages: int


def response_counts(key: str) -> ResponseCounts:
    """The counts of one campaign. A message handed over counts as one sent, whatever became of it later."""
    found = Delivery.objects.filter(stream__source=key).aggregate(
        sent=Count("pk", filter=Q(state__in=SENT_STATES)),
        opened=Count("opened_at"),
        clicked=Count("clicked_at"),
        machine=Count("machine_at"),
        unsubscribed=Count("unsubscribed_at"),
        complained=Count("complained_at"),
        messages=Sum("cost_messages"),
    )
    return ResponseCounts(**{name: int(value or 0) for name, value in found.items()})
