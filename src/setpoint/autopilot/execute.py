"""Step four: put the plan into the ledger. Claims and sends follow, each checked again when its turn comes."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from setpoint.autopilot.actions import actions_of
from setpoint.autopilot.types import Approved, Executed, Running
from setpoint.content import services as content
from setpoint.content.types import OfferView
from setpoint.customers.models import Customer
from setpoint.decisions import services as decisions
from setpoint.decisions.types import Action
from setpoint.delivery import services as delivery
from setpoint.delivery.types import Amounts, PlannedDelivery

BATCH = 5_000


def execute(campaign: Running, approved: Approved) -> Executed:
    """Reserve budget for every chosen send and put it into the ledger. Repeating it changes nothing."""
    states: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for batch in _batches(planned_deliveries(campaign)):
        receipt = delivery.plan_deliveries(campaign.key, campaign.number, batch, now=campaign.now)
        states.update(receipt.states)
        reasons.update(receipt.reasons)
    return Executed(states=dict(states), reasons=dict(reasons))


def planned_deliveries(campaign: Running) -> Iterator[PlannedDelivery]:
    """One planned delivery for each decision that chose an action, from the decision log."""
    actions = {action.key: action for action in actions_of(campaign.spec)}
    offers = {offer.id: offer for offer in (content.offer_view(o or None) for o in campaign.spec.actions.offers)}
    rows = [row for row in _decisions(campaign) if row["chosen_key"] != "none"]
    zones = dict(Customer.objects.values_list("id", "timezone").iterator())
    for row in rows:
        action = actions[row["chosen_key"]]
        zone = zones.get(row["customer_id"]) or "UTC"
        yield _planned(campaign, row, action, offers[action.offer_id], slot_time(campaign.now, action.slot, zone))


def slot_time(after: datetime, slot: str, zone: str) -> datetime:
    """The next moment at which it is `slot` ("09:00") on the customer's clock.

    Times that daylight saving skips are taken an hour later, as wall clocks show them.
    """
    local = after.astimezone(_zone(zone))
    hour, minute = (int(part) for part in slot.split(":"))
    due = datetime.combine(local.date(), time(hour, minute), tzinfo=local.tzinfo)
    if due < local:
        due = datetime.combine(local.date() + timedelta(days=1), time(hour, minute), tzinfo=local.tzinfo)
    return due.astimezone(after.tzinfo)


def offer_code(prefix: str, key: str, number: int, customer_id: int) -> str:
    """A code that only this customer has, the same whenever it is asked for."""
    digest = hashlib.blake2b(f"{key}/{number}/{customer_id}".encode(), key=_secret(), digest_size=10).digest()
    return f"{prefix}{base64.b32encode(digest).decode().rstrip('=')[:10]}"


def _decisions(campaign: Running) -> list[dict[str, Any]]:
    columns = ["customer_id", "chosen_key", "ghost", "held_out", "liability"]
    table = decisions.read_log(campaign.key, campaign.number)
    rows: list[dict[str, Any]] = table.select(columns).to_pylist()
    return sorted(rows, key=lambda row: int(row["customer_id"]))


def _planned(
    campaign: Running, row: dict[str, Any], action: Action, offer: OfferView, due_at: datetime
) -> PlannedDelivery:
    has_offer = offer.kind != "none"
    return PlannedDelivery(
        customer_id=row["customer_id"],
        slot=action.slot,
        channel=action.channel,
        variant_id=action.variant_id,
        due_at=due_at,
        send_cost=Amounts(money=action.send_cost, messages=1, time=action.send_seconds),
        offer_id=offer.id,
        offer_liability=row["liability"] if has_offer else 0,
        offer_code=offer_code(offer.code_prefix, campaign.key, campaign.number, row["customer_id"])
        if has_offer
        else "",
        offer_kind=offer.kind,
        offer_value=offer.value,
        offer_cap=offer.cap,
        offer_expires_at=_expiry(campaign, offer) if has_offer else None,
        hold_back="held_out" if row["held_out"] else "ghost" if row["ghost"] else "",
    )


def _expiry(campaign: Running, offer: OfferView) -> datetime:
    return campaign.round_started_at + timedelta(days=offer.valid_days)


def _batches(rows: Iterator[PlannedDelivery]) -> Iterator[Sequence[PlannedDelivery]]:
    batch: list[PlannedDelivery] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _secret() -> bytes:
    return hashlib.blake2b(settings.SECRET_KEY.encode(), digest_size=32).digest()
