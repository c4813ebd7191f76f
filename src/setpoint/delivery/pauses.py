"""Customers who asked for a rest: nothing is sent to them until a moment, and their consent stays what it was."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction

from setpoint.delivery.models import Pause
from setpoint.governance.services import record_audit

DAYS = 30


def paused_until(customer_id: int, *, now: datetime) -> datetime | None:
    """Until when a customer wants to hear nothing; None when they did not ask for that, or it is over."""
    return Pause.objects.filter(customer_id=customer_id, until__gt=now).values_list("until", flat=True).first()


def paused_among(customer_ids: Collection[int], *, now: datetime) -> set[int]:
    """Which of these want to hear nothing now."""
    rows = Pause.objects.filter(customer_id__in=customer_ids, until__gt=now)
    return set(rows.values_list("customer_id", flat=True))


@transaction.atomic
def pause_customer(customer_id: int, *, now: datetime, days: int = DAYS) -> datetime:
    """Send this customer nothing for some days, by their own word."""
    until = now + timedelta(days=days)
    Pause.objects.update_or_create(customer_id=customer_id, defaults={"until": until, "asked_at": now})
    record_audit("customer", "paused", f"customer:{customer_id}", after={"until": until.isoformat()}, now=now)
    return until


@transaction.atomic
def end_pause(customer_id: int, *, now: datetime) -> None:
    """The customer wants to hear from us again."""
    if Pause.objects.filter(customer_id=customer_id).delete()[0]:
        record_audit("customer", "resumed", f"customer:{customer_id}", now=now)
