"""Orders land as events: "Order Completed", "Order Refunded", and "Order Updated" where a known order changed.

Follows Segment's e-commerce events. `total` is what the order is worth with its charges, positive for a return too.
An updated order carries the difference to what landed before as its `value`, and its whole as `order_total`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db import transaction

from setpoint.customers.types import Profile
from setpoint.customers.upsert import land_profiles
from setpoint.events.messages import EPOCH
from setpoint.events.services import append
from setpoint.events.types import ServerEvent
from setpoint.sources.landed import ORDERS, Landed, digest_of, known, remember
from setpoint.sources.orders.grouping import Line, Order, identities_of

_decode = msgspec.json.Decoder(dict[str, str]).decode


@dataclass(slots=True)
class Outcome:
    """How many orders, returns and customers were created, changed or the same."""

    orders: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("created", "changed", "same"), 0))
    returns: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("created", "changed", "same"), 0))
    customers: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("created", "changed", "same"), 0))
    seen: dict[str, str] = field(default_factory=dict)


def land_orders(orders: Sequence[Order], outcome: Outcome, *, currency: str, now: datetime) -> dict[int, str]:
    """Land some orders in one transaction. Returns what became of each line: created, changed or same."""
    drafts = [_Draft(order, currency) for order in orders]
    with transaction.atomic():
        before = known(ORDERS, [draft.key for draft in drafts])
        fresh = [draft for draft in drafts if before.get(draft.key, Landed("", 0)).digest != draft.digest]
        customers = _land_customers(fresh, outcome, now)
        events = [draft.event(customers[draft.order.who], before.get(draft.key)) for draft in fresh]
        append(events, now=now)
        remember(ORDERS, {draft.key: Landed(draft.digest, draft.amount) for draft in fresh})
    return _count(drafts, before, outcome)


class _Draft:
    """One order on its way to an event."""

    def __init__(self, order: Order, currency: str) -> None:
        self.order = order
        self.at = EPOCH + timedelta(microseconds=order.ts)
        self.key = digest_of([order.order_id, order.who, order.is_return])
        self.amount = round(abs(order.amount) * 1_000_000)
        self.properties = _properties(order, currency)
        self.digest = digest_of([order.ts, self.properties, [line.traits for line in order.lines]])

    def profile(self) -> Profile:
        traits: dict[str, Any] = {}
        for line in self.order.lines:
            traits |= _decode(line.traits) if line.traits else {}
        return Profile(identities_of(self.order.who), traits=traits, at=self.at)

    def event(self, customer_id: int, before: Landed | None) -> ServerEvent:
        if before is None:
            name = "Order Refunded" if self.order.is_return else "Order Completed"
            return ServerEvent(customer_id, name, self.properties, f"order-{self.key}", self.at)
        change = (self.amount - before.amount) / 1_000_000 * (-1 if self.order.is_return else 1)
        told = {name: value for name, value in self.properties.items() if name != "total"}
        told |= {"order_total": self.properties["total"], "value": round(change, 6)}
        return ServerEvent(customer_id, "Order Updated", told, f"order-{self.key}-{self.digest}", self.at)


def _land_customers(drafts: Sequence[_Draft], outcome: Outcome, now: datetime) -> dict[str, int]:
    """Customer ids by identities, and what became of each customer over the whole import."""
    landed = land_profiles([draft.profile() for draft in drafts], now=now, source="orders")
    for draft, one in zip(drafts, landed, strict=True):
        _note(outcome, draft.order.who, one.outcome)
    return {draft.order.who: one.customer_id for draft, one in zip(drafts, landed, strict=True)}


def _note(outcome: Outcome, who: str, what: str) -> None:
    """A customer counts once: created wins over changed, changed over same."""
    rank = ("same", "changed", "created")
    before = outcome.seen.get(who)
    if before is None or rank.index(what) > rank.index(before):
        outcome.seen[who] = what
        outcome.customers[what] += 1
        if before is not None:
            outcome.customers[before] -= 1


def _count(drafts: Iterable[_Draft], before: dict[str, Landed], outcome: Outcome) -> dict[int, str]:
    told: dict[int, str] = {}
    for draft in drafts:
        earlier = before.get(draft.key)
        what = "created" if earlier is None else "same" if earlier.digest == draft.digest else "changed"
        (outcome.returns if draft.order.is_return else outcome.orders)[what] += 1
        if what == "same":
            _note(outcome, draft.order.who, "same")
        told |= dict.fromkeys((line.row for line in draft.order.lines), what)
    return told


def _properties(order: Order, currency: str) -> dict[str, Any]:
    first = order.lines[0]
    extra: dict[str, Any] = {}
    for line in order.lines:
        extra |= _decode(line.order_extra) if line.order_extra else {}
    products = [_product(line) for line in order.lines if not line.charge]
    charges = [_charge(line, order.is_return) for line in order.lines if line.charge]
    properties = {
        **extra,
        "order_id": order.order_id,
        "total": round(abs(order.amount), 6),
        "currency": first.currency or currency,
        "products": products,
    }
    return properties | ({"charges": charges} if charges else {})


def _product(line: Line) -> dict[str, Any]:
    extra = _decode(line.line_extra) if line.line_extra else {}
    told = {"product_id": line.sku, "name": line.name, "quantity": _short(abs(line.quantity)), "price": line.price}
    return extra | {name: value for name, value in told.items() if value is not None}


def _charge(line: Line, is_return: bool) -> dict[str, Any]:
    amount = round(-line.amount if is_return else line.amount, 6)
    told = {"code": line.sku, "name": line.name, "amount": amount}
    return {name: value for name, value in told.items() if value is not None}


def _short(number: float) -> float | int:
    return int(number) if number.is_integer() else number
