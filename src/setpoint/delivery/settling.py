"""Settling offers: each redemption is paid once, each expiry frees what was put aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from setpoint.delivery.budgets import Changes, find_stream, lock_streams
from setpoint.delivery.models import Delivery, Stream
from setpoint.delivery.recording import release_offers
from setpoint.delivery.types import Amounts, Redemption, Settlement
from setpoint.kernel.money import to_micros

_BATCH = 2_000


def settle(source: str, *, now: datetime, redemptions: Sequence[Redemption] = ()) -> Settlement:
    """Commit what redeemed offers cost, free the rest of what was put aside for them, and free expired offers.

    A code is paid once, whatever is reported later. One used after its expiry, or never sent, costs nothing and is
    reported. The cost of a percent offer is its share of the order, at most its cap; never more than was put aside.
    """
    stream_id = find_stream(source).id
    tally = _Tally()
    for start in range(0, len(redemptions), _BATCH):
        with transaction.atomic():
            stream = lock_streams([stream_id])[stream_id]
            _redeem(stream, redemptions[start : start + _BATCH], tally)
    with transaction.atomic():
        stream = lock_streams([stream_id])[stream_id]
        _expire(stream, now, tally)
    return tally.settlement()


@dataclass
class _Tally:
    redeemed: int = 0
    expired: int = 0
    cost: int = 0
    freed: int = 0
    repeated: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def settlement(self) -> Settlement:
        lists = {"repeated": tuple(self.repeated), "late": tuple(self.late), "unknown": tuple(self.unknown)}
        return Settlement(self.redeemed, self.expired, self.cost, self.freed, **lists)


def redemption_cost(row: Delivery, order_value: int) -> int:
    """What one redemption costs, in micros."""
    if row.offer_kind == "amount":
        cost = row.offer_value
    elif row.offer_kind == "percent":
        cost = max(0, order_value) * row.offer_value // 10_000
        cost = min(cost, row.offer_cap) if row.offer_cap else cost
    else:
        cost = 0
    return min(cost, row.offer_liability)


def _redeem(stream: Stream, redemptions: Sequence[Redemption], tally: _Tally) -> None:
    codes = {one.code for one in redemptions if one.code}
    found = Delivery.objects.filter(stream=stream, offer_code__in=codes).select_for_update().order_by("id")
    rows = {row.offer_code: row for row in found}
    changes = Changes()
    for one in sorted(redemptions, key=lambda one: (one.at, one.order_id)):
        row = rows.get(one.code)
        if row is None or row.offer_state in ("none", "released"):
            tally.unknown.append(one.code)
        elif row.offer_state == "redeemed":
            if row.offer_order_id != one.order_id:
                tally.repeated.append(one.code)
        elif row.offer_expires_at is not None and one.at > row.offer_expires_at:
            tally.late.append(one.code)
        elif row.offer_state == "expired":
            # Used in time but told after its money was freed: the ledger cannot take it back.
            tally.late.append(one.code)
        else:
            _pay(row, one, changes, tally)
    changes.apply()


def _pay(row: Delivery, redemption: Redemption, changes: Changes, tally: _Tally) -> None:
    value = redemption.order_value if isinstance(redemption.order_value, int) else to_micros(redemption.order_value)
    cost = min(redemption_cost(row, value), row.reserved_money)
    changes.move(row, reserved=Amounts(money=-row.reserved_money), committed=Amounts(money=cost))
    tally.redeemed += 1
    tally.cost += cost
    tally.freed += row.reserved_money - cost
    row.offer_state, row.offer_cost, row.reserved_money = "redeemed", cost, 0
    row.offer_order_id = redemption.order_id[:200]
    row.save(update_fields=["offer_state", "offer_cost", "reserved_money", "offer_order_id"])


def _expire(stream: Stream, now: datetime, tally: _Tally) -> None:
    rows = Delivery.objects.filter(stream=stream, offer_state="open", offer_expires_at__lte=now)
    before = rows.count()
    tally.freed += release_offers(rows.select_for_update().order_by("id"), "expired")
    tally.expired += before
