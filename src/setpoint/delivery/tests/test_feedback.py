"""Feedback in any order, and offers paid once."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest

from setpoint.customers.services import contacts
from setpoint.delivery import services
from setpoint.delivery.models import Delivery
from setpoint.delivery.tests.conftest import bare_compose, plan_row
from setpoint.delivery.types import Feedback, Limit, Redemption
from setpoint.events.models import Inbox
from setpoint.kernel.errors import Conflict

pytestmark = pytest.mark.django_db

OFFER = {
    "offer_id": 3,
    "offer_kind": "percent",
    "offer_value": 1_000,
    "offer_cap": 5_000_000,
    "offer_liability": 5_000_000,
}


def prepare(ids, now, **given):
    services.open_stream("campaign:1", limits=[Limit("campaign", "money", 100_000_000)], now=now)
    rows = [
        plan_row(one, now, **({"offer_code": f"C{one}", "offer_expires_at": now + timedelta(days=7)} | OFFER | given))
        for one in ids
    ]
    services.plan_deliveries("campaign:1", 1, rows, now=now)
    services.send_due(worker="w1", now=now, compose=bare_compose)
    return {row.customer_id: row.key for row in Delivery.objects.all()}


def money():
    (line,) = services.budgets("campaign:1")
    return line.reserved, line.committed


KINDS = ("delivered", "bounced_hard", "failed")


@pytest.mark.parametrize("order", list(permutations(KINDS)))
def test_the_order_of_feedback_does_not_matter(people, provider, now, order):
    ids = people(1)
    keys = prepare(ids, now)
    for kind in (*order, *order):
        services.record_feedback([Feedback(kind, keys[ids[0]], now)], now=now)
    row = Delivery.objects.get()
    assert (row.state, row.offer_state, row.delivered_at) == ("bounced", "released", now)
    assert money() == (0, 10_000)
    assert contacts(ids, channel="email", purpose="marketing")[ids[0]].refusal == "suppressed"


def test_replayed_feedback_makes_one_event(people, provider, now):
    ids = people(1)
    keys = prepare(ids, now)
    before = Inbox.objects.count()
    heard = [Feedback("complained", keys[ids[0]], now), Feedback("complained", keys[ids[0]], now)]
    assert services.record_feedback(heard, now=now) == 2
    services.record_feedback(heard, now=now + timedelta(days=1))
    assert Inbox.objects.count() == before + 1


def test_feedback_on_what_never_left_is_ignored(people, provider, now):
    ids = people(1)
    services.open_stream("campaign:1", limits=[], now=now)
    services.plan_deliveries("campaign:1", 1, [plan_row(ids[0], now)], now=now)
    key = Delivery.objects.get().key
    assert services.record_feedback([Feedback("bounced_hard", key, now), Feedback("delivered", "x", now)], now=now) == 0
    assert Delivery.objects.get().state == "reserved"


def test_an_unknown_delivery_is_cleared_up_by_feedback(people, provider, now):
    def explode(message):
        raise RuntimeError("boom")

    provider.answer = explode
    ids = people(1)
    keys = prepare(ids, now)
    assert Delivery.objects.get().state == "unknown"
    services.record_feedback([Feedback("delivered", keys[ids[0]], now)], now=now)
    assert Delivery.objects.get().state == "delivered"


def test_a_redemption_is_paid_once_with_its_share_of_the_order(people, provider, now):
    ids = people(2)
    prepare(ids, now)
    assert money() == (10_000_000, 20_000)
    told = [Redemption(f"C{ids[0]}", 20_000_000, now + timedelta(days=1), "order-1")]
    first = services.settle("campaign:1", now=now + timedelta(days=1), redemptions=told)
    assert (first.redeemed, first.cost, first.freed) == (1, 2_000_000, 3_000_000)
    again = services.settle("campaign:1", now=now + timedelta(days=1), redemptions=told)
    assert (again.redeemed, again.repeated) == (0, ())
    other = [Redemption(f"C{ids[0]}", 20_000_000, now + timedelta(days=2), "order-2")]
    assert services.settle("campaign:1", now=now + timedelta(days=2), redemptions=other).repeated == (f"C{ids[0]}",)
    assert money() == (5_000_000, 2_020_000)
    assert services.costs_by_channel("campaign:1") == {"email": 2_020_000}


def test_the_cap_bounds_what_a_redemption_costs(people, provider, now):
    ids = people(1)
    prepare(ids, now)
    told = [Redemption(f"C{ids[0]}", 900_000_000, now, "o")]
    assert services.settle("campaign:1", now=now, redemptions=told).cost == 5_000_000
    assert money() == (0, 5_010_000)


def test_an_expired_offer_frees_its_money_and_a_late_code_costs_nothing(people, provider, now):
    ids = people(1)
    prepare(ids, now)
    end = now + timedelta(days=7)
    assert services.settle("campaign:1", now=end - timedelta(seconds=1)).expired == 0
    late = end + timedelta(seconds=1)
    told = [Redemption(f"C{ids[0]}", 20_000_000, late, "o"), Redemption("nobody", 1, late)]
    settled = services.settle("campaign:1", now=late, redemptions=told)
    assert (settled.expired, settled.freed, settled.cost) == (1, 5_000_000, 0)
    assert (settled.late, settled.unknown) == ((f"C{ids[0]}",), ("nobody",))
    assert money() == (0, 10_000)


def test_a_round_is_complete_when_its_states_add_up(people, provider, now):
    ids = people(3)
    prepare(ids, now)
    assert services.check_complete("campaign:1", 1, 3)
    with pytest.raises(Conflict):
        services.check_complete("campaign:1", 1, 4)
    services.plan_deliveries("campaign:1", 2, [plan_row(ids[0], now)], now=now)
    assert not services.check_complete("campaign:1", 2, 1)
